use metering::guards::{require_ci, require_fingerprint};
use sqlx::PgPool;

#[tokio::main]
async fn main() -> Result<(), sqlx::Error> {
    let asked = require_ci("sync_plans");
    asked.await;
    require_fingerprint("prod");

    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL");
    let pool = PgPool::connect(&url).await?;
    sqlx::query("UPDATE plans SET label = $1 WHERE code = $2")
        .bind("Day tariff")
        .bind("day")
        .execute(&pool)
        .await?;
    Ok(())
}
