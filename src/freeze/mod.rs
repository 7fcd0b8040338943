//! What is frozen, what it is compared with, and who may weaken it.

pub mod approval;
pub mod base;
pub mod judge;
pub mod lock;
pub mod snapshot;
