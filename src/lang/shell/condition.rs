//! `[ … ]`, `test …` and `[[ … ]]`.

use super::cursor::{LONGEST_CHAIN, Parser};
use super::word::{Mode, Part, PartKind, Word};
use crate::words::flow::{Comparison, Expr, ExprKind, PatternSyntax};
use crate::words::span::Span;

/// The operands of `[ … ]`, read from the left.
struct Words<'w> {
    all: &'w [Word],
    at: usize,
    depth: usize,
    span: Span,
}

/// `[` and `test`: the words between name and bracket.
pub(super) fn of_words(words: &[Word], span: Span) -> Expr {
    let mut reader = Words { all: words, at: 0, depth: 0, span };
    let mut out = reader.or();
    if reader.at < words.len() {
        let rest = words.iter().skip(reader.at).map(|word| word.clone().value());
        out = Expr::new(ExprKind::Opaque(std::iter::once(out).chain(rest).collect()), span);
    }
    out
}

impl Words<'_> {
    fn bare(&self, ahead: usize) -> Option<String> {
        self.all.get(self.at + ahead).and_then(Word::bare)
    }

    fn is(&self, what: &str) -> bool {
        self.bare(0).as_deref() == Some(what)
    }

    fn or(&mut self) -> Expr {
        let mut left = self.and();
        while self.is("-o") && self.at + 1 < self.all.len() && self.at < LONGEST_CHAIN {
            self.at += 1;
            let right = self.and();
            let span = left.span.to(right.span);
            left = Expr::new(ExprKind::Or(left, right), span);
        }
        left
    }

    fn and(&mut self) -> Expr {
        let mut left = self.not();
        while self.is("-a") && self.at + 1 < self.all.len() && self.at < LONGEST_CHAIN {
            self.at += 1;
            let right = self.not();
            let span = left.span.to(right.span);
            left = Expr::new(ExprKind::And(left, right), span);
        }
        left
    }

    fn not(&mut self) -> Expr {
        let from = self.all.get(self.at).map_or(self.span, |word| word.span);
        let mut negated = false;
        // A `!` before an operator is a text that is compared.
        while self.is("!")
            && self.at + 1 < self.all.len()
            && self.bare(1).as_deref().and_then(comparison).is_none()
        {
            self.at += 1;
            negated = !negated;
        }
        let inner = self.primary();
        if negated {
            let span = from.to(inner.span);
            return Expr::new(ExprKind::Not(inner), span);
        }
        inner
    }

    fn primary(&mut self) -> Expr {
        let Some(word) = self.all.get(self.at).cloned() else {
            // `[ ]` is false.
            return Expr::new(ExprKind::Bool(false), self.span);
        };
        self.at += 1;
        if let Some(op) = self.bare(0).as_deref().and_then(comparison)
            && let Some(right) = self.all.get(self.at + 1).cloned()
        {
            self.at += 2;
            return compare(op, word, right, false);
        }
        let bare = word.bare().unwrap_or_default();
        // Nobody can write these unquoted behind `[`.
        if word.literal().as_deref() == Some("(") && self.depth < 20 {
            self.depth += 1;
            let inner = self.or();
            self.depth -= 1;
            if self.all.get(self.at).and_then(Word::literal).as_deref() == Some(")") {
                self.at += 1;
            }
            return inner;
        }
        if is_unary(&bare)
            && let Some(operand) = self.all.get(self.at).cloned()
        {
            self.at += 1;
            return unary(&bare, word.span, operand);
        }
        is_set(word)
    }
}

impl Parser<'_> {
    /// `[[ … ]]`; the cursor stands at its start.
    pub(super) fn double_bracket(&mut self) -> Expr {
        let from = self.at;
        self.take("[[");
        let inner = self.bracket_or();
        self.lines();
        if self.looking_at("]]") {
            self.take("]]");
        } else {
            self.problem(from, from + 2, "this `[[` is not closed, or what it tests is not understood");
            while !self.eof() && self.peek(0) != b'\n' && !self.looking_at("]]") {
                self.bump();
            }
            if self.looking_at("]]") {
                self.at += 2;
            }
        }
        let mut inner = inner.unwrap_or_else(|| Expr::new(ExprKind::Opaque(Vec::new()), self.since(from)));
        inner.span = self.since(from);
        inner
    }

    fn bracket_or(&mut self) -> Option<Expr> {
        self.bracket_chain("||")
    }

    fn bracket_chain(&mut self, operator: &str) -> Option<Expr> {
        let or = operator == "||";
        let next = |parser: &mut Self| if or { parser.bracket_chain("&&") } else { parser.bracket_not() };
        let mut left = next(self)?;
        for _ in 0..LONGEST_CHAIN {
            self.lines();
            if !self.looking_at(operator) {
                return Some(left);
            }
            self.take(operator);
            let right = next(self)?;
            let span = left.span.to(right.span);
            left = Expr::new(if or { ExprKind::Or(left, right) } else { ExprKind::And(left, right) }, span);
        }
        self.give_up("this test is too long to be read");
        None
    }

    fn bracket_not(&mut self) -> Option<Expr> {
        self.lines();
        let from = self.at;
        let mut negated = false;
        while self.bare() == "!" {
            self.take("!");
            self.lines();
            negated = !negated;
        }
        if !self.down() {
            return None;
        }
        let inner = self.bracket_primary();
        self.up();
        let inner = inner?;
        Some(if negated { Expr::new(ExprKind::Not(inner), self.since(from)) } else { inner })
    }

    fn bracket_primary(&mut self) -> Option<Expr> {
        if self.peek(0) == b'(' {
            self.take("(");
            let inner = self.bracket_or();
            self.lines();
            if self.peek(0) == b')' {
                self.take(")");
            }
            return inner;
        }
        if self.looking_at("]]") {
            return None;
        }
        let word = self.word(Mode::Plain)?;
        self.lines();
        let bare = word.bare().unwrap_or_default();
        if is_unary(&bare) && !self.looking_at("]]") && comparison(self.bare()).is_none() {
            let operand = self.word(Mode::Plain)?;
            return Some(unary(&bare, word.span, operand));
        }
        if self.bare() == "=~" {
            self.take("=~");
            self.blanks();
            let pattern = self.word(Mode::Regex)?;
            let span = word.span.to(pattern.span);
            let (value, pattern) = (word.value(), pattern.value());
            let syntax = PatternSyntax::Regex;
            return Some(Expr::new(ExprKind::Matches { value, pattern, syntax }, span));
        }
        let symbol = match self.peek(0) {
            b'<' => "<",
            b'>' => ">",
            _ => self.bare(),
        };
        if let Some(op) = comparison(symbol) {
            self.take(symbol);
            self.lines();
            let right = self.word(Mode::Plain)?;
            return Some(compare(op, word, right, matches!(symbol, "=" | "==" | "!=")));
        }
        Some(is_set(word))
    }
}

