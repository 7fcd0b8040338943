//! Package managers and task runners: `npx`, `npm run`, `pnpm exec`, `yarn x`, `turbo run`, `make`.

use super::command::{Meaning, Starts};
use super::data::commands;
use super::line::{Scan, is_hole, lead, scan, text_from, whole};
use super::step::Step;
use super::tool;
use crate::words::text::Text;

pub(super) const NAMES: &[&str] = &[
    "npx",
    "pnpx",
    "bunx",
    "npm",
    "pnpm",
    "yarn",
    "yarnpkg",
    "bun",
    "corepack",
    "make",
    "gmake",
    "just",
    "turbo",
    "nx",
    "lerna",
    "npm-run-all",
    "run-s",
    "run-p",
    "docker-compose",
    "docker",
    "podman",
    "node--run",
];

const NPX: &[&str] = &[
    "-p",
    "--package",
    "-c",
    "--call",
    "-w",
    "--workspace",
    "-n",
    "--node-arg",
    "--node-options",
    "--prefix",
    "--userconfig",
    "--registry",
    "--shell",
    "--cache",
    "--loglevel",
];
const NPM: &[&str] = &[
    "--prefix",
    "-C",
    "-w",
    "--workspace",
    "--loglevel",
    "--registry",
    "--userconfig",
    "--cache",
    "--script-shell",
    "--omit",
    "--include",
    "-c",
    "--call",
    "-p",
    "--package",
    "--node-options",
    "--tag",
    "--otp",
];
const PNPM: &[&str] = &[
    "-C",
    "--dir",
    "--filter",
    "-F",
    "--filter-prod",
    "--loglevel",
    "--reporter",
    "--workspace-concurrency",
    "--registry",
    "--store-dir",
    "--package",
    "--resume-from",
    "--test-pattern",
    "--changed-files-ignore-pattern",
];
const YARN: &[&str] =
    &["--cwd", "--include", "--exclude", "--from", "-j", "--jobs", "-p", "--package", "--registry"];
const BUN: &[&str] = &[
    "--cwd",
    "-r",
    "--preload",
    "--require",
    "--import",
    "--env-file",
    "--filter",
    "-F",
    "-c",
    "--config",
    "-e",
    "--eval",
    "-p",
    "--print",
    "--define",
    "-d",
    "--loader",
    "-l",
    "--tsconfig-override",
    "--conditions",
    "--port",
    "--package",
];
const TASKS: &[&str] = &[
    "--filter",
    "-F",
    "--scope",
    "--cwd",
    "--concurrency",
    "--cache-dir",
    "--env-mode",
    "--log-order",
    "--projects",
    "-p",
    "-t",
    "--targets",
    "--target",
    "--parallel",
    "-c",
    "--configuration",
    "--ignore",
    "--since",
];
const MAKE: &[&str] = &[
    "-C",
    "--directory",
    "-f",
    "--file",
    "--makefile",
    "-I",
    "--include-dir",
    "-o",
    "-W",
    "-d",
    "--justfile",
    "--working-directory",
    "--set",
    "-l",
];

/// Commands of a package manager that run nothing of the repository's.
const BUILT_IN: &[&str] = &[
    "list",
    "ls",
    "ll",
    "la",
    "why",
    "audit",
    "outdated",
    "view",
    "info",
    "show",
    "search",
    "login",
    "logout",
    "whoami",
    "config",
    "get",
    "set",
    "cache",
    "bin",
    "root",
    "prefix",
    "prune",
    "dedupe",
    "link",
    "unlink",
    "store",
    "licenses",
    "env",
    "init",
    "create",
    "help",
    "explain",
    "fund",
    "owner",
    "team",
    "token",
    "access",
    "dist-tag",
    "ping",
    "doctor",
    "explore",
    "docs",
    "repo",
    "bugs",
    "completion",
    "sbom",
    "query",
    "pkg",
    "patch",
    "patch-commit",
    "import",
    "setup",
    "self-update",
    "fetch",
    "constraints",
    "plugin",
    "stage",
    "versions",
    "upgrade-interactive",
    "policies",
    "pm",
    "build",
    "upgrade",
    "node-gyp",
    "deploy",
    "approve-builds",
    "remove",
    "rm",
    "uninstall",
    "un",
    "check",
];
/// Commands after which the package manager runs scripts by itself.
const HOOKS: &[&str] = &[
    "ci",
    "install",
    "i",
    "in",
    "add",
    "install-test",
    "it",
    "clean-install",
    "ic",
    "install-clean",
    "update",
    "up",
    "rebuild",
    "rb",
    "publish",
    "pack",
    "version",
];

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

