//! The gated rollout: its leaves are functions that judge one thing and say what they found.

pub mod expect;
pub mod external;
pub mod halt;
pub mod hands;
pub mod journal;
pub mod lock;
pub mod log;
pub mod pages;
pub mod places;
pub mod ports;
pub mod probes;
pub mod ready;
pub mod record;
pub mod run;
pub mod services;
pub mod shim;
pub mod smoke;
pub mod standing;
pub mod stop;
pub mod surroundings;
pub mod tunnel;
