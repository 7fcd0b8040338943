//! An admin password with a default, or written into a script, a configuration or a document.

use super::marks::Marks;
use super::{Hit, is_blank, is_test};
use crate::words::span::Span;

pub const ID: &str = "secret/default-password";
pub const HELP: &str =
    "require the variable without a default, and hand the password over from a secret store";

/// How a file writes a value without quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Program text: a bare word is a name.
    Code,
    /// `NAME=value`, `NAME: value`.
    Plain,
    /// Prose around `NAME=value`.
    Document,
}

#[must_use]
pub(super) fn scan(path: &str, text: &str, marks: &Marks) -> Vec<Hit> {
    let mut out: Vec<Hit> = Vec::new();
    if marks.passwords.is_empty() || is_test(path) || is_translation(path) {
        return out;
    }
    let style = style(path);
    for &at in &marks.passwords {
        let Some(length) = called(text.as_bytes().get(at..).unwrap_or_default()) else { continue };
        let (start, end) = identifier(text, at, at + length);
        if end != at + length || out.last().is_some_and(|last| last.span.end as usize > start) {
            continue;
        }
        let Some(name) = text.get(start..end) else { continue };
        let line_start = text.get(..start).map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
        let line_end = text.get(end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| end + at);
        let before = text.get(line_start..start).unwrap_or("");
        let after = text.get(end..line_end).unwrap_or("");
        let value = if is_admin(name) {
            default_of(before, after).or_else(|| assigned(before, after, style))
        } else if style == Style::Document {
            told(before, name, after)
        } else {
            None
        };
        if let Some((from, value)) = value
            && !is_placeholder(value)
            && !(is_sample(path) && asks(value))
        {
            let message =
                format!("the admin password `{name}` stands here for everybody who can read this file");
            out.push(Hit { span: Span::new(start, end + from + value.len()), message });
        }
    }
    out
}

/// The length of what a password is called here.
fn called(rest: &[u8]) -> Option<usize> {
    const NAMES: [&str; 5] = ["passphrase", "password", "passwd", "pass", "pwd"];
    let is = |name: &&str| rest.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes()));
    NAMES.iter().find(|name| is(name)).map(|name| name.len())
}

fn style(path: &str) -> Style {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" | "py" | "rb" | "rs" | "go" | "java"
        | "kt" | "cs" | "php" | "ps1" | "psm1" | "swift" | "scala" | "c" | "cpp" | "h" | "json" | "jsonc"
        | "tf" | "vue" | "graphql" | "gql" | "proto" | "lua" | "erb" | "astro" | "xml" | "svg" | "csv"
        | "lock" | "svelte" | "prisma" | "sql" | "css" | "html" | "ex" | "exs" | "dart" => Style::Code,
        "md" | "markdown" | "mdx" | "rst" | "txt" | "adoc" => Style::Document,
        _ => Style::Plain,
    }
}

/// A file that is copied and filled in.
fn is_sample(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    ["example", "sample", "template", ".dist"].iter().any(|word| name.contains(word))
}

/// `change-me` asks whoever fills in; `changeme` is what everybody tries first.
fn asks(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    ["change-", "change_", "replace-", "replace_", "set-", "set_"]
        .iter()
        .any(|start| lower.starts_with(start))
}

/// Texts that people see are no passwords.
fn is_translation(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "locales" | "locale" | "i18n" | "lang" | "translations" | "messages"))
}

/// The identifier around a match; dots separate (`process.env.X`), dashes do not.
fn identifier(text: &str, start: usize, end: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let back = bytes.get(..start).map_or(0, |b| b.iter().rev().take_while(|b| part(b)).count());
    let mut forth = bytes.get(end..).map_or(0, |b| b.iter().take_while(|b| part(b)).count());
    // `${NAME-x}` is a default, not a longer name.
    if let Some(dash) = bytes.get(end..end + forth).and_then(|b| b.iter().position(|b| *b == b'-'))
        && bytes.get(..start - back).is_some_and(|b| b.ends_with(b"${"))
    {
        forth = dash;
    }
    let dashes = bytes.get(start - back..start).map_or(0, |b| b.iter().take_while(|b| **b == b'-').count());
    (start - back + dashes, end + forth)
}

