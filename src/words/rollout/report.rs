//! The report of a rollout: the public keys, read and written by the same structs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::probe::{ProbeResult, Probed};
use super::state::State;
use crate::words::ending::{Code, Outcome};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub outcome: Outcome,
    /// The last state.
    pub state: State,
    pub code: Option<Code>,
    pub environment: String,
    pub started_at: String,
    pub duration_ms: u64,
    /// `guard`, `commit`, and the tools that were asked for theirs.
    pub versions: BTreeMap<String, String>,
    /// What proved that this is CI: `kind` and `claims`; null where nothing had to be proven.
    pub proof: Value,
    pub states: Vec<StateReport>,
    pub services: Vec<ServiceReport>,
    pub external: Vec<ExternalResult>,
    /// The last answer of every probe, by the probe's name.
    pub health: BTreeMap<String, Value>,
    pub first_broken_hop: Option<BrokenHop>,
    pub rollback: Option<Rollback>,
    /// The incident that was opened, or to which this was added.
    pub incident: Option<String>,
    pub next: Vec<String>,
}

impl Report {
    /// 0 done, 1 refused or failed, 2 partial.
    #[must_use]
    pub fn exit(&self) -> u8 {
        self.outcome.exit()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StateResult {
    Pass,
    Fail,
    Inconclusive,
    Skipped,
}

impl StateResult {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Skipped => "skipped",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateReport {
    pub state: State,
    pub started_at: String,
    pub duration_ms: u64,
    pub result: StateResult,
    pub probes: Vec<Probed>,
    pub evidence: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceState {
    Running,
    Stopped,
    /// It ended without being asked to.
    Dead,
    /// Its port is held by something that guard did not start.
    Foreign,
}

impl ServiceState {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Dead => "dead",
            Self::Foreign => "foreign",
        }
    }
}

/// A socket that waits for callers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// `ipv4` or `ipv6`.
    pub family: String,
    pub address: String,
    pub port: u16,
    /// None where the system does not say.
    pub pid: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceReport {
    pub name: String,
    pub required: bool,
    pub state: ServiceState,
    pub pid: Option<u32>,
    pub port: Option<u16>,
    pub listeners: Vec<Listener>,
    /// None where it has no probes, or none was asked.
    pub healthy: Option<bool>,
    /// Started by this run.
    pub started: bool,
    pub started_at: Option<String>,
    pub command: Vec<String>,
    pub commit: Option<String>,
    /// `exit code 1`, `signal 9`.
    pub exit: Option<String>,
    pub log: Option<String>,
    /// The last lines, where something went wrong.
    pub log_tail: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalResult {
    pub name: String,
    pub kind: String,
    pub result: ProbeResult,
    pub reason: Option<String>,
    pub latency_ms: Option<u64>,
    #[serde(default)]
    pub required: bool,
}

/// The first place, in causal order, at which it does not go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenHop {
    /// `env`, `port`, `database`, `migration`, `service backend`, `tunnel edge`, `public`, `external stripe`.
    pub hop: String,
    pub reason: String,
    pub next: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// Services of this run that were stopped, newest first.
    pub stopped: Vec<String>,
    /// Services of the last known-good release that run again.
    pub restarted: Vec<String>,
    /// What did not go as it should.
    pub problems: Vec<String>,
    /// Applied in this run, and not reverted.
    pub migrations_kept: Vec<String>,
    pub notes: Vec<String>,
}
