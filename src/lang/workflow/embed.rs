//! The text of a step in a language with literals, with the provider's expressions in it.

use super::expression;
use crate::words::flow::Dialect;
use crate::words::span::OffsetMap;

/// Where a text stands between its literals.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Within {
    Code,
    /// Up to the end of the line.
    Comment,
    /// Up to `*/`.
    LongComment,
    /// With the letters in front of it (`f`, `rb`) and what closes it.
    Literal {
        prefix: String,
        quote: String,
    },
}

/// Replaces expressions by names that only the run knows. Inside a literal the literal is closed
/// before and opened again after it, so that what the provider pastes there is a value among known text.
#[must_use]
pub(super) fn named(text: &str, host: &OffsetMap, dialect: Dialect) -> (String, OffsetMap) {
    replaced(text, host, Some(dialect))
}

/// The same with the bare name everywhere: for a text whose literals were not understood.
#[must_use]
pub(super) fn bare(text: &str, host: &OffsetMap) -> (String, OffsetMap) {
    replaced(text, host, None)
}

fn replaced(text: &str, host: &OffsetMap, dialect: Option<Dialect>) -> (String, OffsetMap) {
    let mut out = String::with_capacity(text.len());
    let mut map = OffsetMap::builder();
    let (mut copied, mut within) = (0, Within::Code);
    map.push(0, 0);
    for (index, (range, inner)) in expression::find(text).into_iter().enumerate() {
        let before = text.get(copied..range.start).unwrap_or("");
        out.push_str(before);
        if let Some(dialect) = dialect {
            within = after(before, within, dialect);
        }
        map.push(out.len(), range.start);
        let name = format!("__EXPR_{index}");
        match (expression::literal(inner), &within) {
            (Some(literal), _) => out.push_str(&literal),
            (None, Within::Literal { quote, .. }) if quote == "`" => {
                out.extend(["${", &name, "}"]);
            }
            (None, Within::Literal { prefix, quote }) => {
                out.extend([quote.as_str(), " + ", &name, " + ", prefix, quote]);
            }
            (None, _) => out.push_str(&name),
        }
        copied = range.end;
        map.push(out.len(), range.end);
    }
    out.push_str(text.get(copied..).unwrap_or(""));
    (out, host.compose(&map))
}

/// Where a text ends that begins in `within`.
fn after(text: &str, mut within: Within, dialect: Dialect) -> Within {
    let python = dialect == Dialect::Python;
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(c) = rest.chars().next()
    {
        let mut taken = c.len_utf8();
        match &within {
            Within::Code => {
                let opening = ["\"\"\"", "'''", "\"", "'", "`"]
                    .into_iter()
                    .filter(|quote| if python { *quote != "`" } else { quote.len() == 1 })
                    .find(|quote| rest.starts_with(quote));
                if let Some(quote) = opening {
                    taken = quote.len();
                    let letters = text.get(..at).map_or("", letters_before);
                    let prefix = if python { letters.to_owned() } else { String::new() };
                    within = Within::Literal { prefix, quote: quote.to_owned() };
                } else if python && c == '#' || !python && rest.starts_with("//") {
                    within = Within::Comment;
                } else if !python && rest.starts_with("/*") {
                    taken = 2;
                    within = Within::LongComment;
                }
            }
            Within::Comment if c == '\n' => within = Within::Code,
            Within::LongComment if rest.starts_with("*/") => {
                taken = 2;
                within = Within::Code;
            }
            Within::Literal { .. } if c == '\\' => {
                taken += rest.chars().nth(1).map_or(0, char::len_utf8);
            }
            Within::Literal { quote, .. } if rest.starts_with(quote.as_str()) => {
                taken = quote.len();
                within = Within::Code;
            }
            // Such a literal ends with its line, whatever stood there.
            Within::Literal { quote, .. } if c == '\n' && quote.len() == 1 && quote != "`" => {
                within = Within::Code;
            }
            _ => {}
        }
        at += taken;
    }
    within
}

fn letters_before(text: &str) -> &str {
    let start = text.trim_end_matches(['f', 'F', 'r', 'R', 'b', 'B', 'u', 'U']);
    let inside = start.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    if inside { "" } else { text.get(start.len()..).unwrap_or("") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_stands_among_the_known_text_of_its_literal() {
        for (dialect, text, expected) in [
            (Dialect::JavaScript, "a(\"x ${{ b }}\")", "a(\"x \" + __EXPR_0 + \"\")"),
            (
                Dialect::JavaScript,
                "a(`x ${{ b }}`) // '\n c(${{ d }})",
                "a(`x ${__EXPR_0}`) // '\n c(__EXPR_1)",
            ),
            (Dialect::JavaScript, "/* ' */ '\\'${{ b }}'", "/* ' */ '\\'' + __EXPR_0 + ''"),
            (
                Dialect::Python,
                "f\"\"\"a\n${{ b }}\"\"\" # ${{ c }}",
                "f\"\"\"a\n\"\"\" + __EXPR_0 + f\"\"\"\"\"\" # __EXPR_1",
            ),
            (Dialect::Python, "x = ${{ true }} + '${{ 'y' }}'", "x = true + 'y'"),
        ] {
            assert_eq!(named(text, &OffsetMap::identity(), dialect).0, expected);
        }
        let (text, map) = named("a('${{ b }}', delete)", &OffsetMap::shifted(10), Dialect::JavaScript);
        assert_eq!(map.host(text.find("delete").unwrap()), 24);
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(\\$\\{\\{|\\}\\}|[\"'`fr#/*\\\\\n a{}é]){0,40}") {
            for dialect in [Dialect::JavaScript, Dialect::Python] {
                let _ = named(&text, &OffsetMap::identity(), dialect);
            }
            let _ = bare(&text, &OffsetMap::identity());
        }
    }
}
