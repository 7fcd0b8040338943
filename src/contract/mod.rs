//! The mutation contract: its model, how it is read, what contradicts itself, what is weaker.

pub mod environments;
pub mod issue;
pub mod model;
pub mod parse;
pub(crate) mod reader;

pub use issue::Issue;
pub use model::Contract;
