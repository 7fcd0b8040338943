//! Conditions of other providers in the one language that the rules evaluate.

/// Longer ones are not translated; nothing is known of them then.
const MAX_LENGTH: usize = 8 << 10;

/// Something that nobody can say before the run.
pub(super) const UNKNOWN: &str = "ci.unknown";

/// `text` as a text of the language.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The value matches a regular expression.
pub(super) fn matches(value: &str, pattern: &str) -> String {
    format!("matches({value}, {})", quoted(pattern))
}

/// A glob of branches (`release/*`) as a regular expression.
pub(super) fn glob(pattern: &str) -> String {
    let mut out = String::from("^");
    for c in pattern.chars() {
        match c {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            c if c.is_alphanumeric() || matches!(c, '/' | '_') => out.push(c),
            c => {
                out.push('\\');
                out.push(c);
            }
        }
    }
    out.push('$');
    out
}

/// A pattern between slashes, with its flags: `/^main$/i`.
pub(super) fn slashed(text: &str) -> Option<String> {
    let inner = text.strip_prefix('/')?;
    let end = inner.rfind('/')?;
    let (pattern, flags) = (inner.get(..end)?, inner.get(end + 1..)?);
    let pattern = pattern.replace("\\/", "/");
    Some(if flags.contains('i') { format!("(?i){pattern}") } else { pattern })
}

/// Translates `$A == "x" && build.branch =~ /y/` where `name` says what a name stands for. The
/// texts that something is compared with are collected.
pub(super) fn translate(text: &str, name: &dyn Fn(&str) -> String, literals: &mut Vec<String>) -> String {
    if text.len() > MAX_LENGTH {
        return UNKNOWN.to_owned();
    }
    tokens(text).and_then(|tokens| assemble(&tokens, name, literals)).unwrap_or_else(|| UNKNOWN.to_owned())
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a str),
    Text(&'a str),
    Pattern(&'a str),
    Sign(&'a str),
}

fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut out = Vec::new();
    let mut rest = text.trim();
    while let Some(c) = rest.chars().next() {
        let sign = ["&&", "||", "==", "!=", "=~", "!~", "!", "(", ")"].iter().find(|s| rest.starts_with(**s));
        let length = if let Some(sign) = sign {
            out.push(Token::Sign(rest.get(..sign.len())?));
            sign.len()
        } else if matches!(c, '"' | '\'') {
            let end = rest.get(1..)?.find(c)? + 1;
            out.push(Token::Text(rest.get(1..end)?));
            end + 1
        } else if c == '/' {
            let mut end = None;
            let mut escaped = false;
            for (at, c) in rest.char_indices().skip(1) {
                match c {
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    '/' => {
                        end = Some(at);
                        break;
                    }
                    _ => {}
                }
            }
            let end = end? + 1;
            let flags = rest.get(end..)?;
            let end = end + flags.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(flags.len());
            out.push(Token::Pattern(rest.get(..end)?));
            end
        } else {
            let part =
                |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '$' | '{' | '}' | '[' | ']');
            let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            out.push(Token::Name(rest.get(..end)?));
            end
        };
        rest = rest.get(length..)?.trim_start();
    }
    Some(out)
}

fn assemble(
    tokens: &[Token<'_>],
    name: &dyn Fn(&str) -> String,
    literals: &mut Vec<String>,
) -> Option<String> {
    let value = |token: &Token<'_>| match token {
        Token::Name("null" | "nil") => Some("''".to_owned()),
        Token::Name(written @ ("true" | "false")) => Some((*written).to_owned()),
        Token::Name(written) => Some(name(written)),
        Token::Text(text) => Some(quoted(text)),
        _ => None,
    };
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let operator = match tokens.get(at + 1) {
            Some(Token::Sign(sign @ ("==" | "!=" | "=~" | "!~"))) => Some(*sign),
            _ => None,
        };
        if let (Some(left), Some(sign)) = (value(token), operator) {
            let right = tokens.get(at + 2)?;
            for side in [token, right] {
                if let Token::Text(text) = side {
                    literals.push((*text).to_owned());
                }
            }
            out.push(match (sign, right) {
                ("=~", Token::Pattern(pattern)) => matches(&left, &slashed(pattern)?),
                ("!~", Token::Pattern(pattern)) => format!("!{}", matches(&left, &slashed(pattern)?)),
                ("=~" | "!~", _) => UNKNOWN.to_owned(),
                (sign, right) => format!("{left} {sign} {}", value(right)?),
            });
            at += 3;
            continue;
        }
        match token {
            Token::Sign(sign) => out.push((*sign).to_owned()),
            token => out.push(value(token)?),
        }
        at += 1;
    }
    (!out.is_empty()).then(|| out.join(" "))
}
