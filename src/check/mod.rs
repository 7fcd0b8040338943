//! Floor 5, the static half: reads a tree, walks it, asks every rule, compares with the base.

pub mod adopt;
pub mod analysis;
pub mod changed;
pub mod commands;
mod folders;
pub mod history;
pub mod init;
pub mod load;
pub mod map;
pub mod material;
mod pipelines;
pub mod prove;
pub mod remembered;
pub mod run;
pub mod services;
mod started;
mod surfaces;
mod tampering;
pub mod warm;
