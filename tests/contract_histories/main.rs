//! What the contract's history allows: whole repositories, real keys, and the binary that users run.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up must fail")]

mod approvals;
mod edits;
mod files;
mod jobs;
mod locks;
mod merges;
mod places;
mod project;
#[path = "../sandbox/mod.rs"]
mod sandbox;
mod shop;
mod stranger;
mod unseen;
mod weaker;
