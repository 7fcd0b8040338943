//! Functions and procedures that a text makes, with what their bodies change, and those that a text calls.

use std::collections::BTreeMap;

use super::scanner::tokenize;
use super::token::{Token, TokenKind};
use super::{flatten, read_str};
use crate::words::effect::Effect;
use crate::words::span::Span;
use crate::words::text::Text;

/// Bodies longer than this are data, or written by a machine.
const LONGEST_BODY: usize = 1 << 18;

/// The routines that a text makes and whose bodies change something, by their names in lower case. What a
/// trigger starts, nobody calls.
#[must_use]
pub fn routines(text: &str) -> Vec<(String, Vec<Effect>)> {
    let effects = |body: &str| read_str(body, None).effects.into_iter().map(|found| found.effect).collect();
    let all = made(text).into_iter().map(|(name, body)| (name, effects(&body)));
    all.filter(|(_, effects): &(String, Vec<Effect>)| !effects.is_empty()).collect()
}

/// The routines that a text makes, by their names in lower case, with their bodies as blocks that run at once.
#[must_use]
pub fn made(text: &str) -> Vec<(String, String)> {
    let tokens = tokenize(text, &[], None).list;
    let mut out = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if !token.is_any(&["function", "procedure"]) || !follows_create(&tokens, at) {
            continue;
        }
        let Some((name, open)) = called(&tokens, at + 1) else { continue };
        let rest = tokens.get(open..).unwrap_or_default();
        let end = rest.iter().position(|t| matches!(t.kind, TokenKind::Semicolon | TokenKind::End));
        let rest = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let trigger = rest
            .windows(2)
            .any(|pair| pair[0].is("returns") && pair[1].is_any(&["trigger", "event_trigger"]));
        let body = rest.iter().find(|t| t.kind == TokenKind::Text && t.raw.starts_with('$'));
        if let Some(body) = body.filter(|body| !trigger && body.raw.len() <= LONGEST_BODY) {
            out.push((name, format!("DO {}", body.raw)));
        }
    }
    out
}

/// Where the statements of a text start a routine of these names: `SELECT f()`, `CALL f()`, and not what is made
/// to be called later (a default, a view, a trigger).
#[must_use]
pub fn started<'n>(text: &str, names: &'n BTreeMap<String, String>) -> Vec<(&'n str, Span)> {
    started_at(text, names, 0, true)
}

fn started_at<'n>(
    text: &str,
    names: &'n BTreeMap<String, String>,
    offset: usize,
    whole: bool,
) -> Vec<(&'n str, Span)> {
    let tokens = tokenize(text, &[], None).list;
    let mut out = Vec::new();
    let mut runs = false;
    let mut fresh = true;
    for (at, token) in tokens.iter().enumerate() {
        // In a body a statement starts behind these, too.
        let inside = !whole && token.is_any(&["begin", "then", "else", "loop"]);
        if token.kind == TokenKind::Semicolon || inside {
            fresh = true;
            continue;
        }
        // `DO $$ … PERFORM f(); … $$` runs at once.
        if whole && fresh && token.is("do") {
            let body = tokens.iter().skip(at + 1).take_while(|t| t.kind != TokenKind::Semicolon);
            let body = body.clone().find(|t| t.kind == TokenKind::Text && t.raw.starts_with('$'));
            if let Some(body) = body
                && let Some(open) = body.raw.get(1..).and_then(|rest| rest.find('$')).map(|end| end + 2)
                && let Some(inner) = body.raw.len().checked_sub(open).and_then(|end| body.raw.get(open..end))
            {
                out.extend(started_at(inner, names, body.start + open, false));
            }
        }
        if std::mem::take(&mut fresh) {
            runs = token.is_any(&[
                "select", "call", "with", "values", "perform", "exec", "execute", "insert", "update",
            ]);
        }
        let opens = tokens.get(at + 1).is_some_and(|t| t.kind == TokenKind::Open);
        if !runs || !opens || !token.is_name() {
            continue;
        }
        if let Some((name, _)) = names.get_key_value(&token.value().to_ascii_lowercase()) {
            out.push((name.as_str(), Span::new(offset + token.start, offset + token.end())));
        }
    }
    out
}

/// The names of all that a text calls, in lower case and without their schemas.
#[must_use]
pub fn calls(text: &Text) -> Vec<String> {
    let (flat, holes) = flatten(text);
    let tokens = tokenize(&flat, &holes, None).list;
    let made = |at: usize| {
        let before = tokens.get(..at).unwrap_or_default().iter().rev();
        let mut before = before.skip_while(|t| t.is_name() && !t.is_any(&MAKES) || t.is_sign("."));
        before.next().is_some_and(|t| t.is_any(&MAKES))
    };
    let opens = |at: usize| tokens.get(at + 1).is_some_and(|t| t.kind == TokenKind::Open);
    let names = tokens.iter().enumerate().filter(|(at, token)| token.is_name() && opens(*at) && !made(*at));
    names.map(|(_, token)| token.value().to_ascii_lowercase()).collect()
}

/// Words behind which a name in front of a bracket is no call.
const MAKES: [&str; 8] = ["function", "procedure", "routine", "into", "table", "references", "on", "index"];

/// `CREATE OR REPLACE FUNCTION`, and not `DROP FUNCTION` or `EXECUTE FUNCTION`.
fn follows_create(tokens: &[Token<'_>], at: usize) -> bool {
    let before = tokens.get(at.saturating_sub(3)..at).unwrap_or_default();
    let last = before.iter().rev().find(|t| !t.is_any(&["or", "replace", "alter"]));
    last.is_some_and(|t| t.is("create"))
}

/// `schema.name (`: the name in lower case, and where the bracket stands.
fn called(tokens: &[Token<'_>], mut at: usize) -> Option<(String, usize)> {
    loop {
        let name = tokens.get(at).filter(|t| t.is_name())?;
        let next = tokens.get(at + 1)?;
        if next.is_sign(".") {
            at += 2;
        } else if next.kind == TokenKind::Open {
            return Some((name.value().to_ascii_lowercase(), at + 1));
        } else {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{calls, routines};
    use crate::words::text::Text;

    #[test]
    fn a_routine_is_known_by_what_its_body_changes() {
        let made = routines(
            "CREATE OR REPLACE FUNCTION app.purge(days int) RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  DELETE FROM parcels;\n  RETURN 1;\nEND $$;\n\
             CREATE FUNCTION open() RETURNS bigint LANGUAGE sql AS $f$ SELECT count(*) FROM depots $f$;\n\
             CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE a SET b = 1; RETURN NEW; END $$;",
        );
        assert_eq!(made.len(), 1, "{made:?}");
        assert_eq!(made[0].0, "purge");
        assert_eq!(made[0].1.len(), 1);
    }

    #[test]
    fn what_is_made_is_not_called() {
        assert_eq!(calls(&Text::known("SELECT app.purge(30), lower('open()')")), ["purge", "lower"]);
        assert!(calls(&Text::known("CREATE FUNCTION app.purge(days int) RETURNS int")).is_empty());
        assert!(calls(&Text::known("INSERT INTO purge (a) VALUES (1)")).iter().all(|name| name != "purge"));
    }
}
