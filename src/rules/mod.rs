//! Findings from flow, reach and contract. Knows no language.

pub mod drift;
pub mod secret;
pub mod workflow;
