#[tokio::main]
async fn main() -> Result<(), sqlx::Error> {
    let pool = sqlx::PgPool::connect("x").await?;
    sqlx::query_file!("queries/count.sql").fetch_one(&pool).await?;
    Ok(())
}
