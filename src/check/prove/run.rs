//! `guard prove --run`: starts every protected script where it must stop by itself, and watches.
//!
//! A temporary copy, no `CI`, and a network namespace without a network: a script whose guard holds ends
//! with another status than 0 before it tries to connect to anything.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::check::analysis::Analysis;
use crate::check::prove::model::Started;
use crate::check::run::CheckError;
use crate::io::child::{Child, ChildError, Output};
use crate::io::environment::Environment;
use crate::io::scratch::Scratch;
use crate::io::tree::Tree;
use crate::knowledge::plants;
use crate::lang::start;
use crate::reach::event::{Event, EventKind, World};
use crate::words::span::FileId;

/// Seconds that a script has to end; one that stops at once needs a fraction of one.
const LONGEST: u32 = 40;
/// Where nothing listens: that a variable is missing shall not be why a script ends.
const NOWHERE: &str = "postgres://guard@127.0.0.1:9/guard";
const LOG: &str = "connections";

pub(super) fn start_all(
    analysis: &Analysis,
    tree: &Tree,
    environment: &Environment,
) -> Result<Vec<Started>, CheckError> {
    able(environment)?;
    let scratch = Scratch::copy(tree, environment)
        .map_err(|error| CheckError::Tree(format!("no temporary copy can be made: {error}")))?;
    let facts = analysis.facts();
    let scripts = facts.inline_scripts().into_iter().filter(|(file, _)| facts.acts(*file));
    Ok(scripts.map(|(file, _)| started(analysis, file, &scratch, environment)).collect())
}

/// A namespace can be made here, and what happens in it can be watched.
fn able(environment: &Environment) -> Result<(), CheckError> {
    let words = ["-rn", "strace", "-f", "-qq", "-e", "trace=connect", "-o", "/dev/null", "true"];
    let tried = Child::new("unshare", environment.clone()).arguments(words).run();
    let why = match tried {
        Ok(output) if output.succeeded() => return Ok(()),
        Ok(output) => output.complaint(),
        Err(error) => error.to_string(),
    };
    Err(CheckError::Tree(format!(
        "--run starts scripts in a network namespace and watches them, and that is not possible here ({why}); it needs Linux with unshare and strace, and the right to use them"
    )))
}

fn started(analysis: &Analysis, file: FileId, scratch: &Scratch, environment: &Environment) -> Started {
    let source = analysis.sources().file(file);
    let script = source.path.clone();
    let (not, told) = (
        Started { script, command: String::new(), stopped: false, exit: None, note: String::new() },
        |n: &str| n.to_owned(),
    );
    let path = format!("{}{}", analysis.prefix, source.path);
    let root = scratch.root();
    let there = |program: &str| is_there(program, &root, environment);
    let Some(words) = start::command(source.kind, &path, source.text.as_deref().unwrap_or_default(), &there)
    else {
        return Started {
            note: told("nothing that is installed here starts a program of its language"),
            ..not
        };
    };
    let command = words.join(" ");
    let limit = LONGEST.to_string();
    scratch.forget(LOG);
    let log = scratch.beside(LOG).to_string_lossy().into_owned();
    let around =
        ["-rn", "timeout", "-k", "2", &limit, "strace", "-f", "-qq", "-e", "trace=connect", "-o", &log];
    let child = Child::new("unshare", variables(analysis, file, scratch, environment))
        .arguments(around)
        .arguments(&words)
        .directory(&root)
        .at_most(4 << 20, Duration::from_secs(u64::from(LONGEST) + 10));
    let output = match child.run() {
        Ok(output) => output,
        Err(ChildError::TooMuch { .. }) => {
            return Started {
                command,
                note: told("it says more than anybody reads, and does not end"),
                ..not
            };
        }
        Err(error) => return Started { command, note: error.to_string(), ..not },
    };
    let (stopped, note) = judge(&output, &scratch.said(LOG));
    Started { command, stopped, exit: output.code, note, ..not }
}

fn judge(output: &Output, log: &str) -> (bool, String) {
    let complaint = output.complaint();
    if let Some(target) = log.lines().find_map(connection) {
        return (false, format!("it tried to connect to {target}"));
    }
    match output.code {
        Some(0) => (false, "it ended as if all were well".to_owned()),
        Some(124) => (false, format!("it did not end within {LONGEST} seconds")),
        None => (false, "a signal ended it".to_owned()),
        Some(_)
            if plants::unstarted()
                .iter()
                .any(|words| complaint.contains(words.as_str()) || said(output, words)) =>
        {
            (false, format!("it did not get to its guard: {complaint}"))
        }
        Some(_) if complaint.is_empty() => (true, "it ended before it tried to connect".to_owned()),
        Some(_) => (true, complaint),
    }
}

fn said(output: &Output, words: &str) -> bool {
    String::from_utf8_lossy(&output.stderr).contains(words)
}

/// The target of a call of `connect` that leaves the program for a server.
fn connection(line: &str) -> Option<String> {
    let call = line.split_once("connect(")?.1;
    let of = |before: &str, after: char| {
        let rest = call.split_once(before)?.1;
        Some(rest.split(after).next().unwrap_or_default().to_owned())
    };
    if call.contains("AF_INET") {
        let port = of("htons(", ')').unwrap_or_default();
        let host = of("inet_addr(\"", '"').or_else(|| of("inet_pton(AF_INET6, \"", '"')).unwrap_or_default();
        return Some(format!("{host} port {port}"));
    }
    let path = of("sun_path=\"", '"').or_else(|| of("sun_path=@\"", '"'))?;
    // Look-ups of names and of users, and logs, are nobody's database.
    (path.contains("PGSQL") || path.contains("mysql")).then_some(path)
}

/// What the script finds: no `CI` and nothing else of this process but the way to its programs.
fn variables(analysis: &Analysis, file: FileId, scratch: &Scratch, environment: &Environment) -> Environment {
    let mut out = Environment::of([("PATH", environment.get("PATH").unwrap_or_default().to_owned())]);
    out = out.with("HOME", scratch.home()).with("LANG", "C.UTF-8");
    let mut names: BTreeSet<String> = BTreeSet::from(["DATABASE_URL".to_owned()]);
    if let Some(contract) = &analysis.contract {
        let policies = contract.environments.policies.values();
        names.extend(policies.filter_map(|policy| policy.database.as_ref()).map(|name| name.value.clone()));
    }
    let open = analysis.survey.programs.get(&file);
    let wrong = analysis.worlds.get(&(file, World::WrongDatabase));
    for event in open.into_iter().chain(wrong).flat_map(|walk| &walk.events) {
        names.extend(urls(event));
    }
    for name in names.iter().filter(|name| *name != "CI") {
        out = out.with(name, NOWHERE);
    }
    out
}

fn urls(event: &Event) -> Vec<String> {
    let (EventKind::Effect { url, .. } | EventKind::Reads { url } | EventKind::Fingerprint { url, .. }) =
        &event.kind
    else {
        return Vec::new();
    };
    url.sources().map(|sources| sources.variables.iter().cloned().collect()).unwrap_or_default()
}

fn is_there(program: &str, root: &Path, environment: &Environment) -> bool {
    if program.contains('/') {
        return root.join(program).is_file();
    }
    let folders = environment.path("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}
