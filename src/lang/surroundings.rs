//! Files that set variables for whoever enters the repository's folder, or runs what is built from it:
//! mise, dev containers, fly, direnv, package managers, editors.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Input, Lowered, json};
use crate::words::flow::{Block, EnvSetting, Expr, ExprKind, Node, NodeKind, Unit};
use crate::words::span::Span;

/// The file is one of these.
#[must_use]
pub fn is_one(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "mise.toml" | ".mise.toml" | "mise.local.toml" | ".mise.local.toml" | "fly.toml")
        || path.ends_with(".config/mise/config.toml")
        || matches!(name, "devcontainer.json" | ".devcontainer.json")
        || matches!(name, ".envrc" | ".npmrc" | "bunfig.toml")
        || path.ends_with(".vscode/settings.json")
}

#[must_use]
pub fn lower(input: Input<'_>) -> Lowered {
    let settings = match input.path.rsplit('.').next() {
        _ if !is_one(input.path) => Vec::new(),
        Some("npmrc") => of_npmrc(input),
        Some("toml") if input.path.ends_with("bunfig.toml") => of_bunfig(input),
        Some("toml") => of_toml(input),
        Some("json") => of_json(input),
        _ => Vec::new(),
    };
    Lowered { settings, ..Lowered::default() }
}

/// What an `.envrc` exports: direnv runs it and hands the variables on.
pub(super) fn exported(unit: &Unit) -> Vec<EnvSetting> {
    let mut out = Vec::new();
    nodes(&unit.body, 0, &mut |node| {
        if let NodeKind::ExportVariable { name, value } = &node.kind {
            out.push(EnvSetting {
                name: name.clone(),
                value: value.clone().unwrap_or_else(|| Expr::new(ExprKind::Undefined, node.span)),
                span: node.span,
            });
        }
    });
    out
}

