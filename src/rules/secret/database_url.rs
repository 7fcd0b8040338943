//! A database URL with a password, for a host that is not this machine.

use super::marks::Marks;
use super::{Hit, is_blank, is_test, joined};
use crate::words::span::Span;

pub const ID: &str = "secret/database-url";
pub const HELP: &str =
    "take it out, change that password, and let the environment hand the URL over in a variable";

const SCHEMES: [&str; 11] = [
    "postgres",
    "postgresql",
    "mysql",
    "mysql2",
    "mysqlx",
    "mariadb",
    "mssql",
    "sqlserver",
    "mongodb",
    "cockroachdb",
    "oracle",
];

/// Longer than any URL that somebody writes by hand.
const MAX_URL: usize = 2048;

#[must_use]
pub(super) fn scan(path: &str, text: &str, marks: &Marks) -> Vec<Hit> {
    let mut out = Vec::new();
    let values = joined::Values::of(text);
    for &colon in &marks.urls {
        let Some((start, scheme)) = scheme(text, colon) else { continue };
        let rest = text.get(colon + 3..).unwrap_or("");
        let end = rest
            .char_indices()
            .find(|&(at, c)| at >= MAX_URL || c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '\\'))
            .map_or(rest.len(), |(at, _)| at);
        let rest = rest.get(..end).unwrap_or("");
        // In one piece, or put together from several.
        let whole = match parts(rest) {
            Some((host, password)) if !is_placeholder(password) && !is_here(host) => None,
            _ => joined::from(&values, colon + 3),
        };
        let Some((host, password)) = parts(whole.as_deref().unwrap_or(rest)) else { continue };
        if is_placeholder(password) || is_here(host) || is_made_up(host, password, path) {
            continue;
        }
        let rest = rest.trim_end_matches([',', ';', ')', ']', '}', '.', '>', '|']);
        let message = format!(
            "a {scheme} URL with its password, for `{host}`: whoever reads this file can open that database"
        );
        out.push(Hit { span: Span::new(start, colon + 3 + rest.len()), message });
    }
    out
}

/// The scheme that ends at `colon`, and where it starts. A driver after a plus does not count.
fn scheme(text: &str, colon: usize) -> Option<(usize, &str)> {
    let bytes = text.as_bytes().get(..colon)?;
    let length = bytes.iter().rev().take(40).take_while(|b| b.is_ascii_alphanumeric() || **b == b'+').count();
    let start = colon - length;
    let whole = text.get(start..colon)?;
    let name = whole.split('+').next()?;
    let known = SCHEMES.iter().find(|known| name.eq_ignore_ascii_case(known))?;
    Some((start, known))
}

/// Host and password of what follows `://`: in front of the host, or as a parameter.
fn parts(rest: &str) -> Option<(&str, &str)> {
    let authority_end = rest.find(['/', '?', '#', ';']).unwrap_or(rest.len());
    // An unescaped `/` or `?` in the password: the part up to the last `@` still tells.
    let at = rest.get(..authority_end)?.rfind('@').or_else(|| {
        let colon = rest.get(..authority_end)?.find(':')?;
        let port = rest.get(colon + 1..authority_end)?;
        let is_port = port.bytes().all(|b| b.is_ascii_digit());
        if is_port { None } else { rest.rfind('@') }
    });
    if let Some(at) = at {
        let (_, password) = rest.get(..at)?.split_once(':')?;
        let host = rest.get(at + 1..)?;
        let host = host.get(..host.find(['/', '?', '#', ';']).unwrap_or(host.len()))?;
        return Some((without_port(host), password));
    }
    let host = without_port(rest.get(..authority_end)?);
    let mut parameters = rest.get(authority_end..)?.split(['?', '&', ';']);
    let password = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        ["password", "pwd"].iter().any(|known| name.eq_ignore_ascii_case(known)).then_some(value)
    })?;
    Some((host, password))
}

fn without_port(host: &str) -> &str {
    let first = host.split(',').next().unwrap_or(host);
    // As Go's driver writes it.
    let first = first.strip_prefix("tcp(").and_then(|inner| inner.strip_suffix(')')).unwrap_or(first);
    if let Some(inner) = first.strip_prefix('[') {
        return inner.split(']').next().unwrap_or(inner);
    }
    first.rsplit_once(':').map_or(
        first,
        |(name, port)| {
            if port.bytes().all(|b| b.is_ascii_digit()) { name } else { first }
        },
    )
}

