//! What is frozen, what it is compared with, and who may weaken it.

pub mod base;

pub mod lock;
