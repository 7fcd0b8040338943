//! Migrations: applied by guard itself, with the tool's own history kept to the byte so that either can go
//! on where the other stopped, or by the team's tool, which guard wraps.

pub mod admit;
pub mod aftermath;
mod apply;
pub mod book;
pub mod files;
pub mod history;
mod in_git;
pub mod leftovers;
pub mod look;
pub mod native;
pub mod reads;
mod rows;
pub mod scripted;
pub mod statements;
pub mod tools;
pub mod wrapped;