/// The name is that of an administrator's password. Databases of local containers are not meant.
fn is_admin(name: &str) -> bool {
    let flat: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let tools = ["mysqlroot", "mariadbroot", "mongoinitdbroot", "miniorootp", "pgadmin", "phpmyadmin"];
    if tools.iter().any(|tool| flat.contains(tool)) {
        return false;
    }
    // A label, a route or a function that does something with it.
    let verbs = [
        "reset", "change", "update", "forgot", "show", "hide", "verify", "check", "hash", "generate",
        "create", "rotate", "invalid", "missing", "wrong", "enter", "confirm", "validate", "compare",
    ];
    if verbs.iter().any(|verb| flat.starts_with(verb)) {
        return false;
    }
    flat.contains("admin") || flat.contains("superuser") || has_word(name, "root")
}

fn has_word(name: &str, word: &str) -> bool {
    name.split(['_', '-']).any(|part| part.eq_ignore_ascii_case(word))
        || name.to_ascii_lowercase().starts_with(word)
}

/// `${X:-v}`, `X || "v"`, `X ?? "v"`, `get("X", "v")`, `.default("v")`. The offset counts from the
/// end of the name.
fn default_of<'t>(before: &str, after: &'t str) -> Option<(usize, &'t str)> {
    if before.ends_with("${") {
        let operator = [":-", ":=", "-", "="].iter().find(|operator| after.starts_with(**operator))?;
        let value = after.get(operator.len()..)?;
        let value = value.get(..value.find('}')?)?;
        let bare = value.trim_matches(['"', '\'']);
        return Some((operator.len() + value.find(bare).unwrap_or(0), bare));
    }
    let closed = after.trim_start_matches(['"', '\'', '`', ']', ')', '?']);
    let rest = closed.trim_start();
    for operator in ["||=", "??=", "||", "??", "?:", "or "] {
        if let Some(value) = rest.strip_prefix(operator) {
            return quoted(after, value.trim_start());
        }
    }
    let in_call = matches!(after.chars().next(), Some('"' | '\'' | '`'))
        && before.trim_end_matches(['"', '\'', '`']).trim_end().ends_with('(');
    if in_call && let Some(value) = rest.strip_prefix(',') {
        let callee =
            before.trim_end_matches(['"', '\'', '`']).trim_end().trim_end_matches('(').to_ascii_lowercase();
        if ["get", "getenv", "fetch", "env", "default", "config", "var", "or"]
            .iter()
            .any(|f| callee.ends_with(f))
        {
            return quoted(
                after,
                value.trim_start().trim_start_matches("default=").trim_start_matches("default:").trim_start(),
            );
        }
    }
    for marker in [
        ".default(",
        "default=",
        "default:",
        "default =",
        "unwrap_or(",
        "unwrap_or_else(|_| ",
        "or_default(",
        "| default ",
    ] {
        if let Some(at) = after.find(marker)
            // Behind a closed call the default is another setting's.
            && !after.get(..at)?.contains("),")
            && let Some(value) = quoted(after, after.get(at + marker.len()..)?.trim_start())
        {
            return Some(value);
        }
    }
    None
}

/// The text in quotes at the start of `rest`, which is a tail of `all`.
fn quoted<'t>(all: &'t str, rest: &'t str) -> Option<(usize, &'t str)> {
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let inner = rest.get(1..)?;
    let value = inner.get(..inner.find(quote)?)?;
    Some((all.len() - rest.len() + 1, value))
}

