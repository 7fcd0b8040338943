//! What a migration that failed halfway left behind: all of it, nothing, or a part. Only where that can
//! be told for certain does a run go on.

use super::files::Migration;
use super::history::{Line, State};
use super::statements::{Token, tokens};
use crate::io::database::Session;
use crate::io::database::failure::Failure;
use crate::io::database::url::Engine;
use crate::words::ending::{Code, Ending};

/// Something that a migration makes and that can be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    Relation(String),
    Index(String),
    Column { table: String, column: String },
}

impl std::fmt::Display for Object {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Relation(name) => write!(out, "table {name}"),
            Self::Index(name) => write!(out, "index {name}"),
            Self::Column { table, column } => write!(out, "column {table}.{column}"),
        }
    }
}

/// What is done with the failed row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Everything is there: it counts as applied.
    Applied,
    /// Nothing is there: it is applied again.
    Again,
    /// Everything is there, and the run died before it could write that down.
    Recorded,
}

/// What a migration makes; none where it does anything that cannot be looked for afterwards.
#[must_use]
pub fn objects(sql: &str, engine: Engine) -> Option<Vec<Object>> {
    let mut found = Vec::new();
    let all = tokens(sql, engine);
    for statement in all.split(|token| *token == Token::End).filter(|statement| !statement.is_empty()) {
        found.extend(made_by(statement)?);
    }
    (!found.is_empty()).then_some(found)
}

struct Reader<'a> {
    left: &'a [Token],
}

impl Reader<'_> {
    fn word(&mut self, expected: &str) -> bool {
        let is = matches!(self.left.first(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(expected));
        if is {
            self.left = &self.left[1..];
        }
        is
    }

    fn words(&mut self, expected: &[&str]) {
        let before = self.left;
        if !expected.iter().all(|word| self.word(word)) {
            self.left = before;
        }
    }

    /// A name without its schema.
    fn name(&mut self) -> Option<String> {
        let mut name = None;
        while let Some(Token::Word(text) | Token::Name(text)) = self.left.first() {
            name = Some(text.clone());
            self.left = &self.left[1..];
            if self.left.first() != Some(&Token::Mark('.')) {
                break;
            }
            self.left = &self.left[1..];
        }
        name
    }
}

fn made_by(statement: &[Token]) -> Option<Vec<Object>> {
    let mut reader = Reader { left: statement };
    if reader.word("create") {
        for adjective in ["unique", "fulltext", "spatial"] {
            reader.word(adjective);
        }
        if reader.word("table") || reader.word("view") {
            reader.words(&["if", "not", "exists"]);
            return Some(vec![Object::Relation(reader.name()?)]);
        }
        if reader.word("index") {
            reader.word("concurrently");
            reader.words(&["if", "not", "exists"]);
            return Some(vec![Object::Index(reader.name()?)]);
        }
        return None;
    }
    if reader.word("alter") && reader.word("table") {
        reader.words(&["if", "exists"]);
        let table = reader.name()?;
        // One clause only: what follows a comma could be anything.
        if !reader.word("add") || reader.left.contains(&Token::Mark(',')) {
            return None;
        }
        reader.word("column");
        let constraint = ["constraint", "primary", "unique", "foreign", "index", "key", "fulltext", "check"];
        if constraint.iter().any(|word| reader.word(word)) {
            return None;
        }
        reader.words(&["if", "not", "exists"]);
        return Some(vec![Object::Column { table, column: reader.name()? }]);
    }
    None
}

fn exists(session: &mut Session, object: &Object) -> Result<bool, Failure> {
    let (sql, values) = match (session.engine(), object) {
        (Engine::Mysql, Object::Relation(name)) => (
            "select 1 from information_schema.tables where table_schema = database() and table_name = ?",
            vec![name],
        ),
        (Engine::Mysql, Object::Index(name)) => (
            "select 1 from information_schema.statistics where table_schema = database() and index_name = ? limit 1",
            vec![name],
        ),
        (Engine::Mysql, Object::Column { table, column }) => (
            "select 1 from information_schema.columns \
             where table_schema = database() and table_name = ? and column_name = ?",
            vec![table, column],
        ),
        (Engine::Postgres, Object::Relation(name) | Object::Index(name)) => (
            "select 1 from pg_catalog.pg_class where lower(relname) = lower(?) and pg_catalog.pg_table_is_visible(oid)",
            vec![name],
        ),
        (Engine::Postgres, Object::Column { table, column }) => (
            "select 1 from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid \
             where lower(c.relname) = lower(?) and lower(a.attname) = lower(?) and not a.attisdropped \
             and pg_catalog.pg_table_is_visible(c.oid)",
            vec![table, column],
        ),
        (Engine::Sqlite, Object::Relation(name) | Object::Index(name)) => {
            ("select 1 from main.sqlite_master where lower(name) = lower(?)", vec![name])
        }
        (Engine::Sqlite, Object::Column { table, column }) => {
            ("select 1 from pragma_table_info(?) where lower(name) = lower(?)", vec![table, column])
        }
    };
    let values: Vec<_> = values.into_iter().map(|value| value.as_str().into()).collect();
    Ok(!session.query(sql, &values)?.is_empty())
}

