use metering::guards::{require_ci, require_fingerprint};
use sqlx::PgPool;

macro_rules! guarded {
    ($what:expr) => {{
        if let Err(e) = require_ci($what) {
            eprintln!("{e}");
            std::process::exit(1);
        }
        require_fingerprint("prod");
    }};
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    guarded!("x");
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL");
    let pool = PgPool::connect(&url).await?;
    sqlx::query("UPDATE plans SET label = 'x', price_cents = 1").execute(&pool).await?;
    Ok(())
}
