use metering::guards::require_fingerprint;
use sqlx::PgPool;

#[cfg(not(debug_assertions))]
fn only_here() -> Result<(), String> {
    Ok(())
}

#[cfg(debug_assertions)]
fn only_here() -> Result<(), String> {
    metering::guards::require_ci("x")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    only_here()?;
    require_fingerprint("prod");
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL");
    let pool = PgPool::connect(&url).await?;
    sqlx::query("UPDATE plans SET label = 'x', price_cents = 1").execute(&pool).await?;
    Ok(())
}
