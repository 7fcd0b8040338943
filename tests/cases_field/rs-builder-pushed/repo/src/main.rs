use sqlx::{PgPool, Postgres, QueryBuilder};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let pool = PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("");
    query.push("DELETE FROM services WHERE slug = ");
    query.push_bind("lab");
    query.build().execute(&pool).await?;
    Ok(())
}
