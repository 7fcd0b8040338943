//! What the subcommands ask of the rooms below. The command line knows nothing else of them.

use std::path::{Path, PathBuf};

use crate::check::map::{self, model::Map};
use crate::check::prove::{self, model::Proof};
use crate::check::run::{self, CheckError};
use crate::check::{adopt, commands, init};
use crate::gate::enter::{self, Request};
use crate::gate::project::Project;
use crate::gate::{ledgers, marks, moves};
use crate::io::environment::Environment;
use crate::migrate::native::{self, Event};
use crate::migrate::{look, wrapped};
use crate::report::Report;
use crate::run::Ran;
use crate::words::ending::{Code, Ending};

/// What to check, as the command line says it and nothing resolved.
#[derive(Clone, Debug)]
pub struct CheckRequest {
    /// The folder in which guard was started; the repository is the one around it.
    pub root: PathBuf,
    /// What is reported; relative to `root`. Empty: everything.
    pub paths: Vec<PathBuf>,
    /// Comparisons besides the base that always holds.
    pub bases: Vec<String>,
    /// The index instead of the work tree.
    pub staged: bool,
}

#[derive(Debug)]
pub struct CheckOutcome {
    pub report: Report,
    /// 0 clean, 1 findings.
    pub exit: u8,
}

impl CheckOutcome {
    #[must_use]
    pub fn of(report: Report) -> Self {
        Self { exit: u8::from(!report.findings.is_empty()), report }
    }
}

/// What a subcommand of `guard contract` has to say, and how it ends.
#[derive(Debug)]
pub struct Answer {
    pub text: String,
    pub exit: u8,
}

/// Why guard could not do what it was asked: what happened, and what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub message: String,
    pub next: String,
    /// The request itself was wrong (a path outside the repository): exit 64.
    pub usage: bool,
}

impl Refusal {
    #[must_use]
    pub fn new(message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { message: message.into(), next: next.into(), usage: false }
    }

    #[must_use]
    pub fn usage(message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { usage: true, ..Self::new(message, next) }
    }
}

/// One answer of the rooms below.
fn told(result: Result<commands::Said, CheckError>) -> Result<Answer, Refusal> {
    match result {
        Ok(said) => Ok(Answer { text: said.text, exit: said.exit }),
        Err(error) => Err(refusal(&error)),
    }
}

fn refusal(error: &CheckError) -> Refusal {
    let next = match error {
        CheckError::Empty(_) => "run guard in a repository that has files",
        CheckError::NoPath(_) => "name files or folders of this repository, or none to see everything",
        CheckError::Tree(_) => "mend what is said above and run it again",
    };
    Refusal::new(error.to_string(), next)
}

pub fn check(request: &CheckRequest) -> Result<CheckOutcome, Refusal> {
    let environment = Environment::of_process();
    let asked = run::Request {
        directory: &request.root,
        paths: &request.paths,
        bases: &request.bases,
        staged: request.staged,
        environment: &environment,
    };
    run::check(&asked).map(CheckOutcome::of).map_err(|e| refusal(&e))
}

pub fn map(root: &Path) -> Result<Map, Refusal> {
    map::map(root, &Environment::of_process()).map_err(|e| refusal(&e))
}

pub fn prove(root: &Path, started: bool) -> Result<Proof, Refusal> {
    prove::prove(root, &Environment::of_process(), started).map_err(|e| refusal(&e))
}

pub fn init(root: &Path, plan: bool) -> Result<Answer, Refusal> {
    told(adopt::init(root, &Environment::of_process(), plan))
}

pub fn contract_init(root: &Path) -> Result<Answer, Refusal> {
    told(init::init(root, &Environment::of_process()))
}

pub fn contract_freeze(root: &Path) -> Result<Answer, Refusal> {
    told(commands::freeze(root, &Environment::of_process()))
}

pub fn contract_diff(root: &Path, bases: &[String]) -> Result<Answer, Refusal> {
    told(commands::diff(root, &Environment::of_process(), bases))
}

/// Signs with the key in the file, or with what the agent offers.
pub fn contract_approve(root: &Path, key: Option<&Path>) -> Result<Answer, Refusal> {
    told(commands::approve(root, &Environment::of_process(), key))
}

pub fn contract_verify(root: &Path) -> Result<Answer, Refusal> {
    told(commands::verify(root, &Environment::of_process()))
}

/// What is asked of a database's mark.
#[derive(Clone, Copy, Debug)]
pub enum OnMark<'a> {
    Init,
    Verify,
    Adopt,
    Reattest(&'a str),
}

