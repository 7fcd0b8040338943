//! Cuts the few lines that a finding is about out of a file, so that a 30 MB line or a hidden
//! character does no harm in a terminal.

use std::ops::Range;

use crate::report::visible::push_visible;
use crate::words::span::Span;

/// More lines than this of one span tell nobody more.
const MOST_LINES: usize = 6;
/// A longer line is shown from shortly before the span.
const MOST_CHARS: usize = 200;
const LEAD_CHARS: usize = 60;

/// Lines ready to be drawn; `range` is the span inside `text`, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt {
    pub text: String,
    pub range: Range<usize>,
}

/// The excerpt for a span. Spans that do not fit the text are clamped, never refused.
#[must_use]
pub fn cut(source: &str, span: Span) -> Excerpt {
    let start = floor_boundary(source, span.start as usize);
    let end = floor_boundary(source, span.end as usize).max(start);
    let from = source.get(..start).and_then(|s| s.rfind(is_line_end)).map_or(0, |at| at + 1);
    let mut out = Excerpt { text: String::new(), range: 0..0 };
    let mut range_start = None;
    let mut range_end = None;
    let mut at = from;
    for number in 0..MOST_LINES {
        let rest = source.get(at..).unwrap_or("");
        let length = rest.find(is_line_end).unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or(rest);
        if number > 0 {
            out.text.push('\n');
        }
        push_line(&mut out.text, line, at, start..end, &mut range_start, &mut range_end);
        let line_end = at + length;
        if end <= line_end || line_end >= source.len() {
            break;
        }
        let ends_with_both = rest.get(length..).is_some_and(|s| s.starts_with("\r\n"));
        at = line_end + if ends_with_both { 2 } else { 1 };
        if at >= end {
            break;
        }
    }
    let range_start = range_start.unwrap_or(out.text.len());
    out.range = range_start..range_end.unwrap_or(out.text.len()).max(range_start);
    out
}

fn push_line(
    out: &mut String,
    line: &str,
    at: usize,
    span: Range<usize>,
    range_start: &mut Option<usize>,
    range_end: &mut Option<usize>,
) {
    // Only a long line needs the count of characters before the span, and only up to the limit.
    let long = line.len() > MOST_CHARS && line.chars().nth(MOST_CHARS).is_some();
    let first = if long && span.start > at { back_up(line, span.start - at) } else { 0 };
    if first > 0 {
        out.push('…');
    }
    for (shown, (offset, c)) in line.get(first..).unwrap_or("").char_indices().enumerate() {
        let here = at + first + offset;
        if range_start.is_none() && here >= span.start {
            *range_start = Some(out.len());
        }
        if range_end.is_none() && range_start.is_some() && here >= span.end {
            *range_end = Some(out.len());
        }
        if shown == MOST_CHARS {
            out.push('…');
            break;
        }
        // A tab is one column everywhere, so that the marks stand under what they mark.
        if c == '\t' { out.push(' ') } else { push_visible(out, c) }
    }
    if range_start.is_none() && span.start <= at + line.len() {
        *range_start = Some(out.len());
    }
    if range_end.is_none() && span.end <= at + line.len() {
        *range_end = Some(out.len());
    }
}

/// The byte where the shown part of a long line starts: a few characters before the span.
fn back_up(line: &str, to: usize) -> usize {
    line.get(..to)
        .map_or(0, |before| before.char_indices().rev().nth(LEAD_CHARS - 1).map_or(0, |(index, _)| index))
}

fn is_line_end(c: char) -> bool {
    c == '\n' || c == '\r'
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(source: &str, start: usize, end: usize) -> String {
        let cut = cut(source, Span::new(start, end));
        cut.text[cut.range].to_owned()
    }

    #[test]
    fn the_marked_text_is_the_span() {
        assert_eq!(marked("one\ntwo three\nfour", 8, 13), "three");
        assert_eq!(cut("one\ntwo three\nfour", Span::new(8, 13)).text, "two three");
    }

    #[test]
    fn a_span_over_lines_shows_them_all_up_to_a_limit() {
        assert_eq!(marked("a {\r\n  b\r\n}\n", 2, 12), "{\n  b\n}");
        let many = "x\n".repeat(100);
        assert_eq!(cut(&many, Span::new(0, 200)).text.lines().count(), MOST_LINES);
    }

    #[test]
    fn hidden_characters_are_named_and_the_mark_moves_along() {
        assert_eq!(marked("a\u{202e}b cd", 6, 8), "cd");
        assert_eq!(marked("a\u{202e}b", 0, 5), "a\\u{202e}b");
    }

    #[test]
    fn a_line_of_megabytes_is_shown_around_the_span() {
        let source = format!("{}NEEDLE{}", "x".repeat(3_000_000), "y".repeat(3_000_000));
        let cut = cut(&source, Span::new(3_000_000, 3_000_006));
        assert!(cut.text.len() < 300);
        assert_eq!(&cut.text[cut.range], "NEEDLE");
    }

    #[test]
    fn spans_outside_the_text_or_inside_a_character_do_no_harm() {
        assert_eq!(marked("abc", 10, 20), "");
        assert_eq!(marked("", 0, 0), "");
        assert_eq!(marked("aé", 2, 3), "é");
    }
}
