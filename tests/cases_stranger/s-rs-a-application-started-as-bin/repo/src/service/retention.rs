use sqlx::PgPool;

pub async fn purge(pool: &PgPool) -> sqlx::Result<u64> {
    let done = sqlx::query("DELETE FROM readings WHERE value < 0").execute(pool).await?;
    Ok(done.rows_affected())
}
