#[tokio::main]
async fn main() -> Result<(), sqlx::Error> {
    let pool = sqlx::PgPool::connect("x").await?;
    sqlx::query_file!("queries/purge.sql").execute(&pool).await?;
    Ok(())
}
