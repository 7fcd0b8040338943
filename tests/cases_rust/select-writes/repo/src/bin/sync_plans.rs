use metering::guards::{require_ci, require_fingerprint};
use sqlx::PgPool;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    require_ci("x")?;
    require_fingerprint("prod");
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL");
    let pool = PgPool::connect(&url).await?;
    sqlx::query("UPDATE plans SET label = 'x', price_cents = 1").execute(&pool).await?;
    tokio::select! {
        done = sqlx::query("DELETE FROM readings").execute(&pool) => { done?; }
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}
