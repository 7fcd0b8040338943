#[path = "../../tools/wipe.rs"]
mod wipe;

use metering::guards::{require_ci, require_fingerprint};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    require_ci("x")?;
    require_fingerprint("prod");
    wipe::go().await?;
    Ok(())
}
