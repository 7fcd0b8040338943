//! One migration with its row in the history: in one transaction where the engine has such, else so that
//! a crash in between is told by the row.

use super::book::Book;
use super::files::Migration;
use super::{aftermath, statements};
use crate::io::database::Session;
use crate::io::database::failure::{Failure, Kind};
use crate::io::database::url::Engine;
use crate::lease::Lease;
use crate::words::ending::{Code, Ending};

/// Applies one. What fails is told with what is left of it.
pub(super) fn one(
    session: &mut Session,
    lease: Option<&Lease>,
    book: &Book,
    table: &str,
    migration: &Migration,
) -> Result<(), Ending> {
    let engine = session.engine();
    let ran = if migration.bare && engine != Engine::Mysql {
        bare(session, lease, book, table, migration)
    } else {
        whole(session, lease, book, table, migration)
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

/// Migration and row in one transaction; MySQL, which ends one at every change of the schema, gets the
/// row first, as failed.
fn whole(
    session: &mut Session,
    lease: Option<&Lease>,
    book: &Book,
    table: &str,
    migration: &Migration,
) -> Result<(), Stopped> {
    let limit = session.limits().statement;
    let unchecked = session.engine() == Engine::Sqlite && statements::turns_keys_off(&migration.sql);
    if session.engine() == Engine::Mysql {
        return early(session, lease, book, table, migration);
    }
    if unchecked {
        // Inside a transaction SQLite does not hear it, and a table that is made anew would take its
        // children's rows with it.
        session.script("pragma foreign_keys = off")?;
    }
    let ran = (|| {
        session.begin_foreign()?;
        if let Some(lease) = lease {
            lease.guard(session)?;
        }
        book.settle_in(session, true)?;
        let open = book.start(session, table, migration)?;
        session.script_within(&migration.sql, limit)?;
        book.finish(session, table, migration, &open)?;
        session.commit()
    })();
    if unchecked {
        if ran.is_err() {
            drop(session.rollback());
        }
        session.script("pragma foreign_keys = on")?;
    }
    Ok(ran?)
}

/// The row first, as failed: the first change of the schema keeps it. Where only rows were changed, all
/// of it can still be taken back.
fn early(
    session: &mut Session,
    lease: Option<&Lease>,
    book: &Book,
    table: &str,
    migration: &Migration,
) -> Result<(), Stopped> {
    let limit = session.limits().statement;
    session.bound()?;
    session.begin_foreign()?;
    if let Some(lease) = lease {
        lease.guard(session)?;
    }
    let open = book.start(session, table, migration)?;
    let ran: Result<(), Failure> = (|| {
        session.script_within(&migration.sql, limit)?;
        book.finish(session, table, migration, &open)?;
        session.commit()
    })();
    if let Err(failure) = &ran {
        drop(session.rollback());
        // The row says already that it failed; why is for whoever looks at it.
        drop(book.failed(session, table, &open, &failure.to_string()));
    }
    Ok(ran?)
}

/// Outside any transaction. Its row is written only when what it built holds.
fn bare(
    session: &mut Session,
    lease: Option<&Lease>,
    book: &Book,
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
    book.settle_in(session, false)?;
    session.script_within(&migration.sql, limit)?;
    aftermath::indexes(session, migration).map_err(|ending| Stopped::Ending(Box::new(ending)))?;
    session.begin_foreign()?;
    if let Some(lease) = lease {
        lease.guard(session)?;
    }
    let open = book.start(session, table, migration)?;
    book.finish(session, table, migration, &open)?;
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
