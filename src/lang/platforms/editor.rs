//! What an editor starts: its tasks, its ways to run and debug, and the commands of a dev container.

use super::start::{Start, words as command};
use crate::lang::yaml::{self, Node};
use crate::lang::{Input, Lowered, joined, surroundings};
use crate::words::entry::EntryKind;
use crate::words::flow::{EnvSetting, Expr};
use crate::words::span::Span;

/// Commands of a dev container, in the order in which they run.
const LIFE: [&str; 6] = [
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
];

pub(super) fn tasks_and_launches(input: Input<'_>) -> Lowered {
    let text = plain(input.text);
    let parsed = yaml::parse(Input { text: &text, ..input });
    let mut out = Lowered { problems: parsed.problems.clone(), ..Lowered::default() };
    let Some(root) = parsed.root() else { return out };
    let common = env(root.get("options").and_then(|options| options.get("env")));
    for task in root.get("tasks").map(Node::items).unwrap_or_default() {
        self::task(input, task, &common, &mut out);
    }
    for launch in root.get("configurations").map(Node::items).unwrap_or_default() {
        self::launch(input, launch, &mut out);
    }
    out
}

fn task(input: Input<'_>, task: &Node, common: &[EnvSetting], out: &mut Lowered) {
    let label = task.get("label").or_else(|| task.get("taskName")).and_then(Node::as_str).unwrap_or("");
    let mut start = Start::new(input, EntryKind::Hook);
    start.directory = Some(".".to_owned());
    start.env = common.to_vec();
    let kind = task.get("type").and_then(Node::as_str).unwrap_or("shell");
    // A system of its own may say another command.
    for one in [Some(task), task.get("linux"), task.get("osx"), task.get("windows")].into_iter().flatten() {
        let options = one.get("options");
        start.env.extend(env(options.and_then(|options| options.get("env"))));
        place(&mut start, options.and_then(|options| options.get("cwd")));
        let title = format!("task {label}");
        if kind == "npm" {
            let Some(script) = one.get("script").filter(|script| script.as_str().is_some()) else { continue };
            place(&mut start, one.get("path"));
            let name = script.as_str().unwrap_or("");
            let line = ["npm", "run", name].map(|word| Expr::text(word, script.span));
            out.entries.push(start.entry(title, command(line.to_vec(), script.span), script.span));
            continue;
        }
        let Some(held) = one.get("command") else { continue };
        let held = held.get("value").unwrap_or(held);
        let Some(scalar) = held.as_scalar() else { continue };
        let args = texts(one.get("args").or_else(|| task.get("args")));
        if kind == "process" || !args.is_empty() {
            let mut line: Vec<Expr> = if kind == "process" {
                vec![Expr::text(here(&scalar.text), held.span)]
            } else {
                let words = crate::lang::split::words(&scalar.text, &scalar.map);
                words.into_iter().map(|(word, at)| Expr::text(here(&word), at)).collect()
            };
            line.extend(args);
            out.entries.push(start.entry(title, command(line, held.span), held.span));
        } else {
            let mut entry = start.shell(title, &scalar.text, &scalar.map, false);
            entry.span = held.span;
            out.entries.push(entry);
        }
    }
}

fn launch(input: Input<'_>, launch: &Node, out: &mut Lowered) {
    if launch.get("request").and_then(Node::as_str) == Some("attach") {
        return;
    }
    let name = launch.get("name").and_then(Node::as_str).unwrap_or("");
    let kind = launch.get("type").and_then(Node::as_str).unwrap_or("");
    let mut start = Start::new(input, EntryKind::Hook);
    start.directory = Some(".".to_owned());
    start.env = env(launch.get("env"));
    if let Some(file) = launch.get("envFile").filter(|file| file.as_str().is_some()) {
        start.env_files.push((format!("/{}", here(file.as_str().unwrap_or(""))), file.span));
    }
    place(&mut start, launch.get("cwd"));
    let title = format!("launch {name}");
    if let Some(line) = launch.get("command").and_then(Node::as_scalar) {
        out.entries.push(start.shell(title, &line.text, &line.map, false));
        return;
    }
    let program = launch.get("program").filter(|program| program.as_str().is_some());
    let module = launch.get("module").filter(|module| module.as_str().is_some());
    let runtime = launch.get("runtimeExecutable").filter(|runtime| runtime.as_str().is_some());
    let Some(at) = runtime.or(program).or(module).map(|node| node.span) else { return };
    let own = match kind {
        _ if kind.contains("node") || kind.contains("chrome") => "node",
        "python" | "debugpy" => "python",
        "bun" => "bun",
        "PowerShell" => "pwsh",
        "bashdb" => "bash",
        _ if runtime.is_none() => return,
        _ => "",
    };
    let first = runtime.and_then(Node::as_str).map_or_else(|| own.to_owned(), here);
    let mut line = vec![Expr::text(first, at)];
    line.extend(texts(launch.get("runtimeArgs")));
    if let Some(module) = module {
        line.push(Expr::text("-m", module.span));
        line.push(Expr::text(module.as_str().unwrap_or(""), module.span));
    }
    line.extend(program.map(|program| Expr::text(here(program.as_str().unwrap_or("")), program.span)));
    line.extend(texts(launch.get("args")));
    let span = line.iter().fold(at, |span: Span, word| span.to(word.span));
    out.entries.push(start.entry(title, command(line, span), span));
}

