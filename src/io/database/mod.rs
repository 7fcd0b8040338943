//! The one door to databases. A session knows how to connect, ask and change; what the answers mean is
//! for the rooms above. No failure and no notice that leaves here holds a password.

pub mod failure;
mod mysql;
mod postgres;
pub mod retry;
mod sqlite;
mod tls;
pub mod url;
mod value;

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::io::clock;
use crate::words::digest::{hex, sha256_hex};
use crate::words::secret::Redactor;
use failure::{Failure, Kind};
use retry::{BREAKER_AFTER, Breaker, BreakerState};
use ring::rand::{SecureRandom as _, SystemRandom};
use url::{DatabaseUrl, Engine};
pub use value::{Row, Value};

/// How long guard waits for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub connect: Duration,
    /// The first pause between two attempts.
    pub backoff: Duration,
    /// guard's own questions.
    pub query: Duration,
    /// A migration for a lock.
    pub lock: Duration,
    /// A migration for one statement.
    pub statement: Duration,
    /// A run for the lease.
    pub lease: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            backoff: Duration::from_secs(1),
            query: Duration::from_secs(30),
            lock: Duration::from_secs(5),
            statement: Duration::from_mins(10),
            lease: Duration::from_secs(30),
        }
    }
}

/// A migration finds names as it would if the one before it had never run; dumps begin with setting the search
/// path for their session.
const HOME: &str = "reset search_path; reset role";

/// So long a server that failed again and again is left alone.
const COOL_DOWN: Duration = Duration::from_secs(30);

/// A question that took longer than this is told of.
pub const SLOW: Duration = Duration::from_secs(5);

/// What a session may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

enum Link {
    Postgres(Box<postgres::Link>),
    Mysql(Box<mysql::Link>),
    Sqlite(Box<sqlite::Link>),
}

/// One connection, from the first question to the last.
pub struct Session {
    link: Link,
    engine: Engine,
    access: Access,
    limits: Limits,
    redactor: Redactor,
    /// Questions asked, for the benchmark that counts them.
    asked: u64,
    breaker: Breaker,
    notices: Vec<String>,
}

/// A connection that is made while something else is looked at, with what was asked on it first; whoever does not
/// want it any more lets go of it.
pub struct Dialing<T = ()>(mpsc::Receiver<Result<(Session, T), Failure>>);

impl<T: Send + 'static> Dialing<T> {
    #[must_use]
    pub fn start(
        url: &DatabaseUrl,
        access: Access,
        limits: &Limits,
        name: String,
        first: impl FnOnce(&mut Session) -> T + Send + 'static,
    ) -> Self {
        let (sender, receiver) = mpsc::channel();
        let (url, limits) = (url.clone(), *limits);
        let dial = move || {
            let mut session = Session::connect(&url, access, &limits, &name)?;
            let told = first(&mut session);
            Ok((session, told))
        };
        // It ends with its last attempt, whether anybody waits for it or not.
        thread::spawn(move || drop(sender.send(dial())));
        Self(receiver)
    }

    pub fn wait(self) -> Result<(Session, T), Failure> {
        self.0.recv().unwrap_or_else(|_| Err(Failure::of(Kind::Unreachable, "it was not tried to the end")))
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Session({})", self.engine.name())
    }
}

/// One byte that nobody can foresee.
fn random_byte() -> u8 {
    let mut byte = [0];
    // Without it, pauses are the longest.
    if SystemRandom::new().fill(&mut byte).is_err() {
        return u8::MAX;
    }
    byte[0]
}

impl Session {
    /// Connects, several times if that can help. `name` is what the server's list of sessions shows.
    pub fn connect(url: &DatabaseUrl, access: Access, limits: &Limits, name: &str) -> Result<Self, Failure> {
        Self::connect_until(url, access, limits, name, None, &mut |_, pause| {
            clock::between_attempts(pause);
            true
        })
    }

