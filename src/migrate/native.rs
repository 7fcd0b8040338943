//! `guard migrate` without a command: applies what is pending, one migration after the other, each with
//! its row in the tool's own history.

use std::time::Instant;

use serde_json::{Map, Value as Json, json};

use super::files::{self, Migration};
use super::history::{self, Line, State};
use super::leftovers::{self, Resolution};
use super::{aftermath, statements};
use crate::contract::model::Tool;
use crate::gate::enter::Request;
use crate::gate::open::{Clearance, Purpose, open};
use crate::io::database::failure::{Failure, Kind};
use crate::io::database::url::Engine;
use crate::io::database::{Session, Value};
use crate::lease::Lease;
use crate::words::ending::{Code, Ending, Outcome};

/// What happens, for whoever listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Pending(Vec<String>),
    Started(String),
    Applied { name: String, millis: u128 },
}

/// The pending ones, and everything that would keep them from being applied.
struct Plan {
    files: Vec<Migration>,
    lines: Vec<Line>,
}

impl Plan {
    fn pending(&self) -> Vec<&Migration> {
        let is = |file: &&Migration| {
            self.lines.iter().any(|line| line.version == file.version && line.state == State::Pending)
        };
        self.files.iter().filter(is).collect()
    }

    fn names(&self) -> Vec<String> {
        self.pending().iter().map(|file| file.name.clone()).collect()
    }

    fn json(&self) -> Json {
        self.lines.iter().map(Line::json).collect()
    }
}

/// Reads both sides. Nothing is judged yet.
fn plan(clearance: &mut Clearance) -> Result<Plan, Ending> {
    let entered = clearance.entered();
    let Some(own) = entered.project.contract.migrations.clone() else {
        return Err(Ending::refused(Code::ContractInvalid, "the contract names no migrations")
            .next("write `[migrations]` with `path` and `tool`"));
    };
    if own.tool != Tool::Sqlx {
        return Err(Ending::refused(
            Code::CommandNotAllowed,
            "guard applies folders of sqlx natively, and this contract's migrations are another tool's",
        )
        .next("`tool = \"sqlx\"` where the folder is one of sqlx"));
    }
    let files = files::sqlx(&entered.project.root.join(&own.path.value), &own.path.value)?;
    if entered.target.protected {
        tracked(entered, &own.path.value)?;
    }
    let applied = history::read(&mut entered.session)?;
    let lines = history::compare(&files, &applied);
    Ok(Plan { files, lines })
}

/// What runs on a protected database is in git.
fn tracked(entered: &crate::gate::enter::Entered, path: &str) -> Result<(), Ending> {
    let Some(repository) = &entered.project.repository else { return Ok(()) };
    let folder = entered.project.root.join(path);
    let untracked = repository
        .untracked()
        .map_err(|error| Ending::refused(Code::ContractDirty, format!("git cannot be asked: {error}")))?;
    let found: Vec<String> = untracked
        .iter()
        .map(|path| String::from_utf8_lossy(path).into_owned())
        .filter(|path| repository.root().join(path).starts_with(&folder))
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(Ending::refused(Code::ContractDirty, format!("migrations are not in git: {}", found.join(", ")))
        .next("commit them first"))
}

