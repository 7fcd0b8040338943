//! What `contract/mutation.toml` says. Every value that a finding may point at keeps its span.

use std::collections::BTreeMap;

use crate::words::effect::{Destructive, Operation};
use crate::words::span::Span;

/// A value and where it stands in the contract.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At<T> {
    pub value: T,
    pub span: Span,
}

impl<T> std::ops::Deref for At<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

#[derive(Clone, Debug, Default)]
pub struct Contract {
    pub project: String,
    pub project_at: Option<Span>,
    pub environments: Environments,
    pub scope: Scope,
    pub guards: Guards,
    pub connections: Vec<Connection>,
    pub scripts: Vec<Script>,
    pub retired: Vec<Retired>,
    pub quarantine: Vec<At<String>>,
    pub forbidden: Vec<At<Operation>>,
    pub migrations: Option<Migrations>,
    pub sequences: Vec<Sequence>,
    pub nested: Vec<At<String>>,
    pub approval: Approval,
}

#[derive(Clone, Debug, Default)]
pub struct Environments {
    pub known: Vec<At<String>>,
    /// As it holds: where the contract is silent, all that are known but `dev`.
    pub protected: Vec<String>,
    /// As it is written; empty where the contract is silent.
    pub protected_at: Vec<At<String>>,
    pub policies: BTreeMap<String, Policy>,
}

/// `[environments.NAME]`
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub span: Span,
    pub database: Option<At<String>>,
    pub mark: Option<At<String>>,
    pub lineage: Option<At<String>>,
    pub hosts: Vec<At<String>>,
    pub proof: Proof,
    pub proof_at: Option<Span>,
    pub keys: Vec<At<String>>,
    pub deploy_keys: Vec<At<String>>,
    pub oidc: Option<Oidc>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    #[default]
    CiVariable,
    DeployKey,
    Oidc,
}

#[derive(Clone, Debug, Default)]
pub struct Oidc {
    pub span: Span,
    pub provider: String,
    pub issuer: Option<String>,
    pub jwks: Option<At<String>>,
    pub ca: Option<At<String>>,
    /// Claims that must hold: name to accepted values.
    pub claims: BTreeMap<String, Vec<String>>,
    pub claims_at: BTreeMap<String, Span>,
    /// Seconds.
    pub max_age: u64,
    pub max_age_at: Option<Span>,
}

#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub application: Vec<At<String>>,
    pub tests: Vec<At<String>>,
    /// Built folder to source folder.
    pub built: BTreeMap<String, String>,
    pub built_at: BTreeMap<String, Span>,
}

#[derive(Clone, Debug, Default)]
pub struct Guards {
    pub ci: Vec<At<Symbol>>,
    pub fingerprint: Vec<At<Symbol>>,
}

/// `path#function`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Symbol {
    pub path: String,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct Connection {
    pub path: At<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Enforced {
    Inline,
    Wrapper,
}

#[derive(Clone, Debug)]
pub struct Script {
    /// The whole `[[script]]` table.
    pub span: Span,
    pub path: At<String>,
    pub environments: Vec<At<String>>,
    pub reads: Vec<At<String>>,
    /// Each as written; words are split by white space.
    pub commands: Vec<At<String>>,
    pub enforced: Enforced,
    pub tables: BTreeMap<String, TableGrant>,
}

#[derive(Clone, Debug)]
pub struct TableGrant {
    pub span: Span,
    pub operations: Vec<At<Operation>>,
    /// None: every column.
    pub columns: Option<Vec<At<String>>>,
}

#[derive(Clone, Debug)]
pub struct Retired {
    pub path: At<String>,
    pub instead: Option<At<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    Prisma,
    Sqlx,
    Sql,
}

#[derive(Clone, Debug)]
pub struct Migrations {
    pub span: Span,
    pub path: At<String>,
    pub tool: Tool,
    pub commands: Vec<At<String>>,
    pub destructive_allowed: bool,
    pub allow: Vec<Allow>,
}

#[derive(Clone, Debug)]
pub struct Allow {
    pub span: Span,
    pub file: At<String>,
    pub operations: Vec<At<Destructive>>,
    pub reason: Option<At<String>>,
}

#[derive(Clone, Debug)]
pub struct Sequence {
    pub span: Span,
    pub steps: Vec<At<String>>,
}

#[derive(Clone, Debug, Default)]
pub struct Approval {
    pub signers: Option<At<String>>,
    pub presence: bool,
    pub presence_at: Option<Span>,
}

impl Contract {
    #[must_use]
    pub fn is_protected(&self, environment: &str) -> bool {
        self.environments.protected.iter().any(|name| name == environment)
    }

    #[must_use]
    pub fn policy(&self, environment: &str) -> Option<&Policy> {
        self.environments.policies.get(environment)
    }
}
