use metering::guards::{require_ci, require_fingerprint};
use sqlx::PgPool;

struct Guard {
    strict: bool,
}

impl Guard {
    fn pass(&self) -> Result<(), String> {
        if self.strict {
            require_ci("x")?;
        }
        require_fingerprint("prod");
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Guard { strict: false }.pass()?;
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL");
    let pool = PgPool::connect(&url).await?;
    sqlx::query("UPDATE plans SET label = 'x', price_cents = 1").execute(&pool).await?;
    Ok(())
}