/// The files of variables that an `.envrc` loads, by their names.
#[must_use]
pub fn loaded(unit: &Unit) -> Vec<(String, Span)> {
    const LOADERS: [&str; 4] = ["dotenv", "dotenv_if_exists", "source_env", "source_env_if_exists"];
    let mut out = Vec::new();
    nodes(&unit.body, 0, &mut |node| {
        let (NodeKind::Command(expr) | NodeKind::Eval(expr)) = &node.kind else { return };
        let ExprKind::Run(run) = expr.kind.as_ref() else { return };
        let word = |at: usize| match run.words.get(at).map(|word| word.kind.as_ref()) {
            Some(ExprKind::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        if word(0).is_some_and(|name| LOADERS.contains(&name))
            && let Some(file) = word(1)
        {
            out.push((file.to_owned(), expr.span));
        }
    });
    out
}

/// Every statement, whatever it stands behind.
fn nodes(body: &Block, depth: usize, see: &mut impl FnMut(&Node)) {
    if depth > 32 {
        return;
    }
    for node in body {
        see(node);
        match &node.kind {
            NodeKind::Branch { then, other, .. } => {
                nodes(then, depth + 1, see);
                nodes(other, depth + 1, see);
            }
            NodeKind::Loop { body, .. } | NodeKind::Scope(body) => nodes(body, depth + 1, see),
            _ => {}
        }
    }
}

/// The shell in which a package manager runs every script, as the variable that says the same.
/// By these the hooks of git are left out, or the tools that keep them.
pub const HOOK_SWITCHES: [&str; 5] =
    ["HUSKY", "LEFTHOOK", "HUSKY_SKIP_HOOKS", "SKIP", "PRE_COMMIT_ALLOW_NO_CONFIG"];

pub const SCRIPT_SHELL: &str = "npm_config_script_shell";

/// `node-options=…`, `script-shell=…`: the package manager gives them to every script.
fn of_npmrc(input: Input<'_>) -> Vec<EnvSetting> {
    let mut out = Vec::new();
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some((key, value)) = line.trim_end().split_once('=') else { continue };
        let name = match key.trim() {
            "node-options" => "NODE_OPTIONS",
            "script-shell" => SCRIPT_SHELL,
            _ => continue,
        };
        let span = input.map.span(start..start + line.trim_end().len());
        let value = value.trim().trim_matches(['"', '\'']);
        out.push(EnvSetting { name: name.to_owned(), value: Expr::text(value, span), span });
    }
    out
}

/// `preload = [ … ]` outside of `[test]` is loaded before every program.
fn of_bunfig(input: Input<'_>) -> Vec<EnvSetting> {
    let Ok(root) = DeTable::parse(input.text) else { return Vec::new() };
    let Some(value) = root.get_ref().get("preload") else { return Vec::new() };
    let items = match value.get_ref() {
        DeValue::Array(items) => items.iter().map(Spanned::get_ref).collect(),
        one => vec![one],
    };
    let span = input.map.span(value.span());
    let text: Vec<String> =
        items.into_iter().filter_map(DeValue::as_str).map(|file| format!("--require {file}")).collect();
    let value = Expr::text(text.join(" "), span);
    vec![EnvSetting { name: "NODE_OPTIONS".to_owned(), value, span }]
}

fn of_toml(input: Input<'_>) -> Vec<EnvSetting> {
    let Ok(root) = DeTable::parse(input.text) else { return Vec::new() };
    let tables = match root.get_ref().get("env").map(Spanned::get_ref) {
        Some(DeValue::Table(table)) => vec![table],
        Some(DeValue::Array(list)) => list.iter().filter_map(|item| item.get_ref().as_table()).collect(),
        _ => return Vec::new(),
    };
    let mut out = Vec::new();
    for (key, value) in tables.into_iter().flatten() {
        let at = input.map.span(value.span());
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Boolean(on) => on.to_string(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            _ => continue,
        };
        let span = input.map.span(key.span().start..value.span().end);
        out.push(EnvSetting { name: key.get_ref().to_string(), value: Expr::text(text, at), span });
    }
    out
}

fn of_json(input: Input<'_>) -> Vec<EnvSetting> {
    const HELD: [&str; 5] = [
        "containerEnv",
        "remoteEnv",
        "terminal.integrated.env.linux",
        "terminal.integrated.env.osx",
        "terminal.integrated.env.windows",
    ];
    let Ok(Some(Value::Object(root))) = json::parse(input) else { return Vec::new() };
    let mut out = Vec::new();
    for held in HELD.iter().filter_map(|key| root.get_object(key)) {
        for property in &held.properties {
            let Value::StringLit(text) = &property.value else { continue };
            let range = text.range();
            let start = json::name_span(input, property);
            let at = input.map.span(range.start..range.end);
            let value = Expr::text(text.value.to_string(), at);
            out.push(EnvSetting { name: property.name.as_str().to_owned(), value, span: start.to(at) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::span::OffsetMap;

    #[test]
    fn variables_of_a_folder_are_read_from_each_kind_of_file() {
        let map = OffsetMap::identity();
        for (path, text, shown) in [
            ("mise.toml", "[tools]\nCI = \"1\"\n[env]\nCI = true\n", "CI = true"),
            ("fly.toml", "[env]\n  CI = \"true\"\n", "CI = \"true\""),
            (".devcontainer/devcontainer.json", "{\"containerEnv\": {\"CI\": \"true\"}}", "\"CI\": \"true\""),
        ] {
            let found = lower(Input { path, text, map: &map }).settings;
            assert_eq!(found.len(), 1, "{path}");
            assert_eq!((found[0].name.as_str(), &text[found[0].span.range()]), ("CI", shown));
        }
        let other = Input { path: "app.toml", text: "[env]\nCI = true\n", map: &map };
        assert!(lower(other).settings.is_empty());
        for text in ["[env", "{", "[]", "env = 1"] {
            assert!(lower(Input { path: "mise.toml", text, map: &map }).settings.is_empty());
            assert!(lower(Input { path: "devcontainer.json", text, map: &map }).settings.is_empty());
        }
    }
}
