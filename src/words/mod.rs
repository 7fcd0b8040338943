//! Floor 0: the words that every room shares. Nothing here does I/O.

pub mod effect;
pub mod entry;
pub mod finding;
pub mod flow;
pub mod pipeline;
pub mod span;
pub mod text;
