//! From tokens to the calls that they make, flat and in order.

use std::collections::BTreeSet;

use super::Language;
use super::tokens::{Piece, Spanned, Token};
use super::wrappers;
use crate::lang::Input;
use crate::words::flow::{
    Block, Call, CallKind, Expr, ExprKind, Node, NodeKind, Property, PropertyKey, Scope,
};
use crate::words::span::Span;

/// Brackets deeper than this are not written by people.
const MAX_DEPTH: usize = 80;
/// Links of one chain of calls.
const MAX_CHAIN: usize = 100;

/// Words of Ruby behind which no arguments without brackets follow.
const NO_CALLEES: [&str; 34] = [
    "if",
    "unless",
    "while",
    "until",
    "return",
    "and",
    "or",
    "not",
    "def",
    "class",
    "module",
    "end",
    "then",
    "do",
    "else",
    "elsif",
    "case",
    "when",
    "in",
    "begin",
    "rescue",
    "ensure",
    "yield",
    "nil",
    "true",
    "false",
    "self",
    "super",
    "loop",
    "next",
    "break",
    "desc",
    "namespace",
    "private",
];

pub(super) fn block(language: Language, input: Input<'_>, tokens: &[Spanned]) -> Block {
    let wrappers = wrappers::names(language, input.text, tokens);
    let mut reader = Reader { language, input, tokens, at: 0, wrappers };
    let mut out = Vec::new();
    while reader.at < tokens.len() {
        reader.statement(&mut out);
    }
    out
}

struct Reader<'a> {
    language: Language,
    input: Input<'a>,
    tokens: &'a [Spanned],
    at: usize,
    wrappers: BTreeSet<String>,
}