#[must_use]
pub fn mark(folder: &Path, environment: &str, receipt: Option<&Path>, what: OnMark<'_>) -> Ending {
    let variables = Environment::of_process();
    let request = Request { folder, environment, variables: &variables, receipt, also: None };
    match what {
        OnMark::Init => marks::init(&request),
        OnMark::Verify => marks::verify(&request),
        OnMark::Adopt => moves::adopt(&request),
        OnMark::Reattest(reason) => moves::reattest(&request, reason),
    }
}

/// The mark of an environment, or of the only one whose variable is set.
#[must_use]
pub fn show_mark(folder: &Path, environment: Option<&str>) -> Ending {
    let variables = Environment::of_process();
    let show = |environment: &str| {
        marks::show(&Request { folder, environment, variables: &variables, receipt: None, also: None })
    };
    if let Some(environment) = environment {
        return show(environment);
    }
    let project = match Project::around(folder, &variables) {
        Ok(project) => project,
        Err(ending) => return ending,
    };
    let policies = project.contract.environments.policies.iter();
    let set: Vec<&str> = policies
        .filter(|(_, policy)| policy.database.as_ref().is_some_and(|name| variables.filled(name).is_some()))
        .map(|(name, _)| name.as_str())
        .collect();
    match set.as_slice() {
        [one] => show(one),
        [] => Ending::refused(Code::EnvironmentUnset, "no environment's variable is set")
            .next("name an environment"),
        several => Ending::usage(format!("which one: {}?", several.join(", "))),
    }
}

/// The proof that this process has, without its token.
pub fn proof(folder: &Path, environment: &str) -> Ending {
    let variables = Environment::of_process();
    let proven = Project::around(folder, &variables).and_then(|project| {
        let target = project.target(environment)?;
        enter::prove(&project, &target, &variables)
    });
    match proven {
        Ok(proof) => {
            let mut text = format!("{} for {environment}", proof.kind());
            for (name, value) in proof.claims() {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                text.extend(["\n  ", name.as_str(), " = ", value.as_str()]);
            }
            Ending::ok(text)
                .of(environment)
                .detail("proof", proof.kind())
                .detail("claims", proof.claims().clone())
                .detail("notices", proof.notices().to_vec())
        }
        Err(ending) => ending.of(environment),
    }
}

#[must_use]
pub fn ledger(folder: &Path, environment: &str, verify: bool) -> Ending {
    let variables = Environment::of_process();
    let request = Request { folder, environment, variables: &variables, receipt: None, also: None };
    if verify { ledgers::verify(&request) } else { ledgers::show(&request) }
}

/// What is asked of a database's migrations.
#[derive(Clone, Copy, Debug)]
pub enum OnMigrations {
    Plan,
    Status,
    Apply { first: bool },
}

pub fn migrate(
    folder: &Path,
    environment: &str,
    receipt: Option<&Path>,
    what: OnMigrations,
    tell: &mut dyn FnMut(Event),
) -> Ending {
    let variables = Environment::of_process();
    let request = Request { folder, environment, variables: &variables, receipt, also: None };
    match what {
        OnMigrations::Plan => look::show_plan(&request),
        OnMigrations::Status => look::status(&request),
        OnMigrations::Apply { first } => native::run(&request, first, tell),
    }
}

/// The team's own tool, wrapped.
pub fn wrapped(
    folder: &Path,
    environment: &str,
    receipt: Option<&Path>,
    what: OnMigrations,
    command: &[String],
    quiet: bool,
    tell: &mut dyn FnMut(Event),
) -> Ending {
    let variables = Environment::of_process();
    let request = Request { folder, environment, variables: &variables, receipt, also: None };
    let asked = match what {
        OnMigrations::Plan | OnMigrations::Status => wrapped::Asked::Plan,
        OnMigrations::Apply { first: true } => wrapped::Asked::First,
        OnMigrations::Apply { first: false } => wrapped::Asked::Change,
    };
    wrapped::run(&request, command, asked, quiet, tell)
}

/// Runs a command: any on an unprotected environment, a declared script on a protected one; `quiet` keeps its standard output off guard's.
#[must_use]
pub fn run(folder: &Path, environment: &str, command: &[String], quiet: bool) -> Ran {
    let variables = Environment::of_process();
    let request = Request { folder, environment, variables: &variables, receipt: None, also: None };
    match crate::run::is_protected(&request) {
        Ok(false) => crate::run::run(&request, command, quiet),
        Ok(true) => crate::migrate::scripted::run(&request, command, quiet),
        Err(ending) => Ran::Ending(ending.of(environment)),
    }
}
