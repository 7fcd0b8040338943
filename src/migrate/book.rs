//! The history tables that guard keeps itself, to the byte as their tools keep them: `_sqlx_migrations`
//! and `_prisma_migrations`.

use std::cmp::Ordering;
use std::time::Duration;

use super::files::{self, Migration};
use super::history::{self, Applied};
use super::rows::{read_prisma, read_sqlx};
use crate::io::database::failure::{Failure, Kind};
use crate::io::database::url::Engine;
use crate::io::database::{Session, Value, quoted};
use crate::io::keys::random_hex;
use crate::words::ending::{Code, Ending};

/// Whose table it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Book {
    Sqlx,
    /// With the schema that the URL names, where it names one.
    Prisma {
        schema: Option<String>,
    },
}

/// A row that is being written; Prisma's is known by an id of its own.
#[derive(Clone, Debug, Default)]
pub struct Open {
    id: String,
}

/// A statement with its parameters.
type Written = (String, Vec<Value>);

const SQLX: &str = "_sqlx_migrations";
const PRISMA: &str = "_prisma_migrations";

impl Book {
    /// The tool's name, as `--status` tells it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx",
            Self::Prisma { .. } => "prisma",
        }
    }

    /// Which of two keys is the older one.
    #[must_use]
    pub fn order(&self) -> fn(&str, &str) -> Ordering {
        match self {
            Self::Sqlx => history::numbers,
            Self::Prisma { .. } => history::names,
        }
    }

    pub fn files(
        &self,
        folder: &std::path::Path,
        shown: &str,
        engine: Engine,
    ) -> Result<Vec<Migration>, Ending> {
        match self {
            Self::Sqlx => files::sqlx(folder, shown),
            Self::Prisma { .. } => files::prisma(folder, shown, engine),
        }
    }

    /// Where a migration's text lies in the folder.
    #[must_use]
    pub fn file_of(&self, migration: &Migration) -> String {
        match self {
            Self::Sqlx => migration.name.clone(),
            Self::Prisma { .. } => format!("{}/migration.sql", migration.name),
        }
    }

    /// How a migration that failed is set right by hand, where guard cannot tell what it left.
    #[must_use]
    pub fn way_out(&self, ending: Ending) -> Ending {
        if ending.code != Some(Code::HistoryFailed) {
            return ending;
        }
        let name =
            ending.details.get("migrations").and_then(|names| names.get(0)?.as_str()).map(str::to_owned);
        let Some(name) = name else { return ending };
        let version: String = name.chars().take_while(char::is_ascii_digit).collect();
        let (done, gone) = match self {
            Self::Prisma { .. } => (
                format!("`npx prisma migrate resolve --applied {name}`"),
                format!("`npx prisma migrate resolve --rolled-back {name}`"),
            ),
            Self::Sqlx => (
                format!("`update {SQLX} set success = true where version = {version}`"),
                format!("`delete from {SQLX} where version = {version}`"),
            ),
        };
        ending
            .next(format!("where all of it is there, or was finished by hand: {done}"))
            .next(format!("where nothing of it is left: {gone}"))
            .next("then `guard migrate --env ENV`")
    }

    fn schema(&self) -> &str {
        match self {
            Self::Prisma { schema: Some(schema) } => schema,
            _ => "public",
        }
    }

    /// The table, found as the tool finds it and then named in full, because a migration may change
    /// where names are looked for.
    pub fn table(&self, session: &mut Session) -> Result<Option<String>, Failure> {
        let name = match self {
            Self::Sqlx => SQLX,
            Self::Prisma { .. } => PRISMA,
        };
        let found = match (session.engine(), self) {
            (Engine::Postgres, Self::Sqlx) => {
                let rows = session.query(
                    "select n.nspname::text from pg_catalog.pg_class c \
                     join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
                     where c.oid = pg_catalog.to_regclass('_sqlx_migrations')",
                    &[],
                )?;
                let schema = rows.first().and_then(|row| row.text(0));
                return Ok(schema.map(|schema| format!("{}.{name}", quoted(Engine::Postgres, &schema))));
            }
            (Engine::Postgres, Self::Prisma { .. }) => session.query(
                "select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
                 where c.relname = '_prisma_migrations' and n.nspname = ? and c.relkind in ('r', 'p')",
                &[self.schema().into()],
            )?,
            (Engine::Mysql, _) => session.query(
                "select 1 from information_schema.tables where table_schema = database() and table_name = ?",
                &[name.into()],
            )?,
            (Engine::Sqlite, _) => session.query(
                "select 1 from main.sqlite_master where type = 'table' and name = ?",
                &[name.into()],
            )?,
        };
        Ok((!found.is_empty()).then(|| self.named(session.engine(), name)))
    }

    fn named(&self, engine: Engine, name: &str) -> String {
        match engine {
            Engine::Postgres => format!("{}.{name}", quoted(engine, self.schema())),
            Engine::Mysql => format!("`{name}`"),
            Engine::Sqlite => format!("main.{name}"),
        }
    }

    /// Makes it as the tool makes it, and says how it is called.
    pub fn make(&self, session: &mut Session) -> Result<String, Failure> {
        let engine = session.engine();
        match self {
            Self::Sqlx => {
                session.script(match engine {
                    Engine::Postgres => {
                        "create table if not exists _sqlx_migrations (version bigint primary key, \
                         description text not null, installed_on timestamptz not null default now(), \
                         success boolean not null, checksum bytea not null, execution_time bigint not null)"
                    }
                    Engine::Mysql => {
                        "create table if not exists _sqlx_migrations (version bigint primary key, \
                         description text not null, \
                         installed_on timestamp not null default current_timestamp, \
                         success boolean not null, checksum blob not null, execution_time bigint not null)"
                    }
                    // SQLite keeps the very text.
                    Engine::Sqlite => {
                        "create table if not exists _sqlx_migrations (\n    version BIGINT PRIMARY KEY,\n    \
                         description TEXT NOT NULL,\n    \
                         installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,\n    \
                         success BOOLEAN NOT NULL,\n    checksum BLOB NOT NULL,\n    \
                         execution_time BIGINT NOT NULL\n)"
                    }
                })?;
            }
            Self::Prisma { .. } => {
                let table = self.named(engine, PRISMA);
                let sql = match engine {
                    Engine::Postgres => format!(
                        "create table if not exists {table} (id varchar(36) primary key not null, \
                         checksum varchar(64) not null, finished_at timestamptz, \
                         migration_name varchar(255) not null, logs text, rolled_back_at timestamptz, \
                         started_at timestamptz not null default now(), \
                         applied_steps_count integer not null default 0)"
                    ),
                    Engine::Mysql => format!(
                        "create table if not exists {table} (id varchar(36) primary key not null, \
                         checksum varchar(64) not null, finished_at datetime(3), \
                         migration_name varchar(255) not null, logs text, rolled_back_at datetime(3), \
                         started_at datetime(3) not null default current_timestamp(3), \
                         applied_steps_count integer unsigned not null default 0) \
                         default character set utf8mb4 collate utf8mb4_unicode_ci"
                    ),
                    Engine::Sqlite => format!(
                        "create table if not exists {table} (\"id\" text primary key not null, \
                         \"checksum\" text not null, \"finished_at\" datetime, \
                         \"migration_name\" text not null, \"logs\" text, \"rolled_back_at\" datetime, \
                         \"started_at\" datetime not null default current_timestamp, \
                         \"applied_steps_count\" integer unsigned not null default 0)"
                    ),
                };
                if engine == Engine::Postgres && self.schema() != "public" {
                    let schema = quoted(engine, self.schema());
                    session.script(&format!("create schema if not exists {schema}"))?;
                }
                session.script(&sql)?;
            }
        }
        self.table(session)?.ok_or_else(|| Failure::of(Kind::Missing, "the history table cannot be found"))
    }

    /// Every migration that the history knows, once.
    pub fn read(&self, session: &mut Session) -> Result<Vec<Applied>, Failure> {
        let Some(table) = self.table(session)? else { return Ok(Vec::new()) };
        match self {
            Self::Sqlx => read_sqlx(session, &table),
            Self::Prisma { .. } => read_prisma(session, &table),
        }
    }

    /// What the tool sets on its session before a migration: where names are looked for.
    pub fn settle_in(&self, session: &mut Session) -> Result<(), Failure> {
        match self.settings("session").filter(|_| session.engine() == Engine::Postgres) {
            Some(settings) => session.script(&settings),
            None => Ok(()),
        }
    }

    /// The same as a statement of Postgres, `local` to a transaction or for the session.
    #[must_use]
    pub fn settings(&self, scope: &str) -> Option<String> {
        let schema = quoted(Engine::Postgres, self.schema());
        (*self != Self::Sqlx).then(|| format!("set {scope} search_path = {schema}"))
    }

    /// The row of a migration that is about to run.
    pub fn start(&self, session: &mut Session, table: &str, of: &Migration) -> Result<Open, Failure> {
        let (written, open) = self.starting(session.engine(), table, of)?;
        session.execute(&written.0, &written.1)?;
        Ok(open)
    }

    fn starting(&self, engine: Engine, table: &str, of: &Migration) -> Result<(Written, Open), Failure> {
        match self {
            Self::Sqlx => {
                // MySQL and SQLite write truth as a number; Postgres takes the word.
                let sql = format!(
                    "insert into {table} (version, description, success, checksum, execution_time) \
                     values (?, ?, false, ?, -1)"
                );
                let sum = Value::Bytes(of.checksum.clone());
                let values = vec![of.version.into(), of.description.as_str().into(), sum];
                Ok(((sql, values), Open::default()))
            }
            Self::Prisma { .. } => {
                let (id, now) = (uuid()?, now(engine));
                let sql = format!(
                    "insert into {table} (id, checksum, started_at, migration_name) values (?, ?, {now}, ?)"
                );
                let values = vec![id.as_str().into(), text(&of.checksum), of.name.as_str().into()];
                Ok(((sql, values), Open { id }))
            }
        }
    }

    /// What is written before and after a migration whose whole way is one transaction on Postgres: its own
    /// clock says how long it took.
    pub fn around(&self, table: &str, of: &Migration) -> Result<(Option<Written>, Written), Failure> {
        if *self == Self::Sqlx {
            let sql = format!(
                "insert into {table} (version, description, success, checksum, execution_time) values (?, ?, true, ?, \
                 (extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) \
                 * 1000000000)::int8)"
            );
            let sum = Value::Bytes(of.checksum.clone());
            return Ok((None, (sql, vec![of.version.into(), of.description.as_str().into(), sum])));
        }
        let (begun, open) = self.starting(Engine::Postgres, table, of)?;
        Ok((Some(begun), self.finishing(Engine::Postgres, table, of, &open)))
    }

    /// The row of sqlx at once, when a migration ran in the transaction that is open.
    pub fn record(session: &mut Session, table: &str, of: &Migration, took: Duration) -> Result<(), Failure> {
        session.execute(
            &format!(
                "insert into {table} (version, description, success, checksum, execution_time) \
                 values (?, ?, true, ?, ?)"
            ),
            &[
                of.version.into(),
                of.description.as_str().into(),
                Value::Bytes(of.checksum.clone()),
                i64::try_from(took.as_nanos()).unwrap_or(i64::MAX).into(),
            ],
        )?;
        Ok(())
    }

    /// It ran to its end.
    pub fn finish(
        &self,
        session: &mut Session,
        table: &str,
        of: &Migration,
        open: &Open,
    ) -> Result<(), Failure> {
        let (sql, values) = self.finishing(session.engine(), table, of, open);
        session.execute(&sql, &values).map(drop)
    }

    fn finishing(&self, engine: Engine, table: &str, of: &Migration, open: &Open) -> Written {
        match self {
            Self::Sqlx => {
                (format!("update {table} set success = true where version = ?"), vec![of.version.into()])
            }
            Self::Prisma { .. } => {
                let now = now(engine);
                let sql = format!(
                    "update {table} set applied_steps_count = applied_steps_count + 1, finished_at = {now} \
                     where id = ?"
                );
                (sql, vec![open.id.as_str().into()])
            }
        }
    }

    /// Why it did not, for the tool's own command that shows it.
    pub fn failed(&self, session: &mut Session, table: &str, open: &Open, why: &str) -> Result<(), Failure> {
        if *self == Self::Sqlx {
            return Ok(());
        }
        session
            .execute(
                &format!("update {table} set logs = ? where id = ?"),
                &[why.into(), open.id.as_str().into()],
            )
            .map(drop)
    }

    /// A failed migration of which everything is there counts as applied, as the tool's own way of
    /// saying so writes it.
    pub fn resolve_applied(&self, session: &mut Session, table: &str, of: &Migration) -> Result<(), Failure> {
        match self {
            Self::Sqlx => session
                .execute(
                    &format!("update {table} set success = true where version = ?"),
                    &[of.version.into()],
                )
                .map(drop),
            Self::Prisma { .. } => {
                self.resolve_rolled_back(session, table, of)?;
                let (id, now) = (uuid()?, now(session.engine()));
                session
                    .execute(
                        &format!(
                            "insert into {table} (id, checksum, started_at, finished_at, migration_name) \
                             values (?, ?, {now}, {now}, ?)"
                        ),
                        &[id.into(), text(&of.checksum), of.name.as_str().into()],
                    )
                    .map(drop)
            }
        }
    }

    /// A failed migration of which nothing is there is pending again.
    pub fn resolve_rolled_back(
        &self,
        session: &mut Session,
        table: &str,
        of: &Migration,
    ) -> Result<(), Failure> {
        match self {
            Self::Sqlx => session.execute(
                &format!("delete from {table} where version = ? and not success"),
                &[of.version.into()],
            ),
            Self::Prisma { .. } => {
                let now = now(session.engine());
                session.execute(
                    &format!(
                        "update {table} set rolled_back_at = {now} \
                         where migration_name = ? and finished_at is null and rolled_back_at is null"
                    ),
                    &[of.name.as_str().into()],
                )
            }
        }
        .map(drop)
    }
}

fn text(hex: &[u8]) -> Value {
    Value::Text(String::from_utf8_lossy(hex).into_owned())
}

/// This moment, as Prisma writes it.
fn now(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "pg_catalog.clock_timestamp()",
        Engine::Mysql => "utc_timestamp(3)",
        Engine::Sqlite => "cast(round((julianday('now') - 2440587.5) * 86400000) as integer)",
    }
}

/// A random one, of version 4.
fn uuid() -> Result<String, Failure> {
    let hex =
        random_hex(16).ok_or_else(|| Failure::of(Kind::Statement, "this machine gives no random bytes"))?;
    let variant = match hex.as_bytes().get(16) {
        Some(b'0' | b'4' | b'8' | b'c') => '8',
        Some(b'1' | b'5' | b'9' | b'd') => '9',
        Some(b'2' | b'6' | b'a' | b'e') => 'a',
        _ => 'b',
    };
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    Ok(format!("{}-{}-4{}-{variant}{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_looks_as_the_tool_s_own_does() {
        for _ in 0..50 {
            let id = uuid().unwrap();
            let parts: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
            assert_eq!(&id[14..15], "4");
            assert!("89ab".contains(&id[19..20]), "{id}");
        }
    }
}
