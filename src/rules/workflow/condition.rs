//! What an `if` comes to where only part of its context is known.

/// Parentheses deeper than this are not written by people.
const MAX_DEPTH: usize = 64;

/// The branch of a merge request: no condition names it.
const SOMEBODYS: &str = "somebody/change";
/// A pattern may not make a larger automaton than this.
const PATTERN_SIZE: usize = 1 << 20;

/// A value, or nothing known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Bool(bool),
    Text(String),
    Unknown,
}

/// What is known when a condition is asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    /// Paths such as `github.event_name`, lower case, and their values.
    pub(super) known: Vec<(String, String)>,
    /// What `success()` gives: whether everything before went well.
    pub(super) success: Option<bool>,
    /// What `failure()` gives. After a job that was skipped, neither holds.
    pub(super) failure: Option<bool>,
}

impl Context {
    /// An event of the default kind on a branch (for `push`) or for a pull request.
    pub(super) fn event(name: &str, branch: &str) -> Self {
        let mut known = vec![("github.event_name".to_owned(), name.to_owned())];
        let mut set = |key: &str, value: String| known.push((key.to_owned(), value));
        // What other providers know of a run.
        let merge = name == "pull_request";
        let own = if name == "push" { branch } else { SOMEBODYS };
        set("ci.source", if merge { "merge_request_event" } else { "push" }.to_owned());
        set("ci.merge_request", if merge { "1" } else { "" }.to_owned());
        set("ci.branch", own.to_owned());
        set("ci.commit_branch", if merge { "" } else { own }.to_owned());
        set("ci.target", if merge { branch } else { "" }.to_owned());
        set("ci.open_merge_requests", if name == "push" { "" } else { "1" }.to_owned());
        set("ci.tag", String::new());
        set("ci.default_branch", branch.to_owned());
        match name {
            "pull_request" => set("github.ref", "refs/pull/1/merge".to_owned()),
            "push" => {
                set("github.ref", format!("refs/heads/{branch}"));
                set("github.ref_name", branch.to_owned());
                set("github.ref_type", "branch".to_owned());
                set("github.head_ref", String::new());
                set("github.base_ref", String::new());
            }
            _ => {}
        }
        Self { known, success: Some(true), failure: Some(false) }
    }

    pub(super) fn with(mut self, path: &str, value: &str) -> Self {
        self.known.push((path.to_ascii_lowercase(), value.to_owned()));
        self
    }
}

/// Whether an `if` holds. Without a status function the provider asks for success first.
pub(super) fn holds(condition: &str, context: &Context) -> Option<bool> {
    let text = inner(condition);
    let asks = ["always(", "failure(", "cancelled(", "success("];
    let squeezed: String =
        text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let value = evaluate(text, context);
    if asks.iter().any(|function| squeezed.contains(function)) {
        return value;
    }
    match (context.success, value) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), value) => value,
        (None, _) => None,
    }
}

/// Nothing rules the job out, as long as all went well before.
pub(super) fn may_hold(condition: &str, context: &Context) -> bool {
    holds(condition, context) != Some(false)
}

/// The truth of an expression, status functions aside.
pub(super) fn evaluate(expression: &str, context: &Context) -> Option<bool> {
    let tokens = tokens(inner(expression))?;
    let mut parser = Parser { tokens: &tokens, at: 0, context };
    let value = parser.or(0);
    if parser.at == tokens.len() { truth(&value) } else { None }
}

fn inner(text: &str) -> &str {
    let text = text.trim();
    match text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")) {
        Some(inner) if !inner.contains("${{") => inner.trim(),
        _ => text,
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(bool) => Some(*bool),
        Value::Text(text) => Some(!text.is_empty()),
        Value::Unknown => None,
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        if let Some(sign) = ["&&", "||", "==", "!=", "<=", ">=", "!", "(", ")", ",", "<", ">"]
            .iter()
            .find(|s| rest.starts_with(**s))
        {
            out.push(Token::Sign(sign));
            rest = rest.get(sign.len()..)?;
        } else if c == '\'' {
            let mut value = String::new();
            let mut after = rest.get(1..)?;
            loop {
                let end = after.find('\'')?;
                value.push_str(after.get(..end)?);
                after = after.get(end + 1..)?;
                match after.strip_prefix('\'') {
                    Some(more) => {
                        value.push('\'');
                        after = more;
                    }
                    None => break,
                }
            }
            out.push(Token::Text(value));
            rest = after;
        } else {
            let part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '*' | '[' | ']' | '"');
            let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            out.push(Token::Word(rest.get(..end)?.to_owned()));
            rest = rest.get(end..)?;
        }
        rest = rest.trim_start();
    }
    Some(out)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    context: &'a Context,
}

