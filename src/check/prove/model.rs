//! What a proof says: every plant, and what became of it.

use serde::Serialize;

#[derive(Clone, Debug, Default, Serialize)]
pub struct Proof {
    /// Declared scripts that were looked at.
    pub scripts: usize,
    /// Functions of `[guards]`.
    pub guards: usize,
    pub plants: Vec<Planted>,
    /// Plants that would not be a program at their place.
    pub unfit: usize,
    /// What could not be proven, and why.
    pub unproven: Vec<Unproven>,
    /// Where nothing was planted, since `guard check` fails there as it is.
    pub left: Vec<Unproven>,
    /// What starting the scripts showed; none: that was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<Vec<Started>>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Planted {
    pub script: String,
    /// `ci`, `fingerprint`; none: it is about the script, not about a guard.
    pub guard: Option<&'static str>,
    pub kind: &'static str,
    /// Where it was planted.
    pub path: String,
    pub line: usize,
    pub fate: Fate,
    /// The rule that said it.
    pub rule: Option<&'static str>,
    /// Where the rule said it, or where another guard stands.
    pub at: Option<String>,
    /// What the check said instead, where it survived.
    pub instead: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    Caught,
    /// Another guard stands on the same way, so that nothing got open.
    Held,
    Survived,
}

#[derive(Clone, Debug, Serialize)]
pub struct Unproven {
    pub script: String,
    pub why: String,
}

/// One script, started without CI and without a network.
#[derive(Clone, Debug, Serialize)]
pub struct Started {
    pub script: String,
    pub command: String,
    pub stopped: bool,
    /// None: it could not be started, or a signal ended it.
    pub exit: Option<i32>,
    pub note: String,
}

impl Proof {
    #[must_use]
    pub fn count(&self, fate: Fate) -> usize {
        self.plants.iter().filter(|plant| plant.fate == fate).count()
    }

    /// Everything that was asked for is shown.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.unproven.is_empty()
            && self.count(Fate::Survived) == 0
            && self.runs.iter().flatten().all(|run| run.stopped)
    }
}
