//! The gated rollout: its leaves are functions that judge one thing and say what they found.

pub mod halt;
pub mod journal;
pub mod lock;
pub mod log;
pub mod places;
pub mod ports;
pub mod probes;
pub mod ready;
pub mod record;
pub mod run;
pub mod services;
pub mod shim;
pub mod standing;
pub mod stop;
pub mod surroundings;
