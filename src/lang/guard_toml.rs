//! `guard.toml` as far as sources are judged by it: what it starts, and where its services listen.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Input, Lowered, folder_of, joined, shell};
use crate::words::entry::{Entry, EntryKind};
use crate::words::flow::{EnvSetting, Expr, Problem, Unit};
use crate::words::span::{OffsetMap, Span};

/// What the drift rules compare with.
#[derive(Clone, Debug, Default)]
pub struct Deployment {
    pub services: Vec<Service>,
    pub required_env: Vec<(String, Span)>,
    pub tunnel: Option<Tunnel>,
    /// Variables that it reads itself (`key_env`, `auth_env`, `${…}` in its texts).
    pub own_env: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Service {
    pub name: String,
    pub span: Span,
    /// From the repository's root, `.` for the root.
    pub cwd: String,
    pub port: Option<(u16, Span)>,
    pub host: Option<(String, Span)>,
    pub command: Vec<(String, Span)>,
}

#[derive(Clone, Debug, Default)]
pub struct Tunnel {
    pub span: Span,
    /// From the repository's root.
    pub config: Option<String>,
    /// Host names of the public URLs that are verified.
    pub hostnames: Vec<String>,
}

type Table<'a> = DeTable<'a>;

#[must_use]
pub fn lower(input: Input<'_>) -> Lowered {
    let mut out = Lowered::default();
    let root = match DeTable::parse(input.text) {
        Ok(root) => root,
        Err(error) => {
            let span = input.map.span(error.span().unwrap_or(0..0));
            out.problems.push(Problem { span, what: error.message().to_owned() });
            return out;
        }
    };
    let reader = Reader { input };
    let root = root.get_ref();
    for prepare in tables(root, "prepare") {
        let name = text(prepare, "name").map_or("", |(name, _)| name);
        if let Some((check, range)) = text(prepare, "check") {
            let unit = reader.shell(check, range.clone());
            out.entries.push(reader.entry(format!("prepare {name}, check"), "", unit, range, prepare));
        }
        reader.command(prepare, "fix", &format!("prepare {name}"), "", &mut out);
    }
    for service in tables(root, "service") {
        let name = text(service, "name").map_or("", |(name, _)| name);
        reader.command(service, "command", &format!("service {name}"), name, &mut out);
    }
    if let Some(tunnel) = root.get("tunnel").and_then(|t| t.get_ref().as_table()) {
        reader.command(tunnel, "command", "tunnel", "tunnel", &mut out);
        reader.command(tunnel, "restart", "tunnel, restart", "", &mut out);
    }
    out
}

fn tables<'b, 'a>(root: &'b Table<'a>, key: &str) -> Vec<&'b Table<'a>> {
    match root.get(key).map(Spanned::get_ref) {
        Some(DeValue::Array(list)) => list.iter().filter_map(|item| item.get_ref().as_table()).collect(),
        Some(DeValue::Table(one)) => vec![one],
        _ => Vec::new(),
    }
}

fn text<'b>(table: &'b Table<'_>, key: &str) -> Option<(&'b str, std::ops::Range<usize>)> {
    let value = table.get(key)?;
    Some((value.get_ref().as_str()?, value.span()))
}

fn list<'b>(table: &'b Table<'_>, key: &str) -> Vec<(&'b str, std::ops::Range<usize>)> {
    let items = table.get(key).and_then(|v| v.get_ref().as_array());
    items
        .map(|items| items.iter().filter_map(|item| Some((item.get_ref().as_str()?, item.span()))).collect())
        .unwrap_or_default()
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    input: Input<'a>,
}

