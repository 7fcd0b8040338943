//! Reads `guard.toml`. Nothing in it is ignored: whatever is not understood is an issue.

use std::collections::BTreeMap;

use super::flaws;
use super::model::{
    Command, Config, Database, Deploy, External, ExternalKind, Prepare, Probe, Recover, Service, Smoke, Stop,
    Target, Tunnel, TunnelKind, Verify,
};
use crate::contract::issue::Issue;
use crate::contract::model::At;
use crate::contract::reader::{self, Section, shown};

pub(super) const TOP: [&str; 7] = ["deploy", "database", "prepare", "service", "tunnel", "external", "smoke"];

/// Reads a configuration, or says everything that is wrong with it, in the order of the text.
pub fn parse(text: &str) -> Result<Config, Vec<Issue>> {
    reader::read(text, |top| {
        top.knows(&TOP);
        let config = Config {
            deploy: top.section("deploy").map(|section| deploy(&section)).unwrap_or_default(),
            database: top.section("database").map(|section| database(&section)).unwrap_or_default(),
            prepare: top.sections("prepare").iter().filter_map(prepare).collect(),
            services: top.sections("service").iter().filter_map(service).collect(),
            tunnel: top.section("tunnel").and_then(|section| tunnel(&section)),
            external: top.sections("external").iter().filter_map(external).collect(),
            smoke: top.sections("smoke").iter().filter_map(smoke).collect(),
        };
        for issue in flaws::of(&config) {
            top.issue(issue.span, issue.message, issue.hint);
        }
        config
    })
}

fn deploy(section: &Section<'_>) -> Deploy {
    section.knows(&["required_env", "required_tables", "writable", "reports", "timeout"]);
    let required_env = section.distinct("required_env").unwrap_or_default();
    for name in &required_env {
        variable(section, name);
    }
    Deploy {
        span: Some(section.span),
        required_env,
        required_tables: section.distinct("required_tables").unwrap_or_default(),
        writable: section.distinct("writable").unwrap_or_default(),
        reports: section.word("reports"),
        timeout: section.duration("timeout"),
    }
}

pub(super) const DATABASE: [&str; 6] = [
    "connect_timeout",
    "connect_backoff",
    "query_timeout",
    "lock_timeout",
    "statement_timeout",
    "lease_timeout",
];

fn database(section: &Section<'_>) -> Database {
    section.knows(&DATABASE);
    Database {
        connect_timeout: section.duration("connect_timeout"),
        connect_backoff: section.duration("connect_backoff"),
        query_timeout: section.duration("query_timeout"),
        lock_timeout: section.duration("lock_timeout"),
        statement_timeout: section.duration("statement_timeout"),
        lease_timeout: section.duration("lease_timeout"),
    }
}

fn variable(section: &Section<'_>, name: &At<String>) {
    let starts = name.value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts || !name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        // It may be a secret that stands here by mistake: it is not repeated.
        section.issue(name.span, "this is not the name of a variable", "write its name, never its value");
    }
}

fn variable_in(section: &Section<'_>, key: &str) -> Option<At<String>> {
    let name = section.word(key)?;
    variable(section, &name);
    Some(name)
}

/// A program and its arguments. Arguments may be empty, the program may not.
fn words(section: &Section<'_>, key: &str) -> Option<Vec<At<String>>> {
    let words = section.raw_texts(key)?;
    if words.first().is_none_or(|program| program.value.trim().is_empty()) {
        let message = format!("`{key}` starts no program");
        section.issue(section.value_span(key), message, "write the program and its arguments");
        return None;
    }
    Some(words)
}

fn command(section: &Section<'_>, key: &str) -> Option<Command> {
    if section.is_text(key) {
        section.word(key).map(Command::Shell)
    } else {
        words(section, key).map(Command::Words)
    }
}

fn prepare(section: &Section<'_>) -> Option<Prepare> {
    section.knows(&["name", "check", "fix"]);
    let name = section.required("name", "say what it prepares");
    if !section.has("check") {
        section.missing("check", "write the command that tells whether it is prepared");
    }
    let (check, fix) = (command(section, "check"), command(section, "fix"));
    Some(Prepare { span: section.span, name: name?, check: check?, fix })
}

pub(super) const SERVICE: [&str; 12] = [
    "name",
    "command",
    "cwd",
    "port",
    "host",
    "required",
    "needs",
    "ready",
    "ready_timeout",
    "recover",
    "stop",
    "env",
];

