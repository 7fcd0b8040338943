//! The three questions in their order, and what can be had only when all are answered with yes.
//!
//! A `Clearance` cannot be made up, and neither can the proof in it:
//!
//! ```compile_fail,E0451
//! use guard::gate::open::Clearance;
//! fn made_up(other: Clearance) -> Clearance {
//!     Clearance { ..other }
//! }
//! ```
//!
//! ```compile_fail,E0616
//! fn forged(mut proof: guard::proof::Proof) {
//!     proof.token = None;
//! }
//! ```
//!
//! ```compile_fail,E0061
//! // Nothing migrates without one.
//! guard::migrate::native::apply();
//! ```

use serde_json::{Map, Value};

use super::asked::contract;
use super::enter::{Called, Entered, Proving, Request, Stood, replayed, standing};
use super::marks::{added, may_be_open, pinned_elsewhere, signing_key};
use super::project::Project;
use crate::check::remembered::{Remembered, weaker};
use crate::check::warm;
use crate::contract::model::Proof as Wanted;
use crate::io::database::Access;
use crate::io::database::url::Engine;
use crate::io::keys::SigningKey;
use crate::lease::{self, Lease, LeaseError};
use crate::ledger::{self, Draft, Entry, LedgerError, Step, Tip};
use crate::mark::judge::Marked;
use crate::mark::probe::{self, Seen};
use crate::mark::table::{self, Held};
use crate::words::ending::{Code, Ending, Outcome};

/// What may come of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It reads: nothing is locked and nothing written.
    Look,
    /// It changes a database that is marked.
    Change,
    /// It changes one that is empty, and marks it.
    First,
    /// It changes one that is marked, and does not look at the history of its migrations.
    Script,
}

/// Contract, proof and database, all three answered with yes. Only `open` makes one.
pub struct Clearance {
    entered: Entered,
    marked: Option<Marked>,
    lease: Option<Lease>,
    key: Option<SigningKey>,
    unfinished: Option<Entry>,
    /// Between guard and the server stands a pooler that gives connections away between transactions.
    pooled: bool,
    /// What this run's own mark is to be pinned as.
    pins: Option<Ending>,
}

/// Asks.
pub fn open(request: &Request<'_>, purpose: Purpose) -> Result<Clearance, Ending> {
    let access = if purpose == Purpose::Look { Access::Read } else { Access::Write };
    let entered = answered(request, purpose, Some(access))?.connect(request, access)?;
    clear(entered, request, purpose)
}

/// The first questions, before anything connects: contract, repository, proof.
pub fn question(request: &Request<'_>, purpose: Purpose) -> Result<Stood, Ending> {
    answered(request, purpose, None)
}

/// The same; with `early` connections are on their way while the repository is checked. Refusals keep their order
/// whoever of the two is the first to know.
fn answered(request: &Request<'_>, purpose: Purpose, early: Option<Access>) -> Result<Stood, Ending> {
    let inside = |ending: Ending| ending.of(request.environment);
    warm::begin();
    let project = Project::around(request.folder, request.variables).map_err(inside)?;
    let target = project.target(request.environment)?;
    let prove = || standing(&project, &target, request, Proving::WhereProtected);
    // A proof that is on this machine alone; any other is asked for once the contract holds.
    let at_hand = !target.protected || target.policy.proof == Wanted::CiVariable;
    let proven = (early.is_some() && at_hand).then(prove);
    let called = match (&proven, early) {
        (Some(Ok(_)), Some(access)) => {
            Called::early(&project, &target, request, access, purpose != Purpose::Look)
        }
        _ => None,
    };
    let (edited, tree) = contract(&project, target.protected, request, purpose).map_err(inside)?;
    let standing = proven.unwrap_or_else(prove)?;
    Ok(Stood { project, target, standing, edited, tree: Some(tree), called })
}

/// The last question, on a session that is open.
pub fn clear(mut entered: Entered, request: &Request<'_>, purpose: Purpose) -> Result<Clearance, Ending> {
    match database(&mut entered, request, purpose) {
        Ok((marked, lease, key, unfinished, pooled)) => {
            Ok(Clearance { entered, marked, lease, key, unfinished, pooled, pins: None })
        }
        Err(ending) => {
            drop(entered.session.rollback());
            Err(entered.answer(ending))
        }
    }
}

type Checked = (Option<Marked>, Option<Lease>, Option<SigningKey>, Option<Entry>, bool);

