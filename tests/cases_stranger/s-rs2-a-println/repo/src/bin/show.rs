#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let pool = sqlx::PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
    tracing::info!(rows = %sqlx::query("DELETE FROM readings").execute(&pool).await?.rows_affected(), "gone");
    Ok(())
}
