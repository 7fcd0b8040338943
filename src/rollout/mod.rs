//! The gated rollout: a machine of states that emits events, and leaves that judge one thing each and say
//! what they found. Journal, terminal and report are listeners.

pub mod control;
pub mod database;
pub mod deploy;
pub mod expect;
pub mod external;
pub mod halt;
pub mod hands;
pub mod journal;
pub mod lock;
pub mod log;
pub mod machine;
pub mod outside;
pub mod pages;
pub mod places;
pub mod plan;
pub mod ports;
pub mod precheck;
pub mod probes;
pub mod ready;
pub mod record;
pub mod recovery;
pub mod refused;
pub mod reports;
pub mod rollback;
pub mod run;
pub mod services;
pub mod shim;
pub mod smoke;
pub mod source;
pub mod standing;
pub mod status;
pub mod stop;
pub mod surroundings;
pub mod tunnel;