impl Reader<'_> {
    fn token(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|spanned| &spanned.token)
    }

    fn sign(&self, ahead: usize, sign: &str) -> bool {
        matches!(self.token(ahead), Some(Token::Sign(found)) if *found == sign)
    }

    fn spaced(&self) -> bool {
        self.tokens.get(self.at).is_some_and(|spanned| spanned.spaced)
    }

    fn span(&self, from: usize) -> Span {
        let first = self.tokens.get(from).map_or(0, |spanned| spanned.range.start);
        let last =
            self.tokens.get(self.at.saturating_sub(1).max(from)).map_or(first, |spanned| spanned.range.end);
        self.input.map.span(first..last.max(first))
    }

    fn statement(&mut self, out: &mut Block) {
        while let Some(Token::Word(word)) = self.token(0)
            && matches!(word.as_str(), "const" | "var" | "static" | "final")
            && matches!(self.token(1), Some(Token::Word(_) | Token::Sign("(")))
        {
            // A list of constants stands in brackets, and each is one like others.
            self.at += if self.sign(1, "(") { 2 } else { 1 };
        }
        let from = self.at;
        // `name = value`, `name := value`: what a name stands for is followed as far as texts go.
        if let (Some(Token::Word(name)), Some(Token::Sign("=" | ":="))) = (self.token(0), self.token(1)) {
            let name = name.clone();
            self.at += 2;
            if let Some(value) = self.expression(0) {
                let kind =
                    NodeKind::Bind { name, value: Some(value), scope: Scope::Program, type_name: None };
                out.push(Node { kind, span: self.span(from) });
            }
            return;
        }
        match self.expression(0) {
            Some(expr) => {
                let span = expr.span;
                if acts(&expr, 0) {
                    out.push(Node { kind: NodeKind::Eval(expr), span });
                }
            }
            None => self.at = self.at.max(from + 1),
        }
        if self.at == from {
            self.at += 1;
        }
    }

    /// A chain of calls, or texts put together; None where no value begins here.
    fn expression(&mut self, depth: usize) -> Option<Expr> {
        let from = self.at;
        let first = self.chain(depth)?;
        let mut parts = vec![first];
        loop {
            let glue = self.sign(0, "+") || self.language == Language::Php && self.sign(0, ".");
            if !glue || parts.len() > MAX_CHAIN {
                break;
            }
            self.at += 1;
            self.lines();
            match self.chain(depth) {
                Some(next) => parts.push(next),
                None => break,
            }
        }
        let span = self.span(from);
        match parts.pop() {
            Some(only) if parts.is_empty() => Some(only),
            Some(last) => {
                parts.push(last);
                Some(Expr::new(ExprKind::Concat(parts), span))
            }
            None => None,
        }
    }

    fn lines(&mut self) {
        while matches!(self.token(0), Some(Token::Line)) {
            self.at += 1;
        }
    }

    fn chain(&mut self, depth: usize) -> Option<Expr> {
        if depth > MAX_DEPTH {
            return None;
        }
        while ["&", "*", "!", "-", "..."].iter().any(|sign| self.sign(0, sign)) {
            self.at += 1;
        }
        let from = self.at;
        let mut constructs = false;
        while let Some(Token::Word(word)) = self.token(0)
            && matches!(
                word.as_str(),
                "new" | "await" | "return" | "defer" | "go" | "var" | "const" | "echo" | "raise"
            )
            && matches!(self.token(1), Some(Token::Word(_) | Token::Text(_)))
        {
            constructs |= word == "new";
            self.at += 1;
        }
        let mut expr = self.primary(depth)?;
        for _ in 0..MAX_CHAIN {
            let lines = self.tokens.get(self.at..).unwrap_or_default().iter();
            let gap = lines.take_while(|spanned| spanned.token == Token::Line).count();
            let link = |sign: &&str| self.sign(gap, sign);
            let found = ["->", "?->", "&.", "::", "."].iter().find(|sign| link(sign)).copied();
            let dot_is_glue = self.language == Language::Php && found == Some(".");
            if let Some(sign) = found.filter(|_| !dot_is_glue) {
                let back = self.at;
                self.at += gap + 1;
                self.lines();
                let Some(Token::Word(name)) = self.token(0) else {
                    self.at = back;
                    break;
                };
                let name = name.clone();
                self.at += 1;
                let constant =
                    sign == "::" && name.starts_with(|c: char| c.is_uppercase()) && !self.sign(0, "(");
                if constant && let ExprKind::Name(head) = expr.kind.as_ref() {
                    let whole = format!("{head}::{name}");
                    expr = Expr::new(ExprKind::Name(whole), self.span(from));
                    continue;
                }
                let span = self.span(from);
                let member = Expr::new(ExprKind::Member { of: expr, name }, span);
                expr = self.called(member, from, depth, CallKind::Plain);
            } else if self.sign(0, "(") && (!self.spaced() || self.language != Language::Ruby) {
                let kind = if constructs { CallKind::New } else { CallKind::Plain };
                expr = self.called(expr, from, depth, kind);
            } else if self.sign(0, "[") && !self.spaced() {
                let items = self.group("[", "]", depth + 1);
                let span = self.span(from);
                expr = match items.into_iter().next() {
                    Some((_, key)) => Expr::new(ExprKind::Index { of: expr, key }, span),
                    None => Expr::new(ExprKind::Opaque(vec![expr]), span),
                };
            } else if self.language == Language::Go && self.sign(0, "{") && !self.spaced() {
                let items = self.group("{", "}", depth + 1);
                let span = self.span(from);
                let fields = object(items, span);
                let call = Call {
                    callee: expr,
                    args: vec![fields],
                    kind: CallKind::New,
                    optional: false,
                    type_args: Vec::new(),
                };
                expr = Expr::new(ExprKind::Call(call), span);
            } else if self.language == Language::Ruby
                && self.sign(0, "{")
                && matches!(expr.kind.as_ref(), ExprKind::Call(_))
            {
                // A block: what it does happens in the call.
                let inner = self.group("{", "}", depth + 1).into_iter().map(|(_, value)| value).collect();
                let span = self.span(from);
                let ExprKind::Call(mut call) = *expr.kind else { return None };
                call.args.push(Expr::new(ExprKind::Opaque(inner), span));
                expr = Expr::new(ExprKind::Call(call), span);
            } else {
                break;
            }
        }
        Some(expr)
    }

    fn primary(&mut self, depth: usize) -> Option<Expr> {
        let from = self.at;
        match self.token(0)?.clone() {
            Token::Word(word) => {
                self.at += 1;
                let name = Expr::new(ExprKind::Name(word.clone()), self.span(from));
                let commands = self.language == Language::Ruby
                    && word.starts_with(|c: char| c.is_lowercase() || c == '_')
                    && !NO_CALLEES.contains(&word.as_str());
                if commands && self.begins_argument() {
                    return Some(self.called(name, from, depth, CallKind::Plain));
                }
                Some(name)
            }
            Token::Text(pieces) => {
                self.at += 1;
                Some(self.text(&pieces, from))
            }
            Token::Shell(pieces) => {
                self.at += 1;
                let text = self.text(&pieces, from);
                let span = self.span(from);
                let callee = Expr::new(ExprKind::Name("`".to_owned()), span);
                let call = Call {
                    callee,
                    args: vec![text],
                    kind: CallKind::Plain,
                    optional: false,
                    type_args: Vec::new(),
                };
                Some(Expr::new(ExprKind::Call(call), span))
            }
            Token::Sign("(") => {
                let items = self.group("(", ")", depth + 1);
                let span = self.span(from);
                let mut values: Vec<Expr> = items.into_iter().map(|(_, value)| value).collect();
                if values.len() == 1 {
                    return values.pop();
                }
                Some(Expr::new(ExprKind::Opaque(values), span))
            }
            Token::Sign("[") => {
                let items = self.group("[", "]", depth + 1);
                let span = self.span(from);
                // Go: `[]string{…}`.
                if items.iter().any(|(key, _)| key.is_some()) {
                    return Some(object(items, span));
                }
                if self.language == Language::Go
                    && items.is_empty()
                    && matches!(self.token(0), Some(Token::Word(_)))
                {
                    self.at += 1;
                    if self.sign(0, "{") {
                        let items = self.group("{", "}", depth + 1);
                        let values = items.into_iter().map(|(_, value)| value).collect();
                        return Some(Expr::new(ExprKind::List(values), self.span(from)));
                    }
                }
                Some(Expr::new(ExprKind::List(items.into_iter().map(|(_, value)| value).collect()), span))
            }
            Token::Sign("{") => {
                // Blocks are read flat by whoever asks for statements; here only hashes are values.
                let keyed = matches!(self.token(1), Some(Token::Word(_) | Token::Text(_)))
                    && matches!(self.token(2), Some(Token::Sign(":" | "=>")));
                if !keyed {
                    return None;
                }
                let items = self.group("{", "}", depth + 1);
                Some(object(items, self.span(from)))
            }
            _ => None,
        }
    }

    /// Behind a name of Ruby: arguments without brackets begin here.
    fn begins_argument(&self) -> bool {
        if !self.spaced() {
            return false;
        }
        match self.token(0) {
            Some(Token::Text(_) | Token::Shell(_)) => true,
            Some(Token::Word(word)) => {
                !NO_CALLEES.contains(&word.as_str())
                    && !matches!(self.token(1), Some(Token::Sign("=" | ":=")))
                    || matches!(word.as_str(), "nil" | "true" | "false" | "self")
            }
            Some(Token::Sign("[")) => true,
            _ => false,
        }
    }

    /// The call of `callee`, with whatever arguments follow.
    fn called(&mut self, callee: Expr, from: usize, depth: usize, kind: CallKind) -> Expr {
        let items = if self.sign(0, "(") && (!self.spaced() || self.language != Language::Ruby) {
            self.group("(", ")", depth + 1)
        } else if self.language == Language::Ruby {
            if self.begins_argument() { self.bare(depth + 1) } else { Vec::new() }
        } else {
            return callee;
        };
        let span = self.span(from);
        let (keyed, plain): (Vec<_>, Vec<_>) = items.into_iter().partition(|(key, _)| key.is_some());
        let mut args: Vec<Expr> = plain.into_iter().map(|(_, value)| value).collect();
        if !keyed.is_empty() {
            args.push(object(keyed, span));
        }
        // What a function of this file hands to a shell, its caller does.
        let hands_on = matches!(callee.kind.as_ref(), ExprKind::Name(name) if self.wrappers.contains(name));
        let callee =
            if hands_on { Expr::new(ExprKind::Name("system".to_owned()), callee.span) } else { callee };
        let call = Call { callee, args, kind, optional: false, type_args: Vec::new() };
        Expr::new(ExprKind::Call(call), span)
    }

    /// Arguments up to the end of the line; a comma goes on.
    fn bare(&mut self, depth: usize) -> Vec<(Option<String>, Expr)> {
        let mut out = Vec::new();
        loop {
            let before = self.at;
            if let Some(item) = self.item(depth) {
                out.push(item);
            }
            if !self.sign(0, ",") || self.at == before {
                break;
            }
            self.at += 1;
            self.lines();
        }
        out
    }

    fn item(&mut self, depth: usize) -> Option<(Option<String>, Expr)> {
        let key = match (self.token(0), self.token(1)) {
            (Some(Token::Word(word)), Some(Token::Sign(":" | "=>"))) => Some(word.clone()),
            (Some(Token::Text(pieces)), Some(Token::Sign(":" | "=>"))) => match pieces.as_slice() {
                [Piece::Known(text, _)] => Some(text.clone()),
                _ => Some(String::new()),
            },
            _ => None,
        };
        if key.is_some() {
            self.at += 2;
            self.lines();
        }
        let from = self.at;
        match self.expression(depth) {
            Some(value) => Some((key, value)),
            None if key.is_some() => Some((key, Expr::new(ExprKind::Opaque(Vec::new()), self.span(from)))),
            None => None,
        }
    }

    /// What stands between brackets, in order; what is no value is passed over.
    fn group(&mut self, open: &str, close: &str, depth: usize) -> Vec<(Option<String>, Expr)> {
        let mut out = Vec::new();
        self.at += 1;
        if depth > MAX_DEPTH {
            self.skip(open, close);
            return out;
        }
        while self.at < self.tokens.len() && !self.sign(0, close) {
            let before = self.at;
            // Blocks inside of arguments: closures, and what they do.
            if self.sign(0, "{")
                && !matches!(
                    (self.token(1), self.token(2)),
                    (Some(Token::Word(_) | Token::Text(_)), Some(Token::Sign(":" | "=>")))
                )
            {
                let inner = self.group("{", "}", depth + 1);
                let span = self.span(before);
                out.push((
                    None,
                    Expr::new(ExprKind::Opaque(inner.into_iter().map(|(_, value)| value).collect()), span),
                ));
                continue;
            }
            match self.item(depth) {
                Some(item) => out.push(item),
                None => self.at = self.at.max(before + 1),
            }
            if self.at == before {
                self.at += 1;
            }
        }
        self.at = (self.at + 1).min(self.tokens.len());
        out
    }

    fn skip(&mut self, open: &str, close: &str) {
        let mut depth = 1_usize;
        while self.at < self.tokens.len() && depth > 0 {
            if self.sign(0, open) {
                depth += 1;
            } else if self.sign(0, close) {
                depth -= 1;
            }
            self.at += 1;
        }
    }

    fn text(&self, pieces: &[Piece], from: usize) -> Expr {
        let span = self.span(from);
        let part = |piece: &Piece| match piece {
            Piece::Known(text, at) => {
                let end = at + text.len();
                let here = self.input.map.span(*at..end.min(self.input.text.len()).max(*at));
                Expr::text(
                    text.clone(),
                    Span { start: here.start.min(span.end), end: here.end.min(span.end.max(here.start)) },
                )
            }
            Piece::Hole(name) => Expr::new(ExprKind::Name(name.clone()), span),
        };
        match pieces {
            [Piece::Known(text, _)] => Expr::text(text.clone(), span),
            _ => Expr::new(ExprKind::Concat(pieces.iter().map(part).collect()), span),
        }
    }
}

fn object(items: Vec<(Option<String>, Expr)>, span: Span) -> Expr {
    let fields = items
        .into_iter()
        .map(|(key, value)| Property { key: key.map_or(PropertyKey::Spread, PropertyKey::Named), value })
        .collect();
    Expr::new(ExprKind::Object(fields), span)
}

/// Somewhere in it something is called.
fn acts(expr: &Expr, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return true;
    }
    let all = |parts: &[Expr]| parts.iter().any(|part| acts(part, depth + 1));
    match expr.kind.as_ref() {
        ExprKind::Call(_) => true,
        ExprKind::Member { of, .. } => acts(of, depth + 1),
        ExprKind::Index { of, key } => acts(of, depth + 1) || acts(key, depth + 1),
        ExprKind::Concat(parts) | ExprKind::List(parts) | ExprKind::Opaque(parts) => all(parts),
        ExprKind::Object(fields) => fields.iter().any(|field| acts(&field.value, depth + 1)),
        _ => false,
    }
}
