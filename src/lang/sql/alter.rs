//! ALTER: columns that go, come or change their type.

use super::change::Change;
use super::cursor::Cursor;
use super::define::{columns_of, named, type_text};
use super::statement::Reader;
use super::token::Token;
use crate::words::effect::{Columns, Destructive, Effect, Operation, Table};

impl Reader {
    pub(super) fn alter(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        c.eat_any(&["online", "offline", "ignore", "foreign", "materialized"]);
        if c.eat("table") {
            return self.alter_table(tokens, c);
        }
        if c.eat("view") {
            c.if_exists();
            let table = c.table().unwrap_or(Table::Unknown);
            return self.op(tokens, Operation::Alter, table);
        }
        if c.is_any(&["role", "user", "group", "login", "default"]) {
            return self.op(tokens, Operation::Grant, Table::None);
        }
        if c.eat("type") {
            return self.alter_type(tokens, c);
        }
        if c.is_any(&["trigger", "policy", "rule"]) && c.seek(&["on"]) {
            c.at += 1;
            let table = c.table().unwrap_or(Table::Unknown);
            return self.op(tokens, Operation::Alter, table);
        }
        if c.peek().is_none_or(Token::is_unknown) {
            return self.raw(tokens);
        }
        self.op(tokens, Operation::Alter, Table::None);
    }

    fn alter_type(&mut self, tokens: &[Token<'_>], mut c: Cursor<'_, '_>) {
        let Some(name) = c.table().as_ref().and_then(named) else {
            return self.op(tokens, Operation::Alter, Table::None);
        };
        let mut destructive = None;
        if c.eat_all(&["rename", "to"]) {
            if let Some(Table::Named(to)) = c.table() {
                self.change(Change::RenameType { from: name, to });
            }
        } else if c.eat_all(&["add", "value"]) {
            c.if_exists();
            if let Some(value) = c.peek() {
                self.change(Change::AddEnumValue { name, value: value.value() });
            }
        } else if c.is("drop") || c.is("alter") {
            destructive = Some(Destructive::NarrowType);
        }
        self.found(tokens, Effect::on(Operation::Alter, Table::None), destructive);
    }

    fn alter_table(&mut self, tokens: &[Token<'_>], mut c: Cursor<'_, '_>) {
        c.if_exists();
        c.eat("only");
        let table = c.table().unwrap_or(Table::Unknown);
        c.eat_sign("*");
        self.op(tokens, Operation::Alter, table.clone());
        let mut dropping = false;
        for action in Cursor::split_commas(c.rest()) {
            let lone = dropping && action.len() == 1 && action.first().is_some_and(Token::is_name);
            dropping = lone || self.alter_action(action, &table);
            if lone && let Some(token) = action.first() {
                self.drop_column(action, &table, token);
            }
        }
    }

    fn drop_column(&mut self, at: &[Token<'_>], table: &Table, column: &Token<'_>) {
        let columns =
            if column.is_unknown() { Columns::Unknown } else { Columns::Listed(vec![column.value()]) };
        let effect = Effect { operation: Operation::Drop, table: table.clone(), columns };
        self.found(at, effect, Some(Destructive::DropColumn));
        if let Some(table) = named(table) {
            self.change(Change::DropColumn { table, column: column.value() });
        }
    }

    /// Says whether it dropped a column.
    fn alter_action(&mut self, action: &[Token<'_>], table: &Table) -> bool {
        let mut c = Cursor::new(action);
        if c.eat("drop") {
            let explicit = c.eat("column");
            c.if_exists();
            let word = c.peek().map_or_else(String::new, |t| t.raw.to_ascii_lowercase());
            let followed = c.ahead(1).is_some_and(|t| t.is_name() && !t.is_any(&["cascade", "restrict"]));
            let other = matches!(
                word.as_str(),
                "constraint"
                    | "primary"
                    | "foreign"
                    | "index"
                    | "key"
                    | "check"
                    | "partition"
                    | "period"
                    | "unique"
            ) && followed;
            if !explicit && other {
                if word == "partition" {
                    self.found(
                        action,
                        Effect::on(Operation::Delete, table.clone()),
                        Some(Destructive::Delete),
                    );
                }
                return false;
            }
            let group = c.group();
            for column in group
                .unwrap_or(c.rest())
                .iter()
                .filter(|t| t.is_name() || t.is_unknown())
                .take(if group.is_some() { usize::MAX } else { 1 })
            {
                self.drop_column(action, table, column);
            }
            return true;
        }
        if c.eat_all(&["truncate", "partition"]) || c.eat_all(&["discard", "tablespace"]) {
            self.found(action, Effect::on(Operation::Truncate, table.clone()), Some(Destructive::Truncate));
            return false;
        }
        if c.eat("rename") {
            self.rename_part(c, table);
        } else if c.eat("add") {
            c.eat("column");
            c.if_exists();
            let columns = match c.group() {
                Some(group) => columns_of(group),
                None => columns_of(c.rest()),
            };
            for (column, ty) in columns {
                if let Some(table) = named(table) {
                    self.change(Change::AddColumn { table, column, ty });
                }
            }
        } else if c.eat("alter") {
            c.eat("column");
            c.if_exists();
            let column = c.peek().map_or_else(String::new, Token::value);
            c.at += 1;
            let typed = c.eat("type") || c.eat_all(&["set", "data", "type"]);
            let bare = !c.is_any(&["set", "drop", "add", "restart", "reset", "type"])
                && c.peek().is_some_and(Token::is_name);
            if typed || bare {
                self.set_type(action, table, column, &mut c);
            }
        } else if c.eat("modify") {
            c.eat("column");
            let column = c.peek().map_or_else(String::new, Token::value);
            c.at += 1;
            self.set_type(action, table, column, &mut c);
        } else if c.eat("change") {
            c.eat("column");
            let from = c.peek().map_or_else(String::new, Token::value);
            let to = c.ahead(1).map_or_else(String::new, Token::value);
            c.at += 2;
            if let Some(table) = named(table) {
                self.change(Change::RenameColumn { table, from, to: to.clone() });
            }
            self.set_type(action, table, to, &mut c);
        }
        false
    }

    fn set_type(&mut self, action: &[Token<'_>], table: &Table, column: String, c: &mut Cursor<'_, '_>) {
        let ty = type_text(c);
        let span = self.place(action);
        self.change(Change::SetType { table: named(table), column, ty, span });
    }

    fn rename_part(&mut self, mut c: Cursor<'_, '_>, table: &Table) {
        if c.is_any(&["constraint", "index", "key"]) && !c.ahead(1).is_some_and(|t| t.is("to")) {
            return;
        }
        let Some(table) = named(table) else { return };
        if c.eat_any(&["to", "as"]) {
            if let Some(Table::Named(to)) = c.table() {
                self.change(Change::RenameTable { from: table, to });
            }
            return;
        }
        c.eat("column");
        let from = c.peek().map_or_else(String::new, Token::value);
        c.at += 1;
        if c.eat("to") {
            let to = c.peek().map_or_else(String::new, Token::value);
            self.change(Change::RenameColumn { table, from, to });
        } else if c.done() && !from.is_empty() {
            self.change(Change::RenameTable { from: table, to: from });
        }
    }
}
