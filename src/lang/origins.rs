//! Where a tunnel or a proxy sends requests on to: cloudflared, nginx, Caddy.

use super::Input;
use super::yaml::{self, Node};
use crate::words::span::{OffsetMap, Span};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub host: String,
    /// Of the URL, or of its scheme where it says none.
    pub port: u16,
    pub span: Span,
    /// The public name for which it holds, where one is said.
    pub hostname: Option<String>,
    /// The name of the group of servers that it belongs to (nginx `upstream`).
    pub upstream: Option<String>,
}

/// Reads by the file's name: YAML is cloudflared's, `Caddyfile` is Caddy's, the rest is nginx's.
#[must_use]
pub fn read(input: Input<'_>) -> Vec<Origin> {
    let name = input.path.rsplit('/').next().unwrap_or(input.path).to_ascii_lowercase();
    if matches!(name.rsplit_once('.'), Some((_, "yml" | "yaml"))) {
        cloudflared(input)
    } else if name.contains("caddy") {
        caddy(input)
    } else {
        nginx(input)
    }
}

fn cloudflared(input: Input<'_>) -> Vec<Origin> {
    let parsed = yaml::parse(input);
    let Some(root) = parsed.root() else { return Vec::new() };
    let mut out = Vec::new();
    let mut add = |service: Option<&Node>, hostname: Option<&Node>| {
        if let Some(node) = service
            && let Some(text) = node.as_str()
        {
            let hostname = hostname.and_then(Node::as_str).map(str::to_owned);
            out.extend(origin(text, node.span, hostname, true));
        }
    };
    add(root.get("url"), root.get("hostname"));
    for rule in root.get("ingress").map(Node::items).unwrap_or_default() {
        add(rule.get("service"), rule.get("hostname"));
    }
    out
}

/// `http://host:port/…`; with `needs_scheme` false `host:port` and `:port`, too.
fn origin(text: &str, span: Span, hostname: Option<String>, needs_scheme: bool) -> Option<Origin> {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None if needs_scheme => return None,
        None => ("", text),
    };
    let default = match scheme {
        "" | "http" | "ws" | "h2c" | "grpc" => 80,
        "https" | "wss" | "grpcs" => 443,
        "tcp" | "ssh" | "rdp" | "smb" => 0,
        _ => return None,
    };
    let authority = rest.split(['/', '?', ';']).next()?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, port.parse().ok()?),
        _ => (authority, default),
    };
    let host = host.trim_matches(['[', ']']);
    if host.contains(['$', '{', '*']) || (host.is_empty() && needs_scheme) {
        return None;
    }
    Some(Origin { host: host.to_owned(), port, span, hostname, upstream: None })
}

/// Words of a line-oriented format with their offsets; comments left out.
fn words(line: &str, at: usize) -> Vec<(&str, usize)> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(start) =
        line.get(from..).and_then(|r| r.find(|c: char| !c.is_whitespace())).map(|n| from + n)
    {
        let rest = line.get(start..).unwrap_or("");
        if rest.starts_with('#') {
            break;
        }
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        out.push((rest.get(..length).unwrap_or(""), at + start));
        from = start + length;
    }
    out
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end())
    })
}

fn place(map: &OffsetMap, word: &str, at: usize) -> Span {
    map.span(at..at + word.len())
}

fn nginx(input: Input<'_>) -> Vec<Origin> {
    let mut out = Vec::new();
    let mut hostname: Option<String> = None;
    let mut upstream: Option<String> = None;
    for (start, line) in lines(input.text) {
        let words = words(line, start);
        for (index, &(word, _)) in words.iter().enumerate() {
            let next = words.get(index + 1).map(|&(w, at)| (w.trim_end_matches([';', '{', '}']), at));
            let first = index == 0 || words.get(index - 1).is_some_and(|(w, _)| w.ends_with([';', '{', '}']));
            if !first {
                continue;
            }
            match (word, next) {
                ("upstream", Some((name, _))) => upstream = Some(name.to_owned()),
                ("server", next) if next.is_none_or(|(w, _)| w.is_empty()) => {
                    upstream = None;
                    hostname = None;
                }
                ("server{", _) => hostname = None,
                ("server_name", Some((name, _))) => hostname = Some(name.to_owned()),
                ("server", Some((target, at))) if upstream.is_some() => {
                    let span = place(input.map, target, at);
                    if let Some(found) = origin(target, span, None, false) {
                        out.push(Origin { upstream: upstream.clone(), ..found });
                    }
                }
                ("proxy_pass" | "grpc_pass", Some((target, at))) => {
                    let span = place(input.map, target, at);
                    out.extend(origin(target, span, hostname.clone(), true));
                }
                _ => {}
            }
        }
        if line.trim() == "}" {
            upstream = None;
        }
    }
    // The name of a group is no host.
    let groups: Vec<String> = out.iter().filter_map(|origin| origin.upstream.clone()).collect();
    out.retain(|origin| origin.upstream.is_some() || !groups.contains(&origin.host));
    out
}

