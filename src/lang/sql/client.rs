//! Commands of the clients psql, mysql and sqlite3 that stand between the statements.

use super::statement::{Reader, find_holes};
use super::token::Token;
use crate::words::effect::{Columns, Operation, Table};

impl Reader {
    /// A command of the client. `after` says that a statement stands before it on the line.
    pub(super) fn meta(&mut self, token: &Token<'_>, after: bool) {
        let at = std::slice::from_ref(token);
        self.forget_temporary();
        let line = token.raw.trim();
        let (command, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let argument = rest.trim_matches(|c| matches!(c, '\'' | '"' | ';')).to_owned();
        match command {
            "\\i" | "\\ir" | "\\include" | "\\include_relative" | "\\." | ".read" => {
                if argument.starts_with('|') || argument.starts_with('`') || token.hole {
                    self.raw(at);
                }
                let span = self.place(at);
                self.includes.push((argument, span));
            }
            "\\copy" => {
                let offset = token.raw.len() - token.raw.trim_start_matches("\\copy").len();
                let text = format!("copy {}", token.raw.get(offset..).unwrap_or_default());
                let holes = find_holes(&text, token.hole);
                self.composed(&text, &holes, at);
            }
            "\\gexec" => self.raw(at),
            "\\g" | "\\gx" if after && rest.starts_with('|') => self.raw_known(at),
            _ if command.starts_with("\\!") => self.raw_known(at),
            "\\lo_import" | "\\lo_unlink" => {
                self.effect(at, Operation::BulkImport, Table::None, Columns::All);
            }
            ".import" => {
                let table = rest.split_whitespace().next_back().filter(|_| !token.hole);
                let table =
                    table.map_or(Table::Unknown, |name| Table::Named(name.trim_matches('"').to_owned()));
                self.effect(at, Operation::BulkImport, table, Columns::Unknown);
            }
            ".restore" | ".load" | ".shell" | ".system" | ".archive" | ".clone" | ".recover" => {
                self.raw_known(at);
            }
            _ => {}
        }
    }
}
