//! SQLite: a file that is there already. A misspelt path must not become an empty database.

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, OpenFlags, params_from_iter};

use super::failure::{Failure, Kind};
use super::url::{DatabaseUrl, Engine};
use super::{Access, Limits, Row, Value};

pub(super) struct Link {
    connection: Connection,
}

/// The file itself, whatever links lead to it.
pub(super) fn file(url: &DatabaseUrl) -> Result<PathBuf, Failure> {
    let found = fs::canonicalize(&url.database)
        .map_err(|error| Failure::of(Kind::Unknown, format!("{}: {error}", url.database)))?;
    if !found.is_file() {
        return Err(Failure::of(Kind::Unknown, format!("{} is no file", url.database)));
    }
    Ok(found)
}

impl Link {
    pub(super) fn open(url: &DatabaseUrl, access: Access, limits: &Limits) -> Result<Self, Failure> {
        let file = file(url)?;
        // Never with CREATE, and the path is a path: nothing in it is read as a URI.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags).map_err(|error| failure(&error))?;
        connection.busy_timeout(limits.lock).map_err(|error| failure(&error))?;
        let link = Self { connection };
        if access == Access::Read {
            link.script("pragma query_only = on", limits.query)?;
        }
        // The first look at the file: is it a database at all? Where somebody writes, whoever asks next is told so:
        // another run of guard is known by its lease.
        match link.script("pragma schema_version", limits.query) {
            Err(failure) if failure.kind != Kind::Locked => Err(failure),
            _ => Ok(link),
        }
    }

    /// Interrupts the work when its time is up.
    fn within<T>(
        &self,
        limit: Duration,
        work: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let interrupt = self.connection.get_interrupt_handle();
        let (done, wait) = mpsc::channel::<()>();
        let watch = thread::spawn(move || {
            if wait.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
                interrupt.interrupt();
            }
        });
        let answer = work(&self.connection);
        drop(done);
        // It ends with the channel.
        drop(watch.join());
        answer.map_err(|error| failure(&error))
    }

    pub(super) fn query(
        &self,
        sql: &str,
        parameters: &[Value],
        limit: Duration,
    ) -> Result<Vec<Row>, Failure> {
        self.within(limit, |connection| {
            let mut statement = connection.prepare(sql)?;
            let columns = statement.column_count();
            let mut rows = statement.query(params_from_iter(parameters.iter().map(given)))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let cells = (0..columns).map(|at| row.get_ref(at).map(cell));
                found.push(Row(cells.collect::<Result<_, _>>()?));
            }
            Ok(found)
        })
    }

    pub(super) fn execute(&self, sql: &str, parameters: &[Value], limit: Duration) -> Result<u64, Failure> {
        self.within(limit, |connection| {
            let changed = connection.execute(sql, params_from_iter(parameters.iter().map(given)))?;
            Ok(changed as u64)
        })
    }

    pub(super) fn script(&self, sql: &str, limit: Duration) -> Result<(), Failure> {
        self.within(limit, |connection| connection.execute_batch(sql))
    }
}

fn given(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Int(number) => rusqlite::types::Value::Integer(*number),
        Value::Text(text) => rusqlite::types::Value::Text(text.clone()),
        Value::Bytes(bytes) => rusqlite::types::Value::Blob(bytes.clone()),
        Value::Bool(it) => rusqlite::types::Value::Integer(i64::from(*it)),
    }
}

fn cell(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Text(number.to_string()),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

fn failure(error: &Error) -> Failure {
    match error {
        Error::SqliteFailure(code, message) => {
            let primary = (code.extended_code & 0xff).to_string();
            let told = message.clone().unwrap_or_else(|| code.to_string());
            if told.starts_with("no such table") || told.starts_with("no such column") {
                return Failure::of(Kind::Missing, told);
            }
            Failure::coded(Engine::Sqlite, &primary, told)
        }
        Error::SqlInputError { msg, .. }
            if msg.starts_with("no such table") || msg.starts_with("no such column") =>
        {
            Failure::of(Kind::Missing, msg.clone())
        }
        other => Failure::of(Kind::Statement, other.to_string()),
    }
}
