//! Floor 3: who can change what. Walks flows through files and languages; knows no language.

pub mod crates;
pub mod eval;
pub mod event;
pub mod imports;
pub mod resolve;
pub mod sources;
pub mod survey;
pub mod trigger;
pub mod value;