impl Reader<'_> {
    fn shell(self, text: &str, range: std::ops::Range<usize>) -> Unit {
        // Offsets inside are exact as long as the string has no escapes.
        let raw = self.input.text.get(range.clone()).unwrap_or("");
        let at = range.start + raw.find(text).unwrap_or(0);
        let map = self.input.map.compose(&OffsetMap::shifted(at));
        shell::lower_text(Input { path: self.input.path, text, map: &map }, false, false)
    }

    fn command(self, table: &Table<'_>, key: &str, title: &str, name: &str, out: &mut Lowered) {
        let (unit, range) = if let Some((command, range)) = text(table, key) {
            (self.shell(command, range.clone()), range)
        } else {
            let Some(value) = table.get(key) else { return };
            let words: Vec<(String, Span)> = list(table, key)
                .into_iter()
                .map(|(word, range)| (word.to_owned(), self.input.map.span(range)))
                .collect();
            if words.is_empty() {
                return;
            }
            (shell::run_of_words(words, self.input.map.span(value.span())), value.span())
        };
        out.entries.push(self.entry(title.to_owned(), name, unit, range, table));
    }

    fn entry(
        self,
        title: String,
        name: &str,
        unit: Unit,
        range: std::ops::Range<usize>,
        table: &Table<'_>,
    ) -> Entry {
        let env = table.get("env").and_then(|env| env.get_ref().as_table()).map(|env| {
            env.iter()
                .filter_map(|(key, value)| {
                    let span = self.input.map.span(key.span().start..value.span().end);
                    let inner = self.input.map.span(value.span());
                    let value = Expr::text(value.get_ref().as_str()?, inner);
                    Some(EnvSetting { name: key.get_ref().to_string(), value, span })
                })
                .collect()
        });
        Entry {
            kind: EntryKind::Service,
            title,
            name: name.to_owned(),
            unit,
            span: self.input.map.span(range),
            directory: Some(cwd(self.input, table)),
            env: env.unwrap_or_default(),
            env_files: Vec::new(),
            tolerated: None,
            needs: Vec::new(),
        }
    }
}

fn cwd(input: Input<'_>, table: &Table<'_>) -> String {
    joined(&folder_of(input.path), text(table, "cwd").map_or(".", |(cwd, _)| cwd))
}

/// None where the text is no TOML.
#[must_use]
pub fn deployment(input: Input<'_>) -> Option<Deployment> {
    let root = DeTable::parse(input.text).ok()?;
    let root = root.get_ref();
    let span = |range: std::ops::Range<usize>| input.map.span(range);
    let services = tables(root, "service")
        .into_iter()
        .map(|service| {
            let port = service.get("port").and_then(|port| {
                let number = port.get_ref().as_integer()?.as_str().parse().ok()?;
                Some((number, span(port.span())))
            });
            Service {
                name: text(service, "name").map_or(String::new(), |(name, _)| name.to_owned()),
                span: text(service, "name").map_or_else(Span::default, |(_, range)| span(range)),
                cwd: cwd(input, service),
                port,
                host: text(service, "host").map(|(host, range)| (host.to_owned(), span(range))),
                command: list(service, "command").into_iter().map(|(w, r)| (w.to_owned(), span(r))).collect(),
            }
        })
        .collect();
    let required_env = root
        .get("deploy")
        .and_then(|deploy| deploy.get_ref().as_table())
        .map(|deploy| list(deploy, "required_env"))
        .unwrap_or_default();
    let tunnel = root.get("tunnel").and_then(|value| {
        let table = value.get_ref().as_table()?;
        let verified = tables(table, "verify").into_iter().filter_map(|verify| text(verify, "url"));
        Some(Tunnel {
            span: span(value.span()),
            config: text(table, "config").map(|(path, _)| joined(&folder_of(input.path), path)),
            hostnames: verified.filter_map(|(url, _)| hostname(url)).collect(),
        })
    });
    let mut own_env = Vec::new();
    own_names(root, &mut own_env, 0);
    own_env.sort();
    own_env.dedup();
    Some(Deployment {
        services,
        required_env: required_env.into_iter().map(|(name, range)| (name.to_owned(), span(range))).collect(),
        tunnel,
        own_env,
    })
}

