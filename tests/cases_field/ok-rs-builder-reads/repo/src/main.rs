use sqlx::{PgPool, Postgres, QueryBuilder};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let pool = PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT name FROM services WHERE slug = ");
    query.push_bind("lab");
    let rows = query.build().fetch_all(&pool).await?;
    println!("{}", rows.len());
    Ok(())
}
