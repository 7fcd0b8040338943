//! The locks of the tools themselves, and what a run that died may still have at work on the server.

use std::time::Instant;

use crate::io::database::Session;
use crate::io::database::failure::Failure;
use crate::io::database::url::Engine;
use crate::words::digest::crc32;
use crate::words::ending::{Code, Ending};

/// `Flyway` as a number.
const FLYWAY: i64 = 0x466c_7977_6179;

/// The hash that Java gives a text.
fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()))
}

/// The table in whose name two of the tools lock.
fn table(tool: &str) -> Option<&'static str> {
    match tool {
        "flyway" => Some("flyway_schema_history"),
        "golang-migrate" => Some("schema_migrations"),
        _ => None,
    }
}

/// The number by which a tool locks a database of Postgres, whose history lies in a schema.
fn number(tool: &str, database: &str, schema: &str) -> Option<i64> {
    let sum = i64::from(crc32(database.as_bytes()));
    match tool {
        "prisma" => Some(72_707_369),
        "sqlx" => Some(0x3d32_ad9e_i64.wrapping_mul(sum)),
        "rails" => Some(2_053_462_845_i64.wrapping_mul(sum)),
        // Six letters, and Java's hash of the table's name in quotes.
        "flyway" => {
            let table = format!("\"{schema}\".\"flyway_schema_history\"");
            Some(FLYWAY.wrapping_add(java_hash(&table).into()))
        }
        "golang-migrate" => {
            let names = format!("{schema}\0schema_migrations\0{database}");
            Some(i64::from(crc32(names.as_bytes()).wrapping_mul(1_486_364_155)))
        }
        _ => None,
    }
}

/// … and the name on MySQL.
fn name(tool: &str, database: &str) -> Option<String> {
    match tool {
        "prisma" => Some("prisma_migrate".to_owned()),
        "sqlx" => number(tool, database, "").map(|number| format!("{number:x}")),
        "flyway" => {
            let table = format!("`{database}`.`flyway_schema_history`");
            Some(format!("Flyway-{}", java_hash(&table)))
        }
        _ => None,
    }
}

fn held(who: String, what: &str) -> Ending {
    Ending::refused(Code::LeaseHeld, format!("{what}: {who}"))
        .detail("holder", who)
        .next("wait until it ends, or end its session on the server")
}

/// Nobody runs the tool past guard: its lock is free, at this moment or soon.
pub fn free(session: &mut Session, tool: &str, database: &str) -> Result<(), Ending> {
    let deadline = Instant::now() + session.limits().lease;
    let schema = match table(tool) {
        Some(table) if session.engine() == Engine::Postgres => schema_of(session, table)?,
        _ => String::new(),
    };
    let mut who = String::new();
    let is_free = super::until(deadline, || {
        let holder = match session.engine() {
            Engine::Postgres => match number(tool, database, &schema) {
                Some(key) => postgres(session, key)?,
                None => None,
            },
            Engine::Mysql => match name(tool, database) {
                Some(name) => mysql(session, &name)?,
                None => None,
            },
            Engine::Sqlite => None,
        };
        let free = holder.is_none().then_some(());
        who = holder.unwrap_or_default();
        Ok(free)
    })?;
    match is_free {
        Some(()) => Ok(()),
        None => Err(held(who, &format!("{tool} is at work on this database, past guard"))),
    }
}

/// The schema of a tool's history: where it is, as the tool looks for it, or where the tool would make it.
fn schema_of(session: &mut Session, table: &str) -> Result<String, Failure> {
    let sql = "select coalesce((select n.nspname::text from pg_catalog.pg_class c \
               join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
               where c.relname = ? and c.relkind in ('r', 'p') and n.nspname !~ '^pg_' \
               order by not pg_catalog.pg_table_is_visible(c.oid), n.nspname <> 'public', n.nspname limit 1), \
               pg_catalog.current_schema()::text, 'public')";
    let rows = session.query(sql, &[table.into()])?;
    Ok(rows.first().and_then(|row| row.text(0)).unwrap_or_default())
}

