//! Splits a command text into words as a shell would, without running anything.

use crate::words::span::{OffsetMap, Span};

/// Quotes and backslashes are resolved; every word has its place in the file.
pub(crate) fn words(text: &str, map: &OffsetMap) -> Vec<(String, Span)> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut start = None;
    let mut quote = None;
    let mut chars = text.char_indices();
    let mut end = 0;
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_whitespace() => {
                if let Some(from) = start.take() {
                    out.push((std::mem::take(&mut word), map.span(from..end)));
                }
                continue;
            }
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => {
                if let Some((_, escaped)) = chars.next() {
                    if quote.is_some() && !matches!(escaped, '"' | '\\' | '$' | '`') {
                        word.push('\\');
                    }
                    word.push(escaped);
                    start.get_or_insert(at);
                    end = at + 1 + escaped.len_utf8();
                    continue;
                }
            }
            (_, c) => word.push(c),
        }
        start.get_or_insert(at);
        end = at + c.len_utf8();
    }
    if let Some(from) = start {
        out.push((word, map.span(from..end)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_words_together_and_places_are_exact() {
        let text = "sh -c \"a 'b' \\\"c\\\"\" x\\ y ''";
        let words = words(text, &OffsetMap::identity());
        let plain: Vec<_> = words.iter().map(|(word, _)| word.as_str()).collect();
        assert_eq!(plain, ["sh", "-c", "a 'b' \"c\"", "x y", ""]);
        assert_eq!(&text[words[3].1.range()], "x\\ y");
    }
}
