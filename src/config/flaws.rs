//! What contradicts itself in a `guard.toml` whose every key is understood.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Config, ExternalKind, Service, Target, TunnelKind};
use crate::contract::issue::{Issue, did_you_mean};
use crate::contract::model::At;
use crate::contract::reader::shown;
use crate::words::rollout::State;

pub(super) fn of(config: &Config) -> Vec<Issue> {
    let mut issues = Vec::new();
    let services: Vec<&str> = config.services.iter().map(|service| service.name.value.as_str()).collect();
    twins("service", config.services.iter().map(|service| &service.name), &mut issues);
    twins("prepare step", config.prepare.iter().map(|step| &step.name), &mut issues);
    twins("smoke check", config.smoke.iter().map(|check| &check.name), &mut issues);
    twins("external check", config.external.iter().filter_map(|check| check.name.as_ref()), &mut issues);
    for service in &config.services {
        for name in &service.needs {
            known(name, &services, &mut issues);
        }
        paths_need_a_port(service, &mut issues);
        literal(service, &mut issues);
    }
    for check in &config.smoke {
        if let Target::Service { service, .. } = &check.target {
            known(service, &services, &mut issues);
        }
    }
    labels(config, &mut issues);
    circles(&config.services, &mut issues);
    let commands = config.services.iter().map(|service| service.command.as_slice());
    let tunnels =
        config.tunnel.iter().flat_map(|tunnel| [tunnel.command.as_slice(), tunnel.restart.as_slice()]);
    for words in commands.chain(tunnels) {
        unread(words, &mut issues);
    }
    if let Some(tunnel) = &config.tunnel
        && tunnel.kind.value == TunnelKind::Command
        && tunnel.command.is_empty()
    {
        let hint = "write the program and its arguments";
        issues.push(Issue::new(tunnel.kind.span, "a tunnel of kind `command` has no `command`", hint));
    }
    for check in &config.external {
        if check.kind.value == ExternalKind::Http && check.url.is_none() {
            let hint = "write the address that must answer";
            issues.push(Issue::new(check.kind.span, "a check of kind `http` has no `url`", hint));
        }
    }
    issues
}

fn twins<'a>(what: &str, names: impl Iterator<Item = &'a At<String>>, issues: &mut Vec<Issue>) {
    let mut seen = BTreeSet::new();
    for name in names.filter(|name| !seen.insert(name.value.as_str())) {
        let message = format!("two {what}s are called `{}`", shown(&name.value));
        issues.push(Issue::new(name.span, message, "give each a name of its own"));
    }
}

/// States, variables and logs are called after a service: each name must lead to one.
fn labels(config: &Config, issues: &mut Vec<Issue>) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for service in &config.services {
        let name = &service.name;
        let label = State::label(&name.value);
        if let Some(other) = seen.insert(label.clone(), &name.value).filter(|other| *other != name.value) {
            let message = format!(
                "`{}` and `{}` are both {label} in the names of states",
                shown(other),
                shown(&name.value)
            );
            issues.push(Issue::new(name.span, message, "let them differ in more than signs and case"));
        }
        if name.value == "tunnel" && config.tunnel.is_some() {
            let message = "a service cannot be called `tunnel` beside `[tunnel]`, whose log is called so";
            issues.push(Issue::new(name.span, message, "give it another name"));
        }
    }
}

fn known(name: &At<String>, services: &[&str], issues: &mut Vec<Issue>) {
    if !services.contains(&name.value.as_str()) {
        let message = format!("there is no service `{}`", shown(&name.value));
        issues.push(Issue::new(name.span, message, did_you_mean(&name.value, services)));
    }
}

/// A path is asked on the service's own port.
fn paths_need_a_port(service: &Service, issues: &mut Vec<Issue>) {
    if service.port.is_some() {
        return;
    }
    for probe in service.ready.iter().filter(|probe| probe.http.value.starts_with('/')) {
        let message = format!("`{}` has no port on which a path could be asked", shown(&service.name.value));
        issues.push(Issue::new(probe.http.span, message, "add `port`, or write the whole address"));
    }
}

/// A command is a list of words that no shell reads: a variable in it reaches the program as it is written. What
/// stands behind `-c` or `-e` is code, and whoever runs it reads it.
fn unread(words: &[At<String>], issues: &mut Vec<Issue>) {
    let is_code = |flag: &str| {
        let letters =
            flag.strip_prefix('-').is_some_and(|rest| rest.chars().all(|c| c.is_ascii_alphabetic()));
        letters && flag.ends_with(['c', 'e']) || flag == "--eval" || flag == "--command"
    };
    for (at, word) in words.iter().enumerate() {
        if at > 0 && is_code(&words[at - 1].value) {
            continue;
        }
        if let Some(name) = variable(&word.value) {
            let message =
                format!("`{}` names the variable {name}, and no shell reads a command", shown(&word.value));
            let hint =
                "let the program read it from its environment, or write `[\"sh\", \"-c\", \"exec …\"]`";
            issues.push(Issue::new(word.span, message, hint));
        }
    }
}

