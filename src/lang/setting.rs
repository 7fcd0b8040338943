//! The value of a setting in which `${NAME}` stands for another variable (`.env`, compose).

use crate::words::flow::{Expr, ExprKind};
use crate::words::span::OffsetMap;

/// Known text with variables between: `$X`, `${X}`, `${X:-default}`, `${X:?message}`; `$$` is a
/// dollar sign where `doubled` says so (compose).
#[must_use]
pub fn interpolated(text: &str, map: &OffsetMap, doubled: bool) -> Expr {
    let mut parts = Vec::new();
    let mut copied = 0;
    let mut from = 0;
    let known = |parts: &mut Vec<Expr>, range: std::ops::Range<usize>| {
        if let Some(text) = text.get(range.clone()).filter(|text| !text.is_empty()) {
            let text = if doubled { text.replace("$$", "$") } else { text.to_owned() };
            parts.push(Expr::text(text, map.span(range)));
        }
    };
    while let Some(at) = text.get(from..).and_then(|rest| rest.find('$')).map(|at| from + at) {
        let rest = text.get(at + 1..).unwrap_or("");
        if doubled && rest.starts_with('$') {
            from = at + 2;
            continue;
        }
        let Some((length, expr)) = variable(rest, at + 1, map) else {
            from = at + 1;
            continue;
        };
        known(&mut parts, copied..at);
        parts.push(expr);
        copied = at + 1 + length;
        from = copied;
    }
    known(&mut parts, copied..text.len());
    match parts.pop() {
        None => Expr::text("", map.span(0..0)),
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            Expr::new(ExprKind::Concat(parts), map.span(0..text.len()))
        }
    }
}

fn name_length(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
}

/// What follows a `$` at `at - 1`; its length and its value.
fn variable(rest: &str, at: usize, map: &OffsetMap) -> Option<(usize, Expr)> {
    let Some(inner) = rest.strip_prefix('{') else {
        let length = name_length(rest);
        let name = rest.get(..length).filter(|name| !name.is_empty())?;
        let span = map.span(at - 1..at + length);
        return Some((length, Expr::new(ExprKind::Variable(name.to_owned()), span)));
    };
    let name = inner.get(..name_length(inner)).filter(|name| !name.is_empty())?;
    let end = inner.find('}')?;
    let length = end + 2;
    let span = map.span(at - 1..at + length);
    let value = Expr::new(ExprKind::Variable(name.to_owned()), span);
    let operator = inner.get(name.len()..end)?;
    let other = |skip: usize| {
        let start = at + 1 + name.len() + skip;
        Expr::text(operator.get(skip..).unwrap_or(""), map.span(start..at + 1 + end))
    };
    let kind = if operator.is_empty() {
        return Some((length, value));
    } else if operator.starts_with(":-") {
        ExprKind::Default { value, other: other(2), or_empty: true }
    } else if operator.starts_with('-') {
        ExprKind::Default { value, other: other(1), or_empty: false }
    } else if operator.starts_with(":?") || operator.starts_with('?') {
        ExprKind::Required { value }
    } else {
        ExprKind::Opaque(vec![value])
    };
    Some((length, Expr::new(kind, span)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_defaults_are_told_from_text() {
        let text = "a$$b ${X:-y} $Z";
        let value = interpolated(text, &OffsetMap::identity(), true);
        let ExprKind::Concat(parts) = value.kind.as_ref() else { panic!() };
        assert!(matches!(parts[0].kind.as_ref(), ExprKind::Text(t) if t == "a$b "));
        let ExprKind::Default { other, or_empty: true, .. } = parts[1].kind.as_ref() else { panic!() };
        assert_eq!(&text[other.span.range()], "y");
        assert!(matches!(parts[3].kind.as_ref(), ExprKind::Variable(name) if name == "Z"));
    }
}
