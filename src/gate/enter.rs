//! The way in to one database: contract, proof, URL, connection, in this order. Nothing connects to a
//! protected environment before it is proven that this is CI.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::project::{Project, Target};
use crate::io::clock;
use crate::io::database::failure::{Failure, Kind};
use crate::io::database::url::{DatabaseUrl, Engine};
use crate::io::database::{Access, Dialing, Session};
use crate::io::environment::Environment;
use crate::io::keys::random_hex;
use crate::io::tree::Tree;
use crate::lease::{self, foreign};
use crate::ledger::receipt::{self, Receipt};
use crate::ledger::{self, Tip};
use crate::mark::judge::{self, Marked};
use crate::mark::probe::{self, Seen};
use crate::proof::{self, Asked, Proof};
use crate::words::ending::{Code, Ending};

/// What a command asks for.
pub struct Request<'a> {
    pub folder: &'a Path,
    pub environment: &'a str,
    pub variables: &'a Environment,
    /// Where the receipt lies; none: the usual place.
    pub receipt: Option<&'a Path>,
    /// What else must hold, asked after the proof and before anything connects.
    pub also: Option<&'a Also<'a>>,
}

/// A question about the contract that needs no database.
pub type Also<'a> = dyn Fn(&Project, &Target) -> Result<(), Ending> + 'a;

/// Whether anything had to be proven.
#[derive(Clone, Debug)]
pub enum Standing {
    Proven(Proof),
    /// The environment is not protected.
    NotRequired,
}

impl Standing {
    #[must_use]
    pub fn proof(&self) -> Option<&Proof> {
        match self {
            Self::Proven(proof) => Some(proof),
            Self::NotRequired => None,
        }
    }
}

/// Inside: one session, on which everything else happens.
pub struct Entered {
    pub project: Project,
    pub target: Target,
    pub standing: Standing,
    pub url: DatabaseUrl,
    pub session: Session,
    pub run: String,
    pub receipt: PathBuf,
    pub notices: Vec<String>,
    pub edited: Vec<String>,
    /// The files as they were when they were checked.
    pub tree: Option<Tree>,
    /// The lease's own connection, where it is on its way already.
    pub line: Option<Dialing>,
    /// What the server said when it was connected, where it was asked so early.
    seen: Option<Seen>,
}

/// What a failure means as an answer.
#[must_use]
pub fn told(failure: &Failure) -> Ending {
    if failure.kind == Kind::Missing && failure.to_string().contains(ledger::TABLE) {
        let told = format!("{} is not there any more: {failure}", ledger::TABLE);
        return Ending::refused(Code::LedgerBroken, told)
            .next("find out who dropped it; a backup of this database holds its rows");
    }
    let (code, next) = match failure.kind {
        Kind::Unreachable => (Code::DatabaseUnreachable, "look at the URL, and whether the server runs"),
        Kind::Open => (Code::DatabaseBreakerOpen, "see whether the server runs, and start the command again"),
        Kind::Auth => (Code::DatabaseAuth, "look at the user and the password in the URL"),
        Kind::Tls => (Code::DatabaseTls, "look at the URL's TLS mode and root certificate"),
        Kind::Unknown => (Code::DatabaseUnknown, "look at the URL; guard never creates a database"),
        Kind::Timeout | Kind::Locked => {
            (Code::DatabaseTimeout, "see what holds the server up, and try again")
        }
        Kind::ReadOnly => (Code::DatabaseStandby, "let the URL lead to the server that takes the writes"),
        Kind::Permission => (Code::DatabaseAuth, "give the user what the message says"),
        Kind::TooLong => (
            Code::FingerprintLegacy,
            "a mark needs a column of some 2000 characters: make `database_metadata.fingerprint` a text without a limit",
        ),
        Kind::Missing | Kind::Duplicate | Kind::Statement => {
            (Code::DatabaseUnreachable, "guard's own question failed; is this server one that guard knows?")
        }
    };
    Ending::refused(code, format!("the database: {failure}")).next(next)
}

impl From<Failure> for Ending {
    fn from(failure: Failure) -> Self {
        told(&failure)
    }
}

/// Proves that this is CI, where the environment wants it.
pub fn prove(project: &Project, target: &Target, variables: &Environment) -> Result<Proof, Ending> {
    proof::prove(&Asked {
        root: &project.root,
        repository: project.repository.as_ref(),
        project: &project.contract.project,
        environment: &target.environment,
        policy: &target.policy,
        variables,
        now: clock::now(),
        heard: Cell::default(),
    })
}

/// The URL of an environment's database, from the variable that the contract names.
pub fn url_of(target: &Target, variables: &Environment) -> Result<DatabaseUrl, Ending> {
    let name = target.environment.as_str();
    let Some(variable) = &target.policy.database else {
        return Err(Ending::refused(
            Code::EnvironmentUnset,
            format!("the contract does not say which variable holds the URL of {name}"),
        )
        .next(format!("write `database = \"…\"` into `[environments.{name}]`")));
    };
    let Some(text) = variables.filled(variable) else {
        return Err(Ending::refused(
            Code::EnvironmentUnset,
            format!("the variable {} is unset or empty: it holds the URL of {name}", variable.value),
        )
        .detail("variable", variable.value.clone())
        .next(format!("set {}", variable.value)));
    };
    DatabaseUrl::parse(text).map_err(|error| {
        Ending::refused(
            Code::DatabaseUnreachable,
            format!("{} holds no URL that guard can follow: {error}", variable.value),
        )
        .detail("variable", variable.value.clone())
        .next("write it as the tools read it: postgres://user:password@host:port/database")
    })
}

