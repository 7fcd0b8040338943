//! Where a statement ends: semicolons, but not those of a routine's body.

use super::token::{Token, TokenKind};

/// Where the statement that starts at `from` ends, and where the next one starts.
pub(super) fn statement_end(tokens: &[Token<'_>], from: usize, bodies_close: &mut bool) -> (usize, usize) {
    let ends = |t: &Token<'_>| matches!(t.kind, TokenKind::Semicolon | TokenKind::End | TokenKind::Meta);
    let mut at = from;
    let mut routine = false;
    while let Some(token) = tokens.get(at) {
        if ends(token) {
            return (at, at + 1);
        }
        if at < from + 14 && token.is_any(&["function", "procedure", "trigger", "event"]) {
            routine = tokens.get(from).is_some_and(|t| t.is_any(&["create", "alter"]));
        }
        if routine && token.is("begin") && *bodies_close {
            match body_end(tokens, at) {
                Some(end) => at = end,
                None => *bodies_close = false,
            }
        }
        at += 1;
    }
    (at, at)
}

/// The `END` of the `BEGIN` at `from`. A body that does not end is none, so that what follows
/// it is read as statements.
fn body_end(tokens: &[Token<'_>], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = from;
    while let Some(token) = tokens.get(at) {
        if token.kind == TokenKind::End {
            return None;
        }
        if token.is_any(&["begin", "case"]) {
            depth += 1;
        } else if token.is("end") {
            if tokens.get(at + 1).is_some_and(|t| t.is_any(&["if", "loop", "while", "repeat", "for"])) {
                at += 1;
            } else {
                at += usize::from(tokens.get(at + 1).is_some_and(|t| t.is("case")));
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
        }
        at += 1;
    }
    None
}
