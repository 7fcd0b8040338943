//! Changes of a text that keep its lines and its indentation.

use std::ops::Range;

use crate::words::span::Span;

/// A changed text, and where it is new.
pub(super) struct Edited {
    pub(super) text: String,
    pub(super) span: Span,
}

pub(super) fn splice(text: &str, at: Range<usize>, with: &str) -> Edited {
    let mut out = String::with_capacity(text.len() + with.len());
    out.push_str(text.get(..at.start).unwrap_or_default());
    let start = out.len();
    out.push_str(with);
    let span = Span::new(start, out.len());
    out.push_str(text.get(at.end..).unwrap_or_default());
    Edited { text: out, span }
}

/// Another statement instead of one.
pub(super) fn replace(text: &str, at: Span, with: &str) -> Edited {
    splice(text, at.range(), &indented(with, indent(text, at)))
}

/// A statement on a line before another.
pub(super) fn before(text: &str, at: Span, what: &str) -> Edited {
    let (start, indent) = (at.start as usize, indent(text, at));
    splice(text, start..start, &format!("{}\n{indent}", indented(what, indent)))
}

/// A statement on a line after another.
pub(super) fn after(text: &str, at: Span, what: &str) -> Edited {
    let (end, indent) = (at.end as usize, indent(text, at));
    splice(text, end..end, &format!("\n{indent}{}", indented(what, indent)))
}

pub(super) fn piece(text: &str, at: Span) -> &str {
    text.get(at.range()).unwrap_or_default()
}

/// A statement with the words that begin it and the `;` that ends it.
pub(super) fn whole(text: &str, at: Span) -> Span {
    let at = headed(text, line_of(text, at));
    let rest = text.get(at.end as usize..).unwrap_or_default();
    let bare = rest.trim_start_matches([' ', '\t']);
    let closed = bare.starts_with(';') && !bare.starts_with(";;") && !piece(text, at).ends_with(';');
    if closed { Span::new(at.start as usize, at.end as usize + rest.len() - bare.len() + 1) } else { at }
}

/// A condition with the `if` in front of its test and the brackets that close its blocks.
fn headed(text: &str, at: Span) -> Span {
    let above = text.get(..at.start as usize).unwrap_or_default().trim_end_matches([' ', '\t']);
    let Some(before) = above.strip_suffix("if") else { return at };
    let line = before.rsplit('\n').next().unwrap_or_default();
    if !line.trim().is_empty() || above.len() + 2 < at.start as usize {
        return at;
    }
    let start = before.len();
    let held = text.get(start..at.end as usize).unwrap_or_default();
    let bracket = |letter: char| i32::from(letter == '{') - i32::from(letter == '}');
    let mut open: i32 = held.chars().map(bracket).sum();
    let rest = text.get(at.end as usize..).unwrap_or_default();
    // Its block is empty, or its statements have no places of their own.
    let follows = open == 0 && !held.trim_end().ends_with('}') && rest.trim_start().starts_with('{');
    let mut end = at.end as usize;
    for (offset, letter) in rest.char_indices() {
        match letter {
            _ if open == 0 && !follows => break,
            '{' => open += 1,
            '}' => open -= 1,
            _ => continue,
        }
        if open == 0 {
            end = at.end as usize + offset + 1;
            break;
        }
    }
    Span::new(start, end)
}

/// White space before a statement that begins its line.
pub(super) fn indent(text: &str, at: Span) -> &str {
    let above = text.get(..at.start as usize).unwrap_or_default();
    let line = above.get(above.rfind('\n').map_or(0, |n| n + 1)..).unwrap_or_default();
    line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
}

/// A statement from the beginning of its line: of some, only a part has a node of its own.
fn line_of(text: &str, at: Span) -> Span {
    let above = text.get(..at.start as usize).unwrap_or_default();
    let line = above.rfind('\n').map_or(0, |n| n + 1);
    let start = line + indent(text, at).len();
    let before = above.get(start..).unwrap_or_default();
    let binds = ["const ", "let ", "var ", "export ", "declare ", "local ", "readonly ", "typeset "]
        .iter()
        .any(|word| before.starts_with(word));
    let names = before.chars().all(|c| c.is_alphanumeric() || " _${}[],:=.".contains(c));
    if binds && names { Span::new(start, at.end as usize) } else { at }
}

/// Every line but the first moved to an indentation.
fn indented(text: &str, indent: &str) -> String {
    text.replace('\n', &format!("\n{indent}"))
}

/// A statement put into a template. Its later lines have the indentation that they had, and what the
/// template's line has more.
pub(super) fn fill(template: &str, mark: &str, statement: &str, indent: &str) -> String {
    let mut out = Vec::new();
    for line in template.lines() {
        let Some((before, after)) = line.split_once(mark) else {
            out.push(line.to_owned());
            continue;
        };
        let deeper = before.get(..before.len() - before.trim_start().len()).unwrap_or_default();
        let mut lines = statement.lines();
        let mut moved = lines.next().unwrap_or_default().to_owned();
        for later in lines {
            let bare = later.strip_prefix(indent).unwrap_or(later);
            moved.push('\n');
            moved.push_str(deeper);
            moved.push_str(bare);
        }
        out.push(format!("{before}{moved}{after}"));
    }
    out.join("\n")
}
