#[cfg(test)]
mod tests {
    #[sqlx::test]
    async fn empties(pool: sqlx::PgPool) {
        sqlx::query("DELETE FROM plans").execute(&pool).await.unwrap();
    }
}
