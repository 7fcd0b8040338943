//! The tunnel's configuration: when it was written, whose it is, and which rule a name falls under.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::{fail, pass};
use crate::config::model::{Tunnel, TunnelKind};
use crate::io::decode;
use crate::io::http::origin;
use crate::lang::Input;
use crate::lang::origins::{self, Origin};
use crate::lang::yaml;
use crate::rollout::expect;
use crate::rollout::hands::Hands;
use crate::words::ending::Code;
use crate::words::rollout::Hop;
use crate::words::span::{Lines, OffsetMap};

/// A configuration as it lies there.
#[derive(Clone, Debug, Default)]
pub struct File {
    pub path: PathBuf,
    /// Milliseconds since 1970.
    pub written: Option<i64>,
    text: String,
    rules: Vec<Origin>,
    known: bool,
}

impl File {
    /// guard reads this format.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known
    }
}

/// None where no configuration is named. A file of another format is there and says nothing.
pub fn read(tunnel: &Tunnel, root: &Path) -> Result<Option<File>, String> {
    let Some(config) = &tunnel.config else { return Ok(None) };
    let path = root.join(&config.value);
    let no = |why: String| format!("the tunnel's configuration {} {why}", config.value);
    let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => no("is not there".into()),
        _ => no(format!("cannot be read: {error}")),
    })?;
    let written = std::fs::metadata(&path)
        .and_then(|about| about.modified())
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_millis()).ok());
    let text = decode::decode(&bytes).into_text().ok_or_else(|| no("is no text".into()))?;
    let input = Input { path: &config.value, text: &text, map: &OffsetMap::identity() };
    let rules = origins::read(input);
    // A program of its own has a format of its own, where nothing of the known ones stands in it.
    let known = tunnel.kind.value == TunnelKind::Cloudflared || !rules.is_empty();
    Ok(Some(File { path, written, text, rules, known }))
}

/// Name and credentials are of the same tunnel.
#[must_use]
pub fn identity(tunnel: &Tunnel, file: &File, root: &Path) -> Option<Hop> {
    if tunnel.kind.value != TunnelKind::Cloudflared {
        return None;
    }
    let parsed = yaml::parse(Input { path: "tunnel.yml", text: &file.text, map: &OffsetMap::identity() });
    if let Some(problem) = parsed.problems.first() {
        let (line, _) = Lines::of(&file.text).position(&file.text, problem.span.start);
        let why =
            format!("{} is no YAML that can be read: line {line}: {}", file.path.display(), problem.what);
        return Some(fail("identity", Code::TunnelConfig, why, "mend that line".to_owned()));
    }
    let top = parsed.root()?;
    let said = top.get("tunnel").and_then(yaml::Node::as_str)?;
    let next = "let `tunnel`, `credentials-file` and `[tunnel] name` speak of the same tunnel";
    let no = |why: String| Some(fail("identity", Code::TunnelConfig, why, next.to_owned()));
    if let Some(name) = tunnel.name.as_ref().filter(|name| !is_id(said) && name.value != said) {
        return no(format!("the configuration is of tunnel `{said}`, and guard.toml's is `{}`", name.value));
    }
    let credentials = top.get("credentials-file").and_then(yaml::Node::as_str);
    let id = credentials.and_then(|path| {
        let path = file.path.parent().unwrap_or(root).join(path);
        let value: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        value.get("TunnelID").and_then(Value::as_str).map(str::to_owned)
    });
    match id {
        Some(id) if is_id(said) && !id.eq_ignore_ascii_case(said) => {
            no(format!("the credentials are of tunnel {id}, and the configuration of {said}"))
        }
        Some(_) => Some(pass("identity", "configuration and credentials are of one tunnel", Value::Null)),
        None => Some(pass(
            "identity",
            &format!("the configuration is of tunnel {said}"),
            json!({ "tunnel": said }),
        )),
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// The rule of every public name, and where these rules lead.
pub fn rule(tunnel: &Tunnel, file: &File, hands: &Hands<'_>) -> Result<(Hop, Vec<Origin>), Box<Hop>> {
    let mut names = Vec::new();
    for verify in &tunnel.verify {
        let url = expect::filled(&verify.url.value, hands.variables).unwrap_or_default();
        if let Some((_, host, _)) = origin(&url)
            && !names.contains(&host.to_ascii_lowercase())
        {
            names.push(host.to_ascii_lowercase());
        }
    }
    let mut targets: Vec<Origin> = Vec::new();
    let mut told = Vec::new();
    for name in &names {
        let found = matching(&file.rules, name);
        if found.is_empty() {
            let known: Vec<&str> = file.rules.iter().filter_map(|rule| rule.hostname.as_deref()).collect();
            let has = if known.is_empty() { "none for a name".to_owned() } else { known.join(", ") };
            return Err(Box::new(fail(
                "ingress",
                Code::TunnelIngress,
                format!("no rule of {} matches {name}; it has {has}", file.path.display()),
                format!("add a rule with `hostname: {name}`, in front of the rule for all others"),
            )));
        }
        told.push(format!("{name} → {}:{}", found[0].host, found[0].port));
        targets.extend(found.into_iter().cloned());
    }
    if names.is_empty() {
        targets.extend(file.rules.iter().cloned());
        told.push("no public address to match".to_owned());
    }
    let mut once: Vec<Origin> = Vec::new();
    for target in targets {
        if !once.iter().any(|each| each.host == target.host && each.port == target.port) {
            once.push(target);
        }
    }
    Ok((pass("ingress", &told.join(", "), Value::Null), once))
}

/// The rules that a name falls under: its own, else one with a wildcard, else those for all.
fn matching<'a>(rules: &'a [Origin], name: &str) -> Vec<&'a Origin> {
    let by = |holds: &dyn Fn(&str) -> bool| -> Vec<&'a Origin> {
        rules.iter().filter(|rule| rule.hostname.as_deref().is_some_and(holds)).collect()
    };
    let exact = by(&|hostname| hostname.split(':').next().unwrap_or_default().eq_ignore_ascii_case(name));
    if !exact.is_empty() {
        return exact;
    }
    let wild = by(&|hostname| {
        hostname.strip_prefix('*').is_some_and(|end| {
            end.is_empty() || (name.len() > end.len() && name.ends_with(&end.to_ascii_lowercase()))
        })
    });
    if !wild.is_empty() {
        return wild;
    }
    rules
        .iter()
        .filter(|rule| rule.hostname.as_deref().is_none_or(|name| name.is_empty() || name == "_"))
        .collect()
}
