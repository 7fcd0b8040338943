//! `guard prove --run`: starts every protected script where it must stop by itself, and watches.
//!
//! A temporary copy, no `CI`, and a network namespace without a network: a script whose guard holds ends
//! with another status than 0 before it tries to connect to anything.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::check::analysis::Analysis;
use crate::check::prove::built;
use crate::check::prove::model::Started;
use crate::check::run::CheckError;
use crate::contract::model::Enforced;
use crate::io::child::{Child, ChildError, Output};
use crate::io::environment::{Environment, own_program};
use crate::io::scratch::Scratch;
use crate::io::tree::Tree;
use crate::knowledge::plants;
use crate::lang::{Kind, start};
use crate::reach::event::{Event, EventKind, World};
use crate::words::span::FileId;

/// Seconds that a script has to end; one that stops at once needs a fraction of one.
const LONGEST: u32 = 40;
/// Where nothing listens: that a variable is missing shall not be why a script ends.
const NOWHERE: &str = "postgres://guard@127.0.0.1:9/guard";
const LOG: &str = "connections";
/// How guard begins the line in which it says why it refuses.
const REFUSED: &str = "guard: ";

pub(super) fn start_all(
    analysis: &Analysis,
    tree: &Tree,
    environment: &Environment,
) -> Result<Vec<Started>, CheckError> {
    able(environment)?;
    let scratch = Scratch::copy(tree, environment)
        .map_err(|error| CheckError::Tree(format!("no temporary copy can be made: {error}")))?;
    let facts = analysis.facts();
    let inline: BTreeSet<FileId> = facts.inline_scripts().into_iter().map(|(file, _)| file).collect();
    let mut out = Vec::new();
    for (file, indices) in facts.scope.scripts.iter().filter(|(file, _)| facts.acts(**file)) {
        let starter = Starter { analysis, file: *file, scratch: &scratch, environment };
        if inline.contains(file) {
            out.push(starter.started(None));
        }
        // What a wrapper guards is started by its wrapper, for every environment that it is declared for.
        let entries = indices.iter().filter_map(|at| facts.contract.and_then(|c| c.scripts.get(*at)));
        let wrapped = entries.filter(|script| script.enforced == Enforced::Wrapper);
        let environments = wrapped.flat_map(|script| &script.environments);
        let protected = environments.filter(|name| facts.contract.is_some_and(|c| c.is_protected(name)));
        out.extend(protected.map(|name| starter.started(Some(name))));
    }
    Ok(out)
}

struct Starter<'a> {
    analysis: &'a Analysis,
    file: FileId,
    scratch: &'a Scratch,
    environment: &'a Environment,
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

impl Starter<'_> {
    /// Starts it by itself, or wrapped for an environment.
    fn started(&self, wrapped: Option<&str>) -> Started {
        let script = self.analysis.sources().file(self.file).path.clone();
        let not = Started { script, command: String::new(), stopped: false, exit: None, note: String::new() };
        let words = match wrapped {
            Some(environment) => self.wrapped(environment),
            None => self.words(),
        };
        let words = match words {
            Ok(words) => words,
            Err(why) => return Started { note: format!("not started: {why}"), ..not },
        };
        let command = self.shown(&words);
        let limit = LONGEST.to_string();
        self.scratch.forget(LOG);
        let log = self.scratch.beside(LOG).to_string_lossy().into_owned();
        let around =
            ["-rn", "timeout", "-k", "2", &limit, "strace", "-f", "-qq", "-e", "trace=connect", "-o", &log];
        let variables = variables(self.analysis, self.file, self.scratch, self.environment);
        let child = Child::new("unshare", variables)
            .arguments(around)
            .arguments(&words)
            .directory(&self.scratch.root())
            .at_most(4 << 20, Duration::from_secs(u64::from(LONGEST) + 10));
        let output = match child.run() {
            Ok(output) => output,
            Err(ChildError::TooMuch { .. }) => {
                let note = "it says more than anybody reads, and does not end".to_owned();
                return Started { command, note, ..not };
            }
            Err(error) => return Started { command, note: error.to_string(), ..not },
        };
        let (stopped, note) = judge(&output, &self.scratch.said(LOG));
        Started { command, stopped, exit: output.code, note, ..not }
    }

    /// The words that start the script by itself; else why nothing can.
    fn words(&self) -> Result<Vec<String>, String> {
        let analysis = self.analysis;
        let source = analysis.sources().file(self.file);
        if source.kind == Kind::Rust {
            let target = analysis.ground.resolver.crates.target(&source.path);
            let none = "cargo makes no program of it: it is no binary and no example of a package here";
            let target = target.ok_or_else(|| none.to_owned())?;
            return built::rust(&target, &analysis.prefix, self.scratch, self.environment);
        }
        let root = self.scratch.root();
        let there = |program: &str| is_there(program, &root, self.environment);
        let text = source.text.as_deref().unwrap_or_default();
        start::command(source.kind, &format!("{}{}", analysis.prefix, source.path), text, &there)
    }

    /// The words that start it through guard.
    fn wrapped(&self, environment: &str) -> Result<Vec<String>, String> {
        let guard = own_program().map_err(|error| format!("where guard itself lies is not told: {error}"))?;
        let path = format!("{}{}", self.analysis.prefix, self.analysis.sources().path(self.file));
        let own = guard.to_string_lossy().into_owned();
        Ok([own.as_str(), "migrate", "--env", environment, "--", &path].map(str::to_owned).to_vec())
    }

    /// As a person would write it: not with folders that are gone afterwards.
    fn shown(&self, words: &[String]) -> String {
        let beside = self.scratch.beside("");
        let beside = beside.to_string_lossy();
        let guard = own_program().unwrap_or_default();
        let short = words.iter().map(|word| {
            let own = !word.is_empty() && guard.as_os_str() == word.as_str();
            if own { "guard" } else { word.strip_prefix(&*beside).unwrap_or(word) }
        });
        short.collect::<Vec<_>>().join(" ")
    }
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
        Some(_) if said(output, REFUSED) => (true, refusal(output)),
        Some(_) if complaint.is_empty() => (true, "it ended before it tried to connect".to_owned()),
        Some(_) => (true, complaint),
    }
}

/// The line in which guard says why it refuses.
fn refusal(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().find(|line| line.starts_with(REFUSED)).unwrap_or_default().trim().to_owned()
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
