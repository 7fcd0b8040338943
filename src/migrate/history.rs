//! What a database says of the migrations that it had, beside what the repository holds.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::files::Migration;
use crate::io::database::failure::Failure;
use crate::io::database::url::Engine;
use crate::io::database::{Session, quoted};
use crate::words::ending::{Code, Ending};

pub const TABLE: &str = "_sqlx_migrations";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    pub version: i64,
    pub description: String,
    pub at: String,
    pub success: bool,
    pub checksum: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Applied,
    Pending,
    Failed,
    Edited,
    MissingFile,
    OutOfOrder,
}

impl State {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::Failed => "failed",
            Self::Edited => "edited",
            Self::MissingFile => "missing-file",
            Self::OutOfOrder => "out-of-order",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub version: i64,
    pub name: String,
    pub state: State,
    pub applied_at: Option<String>,
}

impl Line {
    #[must_use]
    pub fn json(&self) -> Json {
        json!({ "name": self.name, "state": self.state.name(), "applied_at": self.applied_at })
    }
}

/// The history table, found as the tool finds it and then named in full, because a migration may change
/// where names are looked for.
pub fn table(session: &mut Session) -> Result<Option<String>, Failure> {
    match session.engine() {
        Engine::Postgres => {
            let rows = session.query(
                "select n.nspname::text from pg_catalog.pg_class c \
                 join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
                 where c.oid = pg_catalog.to_regclass('_sqlx_migrations')",
                &[],
            )?;
            let schema = rows.first().and_then(|row| row.text(0));
            Ok(schema.map(|schema| format!("{}.{TABLE}", quoted(Engine::Postgres, &schema))))
        }
        Engine::Mysql => {
            let sql = "select 1 from information_schema.tables \
                       where table_schema = database() and table_name = '_sqlx_migrations'";
            Ok((!session.query(sql, &[])?.is_empty()).then(|| format!("`{TABLE}`")))
        }
        Engine::Sqlite => {
            let sql = "select 1 from main.sqlite_master where type = 'table' and name = '_sqlx_migrations'";
            Ok((!session.query(sql, &[])?.is_empty()).then(|| format!("main.{TABLE}")))
        }
    }
}

/// Makes it as sqlx makes it.
pub fn make(session: &mut Session) -> Result<(), Failure> {
    session.script(match session.engine() {
        Engine::Postgres => {
            "create table if not exists _sqlx_migrations (version bigint primary key, description text not null, \
             installed_on timestamptz not null default now(), success boolean not null, checksum bytea not null, \
             execution_time bigint not null)"
        }
        Engine::Mysql => {
            "create table if not exists _sqlx_migrations (version bigint primary key, description text not null, \
             installed_on timestamp not null default current_timestamp, success boolean not null, \
             checksum blob not null, execution_time bigint not null)"
        }
        Engine::Sqlite => {
            "create table if not exists _sqlx_migrations (version bigint primary key, description text not null, \
             installed_on timestamp not null default current_timestamp, success boolean not null, \
             checksum blob not null, execution_time bigint not null)"
        }
    })
}

pub fn read(session: &mut Session) -> Result<Vec<Applied>, Failure> {
    let Some(table) = table(session)? else { return Ok(Vec::new()) };
    let at = match session.engine() {
        Engine::Postgres => "to_char(installed_on at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        Engine::Mysql => "date_format(installed_on, '%Y-%m-%dT%H:%i:%sZ')",
        Engine::Sqlite => "strftime('%Y-%m-%dT%H:%M:%SZ', installed_on)",
    };
    let rows = session.query(
        &format!("select version, description, {at}, success, checksum from {table} order by version"),
        &[],
    )?;
    let read = rows.iter().map(|row| Applied {
        version: row.int(0).unwrap_or(-1),
        description: row.text(1).unwrap_or_default(),
        at: row.text(2).unwrap_or_default(),
        // What cannot be read is no success.
        success: row.flag(3) == Some(true),
        checksum: row.bytes(4).unwrap_or_default().to_vec(),
    });
    Ok(read.collect())
}

