//! CREATE, DROP, RENAME: what becomes of tables and types.

use super::change::Change;
use super::cursor::Cursor;
use super::statement::{Reader, span_text};
use super::token::{Token, TokenKind};
use crate::words::effect::{Columns, Destructive, Effect, Operation, Table};

/// Words that start something else than a column in the brackets of CREATE TABLE or behind ADD.
const NO_COLUMN: [&str; 16] = [
    "constraint",
    "primary",
    "unique",
    "foreign",
    "check",
    "exclude",
    "like",
    "key",
    "index",
    "fulltext",
    "spatial",
    "partition",
    "period",
    "value",
    "attribute",
    "generated",
];

/// Words that end a column's type.
const ENDS_TYPE: [&str; 26] = [
    "not",
    "null",
    "default",
    "primary",
    "unique",
    "references",
    "check",
    "constraint",
    "generated",
    "collate",
    "auto_increment",
    "autoincrement",
    "comment",
    "on",
    "first",
    "after",
    "using",
    "as",
    "identity",
    "storage",
    "compression",
    "key",
    "charset",
    "visible",
    "invisible",
    "deferrable",
];

pub(super) fn named(table: &Table) -> Option<String> {
    match table {
        Table::Named(name) => Some(name.clone()),
        _ => None,
    }
}

/// `name type …`: the type as text, in lower case, with single blanks.
pub(super) fn type_text(c: &mut Cursor<'_, '_>) -> String {
    let from = c.at;
    let ends = |c: &Cursor<'_, '_>| {
        c.done() || c.is_any(&ENDS_TYPE) || (c.is("character") && c.ahead(1).is_some_and(|t| t.is("set")))
    };
    while !ends(c) {
        c.skip();
    }
    let mut text = span_text(c.since(from));
    if !text.contains('\'') {
        text = text.to_ascii_lowercase();
    }
    text.replace('"', "")
}

pub(super) fn columns_of(tokens: &[Token<'_>]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for piece in Cursor::split_commas(tokens) {
        let mut c = Cursor::new(piece);
        let constraint = piece.first().is_some_and(|t| t.is_any(&NO_COLUMN))
            && !matches!(piece.get(1), Some(t) if t.kind == TokenKind::Word && t.is_any(&["text", "integer", "int", "varchar", "boolean", "jsonb"]));
        if let Some(name) = c.peek().filter(|t| t.is_name() && !constraint) {
            let name = name.value();
            c.at += 1;
            out.push((name, type_text(&mut c)));
        }
    }
    out
}

