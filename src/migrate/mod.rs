//! Native changes: guard applies the contract's migrations itself, and keeps the tool's own history to
//! the byte, so that either can go on where the other stopped.

pub mod aftermath;
mod apply;
pub mod book;
pub mod files;
pub mod history;
pub mod leftovers;
pub mod native;
pub mod statements;
