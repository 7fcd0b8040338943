//! The rows of the histories that guard keeps itself, read.

use super::history::Applied;
use crate::io::database::Session;
use crate::io::database::failure::Failure;
use crate::io::database::url::Engine;

/// As sqlx wrote them.
pub(super) fn read_sqlx(session: &mut Session, table: &str) -> Result<Vec<Applied>, Failure> {
    let at = match session.engine() {
        Engine::Postgres => "to_char(installed_on at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        Engine::Mysql => "date_format(installed_on, '%Y-%m-%dT%H:%i:%sZ')",
        Engine::Sqlite => "strftime('%Y-%m-%dT%H:%M:%SZ', installed_on)",
    };
    let rows = session.query(
        &format!("select version, description, {at}, success, checksum from {table} order by version"),
        &[],
    )?;
    let read = rows.iter().map(|row| {
        let key = row.text(0).unwrap_or_default();
        Applied {
            name: format!("{key}_{}", row.text(1).unwrap_or_default().replace(' ', "_")),
            id: key.clone(),
            key,
            at: row.text(2),
            // What cannot be read is no success.
            success: row.flag(3) == Some(true),
            checksum: row.bytes(4).unwrap_or_default().to_vec(),
        }
    });
    Ok(read.collect())
}

/// Rows that were rolled back do not count; of several for one migration, a failed one counts before a
/// finished one, as for Prisma itself.
pub(super) fn read_prisma(session: &mut Session, table: &str) -> Result<Vec<Applied>, Failure> {
    let at = match session.engine() {
        Engine::Postgres => "to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        Engine::Mysql => "date_format(finished_at, '%Y-%m-%dT%H:%i:%sZ')",
        // Prisma writes milliseconds; what else is there is a text.
        Engine::Sqlite => {
            "case typeof(finished_at) when 'integer' \
             then strftime('%Y-%m-%dT%H:%M:%SZ', finished_at / 1000, 'unixepoch') \
             else strftime('%Y-%m-%dT%H:%M:%SZ', finished_at) end"
        }
    };
    let rows = session.query(
        &format!(
            "select migration_name, id, {at}, finished_at is not null, checksum from {table} \
             where rolled_back_at is null order by migration_name, started_at"
        ),
        &[],
    )?;
    let mut found: Vec<Applied> = Vec::new();
    for row in &rows {
        let key = row.text(0).unwrap_or_default();
        let one = Applied {
            name: key.clone(),
            id: row.text(1).unwrap_or_default(),
            key,
            at: row.text(2),
            success: row.flag(3) == Some(true),
            checksum: row.text(4).unwrap_or_default().into_bytes(),
        };
        match found.last_mut().filter(|last| last.key == one.key) {
            Some(last) if last.success => *last = one,
            Some(_) => {}
            None => found.push(one),
        }
    }
    Ok(found)
}
