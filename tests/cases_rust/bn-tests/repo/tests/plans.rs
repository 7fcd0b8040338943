#[sqlx::test]
async fn plans(pool: sqlx::PgPool) {
    sqlx::query("DELETE FROM plans").execute(&pool).await.unwrap();
}
