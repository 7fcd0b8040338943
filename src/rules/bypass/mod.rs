//! No escape hatches.

pub mod destructive_flag;
pub mod forged_ci;
mod handed;
pub mod hidden_text;
pub mod hook_skip;
pub mod masked_failure;
pub mod switches;
