#[tokio::main]
async fn main() -> Result<(), sqlx::Error> {
    let pool = sqlx::PgPool::connect("x").await?;
    sqlx::query("DELETE FROM readings").execute(&pool).await?;
    Ok(())
}
