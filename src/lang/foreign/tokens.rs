//! Tokens of Ruby, PHP and Go, as far as calls and texts need them.

use std::ops::Range;

use super::Language;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    /// A text; a hole holds the name that stands there, where it is one.
    Text(Vec<Piece>),
    /// Text that a shell runs.
    Shell(Vec<Piece>),
    Sign(&'static str),
    Line,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Known(String, usize),
    Hole(String),
}

#[derive(Clone, Debug)]
pub(super) struct Spanned {
    pub(super) token: Token,
    pub(super) range: Range<usize>,
    pub(super) spaced: bool,
}

const SIGNS: [&str; 34] = [
    "?->", "===", "!==", "<=>", "...", "->", "=>", "::", ":=", "==", "!=", "<=", ">=", "&&", "||", "&.",
    "<<", ".", "(", ")", "[", "]", "{", "}", ",", ":", "=", "+", ";", "!", "&", "*", "-", "|",
];

pub(super) fn read(language: Language, text: &str) -> Vec<Spanned> {
    let mut lexer = Lexer { language, text, at: 0, out: Vec::new(), spaced: false, skip: None };
    // What is handed over as a program (`php -r`) has no tags.
    if language == Language::Php && text.contains("<?") {
        lexer.php();
    } else {
        lexer.until(text.len());
    }
    lexer.out
}

struct Lexer<'a> {
    language: Language,
    text: &'a str,
    at: usize,
    out: Vec<Spanned>,
    spaced: bool,
    /// Where the line goes on after the bodies of its heredocs.
    skip: Option<usize>,
}

