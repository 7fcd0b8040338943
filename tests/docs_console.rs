//! Every console block of the README and of docs/ is run here, page by page, in a shell and a folder of its own.
//!
//! A ```` ```console ```` block holds commands behind `$ ` (going on behind `> `) and what they print: `[..]` stands for
//! any text in a line, a line `...` for any lines, `[exit 1]` for an exit code other than 0. Where nothing is shown,
//! only the exit code counts. A ```` ```sh ```` block is run whole, and must succeed. `run-by=FILE,FILE` behind either
//! says which other tests run it.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sandbox::Sandbox;

#[derive(Debug)]
struct Step {
    line: usize,
    command: String,
    shown: Vec<String>,
    exit: i32,
}

/// The commands of a page; those that another test runs are left out, once it is there.
fn steps(page: &str, text: &str) -> Vec<Step> {
    let mut out: Vec<Step> = Vec::new();
    let mut fence: Option<&str> = None;
    let mut console = false;
    for (at, row) in text.lines().enumerate() {
        if let Some(info) = row.trim_start().strip_prefix("```") {
            if fence.take().is_some() {
                continue;
            }
            let mut words = info.split(' ');
            let language = words.next().unwrap_or_default();
            console = language == "console";
            let by = words.find_map(|word| word.strip_prefix("run-by="));
            if let Some(by) = by {
                let block = text.lines().skip(at + 1).take_while(|row| !row.starts_with("```"));
                run_elsewhere(&format!("{page}:{}", at + 1), by, block);
            }
            let runs = (console || language == "sh") && by.is_none();
            fence = Some(if runs { "run" } else { "" });
            if runs && !console {
                out.push(Step { line: at + 1, command: String::new(), shown: Vec::new(), exit: 0 });
            }
            continue;
        }
        if fence != Some("run") {
            continue;
        }
        if !console {
            let step = out.last_mut().unwrap();
            step.command += row;
            step.command.push('\n');
        } else if let Some(command) = row.strip_prefix("$ ") {
            out.push(Step { line: at + 1, command: format!("{command}\n"), shown: Vec::new(), exit: 0 });
        } else {
            let step = out.last_mut().unwrap_or_else(|| panic!("{page}:{}: no command stands above", at + 1));
            if let Some(more) =
                row.strip_prefix("> ").or((row == ">").then_some("")).filter(|_| step.shown.is_empty())
            {
                step.command += more;
                step.command.push('\n');
            } else if let Some(code) = row.strip_prefix("[exit ").and_then(|rest| rest.strip_suffix(']')) {
                step.exit = code.parse().unwrap();
            } else {
                step.shown.push(row.trim_end().to_owned());
            }
        }
    }
    out
}