/// What stands in `[service.env]` reaches the service as it is written, a variable's name too.
fn literal(service: &Service, issues: &mut Vec<Issue>) {
    for (key, value) in &service.env {
        let Some(name) = variable(&value.value) else { continue };
        let message = format!(
            "`{}` names the variable {name}, and no shell reads `[service.env]`",
            shown(&value.value)
        );
        let hint = if name == key {
            format!("take it out: a service is given {name} as guard has it")
        } else {
            format!(
                "a service is given {name} as guard has it: let it read that, or start it with \
                 `[\"sh\", \"-c\", \"{key}=… exec …\"]`"
            )
        };
        issues.push(Issue::new(value.span, message, hint));
    }
}

/// The name in `${NAME}`, or in a word that is `$NAME` and nothing else.
fn variable(word: &str) -> Option<&str> {
    let is_name = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let braced = word.split("${").skip(1).filter_map(|rest| Some(rest.split_at(rest.find(['}', ':'])?).0));
    braced.chain(word.strip_prefix('$')).find(is_name)
}

/// Whoever waits for itself never starts. Services are taken away while all that they need is gone.
fn circles(services: &[Service], issues: &mut Vec<Issue>) {
    let mut waiting: Vec<&Service> = services.iter().collect();
    loop {
        let before = waiting.len();
        let names: BTreeSet<&str> = waiting.iter().map(|service| service.name.value.as_str()).collect();
        waiting.retain(|service| service.needs.iter().any(|need| names.contains(need.value.as_str())));
        // Whoever only waits for a circle is not in it.
        let needed: BTreeSet<&str> =
            waiting.iter().flat_map(|service| service.needs.iter().map(|need| need.value.as_str())).collect();
        waiting.retain(|service| needed.contains(service.name.value.as_str()));
        if waiting.len() == before {
            break;
        }
    }
    for service in waiting {
        let message = format!("`{}` waits for itself", shown(&service.name.value));
        let span = service.needs.first().map_or(service.name.span, |need| need.span);
        issues.push(Issue::new(span, message, "take one of the services out of `needs`"));
    }
}

#[cfg(test)]
mod tests {
    use super::variable;

    fn issues(text: &str) -> String {
        format!("{:?}", crate::config::parse(text).err().unwrap_or_default())
    }

    #[test]
    fn two_services_with_the_same_state_and_one_in_the_tunnels_place_are_refused() {
        let service = |name: &str| format!("[[service]]\nname = \"{name}\"\ncommand = [\"a\"]\n");
        assert!(issues(&[service("web-app"), service("web_app")].concat()).contains("both WEB_APP"));
        assert!(!issues(&[service("web-app"), service("web-api")].concat()).contains("both"));
        let tunnel = "[tunnel]\nkind = \"ssh\"\ncommand = [\"ssh\"]\n";
        assert!(issues(&[service("tunnel").as_str(), tunnel].concat()).contains("whose log"));
        assert!(!issues(&service("tunnel")).contains("whose log"));
    }

    #[test]
    fn a_variable_in_the_environment_of_a_service_is_refused_with_the_way_to_give_it() {
        let service =
            |value: &str| format!("[[service]]\nname = \"a\"\ncommand = [\"a\"]\n[service.env]\n{value}\n");
        assert!(issues(&service("API_KEY = \"${API_KEY}\"")).contains("take it out"));
        assert!(issues(&service("URL = \"http://${HOST}/\"")).contains("URL=… exec"));
        assert!(!issues(&service("PRICE = \"5 $\"\nFORMAT = \"${time} $msg\"")).contains("variable"));
    }

    #[test]
    fn a_variable_in_a_word_is_seen_and_nothing_else_is_one() {
        for (word, name) in [
            ("${PORT}", "PORT"),
            ("--port=${PORT_2}", "PORT_2"),
            ("$PORT", "PORT"),
            ("${PORT:-1}", "PORT"),
            ("a${x}${Y}", "Y"),
        ] {
            assert_eq!(variable(word), Some(name), "{word}");
        }
        for word in ["$", "${}", "pa$WORD", "^a$", "${name}", "$1", "${PORT", "$PORT/x"] {
            assert_eq!(variable(word), None, "{word}");
        }
    }
}