    /// The same for whoever shows why it waits: `wait` waits, and says whether it is tried again. No attempt
    /// goes on after `deadline`.
    pub fn connect_until(
        url: &DatabaseUrl,
        access: Access,
        limits: &Limits,
        name: &str,
        deadline: Option<Instant>,
        wait: &mut dyn FnMut(&str, Duration) -> bool,
    ) -> Result<Self, Failure> {
        let mut redactor = Redactor::default();
        url.teach(&mut redactor);
        let left = |limits: &Limits| match deadline {
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
                Limits { connect: limits.connect.min(left), ..*limits }
            }
            None => *limits,
        };
        let link = retry::with_retry(
            limits.backoff,
            random_byte,
            |failure, pause| {
                let late = deadline.is_some_and(|deadline| Instant::now() + pause >= deadline);
                !late && wait(&redactor.clean(&failure.message), pause)
            },
            |_| {
                let limits = &left(limits);
                match url.engine {
                    Engine::Postgres => {
                        postgres::Link::connect(url, limits, name).map(|link| Link::Postgres(Box::new(link)))
                    }
                    Engine::Mysql => {
                        mysql::Link::connect(url, limits, name).map(|link| Link::Mysql(Box::new(link)))
                    }
                    Engine::Sqlite => {
                        sqlite::Link::open(url, access, limits).map(|link| Link::Sqlite(Box::new(link)))
                    }
                }
            },
        );
        let link = link.map_err(|failure| clean(&redactor, failure))?;
        Ok(Self {
            link,
            engine: url.engine,
            access,
            limits: *limits,
            redactor,
            asked: 0,
            breaker: Breaker::new(COOL_DOWN),
            notices: Vec::new(),
        })
    }

    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A table of guard's own, so named that no other of the same name stands in its way.
    #[must_use]
    pub fn own(&self, table: &str) -> String {
        match self.engine {
            Engine::Postgres => format!("public.{table}"),
            Engine::Mysql => format!("`{table}`"),
            Engine::Sqlite => format!("main.{table}"),
        }
    }

    /// Round trips so far, without those of connecting.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// What a person should be told, once.
    pub fn notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// One statement of guard's own; `?` stands for a parameter.
    pub fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, Failure> {
        let limit = self.limits.query;
        self.timed(sql, |link| match link {
            Link::Postgres(link) => link.query(&numbered(sql), parameters, limit),
            Link::Mysql(link) => link.query(sql, parameters),
            Link::Sqlite(link) => link.query(sql, parameters, limit),
        })
    }

    /// A statement whose answer is not of interest; the rows that it changed.
    pub fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64, Failure> {
        let limit = self.limits.query;
        self.timed(sql, |link| match link {
            Link::Postgres(link) => link.execute(&numbered(sql), parameters, limit),
            Link::Mysql(link) => link.execute(sql, parameters),
            Link::Sqlite(link) => link.execute(sql, parameters, limit),
        })
    }

    /// Any number of statements, as they stand in a file.
    pub fn script(&mut self, sql: &str) -> Result<(), Failure> {
        let limit = self.limits.query;
        self.script_within(sql, limit)
    }

    /// The same, with a patience of its own.
    pub fn script_within(&mut self, sql: &str, limit: Duration) -> Result<(), Failure> {
        self.timed(sql, |link| match link {
            Link::Postgres(link) => link.script(sql, limit),
            Link::Mysql(link) => link.script(sql),
            Link::Sqlite(link) => link.script(sql, limit),
        })
    }

    /// Does one after the other, and waits only for the last answer where the server keeps the order: all of it
    /// stands in one transaction that the first step begins, so that whatever fails makes the rest fail, too.
    pub fn in_a_row(&mut self, scripts: &[&str], limit: Duration) -> Result<(), Failure> {
        if self.engine == Engine::Postgres {
            return self.timed(scripts.first().copied().unwrap_or_default(), |link| match link {
                Link::Postgres(link) => link.in_a_row(scripts, limit),
                Link::Mysql(_) | Link::Sqlite(_) => Ok(()),
            });
        }
        scripts.iter().try_for_each(|sql| self.script_within(sql, limit))
    }

    /// Begins a transaction in which no name can be shadowed, and whose settings end with it, so that
    /// nothing is left behind on a pooler's connection.
    pub fn begin(&mut self) -> Result<(), Failure> {
        match (self.engine, self.access) {
            (Engine::Postgres, access) => {
                let only = if access == Access::Read { " read only" } else { "" };
                let sql = format!(
                    "begin isolation level read committed{only}; \
                     set local search_path = pg_catalog, pg_temp; \
                     set local statement_timeout = {}; set local lock_timeout = {}; \
                     set local idle_in_transaction_session_timeout = 0",
                    self.limits.query.as_millis(),
                    self.limits.lock.as_millis(),
                );
                self.opening(sql)
            }
            (Engine::Mysql, Access::Read) => self.script("start transaction read only"),
            (Engine::Mysql, Access::Write) => self.script("start transaction"),
            (Engine::Sqlite, Access::Read) => self.script("begin"),
            // Taken at once, so that no reader has to be turned into a writer.
            (Engine::Sqlite, Access::Write) => self.script("begin immediate"),
        }
    }

    /// Begins a transaction for what stands in a migration: names are found as the tool finds them, and
    /// its waits are bounded.
    pub fn begin_foreign(&mut self) -> Result<(), Failure> {
        self.begin_foreign_with(&[])
    }

    /// The same with statements that Postgres is told in the same breath.
    pub fn begin_foreign_with(&mut self, more: &[&str]) -> Result<(), Failure> {
        match self.engine {
            Engine::Postgres => {
                let mut sql = format!("begin; {HOME}; {}", self.bounds("set local"));
                sql.extend(more.iter().flat_map(|one| ["; ", one]));
                self.opening(sql)
            }
            Engine::Mysql => self.script("start transaction"),
            Engine::Sqlite => self.script("begin immediate"),
        }
    }

    /// Reads with names found as the tool finds them, and with guard's own bounds: whoever holds a table is not
    /// waited for without an end.
    pub fn looking<T, E: From<Failure>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        match self.engine {
            Engine::Postgres => self.opening(format!(
                "begin isolation level read committed read only; set local statement_timeout = {}; \
                 set local lock_timeout = {}",
                self.limits.query.as_millis(),
                self.limits.lock.as_millis(),
            ))?,
            // The session is bounded since it was opened.
            Engine::Mysql | Engine::Sqlite => return work(self),
        }
        let answer = work(self);
        // The connection may be gone, and the transaction with it.
        drop(self.rollback());
        answer
    }

    /// Bounds the waits of statements outside any transaction, for this session.
    pub fn bound(&mut self) -> Result<(), Failure> {
        match self.engine {
            Engine::Postgres => self.script(&format!("{HOME}; {}", self.bounds("set"))),
            Engine::Mysql => self.script(&mysql::bounds(&self.limits)),
            Engine::Sqlite => Ok(()),
        }
    }

    /// Takes back what a migration set for the session: where names are looked for, and who asks.
    pub fn at_home(&mut self) -> Result<(), Failure> {
        if self.engine == Engine::Postgres { self.script(HOME) } else { Ok(()) }
    }

    fn bounds(&self, set: &str) -> String {
        let (lock, statement) = (self.limits.lock.as_millis(), self.limits.statement.as_millis());
        format!("{set} lock_timeout = {lock}; {set} statement_timeout = {statement}")
    }

    /// Postgres is told together with what is asked first.
    fn opening(&mut self, sql: String) -> Result<(), Failure> {
        match &mut self.link {
            Link::Postgres(link) => {
                link.begin(sql);
                Ok(())
            }
            Link::Mysql(_) | Link::Sqlite(_) => self.script(&sql),
        }
    }

    /// Nothing was asked since the transaction was to begin.
    fn never_began(&mut self) -> bool {
        match &mut self.link {
            Link::Postgres(link) => link.never_began(),
            Link::Mysql(_) | Link::Sqlite(_) => false,
        }
    }

    pub fn commit(&mut self) -> Result<(), Failure> {
        if self.never_began() {
            return Ok(());
        }
        self.script("commit")
    }

    pub fn rollback(&mut self) -> Result<(), Failure> {
        if self.never_began() {
            return Ok(());
        }
        self.script("rollback")
    }

    /// Does it in one transaction; whatever fails, nothing of it stays.
    pub fn atomically<T, E: From<Failure>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.begin()?;
        match work(self) {
            Ok(value) => {
                self.commit()?;
                Ok(value)
            }
            Err(error) => {
                // The connection may be gone, and the transaction with it.
                drop(self.rollback());
                Err(error)
            }
        }
    }

    fn timed<T>(
        &mut self,
        sql: &str,
        work: impl FnOnce(&mut Link) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let started = Instant::now();
        if self.breaker.state(started) == BreakerState::Open {
            return Err(Failure::of(
                Kind::Open,
                format!(
                    "it failed {BREAKER_AFTER} times in a row, and is not asked for {} s",
                    COOL_DOWN.as_secs()
                ),
            ));
        }
        self.asked += 1;
        let answer = work(&mut self.link);
        match &answer {
            Err(failure) if [Kind::Unreachable, Kind::Timeout].contains(&failure.kind) => {
                self.breaker.failed(Instant::now());
            }
            // Whatever it says, it answers.
            _ => self.breaker.succeeded(),
        }
        let took = started.elapsed();
        if took > SLOW {
            let digest: String = sha256_hex(sql.as_bytes()).chars().take(12).collect();
            self.notices.push(format!("a statement took {:.1} s (digest {digest})", took.as_secs_f64()));
        }
        answer.map_err(|failure| clean(&self.redactor, failure))
    }
}

