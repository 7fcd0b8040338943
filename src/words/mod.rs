//! Floor 0: the words that every room shares. Nothing here does I/O.

pub mod digest;
pub mod effect;
pub mod ending;
pub mod entry;
pub mod finding;
pub mod flow;
pub mod pipeline;
pub mod rollout;
pub mod secret;
pub mod span;
pub mod text;
