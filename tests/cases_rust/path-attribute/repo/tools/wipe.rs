pub async fn go() -> Result<(), sqlx::Error> {
    let pool = sqlx::PgPool::connect(&std::env::var("DATABASE_URL").unwrap()).await?;
    sqlx::query("DELETE FROM readings").execute(&pool).await?;
    Ok(())
}
