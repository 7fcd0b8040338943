use sqlx::PgPool;

#[tokio::main]
async fn main() -> Result<(), sqlx::Error> {
    let pool = PgPool::connect(&std::env::var("DATABASE_URL").unwrap()).await?;
    let (n,): (i64,) = sqlx::query_as("SELECT count(*) FROM plans").fetch_one(&pool).await?;
    println!("{n}");
    Ok(())
}