/// No password, but a word or a variable where one would stand.
/// `mysecretpassword`, `your-db-password`: it says whose and what, and is none.
fn says_whose(lower: &str) -> bool {
    const WHAT: [&str; 9] =
        ["secret", "password", "passwd", "pass", "pwd", "database", "db", "postgres", "strong"];
    let whose = ["something", "some", "your", "my"].iter().find_map(|front| lower.strip_prefix(front));
    let Some(mut rest) = whose else { return false };
    let mut words = 0;
    loop {
        rest = rest.trim_start_matches(['-', '_']);
        match WHAT.iter().find_map(|word| rest.strip_prefix(word)) {
            Some(after) => rest = after,
            None => return rest.is_empty() && words > 0,
        }
        words += 1;
    }
}

pub(super) fn is_placeholder(password: &str) -> bool {
    const WORDS: [&str; 26] = [
        "password",
        "passwd",
        "passwort",
        "pass",
        "pwd",
        "pw",
        "secret",
        "user",
        "username",
        "changeme",
        "change_me",
        "change-me",
        "example",
        "placeholder",
        "redacted",
        "hidden",
        "masked",
        "removed",
        "mypassword",
        "yourpassword",
        "db_password",
        "dbpassword",
        "database_password",
        "postgres",
        "root",
        "token",
    ];
    let lower = password.to_ascii_lowercase();
    password.is_empty()
        || is_blank(password)
        || says_whose(&lower)
        || password.contains(['$', '{', '}', '<', '>', '*', '…', '•'])
        || lower.starts_with("your")
        || lower.starts_with("my_")
        || (password.starts_with('[') && password.ends_with(']'))
        || (password.starts_with('%')
            && !password.get(1..3).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())))
        || lower.contains("...")
        || lower.starts_with("xxx")
        || WORDS.contains(&lower.as_str())
}

/// This machine, a container beside it, or a host that only the run knows.
pub(super) fn is_here(host: &str) -> bool {
    let lower = host.trim_end_matches('.').to_ascii_lowercase();
    // IPv6 has no dots; any but the loopback is another machine.
    if lower.contains(':') {
        return matches!(lower.as_str(), "::1" | "::" | "0:0:0:0:0:0:0:1") || lower.contains(['$', '{', '<']);
    }
    !lower.contains('.')
        || lower.contains(['$', '{', '}', '<', '>', '*', '%', '(', '[', '…'])
        || lower.starts_with("127.")
        || lower.contains("..")
        || matches!(lower.as_str(), "0.0.0.0" | "host.docker.internal" | "gateway.docker.internal")
        || [".local", ".localhost", ".localdomain"].iter().any(|end| lower.ends_with(end))
}

