//! Statements that write rows: which table, which columns.

use std::collections::BTreeMap;

use super::change::Change;
use super::cursor::{Cursor, column_list};
use super::statement::Reader;
use super::token::{Token, TokenKind};
use crate::words::effect::{Columns, Destructive, Effect, Operation, Table};

/// Folded alias (or name) to table.
type Aliases = BTreeMap<String, Table>;

impl Reader {
    pub(super) fn insert(&mut self, tokens: &[Token<'_>], mut operation: Operation) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        while c.is_any(&[
            "low_priority",
            "delayed",
            "high_priority",
            "ignore",
            "overwrite",
            "or",
            "replace",
            "abort",
            "fail",
            "rollback",
            "into",
            "table",
            "all",
            "first",
        ]) {
            if c.is("into") {
                c.at += 1;
                break;
            }
            if c.is("replace") {
                operation = Operation::Upsert;
            }
            c.at += 1;
        }
        c.eat("table");
        let table = c.table().unwrap_or(Table::Unknown);
        if c.eat("partition") && c.is_open() {
            c.skip();
        }
        c.alias();
        let mut columns = Columns::Unknown;
        if c.is_open()
            && !c
                .ahead(1)
                .is_some_and(|t| t.is_any(&["select", "with", "values"]) || t.kind == TokenKind::Open)
        {
            columns = column_list(c.group().unwrap_or_default());
        } else if c.is_all(&["default", "values"]) {
            columns = Columns::Listed(Vec::new());
        } else if c.is("set") {
            c.at += 1;
            columns = Columns::Listed(Vec::new());
            for (_, list) in assignments(&mut c, &["on", "as", "returning"]) {
                add(&mut columns, list);
            }
        }
        self.note_copied_rows(c, &table, &columns);
        self.effect(tokens, operation, table.clone(), columns);
        while c.seek(&["on"]) {
            c.at += 1;
            if c.eat_all(&["duplicate", "key", "update"]) || (c.eat("conflict") && seek_update(&mut c)) {
                let from = c.at.saturating_sub(1);
                let mut columns = Columns::Listed(Vec::new());
                for (_, list) in assignments(&mut c, &["where", "returning", "on"]) {
                    add(&mut columns, list);
                }
                self.effect(
                    tokens.get(from..).unwrap_or_default(),
                    Operation::Update,
                    table.clone(),
                    columns,
                );
            }
        }
    }

    /// `INSERT INTO new_x (…) SELECT … FROM x` of a table that is rebuilt.
    fn note_copied_rows(&mut self, mut c: Cursor<'_, '_>, table: &Table, columns: &Columns) {
        if !c.is("select") || !c.seek(&["from"]) {
            return;
        }
        c.at += 1;
        if let (Table::Named(to), Columns::Listed(columns), Some(Table::Named(from))) =
            (table, columns, c.table())
        {
            c.alias();
            let whole = c.done() || c.is_any(&["order", "returning"]);
            self.change(Change::CopyRows { to: to.clone(), columns: columns.clone(), from, whole });
        }
    }

    pub(super) fn update(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        if c.eat("or") {
            c.at += 1;
        }
        while c.eat_any(&["low_priority", "ignore", "only"]) {}
        if c.eat("top") {
            c.skip();
        }
        let first = c.table().unwrap_or(Table::Unknown);
        let mut aliases = Aliases::new();
        if let Table::Named(name) = &first {
            remember(&mut aliases, name, &first);
        }
        c.eat_sign("*");
        if let Some(alias) = c.alias() {
            aliases.insert(alias.to_ascii_lowercase(), first.clone());
        }
        let joined = c.is_sign(",")
            || c.is_any(&["join", "inner", "left", "right", "cross", "straight_join", "natural", "full"]);
        if joined {
            sources(&mut c, &mut aliases, &["set"]);
        }
        if !c.seek(&["set"]) {
            if first == Table::Unknown || c.done() {
                self.effect(tokens, Operation::Update, first, Columns::Unknown);
            }
            return;
        }
        c.at += 1;
        let set = assignments(&mut c, &["from", "where", "returning", "order", "limit", "output", "option"]);
        if c.is("output") {
            c.seek(&["from", "where"]);
        }
        let mut target = first.clone();
        if c.eat("from") && !joined {
            // `UPDATE a SET … FROM users a`: the target is named only here.
            let mut later = Aliases::new();
            sources(&mut c, &mut later, &["where", "returning", "option"]);
            if let Table::Named(name) = &first
                && aliases.len() == 1
                && let Some(named) = later.get(&name.to_ascii_lowercase())
            {
                target = named.clone();
            }
        }
        let mut written: BTreeMap<Table, Columns> = BTreeMap::new();
        for (qualifier, columns) in set {
            let table = qualifier
                .filter(|_| joined)
                .and_then(|name| aliases.get(&name.to_ascii_lowercase()).cloned())
                .unwrap_or_else(|| target.clone());
            add(written.entry(table).or_insert(Columns::Listed(Vec::new())), columns);
        }
        if written.is_empty() {
            written.insert(target, Columns::Unknown);
        }
        for (table, columns) in written {
            self.effect(tokens, Operation::Update, table, columns);
        }
    }

    pub(super) fn delete(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        while c.eat_any(&["low_priority", "quick", "ignore"]) {}
        if c.eat("top") {
            c.skip();
        }
        let from_first = c.eat("from");
        c.eat("only");
        let mut targets = Vec::new();
        let mut aliases = Aliases::new();
        while let Some(table) = c.table() {
            if c.eat_sign(".") {
                c.eat_sign("*");
            }
            c.eat_sign("*");
            if from_first && let Some(alias) = c.alias() {
                aliases.insert(alias.to_ascii_lowercase(), table.clone());
            }
            targets.push(table);
            if !c.eat_sign(",") {
                break;
            }
        }
        if c.seek(&["from", "using"]) {
            c.at += 1;
            sources(&mut c, &mut aliases, &["where", "returning", "order", "limit"]);
        }
        if targets.is_empty() {
            targets.push(Table::Unknown);
        }
        for target in targets {
            let table = match &target {
                Table::Named(name) => aliases.get(&name.to_ascii_lowercase()).cloned().unwrap_or(target),
                _ => target,
            };
            self.found(tokens, Effect::on(Operation::Delete, table), Some(Destructive::Delete));
        }
    }

    pub(super) fn merge(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        c.eat("into");
        c.eat("only");
        let table = c.table().unwrap_or(Table::Unknown);
        let mut any = false;
        while c.seek(&["then"]) {
            c.at += 1;
            let from = c.at;
            if c.eat("update") {
                c.eat("set");
                let mut columns = Columns::Listed(Vec::new());
                for (_, list) in assignments(&mut c, &["when", "where", "delete", "returning", "output"]) {
                    add(&mut columns, list);
                }
                self.effect(c.since(from), Operation::Update, table.clone(), columns);
                if !c.eat("delete") {
                    any = true;
                    continue;
                }
                self.found(
                    c.since(from),
                    Effect::on(Operation::Delete, table.clone()),
                    Some(Destructive::Delete),
                );
            } else if c.eat("delete") {
                self.found(
                    c.since(from),
                    Effect::on(Operation::Delete, table.clone()),
                    Some(Destructive::Delete),
                );
            } else if c.eat("insert") {
                let columns = c.group().map_or(Columns::Unknown, column_list);
                self.effect(c.since(from), Operation::Insert, table.clone(), columns);
            } else if c.eat("do") {
            } else {
                continue;
            }
            any = true;
        }
        if !any {
            self.effect(tokens, Operation::Upsert, table, Columns::Unknown);
        }
    }

    pub(super) fn truncate(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        c.eat("table");
        loop {
            c.eat("only");
            let from = c.at;
            let table = c.table().unwrap_or(Table::Unknown);
            let at = c.since(from);
            let at = if from <= 2 { tokens } else { at };
            self.found(at, Effect::on(Operation::Truncate, table), Some(Destructive::Truncate));
            c.eat_sign("*");
            if !c.eat_sign(",") {
                return;
            }
        }
    }

    pub(super) fn copy(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        c.eat("binary");
        if c.is_open() {
            let inner = c.group().unwrap_or_default();
            self.query(inner);
            if c.eat("to") && c.is("program") {
                self.raw_known(tokens);
            }
            return;
        }
        let table = c.table().unwrap_or(Table::Unknown);
        let columns = c.group().map_or(Columns::Unknown, column_list);
        let reads = c.eat("to");
        let from = c.eat("from");
        if c.is("program") {
            self.raw_known(tokens);
        }
        if from || !reads {
            self.effect(tokens, Operation::BulkImport, table, columns);
        }
    }

    pub(super) fn load(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        if !c.eat_any(&["data", "xml"]) {
            // `LOAD 'library'`, `LOAD INDEX INTO CACHE`.
            if !c.is("index") {
                self.raw_known(tokens);
            }
            return;
        }
        let table = if c.seek(&["into"]) && c.eat_all(&["into", "table"]) { c.table() } else { None };
        let mut columns = Columns::Unknown;
        while !c.done() {
            if c.is_open() {
                columns = column_list(c.group().unwrap_or_default());
            } else {
                c.skip();
            }
        }
        self.effect(tokens, Operation::BulkImport, table.unwrap_or(Table::Unknown), columns);
    }

    pub(super) fn grant(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        let mut any = false;
        if c.seek(&["on"]) {
            c.at += 1;
            let on_table = c.eat("table")
                || !(c.is_any(&[
                    "all",
                    "schema",
                    "database",
                    "sequence",
                    "function",
                    "procedure",
                    "routine",
                    "type",
                    "domain",
                    "language",
                    "foreign",
                    "large",
                    "tablespace",
                    "parameter",
                ]) && c.ahead(1).is_some_and(|t| !t.is_any(&["to", "from"])));
            while let Some(table) = c.table().filter(|_| on_table) {
                any = true;
                self.effect(tokens, Operation::Grant, table, Columns::All);
                if !c.eat_sign(",") {
                    break;
                }
            }
        }
        if !any {
            self.effect(tokens, Operation::Grant, Table::None, Columns::All);
        }
    }
}

