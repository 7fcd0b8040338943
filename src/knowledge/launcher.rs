//! Package managers and task runners: `npx`, `npm run`, `pnpm exec`, `yarn x`, `turbo run`, `make`.

use super::command::{Meaning, Starts};
use super::data::{commands, list};
use super::line::{Scan, lead, owned, scan, text_from, whole};
use super::step::Step;
use super::task;
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
    "mise",
    "rtx",
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

/// These run nothing of the repository's.
fn is_built_in(word: &str) -> bool {
    list("built-in").iter().any(|known| known == word)
}

/// After these a package manager runs scripts by itself.
fn is_hook(word: &str) -> bool {
    list("hooks").iter().any(|known| known == word)
}

pub(super) fn step(words: &[Text], at: usize, name: &str) -> Step {
    match name {
        "npx" | "pnpx" | "bunx" => exec(words, at, list("npx")),
        "npm" => npm(words, at),
        "pnpm" => manager(words, at, list("pnpm")),
        "yarn" | "yarnpkg" => yarn(words, at),
        "bun" => bun(words, at),
        "corepack" => match scan(words, at + 1, &[], Some(0)).positionals.first() {
            Some(&next) if matches!(whole(words, next), Some("npm" | "pnpm" | "yarn" | "npx")) => {
                Step::Again(next)
            }
            _ => Step::inert(),
        },
        "deno" => deno(words, at),
        "node" => match scan(words, at + 1, &owned(&["--run"]), Some(0)).values(&owned(&["--run"])).next() {
            Some((word, offset)) => {
                Step::done(script(text_from(words, word, offset), (None, None), behind(words, word)))
            }
            None => Step::NotMine,
        },
        // Programs that cargo and go fetch and start by themselves.
        "cargo" if matches!(whole(words, at + 1), Some("sqlx")) => Step::Again(at + 1),
        "cargo" if matches!(whole(words, at + 1), Some("run" | "r")) => cargo_run(words, at + 1),
        // By custom an alias for `cargo run --package xtask --`.
        "cargo" if matches!(whole(words, at + 1), Some("xtask")) => {
            let starts = vec![Starts::Crate { package: Some(Text::known("xtask")), program: None }];
            Step::done(Meaning { starts, ..Meaning::default() })
        }
        "go" if matches!(whole(words, at + 1), Some("run")) => {
            let from = scan(words, at + 2, &owned(&["-tags", "-mod"]), Some(0)).positionals.first().copied();
            let Some(from) = from else { return Step::NotMine };
            let written = lead(words, from);
            let host = written.split('/').next().unwrap_or_default();
            // A file or a folder of the repository, or what a host serves.
            let file = written.rsplit_once('.').is_some_and(|(_, extension)| extension == "go");
            if !file && host.len() > 2 && host.contains('.') {
                return Step::Again(from);
            }
            Step::done(Meaning {
                inert: true,
                starts: vec![Starts::File { word: from }],
                ..Meaning::default()
            })
        }
        "turbo" | "nx" | "lerna" => task::tasks(words, at),
        "npm-run-all" | "npm-run-all2" | "run-s" | "run-p" => task::run_all(words, at),
        "mise" | "rtx" => task::mise(words, at),
        "make" | "gmake" | "just" | "task" | "go-task" => task::targets(words, at, name),
        "docker-compose" => task::compose(words, at),
        "docker" | "podman" => {
            let scan =
                scan(words, at + 1, &owned(&["-H", "--host", "--context", "-c", "--config", "-l"]), Some(0));
            match scan.positionals.first() {
                Some(&next) if whole(words, next) == Some("compose") => task::compose(words, next),
                _ => Step::NotMine,
            }
        }
        _ => Step::NotMine,
    }
}

/// `cargo run -p package --bin program -- arguments`
fn cargo_run(words: &[Text], at: usize) -> Step {
    let options =
        ["--bin", "--example", "-p", "--package", "--manifest-path", "--features", "--profile", "--target"];
    let scan = scan(words, at + 1, &owned(&options), None);
    let value = |names: &[&str]| {
        scan.values(&owned(names)).next().map(|(word, offset)| text_from(words, word, offset))
    };
    let starts =
        vec![Starts::Crate { package: value(&["-p", "--package"]), program: value(&["--bin", "--example"]) }];
    Step::done(Meaning { starts, ..Meaning::default() })
}