pub(super) fn dev_container(input: Input<'_>) -> Lowered {
    let text = plain(input.text);
    let parsed = yaml::parse(Input { text: &text, ..input });
    let mut out = surroundings::lower(input);
    out.problems.extend(parsed.problems.iter().cloned());
    let Some(root) = parsed.root() else { return out };
    let mut start = Start::new(input, EntryKind::Hook);
    start.directory = Some(".".to_owned());
    start.env.clone_from(&out.settings);
    for key in LIFE {
        let Some(node) = root.get(key) else { continue };
        let named: Vec<&Node> = if node.is_mapping() {
            node.pairs().iter().map(|pair| &pair.value).collect()
        } else {
            vec![node]
        };
        for one in named {
            let title = format!("dev container {key}");
            if let Some(scalar) = one.as_scalar() {
                out.entries.push(start.shell(title, &scalar.text, &scalar.map, false));
            } else if !one.items().is_empty() {
                out.entries.push(start.entry(title, command(texts(Some(one)), one.span), one.span));
            }
        }
    }
    out
}

fn place(start: &mut Start<'_>, node: Option<&Node>) {
    if let Some(folder) = node.and_then(Node::as_str) {
        let folder = here(folder);
        start.directory = (!folder.contains('$')).then(|| joined(".", &folder));
    }
}

fn texts(node: Option<&Node>) -> Vec<Expr> {
    let items = node.map(Node::items).unwrap_or_default();
    let value = |item: &Node| item.get("value").and_then(Node::as_str).or(item.as_str()).map(here);
    items.iter().filter_map(|item| Some(Expr::text(value(item)?, item.span))).collect()
}

fn env(node: Option<&Node>) -> Vec<EnvSetting> {
    let pairs = node.map(Node::pairs).unwrap_or_default();
    let of = |pair: &yaml::Pair| {
        let scalar = pair.value.as_scalar()?;
        let value = Expr::text(scalar.text.clone(), pair.value.span);
        let span = pair.key.span.to(pair.value.span);
        Some(EnvSetting { name: pair.key.as_str()?.to_owned(), value, span })
    };
    pairs.iter().filter_map(of).collect()
}

const FOLDERS: [&str; 4] =
    ["${workspaceFolder}", "${workspaceRoot}", "${containerWorkspaceFolder}", "${localWorkspaceFolder}"];

/// A path below the repository's folder, which the editor fills in.
fn here(text: &str) -> String {
    let mut text = text.to_owned();
    for folder in FOLDERS {
        text = text.replace(&format!("{folder}/"), "").replace(folder, ".");
    }
    text
}

/// Comments of such a file become spaces: what is left is YAML.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let (mut quoted, mut escaped) = (false, false);
    while let Some(c) = chars.next() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '/' if !quoted && chars.peek() == Some(&'/') => {
                out.push(' ');
                while let Some(next) = chars.next_if(|next| *next != '\n') {
                    out.extend(std::iter::repeat_n(' ', next.len_utf8()));
                }
                continue;
            }
            '/' if !quoted && chars.peek() == Some(&'*') => {
                out.push(' ');
                let mut star = false;
                for next in chars.by_ref() {
                    let end = star && next == '/';
                    star = next == '*';
                    match next {
                        '\n' => out.push('\n'),
                        _ => out.extend(std::iter::repeat_n(' ', next.len_utf8())),
                    }
                    if end {
                        break;
                    }
                }
                continue;
            }
            '\t' if !quoted => {
                out.push(' ');
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}
