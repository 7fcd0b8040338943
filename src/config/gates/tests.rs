//! The whole of `guard.toml`: read, pinned, compared.

use proptest::prelude::*;

use super::super::parse::parse;
use super::*;

pub(crate) const WHOLE: &str = r#"
[deploy]
required_env = ["DATABASE_URL", "BASE_URL"]
required_tables = ["orders"]
writable     = ["storage", "logs"]
reports      = "logs"
timeout      = "2m"

[database]
connect_timeout = "10s"

[[prepare]]
name  = "prisma client"
check = "test -d node_modules/.prisma/client"
fix   = ["npx", "prisma", "generate"]

[[service]]
name    = "backend"
command = ["node", "dist/server.js", ""]
cwd     = "backend"
port    = 3001
host    = "127.0.0.1"
required = true
ready_timeout = "30s"
[[service.ready]]
http   = "/health/live"
status = 200
json   = { "status" = "alive", services.db.healthy = true }
[[service.ready]]
http   = "/health/db"
json   = { "ready" = true }
timeout = "2s"
interval = "50ms"
[service.recover]
http   = "/health/recover"
method = "POST"
auth_env = "ADMIN_PASSWORD"
stats  = "/health/recovery-stats"
[service.stop]
signal = "TERM"
grace  = "10s"
[service.env]
NODE_ENV = "production"

[[service]]
name  = "frontend"
command = ["npm", "start"]
port = 3000
needs = ["backend"]
required = false

[tunnel]
name    = "shop"
kind    = "cloudflared"
command = ["cloudflared", "tunnel", "run", "shop"]
restart = ["systemctl", "restart", "cloudflared"]
config  = "tunnel.yml"
ready   = "http://127.0.0.1:20241/ready"
[[tunnel.verify]]
url    = "https://shop.example/"
status = 200
marker = "<meta name=\"build\" content=\"${GIT_COMMIT}\">"

[[external]]
kind = "stripe"
key_env = "STRIPE_SECRET_KEY"
required = true

[[smoke]]
name = "site"
url = "https://shop.example/"
contains = "Welcome"
not_error_page = true
stable = "30s"

[[smoke]]
name = "api"
service = "backend"
http = "/health/db"
json = { "ready" = true }
"#;

fn read(text: &str) -> Config {
    parse(text).unwrap_or_else(|issues| panic!("{issues:#?}"))
}

#[test]
fn the_configuration_of_the_documentation_is_read_as_it_is_written() {
    let config = read(WHOLE);
    let backend = &config.services[0];
    assert_eq!(backend.command[2].value, "");
    assert_eq!(backend.port.as_ref().map(|port| port.value), Some(3001));
    assert_eq!(backend.ready[0].json["services.db.healthy"], serde_json::Value::Bool(true));
    assert!(!config.services[1].required);
    assert_eq!(config.external[0].title(), "stripe");
    assert_eq!(config.deploy.timeout.as_ref().map(|at| at.value.as_secs()), Some(120));
}

#[test]
fn every_gate_and_every_command_is_listed_once_and_in_order() {
    let listed = gates(&read(WHOLE));
    let mut keys: Vec<&String> = listed.iter().map(|(key, _)| key).collect();
    let before = keys.clone();
    keys.sort();
    keys.dedup();
    assert_eq!(keys, before);
    let value = |key: &str| listed.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str());
    assert_eq!(value("variable \"DATABASE_URL\""), Some("required"));
    assert_eq!(value("service \"frontend\""), Some("optional"));
    assert_eq!(value("service \"backend\" ready \"/health/live\" status"), Some("200"));
    assert_eq!(value("command prepare \"prisma client\" fix"), Some("\"npx\" \"prisma\" \"generate\""));
    assert_eq!(value("smoke \"site\" stable"), Some("30000ms"));
}

fn directions(old: &str, new: &str) -> Vec<Direction> {
    assert!(WHOLE.contains(old), "{old}");
    let changes = compare_gates(&read(WHOLE), &read(&WHOLE.replace(old, new)));
    changes.into_iter().map(|change| change.direction).collect()
}

