//! Operators, from `? :` down to the comma.

use super::cursor::{LONGEST_CHAIN, Parser, call, is_word, opaque};
use crate::words::flow::{Comparison, Expr, ExprKind, PatternSyntax};
use crate::words::span::Span;

/// How tightly binary operators bind; a higher one binds first.
fn binary(word: &str) -> Option<(u8, &'static str)> {
    const WORDS: &[(&str, u8, bool)] = &[
        ("and", 1, false),
        ("or", 1, false),
        ("xor", 1, false),
        ("band", 2, false),
        ("bor", 2, false),
        ("bxor", 2, false),
        ("eq", 3, true),
        ("ne", 3, true),
        ("gt", 3, true),
        ("ge", 3, true),
        ("lt", 3, true),
        ("le", 3, true),
        ("like", 3, true),
        ("notlike", 3, true),
        ("match", 3, true),
        ("notmatch", 3, true),
        ("contains", 3, true),
        ("notcontains", 3, true),
        ("in", 3, true),
        ("notin", 3, true),
        ("replace", 3, true),
        ("split", 3, true),
        ("join", 3, false),
        ("is", 3, false),
        ("isnot", 3, false),
        ("as", 3, false),
        ("shl", 3, false),
        ("shr", 3, false),
        ("f", 6, false),
    ];
    let folded = word.to_ascii_lowercase();
    let find = |name: &str| WORDS.iter().find(|(known, ..)| *known == name);
    if let Some((name, level, _)) = find(&folded) {
        return Some((*level, name));
    }
    let rest = folded.strip_prefix(['c', 'i'])?;
    find(rest).filter(|(.., cased)| *cased).map(|(name, level, _)| (*level, *name))
}

