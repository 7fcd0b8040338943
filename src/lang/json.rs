//! Strings of JSON files, decoded, with the way back to the file.

use jsonc_parser::ast::{ObjectProp, ObjectPropName, StringLit, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions};

use super::Input;
use crate::words::flow::Problem;
use crate::words::span::{OffsetMap, Span};

pub(crate) struct Text {
    pub(crate) decoded: String,
    pub(crate) map: OffsetMap,
    pub(crate) span: Span,
}

/// The file's value; a problem where it does not parse.
pub(crate) fn parse(input: Input<'_>) -> Result<Option<Value<'_>>, Problem> {
    match jsonc_parser::parse_to_ast(input.text, &CollectOptions::default(), &ParseOptions::default()) {
        Ok(result) => Ok(result.value),
        Err(error) => {
            let range = error.range();
            let span = input.map.span(range.start..range.end);
            Err(Problem { span, what: format!("this is not valid JSON: {}", error.kind()) })
        }
    }
}

pub(crate) fn string(input: Input<'_>, literal: &StringLit<'_>) -> Text {
    decode(input, literal.range.start, literal.range.end)
}

pub(crate) fn name_span(input: Input<'_>, property: &ObjectProp<'_>) -> Span {
    let range = match &property.name {
        ObjectPropName::String(name) => name.range(),
        ObjectPropName::Word(name) => name.range(),
    };
    input.map.span(range.start..range.end)
}

fn decode(input: Input<'_>, start: usize, end: usize) -> Text {
    let raw = input.text.get(start..end).unwrap_or("");
    let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or("");
    let from = start + 1;
    let mut text = String::with_capacity(inner.len());
    let mut map = OffsetMap::builder();
    map.push(0, from);
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        map.push(text.len(), from + at);
        let Some((_, escape)) = chars.next() else { break };
        match escape {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'u' => {
                let mut unit = hex(&mut chars);
                // A surrogate pair is one character in two escapes.
                if (0xd800..0xdc00).contains(&unit) {
                    let mut ahead = chars.clone();
                    if ahead.next().is_some_and(|(_, c)| c == '\\')
                        && ahead.next().is_some_and(|(_, c)| c == 'u')
                    {
                        let low = hex(&mut ahead);
                        if (0xdc00..0xe000).contains(&low) {
                            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                            chars = ahead;
                        }
                    }
                }
                text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            other => text.push(other),
        }
        let next = chars.peek().map_or(inner.len(), |&(next, _)| next);
        map.push(text.len(), from + next);
    }
    Text { decoded: text, map: input.map.compose(&map), span: input.map.span(start..end) }
}

fn hex(chars: &mut impl Iterator<Item = (usize, char)>) -> u32 {
    (0..4).fold(0, |value, _| value * 16 + chars.next().and_then(|(_, d)| d.to_digit(16)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_what_follows_keeps_its_place() {
        let raw = r#"["a \"b\" \u00e9\ud83d\ude00 end"]"#;
        let input = Input { path: "x.json", text: raw, map: &OffsetMap::identity() };
        let Ok(Some(Value::Array(list))) = parse(input) else { panic!() };
        let text = string(input, list.elements[0].as_string_lit().unwrap());
        assert_eq!(text.decoded, "a \"b\" é😀 end");
        assert_eq!(text.map.host(text.decoded.find("end").unwrap()), raw.find("end").unwrap());
        assert_eq!(text.map.host(text.decoded.find('b').unwrap()), raw.find('b').unwrap());
    }
}