fn service(section: &Section<'_>) -> Option<Service> {
    section.knows(&SERVICE);
    let name = section.required("name", "give the service a name");
    if !section.has("command") {
        section.missing("command", "write the program and its arguments as a list");
    }
    let command = words(section, "command");
    let service = Service {
        span: section.span,
        name: name.clone().unwrap_or_else(|| At { value: String::new(), span: section.span }),
        command: command.clone().unwrap_or_default(),
        cwd: section.word("cwd"),
        port: small(section, "port", 1, 65_535),
        host: section.word("host"),
        required: section.flag("required").is_none_or(|at| at.value),
        needs: section.one_or_many("needs").unwrap_or_default(),
        ready: section.sections("ready").iter().filter_map(probe).collect(),
        ready_timeout: section.duration("ready_timeout"),
        recover: section.section("recover").and_then(|own| recover(&own)),
        stop: section.section("stop").map(|own| stop(&own)).unwrap_or_default(),
        env: section.section("env").map(|own| env(&own)).unwrap_or_default(),
    };
    // Everything in it was looked at, and its issues are told, before it is given up.
    (name.is_some() && command.is_some()).then_some(service)
}

fn small(section: &Section<'_>, key: &str, from: i64, to: u16) -> Option<At<u16>> {
    let at = section.number(key, from, i64::from(to))?;
    u16::try_from(at.value).ok().map(|value| At { value, span: at.span })
}

fn status(section: &Section<'_>) -> Option<At<u16>> {
    small(section, "status", 100, 599)
}

fn env(section: &Section<'_>) -> BTreeMap<String, At<String>> {
    let mut out = BTreeMap::new();
    for key in section.keys() {
        variable(section, &key);
        if let Some(value) = section.text(&key.value) {
            out.insert(key.value, value);
        }
    }
    out
}

/// A path of the service, or a whole address.
fn place(section: &Section<'_>, key: &str) -> Option<At<String>> {
    let place = section.word(key)?;
    if !place.value.starts_with('/') && !is_address(&place.value) {
        let message = format!("`{}` is neither a path nor an address", shown(&place.value));
        section.issue(place.span, message, "start it with `/`, or with `http://` or `https://`");
    }
    Some(place)
}

fn address(section: &Section<'_>, key: &str) -> Option<At<String>> {
    let address = section.word(key)?;
    if !is_address(&address.value) {
        let message = format!("`{}` is no address", shown(&address.value));
        section.issue(address.span, message, "start it with `http://` or `https://`");
    }
    Some(address)
}

/// A variable in front (`${BASE_URL}/health`) may hold scheme and host.
fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) || text.starts_with("${")
}

fn probe(section: &Section<'_>) -> Option<Probe> {
    section.knows(&["http", "status", "json", "timeout", "interval"]);
    if !section.has("http") {
        section.missing("http", "write the path that answers when the service is ready");
    }
    let http = place(section, "http");
    let (status, json) = (status(section), json(section));
    let (timeout, interval) = (section.duration("timeout"), section.duration("interval"));
    Some(Probe { span: section.span, http: http?, status, json, timeout, interval })
}

/// Dotted paths, whether they are written as quoted keys or as tables.
fn json(section: &Section<'_>) -> BTreeMap<String, serde_json::Value> {
    let mut out = BTreeMap::new();
    let Some(own) = section.section("json") else { return out };
    for key in own.keys() {
        if let Some(value) = own.json(&key.value) {
            flatten(&key.value, value, &mut out, 0);
        }
    }
    out
}

fn flatten(
    path: &str,
    value: serde_json::Value,
    out: &mut BTreeMap<String, serde_json::Value>,
    depth: usize,
) {
    match value {
        serde_json::Value::Object(object) if !object.is_empty() && depth < 100 => {
            for (key, inner) in object {
                flatten(&format!("{path}.{key}"), inner, out, depth + 1);
            }
        }
        _ => {
            out.insert(path.to_owned(), value);
        }
    }
}

pub(super) const METHODS: [(&str, ()); 6] =
    [("GET", ()), ("HEAD", ()), ("POST", ()), ("PUT", ()), ("PATCH", ()), ("OPTIONS", ())];

fn method(section: &Section<'_>) -> Option<At<String>> {
    section.choice("method", &METHODS)?;
    section.word("method")
}

pub(super) const RECOVER: [&str; 6] = ["http", "method", "auth_env", "auth_header", "stats", "timeout"];

fn recover(section: &Section<'_>) -> Option<Recover> {
    section.knows(&RECOVER);
    if !section.has("http") {
        section.missing("http", "write the path that starts the recovery");
    }
    let http = place(section, "http");
    let recover = Recover {
        span: section.span,
        http: http.clone().unwrap_or_else(|| At { value: String::new(), span: section.span }),
        method: method(section),
        auth_env: variable_in(section, "auth_env"),
        auth_header: section.word("auth_header"),
        stats: place(section, "stats"),
        timeout: section.duration("timeout"),
    };
    http.is_some().then_some(recover)
}

