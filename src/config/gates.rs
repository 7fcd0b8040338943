//! The gates of `guard.toml`: what a rollout must pass. The contract's lock pins them, together
//! with the commands that are started, and dropping or loosening one weakens the contract.

use std::collections::BTreeMap;

use super::model::{Command, Config, External, Probe, Service, Smoke, Target, Tunnel};
use crate::contract::model::At;
use crate::contract::order::{Change, Direction};
use crate::words::span::Span;

/// Every gate and every command with its canonical value, sorted by key.
#[must_use]
pub fn gates(config: &Config) -> Vec<(String, String)> {
    collect(config).into_iter().map(|(key, gate)| (key, gate.value)).collect()
}

/// How one gate or command differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn<'g> {
    pub key: &'g str,
    pub direction: Direction,
    pub what: String,
}

/// A gate that is dropped, optional or asks for something else is weaker; another command is
/// neutral, since it is judged as an entry point. What goes together with the gate that it belongs
/// to is not told by itself.
#[must_use]
pub fn turns<'g>(before: &'g BTreeMap<String, String>, after: &'g BTreeMap<String, String>) -> Vec<Turn<'g>> {
    let mut turns = Vec::new();
    for (key, was) in before {
        let is = after.get(key);
        if is == Some(was) || is.is_none() && belongs_to_dropped(key, before, after) {
            continue;
        }
        let command = key.starts_with(COMMAND);
        let direction = match is {
            _ if command => Direction::Neutral,
            Some(is) if stricter(was, is) => Direction::Tighter,
            _ => Direction::Weaker,
        };
        let name = if command { format!("`{key}`") } else { format!("the gate `{key}`") };
        let what = match is {
            Some(is) => format!("{name} was `{was}` and is `{is}`"),
            None => format!("{name} was dropped"),
        };
        turns.push(Turn { key, direction, what });
    }
    for key in after.keys().filter(|key| !before.contains_key(*key)) {
        let (direction, name) = if key.starts_with(COMMAND) {
            (Direction::Neutral, format!("`{key}`"))
        } else {
            (Direction::Tighter, format!("the gate `{key}`"))
        };
        turns.push(Turn { key, direction, what: format!("{name} is new") });
    }
    turns.sort_by_key(|turn| turn.direction);
    turns
}

/// The same of two configurations, with where it stands.
#[must_use]
pub fn compare_gates(base: &Config, head: &Config) -> Vec<Change> {
    let (old, new) = (collect(base), collect(head));
    let values = |gates: &BTreeMap<String, Gate>| -> BTreeMap<String, String> {
        gates.iter().map(|(key, gate)| (key.clone(), gate.value.clone())).collect()
    };
    let span = |gates: &BTreeMap<String, Gate>, key: &str| gates.get(key).map(|gate| gate.span);
    turns(&values(&old), &values(&new))
        .into_iter()
        .map(|Turn { key, direction, what }| Change {
            direction,
            what,
            before: span(&old, key),
            after: span(&new, key),
        })
        .collect()
}

/// A gate's key begins with that of the gate that it is a part of, and a space.
fn belongs_to_dropped(
    key: &str,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> bool {
    key.match_indices(' ')
        .map(|(at, _)| &key[..at])
        .any(|whole| before.contains_key(whole) && !after.contains_key(whole))
}

/// Texts are quoted and numbers bare, so that neither of the two forms can be anything else.
fn stricter(was: &str, is: &str) -> bool {
    let length = |value: &str| value.strip_suffix("ms").and_then(|number| number.parse::<u128>().ok());
    match (length(was), length(is)) {
        (Some(was), Some(is)) => is > was,
        _ => is == REQUIRED,
    }
}

struct Gate {
    value: String,
    span: Span,
}

/// Begins the keys of what is started.
const COMMAND: &str = "command";
const REQUIRED: &str = "required";

#[derive(Default)]
struct Gates(BTreeMap<String, Gate>);

impl Gates {
    /// Two gates of one name (a path that is probed twice) are told apart by their number.
    fn add(&mut self, key: &str, value: String, span: Span) {
        let free = (1_usize..).map(|number| match number {
            1 => key.to_owned(),
            _ => format!("{key} #{number}"),
        });
        let mut free = free.skip_while(|key| self.0.contains_key(key));
        if let Some(key) = free.next() {
            self.0.insert(key, Gate { value, span });
        }
    }

    fn need(&mut self, key: &str, required: bool, span: Span) {
        let value = if required { REQUIRED } else { "optional" };
        self.add(key, value.to_owned(), span);
    }

    fn text(&mut self, key: &str, value: Option<&At<String>>) {
        if let Some(value) = value {
            self.add(key, quoted(&value.value), value.span);
        }
    }

    fn status(&mut self, key: &str, status: Option<&At<u16>>) {
        if let Some(status) = status {
            self.add(&format!("{key} status"), status.value.to_string(), status.span);
        }
    }

    fn json(&mut self, key: &str, json: &BTreeMap<String, serde_json::Value>, span: Span) {
        for (path, value) in json {
            self.add(&format!("{key} json {}", quoted(path)), value.to_string(), span);
        }
    }

    fn words(&mut self, key: &str, words: &[At<String>]) {
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return };
        let texts: Vec<String> = words.iter().map(|word| quoted(&word.value)).collect();
        self.add(key, texts.join(" "), first.span.to(last.span));
    }

    fn command(&mut self, key: &str, command: &Command) {
        match command {
            Command::Shell(text) => {
                self.add(key, format!("shell {}", quoted(&text.value)), text.span);
            }
            Command::Words(words) => self.words(key, words),
        }
    }
}