fn clean(redactor: &Redactor, mut failure: Failure) -> Failure {
    failure.message = redactor.clean(&failure.message);
    failure
}

/// `?` to `$1`. guard's own statements hold no other question mark.
fn numbered(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 8);
    let mut number = 0;
    for c in sql.chars() {
        if c == '?' {
            number += 1;
            out.push('$');
            out.push_str(&number.to_string());
        } else {
            out.push(c);
        }
    }
    out
}

/// A statement of guard's own with its values in it, for what goes out in one message with others. Only Postgres
/// reads it; no setting of the session changes what these quotes mean.
#[must_use]
pub fn inlined(sql: &str, values: &[Value]) -> String {
    let mut out = String::with_capacity(sql.len() + 256);
    let mut parts = sql.split('?');
    out.push_str(parts.next().unwrap_or_default());
    for (at, part) in parts.enumerate() {
        match values.get(at) {
            None | Some(Value::Null) => out.push_str("null"),
            Some(Value::Int(number)) => out.push_str(&number.to_string()),
            Some(Value::Bool(it)) => out.push_str(if *it { "true" } else { "false" }),
            Some(Value::Text(text)) => {
                let mut quote = "$guard$".to_owned();
                while text.contains(quote.trim_end_matches('$')) {
                    quote.insert(quote.len() - 1, 'x');
                }
                out.extend([quote.as_str(), text, &quote]);
            }
            Some(Value::Bytes(bytes)) => {
                out.extend(["pg_catalog.decode('", &hex(bytes), "', 'hex')"]);
            }
        }
        out.push_str(part);
    }
    out
}

