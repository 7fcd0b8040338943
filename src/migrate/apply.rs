//! One migration with its row in the history: in one transaction where the engine has such, else so that
//! a crash in between is told by the row.

use super::book::{Book, Open};
use super::files::Migration;
use super::{aftermath, statements};
use crate::io::database::failure::{Failure, Kind};
use crate::io::database::url::Engine;
use crate::io::database::{Session, inlined};
use crate::lease::{Lease, foreign};
use crate::words::ending::{Code, Ending};
use std::time::Instant;

/// What every step needs.
struct Step<'a> {
    session: &'a mut Session,
    lease: Option<&'a Lease>,
    book: &'a Book,
    table: &'a str,
    migration: &'a Migration,
}

/// Applies one. What fails is told with what is left of it.
pub(super) fn one(
    session: &mut Session,
    lease: Option<&Lease>,
    book: &Book,
    table: &str,
    migration: &Migration,
) -> Result<(), Ending> {
    let mysql = session.engine() == Engine::Mysql;
    let mut step = Step { session, lease, book, table, migration };
    let ran = match (mysql, migration.bare) {
        (true, _) => step.early(),
        (false, true) => step.bare(),
        (false, false) => step.whole(),
    };
    ran.map_err(|stopped| {
        drop(step.session.rollback());
        match stopped {
            Stopped::Ending(ending) => *ending,
            Stopped::Failure(failure) => failed(step.session, migration, &failure),
        }
    })
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

impl Step<'_> {
    /// A transaction in which nobody has taken the lease over.
    fn begin(&mut self) -> Result<(), Failure> {
        self.session.begin_foreign()?;
        self.lease.map_or(Ok(()), |lease| lease.guard(self.session))
    }

    fn row(&mut self) -> Result<Open, Failure> {
        self.book.start(self.session, self.table, self.migration)
    }

    fn text(&mut self) -> Result<(), Failure> {
        // MySQL takes a question with nothing in it for a mistake; the others do nothing.
        if self.session.engine() == Engine::Mysql && statements::is_empty(&self.migration.sql, Engine::Mysql)
        {
            return Ok(());
        }
        let limit = self.session.limits().statement;
        self.session.script_within(&self.migration.sql, limit)
    }

    fn done(&mut self, open: &Open) -> Result<(), Failure> {
        self.book.finish(self.session, self.table, self.migration, open)?;
        self.session.commit()
    }

    /// Migration and row in one transaction.
    fn whole(&mut self) -> Result<(), Stopped> {
        let unchecked =
            self.session.engine() == Engine::Sqlite && statements::turns_keys_off(&self.migration.sql);
        if unchecked {
            // Inside a transaction SQLite does not hear it, and a table that is made anew would take its
            // children's rows with it.
            self.session.script("pragma foreign_keys = off")?;
        }
        let ran = self.inside();
        if unchecked {
            if ran.is_err() {
                drop(self.session.rollback());
            }
            self.session.script("pragma foreign_keys = on")?;
        }
        Ok(ran?)
    }

    fn inside(&mut self) -> Result<(), Failure> {
        if self.session.engine() == Engine::Postgres {
            return self.in_a_row();
        }
        self.begin()?;
        if *self.book != Book::Sqlx {
            let open = self.row()?;
            self.text()?;
            return self.done(&open);
        }
        // As sqlx does it, with the time it took in the same row.
        let started = Instant::now();
        self.text()?;
        Book::record(self.session, self.table, self.migration, started.elapsed())?;
        self.session.commit()
    }

    /// On Postgres nothing has to be waited for in between: what follows a failure fails with it.
    fn in_a_row(&mut self) -> Result<(), Failure> {
        let fence = self.lease.map(|lease| lease.guarding(self.session));
        let settings = self.book.settings("local");
        let (before, after) = self.book.around(self.table, self.migration)?;
        let begun = before.map(|(sql, values)| inlined(&sql, &values));
        // As few messages as can be: what stands before the file, the file, and what stands behind it.
        let more: Vec<&str> = fence.iter().chain(&settings).chain(&begun).map(String::as_str).collect();
        self.session.begin_foreign_with(&more)?;
        let ended = format!("{}; commit", inlined(&after.0, &after.1));
        let limit = self.session.limits().statement;
        self.session.in_a_row(&[&self.migration.sql, &ended], limit).map_err(Lease::told_by)
    }

    /// `MySQL` ends a transaction at every change of the schema: the row is there first, as failed, and the
    /// first such change keeps it. Where only rows were changed, all of it can still be taken back.
    fn early(&mut self) -> Result<(), Stopped> {
        self.session.bound()?;
        self.begin()?;
        let open = self.row()?;
        let ran = self.text().and_then(|()| self.done(&open));
        if let Err(failure) = &ran {
            drop(self.session.rollback());
            // The row says already that it failed; why is for whoever looks at it.
            drop(self.book.failed(self.session, self.table, &open, &failure.to_string()));
        }
        Ok(ran?)
    }

    /// Outside any transaction. Its row is written only when what it built holds.
    fn bare(&mut self) -> Result<(), Stopped> {
        if let Some(lease) = self.lease {
            self.session.begin()?;
            lease.guard(self.session)?;
            self.session.commit()?;
        }
        self.session.bound()?;
        self.book.settle_in(self.session)?;
        let ran = self.text();
        match (aftermath::indexes(self.session, self.migration), ran) {
            (Ok(()), ran) => ran?,
            (Err(mut left), Err(failure)) if left.code == Some(Code::MigrationInvalidIndex) => {
                left.message = format!("{failure}; {}", left.message);
                return Err(Stopped::Ending(Box::new(left)));
            }
            // The connection is gone, and nobody can be asked.
            (Err(_), Err(failure)) => return Err(failure.into()),
            (Err(left), Ok(())) => return Err(Stopped::Ending(Box::new(left))),
        }
        self.begin()?;
        let open = self.row()?;
        Ok(self.done(&open)?)
    }
}

fn failed(session: &mut Session, migration: &Migration, failure: &Failure) -> Ending {
    let engine = session.engine();
    // Everything was sent at once: without a word of the server nobody knows how far it came.
    let unheard = failure.code.is_none() && [Kind::Unreachable, Kind::Timeout].contains(&failure.kind);
    let kept = match engine {
        _ if unheard => "whether the server finished it is not known, and the next run looks",
        Engine::Mysql => "MySQL takes no change of the schema back: look at what is there",
        _ if migration.bare => "it ran outside a transaction: look at what is there",
        _ => "nothing of it was kept",
    };
    let mut ending =
        Ending::failed(Code::MigrationFailed, format!("{} failed: {failure}; {kept}", migration.name))
            .detail("migration", migration.name.clone())
            .detail("database_code", failure.code.clone())
            .next("mend the migration, if it was never applied anywhere, or write another one");
    if unheard {
        ending.next = vec!["`guard migrate --env ENV --status` says what came of it".to_owned()];
    }
    // Postgres's word for what no transaction may hold.
    if failure.code.as_deref() == Some("25001") {
        let step =
            "give that statement a migration of its own; sqlx: with `-- no-transaction` as its first line";
        ending.next.insert(0, step.to_owned());
    }
    if failure.kind == Kind::Locked {
        let busy = foreign::in_transactions(session);
        if !busy.is_empty() {
            ending.message.extend(["; these sessions are in a transaction: ", &busy.join("; ")]);
            ending = ending.detail("blocked_by", busy).next("wait until they end, and run it again");
        }
    }
    ending
}
