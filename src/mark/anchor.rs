//! Facts about a server that a mark binds to, each with what a difference means.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Stays through a failover and changes with every copy.
    Lineage,
    /// Where it is reached.
    Placement,
    /// May change at any time.
    Hint,
}

impl Class {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lineage => "lineage",
            Self::Placement => "placement",
            Self::Hint => "hint",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    pub class: Class,
    pub name: String,
    pub value: String,
}

impl Anchor {
    #[must_use]
    pub fn new(class: Class, name: &str, value: impl Into<String>) -> Self {
        Self { class, name: name.to_owned(), value: value.into() }
    }
}

/// The lineage that a contract pins: `pg:7301…/16386`.
pub const CLUSTER: &str = "cluster";
/// The nonce in a database's comment, which dumps do not carry.
pub const COMMENT: &str = "comment";
/// Host and port, or a file.
pub const ENDPOINT: &str = "endpoint";
/// The database's name.
pub const DATABASE: &str = "database";
/// Device and inode of a file.
pub const INODE: &str = "inode";

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchors(pub Vec<Anchor>);

impl Anchors {
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|anchor| anchor.name == name).map(|anchor| anchor.value.as_str())
    }

    /// What the contract pins, where the engine has it.
    #[must_use]
    pub fn lineage(&self) -> Option<&str> {
        self.get(CLUSTER)
    }

    /// How much these anchors can tell apart, and why not more.
    #[must_use]
    pub fn strength(&self) -> (Strength, &'static str) {
        if self.get(CLUSTER).is_some() {
            (
                Strength::Strong,
                "the cluster and the database in it are known: every logical copy is told from the original; \
                 a physical copy is told by its place and by receipts",
            )
        } else if self.get(COMMENT).is_some() {
            (
                Strength::Medium,
                "the server withholds its identity; copies are told by the database's comment, which a plain \
                 dump does not carry, and by the place",
            )
        } else {
            (
                Strength::Weak,
                "this engine has no identity that survives a move and changes with a copy: copies are told by \
                 the place and by receipts alone",
            )
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    Weak,
    Medium,
    Strong,
}

impl Strength {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Medium => "medium",
            Self::Strong => "strong",
        }
    }
}
