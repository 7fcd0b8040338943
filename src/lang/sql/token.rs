//! A token of SQL: what it is, what it says, and where it ends.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word,
    /// A name in `""`, ` `` ` or `[]`.
    Quoted,
    /// A string in `''` or dollar quotes.
    Text,
    Number,
    /// Something that the run fills in: `$1`, `?`, `:name`, `@p`, `%s`, `{table}`.
    Param,
    Open,
    Close,
    Semicolon,
    /// Ends a statement beyond doubt: a delimiter of `DELIMITER`, a `GO` line.
    End,
    /// A command of the client, up to the end of its line.
    Meta,
    Other,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    pub(super) raw: &'a str,
    pub(super) start: usize,
    /// Part of it is a hole of the text.
    pub(super) hole: bool,
    /// How many tokens further the bracket closes that this one opens; 0 where it does not.
    pub(super) jump: u32,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.raw.len()
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.raw.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        self.kind == TokenKind::Other && self.raw == sign
    }

    pub(super) fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Quoted)
    }

    /// Only the run knows it.
    pub(super) fn is_unknown(&self) -> bool {
        self.hole || self.kind == TokenKind::Param
    }

    /// A name without its quotes, the content of a string.
    pub(super) fn value(&self) -> String {
        let inner = self.inner();
        let first = self.raw.bytes().find(|b| matches!(b, b'\'' | b'"' | b'`' | b'[' | b'$'));
        match (self.kind, first) {
            (TokenKind::Quoted | TokenKind::Text, Some(quote @ (b'"' | b'`' | b'\''))) => {
                let quote = char::from(quote);
                inner.replace(&format!("{quote}{quote}"), &quote.to_string())
            }
            _ => inner.to_owned(),
        }
    }

    /// What stands between the quotes, as written.
    pub(super) fn inner(&self) -> &str {
        let range = self.inner_range();
        self.raw.get(range).unwrap_or(self.raw)
    }

    /// Where that stands within `raw`.
    pub(super) fn inner_range(&self) -> Range<usize> {
        let whole = 0..self.raw.len();
        if !matches!(self.kind, TokenKind::Quoted | TokenKind::Text) {
            return whole;
        }
        let bytes = self.raw.as_bytes();
        if bytes.first() == Some(&b'$') {
            let tag = self.raw.get(1..).and_then(|rest| rest.find('$')).map_or(0, |at| at + 2);
            return tag..self.raw.len().saturating_sub(tag).max(tag);
        }
        let Some(open) = bytes.iter().position(|b| matches!(b, b'\'' | b'"' | b'`' | b'[')) else {
            return whole;
        };
        let closed = bytes.len() > open + 1 && matches!(bytes.last(), Some(b'\'' | b'"' | b'`' | b']'));
        open + 1..if closed { bytes.len() - 1 } else { bytes.len() }
    }
}

/// The tokens, and what could not be read: offset and what is wrong there.
pub(super) struct Tokens<'a> {
    pub(super) list: Vec<Token<'a>>,
    pub(super) broken: Vec<(usize, &'static str)>,
}
