//! Which ends of a rollout are incidents, of which weight, and what makes two of them the same.

use serde_json::{Map, json};

use super::{Category, EventType, Occurrence, Severity};
use crate::io::clock;
use crate::io::keys::random_hex;
use crate::words::ending::{Code, Outcome};
use crate::words::rollout::Report;

/// What happened, before it has a name.
#[derive(Clone, Debug)]
pub struct Happening<'a> {
    pub environment: &'a str,
    pub cause: String,
    pub severity: Severity,
    pub category: Category,
    pub summary: String,
    pub event: EventType,
    pub message: String,
}

impl Happening<'_> {
    /// None: this machine gives no random bytes to name it with.
    #[must_use]
    pub fn named(self) -> Option<Occurrence> {
        Some(Occurrence {
            incident: format!("inc-{}", random_hex(6)?),
            id: format!("evt-{}", random_hex(8)?),
            environment: self.environment.to_owned(),
            cause: self.cause,
            at: clock::now_in_millis(),
            severity: self.severity,
            category: self.category,
            summary: self.summary,
            details: Map::new(),
            event: self.event,
            message: self.message,
            metadata: Map::new(),
        })
    }
}

/// What a code is about.
#[must_use]
pub fn category(code: Code) -> Category {
    match code.name().split('/').next().unwrap_or_default() {
        "database" | "fingerprint" | "lease" | "ledger" => Category::Db,
        "tunnel" => Category::Tunnel,
        "external" => Category::Api,
        _ => Category::Deploy,
    }
}

/// The gate of the database, which is an incident also where nothing was tried.
fn is_gate(code: Code) -> bool {
    matches!(category(code), Category::Db) && !matches!(code, Code::LeaseHeld)
}

/// The incident of a rollout's end, if it is one. The report is redacted.
#[must_use]
pub fn of_report(report: &Report) -> Option<Occurrence> {
    let code = report.code?;
    let severity = match report.outcome {
        Outcome::Failed => Severity::Critical,
        Outcome::Partial => Severity::Warn,
        Outcome::Refused if is_gate(code) => Severity::Critical,
        Outcome::Ok | Outcome::Refused | Outcome::Usage => return None,
    };
    let environment = report.environment.as_str();
    let hop = report.first_broken_hop.as_ref().map(|hop| hop.hop.as_str());
    let what = match report.outcome {
        Outcome::Partial => "the deploy ended in part",
        Outcome::Refused => "the gate of the database does not open",
        _ if is_gate(code) => "the gate of the database does not open",
        _ => "the deploy failed",
    };
    let reason = report.first_broken_hop.as_ref().map_or("", |hop| hop.reason.as_str());
    let colon = if reason.is_empty() { "" } else { ": " };
    let happening = Happening {
        environment,
        cause: match hop {
            Some(hop) => format!("{} {hop}", code.name()),
            None => code.name().to_owned(),
        },
        severity,
        category: category(code),
        summary: format!("{environment}: {what} [{}]{colon}{reason}", code.name()),
        event: EventType::Detected,
        message: format!("{what} in {}{colon}{reason}", report.state.name()),
    };
    let mut occurrence = happening.named()?;
    occurrence.details.insert("code".into(), code.name().into());
    occurrence.details.insert("state".into(), json!(report.state));
    occurrence.details.insert("first_broken_hop".into(), json!(report.first_broken_hop));
    occurrence.details.insert("next".into(), json!(report.next));
    occurrence.metadata.insert("started_at".into(), report.started_at.clone().into());
    occurrence.metadata.insert("duration_ms".into(), report.duration_ms.into());
    if let Some(commit) = report.versions.get("commit") {
        occurrence.metadata.insert("commit".into(), commit.clone().into());
    }
    Some(occurrence)
}

/// A breaker that opened: the database is asked no more.
#[must_use]
pub fn breaker_open(environment: &str, why: &str) -> Option<Occurrence> {
    Happening {
        environment,
        cause: Code::DatabaseBreakerOpen.name().to_owned(),
        severity: Severity::Critical,
        category: Category::Db,
        summary: format!("{environment}: the database failed so often that it is not asked any more"),
        event: EventType::Detected,
        message: why.to_owned(),
    }
    .named()
}

/// A recovery that did not help, for the third time within an hour.
#[must_use]
pub fn recovery_failed(environment: &str, service: &str, why: &str) -> Option<Occurrence> {
    Happening {
        environment,
        cause: format!("recovery {service}"),
        severity: Severity::Critical,
        category: Category::Other,
        summary: format!("{environment}: the recovery of {service} fails again and again"),
        event: EventType::RecoveryFailed,
        message: why.to_owned(),
    }
    .named()
}

/// A tunnel that had to be restarted for the third time within an hour.
#[must_use]
pub fn tunnel_restarts(environment: &str, name: &str, why: &str) -> Option<Occurrence> {
    Happening {
        environment,
        cause: format!("tunnel restarts {name}"),
        severity: Severity::Warn,
        category: Category::Tunnel,
        summary: format!("{environment}: the tunnel {name} is restarted again and again"),
        event: EventType::RecoveryAttempted,
        message: why.to_owned(),
    }
    .named()
}