/// The files that are said to run a block are there, and start each of its commands.
fn run_elsewhere<'a>(place: &str, files: &str, block: impl Iterator<Item = &'a str>) {
    let read =
        |file: &str| fs::read_to_string(root().join(file)).unwrap_or_else(|_| panic!("{place}: no {file}"));
    let texts: Vec<String> = files.split(',').map(read).collect();
    for row in block.filter(|row| !row.trim().is_empty()) {
        let mut words = row.trim_start_matches("$ ").split_whitespace();
        let (program, word) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let said = |text: &String| match program {
            "guard" => text.contains(&format!("\"{word}\"")) || text.contains(&format!("guard {word}")),
            // A script is what runs everything else, or a test starts it by its path.
            "bash" => true,
            program => text.contains(program.trim_start_matches("examples/")),
        };
        assert!(texts.iter().any(said), "{place}: {files} does not run `{row}`");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Text with `[..]` for anything.
fn fits(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split("[..]");
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        last = Some(part);
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || last.is_some_and(|part| part.is_empty() || line.ends_with(part))
}

fn same(shown: &[String], lines: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((row, rest)) if row == "..." => (0..=lines.len()).any(|at| same(rest, &lines[at..])),
        Some((row, rest)) => {
            lines.split_first().is_some_and(|(line, left)| fits(row, line) && same(rest, left))
        }
    }
}

/// Runs the page's commands one after the other in one shell; what each printed, and how it ended.
fn run(folder: &Path, home: &Path, steps: &[Step]) -> Vec<(String, i32)> {
    const MARK: &str = "\u{1}step";
    let mut script = String::from("exec 2>&1\n");
    for step in steps {
        let _ = write!(script, "{{\n{}}}\nprintf '{MARK} %s\\n' \"$?\"\n", step.command);
    }
    let bin = PathBuf::from(env!("CARGO_BIN_EXE_guard"));
    let path = format!("{}:{}", bin.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let file = home.join("page.sh");
    fs::write(&file, script).unwrap();
    let done = Command::new("bash")
        .arg(&file)
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs([("GIT_AUTHOR_NAME", "Ann"), ("GIT_AUTHOR_EMAIL", "ann@example.com")])
        .envs([("GIT_COMMITTER_NAME", "Ann"), ("GIT_COMMITTER_EMAIL", "ann@example.com")])
        .stdin(Stdio::null())
        .output()
        .expect("bash starts");
    let text = String::from_utf8(done.stdout).unwrap();
    let mut out = Vec::new();
    let mut printed = String::new();
    for line in text.lines() {
        if let Some((before, code)) = line.split_once(MARK) {
            printed.push_str(before);
            out.push((std::mem::take(&mut printed), code.trim().parse().unwrap()));
        } else {
            printed.push_str(line);
            printed.push('\n');
        }
    }
    out
}

fn page(path: &str, folder: &Path, home: &Path) -> String {
    let text = fs::read_to_string(root().join(path)).unwrap();
    let steps = steps(path, &text);
    let ran = run(folder, home, &steps);
    let mut wrong = String::new();
    for (at, step) in steps.iter().enumerate() {
        let Some((printed, code)) = ran.get(at) else {
            let _ = writeln!(wrong, "{path}:{}: the shell ended before it", step.line);
            break;
        };
        let lines: Vec<&str> = printed.trim_end_matches('\n').lines().map(str::trim_end).collect();
        let lines = if printed.trim().is_empty() { Vec::new() } else { lines };
        if *code != step.exit {
            let _ = writeln!(
                wrong,
                "{path}:{}: exit {code}, and the page says {}:\n{printed}",
                step.line, step.exit
            );
        } else if !step.shown.is_empty() && !same(&step.shown, &lines) {
            let _ = writeln!(
                wrong,
                "{path}:{}: the page shows\n{}\nand it prints\n{printed}",
                step.line,
                step.shown.join("\n")
            );
        }
    }
    wrong
}

/// The shop of the pages: an application, migrations, a guarded script, and some that are not.
fn shop() -> Sandbox {
    let sandbox = Sandbox::repository();
    let from = root().join("tests/docs/shop");
    let mut folders = vec![from.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&from).unwrap().to_string_lossy().into_owned();
                sandbox.write(&format!("shop/{name}"), fs::read(&path).unwrap());
            }
        }
    }
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "shop"]);
    sandbox
}

#[test]
fn the_readme_runs_as_it_is_pasted() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.at("empty")).unwrap();
    let wrong = page("README.md", &sandbox.at("empty"), &sandbox.at(""));
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_page_of_the_documentation_runs() {
    let (mut ran, mut wrong) = (0, String::new());
    for folder in ["docs", "docs/reference"] {
        let mut pages: Vec<PathBuf> =
            fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        pages.sort();
        for path in pages.iter().filter(|path| path.extension().is_some_and(|e| e == "md")) {
            let text = fs::read_to_string(path).unwrap();
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            // The runbook's and the runtime page's shell lines want the services that their own tests start.
            if !text.contains("```console") {
                continue;
            }
            let sandbox = shop();
            wrong.push_str(&page(&name, &sandbox.at("shop"), &sandbox.at("")));
            ran += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(ran >= 4, "{ran}");
}

#[test]
fn a_page_that_says_something_else_is_found() {
    let text = "```console\n$ echo one; false\none\n[exit 1]\n$ printf 'a\\nb\\nc\\n'\na\n...\nc\n$ cat <<'END'\n> x 12 y\n> END\nx [..] y\n```\n";
    let steps = steps("page", text);
    let sandbox = Sandbox::new();
    let ran = run(&sandbox.at(""), &sandbox.at(""), &steps);
    assert_eq!(ran.iter().map(|(_, code)| *code).collect::<Vec<_>>(), [1, 0, 0]);
    for (step, (printed, _)) in steps.iter().zip(&ran) {
        let lines: Vec<&str> = printed.lines().collect();
        assert!(same(&step.shown, &lines), "{step:?} {printed}");
        assert!(!same(&["other".to_owned()], &lines));
    }
    assert!(!fits("a[..]c", "abd") && fits("a[..]c", "abc") && !fits("ab", "abc"));
}
