use metering::guards::{require_ci, require_fingerprint};
use sqlx::PgPool;

struct Guard {
    what: &'static str,
}

impl Guard {
    fn pass(&self) -> Result<(), String> {
        require_ci(self.what)?;
        require_fingerprint("prod");
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Guard { what: "x" }.pass()?;
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL");
    let pool = PgPool::connect(&url).await?;
    sqlx::query("UPDATE plans SET label = 'x', price_cents = 1").execute(&pool).await?;
    Ok(())
}
