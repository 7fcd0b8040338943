//! Splits a text into statements and says of each, by its first words, who reads it.

use std::collections::BTreeSet;
use std::ops::Range;

use super::change::{Change, Step};
use super::cursor::{Cursor, span_of};
use super::scanner::tokenize;
use super::split::statement_end;
use super::token::{Token, TokenKind};
use super::{Found, SqlDialect, witness};
use crate::words::effect::{Columns, Destructive, Effect, Operation, Table};
use crate::words::flow::Problem;
use crate::words::span::Span;

/// Text in text in text: deeper than anybody writes by hand.
const MAX_DEPTH: usize = 24;

/// Statements that change no data and no schema of others.
const HARMLESS: [&str; 46] = [
    "show",
    "set",
    "reset",
    "begin",
    "start",
    "commit",
    "rollback",
    "end",
    "abort",
    "savepoint",
    "release",
    "lock",
    "unlock",
    "fetch",
    "move",
    "close",
    "listen",
    "notify",
    "unlisten",
    "discard",
    "checkpoint",
    "vacuum",
    "analyze",
    "analyse",
    "reindex",
    "cluster",
    "optimize",
    "check",
    "checksum",
    "repair",
    "refresh",
    "use",
    "help",
    "handler",
    "flush",
    "deallocate",
    "comment",
    "detach",
    "print",
    "declare",
    "describe",
    "desc",
    "cache",
    "kill",
    "open",
    "repack",
];

pub(super) struct Reader {
    pub(super) dialect: Option<SqlDialect>,
    pub(super) steps: Vec<Step>,
    pub(super) problems: Vec<Problem>,
    pub(super) includes: Vec<(String, Span)>,
    pub(super) opaque: bool,
    depth: usize,
    in_block: bool,
    prepared: BTreeSet<String>,
    /// Folded names of this session's own tables, which hide others of the same name.
    pub(super) temporary: BTreeSet<String>,
    /// The text changes where names are looked up, so that a temporary table may hide nothing.
    paths_change: bool,
    /// Added to every offset: the text read is a part of another.
    base: usize,
    /// Offsets of the text read cannot be mapped: everything in it stands here.
    clamp: Option<Span>,
}

impl Reader {
    pub(super) fn new(dialect: Option<SqlDialect>) -> Self {
        Self {
            dialect,
            steps: Vec::new(),
            problems: Vec::new(),
            includes: Vec::new(),
            opaque: false,
            depth: 0,
            in_block: false,
            prepared: BTreeSet::new(),
            temporary: BTreeSet::new(),
            paths_change: false,
            base: 0,
            clamp: None,
        }
    }

    /// Inside of BEGIN and END, where `SELECT … INTO` fills a variable.
    pub(super) fn in_block(&self) -> bool {
        self.in_block
    }

    /// Says what was.
    pub(super) fn enter_block(&mut self, inside: bool) -> bool {
        std::mem::replace(&mut self.in_block, inside)
    }

