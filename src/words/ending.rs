//! How a runtime command ended, and why: the codes are public and never renamed.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

macro_rules! codes {
    ($($name:ident = $text:literal,)*) => {
        /// Why a runtime command did not do what it was asked.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($name,)* }

        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

codes! {
    ContractMissing = "contract/missing",
    ContractInvalid = "contract/invalid",
    ContractUnfrozen = "contract/unfrozen",
    ContractWeakened = "contract/weakened",
    ContractDirty = "contract/dirty",
    ContractFindings = "contract/findings",
    EnvironmentUnknown = "environment/unknown",
    EnvironmentUnset = "environment/unset",
    ProofNotCi = "proof/not-ci",
    ProofUnavailable = "proof/unavailable",
    ProofAlgorithm = "proof/algorithm",
    ProofKey = "proof/key",
    ProofSignature = "proof/signature",
    ProofIssuer = "proof/issuer",
    ProofAudience = "proof/audience",
    ProofExpired = "proof/expired",
    ProofNotYet = "proof/not-yet",
    ProofAge = "proof/age",
    ProofClaim = "proof/claim",
    ProofCommit = "proof/commit",
    ProofReplayed = "proof/replayed",
    ProofIssuerUnreachable = "proof/issuer-unreachable",
    DatabaseUnreachable = "database/unreachable",
    DatabaseAuth = "database/auth",
    DatabaseTls = "database/tls",
    DatabaseUnknown = "database/unknown",
    DatabaseStandby = "database/standby",
    DatabaseTimeout = "database/timeout",
    DatabaseBreakerOpen = "database/breaker-open",
    FingerprintMissing = "fingerprint/missing",
    FingerprintCorrupt = "fingerprint/corrupt",
    FingerprintLegacy = "fingerprint/legacy",
    FingerprintEnvironment = "fingerprint/environment",
    FingerprintProject = "fingerprint/project",
    FingerprintSignature = "fingerprint/signature",
    FingerprintClone = "fingerprint/clone",
    FingerprintPlacement = "fingerprint/placement",
    FingerprintRewound = "fingerprint/rewound",
    FingerprintExists = "fingerprint/exists",
    FingerprintPinned = "fingerprint/pinned",
    FingerprintSigningKey = "fingerprint/signing-key",
    FingerprintNotEmpty = "fingerprint/not-empty",
    FingerprintOriginal = "fingerprint/original",
    LeaseHeld = "lease/held",
    HistoryFailed = "history/failed",
    HistoryEdited = "history/edited",
    HistoryMissingFile = "history/missing-file",
    HistoryOutOfOrder = "history/out-of-order",
    HistoryPartial = "history/partial",
    HistoryUnfinished = "history/unfinished",
    MigrationTransactionControl = "migration/transaction-control",
    MigrationDestructive = "migration/destructive",
    MigrationFailed = "migration/failed",
    MigrationInvalidIndex = "migration/invalid-index",
    MigrationUnannounced = "migration/unannounced",
    MigrationMarkChanged = "migration/mark-changed",
    MigrationTableLost = "migration/table-lost",
    MigrationIncomplete = "migration/incomplete",
    CommandNotAllowed = "command/not-allowed",
    CommandDestructive = "command/destructive",
    CommandOtherDatabase = "command/other-database",
    CommandFailed = "command/failed",
    CommandNotFound = "command/not-found",
    LedgerBroken = "ledger/broken",
    RunProtectedUrl = "run/protected-url",
    RunUnmarkedUrl = "run/unmarked-url",
    ConfigInvalid = "config/invalid",
    PrecheckEnv = "precheck/env",
    PrecheckPort = "precheck/port",
    PrecheckDisk = "precheck/disk",
    PrecheckPrepare = "precheck/prepare",
    PrecheckTables = "precheck/tables",
    ServiceExited = "service/exited",
    ServiceNotReady = "service/not-ready",
    ServicePortNotOwned = "service/port-not-owned",
    ServiceLeftGroup = "service/left-group",
    TunnelConfig = "tunnel/config",
    TunnelIngress = "tunnel/ingress",
    TunnelNotRunning = "tunnel/not-running",
    TunnelEdge = "tunnel/edge",
    TunnelNotRouting = "tunnel/not-routing",
    TunnelNotOurs = "tunnel/not-ours",
    TunnelOrigin = "tunnel/origin",
    TunnelStale = "tunnel/stale",
    ExternalFailed = "external/failed",
    ExternalInconclusive = "external/inconclusive",
    SmokeFailed = "smoke/failed",
    SmokeNone = "smoke/none",
    DeployLocked = "deploy/locked",
    DeploySuperseded = "deploy/superseded",
    DeployInterrupted = "deploy/interrupted",
    DeployTimeout = "deploy/timeout",
}

impl Code {
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::parse(&name).ok_or_else(|| D::Error::custom("no code of guard's"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Ok,
    /// Nothing was started, and nothing written outside guard's own tables.
    Refused,
    /// Something was tried.
    Failed,
    /// The main work is done; what is outstanding is said.
    Partial,
    /// The request itself was wrong.
    #[serde(rename = "refused", skip_deserializing)]
    Usage,
}

impl Outcome {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Partial => "partial",
            Self::Usage => "refused",
        }
    }

    #[must_use]
    pub fn exit(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Refused | Self::Failed => 1,
            Self::Partial => 2,
            // As `sysexits` numbers it.
            Self::Usage => 64,
        }
    }
}

/// The whole answer of a runtime command.
#[derive(Clone, Debug)]
pub struct Ending {
    pub outcome: Outcome,
    pub code: Option<Code>,
    pub message: String,
    pub next: Vec<String>,
    pub environment: Option<String>,
    /// Boxed, so that every `Result` stays small.
    pub details: Box<Map<String, Value>>,
    /// Details that stand beside the outcome, too.
    top: &'static [&'static str],
}

