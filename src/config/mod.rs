//! `guard.toml`: how services are started, probed and smoke-tested. What may change a database

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
