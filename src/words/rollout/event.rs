//! What a rollout tells while it goes on: one JSON object a line. The same lines are the journal.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::report::StateResult;
use super::state::State;
use crate::words::ending::Code;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Enter,
    Wait,
    Leave,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// As `2026-11-21T02:52:59.120Z`.
    pub time: String,
    pub event: Kind,
    pub state: State,
    /// Since the state was entered.
    pub duration_ms: u64,
    /// How the state was left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<StateResult>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// What is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<String>,
    /// Why it is not so yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub evidence: Map<String, Value>,
}
