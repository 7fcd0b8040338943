//! SQL text to effects: what a statement changes, in any of three dialects, holes included.
//!
//! The reader works on tokens, so that what it says does not depend on whether a grammar accepts
//! the text; a grammar is asked as a second witness where the reader finds nothing ([`witness`]).

mod alter;
mod block;
pub mod catalog;
mod change;
mod client;
mod column_type;
mod cursor;
mod define;
mod order;
mod query;
mod routine;
mod scanner;
mod split;
mod statement;
mod token;
mod witness;
mod write;

pub use routine::{calls, made, routines, started};

use std::collections::BTreeSet;
use std::ops::Range;

use crate::words::effect::{Destructive, Effect};
use crate::words::flow::Problem;
use crate::words::span::Span;
use crate::words::text::{Piece, Text};

use catalog::Catalog;
use statement::Reader;

pub use order::{Tool, migration_order};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SqlDialect {
    Postgres,
    MySql,
    Sqlite,
}

impl SqlDialect {
    /// By the name that providers, drivers and URL schemes give it.
    #[must_use]
    pub fn of_provider(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "postgresql" | "postgres" | "pg" | "cockroachdb" => Some(Self::Postgres),
            "mysql" | "mysql2" | "mariadb" => Some(Self::MySql),
            "sqlite" | "sqlite3" | "better-sqlite3" | "libsql" => Some(Self::Sqlite),
            _ => None,
        }
    }
}

/// What a text does.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub effects: Vec<Found>,
    /// Spans are in the flattened text (see [`flatten`]), as are all others here.
    pub problems: Vec<Problem>,
    /// A whole statement, or a part of one that can hold another, is known only to the run.
    pub opaque: bool,
    /// Files that the text has its client read: `\i file`, `source file`, `.read file`.
    pub includes: Vec<(String, Span)>,
    /// Tables of the session alone that are there after it.
    pub temporary: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub effect: Effect,
    pub span: Span,
    /// What a migration needs an allow entry for.
    pub destructive: Option<Destructive>,
}

/// What stands for a hole in the flattened text.
pub const HOLE: &str = "_hole_";

/// The text with each hole replaced by [`HOLE`], and where those stand.
#[must_use]
pub fn flatten(text: &Text) -> (String, Vec<Range<usize>>) {
    let mut out = String::new();
    let mut holes = Vec::new();
    for piece in text.pieces() {
        match piece {
            Piece::Known(known) => out.push_str(known),
            Piece::Hole { .. } => {
                let start = out.len();
                out.push_str(HOLE);
                holes.push(start..out.len());
            }
        }
    }
    (out, holes)
}

/// Reads a text that may have holes. Without a dialect it is read so that it hides least.
#[must_use]
pub fn read(text: &Text, dialect: Option<SqlDialect>) -> Reading {
    read_in_session(text, dialect, &BTreeSet::new())
}

/// The same, in a session that has made itself these tables.
#[must_use]
pub fn read_in_session(text: &Text, dialect: Option<SqlDialect>, temporary: &BTreeSet<String>) -> Reading {
    let (flat, holes) = flatten(text);
    read_flat(&flat, &holes, dialect, temporary)
}

/// Reads a whole file.
#[must_use]
pub fn read_str(text: &str, dialect: Option<SqlDialect>) -> Reading {
    read_flat(text, &[], dialect, &BTreeSet::new())
}

fn read_flat(
    text: &str,
    holes: &[Range<usize>],
    dialect: Option<SqlDialect>,
    temporary: &BTreeSet<String>,
) -> Reading {
    let mut reader = Reader::new(dialect);
    reader.temporary.clone_from(temporary);
    reader.text(text, holes, 0);
    let mut reading = Reading {
        effects: Vec::new(),
        problems: reader.problems,
        opaque: reader.opaque,
        includes: reader.includes,
        temporary: reader.temporary,
    };
    reading.effects = Catalog::default().follow(reader.steps, dialect);
    reading.problems.sort_by_key(|problem| problem.span);
    reading
}

#[cfg(test)]
mod tests;
