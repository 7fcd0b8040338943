//! A database's host and its password as two settings of one file, which together are its URL.

use std::sync::LazyLock;

use regex::Regex;

use super::database_url::{is_here, is_made_up, is_placeholder};
use super::marks::Marks;
use super::{Hit, is_test};
use crate::words::span::Span;

pub(super) const HELP: &str =
    "take the password out, change it, and let the environment hand it over in a variable";

/// Ends of names that are a host, and of those that are a password.
const HOSTS: [&str; 4] = ["HOSTNAME", "HOST", "SERVER", "ADDRESS"];
const PASSWORDS: [&str; 4] = ["PASSWORD", "PASSWD", "PASS", "PWD"];
/// Words of which a name holds one that is about a database.
const DATABASES: [&str; 9] =
    ["PG", "DB", "DATABASE", "POSTGRES", "POSTGRESQL", "MYSQL", "MARIADB", "SQL", "MSSQL"];

static SETTING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = r"(?-u:\b)([A-Z][A-Z0-9_]*(?:HOSTNAME|HOST|SERVER|ADDRESS|PASSWORD|PASSWD|PASS|PWD))";
    Regex::new(&format!(r#"{name}["']?[ \t]*[=:][ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"',;&|)]+))"#)).ok()
});
/// `-h db.shop.io` on the line of a client's password.
static OPTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u:\b)(?:psql|pg_dump|pg_restore|createdb|dropdb|mysql|mysqldump|mariadb)\b[^\n]*?\s(?:-h\s*|--host[= ])([A-Za-z0-9.-]+)").ok()
});

/// A name with members: `process.env.DB_PASSWORD`, `settings.password`.
static REFERENCE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[A-Za-z_$][A-Za-z0-9_$]*(?:\??\.[A-Za-z_$][A-Za-z0-9_$]*)+$").ok());

/// One setting of the text.
struct Setting<'a> {
    /// The name without its end: `PG`, `PROD_DB`.
    stem: &'a str,
    host: bool,
    value: &'a str,
    span: Span,
}

#[must_use]
pub(super) fn scan(path: &str, text: &str, marks: &Marks) -> Vec<Hit> {
    let Some(pattern) = SETTING.as_ref() else { return Vec::new() };
    // A few looks at the bytes, before anything costs more: without a host there is nothing to open.
    let has = |words: &[&str]| {
        words.iter().any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some())
    };
    let is_loud =
        |at: &usize| text.get(*at..).is_some_and(|rest| rest.starts_with("PASS") || rest.starts_with("PWD"));
    let set = marks.passwords.iter().any(is_loud);
    if !set || is_test(path) || !has(&["HOST", "SERVER", "ADDRESS", "-h"]) {
        return Vec::new();
    }
    let settings: Vec<Setting<'_>> =
        pattern.captures_iter(text).filter_map(|found| setting(&found)).collect();
    let mut out = Vec::new();
    for password in settings.iter().filter(|setting| !setting.host) {
        if is_placeholder(password.value) || password.value.contains(['(', '[']) {
            continue;
        }
        let line = text.get(password.span.range().start..).unwrap_or("").lines().next().unwrap_or("");
        let option = OPTION.as_ref().and_then(|option| option.captures(line)?.get(1));
        let named = settings.iter().filter(|other| other.host && other.stem == password.stem);
        let hosts = named.map(|other| other.value).chain(option.map(|host| host.as_str()));
        let away = hosts
            .map(|host| host.split(':').next().unwrap_or(host))
            .find(|host| !is_here(host) && !is_made_up(host, password.value, path));
        if let Some(host) = away {
            let message = format!(
                "the password of the database on `{host}` stands here: whoever reads this file can open it"
            );
            out.push(Hit { span: password.span, message });
        }
    }
    out
}

fn setting<'a>(found: &regex::Captures<'a>) -> Option<Setting<'a>> {
    let name = found.get(1)?;
    let value = found.get(2).or(found.get(3)).or(found.get(4))?;
    // Without quotes, code refers to what stands elsewhere.
    let refers = REFERENCE.as_ref().is_none_or(|reference| reference.is_match(value.as_str()));
    let end = |ends: &[&str]| ends.iter().find_map(|end| name.as_str().strip_suffix(end));
    let (stem, host) = match end(&HOSTS) {
        Some(stem) => (stem, true),
        None => (end(&PASSWORDS)?, false),
    };
    if !host && refers && found.get(4).is_some() {
        return None;
    }
    let stem = stem.trim_end_matches('_');
    let about = stem.split('_').any(|word| DATABASES.contains(&word));
    let span = Span::new(name.start(), value.end());
    about.then_some(Setting { stem, host, value: value.as_str(), span })
}

#[cfg(test)]
mod tests;