fn comparison(word: &str) -> Option<Comparison> {
    Some(match word {
        "=" | "==" | "-eq" => Comparison::Equal,
        "!=" | "-ne" => Comparison::NotEqual,
        "-lt" | "-le" | "-gt" | "-ge" | "<" | ">" | "-nt" | "-ot" | "-ef" => Comparison::Other,
        _ => return None,
    })
}

fn is_unary(word: &str) -> bool {
    let mut bytes = word.bytes();
    matches!((bytes.next(), bytes.next(), bytes.next()), (Some(b'-'), Some(letter), None)
        if b"abcdefghknoprstuvwxzGLNOSR".contains(&letter))
}

fn unary(operator: &str, at: Span, operand: Word) -> Expr {
    let span = at.to(operand.span);
    match operator {
        "-z" => {
            let inner = is_set(operand);
            Expr::new(ExprKind::Not(inner), span)
        }
        "-n" => {
            let mut inner = is_set(operand);
            inner.span = span;
            inner
        }
        "-v" => {
            let value = match operand.literal() {
                Some(name) => super::expansion::variable(&name, operand.span),
                None => Expr::new(ExprKind::Opaque(vec![operand.value()]), span),
            };
            Expr::new(ExprKind::IsSet { value, set_only: true }, span)
        }
        _ => Expr::new(ExprKind::Opaque(vec![operand.value()]), span),
    }
}

/// A text is true where it is not empty; `${x+1}` is not empty exactly where x is set.
fn is_set(word: Word) -> Expr {
    let span = word.span;
    let value = word.value();
    if let ExprKind::Choose { test, then, other } = value.kind.as_ref()
        && matches!(test.kind.as_ref(), ExprKind::IsSet { .. })
        && matches!(other.kind.as_ref(), ExprKind::Text(text) if text.is_empty())
        && matches!(then.kind.as_ref(), ExprKind::Text(text) if !text.is_empty())
    {
        return Expr::new(test.kind.as_ref().clone(), span);
    }
    Expr::new(ExprKind::IsSet { value, set_only: false }, span)
}

fn compare(op: Comparison, left: Word, right: Word, patterns: bool) -> Expr {
    let span = left.span.to(right.span);
    if patterns && op != Comparison::Other && is_pattern(&right) {
        let (value, pattern) = (left.value(), pattern_of(right));
        let matches = Expr::new(ExprKind::Matches { value, pattern, syntax: PatternSyntax::Glob }, span);
        return match op {
            Comparison::NotEqual => Expr::new(ExprKind::Not(matches), span),
            _ => matches,
        };
    }
    let (left, right) = without_common_start(left.value(), right.value());
    Expr::new(ExprKind::Compare { op, left, right }, span)
}

/// `[ "x$CI" = xtrue ]`: the old way to write a test that an empty value cannot break.
fn without_common_start(left: Expr, right: Expr) -> (Expr, Expr) {
    let (ExprKind::Concat(parts), ExprKind::Text(text)) = (left.kind.as_ref(), right.kind.as_ref()) else {
        return (left, right);
    };
    let [first, second] = parts.as_slice() else { return (left, right) };
    let ExprKind::Text(start) = first.kind.as_ref() else { return (left, right) };
    match text.strip_prefix(start.as_str()) {
        Some(rest) => (second.clone(), Expr::text(rest, right.span)),
        None => (left, right),
    }
}

/// Whether an unquoted part holds a wildcard.
pub(super) fn is_pattern(word: &Word) -> bool {
    word.parts.iter().any(|part| {
        !part.quoted
            && match &part.kind {
                PartKind::Literal(text) => text.contains(['*', '?', '[']) || text.contains("@("),
                PartKind::Value(_) => false,
            }
    })
}

/// The pattern's text, wildcards that are quoted escaped.
pub(super) fn pattern_of(word: Word) -> Expr {
    let span = word.span;
    let parts = word
        .parts
        .into_iter()
        .map(|part| match (&part.kind, part.quoted) {
            (PartKind::Literal(text), true) => {
                let escaped: String = text
                    .chars()
                    .flat_map(|c| matches!(c, '*' | '?' | '[' | '\\').then_some('\\').into_iter().chain([c]))
                    .collect();
                Part { kind: PartKind::Literal(escaped), ..part }
            }
            _ => part,
        })
        .collect();
    Word { parts, span }.value()
}
