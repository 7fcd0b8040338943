//! What tools, clients and platforms do, as data from `rules/knowledge/`, compiled in.

mod cmdlet;
pub mod command;
#[cfg(test)]
mod command_samples;
pub mod data;
pub mod foreign;
mod gate;
pub mod image;
mod interpreter;
mod launcher;
pub mod library;
mod line;
mod meaning;
pub mod plants;
mod script;
mod step;
mod task;
mod tool;
pub mod types;
pub mod words;
mod wrapper;

pub use cmdlet::cmdlet;
pub use interpreter::{named_module, preloaded, stdin_language};
pub use library::{Libraries, libraries, triggers};
pub use meaning::meaning;
pub use tool::takes_sql;