/// How hard the way in is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proving {
    /// On protected environments.
    WhereProtected,
    Always,
}

/// Everything that is known before anything connects.
pub struct Stood {
    pub project: Project,
    pub target: Target,
    pub standing: Standing,
    /// Findings on migrations that another revision has otherwise: only the database knows what was applied.
    pub edited: Vec<String>,
    /// The files as they were when they were checked; none where nothing was.
    pub tree: Option<Tree>,
    /// Connections that are on their way already.
    pub called: Option<Called>,
}

/// Connections that are made while the repository is checked, where everything that must be known before anything
/// connects is known without asking anybody. The first look at Postgres comes with them: it only reads, and what it
/// saw is nobody's before the check has answered.
pub struct Called {
    run: String,
    session: Dialing<Option<Seen>>,
    lease: Option<Dialing>,
    since: Instant,
}

/// A connection that nobody used for so long may be taken away by the server.
const STALE: Duration = Duration::from_secs(20);

impl Called {
    #[must_use]
    pub fn early(
        project: &Project,
        target: &Target,
        request: &Request<'_>,
        access: Access,
        lease: bool,
    ) -> Option<Self> {
        let url = url_of(target, request.variables).ok()?;
        judge::host(&url, &target.expected).ok()?;
        let run = random_hex(6)?;
        let limits = &project.limits;
        let place = url.clone();
        let session = Dialing::start(&url, access, limits, format!("guard:{run}"), move |session| {
            glance(session, &place)
        });
        let lease = lease && url.engine == Engine::Postgres;
        let lease = lease.then(|| Dialing::start(&url, Access::Write, limits, lease::name(&run), |_| ()));
        Some(Self { run, session, lease, since: Instant::now() })
    }
}

/// A look whose transaction is over at once; none where it failed, and whoever looks next is told why.
fn glance(session: &mut Session, url: &DatabaseUrl) -> Option<Seen> {
    if session.engine() != Engine::Postgres {
        return None;
    }
    session.begin().ok()?;
    let seen = probe::look(session, url);
    session.rollback().ok()?;
    seen.ok()
}

/// Proves what has to be proven. Nothing is connected yet.
pub fn stand(request: &Request<'_>, proving: Proving) -> Result<Stood, Ending> {
    let inside = |ending: Ending| ending.of(request.environment);
    let project = Project::around(request.folder, request.variables).map_err(inside)?;
    let target = project.target(request.environment)?;
    let standing = standing(&project, &target, request, proving)?;
    Ok(Stood { project, target, standing, edited: Vec::new(), tree: None, called: None })
}

/// The proof, where one is wanted.
pub fn standing(
    project: &Project,
    target: &Target,
    request: &Request<'_>,
    proving: Proving,
) -> Result<Standing, Ending> {
    if !target.protected && proving == Proving::WhereProtected {
        return Ok(Standing::NotRequired);
    }
    let proof = prove(project, target, request.variables);
    proof.map(Standing::Proven).map_err(|ending| ending.of(request.environment))
}

/// Goes in.
pub fn enter(request: &Request<'_>, access: Access, proving: Proving) -> Result<Entered, Ending> {
    stand(request, proving)?.connect(request, access)
}

impl Stood {
    /// Connects; the proof comes along, so that it is asked for once.
    pub fn connect(self, request: &Request<'_>, access: Access) -> Result<Entered, Ending> {
        self.connect_until(request, access, None, &mut |_, pause| {
            crate::io::clock::between_attempts(pause);
            true
        })
    }

    /// The same until a deadline, with somebody who waits between two attempts and says why.
    pub fn connect_until(
        self,
        request: &Request<'_>,
        access: Access,
        deadline: Option<Instant>,
        wait: &mut dyn FnMut(&str, Duration) -> bool,
    ) -> Result<Entered, Ending> {
        let Self { project, target, standing, edited, tree, called } = self;
        let inside = |ending: Ending| ending.of(request.environment);
        if let Some(also) = request.also {
            also(&project, &target).map_err(inside)?;
        }
        let url = url_of(&target, request.variables).map_err(inside)?;
        judge::host(&url, &target.expected).map_err(inside)?;
        let fresh = called.filter(|called| called.since.elapsed() < STALE);
        let (run, session, line) = if let Some(Called { run, session, lease, .. }) = fresh {
            (run, session.wait(), lease)
        } else {
            let run = random_hex(6).ok_or_else(|| {
                Ending::refused(
                    Code::DatabaseUnreachable,
                    "this machine gives no random bytes to name the run with",
                )
            })?;
            let name = format!("guard:{run}");
            let session = Session::connect_until(&url, access, &project.limits, &name, deadline, wait);
            (run, session.map(|session| (session, None)), None)
        };
        let (session, seen) = session.map_err(|failure| inside(told(&failure)))?;
        let notices = standing.proof().map(|proof| proof.notices().to_vec()).unwrap_or_default();
        let receipt = request
            .receipt
            .map_or_else(|| receipt::usual(&project.root, request.environment), Path::to_owned);
        Ok(Entered {
            project,
            target,
            standing,
            url,
            session,
            run,
            receipt,
            notices,
            edited,
            tree,
            line,
            seen,
        })
    }
}

