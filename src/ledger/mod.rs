//! `guard_ledger`: what every run was, each row chained to the one before. A row is only ever added.

use serde_json::{Map, Value as Json};

use crate::io::clock;
use crate::io::database::failure::{Failure, Kind};
use crate::io::database::{Row, Session, Value};
use crate::words::digest::sha256_hex;
use crate::words::ending::{Code, Ending};

pub mod receipt;

pub const TABLE: &str = "guard_ledger";

/// Stands before the first row.
const ROOT: &str = "0000000000000000000000000000000000000000000000000000000000000000";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Begin,
    End,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::End => "end",
        }
    }
}

/// A row before it has a place.
#[derive(Clone, Debug)]
pub struct Draft {
    pub step: Step,
    pub run: String,
    /// `begun`, then how it ended.
    pub outcome: String,
    /// What happened: the command, the proof's claims, the plan, the lock file's text.
    pub body: Map<String, Json>,
    /// What a token is known by, so that it serves once.
    pub token: Option<String>,
}

/// The last row of one kind. What is decided by it must be what was written.
pub fn last(session: &mut Session, step: Step) -> Result<Option<Entry>, Ending> {
    let table = session.own(TABLE);
    let sql = format!(
        "select generation, kind, run, at, outcome, body, token, prev, hash from {table} \
         where kind = ? order by generation desc limit 1"
    );
    let rows = session.query(&sql, &[step.name().into()])?;
    let Some(row) = rows.first() else { return Ok(None) };
    match entry(row) {
        Some((entry, body)) if entry.hash == hash(&entry, &body) => Ok(Some(entry)),
        Some((entry, _)) => Err(broken(entry.generation, "was edited")),
        None => Err(broken(row.int(0).unwrap_or(0), "cannot be read")),
    }
}

/// Where the chain ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    pub generation: i64,
    pub hash: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub generation: i64,
    pub kind: String,
    pub run: String,
    pub at: String,
    pub outcome: String,
    pub body: Map<String, Json>,
    pub token: Option<String>,
    pub prev: String,
    pub hash: String,
}

#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error(transparent)]
    Database(#[from] Failure),
    #[error("this token was used before")]
    Replayed,
}

/// Everything in a row but its hash, so that no column can be edited alone.
fn hash(entry: &Entry, body: &str) -> String {
    let token = entry.token.as_deref().unwrap_or("-");
    let text = format!(
        "guard ledger v1\n{}\n{}\n{}\n{}\n{}\n{}\n{token}\n{body}",
        entry.prev, entry.generation, entry.kind, entry.run, entry.at, entry.outcome
    );
    sha256_hex(text.as_bytes())
}

/// The last row; none where nothing was ever written.
pub fn tip(session: &mut Session) -> Result<Option<Tip>, Failure> {
    let table = session.own(TABLE);
    let rows = session
        .query(&format!("select generation, hash from {table} order by generation desc limit 1"), &[])?;
    Ok(rows.first().and_then(|row| Some(Tip { generation: row.int(0)?, hash: row.text(1)? })))
}

/// The hash of a row that a receipt remembers.
pub fn hash_at(session: &mut Session, generation: i64) -> Result<Option<String>, Failure> {
    let table = session.own(TABLE);
    let rows =
        session.query(&format!("select hash from {table} where generation = ?"), &[generation.into()])?;
    Ok(rows.first().and_then(|row| row.text(0)))
}

/// Adds a row. The caller has begun the transaction.
pub fn append(session: &mut Session, draft: Draft) -> Result<Tip, LedgerError> {
    let table = session.own(TABLE);
    if let Some(token) = &draft.token {
        let used =
            session.query(&format!("select 1 from {table} where token = ?"), &[token.as_str().into()])?;
        if !used.is_empty() {
            return Err(LedgerError::Replayed);
        }
    }
    let before = tip(session)?;
    let body = Json::Object(draft.body).to_string();
    let mut entry = Entry {
        generation: before.as_ref().map_or(0, |tip| tip.generation) + 1,
        kind: draft.step.name().to_owned(),
        run: draft.run,
        at: clock::written(clock::now()),
        outcome: draft.outcome,
        body: Map::new(),
        token: draft.token,
        prev: before.map_or_else(|| ROOT.to_owned(), |tip| tip.hash),
        hash: String::new(),
    };
    entry.hash = hash(&entry, &body);
    let values: [Value; 9] = [
        entry.generation.into(),
        entry.kind.into(),
        entry.run.into(),
        entry.at.into(),
        entry.outcome.into(),
        body.into(),
        entry.token.into(),
        entry.prev.into(),
        entry.hash.clone().into(),
    ];
    let sql = format!(
        "insert into {table} (generation, kind, run, at, outcome, body, token, prev, hash) \
         values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    match session.execute(&sql, &values) {
        Ok(_) => Ok(Tip { generation: entry.generation, hash: entry.hash }),
        // Only a token can be there already: the place is taken under the lease.
        Err(failure) if failure.kind == Kind::Duplicate && failure.message.contains("token") => {
            Err(LedgerError::Replayed)
        }
        Err(failure) => Err(failure.into()),
    }
}

fn entry(row: &Row) -> Option<(Entry, String)> {
    let body = row.text(5)?;
    let entry = Entry {
        generation: row.int(0)?,
        kind: row.text(1)?,
        run: row.text(2)?,
        at: row.text(3)?,
        outcome: row.text(4)?,
        body: serde_json::from_str(&body).ok()?,
        token: row.text(6),
        prev: row.text(7)?,
        hash: row.text(8)?,
    };
    Some((entry, body))
}

/// The rows in their order, and whether each follows from the one before.
pub fn read(session: &mut Session) -> Result<Result<Vec<Entry>, Ending>, Failure> {
    let table = session.own(TABLE);
    let mut entries: Vec<Entry> = Vec::new();
    let mut prev = ROOT.to_owned();
    // In pieces: a ledger grows for years.
    loop {
        let after = entries.last().map_or(0, |entry| entry.generation);
        let sql = format!(
            "select generation, kind, run, at, outcome, body, token, prev, hash from {table} \
             where generation > ? order by generation limit 500"
        );
        let rows = session.query(&sql, &[after.into()])?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let at = row.int(0).unwrap_or(after + 1);
            let Some((entry, body)) = entry(row) else {
                return Ok(Err(broken(at, "cannot be read")));
            };
            let expected = entries.last().map_or(0, |last| last.generation) + 1;
            if entry.generation != expected {
                return Ok(Err(broken(expected, "is gone")));
            }
            if entry.prev != prev {
                return Ok(Err(broken(entry.generation, "does not follow from the one before")));
            }
            if entry.hash != hash(&entry, &body) {
                return Ok(Err(broken(entry.generation, "was edited")));
            }
            prev.clone_from(&entry.hash);
            entries.push(entry);
        }
    }
    Ok(Ok(entries))
}

fn broken(generation: i64, what: &str) -> Ending {
    Ending::refused(
        Code::LedgerBroken,
        format!("row {generation} of the ledger {what}: the chain does not hold"),
    )
    .detail("generation", generation)
    .next("find out who changed guard_ledger; the receipts that CI keeps say where it ended after each run")
}

/// The run that began and never said how it ended; the last row of a sound ledger is an end.
#[must_use]
pub fn unfinished(entries: &[Entry]) -> Option<&Entry> {
    entries.last().filter(|entry| entry.kind == "begin")
}