/// Is it that database, and does nobody else hold it?
fn database(entered: &mut Entered, request: &Request<'_>, purpose: Purpose) -> Result<Checked, Ending> {
    let mut key = None;
    let of_proof = entered.notices.len();
    let holder = holder(entered, request);
    let early = if purpose == Purpose::Look {
        None
    } else {
        let early = lease::early(&entered.session, &entered.url, &entered.run, &holder).map_err(waited)?;
        Some(early.on(entered.line.take()))
    };
    let seen = entered.look()?;
    let marked = if purpose == Purpose::First && unmarked(entered, request, &seen)? {
        key = signing_key(request.variables, &entered.target.expected, &mut entered.notices)?;
        None
    } else {
        Some(entered.verify(&seen)?)
    };
    weaker_than_before(entered, request, &seen)?;
    entered.session.rollback()?;
    let Some(early) = early else { return Ok((marked, None, None, None, false)) };
    if !seen.ledger {
        table::install_own(&mut entered.session)?;
    }
    let lease =
        lease::acquire(&mut entered.session, &entered.url, early, &entered.run, &holder).map_err(waited)?;
    let first = seen.process;
    // While it waited, the run before may have changed everything.
    let seen = entered.look()?;
    // Two connections on one process, or one on two: only a pooler in transaction mode does that.
    let pooled = first.is_some() && (lease.process() == first || seen.process != first);
    if marked.is_some() {
        // Only what this look says of the mark; what is said of the proof stays.
        entered.notices.truncate(of_proof);
        entered.verify(&seen)?;
    } else if !matches!(seen.held, Held::NoTable | Held::NoRow) {
        return Err(Ending::refused(Code::FingerprintExists, "somebody marked this database in between"));
    }
    let unfinished = ledger::last(&mut entered.session, Step::Begin)?;
    let ended = ledger::last(&mut entered.session, Step::End)?;
    let unfinished =
        unfinished.filter(|begin| ended.as_ref().is_none_or(|end| end.generation < begin.generation));
    entered.session.rollback()?;
    Ok((marked, Some(lease), key, unfinished, pooled))
}

fn waited(error: LeaseError) -> Ending {
    match error {
        LeaseError::Database(failure) => failure.into(),
        LeaseError::Held(ending) => *ending,
    }
}

/// Nothing is there yet, so that it may be marked in the same run.
fn unmarked(entered: &mut Entered, request: &Request<'_>, seen: &Seen) -> Result<bool, Ending> {
    if !matches!(seen.held, Held::NoTable | Held::NoRow) {
        return Ok(false);
    }
    let expected = &entered.target.expected;
    if expected.mark.is_some() || expected.lineage.is_some() {
        return Err(Ending::refused(
            Code::FingerprintPinned,
            format!("the contract pins the mark of {}: it is not made a second time", expected.environment),
        )
        .next("look at the URL; after a planned move, in CI: `guard fingerprint reattest ENV --reason …`"));
    }
    crate::mark::judge::standing(seen)?;
    pinned_elsewhere(entered, seen)?;
    let tables = probe::tables(&mut entered.session, 3)?;
    if !tables.is_empty() {
        return Err(Ending::refused(
            Code::FingerprintNotEmpty,
            "this database has tables and no mark: only an empty one is migrated and marked in one run",
        )
        .detail("tables", tables)
        .next("mark it first: `guard fingerprint init ENV`"));
    }
    if !entered.target.protected {
        may_be_open(entered, request.variables, false)?;
    }
    Ok(true)
}

/// The contract against the one of the run before, which the ledger keeps.
fn weaker_than_before(entered: &mut Entered, request: &Request<'_>, seen: &Seen) -> Result<(), Ending> {
    if !seen.ledger || !entered.target.protected {
        return Ok(());
    }
    let Some(last) = ledger::last(&mut entered.session, Step::Begin)? else { return Ok(()) };
    let text = |name: &str| last.body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let remembered = Remembered {
        contract: text("contract"),
        lock: text("lock"),
        signers: last.body.get("signers").and_then(|signers| {
            Some((signers.get("path")?.as_str()?.to_owned(), signers.get("text")?.as_str()?.to_owned()))
        }),
    };
    let same =
        remembered.lock == entered.project.lock_text && remembered.contract == entered.project.contract_text;
    if remembered.contract.is_empty() || same {
        return Ok(());
    }
    let found = weaker(&entered.project.root, request.variables, &remembered)
        .map_err(|why| Ending::refused(Code::ContractFindings, why))?;
    if found.is_empty() {
        return Ok(());
    }
    Err(Ending::refused(
        Code::ContractWeakened,
        format!(
            "the contract permits more than it did at the last run, and nobody has approved that: {}",
            found[0]
        ),
    )
    .detail("weaker", found)
    .next("have a signer run `guard contract approve`, and commit the signature"))
}

/// For whoever waits.
fn holder(entered: &Entered, request: &Request<'_>) -> String {
    let claims = entered.standing.proof().map(crate::proof::Proof::claims);
    let claim = |names: &[&str]| {
        let found = names.iter().find_map(|name| claims?.get(*name)?.as_str().map(str::to_owned));
        found.unwrap_or_default()
    };
    let who = claim(&["actor", "GITHUB_ACTOR", "user_login"]);
    let job =
        claim(&["run_id", "GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILDKITE_BUILD_ID", "CIRCLE_WORKFLOW_ID"]);
    let host = request.variables.filled("HOSTNAME").unwrap_or_default();
    let parts = [("job", job.as_str()), ("by", who.as_str()), ("on", host)];
    let told: Vec<String> = parts
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    format!("guard:{} process {} {}", entered.run, std::process::id(), told.join(" ")).trim_end().to_owned()
}

