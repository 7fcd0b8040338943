//! A port of a service that differs from the one in `guard.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::{Facts, Text};
use crate::lang::guard_toml::{Deployment, Service};
use crate::words::finding::Finding;
use crate::words::span::{FileId, Place, Span};

pub const ID: &str = "drift/port";

struct Patterns {
    /// `PORT || 3002`, `PORT ?? "3002"`, `PORT:-3002`, `get("PORT", 3002)`
    default: Regex,
    /// `PORT=3002`, `EXPOSE 3002`
    setting: Regex,
    /// `BACKEND_PORT = 3002`, `"backendPort": 3002`
    named: Regex,
    /// `http://localhost:3002`
    url: Regex,
    /// `port 3002`, in a document
    prose: Regex,
}

/// What listens there by custom is spoken of beside every service, and is none of them.
const CUSTOMARY: [u16; 15] =
    [22, 25, 53, 80, 443, 587, 1433, 3306, 5432, 5672, 6379, 9092, 9200, 11211, 27017];
/// How far from a service's name its port may stand, in bytes.
const NEAR: usize = 40;

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let new = |pattern: &str| Regex::new(pattern).ok();
    Some(Patterns {
        default: new(r#"(?-u)\bPORT["'\])]*\s*(?:\|\||\?\?|:-|,|or)\s*["']?([0-9]{2,5})\b"#)?,
        setting: new(r"(?m-u)^(?:export |ENV |ARG )?(?:PORT[= ]|EXPOSE )([0-9]{2,5})\b")?,
        named: new(
            r#"(?-u)\b([A-Za-z][A-Za-z0-9_]*?)_?(?:PORT|Port|port)["']?\s*[:=]\s*["']?([0-9]{2,5})\b"#,
        )?,
        url: new(r"(?-u)\b(?:https?://)?(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0):([0-9]{2,5})\b")?,
        prose: new(r"(?i-u)\bport[ :]+`?([0-9]{2,5})\b")?,
    })
});

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some((toml, deployment)) = facts.deployment else { return Vec::new() };
    let mut found: BTreeMap<Place, (&Service, u16)> = BTreeMap::new();
    let mut say = |at: Place, service: Option<&'_ Service>, port: u16| {
        // Nothing is written that ties this borrow to the closure's caller, hence the lookup.
        if let Some(service) =
            service.and_then(|s| deployment.services.iter().find(|have| have.name == s.name))
            && service.port.is_some_and(|(own, _)| own != port)
        {
            found.entry(at).or_insert((service, port));
        }
    };

    for service in &deployment.services {
        for (span, port) in flags(service) {
            say(Place { file: toml, span }, Some(service), port);
        }
    }
    for (file, published) in &facts.published {
        let service = named(deployment, &published.service);
        let own = service.and_then(|s| s.port).map(|(port, _)| port);
        // Mapped from or to the right port it is reached where it should be, or listens there.
        let fits = [published.host, published.container].contains(&own);
        if let (false, Some(port)) = (fits, published.container.or(published.host)) {
            say(Place { file: *file, span: published.span }, service, port);
        }
    }
    for listening in &facts.listening {
        let path = facts.texts.iter().find(|text| text.file == listening.at.file).map(|text| text.path);
        let service =
            path.and_then(|path| owner(deployment, path)).filter(|s| !listens_right(facts, deployment, s));
        say(listening.at, service, listening.listener.port);
    }
    for (file, path, origin) in &facts.origins {
        let place = Place { file: *file, span: origin.span };
        if let Some(service) = origin.upstream.as_deref().and_then(|name| named(deployment, name)) {
            say(place, Some(service), origin.port);
        } else if let Some(service) = named(deployment, &origin.host) {
            say(place, Some(service), origin.port);
        } else if ours(deployment, path, origin.hostname.as_deref())
            && matches!(origin.host.as_str(), "localhost" | "127.0.0.1" | "::1")
            && !has_port(deployment, origin.port)
        {
            // The tunnel's own origin must be one of the services; which one is told by order: the
            // last one is what is put in front of people.
            let only = deployment.services.iter().rfind(|service| service.port.is_some());
            say(place, only, origin.port);
        }
    }
    if let Some(patterns) = PATTERNS.as_ref() {
        for text in facts.texts.iter().filter(|text| text.file != toml) {
            for (span, service, port) in in_text(patterns, deployment, text) {
                say(Place { file: text.file, span }, Some(service), port);
            }
        }
    }
    found.into_iter().map(|(at, (service, port))| finding(toml, at, service, port)).collect()
}