pub(super) fn step(words: &[Text], at: usize, name: &str) -> Step {
    match name {
        "npx" | "pnpx" | "bunx" => exec(words, at, NPX),
        "npm" => npm(words, at),
        "pnpm" => manager(words, at, PNPM, BUILT_IN),
        "yarn" | "yarnpkg" => yarn(words, at),
        "bun" => bun(words, at),
        "corepack" => match scan(words, at + 1, &[], Some(0)).positionals.first() {
            Some(&next) if matches!(whole(words, next), Some("npm" | "pnpm" | "yarn" | "npx")) => {
                Step::Again(next)
            }
            _ => Step::inert(),
        },
        "deno" => deno(words, at),
        "turbo" | "nx" | "lerna" => tasks(words, at),
        "npm-run-all" | "npm-run-all2" | "run-s" | "run-p" => run_all(words, at),
        "make" | "gmake" | "just" => targets(words, at, name),
        "docker-compose" => compose(words, at),
        "docker" | "podman" => {
            let scan =
                scan(words, at + 1, &owned(&["-H", "--host", "--context", "-c", "--config", "-l"]), Some(0));
            match scan.positionals.first() {
                Some(&next) if whole(words, next) == Some("compose") => compose(words, next),
                _ => Step::NotMine,
            }
        }
        _ => Step::NotMine,
    }
}

/// `npx [options] program …`, and what is like it.
fn exec(words: &[Text], at: usize, values: &[&str]) -> Step {
    let scan = scan(words, at + 1, &owned(values), Some(0));
    if let Some((word, offset)) = scan.values(&owned(&["-c", "--call"])).next() {
        return if offset == 0 {
            Step::done(Meaning { starts: vec![Starts::Shell { word, remote: false }], ..Meaning::default() })
        } else {
            Step::unresolved("the command is inside of an option of the package launcher")
        };
    }
    let Some(&from) = scan.positionals.first() else { return Step::inert() };
    let known = |index: usize| {
        whole(words, index).is_some_and(|name| {
            commands().knows(name) || commands().package(name).is_some() || NAMES.contains(&name)
        })
    };
    let doubtful =
        scan.options.iter().any(|opt| !opt.declared && opt.value.is_none() && opt.word + 1 == from)
            && !scan
                .options
                .iter()
                .any(|opt| opt.word + 1 == from && matches!(opt.name.as_str(), "-y" | "--yes"));
    if doubtful && !known(from) && known(from + 1) {
        return Step::Again(from + 1);
    }
    Step::Again(from)
}

/// Where a package manager is told to run: `--prefix d`, `-w p`, `--filter p`, `-r`.
fn place(words: &[Text], scan: &Scan, workspace_flag: bool) -> (Option<Text>, Option<Text>) {
    let value = |names: &[&str]| {
        let names = owned(names);
        scan.values(&names).next().map(|(word, offset)| text_from(words, word, offset))
    };
    let directory = value(&["--prefix", "-C", "--dir", "--cwd"]);
    let every = scan.has("-r") || scan.has("--recursive") || scan.has("-ws") || scan.has("--workspaces");
    let package = if workspace_flag { value(&["-w", "--workspace"]) } else { value(&["--filter", "-F"]) };
    (package.or_else(|| every.then(|| Text::known("*"))), directory)
}

fn script(
    name: Text,
    (package, directory): (Option<Text>, Option<Text>),
    appended: Option<usize>,
) -> Meaning {
    Meaning {
        starts: vec![Starts::PackageScript { name, package, directory }],
        appended,
        ..Meaning::default()
    }
}

/// A script that is called like a tool runs the tool, mostly: `npm run knex -- migrate:latest`.
fn named_like_tool(words: &[Text], name: &str, before: usize, script: Meaning) -> Meaning {
    let Some(known) = commands().tool(name) else { return script };
    let mut out = tool::meaning(words, before, known, name);
    out.inert = false;
    out.appended = script.appended;
    out.starts.extend(script.starts);
    out
}

