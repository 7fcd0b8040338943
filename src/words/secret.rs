//! What must not be shown: a text that does not print, and the pen that strikes it from others.

use std::fmt;

use zeroize::Zeroizing;

/// A password, a token, a private key or a whole URL. It has no `Display`, its `Debug` says nothing,
/// and its memory is overwritten when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Whoever asks for it passes it on to a server or a child, never to a person.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

/// Stands where a secret stood.
pub const STRUCK: &str = "[redacted]";

/// Strikes known secrets, and whatever looks like a password in a URL, out of foreign text.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    known: Vec<Secret>,
}

/// Shorter texts stand in too many words; in a URL they are struck by their place.
const LEAST: usize = 4;

impl Redactor {
    /// Remembers a secret in every form in which it travels.
    pub fn know(&mut self, secret: &str) {
        let mut forms = vec![secret.to_owned()];
        let encoded = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC);
        forms.push(encoded.to_string());
        forms.push(lower_escapes(&encoded.to_string()));
        // What escapes only what must be escaped writes something in between.
        forms.push(percent_encoding::utf8_percent_encode(secret, percent_encoding::CONTROLS).to_string());
        forms.push(percent_encoding::percent_decode_str(secret).decode_utf8_lossy().into_owned());
        // JSON and `Debug` escape quotes and backslashes.
        forms.push(secret.replace('\\', "\\\\").replace('"', "\\\""));
        for form in forms {
            if form.len() >= LEAST && !self.known.iter().any(|known| known.expose() == form) {
                self.known.push(Secret::new(form));
            }
        }
        // The longest first, so that no part of one is left.
        self.known.sort_by_key(|known| std::cmp::Reverse(known.expose().len()));
    }

    /// The text without them.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for known in &self.known {
            if text.contains(known.expose()) {
                text = text.replace(known.expose(), STRUCK);
            }
        }
        strike_urls(&text)
    }

    /// The longest form of a secret: so much must be held back of a text that comes in pieces.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.known.iter().map(|known| known.expose().len()).max().unwrap_or(0)
    }
}

fn lower_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after = 0;
    for c in text.chars() {
        if c == '%' {
            after = 2;
            out.push(c);
        } else if after > 0 {
            after -= 1;
            out.push(c.to_ascii_lowercase());
        } else {
            out.push(c);
        }
    }
    out
}

/// Strikes the user's part of everything that is written like a URL: `scheme://user:password@`.
#[must_use]
pub fn strike_urls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>' | '`'))
            .unwrap_or(after.len());
        let authority = &after[..end];
        if let Some(user) = authority.rfind('@')
            && authority[..user].contains(':')
        {
            out.push_str(STRUCK);
            rest = &after[user..];
        } else {
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// Parts of a name behind which a secret stands.
const NAMES: [&str; 7] = ["pass", "pwd", "secret", "token", "api_key", "apikey", "api-key"];

/// The words of a command as they may be shown: without what stands in URLs, behind a name of a secret, and behind
/// `-p`, where some clients take their password.
#[must_use]
pub fn strike_command(words: &[String]) -> String {
    let names_one = |name: &str| {
        let name = name.to_ascii_lowercase();
        NAMES.iter().any(|part| name.contains(part))
    };
    let mut struck_next = false;
    let shown: Vec<String> = words
        .iter()
        .map(|word| {
            if std::mem::take(&mut struck_next) && !word.starts_with('-') {
                return STRUCK.to_owned();
            }
            if word.starts_with('-') && !word.contains('=') && names_one(word) {
                struck_next = true;
            }
            if word.len() > 2 && word.starts_with("-p") && !names_one(word) {
                return format!("-p{STRUCK}");
            }
            strike_values(&strike_urls(word), names_one)
        })
        .collect();
    shown.join(" ")
}

/// `name=value` wherever it stands in a text, without the values of names of secrets.
fn strike_values(text: &str, names_one: impl Fn(&str) -> bool) -> String {
    let is_end = |c: char| c.is_whitespace() || matches!(c, ';' | '&' | ',');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('=') {
        out.extend([before, "="]);
        let name = before.trim_end().rsplit(is_end).next().unwrap_or(before);
        let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let end = match quote {
            Some(quote) => after[1..].find(quote).map_or(after.len(), |at| at + 2),
            None => after.find(is_end).unwrap_or(after.len()),
        };
        if names_one(name) && end > 0 {
            out.push_str(STRUCK);
            rest = &after[end..];
        } else {
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_without_what_it_would_give_away() {
        for (line, expected) in [
            ("sqlx migrate run", "sqlx migrate run"),
            ("x --database-url postgres://u:canary@h/d", "x --database-url postgres://[redacted]@h/d"),
            ("x --password canary --force", "x --password [redacted] --force"),
            ("x --password=canary", "x --password=[redacted]"),
            ("env PGPASSWORD=canary x", "env PGPASSWORD=[redacted] x"),
            ("mysql -pcanary shop", "mysql -p[redacted] shop"),
            ("node a.js --pass --all", "node a.js --pass --all"),
            ("node a.js --port=5432 a=b", "node a.js --port=5432 a=b"),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(strike_command(&words), expected);
        }
        for (word, expected) in [
            ("host=h password=canary dbname=d", "host=h password=[redacted] dbname=d"),
            ("host=h password='a canary' dbname=d", "host=h password=[redacted] dbname=d"),
            ("Host=h;Password=canary", "Host=h;Password=[redacted]"),
            ("é=é password=", "é=é password="),
        ] {
            assert_eq!(strike_command(&[word.to_owned()]), expected);
        }
    }

    #[test]
    fn a_secret_does_not_print() {
        let secret = Secret::new("canary-8231");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.expose(), "canary-8231");
    }

    #[test]
    fn every_form_of_a_secret_is_struck() {
        let mut redactor = Redactor::default();
        redactor.know("p@ss/w\"ord");
        for form in ["p@ss/w\"ord", "p%40ss%2Fw%22ord", "p%40ss%2fw%22ord", "p@ss/w\\\"ord"] {
            let cleaned = redactor.clean(&format!("before {form} after"));
            assert_eq!(cleaned, "before [redacted] after", "{form}");
        }
    }

    #[test]
    fn a_password_in_any_url_is_struck_and_a_name_alone_stays() {
        let cleaned = strike_urls("a postgres://u:pw@h/db and https://h/x@y:z, mysql://root@h/a");
        assert_eq!(cleaned, "a postgres://[redacted]@h/db and https://h/x@y:z, mysql://root@h/a");
        assert_eq!(strike_urls("postgres://u:p@w@h"), "postgres://[redacted]@h");
        assert_eq!(strike_urls("://"), "://");
    }
}
