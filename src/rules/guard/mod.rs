//! Is the script really guarded? Judged by what is still reached where a guard must have stopped.

pub mod inline;
pub mod not_a_guard;
mod other_environment;
pub mod unguarded_connection;
pub mod unwrapped_entry;