impl Entered {
    /// Looks at the database in a transaction that stays open.
    pub fn look(&mut self) -> Result<Seen, Ending> {
        self.session.begin()?;
        let seen = match self.seen.take() {
            Some(seen) => seen,
            None => probe::look(&mut self.session, &self.url)?,
        };
        // A token that ran out is not made young by setting back this machine's clock.
        if let (Some(proof), Some(clock)) = (self.standing.proof(), seen.clock)
            && clock > crate::io::clock::now().saturating_add(60)
        {
            proof.holds_at(clock)?;
        }
        if seen.ledger
            && let Some(token) = self.standing.proof().and_then(Proof::token).map(str::to_owned)
        {
            self.unspent(&token)?;
        }
        Ok(seen)
    }

    fn unspent(&mut self, token: &str) -> Result<(), Ending> {
        let table = self.session.own(ledger::TABLE);
        let used = self.session.query(&format!("select 1 from {table} where token = ?"), &[token.into()])?;
        if used.is_empty() { Ok(()) } else { Err(replayed()) }
    }

    /// The mark holds for this database, and the database did not go back since the last receipt.
    pub fn verify(&mut self, seen: &Seen) -> Result<Marked, Ending> {
        let marked = judge::judge(seen, &self.url, &self.target.expected)?;
        self.history(seen, &marked)?;
        self.notices.extend(marked.notices.iter().cloned());
        Ok(marked)
    }

    /// Compares with the receipt of the run before, where there is one.
    fn history(&mut self, seen: &Seen, marked: &Marked) -> Result<(), Ending> {
        let receipt = match receipt::read(&self.receipt) {
            Ok(Some(receipt)) => receipt,
            Ok(None) => {
                self.notices.push(
                    "no receipt of an earlier run is here: a database that went back would not show".into(),
                );
                return Ok(());
            }
            Err(why) => {
                self.notices.push(format!("{why}: a database that went back would not show"));
                return Ok(());
            }
        };
        if receipt.environment != self.target.environment || receipt.mark != marked.payload.id {
            self.notices.push("the receipt here is of another mark, and says nothing of this one".into());
            return Ok(());
        }
        let found = if seen.ledger { ledger::hash_at(&mut self.session, receipt.generation)? } else { None };
        if found.as_deref() == Some(receipt.hash.as_str()) {
            return Ok(());
        }
        let tip = if seen.ledger { ledger::tip(&mut self.session)? } else { None };
        let now = tip.map_or(0, |tip| tip.generation);
        let message = if now < receipt.generation {
            format!(
                "this database went back: the last run left its ledger at row {}, and it is at {now}",
                receipt.generation
            )
        } else {
            format!(
                "this database is a fork: row {} of its ledger is not the one that the last run left",
                receipt.generation
            )
        };
        Err(Ending::refused(Code::FingerprintRewound, message)
            .detail("found", now)
            .detail("receipt", receipt.generation)
            .next("after a planned restore, in CI: `guard fingerprint reattest ENV --reason …`"))
    }

    /// Leaves the receipt for whoever runs next.
    pub fn leave(&mut self, tip: &Tip, mark: &str, outcome: &str) {
        let receipt = Receipt {
            version: 1,
            environment: self.target.environment.clone(),
            mark: mark.to_owned(),
            run: self.run.clone(),
            at: clock::written(clock::now()),
            outcome: outcome.to_owned(),
            generation: tip.generation,
            hash: tip.hash.clone(),
        };
        if let Err(error) = receipt::write(&self.receipt, &receipt) {
            self.notices
                .push(format!("the receipt could not be written to {}: {error}", self.receipt.display()));
        }
    }

    /// The answer, with everything that a person should be told.
    #[must_use]
    pub fn answer(mut self, mut ending: Ending) -> Ending {
        if ending.code == Some(Code::DatabaseTimeout) {
            drop(self.session.rollback());
            let busy = foreign::in_transactions(&mut self.session);
            if !busy.is_empty() {
                ending.message.extend(["; these sessions are in a transaction: ", &busy.join("; ")]);
                ending = ending.detail("blocked_by", busy).next("wait until they end, and run it again");
            }
        }
        self.notices.extend(self.session.notices());
        let mut ending = ending.of(&self.target.environment);
        if !self.notices.is_empty() {
            ending = ending.detail("notices", self.notices);
        }
        ending
    }
}

#[must_use]
pub fn replayed() -> Ending {
    Ending::refused(Code::ProofReplayed, "the CI's token is not accepted: it was used before")
        .next("let every run ask for a token of its own")
}