fn hostname(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let host = rest.split(['/', ':', '?']).next()?;
    (!host.is_empty()).then(|| host.to_owned())
}

fn own_names(table: &Table<'_>, out: &mut Vec<String>, depth: usize) {
    if depth > 16 {
        return;
    }
    for (key, value) in table {
        let named = key.get_ref() == "env" || key.get_ref().ends_with("_env");
        let mut values = vec![value.get_ref()];
        if let DeValue::Array(items) = value.get_ref()
            && key.get_ref() != "required_env"
        {
            values.extend(items.iter().map(Spanned::get_ref));
        }
        for value in values {
            match value {
                DeValue::Table(inner) => own_names(inner, out, depth + 1),
                DeValue::String(text) if named => out.push(text.to_string()),
                DeValue::String(text) => {
                    for part in text.split("${").skip(1) {
                        out.extend(part.split_once('}').map(|(name, _)| name.to_owned()));
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::probe::{said, written};
    use proptest::prelude::*;

    const TEXT: &str = r#"
[deploy]
required_env = ["DATABASE_URL", "STRIPE_SECRET_KEY"]
[[prepare]]
name  = "client"
check = "echo -d node_modules"
fix   = ["npx", "prisma", "generate"]
[[service]]
name    = "backend"
command = ["node", "dist/server.js"]
cwd     = "backend"
port    = 3001
host    = "127.0.0.1"
[service.env]
CI = "true"
[service.recover]
auth_env = "ADMIN_PASSWORD"
[tunnel]
command = ["cloudflared", "tunnel", "run"]
config = "tunnel.yml"
[[tunnel.verify]]
url = "https://shop.example/"
marker = "x ${GIT_COMMIT}"
"#;

    fn input<'a>(text: &'a str, map: &'a OffsetMap) -> Input<'a> {
        Input { path: "guard.toml", text, map }
    }

    #[test]
    fn what_it_starts_becomes_entries() {
        let map = OffsetMap::identity();
        let out = lower(input(TEXT, &map));
        let shown: Vec<_> = out.entries.iter().map(|e| (e.title.as_str(), said(&e.unit))).collect();
        let expected = [
            ("prepare client, check", "echo -d node_modules"),
            ("prepare client", "npx prisma generate"),
            ("service backend", "node dist/server.js"),
            ("tunnel", "cloudflared tunnel run"),
        ];
        assert_eq!(shown, expected.map(|(title, text)| (title, text.to_owned())));
        assert_eq!(out.entries[2].directory.as_deref(), Some("backend"));
        assert_eq!(&TEXT[out.entries[2].env[0].span.range()], "CI = \"true\"");
        assert_eq!(written(&out.entries[0].unit, TEXT, "node_modules"), "node_modules");
    }

    #[test]
    fn the_deployment_says_ports_hosts_and_variables() {
        let map = OffsetMap::identity();
        let found = deployment(input(TEXT, &map)).unwrap();
        assert_eq!(found.services[0].port.unwrap().0, 3001);
        assert_eq!(found.required_env[1].0, "STRIPE_SECRET_KEY");
        assert_eq!(found.own_env, ["ADMIN_PASSWORD", "GIT_COMMIT"]);
        let tunnel = found.tunnel.unwrap();
        assert_eq!(
            (tunnel.config.as_deref(), tunnel.hostnames),
            (Some("tunnel.yml"), vec!["shop.example".to_owned()])
        );
    }

    #[test]
    fn broken_and_deep_files_are_problems() {
        let map = OffsetMap::identity();
        assert_eq!(lower(input("a = ", &map)).problems.len(), 1);
        assert_eq!(lower(input(&format!("a = {}", "[".repeat(10_000)), &map)).problems.len(), 1);
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(\\[\\[service\\]\\]|\\[tunnel\\]|command|port|= |[\n\"\\[\\]{},1aé]){0,40}") {
            let map = OffsetMap::identity();
            let _ = lower(input(&text, &map));
            let _ = deployment(input(&text, &map));
        }
    }
}