impl Parser<'_> {
    /// An expression is what a statement starts with, no command.
    pub(super) fn starts_expression(&self) -> bool {
        match self.peek(0) {
            b'$' => self.starts_variable(),
            b'"' | b'\'' | b'(' | b'[' | b'{' | b'!' | b',' => true,
            b'@' => matches!(self.peek(1), b'(' | b'{' | b'\'' | b'"'),
            b'0'..=b'9' => self.number_length().is_some(),
            b'+' | b'-' => {
                let next = self.peek(1);
                next.is_ascii_digit()
                    || matches!(next, b'$' | b'(' | b'+' | b'-') && self.peek(2) != b'-'
                    || ["-not", "-bnot", "-split", "-join", "-csplit", "-isplit"]
                        .iter()
                        .any(|word| self.keyword_dashed(word))
            }
            _ => false,
        }
    }

    fn keyword_dashed(&self, word: &str) -> bool {
        let rest = self.rest();
        rest.get(..word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word))
            && !is_word(self.peek(word.len()))
    }

    /// The length of a number that ends where a number can end.
    fn number_length(&self) -> Option<usize> {
        let rest = self.rest().as_bytes();
        let byte = |at: usize| rest.get(at).copied().unwrap_or(0);
        let mut at = 0;
        if byte(0) == b'0' && matches!(byte(1), b'x' | b'X') {
            at = 2;
        }
        let hex = at == 2;
        while byte(at).is_ascii_digit() || hex && byte(at).is_ascii_hexdigit() {
            at += 1;
        }
        if byte(at) == b'.' && byte(at + 1).is_ascii_digit() {
            at += 1;
            while byte(at).is_ascii_digit() {
                at += 1;
            }
        }
        if matches!(byte(at), b'k' | b'm' | b'g' | b't' | b'p' | b'K' | b'M' | b'G')
            && matches!(byte(at + 1), b'b' | b'B')
        {
            at += 2;
        } else if matches!(byte(at), b'l' | b'L' | b'd' | b'D' | b'u' | b'U' | b'n' | b's' | b'y') {
            at += 1;
        }
        let ends = !is_word(byte(at)) && !matches!(byte(at), b'/' | b'\\' | b':' | b'@') || byte(at) == 0;
        (at > 0 && ends).then_some(at)
    }

    pub(super) fn number(&mut self) -> Expr {
        let from = self.at;
        let length = self.number_length().unwrap_or(1);
        self.at += length;
        let text = self.slice(from, self.at);
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let span = self.since(from);
        match digits.parse::<f64>() {
            Ok(number) if digits == text => Expr::new(ExprKind::Number(number), span),
            _ => opaque(Vec::new(), span),
        }
    }

    pub(super) fn expression(&mut self) -> Expr {
        if !self.down() {
            return opaque(Vec::new(), self.since(self.at));
        }
        let from = self.at;
        let mut value = self.operators(1);
        self.blanks();
        if self.looking_at("??") && !self.looking_at("??=") {
            self.at += 2;
            self.lines();
            let other = self.expression();
            let span = self.since(from);
            value = Expr::new(ExprKind::Default { value, other, or_empty: false }, span);
            self.blanks();
        }
        if self.peek(0) == b'?' && matches!(self.peek(1), b' ' | b'\n' | b'\r' | b'(' | b'$' | b'\'' | b'"') {
            self.at += 1;
            self.lines();
            let then = self.expression();
            self.lines();
            if self.eat(":") {
                self.lines();
                let other = self.expression();
                let span = self.since(from);
                value = Expr::new(ExprKind::Choose { test: value, then, other }, span);
            } else {
                self.problem(self.at, "a choice has no other side");
            }
        }
        self.up();
        value
    }

    fn operators(&mut self, least: u8) -> Expr {
        let from = self.at;
        let mut left = if least >= 8 { self.operand() } else { self.unary_or_list() };
        for _ in 0..LONGEST_CHAIN {
            let mark = self.mark();
            self.blanks();
            let Some((level, name, cased, length)) = self.operator() else {
                self.restore(mark);
                return left;
            };
            if level < least {
                self.restore(mark);
                return left;
            }
            self.at += length;
            self.lines();
            if !self.down() {
                return left;
            }
            let right = self.operators(level + 1);
            self.up();
            let span = self.since(from);
            left = self.apply(name, cased, left, right, span);
        }
        self.give_up("this chain of operators is too long");
        left
    }

    /// The operator at the cursor: level, name, whether it minds case, length.
    fn operator(&self) -> Option<(u8, &'static str, bool, usize)> {
        match self.peek(0) {
            b'+' if self.peek(1) != b'=' && self.peek(1) != b'+' => Some((4, "+", false, 1)),
            b'*' if self.peek(1) != b'=' => Some((5, "*", false, 1)),
            b'/' if self.peek(1) != b'=' => Some((5, "/", false, 1)),
            b'%' if self.peek(1) != b'=' => Some((5, "%", false, 1)),
            b'.' if self.peek(1) == b'.' => Some((7, "..", false, 2)),
            b'-' => {
                let rest = self.rest().get(1..)?;
                let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
                let word = rest.get(..length)?;
                if length == 0 {
                    return (!matches!(self.peek(1), b'=' | b'-')).then_some((4, "-", false, 1));
                }
                let (level, name) = binary(word)?;
                let cased = word.len() > name.len() && word.starts_with(['c', 'C']);
                Some((level, name, cased, length + 1))
            }
            _ => None,
        }
    }

    fn unary_or_list(&mut self) -> Expr {
        let from = self.at;
        for (word, not) in [("-not", true), ("!", true), ("-bnot", false)] {
            let there = if word == "!" { self.looking_at("!") } else { self.keyword_dashed(word) };
            if there {
                self.at += word.len();
                self.lines();
                if !self.down() {
                    return opaque(Vec::new(), self.since(from));
                }
                let inner = self.unary_or_list();
                self.up();
                let span = self.since(from);
                return if not { Expr::new(ExprKind::Not(inner), span) } else { opaque(vec![inner], span) };
            }
        }
        for word in ["-split", "-csplit", "-isplit", "-join"] {
            if self.keyword_dashed(word) {
                self.at += word.len();
                self.lines();
                if !self.down() {
                    return opaque(Vec::new(), self.since(from));
                }
                let inner = self.unary_or_list();
                self.up();
                let span = self.since(from);
                let (method, glue) = if word == "-join" { ("join", "") } else { ("split", " ") };
                return self.method(inner, method, vec![Expr::text(glue, span)], span);
            }
        }
        let signed = matches!(self.peek(0), b'-' | b'+');
        if signed {
            self.at += if self.peek(1) == self.peek(0) { 2 } else { 1 };
            self.blanks();
            let inner = self.operand();
            let span = self.since(from);
            return opaque(vec![inner], span);
        }
        let first = if self.peek(0) == b',' { None } else { Some(self.operand()) };
        self.list_of(first, from)
    }

    /// `a, b, c`, where commas make lists.
    fn list_of(&mut self, first: Option<Expr>, from: usize) -> Expr {
        let alone = first.is_none();
        let mut items: Vec<Expr> = first.into_iter().collect();
        while self.comma {
            let mark = self.mark();
            self.blanks();
            if self.peek(0) != b',' {
                self.restore(mark);
                break;
            }
            self.at += 1;
            self.lines();
            let before = self.at;
            items.push(self.operand());
            if self.at == before {
                break;
            }
        }
        let span = self.since(from);
        match items.pop() {
            Some(only) if items.is_empty() && !alone => only,
            Some(last) => {
                items.push(last);
                Expr::new(ExprKind::List(items), span)
            }
            None => opaque(Vec::new(), span),
        }
    }

    fn apply(&mut self, name: &str, cased: bool, left: Expr, right: Expr, span: Span) -> Expr {
        let new = |kind: ExprKind| Expr::new(kind, span);
        let not = |value: Expr| Expr::new(ExprKind::Not(value), span);
        match name {
            "and" => new(ExprKind::And(left, right)),
            "or" => new(ExprKind::Or(left, right)),
            "eq" | "ne" => {
                let op = match (name, cased) {
                    ("eq", true) => Comparison::Equal,
                    ("eq", false) => Comparison::EqualFolded,
                    (_, true) => Comparison::NotEqual,
                    (_, false) => Comparison::NotEqualFolded,
                };
                // Numbers and `$null` have no case.
                let plain = |e: &Expr| {
                    matches!(&*e.kind, ExprKind::Number(_) | ExprKind::Null | ExprKind::LastStatus)
                };
                let op = match op {
                    Comparison::EqualFolded if plain(&left) || plain(&right) => Comparison::Equal,
                    Comparison::NotEqualFolded if plain(&left) || plain(&right) => Comparison::NotEqual,
                    op => op,
                };
                new(ExprKind::Compare { op, left, right })
            }
            "like" | "notlike" => {
                let value = matches_glob(left, right, cased, span);
                if name == "like" { value } else { not(value) }
            }
            "match" | "notmatch" => {
                let value = matches_regex(left, right, cased, span);
                if name == "match" { value } else { not(value) }
            }
            "in" | "notin" | "contains" | "notcontains" => {
                let (one, list) = if name.ends_with("in") { (left, right) } else { (right, left) };
                let value = is_one_of(one, list, cased, span);
                if name.starts_with("not") { not(value) } else { value }
            }
            "+" => self.sum(left, right, span),
            "f" => format(left, right, span),
            "join" => self.method(left, "join", vec![right], span),
            "split" => self.method(left, "split", vec![right], span),
            "replace" => {
                let args = match *right.kind {
                    ExprKind::List(items) => items,
                    kind => vec![Expr { kind: Box::new(kind), span: right.span }, Expr::text("", span)],
                };
                self.method(left, "replace", args, span)
            }
            "as" => left,
            "gt" | "ge" | "lt" | "le" => new(ExprKind::Compare { op: Comparison::Other, left, right }),
            _ => opaque(vec![left, right], span),
        }
    }

    pub(super) fn method(&mut self, of: Expr, name: &str, args: Vec<Expr>, span: Span) -> Expr {
        let callee = Expr::new(ExprKind::Member { of, name: name.to_owned() }, span);
        call(callee, args, span)
    }

    /// `a + b`: lists grow, texts are joined.
    pub(super) fn sum(&mut self, left: Expr, right: Expr, span: Span) -> Expr {
        let is_list = |e: &Expr| matches!(&*e.kind, ExprKind::List(_));
        let grows = is_list(&left)
            || is_list(&right)
            || matches!(&*left.kind, ExprKind::Name(name) if self.lists.contains(name));
        if grows {
            let spread = |e: Expr| match &*e.kind {
                ExprKind::Text(_) | ExprKind::Concat(_) | ExprKind::Number(_) => e,
                _ => Expr::new(ExprKind::Spread(e.clone()), e.span),
            };
            return Expr::new(ExprKind::List(vec![spread(left), spread(right)]), span);
        }
        if matches!((&*left.kind, &*right.kind), (ExprKind::Object(_), _) | (_, ExprKind::Object(_))) {
            let properties = [left, right].map(|value| crate::words::flow::Property {
                key: crate::words::flow::PropertyKey::Spread,
                value,
            });
            return Expr::new(ExprKind::Object(properties.into()), span);
        }
        let mut parts = match *left.kind {
            ExprKind::Concat(parts) => parts,
            kind => vec![Expr { kind: Box::new(kind), span: left.span }],
        };
        parts.push(right);
        Expr::new(ExprKind::Concat(parts), span)
    }
}

