//! Entry points: what a person or a machine starts.

use crate::words::flow::{EnvSetting, Unit};
use crate::words::span::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    PackageScript,
    /// A step of a workflow or pipeline; see [`crate::words::pipeline`].
    Step,
    MakeTarget,
    /// `CMD`, `ENTRYPOINT`, `command:`; also `RUN` of an image's build.
    Container,
    /// husky, lefthook, pre-commit, git hooks.
    Hook,
    Cron,
    /// A hosting platform or a provisioner starts it: to build, to release, to run.
    Platform,
    /// A command that `guard.toml` starts.
    Service,
}

/// One thing that can be started, lowered.
#[derive(Clone, Debug)]
pub struct Entry {
    pub kind: EntryKind,
    /// How a person calls it: `npm run deploy:db`, `make deploy`, `job deploy, step 3`.
    pub title: String,
    /// How other commands call it: the package script's or target's name; empty where none.
    pub name: String,
    pub unit: Unit,
    pub span: Span,
    /// Directory in which it starts, relative to the repository's root, `.` for the root.
    /// None where it is only known at run time.
    pub directory: Option<String>,
    /// Variables that are set for it where it stands.
    pub env: Vec<EnvSetting>,
    /// `.env` files that are loaded for it (compose `env_file`), as written.
    pub env_files: Vec<(String, Span)>,
    /// Its failure is ignored there (`continue-on-error`, make's `-`), and where that is said.
    pub tolerated: Option<Span>,
    /// Other entries of the same file that run before it (make prerequisites, `pre…` scripts).
    pub needs: Vec<String>,
}
