//! Where the PowerShell parser stands in its text, what it has found so far, and its limits.

use crate::words::flow::{
    Block, Call, CallKind, Class, Expr, ExprKind, Function, FunctionId, Node, NodeKind, Param, Problem,
};
use crate::words::span::{OffsetMap, Span};

/// Nesting beyond this is no script that a person wrote; the rest is given up with a problem.
const DEEPEST: usize = 48;
/// The same for chains of operators, members and `elseif`, each of which nests the flow.
pub(super) const LONGEST_CHAIN: usize = 300;
/// After so many problems no further one says anything new.
const MOST_PROBLEMS: usize = 100;
/// Tokens of a shape are kept apart by a byte that no script holds.
const SEPARATOR: u8 = 0x1f;

/// What parsing gives besides the body.
#[derive(Default)]
pub(super) struct Sink {
    pub(super) functions: Vec<Function>,
    pub(super) classes: Vec<Class>,
    pub(super) problems: Vec<Problem>,
    /// Blanks, line ends and comments between tokens: all that the shape leaves out.
    gaps: Vec<(usize, usize)>,
    depth: usize,
    gave_up: bool,
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    bytes: &'a [u8],
    pub(super) at: usize,
    map: &'a OffsetMap,
    pub(super) sink: Sink,
    /// `$ErrorActionPreference = 'Stop'` stands above.
    pub(super) stops: bool,
    /// How many function bodies are open around the cursor.
    pub(super) in_function: usize,
    /// A comma makes a list here; between the arguments of a method it does not.
    pub(super) comma: bool,
    /// The variable that was read last belongs to the script or to everybody (`$script:x`).
    pub(super) outer: bool,
    /// Parameters of the function that is read, which its `param` block adds to.
    pub(super) open_params: Option<Vec<Param>>,
    /// Variables that were given a list: adding to one makes it longer.
    pub(super) lists: std::collections::BTreeSet<String>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, map: &'a OffsetMap) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            map,
            sink: Sink::default(),
            stops: false,
            in_function: 0,
            comma: true,
            outer: false,
            open_params: None,
            lists: std::collections::BTreeSet::new(),
        }
    }

    pub(super) fn eof(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The byte `ahead` of the cursor; 0 behind the end.
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn looking_at(&self, what: &str) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(what.as_bytes()))
    }

    /// Moves over `what` when it stands here.
    pub(super) fn eat(&mut self, what: &str) -> bool {
        let there = self.looking_at(what);
        if there {
            self.at += what.len();
        }
        there
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to.max(from)).unwrap_or("")
    }

    pub(super) fn span_of(&self, from: usize, to: usize) -> Span {
        self.map.span(from.min(self.bytes.len())..to.min(self.bytes.len()).max(from.min(self.bytes.len())))
    }

    pub(super) fn since(&self, from: usize) -> Span {
        self.span_of(from, self.at)
    }

    /// The character at the cursor, moved over.
    pub(super) fn bump(&mut self) -> Option<char> {
        let next = self.rest().chars().next();
        self.at += next.map_or(1, char::len_utf8);
        next
    }

    pub(super) fn problem(&mut self, from: usize, what: &str) {
        if self.sink.gave_up || self.sink.problems.len() >= MOST_PROBLEMS {
            return;
        }
        let span = self.map.span(from.min(self.bytes.len())..from.min(self.bytes.len()));
        self.sink.problems.push(Problem { span, what: what.to_owned() });
    }

    /// Leaves the rest unread.
    pub(super) fn give_up(&mut self, what: &str) {
        self.problem(self.at, what);
        self.sink.gave_up = true;
        self.at = self.bytes.len();
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

    pub(super) fn up(&mut self) {
        self.sink.depth = self.sink.depth.saturating_sub(1);
    }

    /// A place to come back to when what was tried does not stand here.
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.at, self.sink.gaps.len())
    }

    pub(super) fn restore(&mut self, mark: (usize, usize)) {
        self.at = mark.0;
        self.sink.gaps.truncate(mark.1);
    }

    /// Spaces, tabs, continued lines and comments that end inside the line.
    pub(super) fn blanks(&mut self) {
        let from = self.at;
        loop {
            match self.peek(0) {
                b' ' | b'\t' | 0x0b | 0x0c => self.at += 1,
                b'`' if self.peek(1) == b'\n' => self.at += 2,
                b'`' if self.peek(1) == b'\r' && self.peek(2) == b'\n' => self.at += 3,
                b'<' if self.peek(1) == b'#' => {
                    let close = self.rest().find("#>");
                    if close.is_none() {
                        self.problem(self.at, "a comment is not closed");
                    }
                    self.at = close.map_or(self.bytes.len(), |close| self.at + close + 2);
                }
                b'#' => self.at += self.rest().find(['\n', '\r']).unwrap_or(self.rest().len()),
                0xc2 if self.peek(1) == 0xa0 => self.at += 2,
                _ => break,
            }
        }
        self.gap(from);
    }

    /// Blanks and line ends.
    pub(super) fn lines(&mut self) {
        loop {
            self.blanks();
            match self.peek(0) {
                b'\n' | b'\r' => {
                    self.at += 1;
                    self.gap(self.at - 1);
                }
                _ => break,
            }
        }
    }

    /// Everything between two statements.
    pub(super) fn terminators(&mut self) {
        loop {
            self.lines();
            if self.peek(0) != b';' {
                break;
            }
            self.at += 1;
        }
    }

    fn gap(&mut self, from: usize) {
        if self.at > from {
            self.sink.gaps.push((from, self.at));
        }
    }

    /// The word at the cursor when it is this keyword, whatever its case.
    pub(super) fn keyword(&self, word: &str) -> bool {
        let rest = self.bytes.get(self.at..self.at + word.len());
        rest.is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
            && !is_word(self.peek(word.len()))
            && self.peek(word.len()) != b'-'
    }

    pub(super) fn eat_keyword(&mut self, word: &str) -> bool {
        let there = self.keyword(word);
        if there {
            self.at += word.len();
        }
        there
    }

    /// Letters, digits and `_` from here on.
    pub(super) fn word(&mut self) -> &'a str {
        let from = self.at;
        while is_word(self.peek(0)) {
            self.at += 1;
        }
        self.slice(from, self.at)
    }

    /// Skips to behind the bracket that closes the one at the cursor. Strings count as such.
    pub(super) fn skip_balanced(&mut self) {
        let mut open = 0_usize;
        loop {
            match self.peek(0) {
                b'(' | b'[' | b'{' => open += 1,
                b')' | b']' | b'}' => {
                    open = open.saturating_sub(1);
                    if open == 0 {
                        self.at += 1;
                        return;
                    }
                }
                quote @ (b'\'' | b'"') => {
                    let rest = self.text.get(self.at + 1..).unwrap_or("");
                    match rest.find(quote as char) {
                        Some(close) => self.at += close + 1,
                        None => self.at = self.bytes.len(),
                    }
                }
                0 if self.eof() => return,
                _ => {}
            }
            self.bump();
        }
    }

    pub(super) fn function(
        &mut self,
        name: Option<String>,
        params: Vec<Param>,
        body: Block,
        span: Span,
    ) -> FunctionId {
        let id = FunctionId(u32::try_from(self.sink.functions.len()).unwrap_or(u32::MAX));
        self.sink.functions.push(Function {
            name,
            params,
            body,
            is_async: false,
            is_generator: false,
            lexical_this: true,
            span,
        });
        id
    }

    /// Statements as a value: what the last of them gives.
    pub(super) fn at_once(&mut self, mut body: Block, span: Span) -> Expr {
        super::status::gives(&mut body);
        let id = self.function(None, Vec::new(), body, span);
        call(Expr::new(ExprKind::Function(id), span), Vec::new(), span)
    }

    /// The tokens in order, without comments and layout.
    pub(super) fn shape(&mut self) -> Vec<u8> {
        let mut gaps = std::mem::take(&mut self.sink.gaps);
        gaps.sort_unstable();
        let mut out: Vec<u8> = Vec::with_capacity(self.bytes.len());
        let mut at = 0;
        let mut line = false;
        let mut open = false;
        for (from, to) in gaps.into_iter().chain([(self.bytes.len(), self.bytes.len())]) {
            if from > at {
                let piece = &self.bytes[at..from];
                let before = out.last().copied().unwrap_or(b';');
                let tight = b"{(;,|=".contains(&before)
                    || b")};,|=".contains(&piece[0])
                    || piece[0] == b'(' && ends_with_keyword(&out)
                    || piece[0] == b'{' && before == b')' && !line;
                if open && !tight {
                    out.push(if line { b';' } else { SEPARATOR });
                }
                out.extend_from_slice(piece);
                (open, line) = (false, false);
            }
            open |= to > from;
            line |=
                self.bytes.get(from..to).is_some_and(|gap| gap.starts_with(b"\n") || gap.starts_with(b"\r"));
            at = at.max(to);
        }
        out
    }
}

/// A bracket behind one of these is the head of a statement, with or without a blank between.
fn ends_with_keyword(out: &[u8]) -> bool {
    [&b"if"[..], b"elseif", b"while", b"switch", b"foreach", b"for"].iter().any(|word| {
        out.strip_suffix(*word).is_some_and(|front| {
            front.last().is_none_or(|byte| matches!(*byte, SEPARATOR | b';' | b'{' | b'}'))
        })
    })
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

pub(super) fn node(kind: NodeKind, span: Span) -> Node {
    Node { kind, span }
}

pub(super) fn call(callee: Expr, args: Vec<Expr>, span: Span) -> Expr {
    let kind = CallKind::Plain;
    Expr::new(ExprKind::Call(Call { callee, args, kind, optional: false, type_args: Vec::new() }), span)
}

pub(super) fn name(text: &str, span: Span) -> Expr {
    Expr::new(ExprKind::Name(text.to_owned()), span)
}

pub(super) fn opaque(parts: Vec<Expr>, span: Span) -> Expr {
    Expr::new(ExprKind::Opaque(parts), span)
}
