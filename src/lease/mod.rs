//! The lock that one run holds on one database, from the first check to the last. It is asked for again
//! and again instead of waited for, so that it cannot deadlock with an index that is built concurrently;
//! it goes with whoever holds it; and whoever gets it raises the fence, at which a run that lost it stops.

pub mod foreign;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::io::clock::{self, Look, Unmet};
use crate::io::database::failure::{Failure, Kind};
use crate::io::database::url::{DatabaseUrl, Engine};
use crate::io::database::{Access, Dialing, Session, Value};
use crate::words::digest::sha256_hex;
use crate::words::ending::{Code, Ending};

const TABLE: &str = "guard_lease";

const TAKEN_OVER: &str = "guard: another run took the lease over";

fn taken_over() -> Failure {
    Failure::of(Kind::Locked, "another run took the lease over")
}

/// `guard` as a number; no migration tool uses it.
const KEY: i64 = 0x0067_7561_7264;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(150);

enum Keep {
    /// A transaction of its own, idle and READ COMMITTED: it goes through poolers, and no index that is
    /// built concurrently waits for it. With the server's process that holds it.
    Postgres(Box<Session>, Option<i64>),
    /// The lock of the very session that migrates.
    Mysql,
    /// A file beside the database; the system lets go when the process is gone.
    Sqlite(#[allow(dead_code, reason = "held, never read")] File),
}

/// Held until it is dropped.
pub struct Lease {
    keep: Keep,
    fence: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    #[error(transparent)]
    Database(#[from] Failure),
    #[error("the lease is held")]
    Held(Box<Ending>),
}

/// Who held it last, and since when.
#[derive(Clone, Debug, Default)]
struct Holder {
    fence: i64,
    run: String,
    who: String,
    since: String,
}

/// What is locked before the first look, where looking itself would have to wait: SQLite.
pub struct Early {
    file: Option<File>,
    /// The lease's own connection, which is on its way: Postgres.
    line: Option<Dialing>,
}

impl Early {
    #[must_use]
    pub fn on(self, line: Option<Dialing>) -> Self {
        Self { line, ..self }
    }
}

/// Locks the file beside an SQLite database; its text says who holds it, because nobody can ask the
/// database while somebody writes.
pub fn early(session: &Session, url: &DatabaseUrl, run: &str, holder: &str) -> Result<Early, LeaseError> {
    if session.engine() != Engine::Sqlite {
        return Ok(Early { file: None, line: None });
    }
    let limits = *session.limits();
    let deadline = Instant::now() + limits.lease;
    if let Some(mut file) = until(deadline, || sqlite(url))? {
        let text = format!("{run}\n{}\n{}\n", clock::written(clock::now()), plain(holder));
        let written = file.set_len(0).and_then(|()| file.write_all(text.as_bytes()));
        written.map_err(|error| Failure::io(&error))?;
        return Ok(Early { file: Some(file), line: None });
    }
    let text = std::fs::read_to_string(lock_file(url)?).unwrap_or_default();
    let mut lines = text.lines().map(str::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    let (run, since, who) = (next(), next(), next());
    let holder = Holder { fence: 0, run, who, since };
    Err(LeaseError::Held(Box::new(told(holder, limits.lease))))
}

/// Asks until it is given; none when the time is up.
fn until<T>(
    deadline: Instant,
    mut ask: impl FnMut() -> Result<Option<T>, Failure>,
) -> Result<Option<T>, Failure> {
    let look = || match ask() {
        Ok(Some(given)) => Look::Holds(given),
        Ok(None) => Look::Not(String::new()),
        Err(failure) => Look::Never(failure),
    };
    match clock::poll(deadline, PAUSE, look, |_| {}) {
        Ok(given) => Ok(Some(given)),
        Err(Unmet::Late(_)) => Ok(None),
        Err(Unmet::Never(failure)) => Err(failure),
    }
}

fn plain(holder: &str) -> String {
    holder.chars().filter(|c| !c.is_control()).take(400).collect()
}

/// Tries until it has the lock or the time is up. guard's tables are there.
pub fn acquire(
    session: &mut Session,
    url: &DatabaseUrl,
    early: Early,
    run: &str,
    holder: &str,
) -> Result<Lease, LeaseError> {
    let limits = *session.limits();
    let deadline = Instant::now() + limits.lease;
    let mut line = early.line;
    let keep = if let Some(file) = early.file {
        Keep::Sqlite(file)
    } else {
        let taken = until(deadline, || match session.engine() {
            Engine::Postgres => postgres(url, session, run, line.take()),
            Engine::Mysql => mysql(session, url),
            Engine::Sqlite => sqlite(url).map(|file| file.map(Keep::Sqlite)),
        })?;
        match taken {
            Some(keep) => keep,
            None => return Err(LeaseError::Held(Box::new(held(session)?))),
        }
    };
    outlive(session, run, deadline)?;
    let fence = raise(session, run, holder)?;
    Ok(Lease { keep, fence })
}

/// What the lease's session is called on the server.
#[must_use]
pub fn name(run: &str) -> String {
    format!("guard:{run}:lease")
}

fn postgres(
    url: &DatabaseUrl,
    session: &Session,
    run: &str,
    line: Option<Dialing>,
) -> Result<Option<Keep>, Failure> {
    let mut own = match line {
        Some(line) => line.wait()?.0,
        None => Session::connect(url, Access::Write, session.limits(), &name(run))?,
    };
    own.begin()?;
    let sql = "select pg_catalog.pg_try_advisory_xact_lock(?), pg_catalog.pg_backend_pid()";
    let rows = own.query(sql, &[KEY.into()])?;
    let process = rows.first().and_then(|row| row.int(1));
    let taken = rows.first().and_then(|row| row.flag(0)) == Some(true);
    // The question's portal stays open until the next one, and with it a snapshot for which an index
    // that is built concurrently would wait. A simple statement takes its place and leaves none.
    own.script("select 1")?;
    Ok(taken.then(|| Keep::Postgres(Box::new(own), process)))
}

fn mysql(session: &mut Session, url: &DatabaseUrl) -> Result<Option<Keep>, Failure> {
    // Names are the server's, and short.
    let digest: String = sha256_hex(url.database.as_bytes()).chars().take(32).collect();
    let rows = session.query("select get_lock(?, 0)", &[format!("guard:{digest}").into()])?;
    Ok((rows.first().and_then(|row| row.int(0)) == Some(1)).then_some(Keep::Mysql))
}

fn lock_file(url: &DatabaseUrl) -> Result<PathBuf, Failure> {
    let path = std::fs::canonicalize(&url.database).map_err(|error| Failure::io(&error))?;
    let mut name = path.into_os_string();
    name.push(".guard-lock");
    Ok(PathBuf::from(name))
}

fn sqlite(url: &DatabaseUrl) -> Result<Option<File>, Failure> {
    let file = OpenOptions::new().create(true).append(true).open(lock_file(url)?);
    let file = file.map_err(|error| Failure::io(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(Failure::io(&error)),
    }
}

fn last(session: &mut Session) -> Result<Option<Holder>, Failure> {
    let table = session.own(TABLE);
    let rows = session.query(&format!("select fence, run, holder, since from {table}"), &[])?;
    Ok(rows.first().map(|row| Holder {
        fence: row.int(0).unwrap_or(0),
        run: row.text(1).unwrap_or_default(),
        who: row.text(2).unwrap_or_default(),
        since: row.text(3).unwrap_or_default(),
    }))
}

fn held(session: &mut Session) -> Result<Ending, Failure> {
    let holder = session.looking(last)?.unwrap_or_default();
    Ok(told(holder, session.limits().lease))
}

fn told(holder: Holder, waited: Duration) -> Ending {
    Ending::refused(
        Code::LeaseHeld,
        format!(
            "another run holds this database since {}: {} ({} s waited)",
            holder.since,
            holder.who,
            waited.as_secs_f64()
        ),
    )
    .detail("holder", holder.who)
    .detail("run", holder.run)
    .detail("since", holder.since)
    .next("wait until it ends; it lets go when it is gone")
}

/// The run before may have died while the server still works for it: its sessions carry its name.
fn outlive(session: &mut Session, run: &str, deadline: Instant) -> Result<(), LeaseError> {
    if session.engine() != Engine::Postgres {
        // There the lock itself lives as long as the session or process that does the work.
        return Ok(());
    }
    let Some(before) = session.looking(last)?.filter(|before| before.run != run) else { return Ok(()) };
    let none_left = until(deadline, || {
        let name: Value = format!("guard:{}", before.run).into();
        let sql = "select count(*) from pg_catalog.pg_stat_activity \
                   where application_name = ? and datname = pg_catalog.current_database()";
        let left = session.query(sql, &[name])?.first().and_then(|row| row.int(0)).unwrap_or(0);
        Ok((left == 0).then_some(()))
    })?;
    match none_left {
        Some(()) => Ok(()),
        None => Err(LeaseError::Held(Box::new(held(session)?))),
    }
}

/// The next number of the fence, and the name of the holder for whoever waits.
fn raise(session: &mut Session, run: &str, holder: &str) -> Result<i64, Failure> {
    let table = session.own(TABLE);
    let since = clock::written(clock::now());
    let holder = plain(holder);
    session.atomically(|session| {
        let fence = last(session)?.map_or(0, |before| before.fence) + 1;
        let values: [Value; 4] = [fence.into(), run.into(), holder.into(), since.into()];
        let changed = session.execute(
            &format!("update {table} set fence = ?, run = ?, holder = ?, since = ? where id = 'singleton'"),
            &values,
        )?;
        if changed == 0 {
            session.execute(
                &format!(
                    "insert into {table} (id, fence, run, holder, since) values ('singleton', ?, ?, ?, ?)"
                ),
                &values,
            )?;
        }
        Ok(fence)
    })
}

impl Lease {
    /// The server's process behind it; none where an engine has no such thing.
    #[must_use]
    pub fn process(&self) -> Option<i64> {
        match &self.keep {
            Keep::Postgres(_, process) => *process,
            Keep::Mysql | Keep::Sqlite(_) => None,
        }
    }

    #[must_use]
    pub fn fence(&self) -> i64 {
        self.fence
    }

    /// Inside a transaction of a migration: nobody raised the fence, and nobody can until it ends.
    pub fn guard(&self, session: &mut Session) -> Result<(), Failure> {
        let table = session.own(TABLE);
        let locked = if session.engine() == Engine::Sqlite { "" } else { " for update" };
        let rows =
            session.query(&format!("select fence from {table} where id = 'singleton'{locked}"), &[])?;
        if rows.first().and_then(|row| row.int(0)) == Some(self.fence) {
            return Ok(());
        }
        Err(taken_over())
    }

    /// The same as one statement that fails where somebody raised it, for steps that are not waited for one by
    /// one. Only Postgres reads it.
    #[must_use]
    pub fn guarding(&self, session: &Session) -> String {
        // The text is no number, and not known to the planner.
        format!(
            "select case when (select fence from {} where id = 'singleton' for update) = {} then 0 \
             else ('{TAKEN_OVER} ' || pg_catalog.txid_current())::int end",
            session.own(TABLE),
            self.fence
        )
    }

    /// Whether a failure is that of `guarding`.
    #[must_use]
    pub fn told_by(failure: Failure) -> Failure {
        if failure.message.contains(TAKEN_OVER) { taken_over() } else { failure }
    }

    /// Whether it is still held.
    pub fn holds(&mut self) -> Result<(), Failure> {
        match &mut self.keep {
            // A simple statement: it leaves no snapshot behind.
            Keep::Postgres(own, _) => own.script("select 1"),
            Keep::Mysql | Keep::Sqlite(_) => Ok(()),
        }
    }
}