impl Ending {
    #[must_use]
    pub fn ok(message: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Ok,
            code: None,
            message: message.into(),
            next: Vec::new(),
            environment: None,
            details: Box::default(),
            top: &[],
        }
    }

    #[must_use]
    pub fn refused(code: Code, message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Refused, code: Some(code), ..Self::ok(message) }
    }

    #[must_use]
    pub fn failed(code: Code, message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, ..Self::refused(code, message) }
    }

    /// Refused for a reason that is no code's: this machine's own.
    #[must_use]
    pub fn uncoded(message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Refused, ..Self::ok(message) }
    }

    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Usage, ..Self::ok(message) }
    }

    /// The same once something was started: it is no refusal any more.
    #[must_use]
    pub fn tried(mut self) -> Self {
        if self.outcome == Outcome::Refused {
            self.outcome = Outcome::Failed;
        }
        self
    }

    #[must_use]
    pub fn next(mut self, step: impl Into<String>) -> Self {
        self.next.push(step.into());
        self
    }

    /// Of which environment it is; commands in what to do next name it, too.
    #[must_use]
    pub fn of(mut self, environment: &str) -> Self {
        let environment = self.environment.get_or_insert_with(|| environment.to_owned()).clone();
        for step in &mut self.next {
            for (before, end) in [(' ', '`'), (' ', ' '), ('.', '.'), ('.', ']')] {
                *step = step.replace(&format!("{before}ENV{end}"), &format!("{before}{environment}{end}"));
            }
        }
        self
    }

    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// These details also stand beside the outcome.
    #[must_use]
    pub fn on_top(mut self, names: &'static [&'static str]) -> Self {
        self.top = names;
        self
    }

    #[must_use]
    pub fn exit(&self) -> u8 {
        self.outcome.exit()
    }

    /// One object, the same for every command.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut object = json!({
            "outcome": self.outcome.name(),
            "code": self.code.map(Code::name),
            "message": self.message,
            "next": self.next,
            "environment": self.environment,
        });
        if let Some(object) = object.as_object_mut() {
            for name in self.top {
                if let Some(value) = self.details.get(*name) {
                    object.insert((*name).to_owned(), value.clone());
                }
            }
            object.insert("details".into(), Value::Object((*self.details).clone()));
        }
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_words_of_a_room_and_unique() {
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert!(names.iter().all(|name| name.split('/').count() == 2), "{names:?}");
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn an_answer_is_one_object() {
        let ending = Ending::refused(Code::FingerprintEnvironment, "it is prod")
            .next("`guard fingerprint init ENV`")
            .of("dev")
            .detail("found", "prod");
        assert_eq!(
            ending.json().to_string(),
            r#"{"outcome":"refused","code":"fingerprint/environment","message":"it is prod","next":["`guard fingerprint init dev`"],"environment":"dev","details":{"found":"prod"}}"#
        );
        assert_eq!(ending.exit(), 1);
    }
}
