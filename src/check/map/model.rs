//! Who can change what, as data: entry points, files, effects, tables, and the ways between them.
//!
//! The renderers know nothing else; what `docs/schema/map.schema.json` publishes is this.

use serde::Serialize;

#[derive(Clone, Debug, Default, Serialize)]
pub struct Map {
    pub project: String,
    /// There is a contract that could be read.
    pub contract: bool,
    pub entries: Vec<Entry>,
    pub files: Vec<File>,
    pub effects: Vec<Effect>,
    pub tables: Vec<Table>,
    pub paths: Vec<Path>,
    /// Files that are in quarantine: what they would do is not looked at.
    pub quarantine: Vec<String>,
}

/// Something that a person or a machine starts.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    pub id: String,
    /// `package-script`, `step`, `make-target`, `container`, `hook`, `cron`, `platform`, `service`, `hand`.
    pub kind: &'static str,
    pub title: String,
    /// Where it stands; empty for `hand`.
    pub path: String,
    pub line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Script,
    Retired,
    Application,
    Connection,
    Migration,
    /// A file that carries entry points: `package.json`, a workflow, a make file.
    Carrier,
    /// None of these: the contract does not know it.
    Undeclared,
}

#[derive(Clone, Debug, Serialize)]
pub struct File {
    pub id: String,
    pub path: String,
    pub role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    Operation,
    /// The command of a tool.
    Command,
    /// It could be a change, and the source does not tell.
    Unresolved,
}

/// One place that changes a database.
#[derive(Clone, Debug, Serialize)]
pub struct Effect {
    pub id: String,
    pub label: String,
    pub manner: Manner,
    pub file: String,
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub writes: Vec<Write>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Write {
    pub operation: &'static str,
    pub table: String,
    /// None where the source does not say them, or where columns do not matter.
    pub columns: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    Table,
    /// Not one table: a schema, a role, whatever a migration holds.
    Database,
    /// A table that only the run knows.
    Unknown,
}

#[derive(Clone, Debug, Serialize)]
pub struct Table {
    pub id: String,
    pub name: String,
    pub extent: Extent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Only CI, and only on the right database.
    Guarded,
    /// One of the two.
    Partly,
    Unguarded,
    /// Business logic of the program that serves requests.
    Application,
    /// Declared for an environment that anybody may change, or a database of the very job.
    Open,
    /// A function that can, and that nothing calls.
    Uncalled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    Holds,
    /// It is there and can be got around.
    Hole,
    Missing,
}

#[derive(Clone, Debug, Serialize)]
pub struct Guard {
    /// `ci`, `fingerprint`, `wrapper`.
    pub kind: &'static str,
    pub state: Hold,
    /// Where it stands, or where the hole is; none where it is missing.
    pub at: Option<Spot>,
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spot {
    pub path: String,
    pub line: usize,
}

#[derive(Clone, Debug, Serialize)]
pub struct Hop {
    pub path: String,
    pub line: usize,
    pub label: String,
}

/// One way from an entry point to an effect: where several lead there, the least guarded.
#[derive(Clone, Debug, Serialize)]
pub struct Path {
    /// None: nothing calls what holds the effect.
    pub entry: Option<String>,
    /// Files on the way, the effect's own last.
    pub files: Vec<String>,
    pub effect: String,
    pub standing: Standing,
    pub guards: Vec<Guard>,
    pub hops: Vec<Hop>,
}

impl Standing {
    /// What a reader must look at.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Unguarded | Self::Partly)
    }

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Guarded => "guarded",
            Self::Partly => "partly guarded",
            Self::Unguarded => "unguarded",
            Self::Application => "application",
            Self::Open => "unprotected environment",
            Self::Uncalled => "nothing calls it",
        }
    }
}
