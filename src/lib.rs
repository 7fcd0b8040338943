//! guard: a linter, a runtime guard and a gated rollout for databases that must not be changed by
//! accident. The rooms stand in `docs/decisions.md`; a room imports only from floors below its own.

pub mod contract;
pub mod io;
pub mod knowledge;
pub mod lang;
pub mod rules;
pub mod words;