fn equal(left: Expr, right: Expr, cased: bool, span: Span) -> Expr {
    let op = if cased { Comparison::Equal } else { Comparison::EqualFolded };
    Expr::new(ExprKind::Compare { op, left, right }, span)
}

pub(super) fn matches_glob(value: Expr, pattern: Expr, cased: bool, span: Span) -> Expr {
    match &*pattern.kind {
        ExprKind::Text(text) if !text.contains(['*', '?', '[']) => equal(value, pattern, cased, span),
        _ => opaque(vec![value, pattern], span),
    }
}

/// Only a pattern that is bound to both ends and holds plain letters is a comparison.
pub(super) fn matches_regex(value: Expr, pattern: Expr, cased: bool, span: Span) -> Expr {
    let exact = match &*pattern.kind {
        ExprKind::Text(text) => text
            .strip_prefix('^')
            .and_then(|rest| rest.strip_suffix('$').or_else(|| rest.strip_suffix("\\z")))
            .filter(|inner| inner.chars().all(|c| c.is_ascii_alphanumeric()))
            .map(str::to_owned),
        _ => None,
    };
    match exact {
        Some(text) => {
            let at = pattern.span;
            equal(value, Expr::text(text, at), cased, span)
        }
        None => {
            let syntax = PatternSyntax::Regex;
            let known = matches!(&*pattern.kind, ExprKind::Text(text) if !text.chars().all(|c| c.is_ascii_alphanumeric()));
            if known {
                Expr::new(ExprKind::Matches { value, pattern, syntax }, span)
            } else {
                opaque(vec![value, pattern], span)
            }
        }
    }
}