/// The service already listens where it should; what else it opens (metrics, a debugger) is not
/// the port that is meant.
fn listens_right(facts: &Facts<'_>, deployment: &Deployment, service: &Service) -> bool {
    let owned = |path: &str| owner(deployment, path).is_some_and(|own| own.name == service.name);
    facts.texts.iter().filter(|text| owned(text.path)).any(|text| {
        let reads = ["env.PORT", "env[\"PORT\"]", "\"PORT\"", "'PORT'"];
        let right = facts.listening.iter().any(|listening| {
            listening.at.file == text.file
                && service.port.is_some_and(|(port, _)| port == listening.listener.port)
        });
        right || reads.iter().any(|read| text.text.contains(read))
    })
}

fn finding(toml: FileId, at: Place, service: &Service, port: u16) -> Finding {
    let (own, span) = service.port.unwrap_or_default();
    Finding::new(
        ID,
        at,
        format!(
            "port {port} is said for the service `{}`, which `guard.toml` puts on port {own}",
            service.name
        ),
        format!("write {own}, or read the port from the variable `PORT` that guard hands over"),
    )
    .policy(Place { file: toml, span }, format!("`{}` listens on {own}", service.name))
}

fn named<'d>(deployment: &'d Deployment, name: &str) -> Option<&'d Service> {
    deployment.services.iter().find(|service| service.name.eq_ignore_ascii_case(name))
}

fn has_port(deployment: &Deployment, port: u16) -> bool {
    deployment.services.iter().any(|service| service.port.is_some_and(|(own, _)| own == port))
}

fn ours(deployment: &Deployment, path: &str, hostname: Option<&str>) -> bool {
    deployment.tunnel.as_ref().is_some_and(|tunnel| match hostname {
        Some(name) => tunnel.hostnames.iter().any(|own| own.eq_ignore_ascii_case(name)),
        None => tunnel.config.as_deref() == Some(path) && deployment.services.len() == 1,
    })
}

/// The service in whose directory the file stands: the deepest one. A service at the root owns
/// everything only where it is the only one.
fn owner<'d>(deployment: &'d Deployment, path: &str) -> Option<&'d Service> {
    let inside = deployment
        .services
        .iter()
        .filter(|service| path.strip_prefix(service.cwd.as_str()).is_some_and(|rest| rest.starts_with('/')));
    let deepest = inside.max_by_key(|service| service.cwd.len());
    let same = |s: &Service| deployment.services.iter().filter(|o| o.cwd == s.cwd).count() == 1;
    match (deepest, deployment.services.as_slice()) {
        (Some(service), _) => Some(service).filter(|s| same(s)),
        (None, [only]) if only.cwd == "." && at_home(path) => Some(only),
        _ => None,
    }
}

/// Where the program of a repository with one service stands; tools and examples stand elsewhere.
fn at_home(path: &str) -> bool {
    match path.split_once('/') {
        None => true,
        Some((folder, _)) => matches!(folder, "src" | "server" | "app" | "lib" | "api"),
    }
}

/// `--port 3002`, `--port=3002`, `-p 3002` in the service's own command.
fn flags(service: &Service) -> Vec<(Span, u16)> {
    let mut out = Vec::new();
    let mut words = service.command.iter().peekable();
    while let Some((word, span)) = words.next() {
        if let Some(value) = word.strip_prefix("--port=") {
            out.extend(value.parse().ok().map(|port| (*span, port)));
        } else if (word == "--port" || word == "-p")
            && let Some((value, span)) = words.peek()
        {
            out.extend(value.parse().ok().map(|port| (*span, port)));
        }
    }
    out
}