pub(super) const SIGNALS: [(&str, ()); 6] =
    [("TERM", ()), ("INT", ()), ("QUIT", ()), ("HUP", ()), ("USR1", ()), ("USR2", ())];

fn stop(section: &Section<'_>) -> Stop {
    section.knows(&["signal", "grace"]);
    let signal = section.choice("signal", &SIGNALS).and_then(|_| section.word("signal"));
    Stop { signal, grace: section.duration("grace") }
}

pub(super) const TUNNEL: [&str; 8] =
    ["name", "kind", "command", "restart", "config", "ready", "timeout", "verify"];

fn tunnel(section: &Section<'_>) -> Option<Tunnel> {
    section.knows(&TUNNEL);
    if !section.has("kind") {
        section.missing("kind", "write `kind = \"cloudflared\"`, `\"ssh\"`, `\"bore\"` or `\"command\"`");
    }
    let kinds = [
        ("cloudflared", TunnelKind::Cloudflared),
        ("ssh", TunnelKind::Ssh),
        ("bore", TunnelKind::Bore),
        ("command", TunnelKind::Command),
    ];
    let kind = section.choice("kind", &kinds);
    let name = section.word("name");
    let command = words(section, "command").unwrap_or_default();
    let restart = words(section, "restart").unwrap_or_default();
    let (config, ready) = (section.word("config"), address(section, "ready"));
    let timeout = section.duration("timeout");
    let verify = section.sections("verify").iter().filter_map(verify).collect();
    Some(Tunnel { span: section.span, name, kind: kind?, command, restart, config, ready, timeout, verify })
}

fn verify(section: &Section<'_>) -> Option<Verify> {
    section.knows(&["url", "status", "marker"]);
    if !section.has("url") {
        section.missing("url", "write the public address that must answer");
    }
    let url = address(section, "url");
    let (status, marker) = (status(section), section.word("marker"));
    Some(Verify { span: section.span, url: url?, status, marker })
}

pub(super) const EXTERNAL: [&str; 8] =
    ["kind", "name", "url", "method", "key_env", "status", "timeout", "required"];

fn external(section: &Section<'_>) -> Option<External> {
    section.knows(&EXTERNAL);
    if !section.has("kind") {
        section.missing("kind", "write `kind = \"stripe\"`, `\"openai\"`, `\"cloudflare\"` or `\"http\"`");
    }
    let kinds = [ExternalKind::Stripe, ExternalKind::Openai, ExternalKind::Cloudflare, ExternalKind::Http];
    let kind = section.choice("kind", &kinds.map(|kind| (kind.name(), kind)));
    let (name, url, method) = (section.word("name"), address(section, "url"), method(section));
    let key_env = variable_in(section, "key_env");
    let (status, timeout) = (status(section), section.duration("timeout"));
    let required = section.flag("required").is_none_or(|at| at.value);
    Some(External { span: section.span, kind: kind?, name, url, method, key_env, status, timeout, required })
}

pub(super) const SMOKE: [&str; 11] = [
    "name",
    "url",
    "service",
    "http",
    "status",
    "contains",
    "not_contains",
    "not_error_page",
    "json",
    "stable",
    "timeout",
];

fn smoke(section: &Section<'_>) -> Option<Smoke> {
    section.knows(&SMOKE);
    let name = section.required("name", "say what it looks at");
    let target = target(section);
    let smoke = Smoke {
        span: section.span,
        name: name.clone().unwrap_or_else(|| At { value: String::new(), span: section.span }),
        target: target
            .clone()
            .unwrap_or_else(|| Target::Url(At { value: String::new(), span: section.span })),
        status: status(section),
        contains: section.one_or_many("contains").unwrap_or_default(),
        not_contains: section.one_or_many("not_contains").unwrap_or_default(),
        not_error_page: section.flag("not_error_page").is_some_and(|at| at.value),
        json: json(section),
        stable: section.duration("stable"),
        timeout: section.duration("timeout"),
    };
    (name.is_some() && target.is_some()).then_some(smoke)
}

fn target(section: &Section<'_>) -> Option<Target> {
    let hint = "write `url`, or `service` and `http`";
    if section.has("url") {
        if section.has("service") || section.has("http") {
            section.issue(section.value_span("url"), "a smoke check has two addresses", hint);
        }
        return address(section, "url").map(Target::Url);
    }
    for key in ["service", "http"] {
        if !section.has(key) {
            section.missing(key, hint);
        }
    }
    let (service, http) = (section.word("service"), place(section, "http"));
    Some(Target::Service { service: service?, http: http? })
}
