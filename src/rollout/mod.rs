//! The gated rollout: its leaves are functions that judge one thing and say what they found.

pub mod expect;
pub mod external;
pub mod hands;
pub mod pages;
pub mod smoke;
pub mod tunnel;
