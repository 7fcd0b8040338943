//! `guard.toml`: how services are started, probed and smoke-tested. What may change a database

mod described;
pub mod durations;
mod flaws;
pub mod gates;
pub mod limits;
pub mod model;
pub mod parse;
pub mod schema;

pub use gates::{compare_gates, gates, turns};
pub use model::Config;
pub use parse::parse;
pub use schema::schema;

/// A number and a unit: `500ms`, `30s`, `5m`.
#[must_use]
pub fn duration(text: &str) -> Option<std::time::Duration> {
    crate::contract::reader::duration(text)
}