    pub(super) fn place(&self, tokens: &[Token<'_>]) -> Span {
        let span = span_of(tokens);
        self.clamp.unwrap_or(Span::new(span.start as usize + self.base, span.end as usize + self.base))
    }

    pub(super) fn effect(&mut self, at: &[Token<'_>], operation: Operation, table: Table, columns: Columns) {
        self.found(at, Effect { operation, table, columns }, None);
    }

    pub(super) fn found(&mut self, at: &[Token<'_>], effect: Effect, destructive: Option<Destructive>) {
        if let Table::Named(name) = &effect.table
            && self.is_temporary(name)
            && !at
                .windows(2)
                .any(|pair| matches!(pair, [dot, last] if dot.is_sign(".") && last.value() == *name))
        {
            return;
        }
        let span = self.place(at);
        let found = Found { effect, span, destructive };
        // Dynamic SQL is seen twice where it stands in a nested text.
        if !matches!(self.steps.last(), Some(Step::Found(last)) if *last == found) {
            self.steps.push(Step::Found(found));
        }
    }

    pub(super) fn add_temporary(&mut self, name: &str) {
        if self.depth == 1 && !self.paths_change {
            self.temporary.insert(name.to_ascii_lowercase());
        }
    }

    pub(super) fn is_temporary(&self, name: &str) -> bool {
        !self.temporary.is_empty() && self.temporary.contains(&name.to_ascii_lowercase())
    }

    /// A statement that may give a temporary table another name: it names one, or what only the run knows.
    fn names_temporary(&self, tokens: &[Token<'_>]) -> bool {
        tokens.iter().any(|t| t.is_unknown() || self.is_temporary(&t.value()))
    }

    pub(super) fn forget_temporary(&mut self) {
        self.temporary.clear();
    }

    pub(super) fn drop_temporary(&mut self, name: &str) -> bool {
        self.temporary.remove(&name.to_ascii_lowercase())
    }

    pub(super) fn change(&mut self, change: Change) {
        self.steps.push(Step::Change(change));
    }

    pub(super) fn problem(&mut self, at: &[Token<'_>], what: &str) {
        let span = self.place(at);
        self.problems.push(Problem { span, what: what.to_owned() });
    }

    /// Only the run knows which statement stands here.
    pub(super) fn raw(&mut self, at: &[Token<'_>]) {
        self.opaque = true;
        self.found(at, Effect::on(Operation::RawSql, Table::Unknown), None);
    }

    /// Reads a text whose offset 0 is at `base`.
    pub(super) fn text(&mut self, text: &str, holes: &[Range<usize>], base: usize) {
        let before = self.base;
        self.base = base;
        self.paths_change = text.to_ascii_lowercase().contains("search_path");
        let tokens = self.tokens(text, holes);
        self.statements(&tokens);
        self.base = before;
    }

    fn tokens<'a>(&mut self, text: &'a str, holes: &[Range<usize>]) -> Vec<Token<'a>> {
        let tokens = tokenize(text, holes, self.dialect);
        for (at, what) in tokens.broken {
            let span = self.clamp.unwrap_or(Span::new(at + self.base, text.len() + self.base));
            self.problems.push(Problem { span, what: what.to_owned() });
        }
        tokens.list
    }

    /// What stands in a string: as a program of statements, or (`block`) as the body of a block.
    pub(super) fn string(&mut self, token: &Token<'_>, block: bool) {
        let value = token.value();
        let exact = value == token.inner();
        let (clamp, base) = (self.clamp, self.base);
        if exact {
            self.base = base + token.start + token.inner_range().start;
        } else {
            self.clamp = Some(self.place(std::slice::from_ref(token)));
        }
        let holes = find_holes(&value, token.hole);
        self.nested(&value, &holes, block);
        (self.clamp, self.base) = (clamp, base);
    }

    /// A text that was put together from pieces; all of it stands at `at`.
    pub(super) fn composed(&mut self, text: &str, holes: &[Range<usize>], at: &[Token<'_>]) {
        let clamp = self.clamp;
        self.clamp = Some(self.place(at));
        self.nested(text, holes, false);
        self.clamp = clamp;
    }

    fn nested(&mut self, text: &str, holes: &[Range<usize>], block: bool) {
        if self.depth >= MAX_DEPTH {
            self.problem(&[], "SQL in SQL is nested too deeply to be read");
            return self.raw(&[]);
        }
        self.depth += 1;
        let tokens = self.tokens(text, holes);
        if block {
            self.block(&tokens);
        } else {
            self.statements(&tokens);
        }
        self.depth -= 1;
    }

    pub(super) fn statements(&mut self, tokens: &[Token<'_>]) {
        let mut bodies_close = true;
        let mut from = 0;
        while from < tokens.len() {
            let (end, next) = statement_end(tokens, from, &mut bodies_close);
            let statement = tokens.get(from..end).unwrap_or_default();
            if !statement.is_empty() {
                self.statement(statement);
            }
            if let Some(meta) = tokens.get(end).filter(|t| t.kind == TokenKind::Meta) {
                self.meta(meta, !statement.is_empty());
            }
            from = next;
        }
    }

    /// One statement, told by its first words.
    pub(super) fn statement(&mut self, tokens: &[Token<'_>]) {
        if self.depth >= MAX_DEPTH {
            self.problem(tokens, "statements are nested too deeply to be read");
            return self.raw(tokens);
        }
        self.depth += 1;
        self.dispatch(tokens);
        self.depth -= 1;
    }

    fn dispatch(&mut self, tokens: &[Token<'_>]) {
        let Some(first) = tokens.first() else { return };
        if first.is_unknown() {
            self.raw(tokens);
            // What follows the hole may still be a statement that can be read.
            let rest = tokens.get(1..).unwrap_or_default();
            if rest.first().is_some_and(|t| {
                t.is_any(&["insert", "update", "delete", "truncate", "merge", "drop", "alter", "create"])
            }) {
                self.statement(rest);
            }
            return;
        }
        let mut c = Cursor::new(tokens);
        let before = self.steps.len();
        // After these a temporary table may be gone.
        let moves = first.is_any(&["alter", "rename"]) && self.names_temporary(tokens);
        if moves || first.is_any(&["rollback", "abort", "commit", "end", "discard", "use"]) {
            self.temporary.clear();
        }
        match first.raw.to_ascii_lowercase().as_str() {
            _ if first.kind == TokenKind::Open => self.query(tokens),
            "select" | "values" | "table" | "with" | "insert" | "replace" | "update" | "delete" | "merge"
            | "from" => {
                self.query(tokens);
            }
            "truncate" => self.truncate(tokens),
            "copy" => self.copy(tokens),
            "load" => self.load(tokens),
            "create" => self.create(tokens),
            "alter" => self.alter(tokens),
            "drop" => self.drop(tokens),
            "rename" => self.rename(tokens),
            "grant" | "revoke" => self.grant(tokens),
            "deny" => self.effect(tokens, Operation::Grant, Table::None, Columns::All),
            "set" if tokens.get(1).is_some_and(|t| t.is("password")) => {
                self.effect(tokens, Operation::Grant, Table::None, Columns::All);
            }
            "do" => self.do_block(tokens),
            "explain" | "describe" | "desc" => self.explain(tokens),
            "prepare" => self.prepare(tokens),
            "execute" | "exec" => self.execute(tokens),
            "declare" => self.declare(tokens),
            "pragma" => {
                if tokens.iter().any(|t| t.is("writable_schema")) {
                    self.effect(tokens, Operation::Alter, Table::None, Columns::All);
                }
            }
            "import" => self.effect(tokens, Operation::Create, Table::None, Columns::All),
            "reassign" | "security" => self.effect(tokens, Operation::Alter, Table::None, Columns::All),
            "attach" | "go" | "whenever" | "prompt" => {}
            "source" => self.includes.push((
                span_text(tokens).trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim().to_owned(),
                self.place(tokens),
            )),
            "call" | "purge" | "install" | "uninstall" | "restore" | "backup" | "undrop" => {
                self.raw_known(tokens);
            }
            "if" | "while" | "loop" | "for" | "case" | "elsif" | "else" => self.block(tokens),
            "begin"
                if tokens.get(1).is_some_and(|t| {
                    !t.is_any(&[
                        "transaction",
                        "work",
                        "isolation",
                        "read",
                        "not",
                        "deferrable",
                        "immediate",
                        "deferred",
                        "exclusive",
                        "concurrent",
                        "tran",
                    ])
                }) =>
            {
                self.block(tokens.get(1..).unwrap_or_default());
            }
            word if HARMLESS.contains(&word) => {}
            _ if tokens.iter().all(|t| matches!(t.kind, TokenKind::Other | TokenKind::Close)) => {}
            _ => {
                if witness::is_query(tokens, self.dialect) {
                    return;
                }
                self.problem(tokens, &format!("`{}` starts no statement that guard knows", short(first.raw)));
                // A misspelt word before it must not hide a statement.
                c.at = 1;
                let verbs =
                    ["insert", "update", "delete", "truncate", "drop", "alter", "merge", "create", "grant"];
                if c.seek(&verbs) {
                    self.statement(c.rest());
                }
            }
        }
        if first.is_any(&["do", "call", "execute", "exec", "prepare"]) {
            self.temporary.clear();
        }
        if self.steps.len() == before
            && !self.opaque
            && self.temporary.is_empty()
            && witness::contradicts(tokens)
        {
            self.raw(tokens);
        }
    }

    /// The statement is known, what it does is not: it is in the database, not in the text.
    pub(super) fn raw_known(&mut self, tokens: &[Token<'_>]) {
        self.found(tokens, Effect::on(Operation::RawSql, Table::Unknown), None);
    }

    fn explain(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        let mut runs = false;
        while !c.done() {
            if let Some(options) = c.group().filter(|_| !c.done()) {
                runs |= options.iter().enumerate().any(|(at, t)| {
                    t.is_any(&["analyze", "analyse"])
                        && !options.get(at + 1).is_some_and(|v| v.is_any(&["false", "off"]) || v.raw == "0")
                });
            } else if c.eat_any(&["analyze", "analyse"]) {
                runs = true;
            } else if c.eat_any(&["verbose", "extended", "partitions"]) || c.eat_all(&["query", "plan"]) {
            } else if c.eat("format") {
                c.eat_sign("=");
                c.skip();
            } else {
                break;
            }
        }
        if runs && !c.done() {
            self.statement(c.rest());
        }
    }

    fn prepare(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        if let Some(name) = c.peek() {
            self.prepared.insert(name.value().to_ascii_lowercase());
        }
        c.skip();
        if c.is_open() {
            c.skip();
        }
        if c.eat("as") {
            self.statement(c.rest());
        } else if c.eat("from") {
            self.dynamic(c.rest(), tokens);
        } else if !c.is("transaction") && !tokens.get(1).is_some_and(|t| t.is("transaction")) {
            self.raw(tokens);
        }
    }

    /// Of a prepared statement, or of a text.
    fn execute(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        c.at = 1;
        if c.eat("immediate") || c.is_open() || c.peek().is_some_and(|t| t.kind == TokenKind::Text) {
            return self.dynamic(c.rest(), tokens);
        }
        let known = c.peek().is_some_and(|t| self.prepared.contains(&t.value().to_ascii_lowercase()));
        if !known {
            self.raw_known(tokens);
        }
    }

    fn declare(&mut self, tokens: &[Token<'_>]) {
        let mut c = Cursor::new(tokens);
        if c.seek(&["for"]) {
            c.at += 1;
            self.query(c.rest());
        }
    }
}

pub(super) fn short(raw: &str) -> String {
    raw.chars().take(40).collect()
}

/// Where [`super::HOLE`] stands in a text that was cut out of one with holes.
pub(super) fn find_holes(text: &str, any: bool) -> Vec<Range<usize>> {
    if !any {
        return Vec::new();
    }
    text.match_indices(super::HOLE).map(|(at, hole)| at..at + hole.len()).collect()
}

/// The text of the tokens, with one blank where something stood between two.
pub(super) fn span_text(tokens: &[Token<'_>]) -> String {
    let mut out = String::new();
    let mut end = None;
    for token in tokens {
        if end.is_some_and(|end| end != token.start) {
            out.push(' ');
        }
        out.push_str(token.raw);
        end = Some(token.end());
    }
    out
}