/// `npx [options] program …`, and what is like it.
fn exec(words: &[Text], at: usize, values: &[String]) -> Step {
    let scan = scan(words, at + 1, values, Some(0));
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
    if out.mutates.is_empty() && out.sql.is_empty() && out.unresolved.is_none() {
        return script;
    }
    out.appended = script.appended;
    out.starts.extend(script.starts);
    out
}

fn npm(words: &[Text], at: usize) -> Step {
    let values = list("npm");
    let front = scan(words, at + 1, values, Some(0));
    let Some(&command) = front.positionals.first() else { return Step::inert() };
    let Some(word) = whole(words, command) else {
        return Step::unresolved("which command of npm this is, only the run knows");
    };
    let all = scan(words, at + 1, values, None);
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
        "exec" | "x" => exec(words, command, list("npx")),
        word if is_hook(word) => hooks(&all),
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
fn manager(words: &[Text], at: usize, values: &[String]) -> Step {
    let front = scan(words, at + 1, values, Some(0));
    let place = place(words, &front, false);
    let Some(&command) = front.positionals.first() else {
        return if whole(words, at) == Some("pnpm") { Step::inert() } else { hooks(&front) };
    };
    named_by_manager(words, command, values, place)
}

fn named_by_manager(
    words: &[Text],
    command: usize,
    values: &[String],
    place: (Option<Text>, Option<Text>),
) -> Step {
    let Some(word) = whole(words, command) else {
        return Step::unresolved("which command of the package manager this is, only the run knows");
    };
    let rest = scan(words, command + 1, values, Some(0));
    match word {
        "run" | "run-script" => {
            let Some(&name) = rest.positionals.first() else { return Step::inert() };
            let (package, directory) = self::place(words, &rest, false);
            Step::done(script_or_program(words, name, (place.0.or(package), place.1.or(directory))))
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
        word if is_hook(word) => hooks(&scan(words, command + 1, values, None)),
        // A script of the repository may have the name of one of these; then that is what runs.
        word if is_built_in(word) && !matches!(word, "build" | "setup" | "check" | "deploy") => Step::inert(),
        // `pnpm tsx x.ts`: a program that runs others, which nobody calls a script.
        word if is_runner(word) && command + 1 < words.len() => Step::Again(command),
        _ => Step::done(script_or_program(words, command, place)),
    }
}

fn is_runner(word: &str) -> bool {
    commands().interpreter(word).is_some() || list("runners").iter().any(|known| known == word)
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
    let values = list("yarn");
    let front = scan(words, at + 1, values, Some(0));
    let Some(&command) = front.positionals.first() else { return hooks(&front) };
    let (_, directory) = place(words, &front, false);
    match whole(words, command) {
        Some("workspace") => {
            let Some(name) = words.get(command + 1) else { return Step::inert() };
            if command + 2 >= words.len() {
                return Step::inert();
            }
            named_by_manager(words, command + 2, values, (Some(name.clone()), directory))
        }
        Some("workspaces") => {
            let rest = scan(words, command + 1, values, Some(1));
            let Some(&next) = rest.positionals.last() else { return Step::inert() };
            let every = Some(Text::known("*"));
            match rest.positionals.first().and_then(|&first| whole(words, first)) {
                Some("foreach") if rest.positionals.len() > 1 => {
                    named_by_manager(words, next, values, (every, directory))
                }
                Some("run") if rest.positionals.len() > 1 => {
                    Step::done(script_or_program(words, next, (every, directory)))
                }
                _ => Step::inert(),
            }
        }
        _ => manager(words, at, list("yarn")),
    }
}

fn bun(words: &[Text], at: usize) -> Step {
    let values = list("bun");
    let mut front = scan(words, at + 1, values, Some(0));
    let mut out = Meaning::default();
    let ran = front.positionals.first().is_some_and(|&word| whole(words, word) == Some("run"));
    if ran {
        front = scan(words, at + 1, values, Some(1));
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
        Some("x") if !ran => exec(words, command, list("npx")),
        Some("test") if !ran => Step::inert(),
        Some("build" | "pm" | "init" | "create" | "upgrade" | "link" | "outdated" | "remove" | "rm")
            if !ran =>
        {
            Step::inert()
        }
        Some(word) if !ran && is_hook(word) => hooks(&front),
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
