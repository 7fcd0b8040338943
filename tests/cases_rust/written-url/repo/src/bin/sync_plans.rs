use metering::guards::{require_ci, require_fingerprint};
use sqlx::PgPool;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    require_ci("x")?;
    require_fingerprint("prod");
    let url = "postgres://app@db.internal/shop";
    let pool = PgPool::connect(&url).await?;
    sqlx::query("UPDATE plans SET label = 'x', price_cents = 1").execute(&pool).await?;
    Ok(())
}
