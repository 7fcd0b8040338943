//! SQL that is executed, whatever holds its text.

use crate::lang::sql;
use crate::reach::eval::Walker;
use crate::reach::event::{EventKind, How};
use crate::reach::resolve::join;
use crate::reach::value::{Kind, Taint, Value};
use crate::words::effect::{Effect, Operation, Table};
use crate::words::span::Place;
use crate::words::text::Text;
use std::collections::BTreeSet;

/// How deep files of SQL that read others are followed.
const MOST_INCLUDED: usize = 8;
/// What the URL of a database is made of that is gone with the program.
const MEMORY: &str = "\u{0}memory";

/// `:memory:`, as drivers write it.
pub(super) fn names_memory(text: &str) -> bool {
    matches!(text, ":memory:" | "sqlite://" | "sqlite::memory:" | "file::memory:")
        || text.ends_with("/:memory:")
        || text.starts_with("file:") && text.contains("mode=memory")
}

pub(super) fn memory() -> Taint {
    Taint::variable(MEMORY)
}

pub(super) fn is_in_memory(url: &Taint) -> bool {
    url.has(|sources| sources.variables.len() == 1 && sources.variables.contains(MEMORY))
}

/// The text opens a file besides.
fn leaves_memory(text: &Text) -> bool {
    let Some(known) = text.as_known() else { return true };
    let lower = known.to_ascii_lowercase();
    ["attach", ".open", ".restore", "load_extension", "into '", "vacuum"]
        .iter()
        .any(|word| lower.contains(word))
}

impl Walker<'_> {
    /// The text of a value as SQL, reading the file that it comes from.
    pub(super) fn as_sql(&mut self, value: &Value) -> Text {
        match &value.kind {
            Kind::FileText(file) => self
                .context
                .sources
                .file(*file)
                .text
                .as_ref()
                .map_or_else(|| Text::hole("file"), |t| Text::known(t.to_string())),
            Kind::Object(object) => object
                .entries
                .get("text")
                .or_else(|| object.entries.get("sql"))
                .map_or_else(|| Text::hole("query"), super::super::value::Value::to_text),
            _ => value.to_text(),
        }
    }

    /// `\i file`: the client reads that, too.
    fn included_sql(&mut self, value: &Value, name: &str, url: &Taint, at: Place, remote: bool) {
        let beside = match &value.kind {
            Kind::FileText(file) => Some(self.context.sources.file(*file).folder().to_owned()),
            _ => None,
        };
        let tries = beside.iter().map(|folder| join(folder, name)).chain([name.to_owned()]);
        let found = tries
            .filter_map(|path| self.file_argument(&Value::text(path)))
            .find(|file| !matches!(&value.kind, Kind::FileText(own) if own == file));
        if let Some(file) = found
            && self.included < MOST_INCLUDED
        {
            self.included += 1;
            self.execute(&Value::new(Kind::FileText(file)), url, at, remote);
            self.included -= 1;
        }
    }

    /// SQL is executed: what it does are effects.
    pub(super) fn execute(&mut self, value: &Value, url: &Taint, at: Place, remote: bool) {
        if let Kind::FileText(file) = &value.kind {
            self.note(EventKind::Reach { file: *file, how: How::Sql }, at);
        }
        // A list of statements, a statement of a query builder.
        if let Kind::List(items, _) = &value.kind {
            for item in items.iter().cloned().collect::<Vec<_>>() {
                self.execute(&item, url, at, remote);
            }
            return;
        }
        let text = self.as_sql(value);
        let own = if self.uncertain == 0 { self.temporary.clone() } else { BTreeSet::new() };
        let reading = sql::read_in_session(&text, None, &own);
        // What goes to another session under the same name is another table.
        let tables = &self.context.tables;
        let made = reading.temporary.iter().filter(|name| !tables.is_empty() && !tables.contains(*name));
        let made: BTreeSet<String> = made.cloned().collect();
        self.temporary = if self.uncertain == 0 { made } else { BTreeSet::new() };
        for (name, _) in &reading.includes {
            self.included_sql(value, name, url, at, remote);
        }
        if is_in_memory(url) && !leaves_memory(&text) {
            return;
        }
        let mut effects: Vec<Effect> = Vec::new();
        for found in reading.effects {
            if !effects.contains(&found.effect) {
                effects.push(found.effect);
            }
        }
        if !self.context.routines.is_empty() {
            let context = self.context;
            let called = sql::calls(&text);
            for effect in called.iter().filter_map(|name| context.routines.get(name)).flatten() {
                if !effects.contains(effect) {
                    effects.push(effect.clone());
                }
            }
        }
        if reading.opaque {
            // Somebody's parameter: whoever calls this with a text is looked at there.
            if self.speculative
                && effects.iter().all(|e| e.operation == Operation::RawSql)
                && value.taint.sources().is_none()
            {
                return;
            }
            if !effects.iter().any(|e| e.operation == Operation::RawSql) {
                effects.push(Effect::on(Operation::RawSql, Table::Unknown));
            }
        }
        if effects.is_empty() {
            self.note(EventKind::Reads { url: url.clone() }, at);
            return;
        }
        self.note(
            EventKind::Effect { effects, command: None, destructive: false, url: url.clone(), remote },
            at,
        );
    }
}
