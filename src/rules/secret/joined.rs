//! A text that is put together from pieces: literals one behind the other, and names whose values
//! stand in the same file.

use std::cell::OnceCell;
use std::collections::HashMap;

/// More pieces than this nobody writes for one text.
const PIECES: usize = 12;
/// A value longer than this is no password.
const LONGEST: usize = 256;
/// Further than this from a URL is not looked for its quotes.
const LINE: usize = 4096;

/// The text of the literal that goes on at `from`, with what is added to it behind its end. None where
/// it stands there in one piece.
pub(super) fn from(values: &Values<'_>, from: usize) -> Option<String> {
    let text = values.text;
    let before = end_of(text.get(..from)?, LINE);
    let before = before.rsplit('\n').next().unwrap_or(before);
    let quote = before.chars().rev().find(|c| matches!(c, '"' | '\'' | '`'));
    let mut out = String::new();
    let mut at = from;
    let mut added = false;
    for _ in 0..PIECES {
        let rest = start_of(text.get(at..)?, LINE);
        let end = rest.find(|c: char| Some(c) == quote || c.is_whitespace() || c == '\\')?;
        added |= filled(values, rest.get(..end)?, &mut out);
        at += end;
        if quote.is_none() || !text.get(at..)?.starts_with(quote?) {
            break;
        }
        let Some(next) = next_piece(text, at + 1, quote?) else { break };
        added = true;
        match next {
            Piece::Literal(start) => at = start,
            Piece::Name(name, end) => {
                out.push_str(&values.get(name).map_or_else(|| format!("${{{name}}}"), str::to_owned));
                match next_piece(text, end, quote?) {
                    Some(Piece::Literal(start)) => at = start,
                    _ => break,
                }
            }
        }
    }
    added.then_some(out)
}

enum Piece<'a> {
    Literal(usize),
    Name(&'a str, usize),
}

/// What is added behind a literal or a name: with a sign, or by standing there on the next line.
fn next_piece(text: &str, at: usize, quote: char) -> Option<Piece<'_>> {
    let rest = text.get(at..)?;
    let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n', '\\']);
    let signed = trimmed.strip_prefix(['+', '.']);
    let crossed = rest.get(..rest.len() - trimmed.len())?.contains('\n');
    let behind = match signed {
        Some(behind) => behind.trim_start(),
        None if crossed => trimmed,
        None => return None,
    };
    // Letters in front of a literal are a part of it (`f"…"`).
    let literal =
        behind.strip_prefix(['f', 'r', 'b', 'u']).filter(|l| l.starts_with(quote)).unwrap_or(behind);
    if literal.starts_with(quote) {
        return Some(Piece::Literal(text.len() - literal.len() + quote.len_utf8()));
    }
    signed?;
    let length = behind.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(behind.len());
    let name = behind.get(..length).filter(|name| !name.is_empty())?;
    Some(Piece::Name(name, text.len() - behind.len() + length))
}

/// Copies a piece with the names in it replaced by what the file says they are.
fn filled(values: &Values<'_>, piece: &str, out: &mut String) -> bool {
    let mut added = false;
    let mut rest = piece;
    while let Some(at) = rest.find(['{', '$']) {
        out.push_str(rest.get(..at).unwrap_or(""));
        let marked = rest.get(at..).unwrap_or("");
        let inner = marked.trim_start_matches(['$', '{']);
        let length = inner.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(inner.len());
        let name = inner.get(..length).unwrap_or("");
        let braced = marked.contains('{') && marked.find('{') < Some(2);
        let after = inner.get(length..).unwrap_or("");
        let closed = !braced || after.starts_with('}');
        let value = if closed && !name.is_empty() { values.get(name) } else { None };
        let known = value.is_some();
        match value {
            Some(value) => {
                out.push_str(value);
                added = true;
            }
            None => out.push_str(marked.get(..marked.len() - after.len()).unwrap_or("")),
        }
        let past = if braced && closed { after.get(1..).unwrap_or("") } else { after };
        if !known && braced && closed {
            out.push('}');
        }
        rest = past;
    }
    out.push_str(rest);
    added
}

/// The start of a text, not longer than `most` bytes.
fn start_of(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

/// The end of a text, not longer than `most` bytes.
fn end_of(text: &str, most: usize) -> &str {
    text.get(text.ceil_char_boundary(text.len().saturating_sub(most))..).unwrap_or(text)
}

/// Names with the values that a file gives them, read once for all its URLs.
pub(super) struct Values<'t> {
    text: &'t str,
    known: OnceCell<HashMap<&'t str, &'t str>>,
}

impl<'t> Values<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, known: OnceCell::new() }
    }

    fn get(&self, name: &str) -> Option<&'t str> {
        self.known.get_or_init(|| assigned(self.text)).get(name).copied()
    }
}

/// `name = "value"`, `NAME=value`: the first plain text that each name gets.
fn assigned(text: &str) -> HashMap<&str, &str> {
    let mut out = HashMap::new();
    for at in memchr::memchr_iter(b'=', text.as_bytes()) {
        let Some((name, value)) = text.split_at_checked(at).and_then(|(before, after)| {
            let name = before.trim_end();
            Some((last_name(name)?, value(after.strip_prefix('=')?, name.len() == before.len())?))
        }) else {
            continue;
        };
        out.entry(name).or_insert(value);
    }
    out
}

/// The name at the end of a text, where it is not a part of something longer.
fn last_name(text: &str) -> Option<&str> {
    let near = end_of(text, LONGEST);
    let start = near
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map_or(0, |at| at + near.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8));
    let (before, name) = near.split_at_checked(start)?;
    (!name.is_empty() && !before.ends_with(['.', '$', '{'])).then_some(name)
}

/// The plain text behind an equals sign; without quotes only where the sign stands at the name.
fn value(after: &str, tight: bool) -> Option<&str> {
    if after.starts_with(['=', '>']) {
        return None;
    }
    let value = start_of(after, 2 * LONGEST).trim_start_matches([' ', '\t']);
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let known = match quote {
        Some(quote) => value.get(1..)?.split(quote).next()?,
        None if tight => value.split(|c: char| c.is_whitespace() || c == ';').next()?,
        None => return None,
    };
    let plain = known.len() <= LONGEST && !known.is_empty() && !known.contains(['$', '(', '\n', '{', ' ']);
    plain.then_some(known)
}
