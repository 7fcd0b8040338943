//! `.env` files: variables that are set for whoever loads them.

use super::{Input, Lowered, setting};
use crate::words::flow::{EnvSetting, Expr};
use crate::words::span::OffsetMap;

#[must_use]
pub fn lower(input: Input<'_>) -> Lowered {
    let mut settings = Vec::new();
    let mut at = 0;
    while at < input.text.len() {
        let line_end =
            input.text.get(at..).and_then(|rest| rest.find('\n')).map_or(input.text.len(), |n| at + n);
        let line = input.text.get(at..line_end).unwrap_or("");
        at = match read(input, at, line) {
            Some((setting, end)) => {
                settings.push(setting);
                // A quoted value may go over several lines.
                let rest = input.text.get(end..).unwrap_or("");
                rest.find('\n').map_or(input.text.len(), |n| end + n) + 1
            }
            None => line_end + 1,
        };
    }
    Lowered { settings, ..Lowered::default() }
}

fn read(input: Input<'_>, start: usize, line: &str) -> Option<(EnvSetting, usize)> {
    let body = line.trim_start();
    let body = body.strip_prefix("export ").map_or(body, str::trim_start);
    let from = start + (line.len() - body.len());
    let (name, value) = body.split_once('=')?;
    let name = name.trim_end();
    let valid = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if !valid {
        return None;
    }
    let trimmed = value.trim_start_matches([' ', '\t']);
    let at = start + (line.len() - trimmed.len());
    let (value, end) = value_at(input, at, trimmed);
    let span = input.map.span(from..end);
    Some((EnvSetting { name: name.to_owned(), value, span }, end))
}

fn value_at(input: Input<'_>, at: usize, rest_of_line: &str) -> (Expr, usize) {
    let quote = rest_of_line.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let inner = quote.and_then(|_| input.text.get(at + 1..));
    if let (Some(quote), Some(inner)) = (quote, inner)
        && let Some(length) = closing(inner, quote)
    {
        let raw = inner.get(..length).unwrap_or("");
        let end = at + length + 2;
        if quote != '"' {
            return (Expr::text(raw, input.map.span(at + 1..at + 1 + length)), end);
        }
        let (text, map) = unescaped(raw, at + 1);
        return (setting::interpolated(&text, &input.map.compose(&map), false), end);
    }
    // A comment needs white space before it.
    let cut = rest_of_line
        .char_indices()
        .find(|&(i, c)| {
            c == '#' && (i == 0 || rest_of_line.get(..i).is_some_and(|b| b.ends_with([' ', '\t'])))
        })
        .map_or(rest_of_line.len(), |(i, _)| i);
    let text = rest_of_line.get(..cut).unwrap_or("").trim_end();
    let map = input.map.compose(&OffsetMap::shifted(at));
    (setting::interpolated(text, &map, false), at + text.len())
}

fn closing(inner: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

fn unescaped(raw: &str, host: usize) -> (String, OffsetMap) {
    let mut text = String::with_capacity(raw.len());
    let mut map = OffsetMap::builder();
    map.push(0, host);
    let mut chars = raw.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        let Some((next, escape)) = chars.next() else { break };
        map.push(text.len(), host + at);
        text.push(match escape {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            other => other,
        });
        map.push(text.len(), host + next + escape.len_utf8());
    }
    (text, map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::flow::ExprKind;
    use proptest::prelude::*;

    fn read_all(text: &str) -> Vec<EnvSetting> {
        lower(Input { path: ".env", text, map: &OffsetMap::identity() }).settings
    }

    #[test]
    fn settings_are_read_in_every_form() {
        let text =
            "# CI=1\nexport A=1 # one\nB='x # y'\nC=\"l1\nl\\\"2\"\nD=a#b\n E = ${A}\nnot a line\nF=\n";
        let all = read_all(text);
        let shown: Vec<_> = all
            .iter()
            .map(|s| match s.value.kind.as_ref() {
                ExprKind::Text(text) => format!("{}={text}", s.name),
                ExprKind::Variable(name) => format!("{}=${name}", s.name),
                _ => s.name.clone(),
            })
            .collect();
        assert_eq!(shown, ["A=1", "B=x # y", "C=l1\nl\"2", "D=a#b", "E=$A", "F="]);
        assert_eq!(&text[all[0].span.range()], "A=1");
        assert_eq!(&text[all[4].value.span.range()], "${A}");
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "([A-Z=\"'`\\\\ \n#${}é]|export ){0,40}") {
            read_all(&text);
        }
    }
}