fn npm(words: &[Text], at: usize) -> Step {
    let values = owned(NPM);
    let front = scan(words, at + 1, &values, Some(0));
    let Some(&command) = front.positionals.first() else { return Step::inert() };
    let Some(word) = whole(words, command) else {
        return Step::unresolved("which command of npm this is, only the run knows");
    };
    let all = scan(words, at + 1, &values, None);
    let place = place(words, &all, true);
    let appended = all.separator.map(|index| index + 1).filter(|&index| index < words.len());
    match word {
        "run" | "run-script" | "rum" | "urn" => {
            let Some(&name) = all.positionals.get(1) else { return Step::inert() };
            // npm hands on plain words without `--`, too.
            let appended = appended.or_else(|| all.positionals.get(2).copied());
            let meaning = script(text_from(words, name, 0), place, appended);
            match (whole(words, name), appended) {
                (Some(name), Some(from)) => Step::done(named_like_tool(words, name, from - 1, meaning)),
                _ => Step::done(meaning),
            }
        }
        "start" | "stop" | "restart" => Step::done(script(Text::known(word), place, appended)),
        "test" | "t" | "tst" => Step::done(script(Text::known("test"), place, appended)),
        "exec" | "x" => exec(words, command, NPX),
        word if HOOKS.contains(&word) => hooks(&all),
        _ => Step::inert(),
    }
}

fn hooks(scan: &Scan) -> Step {
    if scan.has("--ignore-scripts") {
        return Step::inert();
    }
    Step::done(Meaning { starts: vec![Starts::PackageHooks], ..Meaning::default() })
}

/// pnpm and yarn: built-in commands, else a script, else a program of a package.
fn manager(words: &[Text], at: usize, values: &[&str], built_in: &[&str]) -> Step {
    let values = owned(values);
    let front = scan(words, at + 1, &values, Some(0));
    let place = place(words, &front, false);
    let Some(&command) = front.positionals.first() else {
        return if whole(words, at) == Some("pnpm") { Step::inert() } else { hooks(&front) };
    };
    named_by_manager(words, command, &values, place, built_in)
}

fn named_by_manager(
    words: &[Text],
    command: usize,
    values: &[String],
    place: (Option<Text>, Option<Text>),
    built_in: &[&str],
) -> Step {
    let Some(word) = whole(words, command) else {
        return Step::unresolved("which command of the package manager this is, only the run knows");
    };
    let rest = scan(words, command + 1, values, Some(0));
    match word {
        "run" | "run-script" => {
            let Some(&name) = rest.positionals.first() else { return Step::inert() };
            Step::done(script_or_program(words, name, place))
        }
        "exec" if rest.has("-c") || rest.has("--shell-mode") => match rest.positionals.first() {
            Some(&word) => Step::done(Meaning {
                starts: vec![Starts::Shell { word, remote: false }],
                ..Meaning::default()
            }),
            None => Step::inert(),
        },
        "exec" | "dlx" | "node" => match rest.positionals.first() {
            Some(_) if word == "node" => Step::Again(command),
            Some(&from) => Step::Again(from),
            None => Step::inert(),
        },
        "start" | "stop" | "restart" | "test" | "t" => {
            let name = if word == "t" { "test" } else { word };
            Step::done(script(Text::known(name), place, behind(words, command)))
        }
        word if HOOKS.contains(&word) => hooks(&scan(words, command + 1, values, None)),
        // A script of the repository may have the name of one of these; then that is what runs.
        word if built_in.contains(&word) && !matches!(word, "build" | "setup" | "check" | "deploy") => {
            Step::inert()
        }
        _ => Step::done(script_or_program(words, command, place)),
    }
}

fn behind(words: &[Text], name: usize) -> Option<usize> {
    (name + 1 < words.len()).then_some(name + 1)
}

fn script_or_program(words: &[Text], name: usize, place: (Option<Text>, Option<Text>)) -> Meaning {
    let meaning = script(text_from(words, name, 0), place, behind(words, name));
    match whole(words, name) {
        Some(known) if known != "guard" => named_like_tool(words, known, name, meaning),
        Some(_) => super::gate::meaning(words, name, true),
        None => meaning,
    }
}

fn yarn(words: &[Text], at: usize) -> Step {
    let values = owned(YARN);
    let front = scan(words, at + 1, &values, Some(0));
    let Some(&command) = front.positionals.first() else { return hooks(&front) };
    let (_, directory) = place(words, &front, false);
    match whole(words, command) {
        Some("workspace") => {
            let Some(name) = words.get(command + 1) else { return Step::inert() };
            if command + 2 >= words.len() {
                return Step::inert();
            }
            named_by_manager(words, command + 2, &values, (Some(name.clone()), directory), BUILT_IN)
        }
        Some("workspaces") => {
            let rest = scan(words, command + 1, &values, Some(1));
            let Some(&next) = rest.positionals.last() else { return Step::inert() };
            let every = Some(Text::known("*"));
            match rest.positionals.first().and_then(|&first| whole(words, first)) {
                Some("foreach") if rest.positionals.len() > 1 => {
                    named_by_manager(words, next, &values, (every, directory), BUILT_IN)
                }
                Some("run") if rest.positionals.len() > 1 => {
                    Step::done(script_or_program(words, next, (every, directory)))
                }
                _ => Step::inert(),
            }
        }
        _ => manager(words, at, YARN, BUILT_IN),
    }
}

