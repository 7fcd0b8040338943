//! Is this really CI? A proof can only be made here, by asking the environment that the contract names.

mod commit;
mod deploy_key;
mod jwks;
mod oidc;
mod provider;
mod token;

use std::cell::Cell;
use std::path::Path;

use serde_json::{Map, Value};

use crate::contract::model::{Policy, Proof as Wanted};
use crate::io::environment::Environment;
use crate::io::git::Repository;
use crate::words::ending::{Code, Ending};

pub use oidc::audience;

/// Evidence that this process runs in the job that the contract names. Its fields are private, so that
/// none can be made up elsewhere.
#[derive(Clone, Debug)]
pub struct Proof {
    kind: Wanted,
    claims: Map<String, Value>,
    token: Option<String>,
    notices: Vec<String>,
    /// Until when it holds: another clock than this machine's may be asked, too.
    times: Option<oidc::Times>,
}

impl Proof {
    /// `ci-variable`, `oidc` or `deploy-key`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        name(self.kind)
    }

    /// What was proven, without the token.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// What the token is known by in the ledger, where it serves once.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Whether it still holds by a clock that whoever asks cannot set back.
    pub fn holds_at(&self, now: i64) -> Result<(), Ending> {
        self.times.as_ref().map_or(Ok(()), |times| times.hold_at(now))
    }

    /// For the ledger and the mark.
    #[must_use]
    pub fn record(&self) -> Map<String, Value> {
        let mut record = Map::new();
        record.insert("proof".into(), self.kind().into());
        record.insert("claims".into(), Value::Object(self.claims.clone()));
        record
    }
}

fn name(kind: Wanted) -> &'static str {
    match kind {
        Wanted::CiVariable => "ci-variable",
        Wanted::DeployKey => "deploy-key",
        Wanted::Oidc => "oidc",
    }
}

/// What a proof is asked for.
pub struct Asked<'a> {
    /// The folder of the contract's project: pinned keys lie in it.
    pub root: &'a Path,
    pub repository: Option<&'a Repository>,
    pub project: &'a str,
    pub environment: &'a str,
    pub policy: &'a Policy,
    /// Of the process.
    pub variables: &'a Environment,
    pub now: i64,
    /// The latest moment that a server named meanwhile; 0 where none did.
    pub heard: Cell<i64>,
}

/// Proves it, or says why not.
pub fn prove(asked: &Asked<'_>) -> Result<Proof, Ending> {
    in_ci(asked.variables)?;
    match asked.policy.proof {
        Wanted::CiVariable => Ok(Proof {
            kind: Wanted::CiVariable,
            claims: variables(asked.variables),
            token: None,
            notices: Vec::new(),
            times: None,
        }),
        Wanted::DeployKey => deploy_key::prove(asked),
        Wanted::Oidc => oidc::prove(asked),
    }
}

/// The floor under every kind: `CI` is `true`, byte for byte.
pub fn in_ci(variables: &Environment) -> Result<(), Ending> {
    if variables.get("CI") == Some("true") {
        return Ok(());
    }
    Err(Ending::refused(Code::ProofNotCi, "this is not CI: the variable CI is not exactly `true`")
        .next("let the CI job do it; a protected database is not reached from anywhere else"))
}

/// What the job says of itself, which anybody can fake; recorded, never judged.
fn variables(variables: &Environment) -> Map<String, Value> {
    const TOLD: [&str; 8] = [
        "GITHUB_REPOSITORY",
        "GITHUB_RUN_ID",
        "GITHUB_SHA",
        "GITHUB_ACTOR",
        "CI_PROJECT_PATH",
        "CI_PIPELINE_ID",
        "BUILDKITE_BUILD_ID",
        "CIRCLE_WORKFLOW_ID",
    ];
    let found = TOLD.iter().filter_map(|name| {
        let value: String = variables.filled(name)?.chars().filter(|c| !c.is_control()).take(200).collect();
        Some(((*name).to_owned(), Value::from(value)))
    });
    found.collect()
}
