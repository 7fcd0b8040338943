//! What tools, clients and platforms do, as data from `rules/knowledge/`, compiled in.

pub mod command;
pub mod types;
