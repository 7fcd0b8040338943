//! What `guard.toml` says. Every value that a finding may point at keeps its span.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::contract::model::At;
use crate::words::span::Span;

#[derive(Clone, Debug, Default)]
pub struct Config {
    pub deploy: Deploy,
    pub database: Database,
    pub prepare: Vec<Prepare>,
    pub services: Vec<Service>,
    pub tunnel: Option<Tunnel>,
    pub external: Vec<External>,
    pub smoke: Vec<Smoke>,
}

#[derive(Clone, Debug, Default)]
pub struct Deploy {
    pub span: Option<Span>,
    pub required_env: Vec<At<String>>,
    pub required_tables: Vec<At<String>>,
    pub writable: Vec<At<String>>,
    pub reports: Option<At<String>>,
    pub timeout: Option<At<Duration>>,
}

/// `[database]`: how long guard waits for its own connections and statements.
#[derive(Clone, Debug, Default)]
pub struct Database {
    pub connect_timeout: Option<At<Duration>>,
    pub connect_backoff: Option<At<Duration>>,
    pub query_timeout: Option<At<Duration>>,
    pub lock_timeout: Option<At<Duration>>,
    pub statement_timeout: Option<At<Duration>>,
    pub lease_timeout: Option<At<Duration>>,
}

/// A command as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Text for a shell.
    Shell(At<String>),
    /// A program and its arguments; never empty.
    Words(Vec<At<String>>),
}

#[derive(Clone, Debug)]
pub struct Prepare {
    pub span: Span,
    pub name: At<String>,
    pub check: Command,
    pub fix: Option<Command>,
}

#[derive(Clone, Debug)]
pub struct Service {
    pub span: Span,
    pub name: At<String>,
    pub command: Vec<At<String>>,
    pub cwd: Option<At<String>>,
    pub port: Option<At<u16>>,
    pub host: Option<At<String>>,
    /// Where nothing is said, a service is required.
    pub required: bool,
    pub needs: Vec<At<String>>,
    pub ready: Vec<Probe>,
    pub ready_timeout: Option<At<Duration>>,
    pub recover: Option<Recover>,
    pub stop: Stop,
    pub env: BTreeMap<String, At<String>>,
}

#[derive(Clone, Debug)]
pub struct Probe {
    pub span: Span,
    /// A path on the service itself, or a whole address.
    pub http: At<String>,
    pub status: Option<At<u16>>,
    /// Dotted paths to the values that must stand there.
    pub json: BTreeMap<String, serde_json::Value>,
    pub timeout: Option<At<Duration>>,
    pub interval: Option<At<Duration>>,
}

#[derive(Clone, Debug)]
pub struct Recover {
    pub span: Span,
    pub http: At<String>,
    pub method: Option<At<String>>,
    pub auth_env: Option<At<String>>,
    pub auth_header: Option<At<String>>,
    pub stats: Option<At<String>>,
    pub timeout: Option<At<Duration>>,
}

#[derive(Clone, Debug, Default)]
pub struct Stop {
    pub signal: Option<At<String>>,
    pub grace: Option<At<Duration>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunnelKind {
    Cloudflared,
    Ssh,
    Bore,
    Command,
}

#[derive(Clone, Debug)]
pub struct Tunnel {
    pub span: Span,
    pub name: Option<At<String>>,
    pub kind: At<TunnelKind>,
    pub command: Vec<At<String>>,
    pub restart: Vec<At<String>>,
    pub config: Option<At<String>>,
    pub ready: Option<At<String>>,
    pub timeout: Option<At<Duration>>,
    pub verify: Vec<Verify>,
}

#[derive(Clone, Debug)]
pub struct Verify {
    pub span: Span,
    pub url: At<String>,
    pub status: Option<At<u16>>,
    pub marker: Option<At<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternalKind {
    Stripe,
    Openai,
    Cloudflare,
    Http,
}

impl ExternalKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Openai => "openai",
            Self::Cloudflare => "cloudflare",
            Self::Http => "http",
        }
    }
}

#[derive(Clone, Debug)]
pub struct External {
    pub span: Span,
    pub kind: At<ExternalKind>,
    pub name: Option<At<String>>,
    pub url: Option<At<String>>,
    pub method: Option<At<String>>,
    pub key_env: Option<At<String>>,
    pub status: Option<At<u16>>,
    pub timeout: Option<At<Duration>>,
    /// Where nothing is said, a check is required.
    pub required: bool,
}

impl External {
    /// Its name, or that of its kind.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.as_ref().map_or(self.kind.value.name(), |name| name.value.as_str())
    }
}

#[derive(Clone, Debug)]
pub struct Smoke {
    pub span: Span,
    pub name: At<String>,
    pub target: Target,
    pub status: Option<At<u16>>,
    pub contains: Vec<At<String>>,
    pub not_contains: Vec<At<String>>,
    pub not_error_page: bool,
    pub json: BTreeMap<String, serde_json::Value>,
    pub stable: Option<At<Duration>>,
    pub timeout: Option<At<Duration>>,
}

#[derive(Clone, Debug)]
pub enum Target {
    Url(At<String>),
    /// A path on a service of this file.
    Service {
        service: At<String>,
        http: At<String>,
    },
}
