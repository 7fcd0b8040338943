//! Files that set variables for whoever enters the repository's folder, or runs what is built from it:
//! mise, dev containers, fly.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Input, Lowered, json};
use crate::words::flow::{EnvSetting, Expr, ExprKind, NodeKind, Unit};

/// The file is one of these.
#[must_use]
pub fn is_one(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "mise.toml" | ".mise.toml" | "mise.local.toml" | ".mise.local.toml" | "fly.toml")
        || path.ends_with(".config/mise/config.toml")
        || matches!(name, "devcontainer.json" | ".devcontainer.json")
        || name == ".envrc"
}

#[must_use]
pub fn lower(input: Input<'_>) -> Lowered {
    let settings = match input.path.rsplit('.').next() {
        _ if !is_one(input.path) => Vec::new(),
        Some("toml") => of_toml(input),
        Some("json") => of_json(input),
        _ => Vec::new(),
    };
    Lowered { settings, ..Lowered::default() }
}

/// What an `.envrc` exports: direnv runs it and hands the variables on.
pub(super) fn exported(unit: &Unit) -> Vec<EnvSetting> {
    let of = |node: &crate::words::flow::Node| match &node.kind {
        NodeKind::ExportVariable { name, value } => Some(EnvSetting {
            name: name.clone(),
            value: value.clone().unwrap_or_else(|| Expr::new(ExprKind::Undefined, node.span)),
            span: node.span,
        }),
        _ => None,
    };
    unit.body.iter().filter_map(of).collect()
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
    let Ok(Some(Value::Object(root))) = json::parse(input) else { return Vec::new() };
    let mut out = Vec::new();
    for held in ["containerEnv", "remoteEnv"].iter().filter_map(|key| root.get_object(key)) {
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
