//! Incidents: what went wrong, kept where it survives a database that is down, and brought to the database
//! when that answers and is the right one. The same cause again is an event, and no second incident.

pub mod cause;
pub mod command;
pub mod flush;
pub mod often;
pub mod spool;
pub mod table;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    Info,
    Warn,
    Critical,
}

impl Severity {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Critical => "CRITICAL",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Category {
    Db,
    Tunnel,
    Api,
    Deploy,
    Other,
}

impl Category {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Db => "DB",
            Self::Tunnel => "TUNNEL",
            Self::Api => "API",
            Self::Deploy => "DEPLOY",
            Self::Other => "OTHER",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventType {
    Detected,
    RecoveryAttempted,
    RecoverySuccess,
    RecoveryFailed,
    Escalated,
    Resolved,
}

impl EventType {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Detected => "DETECTED",
            Self::RecoveryAttempted => "RECOVERY_ATTEMPTED",
            Self::RecoverySuccess => "RECOVERY_SUCCESS",
            Self::RecoveryFailed => "RECOVERY_FAILED",
            Self::Escalated => "ESCALATED",
            Self::Resolved => "RESOLVED",
        }
    }
}

/// Something that happened, once. Whatever is in it was redacted before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Occurrence {
    /// Of the incident that it opens, where none of its cause is open.
    pub incident: String,
    /// Of the event.
    pub id: String,
    pub environment: String,
    /// What makes two of them the same.
    pub cause: String,
    /// Milliseconds since 1970.
    pub at: i64,
    pub severity: Severity,
    pub category: Category,
    pub summary: String,
    #[serde(default)]
    pub details: Map<String, Value>,
    pub event: EventType,
    pub message: String,
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// What is known of an incident.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Incident {
    pub id: String,
    pub created_at: String,
    pub severity: String,
    pub category: String,
    pub summary: String,
    pub details: Value,
    pub resolved_at: Option<String>,
    pub resolution_notes: Option<String>,
    /// Not in the database yet.
    pub spooled: bool,
}

/// One line of what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    pub created_at: String,
    pub event_type: String,
    pub message: String,
    pub metadata: Value,
}
