//! Bodies of `DO` and what stands between BEGIN and END: structure is passed over, statements are
//! read, text that is executed is read as SQL as far as it is known.

use super::cursor::Cursor;
use super::statement::Reader;
use super::token::{Token, TokenKind};

/// Behind these a statement starts.
const BEFORE_STATEMENT: [&str; 6] = ["begin", "then", "else", "loop", "repeat", "query"];

const STARTS: [&str; 22] = [
    "insert", "update", "delete", "merge", "replace", "truncate", "drop", "create", "alter", "grant",
    "revoke", "execute", "exec", "perform", "copy", "with", "call", "select", "rename", "load", "explain",
    "do",
];

impl Reader {
    pub(super) fn do_block(&mut self, tokens: &[Token<'_>]) {
        let body = tokens.iter().find(|t| t.kind == TokenKind::Text && !t.raw.is_empty());
        let language = tokens
            .iter()
            .position(|t| t.is("language"))
            .and_then(|at| tokens.get(at + 1))
            .map(|t| t.value().to_ascii_lowercase());
        // MySQL's `DO expression` has no body of text behind the word.
        let follows = tokens.get(1).is_some_and(|t| t.kind == TokenKind::Text || t.is("language"));
        match (body, language.as_deref()) {
            (Some(body), None | Some("plpgsql" | "sql")) if follows => self.string(body, true),
            (Some(_), Some(_)) if follows => self.raw(tokens),
            _ if tokens.iter().any(Token::is_unknown) && tokens.len() <= 3 => self.raw(tokens),
            _ if tokens.get(1).is_some_and(|t| t.is("begin")) => {
                self.block(tokens.get(1..).unwrap_or_default());
            }
            _ => self.query(tokens),
        }
    }

    /// The statements of a body.
    pub(super) fn block(&mut self, tokens: &[Token<'_>]) {
        let was = self.enter_block(true);
        for piece in tokens.split(|t| matches!(t.kind, TokenKind::Semicolon | TokenKind::End)) {
            self.block_piece(piece);
        }
        self.enter_block(was);
    }

    fn block_piece(&mut self, piece: &[Token<'_>]) {
        let mut c = Cursor::new(piece);
        if piece.first().is_some_and(|t| t.hole) {
            self.raw(piece);
        }
        // `IF EXISTS (…) DROP TABLE t`: Transact-SQL says with no word where the condition ends.
        let bare = piece.first().is_some_and(|t| t.is_any(&["if", "while"]))
            && !piece.iter().any(|t| t.is_any(&["then", "begin", "do", "loop"]));
        while !c.done() {
            let before = c.at.checked_sub(1).and_then(|at| piece.get(at));
            let starts = before.is_none_or(|t| t.is_any(&BEFORE_STATEMENT) || t.is_sign(">"));
            let in_loop = before.is_some_and(|t| t.is("in"))
                && c.is_any(&["insert", "update", "delete", "execute", "with"])
                || before.is_some_and(|t| t.is("for")) && c.is("execute");
            let behind = bare && c.at > 1 && c.ahead(1).is_none_or(|next| next.kind != TokenKind::Open);
            if (starts || in_loop || behind) && c.is_any(&STARTS) {
                let end = Self::inner_end(c, in_loop);
                let statement = piece.get(c.at..end).unwrap_or_default();
                match statement.first() {
                    Some(first) if first.is_any(&["execute", "exec"]) => {
                        self.dynamic(statement.get(1..).unwrap_or_default(), statement);
                    }
                    Some(first) if first.is("perform") => self.query(statement),
                    Some(first)
                        if first.is("grant")
                            || first.is("revoke")
                            || first.is("create")
                            || first.is("alter")
                            || first.is("drop") =>
                    {
                        self.statement(statement);
                        return;
                    }
                    _ => self.statement(statement),
                }
                c.at = end.max(c.at + 1);
            } else {
                c.skip();
            }
        }
    }

    /// A query that feeds a loop ends at LOOP; any other statement ends with the piece.
    fn inner_end(c: Cursor<'_, '_>, in_loop: bool) -> usize {
        let mut end = c;
        if in_loop && end.seek(&["loop"]) { end.at } else { c.tokens.len() }
    }

    /// `EXECUTE expression`: literals are known, the rest of the expression is holes.
    pub(super) fn dynamic(&mut self, expression: &[Token<'_>], at: &[Token<'_>]) {
        let mut c = Cursor::new(expression);
        if c.is_open() {
            expression_group(&mut c);
        }
        let mut expression = c.rest();
        let mut end = Cursor::new(expression);
        if end.seek(&["using", "into"]) {
            expression = end.since(0);
        }
        if let [only] = expression
            && is_literal(only)
        {
            return self.string(only, false);
        }
        let format = expression.first().is_some_and(|t| t.is("format") || t.is("concat"));
        let mut text = String::new();
        let mut holes = Vec::new();
        let mut c = Cursor::new(expression);
        if format {
            c.at = 1;
            let inner = c.group().unwrap_or_default();
            let joins = expression.first().is_some_and(|t| t.is("concat"));
            let arguments = Cursor::split_commas(inner);
            let taken = if joins { arguments.len() } else { 1 };
            for argument in arguments.into_iter().take(taken) {
                compose(argument, &mut text, &mut holes);
            }
            if !joins {
                (text, holes) = fill_format(&text);
            }
            if c.eat_sign("||") {
                compose(c.rest(), &mut text, &mut holes);
            }
        } else {
            compose(expression, &mut text, &mut holes);
        }
        if text.is_empty() {
            return self.raw(at);
        }
        self.composed(&text, &holes, at);
    }
}

/// `EXECUTE ('…')`: the brackets around the whole expression do not count.
fn expression_group(c: &mut Cursor<'_, '_>) {
    let mut inner = *c;
    if let Some(group) = inner.group()
        && (inner.done() || inner.is_any(&["using", "into", "at", "as"]))
    {
        *c = Cursor::new(group);
    }
}

fn is_literal(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Text || (token.kind == TokenKind::Quoted && token.raw.starts_with('"'))
}

/// Joins `'a' || x || 'b'`, where x becomes a hole.
fn compose(expression: &[Token<'_>], text: &mut String, holes: &mut Vec<std::ops::Range<usize>>) {
    let mut c = Cursor::new(expression);
    let mut open = false;
    while let Some(token) = c.peek() {
        if is_literal(token) {
            text.push_str(&token.value());
            open = false;
        } else if !token.is_sign("||") && !token.is_sign("+") && !open {
            let start = text.len();
            text.push_str(super::HOLE);
            holes.push(start..text.len());
            open = true;
        } else if token.is_sign("||") || token.is_sign("+") {
            open = false;
        }
        c.skip();
    }
}

/// The places of `format('… %I …')` become holes.
fn fill_format(text: &str) -> (String, Vec<std::ops::Range<usize>>) {
    let mut out = String::new();
    let mut holes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let after = rest.get(at + 1..).unwrap_or_default();
        let skip = after.find(|c: char| !(c.is_ascii_digit() || matches!(c, '$' | '-' | '*')));
        let mut directive = after.get(skip.unwrap_or(after.len())..).unwrap_or_default().chars();
        match directive.next() {
            Some('%') => out.push('%'),
            Some('I' | 's' | 'L') => {
                let start = out.len();
                out.push_str(super::HOLE);
                holes.push(start..out.len());
            }
            Some(other) => out.push(other),
            None => {}
        }
        rest = directive.as_str();
    }
    out.push_str(rest);
    (out, holes)
}