/// Reserved names are used for examples; but a password that looks real was hardly made up, and
/// documentation has a way of being written with the real one.
pub(super) fn is_made_up(host: &str, password: &str, path: &str) -> bool {
    let lower = host.to_ascii_lowercase();
    let bare = ["example.com", "example.org", "example.net"];
    let reserved = bare.iter().any(|name| lower == *name || lower.ends_with(&format!(".{name}")))
        || [".example", ".invalid", ".test"].iter().any(|end| lower.ends_with(end));
    if !reserved {
        return false;
    }
    let digits = password.bytes().any(|b| b.is_ascii_digit());
    let letters = password.bytes().any(|b| b.is_ascii_alphabetic());
    let looks_real = password.len() >= 8 && digits && letters;
    bare.contains(&lower.as_str()) || is_test(path) || !looks_real
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<String> {
        scan("README.md", text, &Marks::of(text))
            .into_iter()
            .map(|hit| {
                let url = text[hit.span.range()].to_owned();
                if let Some((_, password)) = parts(url.split_once("://").unwrap().1) {
                    assert!(!hit.message.contains(password), "{}", hit.message);
                }
                url
            })
            .collect()
    }

    fn in_code(text: &str) -> Vec<Hit> {
        scan("lib/x.ts", text, &Marks::of(text))
    }

    #[test]
    fn urls_with_passwords_for_other_machines_are_found() {
        for url in [
            "postgresql:§//clinic_app:t4Kq9vWzR2@db-prod.clinic.example.com:5432/clinic",
            "postgres:§//a:hunter2@db.shop.io/x?sslmode=require",
            "mysql:§//root:toor@10.0.3.4/x",
            "mongodb+srv:§//u:p4ss@cluster0.ab1.mongodb.net",
            "postgresql+asyncpg:§//u:s3cr@db.eu.io/x",
            "mariadb:§//u:p%40ss@db.shop.io",
            "postgresql:§//db.shop.io/x?user=a&password=abc1",
            "sqlserver:§//db.shop.io:1433;database=x;user=sa;password=Abc1",
            "postgres:§//u:a/b@db.shop.io/x",
        ] {
            // Split, so that this file does not hold what the rule looks for.
            let url = url.replace('§', "");
            assert_eq!(found(&format!("x = \"{url}\";")), [url.as_str()]);
        }
    }

    #[test]
    fn this_machine_and_placeholders_are_silent() {
        for url in [
            "postgresql://postgres:postgres@127.0.0.1:5432/clinic_dev",
            "postgres://a:abc@localhost/x",
            "postgres://a:abc@db:5432/x",
            "postgres://a:abc@[::1]:5432/x",
            "postgres://a:abc@host.docker.internal/x",
            "postgres://user:password@db.shop.io/x",
            "postgres://user:pass@host.io/x",
            "postgres://u:${PW}@db.shop.io/x",
            "postgres://u:<password>@db.shop.io/x",
            "postgres://u:[YOUR-PASSWORD]@db.shop.io/x",
            "postgres://u:xxxx@db.shop.io/x",
            "postgres://u:****@db.shop.io/x",
            "postgres://u:abc@${HOST}/x",
            "postgres://u@db.shop.io/x",
            "postgres://db.shop.io:5432/x",
            "https://u:abc@db.shop.io/x",
            "postgres://app:secret1@example.com/x",
            "postgres://app:hello@db.example.org/x",
        ] {
            assert_eq!(found(url), Vec::<String>::new(), "{url}");
        }
    }

    #[test]
    fn a_url_in_pieces_is_put_together() {
        for text in [
            "x = 'postgres:§//app:' + 'hunt22er' + '@db.shop.io/x'",
            "x = \"postgres:§//app:hunt22er\" +\n  \"@db.shop.io/x\";",
            "x = (\"postgres:§//app:\"\n     \"hunt22er@db.shop.io/x\")",
            "const pw = 'hunt22er';\nx = `postgres:§//app:${pw}@db.shop.io/x`",
            "pw = 'hunt22er'\nx = f\"postgresql:§//app:{pw}@db.shop.io/x\"",
            "PW=hunt22er\nURL=\"postgres:§//app:$PW@db.shop.io/x\"",
            "const pw = \"hunt22er\";\nx = \"postgres:§//app:\" + pw + \"@db.shop.io/x\"",
        ] {
            assert_eq!(in_code(&text.replace('§', "")).len(), 1, "{text}");
        }
        for text in [
            "x = 'postgres:§//app:' + process.env.PW + '@db.shop.io/x'",
            "const pw = read();\nx = `postgres:§//app:${pw}@db.shop.io/x`",
            "const pw = 'hunt22er';\nx = `postgres:§//app:${pw}@localhost/x`",
            "pw = os.environ['PW']\nx = f\"postgresql:§//app:{pw}@db.shop.io/x\"",
            "PW=$1\nURL=\"postgres:§//app:$PW@db.shop.io/x\"",
            "x = \"postgres:§//app@db.shop.io/x\"\ny = \":hunt22er\"",
        ] {
            assert!(in_code(&text.replace('§', "")).is_empty(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn texts_in_pieces_never_panic(text in "(postgres://|\\$\\{|\\{|a|\\}|\\+ |\"|'|`|\n|@|:|=|é|f\"| ){0,40}") {
            let _ = in_code(&text);
        }

        #[test]
        fn arbitrary_text_never_panics(text in "(postgres|mysql|://|@|:|/|\\?|é|%|\\[|a|\\.|password=){0,30}") {
            let _ = found(&text.replace("password=", "é"));
            let _ = in_code(&text);
        }
    }
}
