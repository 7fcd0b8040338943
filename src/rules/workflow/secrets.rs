//! Which secrets open a protected database, and where a text mentions them.

use crate::contract::model::Contract;

/// Words of a name that say that the secret belongs to an environment that anybody may break.
const HARMLESS: [&str; 13] = [
    "DEV",
    "DEVELOPMENT",
    "TEST",
    "TESTS",
    "TESTING",
    "LOCAL",
    "CI",
    "PREVIEW",
    "E2E",
    "SHADOW",
    "SANDBOX",
    "EXAMPLE",
    "DEMO",
];

const PROTECTED: [&str; 6] = ["PROD", "PRODUCTION", "STAGING", "STAGE", "LIVE", "PRD"];

/// Parts of a name that say that it opens a database.
const DATABASE: [&str; 20] = [
    "DATABASE_URL",
    "DATABASE_URI",
    "DATABASE_DSN",
    "DB_URL",
    "DB_URI",
    "DB_DSN",
    "POSTGRES_URL",
    "POSTGRES_PASSWORD",
    "POSTGRESQL_URL",
    "PG_URL",
    "PGPASSWORD",
    "PG_PASSWORD",
    "MYSQL_URL",
    "MYSQL_PASSWORD",
    "MONGO_URL",
    "MONGO_URI",
    "MONGODB_URI",
    "MONGODB_URL",
    "DATABASE_PASSWORD",
    "DB_PASSWORD",
];

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric())
}

/// The secret opens, or may open, a protected database.
pub(super) fn is_protected(name: &str, contract: Option<&Contract>) -> bool {
    let upper = name.to_ascii_uppercase();
    if let Some(contract) = contract {
        let mut known_harmless = false;
        for (environment, policy) in &contract.environments.policies {
            if policy.database.as_ref().is_some_and(|database| database.value.eq_ignore_ascii_case(name)) {
                if contract.is_protected(environment) {
                    return true;
                }
                known_harmless = true;
            }
        }
        if known_harmless {
            return false;
        }
    }
    if !DATABASE.iter().any(|part| upper.contains(part)) {
        return false;
    }
    is_marked(&upper, contract) || !is_harmless(&upper, contract)
}

/// A word of the name says that it belongs to a protected environment.
pub(super) fn is_marked(name: &str, contract: Option<&Contract>) -> bool {
    words(name).any(|word| {
        PROTECTED.iter().any(|known| word.eq_ignore_ascii_case(known))
            || contract.is_some_and(|c| c.environments.protected.iter().any(|e| e.eq_ignore_ascii_case(word)))
    })
}

/// A word of the name says that it belongs to an environment that is not protected.
pub(super) fn is_harmless(name: &str, contract: Option<&Contract>) -> bool {
    words(name).any(|word| {
        HARMLESS.iter().any(|known| word.eq_ignore_ascii_case(known))
            || contract.is_some_and(|c| {
                c.environments.known.iter().any(|e| e.eq_ignore_ascii_case(word) && !c.is_protected(e))
            })
    })
}

/// The names of the secrets that a text mentions: `secrets.X`, `secrets['X']`.
pub(super) fn mentioned(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("secrets") {
        rest = rest.get(at + "secrets".len()..).unwrap_or("");
        let name = rest
            .strip_prefix('.')
            .or_else(|| rest.strip_prefix("['"))
            .or_else(|| rest.strip_prefix("[\""))
            .unwrap_or("");
        let end =
            name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(name.len());
        let name = name.get(..end).unwrap_or("");
        if !name.is_empty() {
            out.push(name);
        }
    }
    out
}

/// The range of the first line of a shell text that shows the variable, or the expression with
/// the secret, in the job's log.
pub(super) fn printed(text: &str, variable: Option<&str>, secret: &str) -> Option<std::ops::Range<usize>> {
    let mut traced = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let line = line.trim_end();
        let uses = variable.is_some_and(|name| expands(line, name))
            || mentioned(line).into_iter().any(|name| name == secret);
        for command in line.split([';', '&']).map(str::trim) {
            let mut words = command.split_whitespace();
            let first = words.next().unwrap_or("");
            let flags: Vec<&str> = words.collect();
            let short = |letter: char| {
                flags.iter().any(|f| f.starts_with('-') && !f.starts_with("--") && f.contains(letter))
            };
            traced |= (first == "set" && (short('x') || flags.contains(&"xtrace")))
                || matches!(first, "bash" | "sh") && flags.contains(&"-x");
            let whole = flags.first().is_none_or(|next| next.starts_with(['|']));
            let environment = (matches!(first, "env" | "printenv" | "export" | "declare") && whole)
                || (first == "export" && flags.first() == Some(&"-p"));
            let named = first == "printenv" && variable.is_some_and(|name| flags.contains(&name));
            if (variable.is_some() && environment) || named {
                return Some(start..start + line.len());
            }
        }
        if !uses {
            continue;
        }
        let says = line.split([';', '&', '|']).map(str::trim).any(|part| {
            matches!(part.split_whitespace().next(), Some("echo" | "printf")) && {
                let shows = variable.is_some_and(|name| expands(part, name))
                    || mentioned(part).into_iter().any(|name| name == secret);
                shows && !part.contains('>') && !part.contains("::add-mask::")
            }
        });
        // What goes through a pipe is shown only when the last command shows its input.
        let shown = match line.rsplit_once('|') {
            Some((before, last)) if !before.ends_with('|') => matches!(
                last.split_whitespace().next(),
                Some(
                    "tee"
                        | "cat"
                        | "base64"
                        | "rev"
                        | "sed"
                        | "tr"
                        | "cut"
                        | "xxd"
                        | "fold"
                        | "od"
                        | "hexdump"
                        | "awk"
                        | "head"
                )
            ),
            _ => true,
        };
        if (says && shown) || traced {
            return Some(start..start + line.len());
        }
    }
    None
}

/// `$NAME`, `${NAME}` or a part of it; `${#NAME}` and `${NAME:+set}` say nothing of the value.
fn expands(line: &str, name: &str) -> bool {
    let mut rest = line;
    while let Some(at) = rest.find('$') {
        rest = rest.get(at + 1..).unwrap_or("");
        let braced = rest.starts_with('{');
        let inner = rest.strip_prefix('{').unwrap_or(rest);
        if let Some(after) = inner.strip_prefix(name) {
            let next = after.chars().next();
            if braced && matches!(next, Some('}' | '#' | '%' | '/' | '^' | ','))
                || braced && after.starts_with(':') && !after.starts_with(":+")
                || !braced && next.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_')
            {
                return true;
            }
        }
    }
    false
}
