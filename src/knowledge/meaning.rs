//! What a command line does: the front door to everything that is known of programs.
//!
//! One call reads one layer. Launchers of packages (`npx`, `pnpm exec`) are gone through, so that
//! the meaning is that of the program; a wrapper (`env X=1 cmd`, `sudo cmd`, `docker exec c cmd`)
//! is told as [`Starts::Words`], and the caller asks again with the words from there.

use super::command::{Meaning, Starts};
use super::data::{Tool, commands};
use super::line::{basename, is_hole, lead};
use super::step::Step;
use super::{gate, interpreter, launcher, tool, wrapper};
use crate::words::text::Text;

/// Launchers may launch launchers (`npx pnpm exec yarn prisma`); nobody nests them deeper.
const DEEPEST: usize = 12;

/// A step of a workflow that uses an action is a command of this kind; its inputs are options.
const ACTION: &str = "action:";
const ANY_ACTION: &str = "action:*";

/// What a command does, by its words. Never panics, whatever they are.
#[must_use]
pub fn meaning(words: &[Text]) -> Meaning {
    let mut at = 0;
    let mut launched = false;
    for _ in 0..DEEPEST {
        match step(words, at, launched) {
            Step::Again(next) => {
                at = next;
                launched = true;
            }
            Step::Done(meaning) => return *meaning,
            Step::NotMine => break,
        }
    }
    if at > 0 && words.get(at).is_some() {
        let unresolved = tool::suspect(words, at + 1)
            .map(|tool| format!("what a package's program does with {tool} in its words is not known"));
        return Meaning { starts: vec![Starts::Unknown], unresolved, ..Meaning::default() };
    }
    Meaning::default()
}

fn step(words: &[Text], at: usize, launched: bool) -> Step {
    let Some(word) = words.get(at) else { return Step::NotMine };
    let Some(name) = basename(word) else { return hidden(words, at, launched) };
    let path = lead(words, at);
    let name = if launched { without_version(name) } else { name };
    let name = name.strip_suffix(".exe").or_else(|| name.strip_suffix(".cmd")).unwrap_or(name);
    if name == "guard" {
        return Step::done(gate::meaning(words, at, launched));
    }
    // Of an action that nobody knows, what its inputs are called tells what they hold.
    let name = if name.starts_with(ACTION) && !commands().knows(name) { ANY_ACTION } else { name };
    // `heroku run cmd` is a wrapper, `heroku pg:reset` a tool.
    match wrapper::step(words, at, name) {
        Step::NotMine => {}
        step => return step,
    }
    if let Some(tool) = named(path, name, launched) {
        let called = if tool.names.iter().any(|known| known == name) {
            name
        } else {
            tool.names.first().map_or(name, String::as_str)
        };
        let meaning = tool::meaning(words, at, tool, called);
        let does = !meaning.mutates.is_empty() || !meaning.sql.is_empty() || !meaning.starts.is_empty();
        let silent = !does && meaning.unresolved.is_none();
        // `./migrate` is more likely the repository's own than the tool of that name.
        if !(silent && is_own_path(path)) {
            return Step::done(meaning);
        }
    }
    for reader in [launcher::step, interpreter::step] {
        match reader(words, at, name) {
            Step::NotMine => {}
            step => return step,
        }
    }
    if commands().is_inert(name) && !is_own_path(path) {
        return Step::inert();
    }
    if path.contains('/') || is_script(name) {
        return Step::done(Meaning { starts: vec![Starts::File { word: at }], ..Meaning::default() });
    }
    Step::NotMine
}

/// The program is a hole. Most such lines are harmless (`$CC -o x`); those whose other words are
/// a mutating tool or its commands are not.
fn hidden(words: &[Text], at: usize, launched: bool) -> Step {
    if !is_hole(words, at) && words.get(at).is_none_or(|word| !word.is_opaque()) {
        // `./scripts/$NAME.sh` is a file that only the run knows.
        if lead(words, at).contains('/') {
            return Step::done(Meaning { starts: vec![Starts::File { word: at }], ..Meaning::default() });
        }
    }
    let tool = tool::suspect_arguments(words, at + 1).or_else(|| tool::suspect(words, at + 1));
    match tool {
        Some(tool) => Step::unresolved(format!(
            "which program this is, only the run knows; its arguments are a command of {tool}"
        )),
        None if launched => {
            Step::unresolved("which program a package launcher starts here, only the run knows")
        }
        None => Step::done(Meaning::default()),
    }
}

fn named(path: &str, name: &str, launched: bool) -> Option<&'static Tool> {
    let table = commands();
    if let Some((_, inside)) = path.rsplit_once("node_modules/")
        && !inside.starts_with(".bin/")
    {
        return table.package(package_of(inside));
    }
    if launched {
        return table.package(without_version(path)).or_else(|| table.package(name));
    }
    table.tool(name)
}

/// `@scope/name` or `name` at the front of a path inside of `node_modules`.
fn package_of(inside: &str) -> &str {
    let parts = if inside.starts_with('@') { 2 } else { 1 };
    let end = inside.match_indices('/').nth(parts - 1).map_or(inside.len(), |(at, _)| at);
    inside.get(..end).unwrap_or(inside)
}

/// `prisma@5.1` is `prisma`, `@prisma/cli@2` is `@prisma/cli`.
fn without_version(name: &str) -> &str {
    match name.rfind('@') {
        Some(at) if at > 0 => name.get(..at).unwrap_or(name),
        _ => name,
    }
}

/// A path into the repository, not into a folder where installed programs are.
fn is_own_path(path: &str) -> bool {
    path.contains('/')
        && !path.starts_with('/')
        && !path.starts_with('~')
        && !["node_modules/", ".bin/", "bin/", ".venv/", "venv/"].iter().any(|folder| path.contains(folder))
}

fn is_script(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension,
        "sh" | "bash" | "zsh" | "js" | "mjs" | "cjs" | "ts" | "mts" | "py" | "rb" | "ps1" | "bat" | "php"
    )
}
