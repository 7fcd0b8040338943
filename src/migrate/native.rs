//! `guard migrate` without a command: applies what is pending, one migration after the other, each with
//! its row in the tool's own history.

use std::time::Instant;

use serde_json::{Map, Value as Json, json};

use super::book::Book;
use super::files::Migration;
use super::history::{self, Line, State};
use super::in_git::in_git;
use super::leftovers::{self, Resolution};
use super::{aftermath, apply, statements, tools};
use crate::contract::model::Tool;
use crate::gate::enter::{Entered, Request};
use crate::gate::open::{Clearance, Purpose, open};
use crate::io::database::Session;
use crate::io::database::url::Engine;
use crate::words::ending::{Code, Ending, Outcome};

/// What happens, for whoever listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Pending(Vec<String>),
    Started(String),
    Applied { name: String, millis: u128 },
}

/// The pending ones, and everything that would keep them from being applied.
pub(super) struct Plan {
    pub(super) book: Book,
    files: Vec<Migration>,
    lines: Vec<Line>,
    /// Failed ones whose file is not as it was then.
    mended: Vec<String>,
}

impl Plan {
    fn pending(&self) -> Vec<&Migration> {
        let is = |file: &&Migration| {
            self.lines.iter().any(|line| line.key == file.key && line.state == State::Pending)
        };
        self.files.iter().filter(is).collect()
    }

    /// What to do with each that failed; `died`: the run before never said how it ended.
    fn left_behind(&self, session: &mut Session, died: bool) -> Result<Vec<(String, Resolution)>, Ending> {
        let Self { files, lines, mended, .. } = self;
        leftovers::judge(session, &leftovers::Asked { files, lines, mended, died })
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.pending().iter().map(|file| file.name.clone()).collect()
    }

    pub(super) fn json(&self) -> Json {
        self.lines.iter().map(Line::json).collect()
    }
}

/// Reads both sides. Nothing is judged yet.
pub(super) fn plan(clearance: &mut Clearance) -> Result<Plan, Ending> {
    let entered = clearance.entered();
    let Some(own) = entered.project.contract.migrations.clone() else {
        return Err(Ending::refused(Code::ContractInvalid, "the contract names no migrations")
            .next("write `[migrations]` with `path` and `tool`"));
    };
    let Some(book) = book(entered, own.tool) else {
        return Err(Ending::refused(
            Code::CommandNotAllowed,
            "guard applies folders of sqlx and Prisma natively, and this contract's migrations are another tool's",
        )
        .next("wrap the tool: `guard migrate --env ENV -- COMMAND`")
        .next("`tool = \"sqlx\"` or `tool = \"prisma\"` where the folder is one of theirs"));
    };
    let engine = entered.session.engine();
    let files = book.files(&entered.project.root.join(&own.path.value), &own.path.value, engine)?;
    if entered.target.protected {
        in_git(entered, &own.path.value, &book, &files)?;
    }
    let applied = entered.session.looking(|session| book.read(session))?;
    let lines = history::compare(&files, &applied, book.order());
    let is_mended = |line: &&Line| {
        let row = applied.iter().find(|row| row.key == line.key);
        let file = files.iter().find(|file| file.key == line.key);
        line.state == State::Failed
            && row.zip(file).is_some_and(|(row, file)| !row.checksum.is_empty() && !file.is(&row.checksum))
    };
    let mended = lines.iter().filter(is_mended).map(|line| line.key.clone()).collect();
    Ok(Plan { book, files, lines, mended })
}

/// The history that guard keeps itself, of the contract's tool.
pub(super) fn book(entered: &Entered, tool: Tool) -> Option<Book> {
    match tool {
        Tool::Sqlx => Some(Book::Sqlx),
        Tool::Prisma => Some(Book::Prisma { schema: entered.url.schema.clone() }),
        Tool::Sql => None,
    }
}

/// Everything that can be known before anything runs.
pub(super) fn beforehand(plan: &Plan, engine: Engine) -> Result<(), Ending> {
    history::sane(&plan.lines).map_err(|ending| plan.book.way_out(ending))?;
    for migration in plan.pending() {
        if migration.bare && engine != Engine::Mysql {
            continue;
        }
        if let Some(control) = statements::transaction_control(&migration.sql, engine).first() {
            return Err(Ending::refused(
                Code::MigrationTransactionControl,
                format!(
                    "{} would end the transaction that it runs in (`{control}`), so that a failure after it \
                     could not be taken back",
                    migration.name
                ),
            )
            .detail("migration", migration.name.clone())
            .next("take it out; `-- no-transaction` as the first line is for statements that allow none"));
        }
    }
    Ok(())
}

