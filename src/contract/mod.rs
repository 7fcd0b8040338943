//! The mutation contract: its model, how it is read, what contradicts itself, what is weaker.

pub mod model;
