//! Where the shell parser stands in its text, what it has found so far, and its limits.

use crate::words::flow::{Function, FunctionId, Problem};
use crate::words::span::{OffsetMap, Span};

/// Nesting beyond this is no script that a person wrote; the rest is given up with a problem.
const DEEPEST: usize = 60;
/// The same for `$(… $(…) …)`: what is run for its output is looked at more than once on every level.
const MOST_CAPTURES: usize = 12;
/// The same for chains of `&&`, `|`, `elif` and case items, each of which nests the flow.
pub(super) const LONGEST_CHAIN: usize = 300;
/// After so many problems no further one says anything new.
const MOST_PROBLEMS: usize = 100;
/// Parts of a shape are kept apart by a byte that no script holds.
const SEPARATOR: u8 = 0x1f;

/// What parsing gives besides the body. Handed on to the parser of a text inside the text.
#[derive(Default)]
pub(super) struct Sink {
    pub(super) functions: Vec<Function>,
    pub(super) problems: Vec<Problem>,
    pub(super) shape: Vec<u8>,
    pub(super) depth: usize,
    /// How many substitutions are open around the cursor.
    pub(super) captures: usize,
    /// How many functions are open around the cursor.
    pub(super) in_function: usize,
    gave_up: bool,
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) map: &'a OffsetMap,
    pub(super) sink: Sink,
    /// Heredoc bodies that start after the newline at `.0` end at `.1`: the newline jumps there.
    pub(super) jump: Option<(usize, usize)>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, map: &'a OffsetMap, sink: Sink) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0, end: text.len(), map, sink, jump: None }
    }

    pub(super) fn into_sink(self) -> Sink {
        self.sink
    }

    pub(super) fn eof(&self) -> bool {
        self.at >= self.end
    }

    /// The byte `ahead` of the cursor; 0 behind the end.
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.byte(self.at + ahead)
    }

    pub(super) fn byte(&self, at: usize) -> u8 {
        if at < self.end { self.bytes.get(at).copied().unwrap_or(0) } else { 0 }
    }

    pub(super) fn looking_at(&self, what: &str) -> bool {
        self.slice(self.at, self.end).as_bytes().starts_with(what.as_bytes())
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to.max(from)).unwrap_or("")
    }

    pub(super) fn span(&self, from: usize, to: usize) -> Span {
        self.map.span(from..to.max(from))
    }

    pub(super) fn since(&self, from: usize) -> Span {
        self.span(from, self.at)
    }

    /// Moves over one character, whatever its length.
    pub(super) fn bump(&mut self) {
        self.at += 1;
        while self.at < self.end && !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    pub(super) fn problem(&mut self, from: usize, to: usize, what: impl Into<String>) {
        if self.sink.gave_up || self.sink.problems.len() >= MOST_PROBLEMS {
            return;
        }
        let span = self.span(from, to);
        let what = what.into();
        if !self.sink.problems.iter().any(|p| p.span == span && p.what == what) {
            self.sink.problems.push(Problem { span, what });
        }
    }

    /// Leaves the rest unread.
    pub(super) fn give_up(&mut self, what: &str) {
        let from = self.at.min(self.end);
        self.problem(from, from, what);
        self.sink.gave_up = true;
        self.at = self.end;
    }

    pub(super) fn gave_up(&self) -> bool {
        self.sink.gave_up
    }

    /// Goes one level down; false where that is too deep. Every `down` that gives true needs `up`.
    pub(super) fn down(&mut self) -> bool {
        if self.sink.depth >= DEEPEST || self.sink.gave_up {
            self.give_up("this is nested too deeply to be read");
            return false;
        }
        self.sink.depth += 1;
        true
    }

    /// Opens a substitution; false where that is too deep. Every one that gives true needs `captured`.
    pub(super) fn capture(&mut self) -> bool {
        if self.sink.captures >= MOST_CAPTURES {
            self.give_up("substitutions are nested too deeply to be read");
            return false;
        }
        self.sink.captures += 1;
        true
    }

    pub(super) fn captured(&mut self) {
        self.sink.captures = self.sink.captures.saturating_sub(1);
    }

    pub(super) fn up(&mut self) {
        self.sink.depth = self.sink.depth.saturating_sub(1);
    }

    pub(super) fn function(&mut self, function: Function) -> FunctionId {
        let id = FunctionId(u32::try_from(self.sink.functions.len()).unwrap_or(u32::MAX));
        self.sink.functions.push(function);
        id
    }

    /// Spaces, tabs and continued lines.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek(0) {
                b' ' | b'\t' | b'\r' if !self.eof() => self.at += 1,
                b'\\' if self.peek(1) == b'\n' => self.at += 2,
                _ => break,
            }
        }
    }

    /// Everything between two statements of which nothing is meant: blanks, comments, newlines.
    pub(super) fn lines(&mut self) {
        loop {
            self.blanks();
            match self.peek(0) {
                b'\n' => self.newline(),
                b'#' => self.comment(),
                _ => break,
            }
        }
    }

    pub(super) fn comment(&mut self) {
        while !self.eof() && self.peek(0) != b'\n' {
            self.at += 1;
        }
    }

    /// Moves over a newline, and over the heredoc bodies that start behind it.
    pub(super) fn newline(&mut self) {
        match self.jump {
            Some((newline, behind)) if newline == self.at => {
                self.at = behind.min(self.end);
                self.jump = None;
            }
            _ => self.at += 1,
        }
    }

    /// A new token of the shape.
    pub(super) fn token(&mut self, token: &str) {
        self.sink.shape.push(SEPARATOR);
        self.glue(token);
    }

    /// More of the last token. Continued lines leave no trace.
    pub(super) fn glue(&mut self, more: &str) {
        let mut rest = more;
        while let Some(at) = rest.find("\\\n") {
            self.sink.shape.extend_from_slice(rest.get(..at).unwrap_or("").as_bytes());
            rest = rest.get(at + 2..).unwrap_or("");
        }
        self.sink.shape.extend_from_slice(rest.as_bytes());
    }

    /// The `#!` line counts, though it reads as a comment.
    pub(super) fn shape_line(&mut self) {
        let line = self.text.lines().next().unwrap_or("");
        self.token(line.trim_end());
    }

    /// The word at the cursor when it is plain and stands alone: what a reserved word must be.
    pub(super) fn bare(&self) -> &'a str {
        let mut to = self.at;
        while to < self.end && !is_delimiter(self.byte(to)) {
            if self.byte(to) == b'\\' && self.byte(to + 1) == b'\n' && is_delimiter(self.byte(to + 2)) {
                break;
            }
            if matches!(self.byte(to), b'\'' | b'"' | b'\\' | b'$' | b'`') {
                return "";
            }
            to += 1;
        }
        self.slice(self.at, to)
    }

    /// Consumes a reserved word or operator, as a token.
    pub(super) fn take(&mut self, word: &str) {
        self.at += word.len();
        self.token(word);
    }

    /// Consumes the reserved word that must stand here; a problem where it does not.
    pub(super) fn expect_word(&mut self, word: &str, opened: usize, what: &str) {
        self.lines();
        if self.bare() == word {
            self.take(word);
        } else {
            let to = opened + what.len().min(self.end.saturating_sub(opened));
            self.problem(opened, to, format!("`{what}` has no `{word}`"));
        }
    }
}

/// Ends a word when it stands unquoted.
pub(super) fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>')
}

pub(super) fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
