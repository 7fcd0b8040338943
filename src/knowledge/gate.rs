//! guard's own commands in a command line, and what they prove.

use super::command::{Gate, Meaning};
use super::line::{Scan, lead, scan, text_from, whole};
use crate::words::text::Text;

const VALUES: &[&str] = &[
    "--base",
    "--format",
    "--output",
    "--env",
    "--reason",
    "--key",
    "--config",
    "--contract",
    "--color",
    "--plan-file",
    "--database",
    "--url",
    "--timeout",
    "--root",
    "-C",
];

/// Folders that belong to the machine: a program called guard in them was installed.
const INSTALLED: &[&str] = &["/usr/", "/opt/", "/home/", "/root/", "~/"];

pub(super) fn meaning(words: &[Text], at: usize, launched: bool) -> Meaning {
    let path = lead(words, at);
    let own =
        path == "guard" || path == "guard.exe" || INSTALLED.iter().any(|folder| path.starts_with(folder));
    if launched || !own || path.contains("node_modules/") {
        return gate(Gate::NotGuard);
    }
    let values: Vec<String> = VALUES.iter().map(|&name| name.to_owned()).collect();
    let scan = scan(words, at + 1, &values, None);
    if ["--help", "-h", "--version", "-V"].iter().any(|flag| before_separator(&scan, flag)) {
        return inert();
    }
    let word = |number: usize| scan.positionals.get(number).and_then(|&index| whole(words, index));
    match word(0) {
        Some("check") => {
            gate(Gate::Check { narrowed: scan.positionals.len() > 1 || before_separator(&scan, "--staged") })
        }
        Some("proof") => gate(Gate::Proof { env: environment(words, &scan) }),
        Some("fingerprint") if word(1) == Some("verify") => {
            let env = scan.positionals.get(2).and_then(|&index| words.get(index).cloned());
            gate(Gate::Fingerprint { env: env.or_else(|| environment(words, &scan)) })
        }
        Some(command @ ("migrate" | "run")) => {
            let run = command == "run";
            let from = scan.separator.map(|index| index + 1).or_else(|| scan.positionals.get(1).copied());
            match from.filter(|&from| from < words.len()) {
                Some(from) => gate(Gate::Wraps { from, env: environment(words, &scan), run }),
                None if run => inert(),
                None => gate(Gate::Own),
            }
        }
        Some("deploy") => gate(Gate::Own),
        // What guard says to itself runs a command without a question.
        Some(word) if word.starts_with("__") => Meaning {
            unresolved: Some("`guard` with a word of its own runs whatever follows, unchecked".to_owned()),
            ..Meaning::default()
        },
        _ => inert(),
    }
}

fn environment(words: &[Text], scan: &Scan) -> Option<Text> {
    let opt = scan.options.iter().find(|opt| opt.name == "--env")?;
    opt.value.map(|(word, offset)| text_from(words, word, offset))
}

/// Options behind `--` are the wrapped command's; the scan takes them for plain words.
fn before_separator(scan: &Scan, flag: &str) -> bool {
    scan.options.iter().any(|opt| opt.name == flag && opt.value.is_none())
}

fn gate(gate: Gate) -> Meaning {
    Meaning { gate: Some(gate), ..Meaning::default() }
}

fn inert() -> Meaning {
    Meaning { inert: true, ..Meaning::default() }
}
