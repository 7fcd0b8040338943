//! Floor 1: one door each to files, git, the environment, children.

pub mod environment;
pub mod output;
