//! Windows batch files: the commands in them, in order.
//!
//! Conditions, jumps and loops are not followed, so that every command counts as one that may run
//! and no check in front of it is believed.

use super::Input;
use crate::words::flow::{Catches, Dialect, Expr, ExprKind, Handler, Node, NodeKind, Run, Stdin, Unit};
use crate::words::span::Span;

/// `if … else if …`, `for … do for …`: nobody nests them deeper in one line.
const DEEPEST: usize = 40;

#[must_use]
pub fn lower(input: Input<'_>) -> Unit {
    let mut unit = Unit::empty(Dialect::Other);
    let mut reader = Reader { input, body: Vec::new() };
    let mut at = 0;
    while at < input.text.len() {
        let end = line_end(input.text, at);
        reader.line(at, end);
        let shape = input.text.get(at..end).unwrap_or("").split_whitespace();
        let said: Vec<&str> = shape.collect();
        let first = said.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
        if !said.is_empty() && first != "rem" && !first.starts_with("::") {
            unit.shape.extend_from_slice(said.join(" ").as_bytes());
            unit.shape.push(0x1f);
        }
        at = end + 1;
    }
    unit.body = reader.body;
    unit
}

/// The end of the line that starts at `from`, past line ends behind a `^`.
fn line_end(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end);
        let line = text.get(from..end).unwrap_or("").trim_end_matches('\r');
        if !line.ends_with('^') || end >= text.len() {
            return end;
        }
        at = end + 1;
    }
}

struct Reader<'a> {
    input: Input<'a>,
    body: Vec<Node>,
}

