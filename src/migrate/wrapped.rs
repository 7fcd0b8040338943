//! `guard migrate -- COMMAND`: the team's own tool, started once everything is proven, held by the lease,
//! and believed only as far as its history says the same afterwards.

use std::cell::RefCell;

use serde_json::{Map, Value as Json, json};

use super::admit::{self, Admitted, Door};
use super::book::Book;
use super::history::State;
use super::native::{Event, Leftovers};
use super::reads::{self, Handed};
use super::tools::{self, History, Known};
use super::{aftermath, in_git, native};
use crate::gate::enter::Request;
use crate::gate::open::{Clearance, Purpose, open};
use crate::gate::project::{Project, Target};
use crate::io::keeper::{self, Ended, KeepError, Kept};
use crate::lease::foreign;
use crate::mark::probe;
use crate::words::ending::{Code, Ending, Outcome};
use crate::words::secret::strike_command;

/// What is asked of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Only what would happen.
    Plan,
    Change,
    /// The same on an empty database, which is marked at the end.
    First,
}

/// Runs it, or says why not.
#[must_use]
pub fn run(
    request: &Request<'_>,
    command: &[String],
    asked: Asked,
    quiet: bool,
    tell: &mut dyn FnMut(Event),
) -> Ending {
    let admitted: RefCell<Option<Admitted>> = RefCell::new(None);
    let also = |project: &Project, target: &Target| -> Result<(), Ending> {
        let folder = request.folder;
        let environment = target.environment.as_str();
        let told =
            admit::admit(&project.contract, &project.root, folder, environment, Door::Migrate, command)?;
        installed(command, request)?;
        admitted.replace(Some(told));
        Ok(())
    };
    let request = &Request { also: Some(&also), ..*request };
    let purpose = match asked {
        Asked::Plan => Purpose::Look,
        Asked::Change => Purpose::Change,
        Asked::First => Purpose::First,
    };
    let clearance = match open(request, purpose) {
        Ok(clearance) => clearance,
        Err(ending) => return ending,
    };
    let Some(admitted) = admitted.take() else {
        return clearance.answer(Ending::refused(Code::CommandNotAllowed, "the command was not judged"));
    };
    let mut run = Run { clearance, admitted, command, quiet, leftovers: None };
    let ending = run.work(request, asked, tell).unwrap_or_else(|ending| ending);
    run.clearance.answer(ending)
}

/// The program is there to be started.
pub(crate) fn installed(command: &[String], request: &Request<'_>) -> Result<(), Ending> {
    let program = command.first().map(String::as_str).unwrap_or_default();
    if keeper::found(program, request.folder, request.variables).is_some() {
        return Ok(());
    }
    Err(not_found(program))
}

pub(crate) fn not_found(program: &str) -> Ending {
    let program: String = program.chars().filter(|c| !c.is_control()).take(120).collect();
    Ending::refused(Code::CommandNotFound, format!("{program} is not installed"))
        .next("look at the command's name and at PATH")
}

struct Run<'a> {
    clearance: Clearance,
    admitted: Admitted,
    command: &'a [String],
    quiet: bool,
    leftovers: Option<Leftovers>,
}

