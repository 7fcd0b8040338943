//! What is rolled out: the commit, whatever differs from it, and the tools with which it runs.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::surroundings::inherited;
use crate::gate::project::Project;
use crate::io::child::Child;
use crate::io::environment::Environment;
use crate::words::digest::sha256_hex;

/// The commit, and the commit with whatever differs from it.
#[must_use]
pub fn tree(project: &Project) -> (Option<String>, String) {
    let Some(repository) = &project.repository else { return (None, String::new()) };
    let commit = repository.commit("HEAD").ok().flatten();
    let mut tree = commit.clone().unwrap_or_default();
    if repository.is_tracked_changed().unwrap_or(true) {
        let mut all: Vec<u8> = Vec::new();
        for entry in repository.index().unwrap_or_default() {
            all.extend_from_slice(entry.oid.as_bytes());
        }
        for path in repository.touched().unwrap_or_default() {
            all.extend_from_slice(&path);
            let file = repository.root().join(String::from_utf8_lossy(&path).as_ref());
            all.extend(std::fs::read(file).unwrap_or_default());
        }
        tree = format!("{tree}+{}", sha256_hex(&all));
    }
    (commit, tree)
}

/// Interpreters that say which version they are; nothing else is started to be asked.
const TELLING: [&str; 9] = ["node", "python3", "python", "ruby", "php", "deno", "bun", "cloudflared", "bore"];

/// Asked for beside the rollout, which does not wait for it.
#[must_use]
pub fn versions(project: &Project, variables: &Environment) -> Receiver<BTreeMap<String, String>> {
    let (sender, receiver) = mpsc::channel();
    let commands = project.config.services.iter().map(|service| &service.command);
    let commands = commands.chain(project.config.tunnel.iter().map(|tunnel| &tunnel.command));
    let mut tools: Vec<String> =
        commands.filter_map(|words| words.first()).map(|word| word.value.clone()).collect();
    tools.retain(|tool| TELLING.contains(&tool.as_str()));
    tools.sort();
    tools.dedup();
    let given = inherited(variables);
    thread::spawn(move || {
        let ask = |tool: &String| {
            let child = Child::new(tool, given.clone()).arguments(["--version"]);
            let output = child.at_most(10_000, Duration::from_secs(2)).run().ok()?;
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            Some((tool.clone(), text.lines().next()?.trim().chars().take(80).collect()))
        };
        // Nobody listens when the run was over first.
        let _ = sender.send(tools.iter().filter_map(ask).collect());
    });
    receiver
}
