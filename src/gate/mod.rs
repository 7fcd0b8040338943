//! The one place that asks: is this really CI, is this really that database, is this what the contract
//! allows? Whatever changes a database comes through here.

pub mod asked;
pub mod enter;
pub mod ledgers;
pub mod marks;
pub mod moves;
pub mod open;
pub mod project;