/// `$x -in 'a', 'b'`, written out where asking twice does nothing.
fn is_one_of(one: Expr, list: Expr, cased: bool, span: Span) -> Expr {
    let simple = matches!(&*one.kind, ExprKind::Name(_) | ExprKind::Variable(_));
    match *list.kind {
        ExprKind::List(items)
            if simple
                && items.len() < 40
                && items
                    .iter()
                    .all(|item| matches!(&*item.kind, ExprKind::Text(_) | ExprKind::Number(_))) =>
        {
            let asked = items.into_iter().map(|item| equal(one.clone(), item, cased, span));
            asked
                .reduce(|left, right| Expr::new(ExprKind::Or(left, right), span))
                .unwrap_or_else(|| Expr::new(ExprKind::Bool(false), span))
        }
        kind => {
            let list = Expr { kind: Box::new(kind), span };
            opaque(vec![one, list], span)
        }
    }
}

/// `'… {0} …' -f $x`
pub(super) fn format(template: Expr, values: Expr, span: Span) -> Expr {
    let ExprKind::Text(text) = &*template.kind else {
        return opaque(vec![template, values], span);
    };
    let values = match *values.kind {
        ExprKind::List(items) => items,
        kind => vec![Expr { kind: Box::new(kind), span: values.span }],
    };
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((inside, behind)) = after.split_once('}') else { break };
        let index = inside.split([',', ':']).next().and_then(|n| n.trim().parse::<usize>().ok());
        parts.push(Expr::text(before, template.span));
        match index.and_then(|index| values.get(index)) {
            Some(value) if parts.len() < 400 => parts.push(value.clone()),
            _ => parts.push(opaque(Vec::new(), span)),
        }
        rest = behind;
    }
    parts.push(Expr::text(rest, template.span));
    Expr::new(ExprKind::Concat(parts), span)
}
