//! `${{ … }}`: values that the provider fills in before anything runs.

use crate::words::flow::{Expr, ExprKind};
use crate::words::span::OffsetMap;

/// The expressions of a text: the range with its braces, and what stands inside.
pub(crate) fn find(text: &str) -> Vec<(std::ops::Range<usize>, &str)> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find("${{")).map(|at| from + at) {
        let Some(length) = text.get(start..).and_then(|rest| rest.find("}}")) else { break };
        let end = start + length + 2;
        out.push((start..end, text.get(start + 3..end - 2).unwrap_or("").trim()));
        from = end;
    }
    out
}

/// What an expression is when it is only a literal: `${{ 'true' }}`, `${{ true }}`.
pub(super) fn literal(inner: &str) -> Option<String> {
    if let Some(text) = inner.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        let plain = text.replace("''", "");
        return (!plain.contains('\'')).then(|| text.replace("''", "'"));
    }
    let number = !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_digit());
    (number || matches!(inner, "true" | "false")).then(|| inner.to_owned())
}

/// `env.NAME`
fn variable(inner: &str) -> Option<&str> {
    let name = inner.strip_prefix("env.")?;
    let valid = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.bytes().next().is_some_and(|b| !b.is_ascii_digit());
    valid.then_some(name)
}

/// Replaces the expressions of a shell text by variables that only the run knows, so that the
/// shell's grammar sees a value where the provider would paste one. The map leads back to `host`.
#[must_use]
pub fn placeholders(text: &str, host: &OffsetMap) -> (String, OffsetMap) {
    let mut out = String::with_capacity(text.len());
    let mut map = OffsetMap::builder();
    let mut copied = 0;
    map.push(0, 0);
    for (index, (range, inner)) in find(text).into_iter().enumerate() {
        out.push_str(text.get(copied..range.start).unwrap_or(""));
        map.push(out.len(), range.start);
        if let Some(literal) = literal(inner) {
            out.push_str(&literal);
        } else {
            let name = variable(inner).map_or_else(|| format!("__EXPR_{index}"), str::to_owned);
            // In single quotes a variable would be plain text, but the provider pastes there, too.
            let quoted = in_single_quotes(text, range.start);
            let (open, close) = if quoted { ("'\"", "\"'") } else { ("", "") };
            for part in [open, "${", &name, "}", close] {
                out.push_str(part);
            }
        }
        copied = range.end;
        map.push(out.len(), range.end);
    }
    out.push_str(text.get(copied..).unwrap_or(""));
    (out, host.compose(&map))
}

/// The same for PowerShell: `${name}`, and `${env:NAME}` where the provider has a variable's name.
#[must_use]
pub(super) fn variables(text: &str, host: &OffsetMap) -> (String, OffsetMap) {
    let mut out = String::with_capacity(text.len());
    let mut map = OffsetMap::builder();
    let mut copied = 0;
    map.push(0, 0);
    for (index, (range, inner)) in find(text).into_iter().enumerate() {
        out.push_str(text.get(copied..range.start).unwrap_or(""));
        map.push(out.len(), range.start);
        match (literal(inner), variable(inner)) {
            (Some(literal), _) => out.push_str(&literal),
            (None, Some(name)) => out.extend(["${env:", name, "}"]),
            (None, None) => out.extend(["${__EXPR_", &index.to_string(), "}"]),
        }
        copied = range.end;
        map.push(out.len(), range.end);
    }
    out.push_str(text.get(copied..).unwrap_or(""));
    (out, host.compose(&map))
}

/// Looked at within the line: apostrophes in comments and heredocs must not spoil what follows.
fn in_single_quotes(text: &str, at: usize) -> bool {
    let line = text.get(..at).map_or("", |before| before.rsplit('\n').next().unwrap_or(before));
    let (mut single, mut double, mut escaped) = (false, false, false);
    for c in line.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if !single => escaped = true,
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            _ => {}
        }
    }
    single
}

/// The value of a setting: known text, with a variable for every expression. The variable's name
/// is the expression itself, which no program can set.
#[must_use]
pub fn value(text: &str, map: &OffsetMap) -> Expr {
    let span = map.span(0..text.len());
    let mut parts = Vec::new();
    let mut copied = 0;
    for (range, inner) in find(text) {
        if range.start > copied {
            let known = text.get(copied..range.start).unwrap_or("");
            parts.push(Expr::text(known, map.span(copied..range.start)));
        }
        let here = map.span(range.clone());
        parts.push(match (literal(inner), variable(inner)) {
            (Some(literal), _) => Expr::text(literal, here),
            (None, Some(name)) => Expr::new(ExprKind::Variable(name.to_owned()), here),
            (None, None) => Expr::new(ExprKind::Variable(inner.to_owned()), here),
        });
        copied = range.end;
    }
    if copied < text.len() || parts.is_empty() {
        let known = text.get(copied..).unwrap_or("");
        parts.push(Expr::text(known, map.span(copied..text.len())));
    }
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            Expr::new(ExprKind::Concat(parts), span)
        }
        None => Expr::text("", span),
    }
}