impl Cursor<'_, '_> {
    fn is_all(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(by, word)| self.ahead(by).is_some_and(|t| t.is(word)))
    }
}

/// `ON CONFLICT … DO UPDATE SET`: the cursor goes behind it; `DO NOTHING` is none.
fn seek_update(c: &mut Cursor<'_, '_>) -> bool {
    c.seek(&["do"]) && {
        c.at += 1;
        c.eat("update") && c.eat("set")
    }
}

fn remember(aliases: &mut Aliases, name: &str, table: &Table) {
    let bare = name.rsplit('.').next().unwrap_or(name);
    aliases.insert(bare.to_ascii_lowercase(), table.clone());
}

/// The tables of a FROM with their aliases, up to one of `stop`.
fn sources(c: &mut Cursor<'_, '_>, aliases: &mut Aliases, stop: &[&str]) {
    let mut expected = !c.is_sign(",");
    while !c.done() && !c.is_any(stop) {
        if c.is_sign(",") || c.is_any(&["join", "straight_join", "from"]) {
            c.at += 1;
            expected = true;
        } else if expected && c.eat_any(&["only", "lateral"]) {
        } else if expected && let Some(table) = c.table() {
            expected = false;
            if let Table::Named(name) = &table {
                remember(aliases, name, &table);
            }
            if let Some(alias) = c.alias() {
                aliases.insert(alias.to_ascii_lowercase(), table);
            }
        } else {
            expected = false;
            c.skip();
        }
    }
}

