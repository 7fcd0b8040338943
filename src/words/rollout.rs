//! The words of a rollout: what its states, probes, events and reports are called. The machine
//! makes them, journal, terminal and report only show them.

pub mod event;
pub mod probe;
pub mod report;
pub mod state;

pub use event::{Event, Kind};
pub use probe::{Attempt, Hop, ProbeResult, Probed};
pub use report::{
    BrokenHop, ExternalResult, Listener, Report, Rollback, ServiceReport, ServiceState, StateReport,
    StateResult,
};
pub use state::State;