/// A name in an engine's quotes.
#[must_use]
pub fn quoted(engine: Engine, name: &str) -> String {
    match engine {
        Engine::Mysql => format!("`{}`", name.replace('`', "``")),
        Engine::Postgres | Engine::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

fn timed_out(limit: Duration) -> Failure {
    Failure::of(Kind::Timeout, format!("no answer within {} s", limit.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_for_postgres() {
        assert_eq!(numbered("select ?, ?"), "select $1, $2");
    }

    #[test]
    fn values_in_a_statement_cannot_end_their_quotes() {
        let told = |value: Value| inlined("a(?)", &[value]);
        assert_eq!(told("it's ?".into()), "a($guard$it's ?$guard$)");
        assert_eq!(told("$guard$; drop".into()), "a($guardx$$guard$; drop$guardx$)");
        assert_eq!(told("ends in $guard".into()), "a($guardx$ends in $guard$guardx$)");
        assert_eq!(told(Value::Bytes(vec![0, 255])), "a(pg_catalog.decode('00ff', 'hex'))");
        assert_eq!(inlined("? ? ?", &[Value::Null, (-1_i64).into(), Value::Bool(true)]), "null -1 true");
    }

    #[test]
    fn names_cannot_end_their_quotes() {
        assert_eq!(quoted(Engine::Mysql, "a`b"), "`a``b`");
        assert_eq!(quoted(Engine::Postgres, "a\"b"), "\"a\"\"b\"");
    }
}