fn bun(words: &[Text], at: usize) -> Step {
    let values = owned(BUN);
    let mut front = scan(words, at + 1, &values, Some(0));
    let mut out = Meaning::default();
    let ran = front.positionals.first().is_some_and(|&word| whole(words, word) == Some("run"));
    if ran {
        front = scan(words, at + 1, &values, Some(1));
        front.positionals.remove(0);
    }
    for (word, offset) in front.values(&owned(&["--env-file"])) {
        out.starts.push(Starts::EnvFile { word, offset });
    }
    for (word, _) in front.values(&owned(&["-r", "--preload", "--require", "--import"])) {
        out.starts.push(Starts::Preload { word });
    }
    if let Some((word, 0)) = front.values(&owned(&["-e", "--eval", "-p", "--print"])).next() {
        out.starts.push(Starts::Program { word, language: "js" });
        return Step::done(out);
    }
    let Some(&command) = front.positionals.first() else { return Step::inert() };
    let text = lead(words, command);
    if text.contains('/')
        || [".ts", ".js", ".mjs", ".cjs", ".tsx", ".mts"].iter().any(|end| text.ends_with(end))
    {
        out.starts.push(Starts::File { word: command });
        return Step::done(out);
    }
    let place = place(words, &front, false);
    match whole(words, command) {
        Some("x") if !ran => exec(words, command, NPX),
        Some("test") if !ran => Step::inert(),
        Some("build" | "pm" | "init" | "create" | "upgrade" | "link" | "outdated" | "remove" | "rm")
            if !ran =>
        {
            Step::inert()
        }
        Some(word) if !ran && HOOKS.contains(&word) => hooks(&front),
        _ => {
            let mut meaning = script_or_program(words, command, place);
            meaning.starts.extend(out.starts);
            Step::done(meaning)
        }
    }
}

fn deno(words: &[Text], at: usize) -> Step {
    let scan = scan(words, at + 1, &owned(&["--config", "-c", "--cwd"]), Some(1));
    match scan.positionals.as_slice() {
        [task, name, ..] if whole(words, *task) == Some("task") => {
            Step::done(script(text_from(words, *name, 0), (None, None), behind(words, *name)))
        }
        _ => Step::NotMine,
    }
}

/// `turbo run a b --filter=p`, `nx run p:a`, `nx a p`, `nx run-many -t a`, `lerna run a`.
fn tasks(words: &[Text], at: usize) -> Step {
    let scan = scan(words, at + 1, &owned(TASKS), None);
    let every = Text::known("*");
    let chosen = scan.values(&owned(&["--filter", "-F", "--scope", "--projects"])).next();
    let package = chosen.map_or(every, |(word, offset)| text_from(words, word, offset));
    let mut starts = Vec::new();
    let mut push = |name: Text, package: Text| {
        starts.push(Starts::PackageScript { name, package: Some(package), directory: None });
    };
    let end = scan.separator.unwrap_or(words.len());
    let plain: Vec<usize> = scan.positionals.iter().copied().filter(|&word| word < end).collect();
    let runner = lead(words, at).rsplit('/').next().unwrap_or("");
    let first = plain.first().map_or("", |&word| lead(words, word));
    match (runner, first) {
        ("lerna", "run") => {
            if let Some(&name) = plain.get(1) {
                push(text_from(words, name, 0), package);
            }
        }
        ("lerna", "exec") => {
            let from = scan.separator.map(|index| index + 1).or_else(|| plain.get(1).copied());
            return from.map_or_else(Step::inert, Step::Again);
        }
        ("nx", "run") => {
            if let Some(&word) = plain.get(1) {
                let text = lead(words, word);
                if is_hole(words, word) {
                    push(text_from(words, word, 0), package);
                } else if let Some((project, name)) = text.split_once(':') {
                    push(Text::known(name), Text::known(project));
                }
            }
        }
        ("nx", "run-many" | "affected") => {
            for (word, offset) in scan.values(&owned(&["-t", "--targets", "--target"])) {
                for name in text_from(words, word, offset).prefix().split(',') {
                    push(Text::known(name), package.clone());
                }
            }
        }
        ("nx" | "lerna", "" | "graph" | "list" | "show" | "reset" | "migrate" | "g" | "generate") => {}
        ("nx", "exec") => return scan.separator.map_or_else(Step::inert, |index| Step::Again(index + 1)),
        ("nx", name) => {
            let project = plain.get(1).map_or(package, |&word| text_from(words, word, 0));
            push(Text::known(name), project);
        }
        ("turbo", "prune" | "login" | "link" | "daemon" | "gen" | "generate" | "ls") => {}
        ("turbo", _) => {
            for &word in plain.iter().skip(usize::from(first == "run")) {
                push(text_from(words, word, 0), package.clone());
            }
        }
        _ => {}
    }
    let inert = starts.is_empty();
    Step::done(Meaning { starts, inert, ..Meaning::default() })
}

