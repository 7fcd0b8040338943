//! `DB_VALIDATE` and `MIGRATE_VERIFY`: the database is the right one and answers, and its migrations are applied
//! under the lease, by the same rooms as `guard migrate`.

use std::time::{Duration, Instant};

use serde_json::{Map, json};

use super::halt::{Halt, Step};
use super::hands::millis;
use super::run::Run;
use crate::contract::model::Tool;
use crate::gate::enter::{Entered, Stood};
use crate::gate::open::{Purpose, clear};
use crate::incidents::flush::Way;
use crate::incidents::table;
use crate::io::clock::{Look, Unmet};
use crate::io::database::url::Engine;
use crate::io::database::{Access, Session};
use crate::migrate::native::{self, Event};
use crate::words::ending::{Code, Ending, Outcome};
use crate::words::rollout::{State, StateResult};

/// A database that says nothing is given up after this long, all attempts together, unless `connect_timeout`
/// is longer: whatever breaks is found in under thirty seconds.
const CONNECTING: Duration = Duration::from_secs(20);

/// Pings, of which the average is told.
const PINGS: u32 = 3;

pub fn validate(run: &mut Run<'_>, stood: Stood) -> Step<Entered> {
    run.enter(State::DbValidate, Map::new())?;
    run.waiting("the database", "connecting");
    let request = run.request;
    let whole = CONNECTING.max(stood.project.limits.connect);
    let deadline = run.deadline.min(Instant::now() + whole);
    let connected = stood.connect_until(request, Access::Write, Some(deadline), &mut |why, pause| {
        let why = format!("{why}; it is asked again in {} ms", millis(pause));
        let next = Instant::now() + pause;
        let waited = run.poll("the database", next, || Look::<(), Box<Halt>>::Not(why.clone()));
        // Nothing else ends this wait than its time, or the end of the whole run.
        matches!(waited, Err(Unmet::Late(_)))
    });
    let connected = connected.map_err(|ending| run.pressing().unwrap_or_else(|| ending.into()));
    let mut entered = connected?;
    entered.url.teach(&mut run.redactor);
    if let Some(halt) = run.pressing() {
        return Err(halt);
    }
    run.waiting("the database", "its mark is read");
    let seen = entered.look()?;
    let judged = entered.verify(&seen);
    entered.session.rollback().map_err(Ending::from)?;
    let marked = judged?;
    run.way = Some(Way::of(&entered));
    run.note("mark", marked.payload.id.clone());
    run.note("engine", entered.session.engine().name());
    let average = ping(&mut entered.session)?;
    run.note("latency_ms", average);
    run.leave(StateResult::Pass, None);
    Ok(entered)
}

/// Milliseconds, with what lies behind the point.
fn ping(session: &mut Session) -> Result<f64, Ending> {
    let started = Instant::now();
    for _ in 0..PINGS {
        session.query("select 1", &[])?;
    }
    let average = started.elapsed() / PINGS;
    Ok((average.as_secs_f64() * 1_000_000.0).round() / 1000.0)
}

pub fn migrate(run: &mut Run<'_>, entered: Entered) -> Step {
    run.enter(State::MigrateVerify, Map::new())?;
    run.waiting("the lease of the database", "");
    let mut clearance = clear(entered, run.request, Purpose::Change)?;
    let tool = clearance.entered().project.contract.migrations.as_ref().map(|own| own.tool);
    // A folder without a history that guard can read is another tool's; what it leaves can be looked at.
    let foreign = tool == Some(Tool::Sql);
    let ending = if foreign && !run.config.deploy.required_tables.is_empty() {
        spent(&mut clearance, "they are another tool's: what `required_tables` names is looked at")
    } else if tool.is_some() {
        let mut tell = |event: Event| match event {
            Event::Pending(names) if names.is_empty() => {}
            Event::Pending(names) => run.waiting("migrations", &format!("pending: {}", names.join(", "))),
            Event::Started(name) => run.waiting(&format!("the migration {name}"), "it is applied"),
            Event::Applied { name, .. } => run.migrations.push(name),
        };
        let next = "name the tables that they leave in `[deploy] required_tables`: then these are looked at";
        let ending = native::work(&mut clearance, &mut tell);
        if foreign { ending.map_err(|ending| ending.next(next)) } else { ending }
    } else {
        spent(&mut clearance, "the contract names no migrations")
    };
    let checked = match ending {
        Ok(ending) => {
            run.note("applied", run.migrations.clone());
            run.note("migrations", ending.message);
            let session = &mut clearance.entered().session;
            table::install(session).map_err(Ending::from)?;
            tables(run, session)
        }
        Err(ending) => Err(ending.into()),
    };
    let notices = clearance.answer(Ending::ok("")).details.get("notices").cloned();
    if let Some(notices) = notices {
        run.note("notices", notices);
    }
    checked?;
    if let Some(halt) = run.pressing() {
        return Err(halt);
    }
    run.leave(StateResult::Pass, None);
    Ok(())
}

/// Without migrations of guard's the run stands in the ledger all the same, and its token is spent.
fn spent(clearance: &mut crate::gate::open::Clearance, why: &str) -> Result<Ending, Ending> {
    let mut body = Map::new();
    body.insert("command".into(), "deploy".into());
    body.insert("plan".into(), json!([]));
    clearance.begin(body)?;
    clearance.end(Outcome::Ok, Map::new())?;
    Ok(Ending::ok(why))
}

/// Every table that `required_tables` names is there.
fn tables(run: &mut Run<'_>, session: &mut Session) -> Step {
    let wanted: Vec<String> = run.config.deploy.required_tables.iter().map(|at| at.value.clone()).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let sql = match session.engine() {
        Engine::Postgres => {
            "select n.nspname::text, c.relname::text from pg_catalog.pg_class c \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f')"
        }
        Engine::Mysql => "select table_schema, table_name from information_schema.tables",
        Engine::Sqlite => "select 'main', name from main.sqlite_master where type in ('table', 'view')",
    };
    let started = Instant::now();
    let mysql = session.engine() == Engine::Mysql;
    let rows = session.query(sql, &[]).map_err(Ending::from)?;
    let own = if mysql {
        let rows = session.query("select database()", &[]).map_err(Ending::from)?;
        rows.first().and_then(|row| row.text(0)).unwrap_or_default()
    } else {
        String::new()
    };
    let there: Vec<(String, String)> =
        rows.iter().filter_map(|row| Some((row.text(0)?, row.text(1)?))).collect();
    let is_there = |name: &String| match name.split_once('.') {
        Some((schema, table)) => there.iter().any(|(in_, is)| in_ == schema && is == table),
        None => there.iter().any(|(schema, is)| is == name && (!mysql || *schema == own)),
    };
    let missing: Vec<String> = wanted.into_iter().filter(|name| !is_there(name)).collect();
    run.note("tables_ms", millis(started.elapsed()));
    if missing.is_empty() {
        return Ok(());
    }
    Err(Halt::failed(
        "tables",
        Code::PrecheckTables,
        format!("required tables are missing: {}", missing.join(", ")),
        "add the migration that makes them, or take them out of `[deploy] required_tables`",
    ))
}
