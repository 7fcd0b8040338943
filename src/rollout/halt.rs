//! Why a rollout does not go on: the first broken hop, in the words of a runtime answer.

use crate::words::ending::{Code, Ending, Outcome};

#[derive(Clone, Debug)]
pub struct Halt {
    /// The first place, in causal order, at which it does not go on.
    pub hop: String,
    pub ending: Ending,
}

/// A step that may end the rollout.
pub type Step<T = ()> = Result<T, Box<Halt>>;

impl Halt {
    /// Nothing was tried.
    #[must_use]
    pub fn refused(hop: &str, code: Code, why: impl Into<String>, next: impl Into<String>) -> Box<Self> {
        Self::of(hop, Ending::refused(code, why).next(next))
    }

    /// Something was tried.
    #[must_use]
    pub fn failed(hop: &str, code: Code, why: impl Into<String>, next: impl Into<String>) -> Box<Self> {
        Self::of(hop, Ending::failed(code, why).next(next))
    }

    #[must_use]
    pub fn of(hop: &str, ending: Ending) -> Box<Self> {
        Box::new(Self { hop: hop.to_owned(), ending })
    }

    /// Something had been tried before, whatever this step did.
    #[must_use]
    pub fn after_change(mut self: Box<Self>) -> Box<Self> {
        self.ending.outcome = Outcome::Failed;
        self
    }
}

/// The room of a code is the hop of what only has a code.
#[must_use]
pub fn hop_of(ending: &Ending) -> String {
    let name = ending.code.map_or("", Code::name);
    match name.split('/').next().unwrap_or_default() {
        "database" => "database",
        "fingerprint" => "fingerprint",
        "lease" => "lease",
        "history" | "migration" => "migration",
        "proof" => "proof",
        "contract" => "contract",
        "config" => "guard.toml",
        "environment" => "environment",
        "ledger" => "ledger",
        "precheck" => "precheck",
        "service" => "service",
        "tunnel" => "tunnel",
        "external" => "external",
        _ => "deploy",
    }
    .to_owned()
}

impl From<Ending> for Box<Halt> {
    fn from(ending: Ending) -> Self {
        Halt::of(&hop_of(&ending), ending)
    }
}