impl Reader {
    pub(super) fn op(&mut self, at: &[Token<'_>], operation: Operation, table: Table) {
        self.effect(at, operation, table, Columns::All);
    }

    pub(super) fn create(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        let replaces = c.eat_all(&["or", "replace"]);
        c.eat_all(&["or", "alter"]);
        let mut temporary = false;
        while c.is_any(&[
            "temp",
            "temporary",
            "global",
            "local",
            "unlogged",
            "unique",
            "fulltext",
            "spatial",
            "virtual",
            "external",
            "foreign",
            "clustered",
            "nonclustered",
            "recursive",
            "algorithm",
            "definer",
            "sql",
            "constraint",
            "materialized",
            "no",
            "force",
            "editionable",
        ]) {
            temporary |= c.is_any(&["temp", "temporary"]);
            if c.is_any(&["algorithm", "definer"]) {
                c.seek(&["view", "function", "procedure", "trigger", "event", "sql"]);
                continue;
            }
            if c.is("sql") {
                c.at += 1;
            }
            if c.is("foreign") && c.ahead(1).is_some_and(|t| t.is("data")) {
                break;
            }
            c.at += 1;
        }
        if c.eat("table") {
            let maybe = c.if_exists();
            let temporary = temporary || c.is_sign("#");
            let table = c.table().unwrap_or(Table::Unknown);
            if temporary {
                if let Table::Named(name) = &table {
                    self.add_temporary(name);
                }
                return;
            }
            if replaces {
                self.found(tokens, Effect::on(Operation::Drop, table.clone()), Some(Destructive::DropTable));
            }
            self.op(tokens, Operation::Create, table.clone());
            let by_query = !c.is_open();
            let columns = c.group().map_or_else(Vec::new, columns_of);
            if let (Some(name), false) = (named(&table), by_query && c.is("partition")) {
                self.change(Change::CreateTable { name, columns, maybe });
            }
            return;
        }
        if c.is("view") {
            c.at += 1;
            c.if_exists();
            let table = c.table().unwrap_or(Table::Unknown);
            if !temporary {
                self.op(tokens, Operation::Create, table);
            }
            return;
        }
        if c.is_any(&["user", "role", "login", "group"]) {
            let mapping = c.ahead(1).is_some_and(|t| t.is("mapping"));
            return self.op(tokens, if mapping { Operation::Create } else { Operation::Grant }, Table::None);
        }
        if temporary && c.is_any(&["sequence", "function", "trigger"]) {
            return;
        }
        if c.is("type") {
            c.at += 1;
            if let Some(name) = c.table().as_ref().and_then(named)
                && c.eat("as")
                && c.eat("enum")
            {
                let values = c.group().unwrap_or_default().iter().filter(|t| t.kind == TokenKind::Text);
                self.change(Change::CreateEnum { name, values: values.map(Token::value).collect() });
            }
            return self.op(tokens, Operation::Create, Table::None);
        }
        let on_table = c.is_any(&["index", "trigger", "policy", "statistics"]);
        let is_rule = c.is("rule");
        if on_table && c.seek(&["on"]) || is_rule && c.seek(&["to"]) {
            c.at += 1;
            c.eat("only");
            let table = c.table().unwrap_or(Table::Unknown);
            return self.op(tokens, Operation::Create, table);
        }
        self.op(tokens, Operation::Create, Table::None);
    }

    pub(super) fn drop(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        let temporary = c.eat_any(&["temporary", "temp"]);
        c.eat_any(&["foreign", "unlogged", "external"]);
        let kind = c.peek().map_or_else(String::new, |t| t.raw.to_ascii_lowercase());
        let unknown = c.peek().is_none_or(Token::is_unknown);
        c.at += 1;
        if kind == "materialized" {
            c.eat("view");
        }
        if kind == "prepare" || temporary {
            return;
        }
        c.eat("concurrently");
        c.if_exists();
        match kind.as_str() {
            _ if unknown => self.raw(tokens),
            "table" | "tables" | "view" | "materialized" => {
                let destructive = kind.starts_with("table").then_some(Destructive::DropTable);
                let mut first = true;
                loop {
                    let from = c.at;
                    let table = c.table().unwrap_or(Table::Unknown);
                    let at = if first { tokens } else { c.since(from) };
                    first = false;
                    let bare = c.since(from).len() == 1;
                    if named(&table).is_some_and(|name| bare && self.drop_temporary(&name)) {
                        if !c.eat_sign(",") {
                            break;
                        }
                        continue;
                    }
                    self.found(at, Effect::on(Operation::Drop, table.clone()), destructive);
                    if let (Some(name), true) = (named(&table), destructive.is_some()) {
                        let span = self.place(at);
                        self.change(Change::DropTable { name, span });
                    }
                    if !c.eat_sign(",") {
                        break;
                    }
                    c.if_exists();
                }
            }
            "schema" => self.found(
                tokens,
                Effect::on(Operation::Drop, Table::None),
                Some(if self.schema_is_database() {
                    Destructive::DropDatabase
                } else {
                    Destructive::DropSchema
                }),
            ),
            "database" => {
                self.found(tokens, Effect::on(Operation::Drop, Table::None), Some(Destructive::DropDatabase));
            }
            "owned" => {
                self.found(tokens, Effect::on(Operation::Drop, Table::None), Some(Destructive::DropTable));
            }
            "tablespace" => self.found(tokens, Effect::on(Operation::Drop, Table::None), None),
            "type" | "domain" => {
                self.found(tokens, Effect::on(Operation::Drop, Table::None), Some(Destructive::DropType));
                while let Some(name) = c.table() {
                    if let Table::Named(name) = name {
                        self.change(Change::DropType { name });
                    }
                    if !c.eat_sign(",") {
                        break;
                    }
                }
            }
            "role" | "user" | "login" | "group" => self.op(tokens, Operation::Grant, Table::None),
            "index" | "trigger" | "policy" | "rule" => {
                let table = if c.seek(&["on"]) {
                    c.at += 1;
                    c.table().unwrap_or(Table::Unknown)
                } else {
                    Table::None
                };
                self.op(tokens, Operation::Drop, table);
            }
            _ => self.op(tokens, Operation::Drop, Table::None),
        }
    }

    fn schema_is_database(&self) -> bool {
        self.dialect == Some(super::SqlDialect::MySql)
    }

    pub(super) fn rename(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        if !c.eat_any(&["table", "tables"]) {
            return self.op(
                tokens,
                if c.is("user") { Operation::Grant } else { Operation::Alter },
                Table::None,
            );
        }
        c.if_exists();
        while let Some(from) = c.table() {
            self.op(tokens, Operation::Alter, from.clone());
            c.eat("to");
            let to = c.table();
            if let (Some(from), Some(to)) = (named(&from), to.as_ref().and_then(named)) {
                self.change(Change::RenameTable { from, to });
            }
            if !c.eat_sign(",") {
                break;
            }
        }
    }
}