/// What is to be judged.
pub struct Asked<'a> {
    pub files: &'a [Migration],
    pub lines: &'a [Line],
    /// Keys of those whose file was changed since they failed: what is there is what another text made.
    pub mended: &'a [String],
    /// The run before never said how it ended, so that what runs outside of a transaction may have been done
    /// without a row.
    pub died: bool,
}

/// What to do with each failed migration, or why nothing can be done.
pub fn judge(session: &mut Session, asked: &Asked<'_>) -> Result<Vec<(String, Resolution)>, Ending> {
    let Asked { files, lines, mended, died } = *asked;
    let mut resolved = Vec::new();
    for line in lines {
        let file = files.iter().find(|file| file.key == line.key);
        let lost = died && line.state == State::Pending && file.is_some_and(|file| file.bare);
        if lost && session.engine() != Engine::Mysql {
            let file = file.filter(|file| super::aftermath::indexes(session, file).is_ok());
            let Some(made) = file.and_then(|file| objects(&file.sql, session.engine())) else { continue };
            let mut all = true;
            for object in &made {
                all = all && exists(session, object)?;
            }
            if all {
                resolved.push((line.key.clone(), Resolution::Recorded));
            }
            continue;
        }
        if line.state != State::Failed {
            continue;
        }
        let Some(made) = file.and_then(|file| objects(&file.sql, session.engine())) else { continue };
        let (mut there, mut gone) = (Vec::new(), Vec::new());
        for object in made {
            let side = if exists(session, &object)? { &mut there } else { &mut gone };
            side.push(object.to_string());
        }
        match (there.is_empty(), gone.is_empty()) {
            (_, true) if mended.contains(&line.key) => {
                return Err(Ending::refused(
                    Code::HistoryPartial,
                    format!(
                        "{} failed halfway, and its file was changed since: there is {}, made by the text that failed",
                        line.name,
                        there.join(", ")
                    ),
                )
                .detail("migration", line.name.clone())
                .detail("present", there)
                .detail("absent", gone)
                .next("take back by hand what is listed, so that none of it is there, or put the file back as it was")
                .next("then `guard migrate --env ENV`: it is applied again, or counts as applied"));
            }
            (_, true) => resolved.push((line.key.clone(), Resolution::Applied)),
            (true, false) => resolved.push((line.key.clone(), Resolution::Again)),
            (false, false) => {
                return Err(Ending::refused(
                    Code::HistoryPartial,
                    format!(
                        "{} failed halfway: there is {}; there is no {}",
                        line.name,
                        there.join(", "),
                        gone.join(", no ")
                    ),
                )
                .detail("migration", line.name.clone())
                .detail("present", there)
                .detail("absent", gone)
                .next("make or remove what is listed by hand, so that all of it or none is there")
                .next("then `guard migrate --env ENV`: it counts as applied, or is applied again"));
            }
        }
    }
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_looked_for_is_an_answer() {
        let told = |sql: &str| {
            objects(sql, Engine::Mysql)
                .map(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        };
        assert_eq!(
            told("create table if not exists `shop`.`orders` (id int); create unique index by_id on orders (id);")
                .as_deref(),
            Some("table orders; index by_id")
        );
        assert_eq!(told("alter table orders add column note text").as_deref(), Some("column orders.note"));
        assert_eq!(told("create view v as select 1").as_deref(), Some("table v"));
        for sql in [
            "",
            "-- nothing",
            "insert into a values (1)",
            "create table a (b int); update a set b = 1",
            "alter table a drop column b",
            "alter table a add b int, drop column c",
            "alter table a add constraint c unique (b)",
            "create trigger t before insert on a for each row set b = 1",
            "drop table a",
        ] {
            assert_eq!(told(sql), None, "{sql}");
        }
    }
}
