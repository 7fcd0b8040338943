//! What a run must not leave behind: an index that does not hold, a table that is gone and that no
//! migration spoke of.

use std::collections::BTreeSet;

use super::files::Migration;
use crate::io::database::Session;
use crate::io::database::failure::Failure;
use crate::io::database::url::Engine;
use crate::mark::probe;
use crate::words::ending::{Code, Ending};

/// More tables than a person keeps apart.
const MOST: usize = 100_000;

/// The state to compare with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    tables: BTreeSet<String>,
    invalid: BTreeSet<String>,
}

pub fn look(session: &mut Session) -> Result<Before, Failure> {
    let tables = probe::tables(session, MOST)?.into_iter().collect();
    Ok(Before { tables, invalid: invalid(session)? })
}

/// Indexes that Postgres keeps and does not use.
fn invalid(session: &mut Session) -> Result<BTreeSet<String>, Failure> {
    if session.engine() != Engine::Postgres {
        return Ok(BTreeSet::new());
    }
    let sql = "select n.nspname::text || '.' || c.relname::text from pg_catalog.pg_index i \
               join pg_catalog.pg_class c on c.oid = i.indexrelid \
               join pg_catalog.pg_namespace n on n.oid = c.relnamespace where not i.indisvalid";
    Ok(session.query(sql, &[])?.iter().filter_map(|row| row.text(0)).collect())
}

/// Whether a text names a table or an index, in whatever quotes.
fn speaks_of(sql: &str, name: &str) -> bool {
    let bare = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    sql.to_lowercase()
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
        .any(|word| word == bare)
}

/// An index of this migration is there and does not hold: asked before it counts as applied.
pub fn indexes(session: &mut Session, migration: &Migration) -> Result<(), Ending> {
    let broken: Vec<String> =
        invalid(session)?.into_iter().filter(|name| speaks_of(&migration.sql, name)).collect();
    if broken.is_empty() {
        return Ok(());
    }
    Err(Ending::failed(
        Code::MigrationInvalidIndex,
        format!("{} left an index that does not hold: {}", migration.name, broken.join(", ")),
    )
    .detail("indexes", broken)
    .next("drop the index, mend the data, and run the migration again"))
}

/// Everything else, once all are applied.
pub fn compare(session: &mut Session, before: &Before, applied: &[&str]) -> Result<(), Ending> {
    let after = look(session)?;
    let broken: Vec<&String> = after.invalid.difference(&before.invalid).collect();
    if !broken.is_empty() {
        return Err(Ending::failed(
            Code::MigrationInvalidIndex,
            format!("an index does not hold that did before: {}", broken[0]),
        )
        .detail("indexes", broken.into_iter().cloned().collect::<Vec<_>>())
        .next("drop the index and build it again"));
    }
    let lost: Vec<String> = before
        .tables
        .difference(&after.tables)
        .filter(|name| !applied.iter().any(|text| speaks_of(text, name)))
        .cloned()
        .collect();
    if lost.is_empty() {
        return Ok(());
    }
    Err(Ending::failed(
        Code::MigrationTableLost,
        format!("tables are gone that no migration spoke of: {}", lost.join(", ")),
    )
    .detail("tables", lost)
    .next("find out who dropped them; restore from the backup"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_whole_word_in_any_quotes() {
        assert!(speaks_of("drop table \"Orders\"", "public.orders"));
        assert!(!speaks_of("drop table orders_old", "public.orders"));
    }
}