fn collect(config: &Config) -> BTreeMap<String, Gate> {
    let mut gates = Gates::default();
    for name in &config.deploy.required_env {
        gates.need(&format!("variable {}", quoted(&name.value)), true, name.span);
    }
    for name in &config.deploy.required_tables {
        gates.need(&format!("table {}", quoted(&name.value)), true, name.span);
    }
    for step in &config.prepare {
        let key = format!("command prepare {}", quoted(&step.name.value));
        gates.command(&format!("{key} check"), &step.check);
        if let Some(fix) = &step.fix {
            gates.command(&format!("{key} fix"), fix);
        }
    }
    for own in &config.services {
        service(&mut gates, own);
    }
    if let Some(own) = &config.tunnel {
        tunnel(&mut gates, own);
    }
    for check in &config.external {
        external(&mut gates, check);
    }
    for check in &config.smoke {
        smoke(&mut gates, check);
    }
    gates.0
}

fn service(gates: &mut Gates, service: &Service) {
    let name = quoted(&service.name.value);
    gates.need(&format!("service {name}"), service.required, service.name.span);
    gates.words(&format!("command service {name}"), &service.command);
    if let Some(cwd) = &service.cwd {
        let key = format!("command service {name} directory");
        gates.add(&key, quoted(&cwd.value), cwd.span);
    }
    for own in &service.ready {
        probe(gates, &format!("service {name} ready"), own);
    }
}

fn probe(gates: &mut Gates, key: &str, probe: &Probe) {
    let key = format!("{key} {}", quoted(&probe.http.value));
    gates.need(&key, true, probe.http.span);
    gates.status(&key, probe.status.as_ref());
    gates.json(&key, &probe.json, probe.span);
}

fn tunnel(gates: &mut Gates, tunnel: &Tunnel) {
    gates.need("tunnel", true, tunnel.kind.span);
    gates.words("command tunnel", &tunnel.command);
    gates.words("command tunnel restart", &tunnel.restart);
    gates.text("tunnel ready", tunnel.ready.as_ref());
    for verify in &tunnel.verify {
        let key = format!("tunnel verify {}", quoted(&verify.url.value));
        gates.need(&key, true, verify.url.span);
        gates.status(&key, verify.status.as_ref());
        gates.text(&format!("{key} marker"), verify.marker.as_ref());
    }
}

fn external(gates: &mut Gates, check: &External) {
    let key = format!("external {}", quoted(check.title()));
    gates.need(&key, check.required, check.kind.span);
    gates.add(&format!("{key} kind"), check.kind.value.name().to_owned(), check.kind.span);
    gates.text(&format!("{key} url"), check.url.as_ref());
    gates.text(&format!("{key} method"), check.method.as_ref());
    gates.text(&format!("{key} key"), check.key_env.as_ref());
    gates.status(&key, check.status.as_ref());
}

fn smoke(gates: &mut Gates, check: &Smoke) {
    let key = format!("smoke {}", quoted(&check.name.value));
    let (target, span) = match &check.target {
        Target::Url(url) => (quoted(&url.value), url.span),
        Target::Service { service, http } => {
            (format!("{} of service {}", quoted(&http.value), quoted(&service.value)), http.span)
        }
    };
    gates.add(&key, target, span);
    gates.status(&key, check.status.as_ref());
    for text in &check.contains {
        gates.need(&format!("{key} contains {}", quoted(&text.value)), true, text.span);
    }
    for text in &check.not_contains {
        gates.need(&format!("{key} not-contains {}", quoted(&text.value)), true, text.span);
    }
    if check.not_error_page {
        gates.need(&format!("{key} not-error-page"), true, check.span);
    }
    gates.json(&key, &check.json, check.span);
    if let Some(stable) = &check.stable {
        let value = format!("{}ms", stable.value.as_millis());
        gates.add(&format!("{key} stable"), value, stable.span);
    }
}

/// JSON's quotes: a key or a value never runs over its end.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
pub(super) mod tests;
