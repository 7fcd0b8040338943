//! Pipelines of providers whose gates are not judged: every command in them, as an entry.

use super::start::{Language, Start};
use crate::lang::ci::script;
use crate::lang::yaml::{self, Node};
use crate::lang::{Input, Lowered, setting};
use crate::words::entry::EntryKind;
use crate::words::flow::{EnvSetting, Expr};
use crate::words::span::Span;

/// Keys whose value is a command, or a list of them.
const COMMANDS: [&str; 28] = [
    "pwsh",
    "powershell",
    "ps",
    "cmd",
    "script",
    "bash",
    "commands",
    "before_install",
    "install",
    "before_script",
    "after_script",
    "after_success",
    "after_failure",
    "before_deploy",
    "after_deploy",
    "before_build",
    "build_script",
    "after_build",
    "before_test",
    "test_script",
    "after_test",
    "deploy_script",
    "before_cache",
    "inlineScript",
    "migrate_script",
    "setup_script",
    "main_script",
    "sh",
];

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let parsed = yaml::parse(input);
    let mut out = Lowered { problems: parsed.problems.clone(), ..Lowered::default() };
    let mut start = Start::new(input, EntryKind::Platform);
    // Commands start in the folder of the repository, wherever this file lies.
    start.directory = Some(".".to_owned());
    for root in &parsed.documents {
        look(root, &mut start, &mut out, Language::Shell);
    }
    out
}

fn look(node: &Node, start: &mut Start<'_>, out: &mut Lowered, around: Language) {
    let azure = start.input.path.to_ascii_lowercase().contains("azure");
    let outer = start.env.len();
    for key in ["environment", "env", "variables"] {
        start.env.extend(node.get(key).map(env).unwrap_or_default());
    }
    let around = task(node).unwrap_or(around);
    if let Some((words, span)) = of_file(node) {
        out.entries.push(start.entry("file".to_owned(), super::start::words(words, span), span));
    }
    if let Some((words, span)) = of_image(node) {
        out.entries.push(start.entry("args".to_owned(), super::start::words(words, span), span));
        start.env.truncate(outer);
        return;
    }
    for pair in node.pairs() {
        let key = pair.key.as_str().unwrap_or("");
        let one = std::slice::from_ref(&pair.value);
        let items = if pair.value.items().is_empty() { one } else { pair.value.items() };
        if COMMANDS.contains(&key) && items.iter().any(|item| item.as_scalar().is_some()) {
            for item in items {
                let Some(scalar) = item.as_scalar() else {
                    look(item, start, out, around);
                    continue;
                };
                let Some(program) = script::program(&[(scalar, item.span)]) else { continue };
                // What the provider fills in stands for a variable; Azure writes it like a shell's command.
                let filled = |inner: &str| {
                    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
                    (!azure || !inner.chars().all(name)).then(|| format!("$({inner})"))
                };
                let program = program.filled("${{", "}}", &|_| None).filled("$(", ")", &filled);
                let language = match key {
                    "pwsh" | "powershell" | "ps" => Language::PowerShell,
                    "cmd" => Language::Batch,
                    "script" | "inlineScript" => around,
                    _ => Language::Shell,
                };
                let mut entry = start.script(key.to_owned(), &program.text, &program.map, language);
                entry.span = item.span;
                out.entries.push(entry);
            }
        } else {
            look(&pair.value, start, out, around);
        }
    }
    for item in node.items() {
        look(item, start, out, around);
    }
    start.env.truncate(outer);
}

/// What a task of Azure's reads its inline script as: its name says it, or the kind among its inputs.
fn task(node: &Node) -> Option<Language> {
    let name = node.get("task").and_then(Node::as_str)?.to_ascii_lowercase();
    let kind = node.path(&["inputs", "scriptType"]).and_then(Node::as_str).unwrap_or("");
    Some(match kind.to_ascii_lowercase().as_str() {
        "ps" | "pscore" => Language::PowerShell,
        "batch" => Language::Batch,
        _ if name.contains("powershell") => Language::PowerShell,
        _ if name.starts_with("batchscript") => Language::Batch,
        _ => Language::Shell,
    })
}

/// A task that starts a file of the repository instead of a text.
fn of_file(inputs: &Node) -> Option<(Vec<Expr>, Span)> {
    if inputs.get("targetType").and_then(Node::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("inline"))
    {
        return None;
    }
    let file = ["filePath", "scriptPath", "filename"].iter().find_map(|key| inputs.get(key))?;
    let path = file.as_str()?;
    // The provider's own folders stand for the checked out repository.
    let inside =
        path.strip_prefix("$(").and_then(|rest| rest.split_once(")/")).map_or(path, |(_, rest)| rest);
    let mut words = vec![Expr::text(inside, file.span)];
    let given = ["arguments", "scriptArguments"].iter().find_map(|key| inputs.get(key));
    if let Some((node, text)) = given.and_then(|node| Some((node, node.as_str()?))) {
        words.extend(text.split_whitespace().map(|word| Expr::text(word, node.span)));
    }
    Some((words, file.span))
}

/// A step that starts its image with arguments: the program is the entrypoint, or what the image is named after.
fn of_image(node: &Node) -> Option<(Vec<Expr>, Span)> {
    let image = node.get("name").and_then(Node::as_str)?;
    let args = node.get("args").filter(|args| !args.items().is_empty())?;
    let named = image.rsplit('/').next()?.split([':', '@']).next()?;
    let program = node.get("entrypoint").and_then(Node::as_str).unwrap_or(named);
    let mut words = vec![Expr::text(program, args.span)];
    for item in args.items() {
        words.push(Expr::text(item.as_str()?, item.span));
    }
    Some((words, args.span))
}

fn env(node: &Node) -> Vec<EnvSetting> {
    let pairs = node.pairs().iter().filter_map(|pair| {
        let scalar = pair.value.as_scalar()?;
        Some(EnvSetting {
            name: pair.key.as_str()?.to_owned(),
            value: setting::interpolated(&scalar.text, &scalar.map, false),
            span: pair.key.span.to(pair.value.span),
        })
    });
    pairs.collect()
}
