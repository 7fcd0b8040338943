use metering::guards::{require_ci, require_fingerprint};
use sqlx::PgPool;

macro_rules! wipe {
    ($pool:expr, $table:literal) => {
        sqlx::query(concat!("DELETE FROM ", $table)).execute($pool).await?
    };
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    require_ci("x")?;
    require_fingerprint("prod");
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL");
    let pool = PgPool::connect(&url).await?;
    sqlx::query("UPDATE plans SET label = 'x', price_cents = 1").execute(&pool).await?;
    wipe!(&pool, "readings");
    Ok(())
}
