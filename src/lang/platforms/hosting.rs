//! Hosting platforms: what they run to build, to release, to start and on schedule.

use toml::de::{DeTable, DeValue};

use super::start::Start;
use crate::lang::platform::Platform;
use crate::lang::yaml::{self, Node};
use crate::lang::{Input, Lowered, joined, setting};
use crate::words::entry::EntryKind;
use crate::words::flow::{EnvSetting, Expr, Problem};
use crate::words::span::OffsetMap;

/// Keys whose value is a command.
fn commands(platform: Platform) -> &'static [&'static str] {
    match platform {
        Platform::Vercel => &["buildCommand", "installCommand", "devCommand", "ignoreCommand"],
        Platform::Render => {
            &["buildCommand", "startCommand", "preDeployCommand", "initialDeployHook", "dockerCommand"]
        }
        Platform::Railway => &["buildCommand", "startCommand", "preDeployCommand"],
        Platform::HerokuApp => &["postdeploy", "pr-predestroy"],
        Platform::Fly => &["release_command", "seed_command"],
        _ => &[],
    }
}

fn name(platform: Platform) -> &'static str {
    match platform {
        Platform::Vercel => "vercel",
        Platform::Render => "render",
        Platform::Railway => "railway",
        Platform::HerokuApp => "heroku",
        _ => "fly",
    }
}

/// JSON is YAML, but for tabs, which are as long as a space.
pub(super) fn json_or_yaml(platform: Platform, input: Input<'_>) -> Lowered {
    let spaced = input.text.replace('\t', " ");
    let parsed = yaml::parse(Input { text: &spaced, ..input });
    let mut out = Lowered { problems: parsed.problems.clone(), ..Lowered::default() };
    let mut start = Start::new(input, EntryKind::Platform);
    if let Some(root) = parsed.root() {
        look(platform, root, &mut start, &mut out);
    }
    out
}

fn look(platform: Platform, node: &Node, start: &mut Start<'_>, out: &mut Lowered) {
    let (env, directory) = (start.env.clone(), start.directory.clone());
    if let Some(root) = node.get("rootDir").and_then(Node::as_str) {
        start.directory = directory.as_deref().map(|folder| joined(folder, root));
    }
    for item in node.get("envVars").map(Node::items).unwrap_or_default() {
        if let (Some(key), Some(value)) =
            (item.get("key").and_then(Node::as_str), item.get("value").and_then(Node::as_scalar))
        {
            let value = setting::interpolated(&value.text, &value.map, false);
            start.env.push(EnvSetting { name: key.to_owned(), value, span: item.span });
        }
    }
    for pair in node.pairs() {
        let key = pair.key.as_str().unwrap_or("");
        // Heroku's test environment has databases of its own.
        if platform == Platform::HerokuApp && key == "test" && pair.value.is_mapping() {
            continue;
        }
        if commands(platform).contains(&key) {
            let items: Vec<&Node> = if pair.value.items().is_empty() {
                vec![&pair.value]
            } else {
                pair.value.items().iter().collect()
            };
            for item in items {
                let command = item.as_scalar().or_else(|| item.get("command").and_then(Node::as_scalar));
                if let Some(scalar) = command {
                    let title = format!("{} {key}", name(platform));
                    let mut entry = start.shell(title, &scalar.text, &scalar.map, false);
                    entry.span = item.span;
                    out.entries.push(entry);
                }
            }
        } else {
            look(platform, &pair.value, start, out);
        }
    }
    for item in node.items() {
        look(platform, item, start, out);
    }
    (start.env, start.directory) = (env, directory);
}

pub(super) fn toml(platform: Platform, input: Input<'_>) -> Lowered {
    let mut out = Lowered::default();
    let root = match DeTable::parse(input.text) {
        Ok(root) => root,
        Err(error) => {
            let span = input.map.span(error.span().unwrap_or(0..0));
            out.problems.push(Problem { span, what: error.message().to_owned() });
            return out;
        }
    };
    let mut start = Start::new(input, EntryKind::Platform);
    let env = root.get_ref().get("env").and_then(|env| env.get_ref().as_table());
    for (key, value) in env.into_iter().flat_map(DeTable::iter) {
        if let Some(text) = value.get_ref().as_str() {
            let span = input.map.span(key.span().start..value.span().end);
            let value = Expr::text(text, input.map.span(value.span()));
            start.env.push(EnvSetting { name: key.get_ref().to_string(), value, span });
        }
    }
    table(platform, "", root.get_ref(), &start, &mut out);
    out
}

fn table(platform: Platform, place: &str, node: &DeTable<'_>, start: &Start<'_>, out: &mut Lowered) {
    for (key, value) in node {
        let key = key.get_ref().to_string();
        // fly: every process group is a command.
        let command = commands(platform).contains(&key.as_str())
            || platform == Platform::Fly && place == "processes"
            || platform == Platform::Fly
                && place == "experimental"
                && matches!(key.as_str(), "cmd" | "entrypoint" | "exec");
        let title = format!(
            "{} {}",
            name(platform),
            if place == "processes" { format!("process {key}") } else { key.clone() }
        );
        match value.get_ref() {
            DeValue::String(text) if command => shell(&title, text, value.span(), start, out),
            DeValue::Array(list) if command => {
                let words: Vec<(&str, std::ops::Range<usize>)> =
                    list.iter().filter_map(|word| Some((word.get_ref().as_str()?, word.span()))).collect();
                if platform == Platform::Fly {
                    let words: Vec<_> = words
                        .into_iter()
                        .map(|(word, range)| (word.to_owned(), start.input.map.span(range)))
                        .collect();
                    let span = start.input.map.span(value.span());
                    out.entries.push(start.entry(title, crate::lang::shell::run_of_words(words, span), span));
                } else {
                    for (text, range) in words {
                        shell(&title, text, range, start, out);
                    }
                }
            }
            DeValue::Table(inner) => table(platform, &key, inner, start, out),
            DeValue::Array(list) => {
                for inner in list.iter().filter_map(|item| item.get_ref().as_table()) {
                    table(platform, &key, inner, start, out);
                }
            }
            _ => {}
        }
    }
}

fn shell(title: &str, text: &str, range: std::ops::Range<usize>, start: &Start<'_>, out: &mut Lowered) {
    // Offsets inside are exact as long as the string has no escapes.
    let raw = start.input.text.get(range.clone()).unwrap_or("");
    let at = range.start + raw.find(text).unwrap_or(0);
    let exact = raw.contains(text);
    let map = start.input.map.compose(&OffsetMap::shifted(at));
    let mut entry = start.shell(title.to_owned(), text, &map, false);
    entry.span = start.input.map.span(range.clone());
    if !exact {
        // Somewhere in the value: its start is told instead of a place behind its end.
        let mut map = OffsetMap::builder();
        for offset in 0..=text.len() {
            map.push(offset, start.input.map.host(range.start));
        }
        entry = start.shell(title.to_owned(), text, &map, false);
        entry.span = start.input.map.span(range);
    }
    out.entries.push(entry);
}
