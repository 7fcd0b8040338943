use metering::service::retention;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let pool = sqlx::PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
    println!("{}", retention::purge(&pool).await?);
    Ok(())
}
