//! How a program of a language is started by its path.

use crate::lang::Kind;
use crate::lang::foreign::Language;

/// The words that start it, with the first interpreter that is `there`; else what is not there.
pub fn command(
    kind: Kind,
    path: &str,
    text: &str,
    there: &dyn Fn(&str) -> bool,
) -> Result<Vec<String>, String> {
    let ways = ways(kind, path, text);
    let Some(way) = ways.iter().find(|way| way.first().is_some_and(|program| there(program))) else {
        let mut names: Vec<&str> = Vec::new();
        for name in ways.iter().filter_map(|way| way.first()?.rsplit('/').next()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        return Err(match names.as_slice() {
            [] => unknown(kind).to_owned(),
            [one] => format!("{one} is not installed here, and nothing else starts it"),
            _ => format!("none of {} is installed here, and nothing else starts it", names.join(", ")),
        });
    };
    Ok(way.iter().map(|word| (*word).to_owned()).chain([path.to_owned()]).collect())
}

/// Programs with the words before the path, the best first.
fn ways(kind: Kind, path: &str, text: &str) -> Vec<Vec<&'static str>> {
    match kind {
        Kind::JavaScript if [".ts", ".tsx", ".mts", ".cts"].iter().any(|end| path.ends_with(end)) => vec![
            vec!["node_modules/.bin/tsx"],
            vec!["tsx"],
            vec!["bun"],
            vec!["node_modules/.bin/ts-node"],
            vec!["ts-node"],
            vec!["deno", "run", "-A"],
            vec!["node", "--experimental-strip-types"],
        ],
        Kind::JavaScript => vec![vec!["node"], vec!["bun"]],
        Kind::Python => {
            vec![vec![".venv/bin/python"], vec!["venv/bin/python"], vec!["python3"], vec!["python"]]
        }
        Kind::PowerShell => vec![vec!["pwsh", "-NoProfile", "-File"]],
        Kind::Shell => {
            let line = text.strip_prefix("#!").and_then(|rest| rest.lines().next()).unwrap_or_default();
            // `#!/usr/bin/env -S bash -e` and `#!/bin/bash -eu` name the shell in another word than the last.
            let named = |shell: &str| line.split(['/', ' ', '\t']).any(|word| word == shell);
            let own = ["bash", "dash", "ksh", "zsh", "sh"].into_iter().find(|shell| named(shell));
            vec![vec![own.unwrap_or("bash")]]
        }
        Kind::Foreign(Language::Ruby) => vec![vec!["ruby"]],
        Kind::Foreign(Language::Php) => vec![vec!["php"]],
        Kind::Foreign(Language::Go) => vec![vec!["go", "run"]],
        _ => Vec::new(),
    }
}

/// Why nothing starts a file of this kind.
fn unknown(kind: Kind) -> &'static str {
    match kind {
        Kind::Batch => "only Windows starts a batch file, and --run needs Linux",
        Kind::Sql => "SQL is no program and cannot stop itself: let `guard migrate` or `guard run` wrap it",
        Kind::Make | Kind::PackageJson | Kind::Platform(_) => {
            "it holds entry points and is no program: let the contract name the program that they start"
        }
        _ => "guard does not know what starts a program of its kind",
    }
}