impl Parser<'_> {
    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn or(&mut self, depth: usize) -> Value {
        let mut left = self.and(depth);
        while self.sign("||") {
            let right = self.and(depth);
            left = match truth(&left) {
                Some(true) => left,
                Some(false) => right,
                None if truth(&right) == Some(true) => Value::Bool(true),
                None => Value::Unknown,
            };
        }
        left
    }

    fn and(&mut self, depth: usize) -> Value {
        let mut left = self.comparison(depth);
        while self.sign("&&") {
            let right = self.comparison(depth);
            left = match truth(&left) {
                Some(false) => left,
                Some(true) => right,
                None if truth(&right) == Some(false) => Value::Bool(false),
                None => Value::Unknown,
            };
        }
        left
    }

    fn comparison(&mut self, depth: usize) -> Value {
        let left = self.unary(depth);
        for (sign, equal) in [("==", true), ("!=", false)] {
            if self.sign(sign) {
                let right = self.unary(depth);
                return match same(&left, &right) {
                    Some(same) => Value::Bool(same == equal),
                    None => Value::Unknown,
                };
            }
        }
        for sign in ["<=", ">=", "<", ">"] {
            if self.sign(sign) {
                self.unary(depth);
                return Value::Unknown;
            }
        }
        left
    }

    fn unary(&mut self, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            self.at = self.tokens.len();
            return Value::Unknown;
        }
        if self.sign("!") {
            let value = self.unary(depth + 1);
            return truth(&value).map_or(Value::Unknown, |value| Value::Bool(!value));
        }
        if self.sign("(") {
            let value = self.or(depth + 1);
            return if self.sign(")") { value } else { Value::Unknown };
        }
        let token = self.tokens.get(self.at).cloned();
        self.at += usize::from(token.is_some());
        match token {
            Some(Token::Text(text)) => Value::Text(text),
            Some(Token::Word(word)) => {
                if self.sign("(") {
                    self.call(&word, depth)
                } else {
                    self.name(&word)
                }
            }
            _ => Value::Unknown,
        }
    }

    fn call(&mut self, name: &str, depth: usize) -> Value {
        let mut arguments = Vec::new();
        while !self.sign(")") {
            if self.at >= self.tokens.len() {
                return Value::Unknown;
            }
            let before = self.at;
            arguments.push(self.or(depth + 1));
            self.sign(",");
            if self.at == before {
                return Value::Unknown;
            }
        }
        let known = |value: Option<bool>| value.map_or(Value::Unknown, Value::Bool);
        match name.to_ascii_lowercase().as_str() {
            "always" => Value::Bool(true),
            // Nobody is assumed to cancel.
            "cancelled" => Value::Bool(false),
            "success" => known(self.context.success),
            "failure" => known(self.context.failure),
            "startswith" => match arguments.as_slice() {
                [Value::Text(text), Value::Text(start)] => {
                    Value::Bool(text.to_ascii_lowercase().starts_with(&start.to_ascii_lowercase()))
                }
                _ => Value::Unknown,
            },
            "matches" => match arguments.as_slice() {
                [Value::Text(text), Value::Text(pattern)] => regex::RegexBuilder::new(pattern)
                    .size_limit(PATTERN_SIZE)
                    .build()
                    .map_or(Value::Unknown, |pattern| Value::Bool(pattern.is_match(text))),
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    fn name(&self, word: &str) -> Value {
        match word {
            "true" => return Value::Bool(true),
            "false" => return Value::Bool(false),
            _ => {}
        }
        let path = word.to_ascii_lowercase();
        let known = self.context.known.iter().rev().find(|(name, _)| *name == path);
        known.map_or(Value::Unknown, |(_, value)| Value::Text(value.clone()))
    }
}

/// The provider compares text without regard to case.
fn same(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Text(a), Value::Text(b)) => Some(a.eq_ignore_ascii_case(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a == b),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_on_the_event_are_decided() {
        let push = Context::event("push", "main");
        let pull = Context::event("pull_request", "main");
        let condition = "github.event_name == 'push' && github.ref == 'refs/heads/main'";
        assert_eq!(holds(condition, &push), Some(true));
        assert_eq!(holds(condition, &pull), Some(false));
        assert_eq!(holds("${{ !contains(github.event.head_commit.message, '[skip]') }}", &push), None);
        assert_eq!(holds("github.event_name != 'push' || vars.X == 'y'", &pull), Some(true));
        assert_eq!(holds("(github.ref_name == 'main')", &push), Some(true));
    }

    #[test]
    fn a_failure_before_stops_all_but_status_functions() {
        let failed = Context {
            success: Some(false),
            failure: Some(true),
            ..Context::event("push", "main").with("needs.check.result", "failure")
        };
        assert_eq!(holds("github.event_name == 'push'", &failed), Some(false));
        assert_eq!(holds("always()", &failed), Some(true));
        assert_eq!(holds("! cancelled()", &failed), Some(true));
        assert_eq!(holds("always() && needs.check.result == 'success'", &failed), Some(false));
    }

    #[test]
    fn nonsense_is_unknown_and_never_panics() {
        let context = Context::default();
        for text in
            ["", "((((", "a == ", "'open", "f(,", "&& ||", "é", &"(".repeat(20_000), &"!".repeat(20_000)]
        {
            assert_eq!(evaluate(text, &context), None, "{text:.20}");
        }
    }
}