fn in_text<'d>(
    patterns: &Patterns,
    deployment: &'d Deployment,
    text: &Text<'_>,
) -> Vec<(Span, &'d Service, u16)> {
    let mut out = Vec::new();
    if let Some(service) = owner(deployment, text.path) {
        let settings = patterns.setting.captures_iter(text.text);
        for found in patterns.default.captures_iter(text.text).chain(settings) {
            if let (Some(whole), Some(port)) =
                (found.get(0), found.get(1).and_then(|p| p.as_str().parse().ok()))
            {
                out.push((Span::new(whole.start(), whole.end()), service, port));
            }
        }
    }
    for found in patterns.named.captures_iter(text.text) {
        let (Some(whole), Some(name), Some(port)) = (found.get(0), found.get(1), found.get(2)) else {
            continue;
        };
        let name = name.as_str().trim_end_matches('_');
        let service = deployment.services.iter().find(|s| spelled(&s.name) == spelled(name));
        if let (Some(service), Ok(port)) = (service, port.as_str().parse()) {
            out.push((Span::new(whole.start(), whole.end()), service, port));
        }
    }
    for found in patterns.url.captures_iter(text.text) {
        let (Some(whole), Some(port)) = (found.get(0), found.get(1)) else { continue };
        let Ok(port) = port.as_str().parse() else { continue };
        // Another service's port on the line is that service's.
        if has_port(deployment, port) {
            continue;
        }
        let start = text.text.get(..whole.start()).map_or(0, |b| b.rfind('\n').map_or(0, |at| at + 1));
        let before = text.text.get(start..whole.start()).unwrap_or("");
        let web = whole.as_str().starts_with("http");
        // Another protocol's address, or what listens there by custom.
        if !web && (CUSTOMARY.contains(&port) || before.ends_with(['/', '@'])) {
            continue;
        }
        // An address in between is what was said of the service.
        let before = patterns
            .url
            .find_iter(before)
            .last()
            .map_or(before, |other| before.get(other.end()..).unwrap_or(""));
        let mut near = deployment.services.iter().filter(|service| mentions(before, &service.name));
        if let (Some(service), None) = (near.next(), near.next())
            && !says_own(before, service)
        {
            out.push((Span::new(whole.start(), whole.end()), service, port));
        }
    }
    let document = [".md", ".mdx", ".rst", ".adoc", ".txt"].iter().any(|end| text.path.ends_with(end));
    for found in patterns.prose.captures_iter(text.text).filter(|_| document) {
        let (Some(whole), Some(port)) = (found.get(0), found.get(1)) else { continue };
        let Ok(port) = port.as_str().parse() else { continue };
        if has_port(deployment, port) || CUSTOMARY.contains(&port) {
            continue;
        }
        let before = text.text.get(..whole.start()).unwrap_or("");
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let mut near = line.max(before.len().saturating_sub(NEAR));
        while !before.is_char_boundary(near) {
            near += 1;
        }
        let before = before.get(near..).unwrap_or("");
        let mut named = deployment.services.iter().filter(|service| mentions(before, &service.name));
        if let (Some(service), None) = (named.next(), named.next()) {
            out.push((Span::new(whole.start(), whole.end()), service, port));
        }
    }
    out
}

/// The service's own port was said already: what comes after that is said of something else.
fn says_own(before: &str, service: &Service) -> bool {
    let own = service.port.map(|(port, _)| port.to_string());
    before.split(|c: char| !c.is_ascii_digit()).any(|number| own.as_deref() == Some(number))
}

fn spelled(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// The line speaks of the service by name: as a word, or as a part of `BACKEND_URL`.
fn mentions(line: &str, name: &str) -> bool {
    !name.is_empty()
        && line
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
            .any(|word| word.eq_ignore_ascii_case(name))
}