impl Run<'_> {
    fn work(
        &mut self,
        request: &Request<'_>,
        asked: Asked,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Ending, Ending> {
        let ready = self.ready(request);
        if asked == Asked::Plan {
            let (_, history) = ready?;
            let names = history.as_ref().map(History::pending).unwrap_or_default();
            let text = match (&history, names.is_empty()) {
                (None, _) => {
                    "guard reads no history of this command: what it would do is not known".to_owned()
                }
                (_, true) => "nothing is pending".to_owned(),
                _ => format!("{} pending:\n  {}", names.len(), names.join("\n  ")),
            };
            return Ok(self.told(Ending::ok(text).detail("pending", names), history.as_ref()));
        }
        let (handed, history) = match ready {
            Ok(ready) => ready,
            Err(refusal) => {
                // The run held the lease: what it was refused for stands in the ledger.
                self.clearance.begin(self.body(&[]))?;
                let mut body = Map::new();
                body.insert("code".into(), refusal.code.map(Code::name).into());
                self.clearance.end(Outcome::Refused, body)?;
                return Err(refusal);
            }
        };
        let announced = history.as_ref().map(History::pending).unwrap_or_default();
        self.clearance.begin(self.body(&announced))?;
        if let Some(unfinished) = self.clearance.unfinished().map(|entry| entry.run.clone()) {
            let told = format!(
                "the run {unfinished} began and never said how it ended; the history is what it left"
            );
            self.clearance.entered().notices.push(told);
        }
        if let Some(leftovers) = self.leftovers.take() {
            leftovers.settle(&mut self.clearance)?;
        }
        tell(Event::Pending(announced.clone()));
        let done = self.started(request, handed, history.as_ref(), &announced);
        match done {
            Ok(ended) => {
                let mut body = Map::new();
                body.insert("applied".into(), json!(announced));
                body.insert("exit_code".into(), ended.code.into());
                self.clearance.end(Outcome::Ok, body).map_err(Ending::tried)?;
                let text = match (&history, announced.is_empty()) {
                    (None, _) => "the command ended well".to_owned(),
                    (_, true) => "nothing was pending".to_owned(),
                    _ => format!("applied {}: {}", announced.len(), announced.join(", ")),
                };
                let ending = Ending::ok(text).detail("applied", announced).detail("exit_code", ended.code);
                Ok(self.told(ending, history.as_ref()))
            }
            Err(failed) => {
                let mut body = Map::new();
                body.insert("code".into(), failed.code.map(Code::name).into());
                body.insert("message".into(), failed.message.clone().into());
                let outcome =
                    if failed.outcome == Outcome::Refused { Outcome::Refused } else { Outcome::Failed };
                if let Err(also) = self.clearance.end(outcome, body) {
                    let told = format!("the ledger could not be told how this run ended: {}", also.message);
                    self.clearance.entered().notices.push(told);
                }
                Err(self.told(failed, history.as_ref()))
            }
        }
    }

    fn told(&self, ending: Ending, history: Option<&History>) -> Ending {
        ending
            .detail("tool", history.map(|history| history.tool.name()))
            .detail("command", strike_command(&self.admitted.words))
    }

    fn body(&self, plan: &[String]) -> Map<String, Json> {
        let mut body = Map::new();
        let words = strike_command(&self.admitted.words);
        body.insert("command".into(), format!("migrate -- {words}").into());
        body.insert("plan".into(), json!(plan));
        body
    }

    /// Everything that can be known before it is started.
    fn ready(&mut self, request: &Request<'_>) -> Result<(Handed, Option<History>), Ending> {
        let marked = self.clearance.marked().cloned();
        let entered = self.clearance.entered();
        if entered.target.protected
            && let Some(own) = entered.project.contract.migrations.clone()
        {
            in_git::tracked(entered, &own.path.value)?;
        }
        let handed =
            reads::handed(entered, marked.as_ref(), &self.admitted, request.variables, request.folder)?;
        let chosen = tools::choose(entered, Some(&self.admitted.words))?;
        let Some(tool) = chosen else {
            tools::told_by_nobody(entered, None)?;
            return Ok((handed, None));
        };
        let mut history = tools::read(self.clearance.entered(), tool)?;
        self.leftovers = native::leftovers_of(&mut self.clearance, tool)?;
        if let Some(leftovers) = &self.leftovers {
            leftovers.apply_to(&mut history.lines);
        }
        history.sane()?;
        tools::told_by_nobody(self.clearance.entered(), Some(tool))?;
        Ok((handed, Some(history)))
    }

    /// Starts it, and judges what it did.
    fn started(
        &mut self,
        request: &Request<'_>,
        handed: Handed,
        history: Option<&History>,
        announced: &[String],
    ) -> Result<Ended, Ending> {
        let unfinished = self.clearance.unfinished().is_some();
        let entered = self.clearance.entered();
        if unfinished {
            foreign::settled(&mut entered.session)?;
        }
        if let Some(history) = history {
            foreign::free(&mut entered.session, history.tool.name(), &entered.url.database)?;
            if history.tool == Known::Prisma {
                let book = Book::Prisma { schema: entered.url.schema.clone() };
                let empty = probe::tables(&mut entered.session, 1)?.is_empty();
                // It refuses a database that has tables, guard's own included, and no history.
                if empty && book.table(&mut entered.session)?.is_none() {
                    book.make(&mut entered.session)?;
                }
            }
        }
        let before = aftermath::look(&mut entered.session)?;
        let kept = Kept {
            program: self.command.first().cloned().unwrap_or_default(),
            arguments: self.command.get(1..).unwrap_or_default().to_vec(),
            directory: request.folder.to_owned(),
            environment: handed.environment,
            redactor: handed.redactor,
            quiet: self.quiet,
        };
        let ended = child(kept, &mut self.clearance)?;
        // From here on it ran: whatever cannot be asked or does not hold is no refusal.
        self.judged(ended, history, announced, &before).map_err(Ending::tried)
    }

    fn judged(
        &mut self,
        ended: Ended,
        history: Option<&History>,
        announced: &[String],
        before: &aftermath::Before,
    ) -> Result<Ended, Ending> {
        let after = match history {
            Some(before) => Some(tools::read(self.clearance.entered(), before.tool)?),
            None => None,
        };
        if ended.stopped {
            return Err(Ending::failed(
                Code::CommandFailed,
                "the lease was lost while the command ran, and it was ended",
            )
            .detail("exit_code", ended.code)
            .next("see what it left behind: `guard migrate --env ENV --status`"));
        }
        if ended.code != 0 {
            return Err(failed(&ended, after.as_ref()));
        }
        if let (Some(before), Some(after)) = (history, &after) {
            exactly(before, after, announced)?;
        }
        let texts = self.texts(announced);
        aftermath::compare(&mut self.clearance.entered().session, before, &[texts.as_str()])?;
        self.clearance.mark_intact()?;
        Ok(ended)
    }

    fn texts(&mut self, announced: &[String]) -> String {
        let project = &self.clearance.entered().project;
        let folder = project.contract.migrations.as_ref().map(|own| project.root.join(&own.path.value));
        tools::texts(&project.root, folder.as_deref().unwrap_or(&project.root), announced)
    }
}

