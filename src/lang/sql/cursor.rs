//! Walks over the tokens of one statement: words, names, bracketed groups.

use super::token::{Token, TokenKind};
use crate::words::effect::{Columns, Table};
use crate::words::span::Span;

#[derive(Clone, Copy)]
pub(super) struct Cursor<'t, 'a> {
    pub(super) tokens: &'t [Token<'a>],
    pub(super) at: usize,
}

/// Schemas in which a table's bare name means the same.
const DEFAULT_SCHEMAS: [&str; 3] = ["public", "dbo", "main"];

/// Words that end the mention of a table, so that they are no alias of it.
const NO_ALIAS: [&str; 42] = [
    "set",
    "where",
    "from",
    "using",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "on",
    "values",
    "select",
    "default",
    "returning",
    "when",
    "order",
    "limit",
    "group",
    "having",
    "union",
    "except",
    "intersect",
    "with",
    "for",
    "overriding",
    "partition",
    "straight_join",
    "output",
    "window",
    "fetch",
    "offset",
    "into",
    "use",
    "force",
    "ignore",
    "lateral",
    "tablesample",
    "cascade",
    "restrict",
    "restart",
];

impl<'t, 'a> Cursor<'t, 'a> {
    pub(super) fn new(tokens: &'t [Token<'a>]) -> Self {
        Self { tokens, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<&'t Token<'a>> {
        self.tokens.get(self.at)
    }

    pub(super) fn ahead(&self, by: usize) -> Option<&'t Token<'a>> {
        self.tokens.get(self.at + by)
    }

    pub(super) fn done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.peek().is_some_and(|t| t.is(word))
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        self.peek().is_some_and(|t| t.is_any(words))
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        self.peek().is_some_and(|t| t.is_sign(sign))
    }

    pub(super) fn is_open(&self) -> bool {
        self.peek().is_some_and(|t| t.kind == TokenKind::Open)
    }

    pub(super) fn eat(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn eat_any(&mut self, words: &[&str]) -> bool {
        let found = self.is_any(words);
        self.at += usize::from(found);
        found
    }

    /// All of these words, in order, or nothing.
    pub(super) fn eat_all(&mut self, words: &[&str]) -> bool {
        let found = words.iter().enumerate().all(|(by, word)| self.ahead(by).is_some_and(|t| t.is(word)));
        self.at += if found { words.len() } else { 0 };
        found
    }

    pub(super) fn eat_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn if_exists(&mut self) -> bool {
        self.eat_all(&["if", "exists"]) || self.eat_all(&["if", "not", "exists"])
    }

    /// One token, or one whole group in brackets.
    pub(super) fn skip(&mut self) {
        let jump = self.peek().map_or(0, |t| t.jump as usize);
        let inside = jump > 0 && self.at + jump < self.tokens.len();
        self.at += if inside { jump + 1 } else { 1 };
    }

    /// The tokens inside the group that opens here; the cursor goes behind it.
    pub(super) fn group(&mut self) -> Option<&'t [Token<'a>]> {
        let token = self.peek().filter(|t| t.kind == TokenKind::Open)?;
        let from = self.at + 1;
        let close = self.at + token.jump as usize;
        self.skip();
        if token.jump == 0 {
            return self.tokens.get(from..);
        }
        self.tokens.get(from..close.min(self.tokens.len()))
    }

    /// Goes to the next of these words outside of brackets.
    pub(super) fn seek(&mut self, words: &[&str]) -> bool {
        while !self.done() {
            if self.is_any(words) {
                return true;
            }
            self.skip();
        }
        false
    }

    pub(super) fn rest(&self) -> &'t [Token<'a>] {
        self.tokens.get(self.at.min(self.tokens.len())..).unwrap_or_default()
    }

    pub(super) fn since(&self, from: usize) -> &'t [Token<'a>] {
        self.tokens.get(from..self.at.min(self.tokens.len()).max(from)).unwrap_or_default()
    }

    /// A name with its schema; the cursor goes behind it. A hole or a parameter is an unknown one.
    pub(super) fn table(&mut self) -> Option<Table> {
        let mut parts: Vec<&Token<'_>> = Vec::new();
        let usable = |t: &&Token<'_>| {
            t.is_name() || t.is_unknown() || (t.kind == TokenKind::Text && t.raw.starts_with('\''))
        };
        loop {
            let token = self.peek().filter(usable)?;
            parts.push(token);
            self.at += 1;
            if !(self.is_sign(".") && self.ahead(1).is_some_and(|t| usable(&t))) {
                break;
            }
            self.at += 1;
        }
        let name = parts.pop()?;
        if name.is_unknown() || self.is_sign("%") {
            return Some(Table::Unknown);
        }
        // A function that makes a name of a value (`identifier($1)`).
        let schema = parts.pop().filter(|t| !t.is_unknown()).map(Token::value);
        let name = name.value();
        Some(Table::Named(match schema {
            Some(schema) if !DEFAULT_SCHEMAS.iter().any(|s| schema.eq_ignore_ascii_case(s)) => {
                format!("{schema}.{name}")
            }
            _ => name,
        }))
    }

    /// The other name that a table gets here, if any.
    pub(super) fn alias(&mut self) -> Option<String> {
        let explicit = self.eat("as");
        let token = self.peek().filter(|t| t.is_name() && (explicit || !t.is_any(&NO_ALIAS)))?;
        self.at += 1;
        Some(token.value())
    }

    /// Comma-separated pieces, each without the commas; brackets hide theirs.
    pub(super) fn split_commas(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
        let mut out = Vec::new();
        let mut cursor = Self::new(tokens);
        let mut from = 0;
        while !cursor.done() {
            if cursor.is_sign(",") {
                out.push(cursor.since(from));
                cursor.at += 1;
                from = cursor.at;
            } else {
                cursor.skip();
            }
        }
        out.push(tokens.get(from.min(tokens.len())..).unwrap_or_default());
        out
    }
}

/// The columns of `(a, b)`: the last part of each name.
pub(super) fn column_list(tokens: &[Token<'_>]) -> Columns {
    let mut out = Vec::new();
    for piece in Cursor::split_commas(tokens) {
        match piece.last() {
            Some(token) if token.is_name() && !piece.iter().any(Token::is_unknown) => out.push(token.value()),
            _ => return Columns::Unknown,
        }
    }
    Columns::Listed(out)
}

pub(super) fn span_of(tokens: &[Token<'_>]) -> Span {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => Span::new(first.start, last.end()),
        _ => Span::default(),
    }
}
