//! Targets of a project of Nx that run commands, as scripts that `nx` starts by their names.

use super::editor::plain;
use super::start::Start;
use crate::lang::yaml::{self, Node};
use crate::lang::{Input, Lowered, joined};
use crate::words::entry::EntryKind;
use crate::words::flow::{EnvSetting, Expr};

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let text = plain(input.text);
    let parsed = yaml::parse(Input { text: &text, ..input });
    let mut out = Lowered { problems: parsed.problems.clone(), ..Lowered::default() };
    let Some(root) = parsed.root() else { return out };
    let project = root.get("name").and_then(Node::as_str).unwrap_or("");
    let targets = root.get("targets").or_else(|| root.get("targetDefaults"));
    for pair in targets.map(Node::pairs).unwrap_or_default() {
        let Some(name) = pair.key.as_str() else { continue };
        let body = &pair.value;
        let Some(options) = body.get("options").filter(|o| o.is_mapping()) else {
            self::target(input, (project, name), body, body, &mut out);
            continue;
        };
        self::target(input, (project, name), body, options, &mut out);
        for other in body.get("configurations").map(Node::pairs).unwrap_or_default() {
            self::target(input, (project, name), body, &other.value, &mut out);
        }
    }
    out
}

fn target(input: Input<'_>, names: (&str, &str), body: &Node, options: &Node, out: &mut Lowered) {
    let mut start = Start::new(input, EntryKind::PackageScript);
    let own = start.directory.clone().unwrap_or_else(|| ".".to_owned());
    let cwd = options
        .get("cwd")
        .and_then(Node::as_str)
        .map(|cwd| cwd.replace("{projectRoot}", &own).replace("{workspaceRoot}", "."));
    start.directory = Some(cwd.map_or(".".to_owned(), |cwd| joined(".", &cwd)));
    start.env = options.get("env").map(Node::pairs).unwrap_or_default().iter().filter_map(setting).collect();
    if let Some(file) = options.get("envFile").filter(|file| file.as_str().is_some()) {
        start.env_files.push((format!("/{}", file.as_str().unwrap_or("")), file.span));
    }
    let mut found: Vec<&Node> = options.get("command").or_else(|| body.get("command")).into_iter().collect();
    for item in options.get("commands").map(Node::items).unwrap_or_default() {
        found.push(item.get("command").unwrap_or(item));
    }
    let depends = body.get("dependsOn").map(Node::strings).unwrap_or_default();
    for node in found {
        let Some(scalar) = node.as_scalar() else { continue };
        let mut entry = start.shell(format!("nx {}:{}", names.0, names.1), &scalar.text, &scalar.map, false);
        entry.span = node.span;
        names.1.clone_into(&mut entry.name);
        let same = depends.iter().filter(|(need, _)| !need.starts_with('^') && !need.contains(':'));
        entry.needs = same.map(|(need, _)| (*need).to_owned()).collect();
        out.entries.push(entry);
    }
}

fn setting(pair: &yaml::Pair) -> Option<EnvSetting> {
    let scalar = pair.value.as_scalar()?;
    let value = Expr::text(scalar.text.clone(), pair.value.span);
    let span = pair.key.span.to(pair.value.span);
    Some(EnvSetting { name: pair.key.as_str()?.to_owned(), value, span })
}