/// What needs a session, or was begun by a run that died: the bare ones.
fn alone(clearance: &mut Clearance, plan: &Plan) -> Result<(), Ending> {
    let pooled = clearance.is_pooled();
    for migration in plan.pending().into_iter().filter(|migration| migration.bare) {
        if clearance.engine() == Engine::Postgres && pooled {
            return Err(Ending::refused(
                Code::MigrationTransactionControl,
                format!(
                    "{} must run outside a transaction, and the URL leads through a pooler that hands on \
                     connections between transactions: its settings and its locks would be somebody else's",
                    migration.name
                ),
            )
            .detail("migration", migration.name.clone())
            .next("give this run the server's own address"));
        }
        // What was built halfway is in the way, and the tool's own words would not say so.
        aftermath::indexes(&mut clearance.entered().session, migration).map_err(|mut found| {
            found.outcome = Outcome::Refused;
            found
        })?;
    }
    Ok(())
}

/// Applies what is pending. `first`: an empty database is migrated and marked in one run.
#[must_use]
pub fn run(request: &Request<'_>, first: bool, tell: &mut dyn FnMut(Event)) -> Ending {
    let purpose = if first { Purpose::First } else { Purpose::Change };
    match open(request, purpose) {
        Ok(clearance) => apply(clearance, tell),
        Err(ending) => ending,
    }
}

/// Needs a clearance, which only the gate makes.
#[must_use]
pub fn apply(mut clearance: Clearance, tell: &mut dyn FnMut(Event)) -> Ending {
    let ending = work(&mut clearance, tell).unwrap_or_else(|ending| ending);
    clearance.answer(ending)
}

/// The same, for whoever goes on with the clearance afterwards.
pub fn work(clearance: &mut Clearance, tell: &mut dyn FnMut(Event)) -> Result<Ending, Ending> {
    let engine = clearance.engine();
    let mut plan = match plan(clearance) {
        Ok(plan) => plan,
        Err(refusal) => {
            // It held the lease, as below; what hinders the ledger, too, is no better answer.
            drop(recorded(clearance, &[], &refusal));
            return Err(refusal);
        }
    };
    let died = clearance.unfinished().is_some();
    let leftovers = plan.left_behind(&mut clearance.entered().session, died);
    let resolved = leftovers.clone().unwrap_or_default();
    for (key, resolution) in &resolved {
        for line in plan.lines.iter_mut().filter(|line| line.key == *key) {
            line.state = match resolution {
                Resolution::Applied | Resolution::Recorded => State::Applied,
                Resolution::Again => State::Pending,
            };
        }
    }
    if let Err(refusal) =
        leftovers.and_then(|_| beforehand(&plan, engine)).and_then(|()| alone(clearance, &plan))
    {
        // The run held the lease: what it was refused for stands in the ledger, and its token is spent.
        recorded(clearance, &plan.names(), &refusal)?;
        return Err(refusal);
    }
    let pending = plan.pending();
    let unfinished = clearance.unfinished().map(|entry| entry.run.clone());
    clearance.begin(begun(&plan.names()))?;
    if let Some(run) = unfinished {
        let told =
            format!("the run {run} began and never said how it ended; the history above is what it left");
        clearance.entered().notices.push(told);
    }
    settle(clearance, &plan, &resolved)?;
    tell(Event::Pending(plan.names()));
    let done = changed(clearance, &plan.book, &pending, tell);
    let names = plan.names();
    match done {
        Ok(()) => {
            let mut body = Map::new();
            body.insert("applied".into(), json!(names));
            let told = clearance.end(Outcome::Ok, body);
            told.map_err(|ending| if names.is_empty() { ending } else { ending.tried() })?;
            let text = if names.is_empty() {
                "nothing was pending".to_owned()
            } else {
                format!("applied {}: {}", names.len(), names.join(", "))
            };
            Ok(Ending::ok(text).detail("applied", names).detail("tool", plan.book.name()))
        }
        Err(failed) => {
            let mut body = Map::new();
            body.insert("code".into(), failed.code.map(Code::name).into());
            body.insert("message".into(), failed.message.clone().into());
            if let Err(also) = clearance.end(Outcome::Failed, body) {
                let told = format!("the ledger could not be told how this run ended: {}", also.message);
                clearance.entered().notices.push(told);
            }
            Err(failed)
        }
    }
}

/// What is to be set right before a tool is wrapped.
pub(super) struct Leftovers {
    plan: Plan,
    resolved: Vec<(String, Resolution)>,
}

impl Leftovers {
    /// As the history will be once they are set right.
    pub(super) fn apply_to(&self, lines: &mut [Line]) {
        for (key, resolution) in &self.resolved {
            for line in lines.iter_mut().filter(|line| line.key == *key) {
                line.state = match resolution {
                    Resolution::Applied | Resolution::Recorded => State::Applied,
                    Resolution::Again => State::Pending,
                };
            }
        }
    }