/// Every migration once, in its order.
#[must_use]
pub fn compare(files: &[Migration], applied: &[Applied]) -> Vec<Line> {
    let newest = applied.iter().map(|row| row.version).max();
    let rows: BTreeMap<i64, &Applied> = applied.iter().map(|row| (row.version, row)).collect();
    let mut lines: Vec<Line> = files
        .iter()
        .map(|file| {
            let row = rows.get(&file.version);
            let state = match row {
                None if newest.is_some_and(|newest| file.version < newest) => State::OutOfOrder,
                None => State::Pending,
                Some(row) if !row.success => State::Failed,
                Some(row) if row.checksum != file.checksum => State::Edited,
                Some(_) => State::Applied,
            };
            Line {
                version: file.version,
                name: file.name.clone(),
                state,
                applied_at: row.map(|row| row.at.clone()),
            }
        })
        .collect();
    for row in applied.iter().filter(|row| files.iter().all(|file| file.version != row.version)) {
        let state = if row.success { State::MissingFile } else { State::Failed };
        let name = format!("{}_{}", row.version, row.description.replace(' ', "_"));
        lines.push(Line { version: row.version, name, state, applied_at: Some(row.at.clone()) });
    }
    lines.sort_by_key(|line| line.version);
    lines
}

/// Nothing failed, edited, missing or out of order.
pub fn sane(lines: &[Line]) -> Result<(), Ending> {
    for (state, code, what, next) in [
        (
            State::Failed,
            Code::HistoryFailed,
            "a migration failed halfway",
            "look at what it left behind, mend it, and set its row right with the tool itself",
        ),
        (
            State::MissingFile,
            Code::HistoryMissingFile,
            "an applied migration is not in the repository",
            "bring the file back; is this the right branch?",
        ),
        (
            State::Edited,
            Code::HistoryEdited,
            "an applied migration was changed since",
            "put the file back as it was, and write a new migration",
        ),
        (
            State::OutOfOrder,
            Code::HistoryOutOfOrder,
            "a migration is older than one that is applied",
            "give it a version above the newest",
        ),
    ] {
        let names: Vec<&str> =
            lines.iter().filter(|line| line.state == state).map(|line| line.name.as_str()).collect();
        if !names.is_empty() {
            return Err(Ending::refused(code, format!("{what}: {}", names.join(", ")))
                .detail("migrations", names)
                .next(next));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(version: i64, checksum: u8) -> Migration {
        Migration {
            version,
            description: "x".into(),
            name: format!("{version}_x.sql"),
            sql: String::new(),
            checksum: vec![checksum],
            bare: false,
        }
    }

    fn row(version: i64, checksum: u8, success: bool) -> Applied {
        Applied { version, description: "x".into(), at: "t".into(), success, checksum: vec![checksum] }
    }

    #[test]
    fn every_difference_has_its_state_and_its_code() {
        for (files, rows, states, code) in [
            (vec![file(1, 1), file(2, 2)], vec![row(1, 1, true)], "applied pending", "ok"),
            (vec![file(1, 1)], vec![row(1, 1, false)], "failed", "history/failed"),
            (vec![file(1, 9)], vec![row(1, 1, true)], "edited", "history/edited"),
            (
                vec![file(2, 2)],
                vec![row(1, 1, true), row(2, 2, true)],
                "missing-file applied",
                "history/missing-file",
            ),
            (
                vec![file(1, 1), file(2, 2)],
                vec![row(2, 2, true)],
                "out-of-order applied",
                "history/out-of-order",
            ),
            (vec![], vec![row(1, 1, false)], "failed", "history/failed"),
        ] {
            let lines = compare(&files, &rows);
            let told: Vec<&str> = lines.iter().map(|line| line.state.name()).collect();
            assert_eq!(told.join(" "), states);
            assert_eq!(sane(&lines).err().and_then(|ending| ending.code).map_or("ok", Code::name), code);
        }
    }
}