/// `a = 1, (b, c) = (…), t.d = 2`: each with the qualifier, up to one of `stop`.
fn assignments(c: &mut Cursor<'_, '_>, stop: &[&str]) -> Vec<(Option<String>, Columns)> {
    let from = c.at;
    // A column may be called like a word of the grammar, so the left sides are not stops.
    let mut left = true;
    while !c.done() {
        if !left && c.is_any(stop) {
            break;
        }
        if c.is_sign(",") {
            left = true;
        } else if c.is_sign("=") || c.is_sign(":=") {
            left = false;
        } else if left && c.is_any(stop) && !c.ahead(1).is_some_and(|t| t.is_sign("=") || t.is_sign(".")) {
            break;
        }
        c.skip();
    }
    let mut out = Vec::new();
    for piece in Cursor::split_commas(c.since(from)) {
        let mut p = Cursor::new(piece);
        if p.is_open() {
            out.push((None, column_list(p.group().unwrap_or_default())));
            continue;
        }
        let mut names: Vec<&Token<'_>> = Vec::new();
        let mut unknown = false;
        while let Some(token) = p.peek() {
            if token.is_sign("=") || token.is_sign(":=") || token.is_sign("[") {
                break;
            }
            unknown |= token.is_unknown();
            if token.is_name() {
                names.push(token);
            }
            p.skip();
        }
        match names.pop() {
            Some(column) if !unknown => {
                out.push((names.pop().map(Token::value), Columns::Listed(vec![column.value()])));
            }
            _ if piece.is_empty() => {}
            _ => out.push((None, Columns::Unknown)),
        }
    }
    out
}

fn add(to: &mut Columns, more: Columns) {
    match (to, more) {
        (Columns::Listed(list), Columns::Listed(more)) => {
            for column in more {
                if !list.contains(&column) {
                    list.push(column);
                }
            }
        }
        (to, _) => *to = Columns::Unknown,
    }
}
