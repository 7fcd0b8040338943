//! Lines more in a text, with every byte of it kept.

/// The text with lines at an offset that is the start of a line, or the end of the text. Line ends are
/// those of the text.
pub(super) fn at(text: &str, offset: usize, lines: &str) -> (String, String) {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut added = String::new();
    let (head, tail) = text.split_at(offset.min(text.len()));
    if !head.is_empty() && !head.ends_with('\n') {
        added.push_str(end);
    }
    for line in lines.lines() {
        added.push_str(line);
        added.push_str(end);
    }
    (format!("{head}{added}{tail}"), added)
}

/// Where the line after the one that holds the last byte before `offset` begins.
pub(super) fn line_after(text: &str, offset: usize) -> usize {
    let held = text.get(..offset).unwrap_or(text).trim_end().len();
    text.get(held..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| held + at + 1)
}

/// The column of a byte, and what stands before it on its line.
pub(super) fn before(text: &str, offset: usize) -> &str {
    let head = text.get(..offset).unwrap_or(text);
    head.rsplit('\n').next().unwrap_or(head)
}

/// Lines with white space in front of each.
pub(super) fn indented(lines: &str, by: usize) -> String {
    let mut out = String::new();
    for line in lines.lines() {
        out.push_str(&" ".repeat(by));
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_ends_of_the_text_are_kept() {
        assert_eq!(at("a\r\nb", 4, "c").0, "a\r\nb\r\nc\r\n");
        assert_eq!(at("a\nb\n", 2, "c").0, "a\nc\nb\n");
        assert_eq!(at("", 0, "c").0, "c\n");
    }

    #[test]
    fn white_space_at_an_end_belongs_to_what_follows() {
        assert_eq!(line_after("a:\n  b\n\n\nc", 8), 7);
        assert_eq!(line_after("a", 1), 1);
    }
}
