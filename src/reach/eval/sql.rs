//! SQL that is executed, whatever holds its text.

use crate::lang::sql;
use crate::reach::eval::Walker;
use crate::reach::event::{EventKind, How};
use crate::reach::value::{Kind, Taint, Value};
use crate::words::effect::{Effect, Operation, Table};
use crate::words::span::Place;
use crate::words::text::Text;

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
        let reading = sql::read(&text, None);
        let mut effects: Vec<Effect> = Vec::new();
        for found in reading.effects {
            if !effects.contains(&found.effect) {
                effects.push(found.effect);
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