/// The command itself, with the lease looked after meanwhile.
pub(crate) fn child(kept: Kept, clearance: &mut Clearance) -> Result<Ended, Ending> {
    keeper::run(kept, &mut || clearance.beat().is_ok()).map_err(|error| match error {
        KeepError::Missing { program } => not_found(&program),
        error @ KeepError::Start { .. } => Ending::refused(Code::CommandNotFound, error.to_string()),
    })
}

fn failed(ended: &Ended, after: Option<&History>) -> Ending {
    let mut ending = Ending::failed(
        Code::CommandFailed,
        match ended.told {
            Some(signal) => format!("the command was ended by {signal}, with {}", ended.code),
            None => format!("the command failed with {}", ended.code),
        },
    )
    .detail("exit_code", ended.code);
    if let Some(signal) = ended.told {
        ending = ending.detail("signal", signal);
    }
    if let Some(after) = after {
        let of = |state: State| -> Vec<String> {
            after.lines.iter().filter(|line| line.state == state).map(|line| line.name.clone()).collect()
        };
        ending = ending.detail("pending", of(State::Pending)).detail("failed", of(State::Failed));
    }
    ending
        .next("its own words stand above; what it left behind: `guard migrate --env ENV --status`")
        .next("mend the cause and run the same again: what is half done is looked at first")
}

/// The history says that exactly what was announced was applied.
fn exactly(before: &History, after: &History, announced: &[String]) -> Result<(), Ending> {
    let of = |history: &History, state: State| -> Vec<String> {
        history.lines.iter().filter(|line| line.state == state).map(|line| line.name.clone()).collect()
    };
    let left: Vec<String> = of(after, State::Applied)
        .into_iter()
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    let missing: Vec<&String> = announced.iter().filter(|name| !left.contains(name)).collect();
    let broken = of(after, State::Failed);
    if !missing.is_empty() || !broken.is_empty() {
        let names: Vec<String> = missing.into_iter().cloned().chain(broken).collect();
        return Err(Ending::failed(
            Code::MigrationIncomplete,
            format!("the command said that it went well, and the history does not have {}", names.join(", ")),
        )
        .detail("migrations", names)
        .next("do not deploy; see why the tool did not apply them, and run it again"));
    }
    let applied = of(before, State::Applied);
    let more: Vec<String> =
        left.into_iter().filter(|name| !announced.contains(name) && !applied.contains(name)).collect();
    let gone: Vec<String> = applied
        .iter()
        .filter(|name| !after.lines.iter().any(|line| line.name == **name && line.state == State::Applied))
        .cloned()
        .collect();
    let strange: Vec<String> = after
        .lines
        .iter()
        .filter(|line| line.state == State::MissingFile)
        .map(|line| line.name.clone())
        .chain(more)
        .chain(gone)
        .collect();
    if strange.is_empty() {
        return Ok(());
    }
    Err(Ending::failed(
        Code::MigrationUnannounced,
        format!("the history was changed otherwise than announced: {}", strange.join(", ")),
    )
    .detail("migrations", strange)
    .next("find out what the command did besides; see `guard migrate --env ENV --status`"))
}
