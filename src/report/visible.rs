//! Makes hidden characters visible: what a source smuggles in must neither steer a terminal nor
//! turn the order of the text around.

use std::borrow::Cow;

/// Characters that a reader cannot see or that change how others are shown.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Appends one character, escaped as Rust writes it (`\u{202e}`) when it is hidden.
pub fn push_visible(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_hidden(c) => out.extend(c.escape_unicode()),
        c => out.push(c),
    }
}

/// One line, with nothing hidden in it.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_visible(&mut out, c);
    }
    Cow::Owned(out)
}

/// Several lines: line ends stay, everything else hidden is escaped.
#[must_use]
pub fn block(text: &str) -> String {
    text.split('\n').map(|each| line(each.strip_suffix('\r').unwrap_or(each))).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_sequence_is_shown_and_not_sent() {
        assert_eq!(line("a\u{1b}[31mb"), "a\\u{1b}[31mb");
    }

    #[test]
    fn bidirectional_and_zero_width_characters_are_named() {
        assert_eq!(line("CI\u{200b} \u{202e}eurt"), "CI\\u{200b} \\u{202e}eurt");
    }

    #[test]
    fn ordinary_text_in_any_script_is_left_alone() {
        assert_eq!(line("größer — 中文 ‘ok’"), "größer — 中文 ‘ok’");
    }

    #[test]
    fn a_block_keeps_its_lines_and_one_line_never_breaks() {
        assert_eq!(block("a\r\nb\u{7}\nc"), "a\nb\\u{7}\nc");
        assert_eq!(line("a\r\nb"), "a\\r\\nb");
    }
}