    pub(super) fn settle(&self, clearance: &mut Clearance) -> Result<(), Ending> {
        settle(clearance, &self.plan, &self.resolved)
    }
}

/// What failed halfway, looked at; nothing is written yet.
pub(super) fn leftovers_of(
    clearance: &mut Clearance,
    tool: tools::Known,
) -> Result<Option<Leftovers>, Ending> {
    let own = clearance.entered().project.contract.migrations.as_ref().map(|own| own.tool);
    if !tool.is(own) {
        return Ok(None);
    }
    let plan = plan(clearance)?;
    let resolved = plan.left_behind(&mut clearance.entered().session, false)?;
    Ok(Some(Leftovers { plan, resolved }))
}

/// Sets the rows of migrations right that failed halfway and of which all or nothing is there.
fn settle(clearance: &mut Clearance, plan: &Plan, resolved: &[(String, Resolution)]) -> Result<(), Ending> {
    for (key, resolution) in resolved {
        let (session, lease) = clearance.hands();
        let Some(file) = plan.files.iter().find(|file| file.key == *key) else { continue };
        let table = match plan.book.table(session)? {
            Some(table) => table,
            None => plan.book.make(session)?,
        };
        session.atomically(|session| {
            if let Some(lease) = lease {
                lease.guard(session)?;
            }
            match resolution {
                Resolution::Applied => plan.book.resolve_applied(session, &table, file),
                Resolution::Again => plan.book.resolve_rolled_back(session, &table, file),
                Resolution::Recorded => {
                    let open = plan.book.start(session, &table, file)?;
                    plan.book.finish(session, &table, file, &open)
                }
            }
        })?;
        let name = file.name.as_str();
        clearance.entered().notices.push(match resolution {
            Resolution::Applied => {
                format!("{name} had failed, and everything that it makes is there: it counts as applied")
            }
            Resolution::Recorded => {
                format!("{name} was not written down by the run that died, and everything that it makes is there: it counts as applied")
            }
            Resolution::Again => {
                format!("{name} had failed, and nothing that it makes is there: it is applied again")
            }
        });
    }
    Ok(())
}

fn begun(names: &[String]) -> Map<String, Json> {
    let mut body = Map::new();
    body.insert("command".into(), "migrate".into());
    body.insert("plan".into(), json!(names));
    body
}

fn recorded(clearance: &mut Clearance, names: &[String], refusal: &Ending) -> Result<(), Ending> {
    clearance.begin(begun(names))?;
    let mut body = Map::new();
    body.insert("code".into(), refusal.code.map(Code::name).into());
    clearance.end(Outcome::Refused, body)
}

fn changed(
    clearance: &mut Clearance,
    book: &Book,
    pending: &[&Migration],
    tell: &mut dyn FnMut(Event),
) -> Result<(), Ending> {
    if pending.is_empty() {
        return Ok(());
    }
    let (session, lease) = clearance.hands();
    let before = session.looking(aftermath::look)?;
    let table = match book.table(session)? {
        Some(table) => table,
        None => book.make(session)?,
    };
    for migration in pending {
        tell(Event::Started(migration.name.clone()));
        let started = Instant::now();
        apply::one(session, lease, book, &table, migration)?;
        let took = started.elapsed();
        if *book == Book::Sqlx && (migration.bare || session.engine() == Engine::Mysql) {
            // As sqlx does it: nanoseconds, once everything else is committed.
            let nanos = i64::try_from(took.as_nanos()).unwrap_or(i64::MAX);
            session.execute(
                &format!("update {table} set execution_time = ? where version = ?"),
                &[nanos.into(), migration.version.into()],
            )?;
        }
        tell(Event::Applied { name: migration.name.clone(), millis: took.as_millis() });
    }
    // From here on something is applied: what cannot be asked or does not hold is no refusal.
    came_of(clearance, book, pending, &before).map_err(Ending::tried)
}

/// Whether the history, the tables and the mark are as announced.
fn came_of(
    clearance: &mut Clearance,
    book: &Book,
    pending: &[&Migration],
    before: &aftermath::Before,
) -> Result<(), Ending> {
    let (session, _) = clearance.hands();
    session.at_home()?;
    let applied = session.looking(|session| book.read(session))?;
    for migration in pending {
        let row = applied.iter().find(|row| row.key == migration.key);
        if !row.is_some_and(|row| row.success && row.checksum == migration.checksum) {
            return Err(Ending::failed(
                Code::MigrationUnannounced,
                format!("the history does not say that {} was applied", migration.name),
            )
            .next("a migration must not touch the history of migrations"));
        }
    }
    let texts: Vec<&str> = pending.iter().map(|migration| migration.sql.as_str()).collect();
    aftermath::compare(session, before, &texts)?;
    clearance.mark_intact()
}
