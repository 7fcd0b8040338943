//! A text that is put together from pieces: literals one behind the other, and names whose values
//! stand in the same file.

use memchr::memmem;

/// More pieces than this nobody writes for one text.
const PIECES: usize = 12;
/// A value longer than this is no password.
const LONGEST: usize = 256;

/// The text of the literal that goes on at `from`, with what is added to it behind its end. None where
/// it stands there in one piece.
pub(super) fn from(text: &str, from: usize) -> Option<String> {
    let start = text.get(..from)?;
    let line = start.rfind('\n').map_or(0, |at| at + 1);
    let before = text.get(line..from)?;
    let quote = before.chars().rev().find(|c| matches!(c, '"' | '\'' | '`'));
    let mut out = String::new();
    let mut at = from;
    let mut added = false;
    for _ in 0..PIECES {
        let rest = text.get(at..)?;
        let end = rest.find(|c: char| Some(c) == quote || c.is_whitespace() || c == '\\')?;
        added |= filled(text, rest.get(..end)?, &mut out);
        at += end;
        if quote.is_none() || !text.get(at..)?.starts_with(quote?) {
            break;
        }
        let Some(next) = next_piece(text, at + 1, quote?) else { break };
        added = true;
        match next {
            Piece::Literal(start) => at = start,
            Piece::Name(name, end) => {
                out.push_str(&value_of(text, name).unwrap_or_else(|| format!("${{{name}}}")));
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
fn filled(text: &str, piece: &str, out: &mut String) -> bool {
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
        let value = if closed && !name.is_empty() { value_of(text, name) } else { None };
        let known = value.is_some();
        match value {
            Some(value) => {
                out.push_str(&value);
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

/// `name = "value"`, `NAME=value`: what a file says once that a name is.
fn value_of(text: &str, name: &str) -> Option<String> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '{');
    memmem::find_iter(text.as_bytes(), name.as_bytes()).find_map(|at| {
        let (before, after) = (text.get(..at)?, text.get(at + name.len()..)?);
        if before.ends_with(part) || after.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return None;
        }
        let tight = after.starts_with('=');
        let value = after.trim_start().strip_prefix('=').filter(|rest| !rest.starts_with(['=', '>']))?;
        let value = value.trim_start_matches([' ', '\t']);
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        let known = match quote {
            Some(quote) => value.get(1..)?.split(quote).next()?,
            None if tight => value.split(|c: char| c.is_whitespace() || c == ';').next()?,
            None => return None,
        };
        let plain =
            known.len() <= LONGEST && !known.is_empty() && !known.contains(['$', '(', '\n', '{', ' ']);
        plain.then(|| known.to_owned())
    })
}