/// `X=v`, `X: v`, `ENV X v`, `--x v`.
fn assigned<'t>(before: &str, after: &'t str, style: Style) -> Option<(usize, &'t str)> {
    // `"adminPassword": …` closes a quote, PowerShell's `$x` and types come before the sign.
    let rest = after.trim_start_matches(['"', '\'', '`', ']']).trim_start();
    let flag = before.ends_with("--");
    let docker = before.trim_start().to_ascii_uppercase();
    let docker = matches!(docker.trim_end(), "ENV" | "ARG") && after.starts_with([' ', '=']);
    let (sign, value) = if let Some(value) = ["?=", ":=", "="].iter().find_map(|s| rest.strip_prefix(*s)) {
        if value.starts_with(['=', '>', '~']) {
            return None;
        }
        ('=', value)
    } else if let Some(value) = rest.strip_prefix(':') {
        // `name: string = "x"`
        let typed = value.find('=').filter(|_| style == Style::Code).and_then(|at| value.get(at + 1..));
        match typed.map(str::trim_start).filter(|v| v.starts_with(['"', '\'', '`'])) {
            Some(typed) => ('=', typed),
            None => (':', value),
        }
    } else if (docker || flag) && after.starts_with(' ') {
        ('=', after)
    } else {
        return None;
    };
    let value = value.trim_start();
    if let Some(found) = quoted(after, value) {
        return Some(found).filter(|(_, text)| style != Style::Code || !text.contains(' '));
    }
    if style == Style::Code
        || value.starts_with(['"', '\'', '`', '#', '!', '|', '>', '*', '&', '-', '[', '('])
    {
        return None;
    }
    let end = value
        .find(|c: char| c.is_whitespace() || matches!(c, '`' | '"' | '\'' | ';' | '|' | ')' | ','))
        .unwrap_or(value.len());
    let token = value.get(..end)?;
    let tail = value.get(end..)?.trim_start_matches(['`', '"', '\'', ',', ' ', '\\', '\r']).trim();
    // In prose a colon introduces a sentence, and in YAML several words are a description.
    if sign == ':' && !tail.is_empty() && !tail.starts_with('#') {
        return None;
    }
    if token.contains('(') {
        return None;
    }
    Some((after.len() - value.len(), token))
}

/// "The admin password is `x`", "admin password: x1".
fn told<'t>(before: &str, name: &str, after: &'t str) -> Option<(usize, &'t str)> {
    let lower = before.trim_end_matches(['*', '_', ' ', '`']).to_ascii_lowercase();
    let subject = ["admin", "administrator", "superuser", "admin's", "admin user", "default"];
    if !name.eq_ignore_ascii_case("password") || !subject.iter().any(|word| lower.ends_with(word)) {
        return None;
    }
    if lower.ends_with("default") && !lower.contains("admin") && !after.to_ascii_lowercase().contains("admin")
    {
        return None;
    }
    let rest = after.trim_start_matches(['*', '_', ' ', '`']);
    let value = ["is:", "is", ":", "="].iter().find_map(|sign| rest.strip_prefix(*sign))?;
    let value = value.trim_start_matches(['*', '_', ' ']);
    if let Some(found) = quoted(after, value) {
        return Some(found).filter(|(_, text)| !text.contains(' ') && !text.contains('_'));
    }
    let end =
        value.find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ')' | '|')).unwrap_or(value.len());
    let token = value.get(..end)?.trim_end_matches('.');
    let digits = token.bytes().any(|b| b.is_ascii_digit());
    let usual = ["admin", "changeme", "letmein", "secret", "password"].contains(&token);
    (digits && token.len() >= 4 || usual).then_some((after.len() - value.len(), token))
}

fn is_placeholder(value: &str) -> bool {
    const WORDS: [&str; 16] = [
        "null",
        "nil",
        "none",
        "undefined",
        "true",
        "false",
        "~",
        "string",
        "str",
        "todo",
        "tbd",
        "required",
        "optional",
        "placeholder",
        "redacted",
        "unset",
    ];
    let lower = value.to_ascii_lowercase();
    let variable = value.len() > 4
        && value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        && value.contains("PASS");
    value.trim().is_empty()
        || is_blank(value)
        || variable
        || value.contains(['$', '<', '>', '{', '}', '«', '»', '…', '•'])
        || value.contains("://")
        || value.starts_with(['%', '/', '#'])
        || WORDS.contains(&lower.as_str())
        || lower.starts_with("your")
        || lower.starts_with("process.env")
        || lower.contains("...")
        || ["arn:", "vault:", "ssm:", "op:", "/run/secrets", "aws:", "gcp:"].iter().any(|start| lower.starts_with(start))
        // The name of an input or of a field, not what is in it.
        || matches!(lower.as_str(), "adminpassword" | "admin_password" | "admin-password")
}

#[cfg(test)]
mod tests;