impl Reader<'_> {
    fn text(&self, from: usize, to: usize) -> &str {
        self.input.text.get(from..to.max(from)).unwrap_or("")
    }

    /// Splits a line at `&`, `|` and brackets that stand outside of quotes.
    fn line(&mut self, from: usize, to: usize) {
        let first = self.text(from, to).trim_start_matches(['@', ' ', '\t', '(']).to_ascii_lowercase();
        if first.starts_with("rem ") || first.trim() == "rem" || first.starts_with(':') {
            return;
        }
        let line = self.text(from, to).to_owned();
        let mut quoted = false;
        let mut start = 0;
        let mut pieces: Vec<(usize, usize, bool)> = Vec::new();
        let mut otherwise = false;
        let bytes = line.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'"' => quoted = !quoted,
                b'^' if !quoted => at += 1,
                b'&' | b'|' if !(quoted || bytes[at] == b'&' && at > 0 && bytes[at - 1] == b'>') => {
                    pieces.push((start, at, otherwise));
                    otherwise = bytes[at] == b'|' && bytes.get(at + 1) == Some(&b'|');
                    if bytes.get(at + 1) == Some(&bytes[at]) {
                        at += 1;
                    }
                    start = at + 1;
                }
                _ => {}
            }
            at += 1;
        }
        pieces.push((start, line.len(), otherwise));
        for (index, (start, end, _)) in pieces.iter().enumerate() {
            let hidden = pieces.get(index + 1).filter(|(_, _, otherwise)| *otherwise).filter(|(s, e, _)| {
                let next =
                    line.get(*s..*e).unwrap_or("").trim().trim_matches(['(', ')', ' ']).to_ascii_lowercase();
                let word = next.split([' ', '>']).next().unwrap_or("");
                matches!(word, "ver" | "rem" | "echo") || matches!(next.as_str(), "exit /b 0" | "exit 0")
            });
            let before = self.body.len();
            self.command(from + start, from + end, 0);
            if hidden.is_some() {
                // What stands behind `||` only says that all is well.
                let body = self.body.split_off(before);
                let span = self.span(from + start, from + end);
                let handler = Some(Handler { param: None, body: Vec::new(), catches: Catches::All, span });
                self.body.push(Node { kind: NodeKind::Try { body, handler, finally: Vec::new() }, span });
            }
        }
    }

    fn span(&self, from: usize, to: usize) -> Span {
        self.input.map.span(from..to.max(from))
    }

    fn command(&mut self, from: usize, to: usize, depth: usize) {
        let text = self.text(from, to);
        let skip = text.len() - text.trim_start_matches(['@', '(', ')', ' ', '\t', '\r']).len();
        let from = from + skip;
        let words = self.words(from, to);
        let Some(first) = words.first().filter(|_| depth < DEEPEST) else { return };
        let lower = |word: &Word| word.plain.to_ascii_lowercase();
        let name = lower(first);
        let rest = |index: usize| words.get(index).map(|word| word.from);
        let next = match name.as_str() {
            "rem" | "echo" | "echo." | "goto" | "exit" | "setlocal" | "endlocal" | "title" | "pause"
            | "shift" | "color" | "cls" | "popd" | "prompt" | "ver" | "verify" | "path" => return,
            _ if name.starts_with(':') => return,
            "set" => return self.set(from, to),
            "call" | "else" => rest(1),
            "if" => {
                let mut at = 1;
                while words.get(at).is_some_and(|word| matches!(lower(word).as_str(), "not" | "/i")) {
                    at += 1;
                }
                let takes_one = words.get(at).is_some_and(|word| {
                    matches!(lower(word).as_str(), "errorlevel" | "exist" | "defined" | "cmdextversion")
                });
                let operator = words.get(at + 1).map(lower).unwrap_or_default();
                at += if takes_one {
                    2
                } else if matches!(operator.as_str(), "==" | "equ" | "neq" | "lss" | "leq" | "gtr" | "geq") {
                    3
                } else if words.get(at).is_some_and(|word| word.plain.ends_with("=="))
                    || operator.starts_with("==")
                {
                    2
                } else {
                    1
                };
                rest(at)
            }
            "for" => {
                let body = words.iter().position(|word| lower(word) == "do");
                // `for /f %%i in ('command') do …` runs the command, too.
                if let Some(open) = self.text(from, to).find("('")
                    && let Some(length) = self.text(from + open + 2, to).find("')")
                {
                    let start = from + open + 2;
                    self.command(start, start + length, depth + 1);
                }
                body.and_then(|at| rest(at + 1))
            }
            "start" => {
                let title = words.get(1).filter(|word| word.quoted).map_or(1, |_| 2);
                let at = words.iter().skip(title).position(|word| !word.plain.starts_with('/'));
                at.and_then(|at| rest(at + title))
            }
            "cmd" | "cmd.exe" => {
                let at = words.iter().position(|word| matches!(lower(word).as_str(), "/c" | "/k"));
                let inner = at.and_then(|at| words.get(at + 1));
                inner.map(|word| if word.quoted { word.from + 1 } else { word.from })
            }
            _ => {
                self.run(words, from, to);
                return;
            }
        };
        if let Some(next) = next.filter(|next| *next > from) {
            self.command(next, to, depth + 1);
        }
    }

    /// `set NAME=value`, `set "NAME=value"`; other programs see it.
    fn set(&mut self, from: usize, to: usize) {
        let text = self.text(from + 3, to).trim().trim_end_matches(')').trim().trim_matches('"').to_owned();
        let Some((name, value)) = text.split_once('=') else { return };
        let name = name.trim();
        if name.is_empty() || name.starts_with('/') {
            return;
        }
        let span = self.span(from, to);
        let value = Some(self.expanded(value, span));
        let kind = NodeKind::ExportVariable { name: name.to_owned(), value };
        self.body.push(Node { kind, span });
    }

    fn run(&mut self, words: Vec<Word>, from: usize, to: usize) {
        let end = from + self.text(from, to).trim_end().len();
        let span = self.span(from, end);
        let mut stdin = Stdin::Inherit;
        let mut given = Vec::new();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let at = self.span(word.from, word.to);
            let redirects = word.plain.trim_start_matches(|c: char| c.is_ascii_digit());
            if !word.quoted && redirects.starts_with(['<', '>']) {
                let file = redirects.trim_start_matches(['<', '>']).to_owned();
                let file = if file.is_empty() { words.next().map(|word| word.plain) } else { Some(file) };
                if let (true, Some(file)) = (redirects.starts_with('<'), file) {
                    stdin = Stdin::File(self.expanded(&file, at));
                }
                continue;
            }
            let plain = if word.plain.contains(' ') || word.plain.contains("://") {
                word.plain
            } else {
                word.plain.replace('\\', "/")
            };
            given.push(self.expanded(plain.trim_end_matches(')'), at));
        }
        let run = Run { words: given, env: Vec::new(), stdin };
        self.body.push(Node { kind: NodeKind::Eval(Expr::new(ExprKind::Run(run), span)), span });
    }

    /// `%NAME%`, `!NAME!`, `%1`, `%%i` and `%~dp0` in a word.
    fn expanded(&self, text: &str, span: Span) -> Expr {
        let variable = |name: &str| Expr::new(ExprKind::Variable(name.to_owned()), span);
        let folder = super::folder_of(self.input.path);
        let here = if folder == "." { "/".to_owned() } else { format!("/{folder}/") };
        let text = text.replace("%~dp0\\", &here).replace("%~dp0/", &here).replace("%~dp0", &here);
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['%', '!']) {
            let sign = if rest.get(at..).is_some_and(|r| r.starts_with('%')) { '%' } else { '!' };
            let (before, after) = (rest.get(..at).unwrap_or(""), rest.get(at + 1..).unwrap_or(""));
            if !before.is_empty() {
                parts.push(Expr::text(before, span));
            }
            let digit = after.chars().next().filter(|c| sign == '%' && (c.is_ascii_digit() || *c == '*'));
            if let Some(digit) = digit {
                parts.push(variable(if digit == '*' { "@" } else { "1" }));
                rest = after.get(1..).unwrap_or("");
                continue;
            }
            if let Some(loop_variable) = after.strip_prefix('%') {
                parts.push(variable("item"));
                rest =
                    loop_variable.get(loop_variable.chars().next().map_or(0, char::len_utf8)..).unwrap_or("");
                continue;
            }
            match after.split_once(sign) {
                Some((name, behind)) if !name.is_empty() && !name.contains(' ') => {
                    parts.push(variable(name.split(':').next().unwrap_or(name)));
                    rest = behind;
                }
                _ => {
                    parts.push(Expr::text(sign.to_string(), span));
                    rest = after;
                }
            }
        }
        if !rest.is_empty() || parts.is_empty() {
            parts.push(Expr::text(rest, span));
        }
        match parts.len() {
            1 => parts.pop().unwrap_or_else(|| Expr::text("", span)),
            _ => Expr::new(ExprKind::Concat(parts), span),
        }
    }

    fn words(&self, from: usize, to: usize) -> Vec<Word> {
        let text = self.text(from, to);
        let mut out: Vec<Word> = Vec::new();
        let mut open = false;
        let mut quotes = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let blank = !quotes && (c.is_whitespace() || c == ';' || c == ',');
            if blank {
                open = false;
                continue;
            }
            if !open {
                out.push(Word { plain: String::new(), quoted: c == '"', from: from + at, to: from + at });
                open = true;
            }
            let Some(word) = out.last_mut() else { break };
            match c {
                '"' => quotes = !quotes,
                '^' if !quotes => {
                    let escaped = chars.next().map(|(_, c)| c).filter(|c| !matches!(c, '\n' | '\r'));
                    word.plain.extend(escaped);
                }
                c => word.plain.push(c),
            }
            word.to = from + at + c.len_utf8();
        }
        out
    }
}

struct Word {
    plain: String,
    quoted: bool,
    from: usize,
    to: usize,
}
