//! Queries and what can hide in them: writes in a `WITH`, `SELECT … INTO`, functions that change
//! something, holes where a clause stands.

use super::cursor::Cursor;
use super::statement::Reader;
use super::token::{Token, TokenKind};
use crate::words::effect::{Columns, Operation, Table};

const VERBS: [&str; 9] =
    ["select", "values", "table", "insert", "replace", "update", "delete", "merge", "from"];

/// Functions that run a text or reach outside of the database's tables.
const RUNS_TEXT: [&str; 14] = [
    "dblink_exec",
    "dblink",
    "dblink_send_query",
    "query_to_xml",
    "query_to_xml_and_xmlschema",
    "sys_exec",
    "sys_eval",
    "load_extension",
    "sp_executesql",
    "xp_cmdshell",
    "pg_file_write",
    "pg_file_unlink",
    "openquery",
    "ts_stat",
];

/// Functions that change the server, not a table.
const CHANGES_SERVER: [&str; 14] = [
    "pg_terminate_backend",
    "pg_cancel_backend",
    "pg_reload_conf",
    "pg_drop_replication_slot",
    "lo_unlink",
    "lo_import",
    "lo_put",
    "lo_from_bytea",
    "lo_truncate",
    "lowrite",
    "writefile",
    "drop_chunks",
    "pg_promote",
    "cron_unschedule",
];

/// After these a value follows, so that a hole there is one.
const BEFORE_VALUE: [&str; 66] = [
    "select",
    "distinct",
    "all",
    "from",
    "join",
    "where",
    "and",
    "or",
    "not",
    "on",
    "in",
    "like",
    "ilike",
    "between",
    "is",
    "then",
    "else",
    "when",
    "case",
    "by",
    "limit",
    "offset",
    "having",
    "set",
    "values",
    "into",
    "as",
    "any",
    "some",
    "exists",
    "update",
    "only",
    "table",
    "returning",
    "using",
    "interval",
    "date",
    "timestamp",
    "time",
    "top",
    "fetch",
    "first",
    "next",
    "asc",
    "desc",
    "regexp",
    "rlike",
    "similar",
    "to",
    "escape",
    "collate",
    "div",
    "mod",
    "xor",
    "array",
    "row",
    "cast",
    "filter",
    "zone",
    "separator",
    "against",
    "glob",
    "symmetric",
    "of",
    "over",
    "lateral",
];

impl Reader {
    /// Any statement that reads or writes rows, with everything nested in it.
    pub(super) fn query(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        while c.is_open() && c.at < 400 {
            c.at += 1;
        }
        if c.is("with") {
            // The statement itself is the first verb behind the last named query.
            while !c.done() {
                let after_group =
                    c.at.checked_sub(1)
                        .and_then(|at| tokens.get(at))
                        .is_some_and(|t| t.kind == TokenKind::Close);
                if after_group && c.is_any(&VERBS) {
                    break;
                }
                c.skip();
            }
        }
        let main = c.rest();
        let start = c.at;
        self.verb(main);
        let after_into = ["insert", "replace"].iter().any(|verb| main.first().is_some_and(|t| t.is(verb)));
        for (at, pair) in tokens.windows(2).enumerate() {
            let [first, second] = pair else { continue };
            let at_main = at + 1 == start;
            if first.kind == TokenKind::Open && !at_main && is_write(tokens.get(at + 1..).unwrap_or_default())
            {
                let mut group = Cursor { tokens, at };
                if let Some(inner) = group.group() {
                    self.verb(inner);
                }
            }
            if first.kind == TokenKind::Word && second.kind == TokenKind::Open {
                self.function(first, tokens.get(at + 1..).unwrap_or_default());
            }
            if second.hole && !after_into && is_clause(tokens, at + 1) {
                self.raw(std::slice::from_ref(second));
            }
        }
    }

