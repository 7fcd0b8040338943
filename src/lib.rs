//! guard: a linter, a runtime guard and a gated rollout for databases that must not be changed by
//! accident. The rooms stand in `docs/decisions.md`; a room imports only from floors below its own.

pub mod check;
pub mod cli;
pub mod config;
pub mod contract;
pub mod freeze;
pub mod gate;
pub mod incidents;
pub mod io;
pub mod knowledge;
pub mod lang;
pub mod lease;
pub mod ledger;
pub mod mark;
pub mod migrate;
pub mod proof;
pub mod reach;
pub mod report;
pub mod rollout;
pub mod rules;
pub mod run;
pub mod words;
