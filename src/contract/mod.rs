//! The mutation contract: its model, how it is read, what contradicts itself, what is weaker.

pub mod canon;
pub mod check;
pub mod command;
pub(crate) mod described;
pub mod environments;
pub mod glob;
pub mod issue;
mod meaning;
pub mod model;
pub mod order;
pub mod parse;
pub(crate) mod reader;
pub mod schema;
pub mod signers;

pub use issue::Issue;
pub use model::Contract;
