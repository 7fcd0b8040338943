//! A database's host and its password as two settings of one file, which together are its URL.

use std::sync::LazyLock;

use regex::Regex;

use super::database_url::{is_here, is_made_up, is_placeholder};
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
    let name = r"\b([A-Z][A-Z0-9_]*(?:HOSTNAME|HOST|SERVER|ADDRESS|PASSWORD|PASSWD|PASS|PWD))";
    Regex::new(&format!(r#"{name}["']?[ \t]*[=:][ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"',;&|)]+))"#)).ok()
});
/// `-h db.shop.io` on the line of a client's password.
static OPTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(?:psql|pg_dump|pg_restore|createdb|dropdb|mysql|mysqldump|mariadb)\b[^\n]*?\s(?:-h\s*|--host[= ])([A-Za-z0-9.-]+)").ok()
});

/// One setting of the text.
struct Setting<'a> {
    /// The name without its end: `PG`, `PROD_DB`.
    stem: &'a str,
    host: bool,
    value: &'a str,
    span: Span,
}

#[must_use]
pub(super) fn scan(path: &str, text: &str) -> Vec<Hit> {
    let Some(pattern) = SETTING.as_ref() else { return Vec::new() };
    // Two looks at the bytes, before anything costs more.
    let has = |words: &[&str]| {
        words.iter().any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some())
    };
    if !has(&["PASS", "PWD"]) || is_test(path) {
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
    let end = |ends: &[&str]| ends.iter().find_map(|end| name.as_str().strip_suffix(end));
    let (stem, host) = match end(&HOSTS) {
        Some(stem) => (stem, true),
        None => (end(&PASSWORDS)?, false),
    };
    let stem = stem.trim_end_matches('_');
    let about = stem.split('_').any(|word| DATABASES.contains(&word));
    let span = Span::new(name.start(), value.end());
    about.then_some(Setting { stem, host, value: value.as_str(), span })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_host_and_its_password_are_a_url_in_two_pieces() {
        let secret = ["hunt", "er22x"].concat();
        for text in [
            format!("PGHOST=db.shop.io\nPGPASSWORD={secret}\n"),
            format!("  PROD_DB_HOST: db.shop.io\n  PROD_DB_PASSWORD: '{secret}'\n"),
            format!("{{\"MYSQL_HOST\": \"10.0.3.4\", \"MYSQL_PWD\": \"{secret}\"}}"),
            format!("PGPASSWORD={secret} psql -h db.shop.io -c 'select 1'"),
        ] {
            let found = scan("ops/x.conf", &text);
            assert_eq!(found.len(), 1, "{text}");
            assert!(!found[0].message.contains(&secret));
        }
    }

    #[test]
    fn this_machine_placeholders_and_other_hosts_are_silent() {
        for text in [
            "PGHOST=localhost\nPGPASSWORD=hunter22\n",
            "PGHOST=db\nPGPASSWORD=hunter22\n",
            "PGHOST=db.shop.io\nPGPASSWORD=$PASSWORD\n",
            "PGHOST=db.shop.io\nPGPASSWORD=${{ secrets.PW }}\n",
            "PGHOST=db.shop.io\nPGPASSWORD=changeme\n",
            "SMTP_HOST=mail.shop.io\nSMTP_PASSWORD=hunter22\n",
            "DEV_DB_PASSWORD=hunter22\nPROD_DB_HOST=db.shop.io\n",
            "PGHOST=db.shop.io\nPGPASSFILE=~/.pgpass\n",
            "PGPASSWORD=hunter22 psql -h localhost",
        ] {
            assert!(scan("ops/x.conf", text).is_empty(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(PGHOST|DB_PASSWORD|=|: |\"|\'|db\\.io|psql -h |[ a\né$]){0,30}") {
            let _ = scan("x", &text);
        }
    }
}