fn run_all(words: &[Text], at: usize) -> Step {
    let scan = scan(words, at + 1, &owned(&["--max-parallel", "--npm-path"]), None);
    let starts = scan
        .positionals
        .iter()
        .map(|&word| Starts::PackageScript {
            name: text_from(words, word, 0),
            package: None,
            directory: None,
        })
        .collect();
    Step::done(Meaning { starts, ..Meaning::default() })
}

fn targets(words: &[Text], at: usize, name: &str) -> Step {
    let scan = scan(words, at + 1, &owned(MAKE), None);
    let tells = ["-n", "--dry-run", "--version", "-v", "--help", "-h", "-p", "--list", "-l", "--summary"];
    if name != "just" && tells.iter().take(4).any(|flag| scan.has(flag))
        || name == "just" && tells.iter().any(|flag| scan.has(flag))
    {
        return Step::inert();
    }
    let directories = owned(&["-C", "--directory", "-d", "--working-directory"]);
    let directory = scan.values(&directories).next().map(|(word, offset)| text_from(words, word, offset));
    let names = scan
        .positionals
        .iter()
        .filter(|&&word| {
            let text = lead(words, word);
            !text.contains('=') && !text.chars().all(|c| c.is_ascii_digit()) || is_hole(words, word)
        })
        .map(|&word| text_from(words, word, 0))
        .collect();
    Step::done(Meaning { starts: vec![Starts::Targets { names, directory }], ..Meaning::default() })
}

/// `docker compose up|start|run` without a command of its own: services start with their command.
fn compose(words: &[Text], at: usize) -> Step {
    let own = owned(&[
        "-f",
        "--file",
        "-p",
        "--project-name",
        "--profile",
        "--env-file",
        "--project-directory",
        "--ansi",
        "--parallel",
        "--progress",
        "--scale",
        "--exit-code-from",
        "--timeout",
        "-t",
        "-e",
        "--env",
        "--entrypoint",
        "-u",
        "--user",
        "-w",
        "--workdir",
        "-v",
        "--volume",
        "--name",
        "-l",
        "--label",
        "--publish",
        "--wait-timeout",
        "--pull",
        "--attach",
        "--no-attach",
        "--index",
        "--cap-add",
        "--cap-drop",
    ]);
    let front = scan(words, at + 1, &own, Some(0));
    let Some(&command) = front.positionals.first() else { return Step::inert() };
    let rest = scan(words, command + 1, &own, None);
    let names: Vec<Text> = rest.positionals.iter().map(|&word| text_from(words, word, 0)).collect();
    match whole(words, command) {
        Some("up" | "start" | "restart" | "watch") => {
            Step::done(Meaning { starts: vec![Starts::ComposeServices { names }], ..Meaning::default() })
        }
        Some("run") => {
            // Up to the service options are compose's own, behind it they are the command's.
            let short = scan(words, command + 1, &own, Some(1));
            let name: Vec<Text> = names.into_iter().take(1).collect();
            let mut starts = vec![Starts::ComposeServices { names: name }];
            let env = short.values(&owned(&["-e", "--env"])).filter(|v| v.1 == 0).map(|v| v.0).collect();
            match short.positionals.get(1) {
                Some(&from) => starts = vec![Starts::Words { from, env, remote: true }],
                None if short.has("--entrypoint") => starts.clear(),
                None => {}
            }
            Step::done(Meaning { starts, ..Meaning::default() })
        }
        Some("exec") => {
            let short = scan(words, command + 1, &own, Some(1));
            let env = short.values(&owned(&["-e", "--env"])).filter(|v| v.1 == 0).map(|v| v.0).collect();
            let from = short.positionals.get(1);
            let starts = from.map(|&from| Starts::Words { from, env, remote: true }).into_iter().collect();
            Step::done(Meaning { starts, ..Meaning::default() })
        }
        None => Step::done(Meaning::default()),
        _ => Step::inert(),
    }
}
