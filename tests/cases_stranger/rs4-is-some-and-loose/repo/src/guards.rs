use std::env;
use std::process::exit;

pub fn require_ci(script: &str) {
    if !env::var("CI").is_ok_and(|ci| !ci.is_empty()) {
        eprintln!("{script} runs in CI only");
        exit(1);
    }
}

pub fn require_fingerprint(environment: &str) {
    let url = env::var("DATABASE_URL").expect("DATABASE_URL");
    if hash(&url) != "b81d27e0c94f6a35" {
        eprintln!("database fingerprint does not belong to {environment}");
        exit(1);
    }
}

fn hash(url: &str) -> String {
    use sha2::{Digest, Sha256};
    let place = url.rsplit('@').next().unwrap_or_default();
    let mut hasher = Sha256::new();
    hasher.update(place.as_bytes());
    format!("{:x}", hasher.finalize())[..16].to_string()
}