fn postgres(session: &mut Session, key: i64) -> Result<Option<String>, Failure> {
    session.begin()?;
    let rows = session.query("select pg_catalog.pg_try_advisory_xact_lock(?)", &[key.into()]);
    session.rollback()?;
    if rows?.first().and_then(|row| row.flag(0)) == Some(true) {
        return Ok(None);
    }
    let (high, low) = (key >> 32 & 0xffff_ffff, key & 0xffff_ffff);
    let rows = session.query(
        "select 'session ' || a.pid::text || ' ' || coalesce(nullif(a.application_name, ''), '(unnamed)') || \
         ', ' || coalesce(a.state, 'of another user') || ', since ' || \
         to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') \
         from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid \
         where l.locktype = 'advisory' and l.granted and l.classid::int8 = ? and l.objid::int8 = ? limit 1",
        &[high.into(), low.into()],
    )?;
    let who = rows.first().and_then(|row| row.text(0));
    Ok(Some(who.unwrap_or_else(|| "a session that this user may not see".into())))
}

fn mysql(session: &mut Session, name: &str) -> Result<Option<String>, Failure> {
    let rows = session.query("select is_used_lock(?)", &[name.into()])?;
    Ok(rows.first().and_then(|row| row.int(0)).map(|id| format!("connection {id}")))
}

/// Who may hold what somebody waited for in vain, the oldest first.
pub fn in_transactions(session: &mut Session) -> Vec<String> {
    let sql = match session.engine() {
        Engine::Postgres => {
            "select pid::text || ' ' || coalesce(nullif(application_name, ''), '(unnamed)') || ', ' || state || \
             ', since ' || to_char(xact_start at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') \
             from pg_catalog.pg_stat_activity where datname = pg_catalog.current_database() \
             and pid <> pg_catalog.pg_backend_pid() and xact_start is not null \
             and application_name not like 'guard:%:lease' order by xact_start limit 5"
        }
        Engine::Mysql => {
            "select concat('connection ', p.id, ' ', p.user, ', ', lower(p.command), ', since ', \
             date_format(t.trx_started, '%Y-%m-%dT%TZ')) from information_schema.innodb_trx t \
             join information_schema.processlist p on p.id = t.trx_mysql_thread_id \
             where p.id <> connection_id() and p.db = database() order by t.trx_started limit 5"
        }
        // One file, and no list of who has it open.
        Engine::Sqlite => return Vec::new(),
    };
    // Without the answer, the failure itself is still told.
    session.query(sql, &[]).unwrap_or_default().iter().filter_map(|row| row.text(0)).collect()
}

/// Nothing of a run that died is still changing the schema.
pub fn settled(session: &mut Session) -> Result<(), Ending> {
    let sql = match session.engine() {
        Engine::Postgres => {
            "select 'session ' || a.pid::text from pg_catalog.pg_stat_activity a \
             where a.datname = pg_catalog.current_database() and a.pid <> pg_catalog.pg_backend_pid() \
             and a.state = 'active' and a.application_name not like 'guard:%:lease' and exists ( \
              select 1 from pg_catalog.pg_locks l where l.pid = a.pid and l.locktype = 'relation' and l.granted \
              and l.mode in ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock', \
               'ShareUpdateExclusiveLock')) limit 1"
        }
        Engine::Mysql => {
            "select concat('connection ', id) from information_schema.processlist \
             where db = database() and id <> connection_id() and command = 'Query' \
             and lower(substring(ltrim(info), 1, 6)) in ('alter ', 'create', 'drop t', 'drop i', 'rename', 'trunca') \
             limit 1"
        }
        Engine::Sqlite => return Ok(()),
    };
    let deadline = Instant::now() + session.limits().lease;
    let mut who = String::new();
    let is_settled = super::until(deadline, || {
        let rows = session.query(sql, &[])?;
        let found = rows.first().and_then(|row| row.text(0));
        let settled = found.is_none().then_some(());
        who = found.unwrap_or_default();
        Ok(settled)
    })?;
    match is_settled {
        Some(()) => Ok(()),
        None => Err(held(who, "something still changes the schema, perhaps of the run that died")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_tools() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(number("prisma", "x", ""), Some(72_707_369));
        assert_eq!(number("sqlx", "123456789", ""), Some(0x3d32_ad9e * 0xCBF4_3926));
        assert_eq!(java_hash("hello"), 99_162_322);
        assert_eq!(number("flyway", "x", "public"), Some(77_433_833_903_597));
        assert_ne!(number("flyway", "x", "app"), number("flyway", "x", "public"));
        assert_ne!(number("golang-migrate", "x", "app"), number("golang-migrate", "x", "public"));
        assert_eq!(name("flyway", "shop").as_deref(), Some("Flyway--1695041341"));
        assert_eq!(number("atlas", "x", ""), None);
    }
}