/// Everything that can be known before anything runs.
fn beforehand(plan: &Plan, engine: Engine) -> Result<(), Ending> {
    history::sane(&plan.lines)?;
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

/// `--plan`: what would happen; nothing is written.
#[must_use]
pub fn show_plan(request: &Request<'_>) -> Ending {
    looking(request, |plan, engine| {
        beforehand(plan, engine)?;
        let names = plan.names();
        let text = if names.is_empty() {
            "nothing is pending".to_owned()
        } else {
            format!("{} pending:\n  {}", names.len(), names.join("\n  "))
        };
        Ok(Ending::ok(text).detail("pending", names).detail("migrations", plan.json()))
    })
}

/// `--status`: every migration and its state.
#[must_use]
pub fn status(request: &Request<'_>) -> Ending {
    looking(request, |plan, _| {
        let mut text: Vec<String> = plan
            .lines
            .iter()
            .map(|line| {
                let at = line.applied_at.as_deref().unwrap_or_default();
                format!("{:<13} {} {at}", line.state.name(), line.name).trim_end().to_owned()
            })
            .collect();
        if text.is_empty() {
            text.push("there are no migrations".into());
        }
        let told = |ending: Ending| ending.detail("tool", "sqlx").detail("migrations", plan.json());
        match history::sane(&plan.lines) {
            Ok(()) => Ok(told(Ending::ok(text.join("\n")))),
            Err(mut ending) => {
                ending.message = format!("{}\n{}", ending.message, text.join("\n"));
                Err(told(ending))
            }
        }
    })
}

fn looking(request: &Request<'_>, work: impl FnOnce(&Plan, Engine) -> Result<Ending, Ending>) -> Ending {
    let mut clearance = match open(request, Purpose::Look) {
        Ok(clearance) => clearance,
        Err(ending) => return ending,
    };
    let engine = clearance.engine();
    let ending = plan(&mut clearance).and_then(|plan| work(&plan, engine)).unwrap_or_else(|ending| ending);
    clearance.answer(ending)
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
    let mut plan = plan(clearance)?;
    let leftovers = leftovers::judge(&mut clearance.entered().session, &plan.files, &plan.lines);
    let resolved = leftovers.clone().unwrap_or_default();
    for (version, resolution) in &resolved {
        for line in plan.lines.iter_mut().filter(|line| line.version == *version) {
            line.state = match resolution {
                Resolution::Applied => State::Applied,
                Resolution::Again => State::Pending,
            };
        }
    }
    if let Err(refusal) = leftovers.and_then(|_| beforehand(&plan, engine)) {
        // The run held the lease: what it was refused for stands in the ledger, and its token is spent.
        recorded(clearance, &plan, &refusal)?;
        return Err(refusal);
    }
    let pending = plan.pending();
    let unfinished = clearance.unfinished().map(|entry| entry.run.clone());
    clearance.begin(begun(&plan))?;
    if let Some(run) = unfinished {
        let told =
            format!("the run {run} began and never said how it ended; the history above is what it left");
        clearance.entered().notices.push(told);
    }
    settle(clearance, &plan.lines, &resolved)?;
    tell(Event::Pending(plan.names()));
    let done = changed(clearance, &pending, tell);
    let names = plan.names();
    match done {
        Ok(()) => {
            let mut body = Map::new();
            body.insert("applied".into(), json!(names));
            clearance.end(Outcome::Ok, body)?;
            let text = if names.is_empty() {
                "nothing was pending".to_owned()
            } else {
                format!("applied {}: {}", names.len(), names.join(", "))
            };
            Ok(Ending::ok(text).detail("applied", names).detail("tool", "sqlx"))
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

/// Sets the rows of migrations right that failed halfway and of which all or nothing is there.
fn settle(clearance: &mut Clearance, lines: &[Line], resolved: &[(i64, Resolution)]) -> Result<(), Ending> {
    for (version, resolution) in resolved {
        let (session, lease) = clearance.hands();
        let Some(table) = history::table(session)? else { continue };
        let sql = match resolution {
            Resolution::Applied => format!("update {table} set success = true where version = ?"),
            Resolution::Again => format!("delete from {table} where version = ? and not success"),
        };
        session.atomically(|session| {
            if let Some(lease) = lease {
                lease.guard(session)?;
            }
            session.execute(&sql, &[(*version).into()])
        })?;
        let name = lines.iter().find(|line| line.version == *version).map_or("", |line| line.name.as_str());
        clearance.entered().notices.push(match resolution {
            Resolution::Applied => {
                format!("{name} had failed, and everything that it makes is there: it counts as applied")
            }
            Resolution::Again => {
                format!("{name} had failed, and nothing that it makes is there: it is applied again")
            }
        });
    }
    Ok(())
}

fn begun(plan: &Plan) -> Map<String, Json> {
    let mut body = Map::new();
    body.insert("command".into(), "migrate".into());
    body.insert("plan".into(), json!(plan.names()));
    body
}

fn recorded(clearance: &mut Clearance, plan: &Plan, refusal: &Ending) -> Result<(), Ending> {
    clearance.begin(begun(plan))?;
    let mut body = Map::new();
    body.insert("code".into(), refusal.code.map(Code::name).into());
    clearance.end(Outcome::Refused, body)
}

fn changed(
    clearance: &mut Clearance,
    pending: &[&Migration],
    tell: &mut dyn FnMut(Event),
) -> Result<(), Ending> {
    if pending.is_empty() {
        return Ok(());
    }
    let (session, lease) = clearance.hands();
    let before = aftermath::look(session)?;
    if history::table(session)?.is_none() {
        history::make(session)?;
    }
    let table = history::table(session)?.unwrap_or_else(|| history::TABLE.to_owned());
    for migration in pending {
        tell(Event::Started(migration.name.clone()));
        let started = Instant::now();
        one(session, lease, &table, migration)?;
        let took = started.elapsed();
        // As sqlx does it: nanoseconds, once everything else is committed.
        let nanos = i64::try_from(took.as_nanos()).unwrap_or(i64::MAX);
        session.execute(
            &format!("update {table} set execution_time = ? where version = ?"),
            &[nanos.into(), migration.version.into()],
        )?;
        tell(Event::Applied { name: migration.name.clone(), millis: took.as_millis() });
    }
    let applied = history::read(session)?;
    for migration in pending {
        let row = applied.iter().find(|row| row.version == migration.version);
        if !row.is_some_and(|row| row.success && row.checksum == migration.checksum) {
            return Err(Ending::failed(
                Code::MigrationUnannounced,
                format!("the history does not say that {} was applied", migration.name),
            )
            .next("a migration must not touch the history of migrations"));
        }
    }
    aftermath::compare(session, &before, pending)?;
    clearance.mark_intact()
}

fn one(
    session: &mut Session,
    lease: Option<&Lease>,
    table: &str,
    migration: &Migration,
) -> Result<(), Ending> {
    let engine = session.engine();
    let ran = if migration.bare && engine != Engine::Mysql {
        bare(session, lease, table, migration)
    } else {
        whole(session, lease, table, migration)
    };
    match ran {
        Ok(()) => Ok(()),
        Err(Stopped::Ending(ending)) => Err(*ending),
        Err(Stopped::Failure(failure)) => {
            drop(session.rollback());
            Err(failed(session, migration, &failure))
        }
    }
}

enum Stopped {
    Failure(Failure),
    Ending(Box<Ending>),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

fn row(table: &str, success: bool) -> String {
    // MySQL and SQLite write truth as a number; Postgres takes the word.
    let success = if success { "true" } else { "false" };
    format!(
        "insert into {table} (version, description, success, checksum, execution_time) \
         values (?, ?, {success}, ?, -1)"
    )
}

fn values(migration: &Migration) -> [Value; 3] {
    [
        migration.version.into(),
        migration.description.as_str().into(),
        Value::Bytes(migration.checksum.clone()),
    ]
}

/// Migration and row in one transaction; MySQL, which ends one at every change of the schema, gets the
/// row first, as failed.
fn whole(
    session: &mut Session,
    lease: Option<&Lease>,
    table: &str,
    migration: &Migration,
) -> Result<(), Stopped> {
    let mysql = session.engine() == Engine::Mysql;
    let limit = session.limits().statement;
    if mysql {
        session.bound()?;
    }
    session.begin_foreign()?;
    if let Some(lease) = lease {
        lease.guard(session)?;
    }
    if mysql {
        session.execute(&row(table, false), &values(migration))?;
    }
    session.script_within(&migration.sql, limit)?;
    if mysql {
        session.execute(
            &format!("update {table} set success = true where version = ?"),
            &[migration.version.into()],
        )?;
    } else {
        session.execute(&row(table, true), &values(migration))?;
    }
    session.commit()?;
    Ok(())
}

/// Outside any transaction. Its row is written only when what it built holds.
fn bare(
    session: &mut Session,
    lease: Option<&Lease>,
    table: &str,
    migration: &Migration,
) -> Result<(), Stopped> {
    let limit = session.limits().statement;
    if let Some(lease) = lease {
        session.begin()?;
        lease.guard(session)?;
        session.commit()?;
    }
    session.bound()?;
    session.script_within(&migration.sql, limit)?;
    aftermath::indexes(session, migration).map_err(|ending| Stopped::Ending(Box::new(ending)))?;
    session.begin_foreign()?;
    if let Some(lease) = lease {
        lease.guard(session)?;
    }
    session.execute(&row(table, true), &values(migration))?;
    session.commit()?;
    Ok(())
}

fn failed(session: &mut Session, migration: &Migration, failure: &Failure) -> Ending {
    let engine = session.engine();
    let kept = match engine {
        Engine::Mysql => "MySQL takes no change of the schema back: look at what is there",
        _ if migration.bare => "it ran outside a transaction: look at what is there",
        _ => "nothing of it was kept",
    };
    let mut ending =
        Ending::failed(Code::MigrationFailed, format!("{} failed: {failure}; {kept}", migration.name))
            .detail("migration", migration.name.clone())
            .detail("database_code", failure.code.clone())
            .next("mend the migration, if it was never applied anywhere, or write another one");
    if engine == Engine::Postgres && failure.kind == Kind::Locked {
        let busy = others(session);
        if !busy.is_empty() {
            ending.message.extend(["; these sessions are in a transaction: ", &busy.join("; ")]);
            ending = ending.detail("blocked_by", busy).next("wait until they end, and run it again");
        }
    }
    ending
}

/// Who may hold what the migration waited for, the oldest first.
fn others(session: &mut Session) -> Vec<String> {
    let sql = "select pid::text || ' ' || coalesce(nullif(application_name, ''), '(unnamed)') || ', ' || state || \
               ', since ' || to_char(xact_start at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') \
               from pg_catalog.pg_stat_activity where datname = pg_catalog.current_database() \
               and pid <> pg_catalog.pg_backend_pid() and xact_start is not null \
               and application_name not like 'guard:%:lease' order by xact_start limit 5";
    // Without the answer, the failure itself is still told.
    session.query(sql, &[]).unwrap_or_default().iter().filter_map(|row| row.text(0)).collect()
}
