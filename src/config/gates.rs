//! The gates of `guard.toml`: what a rollout must pass. The contract's lock pins them, together
//! with the commands that are started, and dropping or loosening one weakens the contract.

use std::collections::BTreeMap;
use std::time::Duration;

use super::model::{Command, Config, External, Probe, Service, Smoke, Target, Tunnel};
use crate::contract::model::At;
use crate::contract::order::{Change, Direction};
use crate::words::span::Span;

/// Every gate and every command with its canonical value, sorted by key.
#[must_use]
pub fn gates(config: &Config) -> Vec<(String, String)> {
    collect(config).into_iter().map(|(key, gate)| (key, gate.value)).collect()
}

/// A gate that is dropped, optional or asks for something else is weaker; another command is
/// neutral, since it is judged as an entry point.
#[must_use]
pub fn compare_gates(base: &Config, head: &Config) -> Vec<Change> {
    let (old, new) = (collect(base), collect(head));
    let mut changes = Vec::new();
    for (key, was) in &old {
        let Some(is) = new.get(key) else {
            let direction = if was.kind == Kind::Command { Direction::Neutral } else { Direction::Weaker };
            let what = format!("guard.toml: {key} is gone");
            changes.push(Change { direction, what, before: Some(was.span), after: None });
            continue;
        };
        if was.value != is.value {
            let what = format!("guard.toml: {key} is {} and was {}", is.value, was.value);
            let direction = was.kind.direction(is);
            changes.push(Change { direction, what, before: Some(was.span), after: Some(is.span) });
        }
    }
    for (key, is) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
        let direction = if is.kind == Kind::Command { Direction::Neutral } else { Direction::Tighter };
        let what = format!("guard.toml: {key} is new");
        changes.push(Change { direction, what, before: None, after: Some(is.span) });
    }
    changes.sort_by_key(|change| change.direction);
    changes
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Any other value may be the looser one.
    Demand,
    /// `required` or `optional`.
    Need,
    /// How long something must hold: longer is stricter.
    Length(Duration),
    Command,
}

impl Kind {
    fn direction(self, is: &Gate) -> Direction {
        let stricter = match (self, is.kind) {
            (Self::Command, _) => return Direction::Neutral,
            (Self::Need, _) => is.value == REQUIRED,
            (Self::Length(before), Self::Length(after)) => after > before,
            _ => false,
        };
        if stricter { Direction::Tighter } else { Direction::Weaker }
    }
}

struct Gate {
    value: String,
    span: Span,
    kind: Kind,
}

const REQUIRED: &str = "required";

#[derive(Default)]
struct Gates(BTreeMap<String, Gate>);

impl Gates {
    /// Two gates of one name (a path that is probed twice) are told apart by their number.
    fn add(&mut self, key: &str, value: String, span: Span, kind: Kind) {
        let free = (1_usize..).map(|number| match number {
            1 => key.to_owned(),
            _ => format!("{key} #{number}"),
        });
        let mut free = free.skip_while(|key| self.0.contains_key(key));
        if let Some(key) = free.next() {
            self.0.insert(key, Gate { value, span, kind });
        }
    }

    fn need(&mut self, key: &str, required: bool, span: Span) {
        let value = if required { REQUIRED } else { "optional" };
        self.add(key, value.to_owned(), span, Kind::Need);
    }

    fn text(&mut self, key: &str, value: Option<&At<String>>) {
        if let Some(value) = value {
            self.add(key, quoted(&value.value), value.span, Kind::Demand);
        }
    }

    fn status(&mut self, key: &str, status: Option<&At<u16>>) {
        if let Some(status) = status {
            self.add(&format!("{key} status"), status.value.to_string(), status.span, Kind::Demand);
        }
    }

    fn json(&mut self, key: &str, json: &BTreeMap<String, serde_json::Value>, span: Span) {
        for (path, value) in json {
            self.add(&format!("{key} json {}", quoted(path)), value.to_string(), span, Kind::Demand);
        }
    }

    fn words(&mut self, key: &str, words: &[At<String>]) {
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return };
        let texts: Vec<String> = words.iter().map(|word| quoted(&word.value)).collect();
        self.add(key, texts.join(" "), first.span.to(last.span), Kind::Command);
    }

    fn command(&mut self, key: &str, command: &Command) {
        match command {
            Command::Shell(text) => {
                self.add(key, format!("shell {}", quoted(&text.value)), text.span, Kind::Command);
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
        gates.add(&key, quoted(&cwd.value), cwd.span, Kind::Command);
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
    gates.add(&format!("{key} kind"), check.kind.value.name().to_owned(), check.kind.span, Kind::Demand);
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
    gates.add(&key, target, span, Kind::Demand);
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
        gates.add(&format!("{key} stable"), value, stable.span, Kind::Length(stable.value));
    }
}

/// JSON's quotes: a key or a value never runs over its end.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
pub(super) mod tests;