fn caddy(input: Input<'_>) -> Vec<Origin> {
    let mut out = Vec::new();
    let mut depth = 0_usize;
    let mut site: Option<String> = None;
    let mut in_proxy = false;
    for (start, line) in lines(input.text) {
        let words = words(line, start);
        let Some(&(first, _)) = words.first() else { continue };
        let opens = words.last().is_some_and(|(word, _)| word.ends_with('{'));
        if depth == 0 && opens {
            let name = first.trim_end_matches(['{', ',']);
            let name = name.split_once("://").map_or(name, |(_, rest)| rest);
            site = (!name.is_empty() && !name.starts_with(['(', ':'])).then(|| name.to_owned());
        }
        if first == "reverse_proxy" || (in_proxy && first == "to") {
            for &(word, at) in words.iter().skip(1) {
                // A matcher stands in front of the targets.
                if word.starts_with(['/', '@', '*', '{']) {
                    continue;
                }
                let span = place(input.map, word, at);
                let found = origin(word, span, site.clone(), false);
                out.extend(found.map(|o| {
                    if o.host.is_empty() { Origin { host: "localhost".to_owned(), ..o } } else { o }
                }));
            }
            in_proxy |= first == "reverse_proxy" && opens;
        }
        if first == "}" {
            depth = depth.saturating_sub(1);
            in_proxy = false;
        }
        depth += usize::from(opens);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(path: &str, text: &str) -> Vec<String> {
        read(Input { path, text, map: &OffsetMap::identity() })
            .into_iter()
            .map(|o| {
                let name = o.hostname.or(o.upstream).unwrap_or_default();
                format!("{name}>{}:{} {}", o.host, o.port, &text[o.span.range()])
            })
            .collect()
    }

    #[test]
    fn cloudflared_ingress_rules_are_origins() {
        let text = "ingress:\n  - hostname: a.example\n    service: http://localhost:4310\n  - service: http_status:404\n";
        assert_eq!(shown("cloudflared/config.yml", text), ["a.example>localhost:4310 http://localhost:4310"]);
    }

    #[test]
    fn nginx_upstreams_and_passes_are_origins() {
        let text = "upstream api {\n  server 127.0.0.1:3000 weight=1; # x\n}\nserver {\n  server_name a.example;\n  location / { proxy_pass http://localhost:3001/; }\n  location /b { proxy_pass http://api; }\n}\n";
        assert_eq!(
            shown("nginx.conf", text),
            ["api>127.0.0.1:3000 127.0.0.1:3000", "a.example>localhost:3001 http://localhost:3001/"]
        );
    }

    #[test]
    fn caddy_proxies_are_origins() {
        let text = "a.example {\n  reverse_proxy /api/* localhost:3000\n  reverse_proxy {\n    to 127.0.0.1:3001\n  }\n}\nb.example {\n  reverse_proxy :3002\n}\n";
        assert_eq!(
            shown("Caddyfile", text),
            [
                "a.example>localhost:3000 localhost:3000",
                "a.example>127.0.0.1:3001 127.0.0.1:3001",
                "b.example>localhost:3002 :3002"
            ]
        );
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(server|upstream|proxy_pass|reverse_proxy|http://|ingress|service|[ :;{}\n1aé\\[#]){0,40}") {
            for path in ["c.yml", "Caddyfile", "nginx.conf"] {
                shown(path, &text);
            }
        }
    }
}