#[test]
fn a_gate_that_is_dropped_optional_or_different_is_weaker() {
    let edits = [
        ("\"DATABASE_URL\", ", ""),
        ("required_tables = [\"orders\"]", ""),
        ("required = true\nready_timeout", "required = false\nready_timeout"),
        ("status = 200\njson", "json"),
        ("status = 200\njson", "status = 500\njson"),
        ("json   = { \"ready\" = true }\n", ""),
        ("STRIPE_SECRET_KEY\"\nrequired = true", "STRIPE_SECRET_KEY\"\nrequired = false"),
        ("contains = \"Welcome\"", "contains = \"W\""),
        ("not_error_page = true", ""),
        ("stable = \"30s\"", "stable = \"1s\""),
        ("marker = \"<meta name=\\\"build\\\" content=\\\"${GIT_COMMIT}\\\">\"", ""),
    ];
    for (old, new) in edits {
        let found = directions(old, new);
        assert!(found.contains(&Direction::Weaker), "{old}: {found:?}");
    }
}

#[test]
fn another_command_is_neutral_and_a_longer_wait_is_tighter() {
    assert_eq!(directions("\"npm\", \"start\"", "\"npm\", \"run\", \"serve\""), [Direction::Neutral]);
    assert_eq!(directions("stable = \"30s\"", "stable = \"60s\""), [Direction::Tighter]);
    assert_eq!(directions("required = false", "required = true"), [Direction::Tighter]);
    assert!(directions("timeout      = \"2m\"", "timeout = \"3m\"").is_empty());
    assert!(directions("[deploy]", "# the same\n[deploy]").is_empty());
}

#[test]
fn a_second_probe_of_the_same_path_is_a_gate_of_its_own() {
    let twice = WHOLE.replace("\"/health/db\"\njson   =", "\"/health/live\"\njson   =");
    let once = gates(&read(WHOLE)).len();
    assert_eq!(gates(&read(&twice)).len(), once);
}

fn wrong(text: &str) -> Vec<(String, String)> {
    let found = parse(text).expect_err("it is wrong");
    found.into_iter().map(|issue| (text[issue.span.range()].to_owned(), issue.hint)).collect()
}

#[test]
fn what_is_not_understood_is_told_at_its_place() {
    let found = wrong(
        "[deploi]\n[deploy]\nrequired_env = [\"A B\"]\n[[service]]\nname = \"a\"\ncommand = []\nprot = 3\nport = 70000\n\
         [service.stop]\nsignal = \"KILLL\"\n[service.reday]\n[tunnel]\nkind = \"ngrok\"\nready = \"x\"\n",
    );
    let places: Vec<&str> = found.iter().map(|issue| issue.0.as_str()).collect();
    assert_eq!(
        places,
        ["deploi", "\"A B\"", "[]", "prot", "70000", "\"KILLL\"", "reday", "\"ngrok\"", "\"x\""]
    );
    assert_eq!(found[3].1, "did you mean `port`?");
}

#[test]
fn contradictions_are_told() {
    let service =
        |name: &str, rest: &str| format!("[[service]]\nname = \"{name}\"\ncommand = [\"x\"]\n{rest}\n");
    assert_eq!(wrong(&format!("{}{}", service("a", ""), service("a", "")))[0].0, "\"a\"");
    assert_eq!(wrong(&service("web", "needs = [\"wbe\"]"))[0].1, "did you mean `web`?");
    let circle = format!("{}{}", service("a", "needs = \"b\""), service("b", "needs = \"a\""));
    assert_eq!(wrong(&format!("{circle}{}", service("c", "needs = \"a\""))).len(), 2);
    assert_eq!(wrong(&service("a", "[[service.ready]]\nhttp = \"/x\"")).len(), 1);
    assert_eq!(wrong("[tunnel]\nkind = \"command\"").len(), 1);
    assert_eq!(wrong("[[external]]\nkind = \"http\"").len(), 1);
    assert_eq!(wrong("[[smoke]]\nname = \"x\"\nurl = \"https://a\"\nservice = \"b\"").len(), 1);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        let _ = parse(&text);
    }

    #[test]
    fn a_configuration_without_one_of_its_lines_never_gains_a_gate_quietly(line in 0_usize..100) {
        let lines: Vec<&str> = WHOLE.lines().collect();
        let kept: Vec<&str> = lines.iter().enumerate().filter(|(index, _)| *index != line).map(|(_, line)| *line).collect();
        if let Ok(config) = parse(&kept.join("\n")) {
            let (whole, less) = (gates(&read(WHOLE)), gates(&config));
            let changes = compare_gates(&read(WHOLE), &config);
            prop_assert_eq!(whole == less, changes.is_empty());
        }
    }
}