impl Lexer<'_> {
    /// Only what stands between the tags is program.
    fn php(&mut self) {
        while let Some(open) = self.rest().find("<?") {
            self.at += open + 2;
            if self.rest().starts_with("php") {
                self.at += 3;
            }
            let end = self.rest().find("?>").map_or(self.text.len(), |close| self.at + close);
            self.until(end);
            self.at = self.at.max(end);
        }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn push(&mut self, token: Token, from: usize) {
        self.out.push(Spanned { token, range: from..self.at, spaced: self.spaced });
        self.spaced = false;
    }

    fn until(&mut self, end: usize) {
        while self.at < end {
            let from = self.at;
            let rest = self.rest();
            let Some(c) = rest.chars().next() else { break };
            if c == '\n' {
                self.at += 1;
                self.push(Token::Line, from);
                if let Some(to) = self.skip.take() {
                    self.at = to.max(self.at);
                }
                self.spaced = true;
            } else if c.is_whitespace() {
                self.at += c.len_utf8();
                self.spaced = true;
            } else if self.comment() {
                self.spaced = true;
            } else if !self.special(c) {
                if c.is_alphanumeric() || matches!(c, '_' | '$' | '@') {
                    self.word();
                } else if let Some(sign) = SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) {
                    self.at += sign.len();
                    self.push(Token::Sign(sign), from);
                } else {
                    self.at += c.len_utf8();
                    self.push(Token::Sign("?"), from);
                }
            }
        }
    }

    fn comment(&mut self) -> bool {
        let rest = self.rest();
        let line = match self.language {
            Language::Ruby => rest.starts_with('#'),
            Language::Php => rest.starts_with("//") || rest.starts_with('#') && !rest.starts_with("#["),
            Language::Go => rest.starts_with("//"),
        };
        if line {
            self.at += rest.find('\n').unwrap_or(rest.len());
            return true;
        }
        let at_start = self.at == 0 || self.text.get(..self.at).is_some_and(|before| before.ends_with('\n'));
        if self.language == Language::Ruby && at_start {
            if rest.starts_with("=begin") {
                self.at += rest.find("\n=end").map_or(rest.len(), |end| end + 5);
                return true;
            }
            if rest.starts_with("__END__") {
                self.at = self.text.len();
                return true;
            }
        }
        if self.language != Language::Ruby && rest.starts_with("/*") {
            self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            return true;
        }
        false
    }

    /// Texts of every kind.
    fn special(&mut self, c: char) -> bool {
        let from = self.at;
        match (self.language, c) {
            (_, '"') => self.quoted(from, '"', '"', 1, true),
            (Language::Go, '\'') => {
                self.quoted(from, '\'', '\'', 1, false);
            }
            (_, '\'') => self.quoted(from, '\'', '\'', 1, false),
            (Language::Go, '`') => {
                let body = self.rest().get(1..).unwrap_or("");
                let length = body.find('`').unwrap_or(body.len());
                let known = Piece::Known(body.get(..length).unwrap_or("").to_owned(), from + 1);
                self.at = (from + length + 2).min(self.text.len());
                self.push(Token::Text(vec![known]), from);
            }
            (_, '`') => {
                let pieces = self.pieces(from + 1, '`', '`', true);
                self.push(Token::Shell(pieces), from);
            }
            (Language::Ruby, '%') => return self.percent(),
            (Language::Ruby | Language::Php, '<') => return self.heredoc(),
            (Language::Ruby, ':') => return self.symbol(),
            (Language::Ruby, '/') => return self.regex(),
            _ => return false,
        }
        true
    }

    fn quoted(&mut self, from: usize, open: char, close: char, skip: usize, holes: bool) {
        let pieces = self.pieces(from + skip, open, close, holes);
        self.push(Token::Text(pieces), from);
    }

    /// Reads to `close`; `open` nests where it is another character.
    fn pieces(&mut self, start: usize, open: char, close: char, holes: bool) -> Vec<Piece> {
        let holes = holes && self.language != Language::Go;
        let text = self.text;
        let mut out = Vec::new();
        let mut known = String::new();
        let mut known_at = start;
        let mut depth = 0_usize;
        let mut chars = text.get(start..).unwrap_or("").char_indices().peekable();
        let mut end = text.len();
        while let Some((offset, c)) = chars.next() {
            let at = start + offset;
            if c == '\\' {
                if let Some((_, escaped)) = chars.next() {
                    match escaped {
                        'n' | 't' | 'r' => known.push(' '),
                        other => known.push(other),
                    }
                }
                continue;
            }
            if c == close && depth == 0 {
                end = at + c.len_utf8();
                break;
            }
            if open != close && c == open {
                depth += 1;
            } else if open != close && c == close {
                depth -= 1;
            }
            let next = chars.peek().map(|(_, next)| *next);
            let hole = match (self.language, c, next) {
                (Language::Ruby, '#', Some('{')) | (Language::Php, '{', Some('$')) => {
                    let inner = text.get(at..).unwrap_or("");
                    Some(inner.find('}').map_or(inner.len(), |close| close + 1))
                }
                (Language::Php, '$', Some(next)) if next.is_ascii_alphabetic() || next == '_' => {
                    let inner = text.get(at + 1..).unwrap_or("");
                    Some(
                        1 + inner
                            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                            .unwrap_or(inner.len()),
                    )
                }
                _ => None,
            };
            if let Some(length) = hole.filter(|_| holes) {
                if !known.is_empty() {
                    out.push(Piece::Known(std::mem::take(&mut known), known_at));
                }
                let inner = text.get(at..at + length).unwrap_or("");
                out.push(Piece::Hole(inner.trim_matches(['#', '{', '}', '$', ' ']).to_owned()));
                known_at = at + length;
                while chars.peek().is_some_and(|(offset, _)| start + offset < at + length) {
                    chars.next();
                }
                continue;
            }
            if known.is_empty() {
                known_at = at;
            }
            known.push(c);
        }
        if !known.is_empty() || out.is_empty() {
            out.push(Piece::Known(known, known_at.min(text.len())));
        }
        self.at = end.max(self.at + 1).min(text.len());
        while !text.is_char_boundary(self.at) {
            self.at += 1;
        }
        out
    }

    /// `%q(…)`, `%w[…]`, `%x(…)`.
    fn percent(&mut self) -> bool {
        let from = self.at;
        let mut chars = self.rest().chars().skip(1);
        let (Some(kind), Some(open)) = (chars.next(), chars.next()) else { return false };
        let close = match open {
            '(' => ')',
            '[' => ']',
            '{' => '}',
            '<' => '>',
            '|' | '!' => open,
            _ => return false,
        };
        if !matches!(kind, 'q' | 'Q' | 'w' | 'W' | 'i' | 'I' | 'x' | 'r') {
            return false;
        }
        let pieces = self.pieces(from + 3, open, close, !matches!(kind, 'q' | 'w' | 'i'));
        self.push(if kind == 'x' { Token::Shell(pieces) } else { Token::Text(pieces) }, from);
        true
    }

    fn heredoc(&mut self) -> bool {
        let from = self.at;
        let rest = self.rest();
        let marks = if self.language == Language::Php { "<<<" } else { "<<" };
        let Some(head) = rest.strip_prefix(marks) else { return false };
        let head = if self.language == Language::Ruby {
            match head.strip_prefix(['~', '-']) {
                Some(head) => head,
                // `a << B` appends.
                None if head.starts_with(|c: char| c.is_ascii_uppercase()) => head,
                None => return false,
            }
        } else {
            head.trim_start()
        };
        let quote = head.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        let head = head.strip_prefix(['"', '\'', '`']).unwrap_or(head);
        let length = head.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(head.len());
        let Some(name) = head.get(..length).filter(|name| !name.is_empty()) else { return false };
        let opened = rest.len() - head.len() + length + usize::from(quote.is_some());
        let body = match self.skip {
            Some(at) => at,
            None => match rest.find('\n') {
                Some(line) => from + line + 1,
                None => return false,
            },
        };
        let mut end = body;
        let mut after = None;
        for line in self.text.get(body..).unwrap_or("").split_inclusive('\n') {
            let bare = line.trim();
            let closes = bare == name
                || self.language == Language::Php
                    && bare.strip_prefix(name).is_some_and(|rest| {
                        !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                    });
            if closes {
                let at = if self.language == Language::Php {
                    line.find(name).unwrap_or(0) + name.len()
                } else {
                    line.len()
                };
                after = Some(end + at);
                break;
            }
            end += line.len();
        }
        let Some(after) = after else { return false };
        let name_holds = quote != Some('\'');
        let inside = self.text.get(body..end).unwrap_or("").to_owned();
        let pieces = if name_holds { self.holes(&inside, body) } else { vec![Piece::Known(inside, body)] };
        if self.language == Language::Php {
            self.at = after;
        } else {
            self.at = from + opened;
            self.skip = Some(after);
        }
        self.push(if quote == Some('`') { Token::Shell(pieces) } else { Token::Text(pieces) }, from);
        true
    }

    fn holes(&self, text: &str, base: usize) -> Vec<Piece> {
        let (mark, skip) = if self.language == Language::Ruby { ("#{", 2) } else { ("$", 1) };
        let mut out = Vec::new();
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find(mark)).map(|at| from + at) {
            let inner = text.get(at + skip..).unwrap_or("");
            let length = if self.language == Language::Ruby {
                inner.find('}').map_or(inner.len(), |close| close + 1)
            } else {
                inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len())
            };
            let before = text.get(from..at).unwrap_or("");
            if !before.is_empty() {
                out.push(Piece::Known(before.to_owned(), base + from));
            }
            out.push(Piece::Hole(inner.get(..length).unwrap_or("").trim_matches(['}', ' ']).to_owned()));
            from = at + skip + length;
        }
        let behind = text.get(from..).unwrap_or("");
        if !behind.is_empty() || out.is_empty() {
            out.push(Piece::Known(behind.to_owned(), base + from));
        }
        out
    }

    /// `:users`, but not `a ? b : c`, `A::B` or `key: value`.
    fn symbol(&mut self) -> bool {
        let from = self.at;
        let rest = self.rest();
        if rest.starts_with("::") || self.text.get(..from).is_some_and(|before| before.ends_with(':')) {
            return false;
        }
        let inner = rest.get(1..).unwrap_or("");
        if !inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return false;
        }
        let length = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
        let name = inner.get(..length).unwrap_or("").to_owned();
        self.at = from + 1 + length;
        self.push(Token::Text(vec![Piece::Known(name, from + 1)]), from);
        true
    }

    /// A pattern of Ruby, where a value may begin.
    fn regex(&mut self) -> bool {
        let value_before = matches!(
            self.out.last().map(|last| &last.token),
            Some(Token::Word(_) | Token::Text(_) | Token::Sign(")" | "]" | "}"))
        );
        let next_spaced = self.rest().get(1..).is_some_and(|rest| rest.starts_with([' ', '=']));
        if value_before && (!self.spaced || next_spaced) {
            return false;
        }
        let rest = self.rest();
        let line = rest.find('\n').unwrap_or(rest.len());
        let Some(end) = rest.get(1..line).and_then(|body| body.find('/')) else { return false };
        let from = self.at;
        self.at += end + 2;
        self.push(Token::Sign("?"), from);
        true
    }

    fn word(&mut self) {
        let from = self.at;
        let rest = self.rest();
        let start = rest.find(|c: char| !matches!(c, '$' | '@')).unwrap_or(rest.len());
        let body = rest.get(start..).unwrap_or("");
        let mut length =
            body.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '\\'))).unwrap_or(body.len());
        if self.language == Language::Ruby {
            let behind = body.get(length..).unwrap_or("");
            if behind.starts_with(['!', '?']) && !behind.starts_with("!=") && length > 0 {
                length += 1;
            }
        }
        let word = body.get(..length).unwrap_or("").trim_start_matches('\\').to_owned();
        self.at = from + (start + length).max(1);
        self.push(Token::Word(word), from);
    }
}