    fn verb(&mut self, tokens: &[Token<'_>]) {
        let Some(first) = tokens.first() else { return };
        match first.raw.to_ascii_lowercase().as_str() {
            "insert" => self.insert(tokens, Operation::Insert),
            "replace" => self.insert(tokens, Operation::Upsert),
            "update" => self.update(tokens),
            "delete" => self.delete(tokens),
            "merge" => self.merge(tokens),
            "select" => self.select_into(tokens),
            _ => {}
        }
    }

    fn select_into(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        if self.in_block() || !c.seek(&["into", "from", "where", "union"]) || !c.eat("into") {
            return;
        }
        if c.is_any(&["temp", "temporary", "outfile", "dumpfile"]) || c.is_sign("#") {
            return;
        }
        if c.peek().is_some_and(|t| t.kind == TokenKind::Param && t.raw.starts_with('@')) {
            return;
        }
        c.eat_any(&["unlogged"]);
        c.eat("table");
        if let Some(table) = c.table() {
            self.effect(tokens, Operation::Create, table, Columns::All);
        }
    }

    fn function(&mut self, name: &Token<'_>, call: &[Token<'_>]) {
        let at = std::slice::from_ref(name);
        if name.is_any(&RUNS_TEXT) {
            let args = Cursor::new(call).group().unwrap_or_default();
            let before = self.steps.len();
            let mut texts = args.iter().filter(|t| t.kind == TokenKind::Text);
            let text = if name.is("query_to_xml") { texts.next() } else { texts.next_back() };
            if let Some(text) = text
                && (name.is("query_to_xml") || name.is("dblink") || name.is("dblink_exec"))
                && !args.iter().any(|t| t.is_sign("||"))
            {
                self.string(text, false);
                if self.steps.len() > before || name.is("query_to_xml") || name.is("dblink") {
                    return;
                }
            }
            self.raw_known(at);
        } else if name.is_any(&CHANGES_SERVER) {
            self.effect(at, Operation::Alter, Table::None, Columns::All);
        }
    }
}

/// A write stands here, not a column or a function of that name.
fn is_write(tokens: &[Token<'_>]) -> bool {
    let mut c = Cursor::new(tokens);
    if c.eat("with") {
        return false;
    }
    if c.eat("delete") {
        return c.is_any(&["from", "only"]);
    }
    if c.eat_any(&["insert", "replace"]) {
        return c.is_any(&["into", "ignore", "or"]);
    }
    if c.eat("merge") {
        return c.is("into") || c.peek().is_some_and(Token::is_name);
    }
    c.eat("update") && c.peek().is_some_and(|t| t.is_name() || t.is_unknown()) && {
        let near = tokens.get(..tokens.len().min(16)).unwrap_or_default();
        near.iter().any(|t| t.is("set"))
    }
}

/// The hole stands where a clause, or the end of the statement and another one, could stand.
fn is_clause(tokens: &[Token<'_>], at: usize) -> bool {
    let (Some(hole), Some(before)) = (tokens.get(at), at.checked_sub(1).and_then(|at| tokens.get(at))) else {
        return false;
    };
    if hole.kind != TokenKind::Word || hole.raw != super::HOLE || before.end() == hole.start {
        return false;
    }
    let complete = match before.kind {
        TokenKind::Word => !before.is_any(&BEFORE_VALUE),
        TokenKind::Quoted | TokenKind::Text | TokenKind::Number | TokenKind::Param | TokenKind::Close => true,
        _ => false,
    };
    // `ORDER BY name ${direction}`, `${a} ${operator} ${b}`: parts of an expression.
    let near = tokens.get(at.saturating_sub(12)..at).unwrap_or_default();
    let in_order = near.iter().rposition(|t| t.is_any(&["order", "from", "where"])).and_then(|i| near.get(i));
    let value_follows = tokens.get(at + 1).is_some_and(|t| {
        matches!(t.kind, TokenKind::Param | TokenKind::Text | TokenKind::Number) || t.hole || t.is("null")
    });
    complete && !value_follows && !in_order.is_some_and(|t| t.is("order"))
}
