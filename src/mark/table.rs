//! The table that holds the mark: made, read and written, and never believed for its name alone.

use crate::io::database::failure::{Failure, Kind};
use crate::io::database::url::Engine;
use crate::io::database::{Session, Value};

pub const TABLE: &str = "database_metadata";

/// guard's own tables.
pub const OWN: [&str; 5] = [TABLE, "guard_ledger", "guard_lease", "ops_incident", "ops_incident_event"];

const SINGLETON: &str = "singleton";

/// What stands where the mark should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    NoTable,
    NoRow,
    Row {
        environment: String,
        fingerprint: String,
    },
    /// Something else: two rows, a view, a foreign row.
    Odd(String),
}

/// Makes guard's tables where they are missing.
pub fn install(session: &mut Session) -> Result<(), Failure> {
    session.script(match session.engine() {
        Engine::Postgres => include_str!("../../migrations/postgres/0001_guard.sql"),
        Engine::Mysql => include_str!("../../migrations/mysql/0001_guard.sql"),
        Engine::Sqlite => include_str!("../../migrations/sqlite/0001_guard.sql"),
    })
}

/// Longer than any mark.
const ROOM: i64 = 8_000;

/// Makes room for the mark where a repository made the table with a shorter column, as an older one needed;
/// whether it did. On `MySQL` this ends a transaction.
pub fn widen(session: &mut Session) -> Result<bool, Failure> {
    let (length, wider) = match session.engine() {
        Engine::Postgres => (
            "select character_maximum_length::int8 from information_schema.columns \
             where table_schema = 'public' and table_name = 'database_metadata' and column_name = 'fingerprint'",
            "alter table public.database_metadata alter column fingerprint type text",
        ),
        Engine::Mysql => (
            "select character_maximum_length from information_schema.columns \
             where table_schema = database() and table_name = 'database_metadata' and column_name = 'fingerprint'",
            "alter table `database_metadata` modify fingerprint longtext not null",
        ),
        // It bounds no text.
        Engine::Sqlite => return Ok(false),
    };
    let rows = session.query(length, &[])?;
    if rows.first().and_then(|row| row.int(0)).is_none_or(|length| length >= ROOM) {
        return Ok(false);
    }
    session.script(wider)?;
    Ok(true)
}

/// The same without the mark's own table: a repository's first migration may make that itself.
pub fn install_own(session: &mut Session) -> Result<(), Failure> {
    let whole = match session.engine() {
        Engine::Postgres => include_str!("../../migrations/postgres/0001_guard.sql"),
        Engine::Mysql => include_str!("../../migrations/mysql/0001_guard.sql"),
        Engine::Sqlite => include_str!("../../migrations/sqlite/0001_guard.sql"),
    };
    let others: Vec<&str> =
        whole.split_inclusive(";\n").filter(|statement| !statement.contains(TABLE)).collect();
    session.script(&others.concat())
}

/// The rows of a table that is known to be one.
pub fn read(session: &mut Session) -> Result<Held, Failure> {
    let table = session.own(TABLE);
    let id = if session.engine() == Engine::Postgres { "id::text" } else { "id" };
    let rows =
        match session.query(&format!("select {id}, environment, fingerprint from {table} limit 3"), &[]) {
            Ok(rows) => rows,
            Err(failure) if failure.kind == Kind::Missing => {
                return Ok(Held::Odd("it does not have the columns id, environment and fingerprint".into()));
            }
            Err(failure) => return Err(failure),
        };
    let row = match rows.as_slice() {
        [] => return Ok(Held::NoRow),
        [row] => row,
        _ => return Ok(Held::Odd("it has more than one row".into())),
    };
    match (row.text(0), row.text(1), row.text(2)) {
        (Some(_), Some(environment), Some(fingerprint)) => Ok(Held::Row { environment, fingerprint }),
        _ => Ok(Held::Odd("its row has no value in a column".into())),
    }
}

/// Writes the mark in place of whatever row is there, with the columns that the table has: a repository
/// may have made it by a migration of its own.
pub fn write(session: &mut Session, environment: &str, fingerprint: &str) -> Result<(), Failure> {
    let table = session.own(TABLE);
    let columns = columns(session)?;
    let changed =
        columns.iter().find(|name| ["updated_at", "updatedat"].contains(&name.to_ascii_lowercase().as_str()));
    let stamp = changed.map_or_else(String::new, |name| {
        format!(", {} = current_timestamp", crate::io::database::quoted(session.engine(), name))
    });
    let present = session.query(&format!("select count(*) from {table}"), &[])?;
    if present.first().and_then(|row| row.int(0)) == Some(1) {
        session.execute(
            &format!("update {table} set environment = ?, fingerprint = ?{stamp}"),
            &[environment.into(), fingerprint.into()],
        )?;
        return Ok(());
    }
    let mut names = vec!["id".to_owned(), "environment".to_owned(), "fingerprint".to_owned()];
    let mut values = vec!["?".to_owned(), "?".to_owned(), "?".to_owned()];
    // Columns that are there without a default must be filled, too.
    for name in &columns {
        let plain = name.to_ascii_lowercase().replace('_', "");
        if plain == "createdat" || plain == "updatedat" {
            names.push(crate::io::database::quoted(session.engine(), name));
            values.push("current_timestamp".to_owned());
        }
    }
    let parameters: [Value; 3] = [SINGLETON.into(), environment.into(), fingerprint.into()];
    session.execute(
        &format!("insert into {table} ({}) values ({})", names.join(", "), values.join(", ")),
        &parameters,
    )?;
    Ok(())
}

fn columns(session: &mut Session) -> Result<Vec<String>, Failure> {
    let sql = match session.engine() {
        Engine::Postgres => {
            "select attname::text from pg_catalog.pg_attribute \
             where attrelid = 'public.database_metadata'::regclass and attnum > 0 and not attisdropped"
        }
        Engine::Mysql => {
            "select column_name from information_schema.columns \
             where table_schema = database() and table_name = 'database_metadata'"
        }
        Engine::Sqlite => "select name from pragma_table_info('database_metadata')",
    };
    Ok(session.query(sql, &[])?.iter().filter_map(|row| row.text(0)).collect())
}