impl Clearance {
    #[must_use]
    pub fn entered(&mut self) -> &mut Entered {
        &mut self.entered
    }

    /// The mark that was verified; none on a database that is marked at the end of its first run.
    #[must_use]
    pub fn marked(&self) -> Option<&Marked> {
        self.marked.as_ref()
    }

    /// Session and lease at once.
    pub fn hands(&mut self) -> (&mut crate::io::database::Session, Option<&Lease>) {
        (&mut self.entered.session, self.lease.as_ref())
    }

    /// Nothing that must outlive a transaction can be done here.
    #[must_use]
    pub fn is_pooled(&self) -> bool {
        self.pooled
    }

    /// Lease and session live: asked again and again while somebody else works.
    pub fn beat(&mut self) -> Result<(), crate::io::database::failure::Failure> {
        if let Some(lease) = &mut self.lease {
            lease.holds()?;
        }
        if self.entered.session.engine() == Engine::Sqlite {
            return Ok(());
        }
        self.entered.session.script("select 1")
    }

    /// The run that began and never ended, where there is one.
    #[must_use]
    pub fn unfinished(&self) -> Option<&Entry> {
        self.unfinished.as_ref()
    }

    /// Says in the ledger what is about to be done, and spends the token. Committed before the first write.
    pub fn begin(&mut self, mut body: Map<String, Value>) -> Result<(), Ending> {
        self.entered.project.remember(&mut body);
        let proof = self.entered.standing.proof();
        body.insert(
            "issuer".into(),
            Value::Object(proof.map(crate::proof::Proof::record).unwrap_or_default()),
        );
        let token = proof.and_then(crate::proof::Proof::token).map(str::to_owned);
        let draft =
            Draft { step: Step::Begin, run: self.entered.run.clone(), outcome: "begun".into(), body, token };
        self.row(draft).map(drop)
    }

    /// Says how it ended, marks the database where this was its first run, and leaves the receipt.
    pub fn end(&mut self, outcome: Outcome, body: Map<String, Value>) -> Result<(), Ending> {
        let mut mark = self.marked.as_ref().map(|marked| marked.payload.id.clone());
        if mark.is_none() && outcome == Outcome::Ok {
            self.entered.session.begin()?;
            let seen = probe::look(&mut self.entered.session, &self.entered.url)?;
            let payload = super::marks::write(&mut self.entered, &seen, self.key.as_ref(), 1)?;
            let done = format!("this database is now {}", payload.environment);
            self.pins = Some(super::marks::pins(&done, &payload, &seen));
            mark = Some(payload.id);
        }
        let draft = Draft {
            step: Step::End,
            run: self.entered.run.clone(),
            outcome: outcome.name().to_owned(),
            body,
            token: None,
        };
        let tip = self.row(draft)?;
        if let Some(mark) = mark {
            self.entered.leave(&tip, &mark, outcome.name());
        }
        Ok(())
    }

    fn row(&mut self, draft: Draft) -> Result<Tip, Ending> {
        let lease = self.lease.as_ref();
        let written: Result<Tip, LedgerError> = self.entered.session.atomically(|session| {
            if let Some(lease) = lease {
                lease.guard(session)?;
            }
            ledger::append(session, draft)
        });
        written.map_err(|error| match error {
            LedgerError::Replayed => replayed(),
            error @ LedgerError::Database(_) => added(error),
        })
    }

    /// The mark is as it was when this run began.
    pub fn mark_intact(&mut self) -> Result<(), Ending> {
        let Some(marked) = &self.marked else { return Ok(()) };
        let before = marked.payload.clone();
        self.entered.session.begin()?;
        let seen = probe::look(&mut self.entered.session, &self.entered.url);
        self.entered.session.rollback()?;
        let same = crate::mark::judge::written(&seen?).is_ok_and(|envelope| envelope.payload == before);
        if same {
            return Ok(());
        }
        Err(Ending::failed(
            Code::MigrationMarkChanged,
            "the mark of the database is no longer what it was before the run",
        )
        .next("a migration must not touch database_metadata; put the row back"))
    }

    #[must_use]
    pub fn engine(&self) -> Engine {
        self.entered.session.engine()
    }

    #[must_use]
    pub fn answer(self, mut ending: Ending) -> Ending {
        if let Some(pins) = self.pins {
            ending.message = format!("{}\n{}", ending.message, pins.message);
            ending.next.extend(pins.next);
            for (name, value) in *pins.details {
                ending.details.entry(name).or_insert(value);
            }
        }
        self.entered.answer(ending)
    }
}
