//! Cuts SQL of any dialect into tokens, tolerantly and in linear time: comments, strings, dollar
//! quotes, quoted names, parameters of every driver, and the client commands of psql, mysql, sqlite3.

use std::ops::Range;

use super::SqlDialect;
use super::token::{Token, TokenKind, Tokens};

/// Tokenises; `holes` are the sorted ranges that only the run knows.
pub(super) fn tokenize<'a>(text: &'a str, holes: &[Range<usize>], dialect: Option<SqlDialect>) -> Tokens<'a> {
    let first = Scanner::new(text, holes, dialect, dialect == Some(SqlDialect::MySql)).run();
    if dialect.is_none() && !first.broken.is_empty() && text.contains('\\') {
        // A string that never ends is often one of MySQL, with `\'` in it.
        let second = Scanner::new(text, holes, dialect, true).run();
        if second.broken.is_empty() {
            return second;
        }
    }
    first
}

struct Scanner<'a, 'h> {
    text: &'a str,
    bytes: &'a [u8],
    holes: &'h [Range<usize>],
    dialect: Option<SqlDialect>,
    backslash: bool,
    at: usize,
    out: Vec<Token<'a>>,
    broken: Vec<(usize, &'static str)>,
    delimiter: Option<&'a str>,
    /// Inside `/*! … */`, whose content `MySQL` runs.
    in_executable: bool,
    /// Open brackets of the statement, by index.
    open: Vec<usize>,
    /// Where the statement starts, by index.
    statement: usize,
    /// Searches for the end of a dollar quote that found none: each costs the rest of the text.
    vain: u32,
    data_end_missing: bool,
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

impl<'a, 'h> Scanner<'a, 'h> {
    fn new(text: &'a str, holes: &'h [Range<usize>], dialect: Option<SqlDialect>, backslash: bool) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            holes,
            dialect,
            backslash,
            at: 0,
            out: Vec::new(),
            broken: Vec::new(),
            delimiter: None,
            in_executable: false,
            open: Vec::new(),
            statement: 0,
            vain: 0,
            data_end_missing: false,
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn may_be(&self, dialect: SqlDialect) -> bool {
        self.dialect.is_none_or(|known| known == dialect)
    }

    fn run(mut self) -> Tokens<'a> {
        while self.at < self.bytes.len() {
            self.step();
        }
        Tokens { list: self.out, broken: self.broken }
    }

    fn push(&mut self, kind: TokenKind, start: usize, end: usize) {
        let end = end.min(self.bytes.len()).max(start);
        self.at = end.max(start + 1);
        let Some(raw) = self.text.get(start..end) else { return };
        let index = self.out.len();
        match kind {
            TokenKind::Open => self.open.push(index),
            TokenKind::Close => {
                if let Some(open) = self.open.pop()
                    && let Some(token) = self.out.get_mut(open)
                {
                    token.jump = u32::try_from(index - open).unwrap_or(0);
                }
            }
            TokenKind::Semicolon | TokenKind::End | TokenKind::Meta => self.open.clear(),
            _ => {}
        }
        let after = self.holes.partition_point(|hole| hole.end <= start);
        let hole = self.holes.get(after).is_some_and(|hole| hole.start < end);
        self.out.push(Token { kind, raw, start, hole, jump: 0 });
        if matches!(kind, TokenKind::Semicolon | TokenKind::End | TokenKind::Meta) {
            self.statement = self.out.len();
        }
    }

    /// Only blanks stand before this on the line.
    fn at_line_start(&self) -> bool {
        let before = self.bytes.get(..self.at).unwrap_or_default();
        before
            .iter()
            .rev()
            .take(256)
            .find(|b| !matches!(b, b' ' | b'\t'))
            .is_none_or(|b| matches!(b, b'\n' | b'\r'))
    }

    fn line_end(&self) -> usize {
        memchr::memchr2(b'\n', b'\r', self.rest()).map_or(self.bytes.len(), |at| self.at + at)
    }

    fn between_statements(&self) -> bool {
        self.out.len() == self.statement
    }

    fn step(&mut self) {
        let start = self.at;
        let byte = self.peek(0);
        if byte.is_ascii_whitespace() || byte == 0 || self.rest().starts_with("\u{feff}".as_bytes()) {
            self.at += if byte == 0xEF { 3 } else { 1 };
            return;
        }
        if let Some(delimiter) = self.delimiter
            && self.rest().starts_with(delimiter.as_bytes())
        {
            return self.push(TokenKind::End, start, start + delimiter.len());
        }
        if self.comment() {
            return;
        }
        match byte {
            b'\'' => self.quoted(TokenKind::Text, start, start, b'\'', self.backslash),
            b'"' => self.quoted(TokenKind::Quoted, start, start, b'"', self.backslash),
            b'`' => self.quoted(TokenKind::Quoted, start, start, b'`', false),
            b'[' => self.bracket(),
            b'(' => self.push(TokenKind::Open, start, start + 1),
            b')' => self.push(TokenKind::Close, start, start + 1),
            b';' => {
                self.push(TokenKind::Semicolon, start, start + 1);
                self.skip_copied_data();
            }
            b'$' => self.dollar(),
            b'\\' => self.backslash_command(),
            b'.' if self.peek(1).is_ascii_digit() => self.number(),
            b'.' if self.peek(1).is_ascii_alphabetic()
                && self.may_be(SqlDialect::Sqlite)
                && self.between_statements()
                && self.at_line_start() =>
            {
                let end = self.line_end();
                self.push(TokenKind::Meta, start, end);
            }
            b':' | b'@' | b'%' | b'?' | b'{' => self.parameter(),
            _ if byte.is_ascii_digit() => self.number(),
            _ if is_word_start(byte) => self.word(),
            _ => self.sign(),
        }
    }

    /// Operators are kept apart, but for those that a reader of statements looks at.
    fn sign(&mut self) {
        let two = matches!((self.peek(0), self.peek(1)), (b'|', b'|') | (b':', b':' | b'='));
        let start = self.at;
        let mut end = start + if two { 2 } else { 1 };
        while end < self.bytes.len() && !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.push(TokenKind::Other, start, end);
    }

    fn comment(&mut self) -> bool {
        let mysql_only = self.dialect == Some(SqlDialect::MySql);
        match (self.peek(0), self.peek(1)) {
            (b'-', b'-') if !mysql_only || self.peek(2) <= b' ' => self.at = self.line_end(),
            (b'#', next)
                if mysql_only
                    || (self.dialect.is_none()
                        && (next == b' ' || next == b'\n' || self.at_line_start())) =>
            {
                self.at = self.line_end();
            }
            (b'*', b'/') if self.in_executable => {
                self.in_executable = false;
                self.at += 2;
            }
            (b'/', b'*') => self.block_comment(),
            _ => return false,
        }
        true
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let executable = if self.peek(2) == b'!' { 3 } else { 4 };
        if self.may_be(SqlDialect::MySql)
            && (self.peek(2) == b'!' || (self.peek(2) == b'M' && self.peek(3) == b'!'))
        {
            self.at += executable;
            while self.peek(0).is_ascii_digit() {
                self.at += 1;
            }
            self.in_executable = true;
            return;
        }
        // Only Postgres nests comments. Where the dialect is not known the shorter reading holds:
        // it hides less.
        let nests = self.dialect == Some(SqlDialect::Postgres);
        let mut depth = 1_usize;
        self.at += 2;
        while self.at < self.bytes.len() {
            match (self.peek(0), self.peek(1)) {
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                (b'/', b'*') if nests => {
                    depth += 1;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        self.broken.push((start, "this comment does not end"));
    }

    /// A quoted token that starts at `start` (maybe with a prefix) and whose quote is at `open`.
    fn quoted(&mut self, kind: TokenKind, start: usize, open: usize, quote: u8, backslash: bool) {
        let mut at = open + 1;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let found =
                if backslash { memchr::memchr2(quote, b'\\', rest) } else { memchr::memchr(quote, rest) };
            let Some(offset) = found else {
                self.broken.push((start, "this quote does not end"));
                return self.push(kind, start, self.bytes.len());
            };
            at += offset;
            if self.bytes.get(at) == Some(&b'\\') || self.bytes.get(at + 1) == Some(&quote) {
                at += 2;
            } else {
                return self.push(kind, start, at + 1);
            }
        }
    }

    /// `[name]`, unless it is the subscript of an array.
    fn bracket(&mut self) {
        let start = self.at;
        let before = start.checked_sub(1).and_then(|at| self.bytes.get(at)).copied().unwrap_or(b' ');
        let free = before.is_ascii_whitespace() || matches!(before, b'.' | b',' | b'(' | b'=' | b';');
        let inside = self.bytes.get(start + 1..self.bytes.len().min(start + 130)).unwrap_or_default();
        let close = inside.iter().position(|b| *b == b']');
        if self.dialect != Some(SqlDialect::Postgres)
            && free
            && is_word_start(inside.first().copied().unwrap_or(0))
            && let Some(close) = close
            && inside
                .get(..close)
                .is_some_and(|name| name.iter().all(|b| is_word(*b) || matches!(b, b' ' | b'-' | b'.')))
        {
            return self.push(TokenKind::Quoted, start, start + close + 2);
        }
        self.push(TokenKind::Other, start, start + 1);
    }

    fn dollar(&mut self) {
        let start = self.at;
        let mut end = start + 1;
        while self.bytes.get(end).is_some_and(|b| is_word(*b) && *b != b'$') {
            end += 1;
        }
        let tag_starts_well = !self.peek(1).is_ascii_digit();
        if self.bytes.get(end) == Some(&b'$')
            && tag_starts_well
            && self.vain < 64
            && self.may_be(SqlDialect::Postgres)
            && let Some(tag) = self.bytes.get(start..=end)
        {
            let after = self.bytes.get(end + 1..).unwrap_or_default();
            if let Some(close) = memchr::memmem::find(after, tag) {
                return self.push(TokenKind::Text, start, end + 1 + close + tag.len());
            }
            self.vain += 1;
            if self.dialect == Some(SqlDialect::Postgres) {
                self.broken.push((start, "this quote does not end"));
            }
        }
        match (self.peek(1), end > start + 1) {
            (b'{', _) => self.braces(start, start + 1, b'}'),
            (b'(', _) => self.braces(start, start + 1, b')'),
            (_, true) => self.push(TokenKind::Param, start, end),
            _ => self.push(TokenKind::Other, start, start + 1),
        }
    }

    /// `{name}` as templates write it; a bracket that does not close soon is just a sign.
    fn braces(&mut self, start: usize, open: usize, close: u8) {
        let window = self.bytes.get(open..self.bytes.len().min(open + 96)).unwrap_or_default();
        let end = window.iter().position(|b| *b == close);
        match end {
            Some(mut end) => {
                while window.get(end + 1) == Some(&close) && close == b'}' {
                    end += 1;
                }
                self.push(TokenKind::Param, start, open + end + 1);
            }
            None => self.push(TokenKind::Other, start, start + 1),
        }
    }

    fn parameter(&mut self) {
        let start = self.at;
        let name_from = |from: usize| {
            let mut end = from;
            while self.bytes.get(end).is_some_and(|b| is_word(*b)) {
                end += 1;
            }
            end
        };
        match (self.peek(0), self.peek(1)) {
            (b'?', next) if !matches!(next, b'|' | b'&') => self.push(TokenKind::Param, start, start + 1),
            (b'{', _) => self.braces(start, start, b'}'),
            (b':' | b'@', quote @ (b'\'' | b'"')) => {
                self.quoted(TokenKind::Param, start, start + 1, quote, false);
            }
            (b':', next) if is_word(next) => {
                let end = name_from(start + 1);
                self.push(TokenKind::Param, start, end);
            }
            (b'@', next) if is_word_start(next) => {
                let end = name_from(start + 1);
                self.push(TokenKind::Param, start, end);
            }
            (b'@', b'@') if is_word_start(self.peek(2)) => {
                let end = name_from(start + 2);
                self.push(TokenKind::Param, start, end);
            }
            (b'%', b's') if !is_word(self.peek(2)) => self.push(TokenKind::Param, start, start + 2),
            (b'%', b'(') => {
                let window = self.bytes.get(start..self.bytes.len().min(start + 96)).unwrap_or_default();
                match window.iter().position(|b| *b == b')') {
                    Some(close) if window.get(close + 1) == Some(&b's') => {
                        self.push(TokenKind::Param, start, start + close + 2);
                    }
                    _ => self.sign(),
                }
            }
            _ => self.sign(),
        }
    }

    fn number(&mut self) {
        let start = self.at;
        let mut end = start + 1;
        while self.bytes.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_')) {
            end += 1;
        }
        self.push(TokenKind::Number, start, end);
    }

    fn word(&mut self) {
        let start = self.at;
        let mut end = start + 1;
        while self.bytes.get(end).is_some_and(|b| is_word(*b)) {
            end += 1;
        }
        let word = self.text.get(start..end).unwrap_or_default();
        if self.bytes.get(end) == Some(&b'\'')
            && matches!(word, "e" | "E" | "b" | "B" | "x" | "X" | "n" | "N")
        {
            let escapes = matches!(word, "e" | "E") || self.backslash;
            return self.quoted(TokenKind::Text, start, end, b'\'', escapes);
        }
        if word.eq_ignore_ascii_case("delimiter") && self.may_be(SqlDialect::MySql) && self.at_line_start() {
            let line_end = self.line_end();
            let word = self.text.get(end..line_end).unwrap_or_default().trim();
            if !word.is_empty() {
                self.push(TokenKind::End, start, line_end);
                self.delimiter = (word != ";").then_some(word);
                return;
            }
        }
        if word.eq_ignore_ascii_case("go")
            && self.at_line_start()
            && self.text.get(end..self.line_end()).is_some_and(|rest| rest.trim().is_empty())
        {
            return self.push(TokenKind::End, start, end);
        }
        self.push(TokenKind::Word, start, end);
    }

    /// psql's and mysql's client commands.
    fn backslash_command(&mut self) {
        let start = self.at;
        let next = self.peek(1);
        if (next.is_ascii_alphabetic() || matches!(next, b'!' | b'.'))
            && self.dialect != Some(SqlDialect::Sqlite)
        {
            let end = self.line_end();
            return self.push(TokenKind::Meta, start, end);
        }
        self.push(TokenKind::Other, start, start + 1);
    }

    /// After `COPY … FROM stdin;` the rows follow, up to a line with `\.`.
    fn skip_copied_data(&mut self) {
        let last = self.out.len().saturating_sub(1);
        let from = self.out.get(..last).unwrap_or_default();
        let begin = from
            .iter()
            .rposition(|t| matches!(t.kind, TokenKind::Semicolon | TokenKind::End | TokenKind::Meta))
            .map_or(0, |at| at + 1);
        let statement = from.get(begin..).unwrap_or_default();
        let copies = statement.first().is_some_and(|t| t.is("copy"))
            && statement.windows(2).any(|w| matches!(w, [a, b] if a.is("from") && b.is("stdin")));
        if !copies || self.data_end_missing || self.dialect == Some(SqlDialect::MySql) {
            return;
        }
        match memchr::memmem::find(self.rest(), b"\n\\.") {
            Some(end) => self.at += end + 3,
            None => self.data_end_missing = true,
        }
    }
}
