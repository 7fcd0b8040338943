//! Task runners: `turbo run`, `nx`, `npm-run-all`, `make`, `docker compose up`.

use super::command::{Meaning, Starts};
use super::data::list;
use super::line::{is_hole, lead, owned, scan, text_from, whole};
use super::step::Step;
use crate::words::text::Text;

/// `turbo run a b --filter=p`, `nx run p:a`, `nx a p`, `nx run-many -t a`, `lerna run a`.
pub(super) fn tasks(words: &[Text], at: usize) -> Step {
    let scan = scan(words, at + 1, list("tasks"), None);
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
        ("nx" | "lerna", "" | "graph" | "list" | "show" | "reset" | "migrate" | "g" | "generate")
        | ("turbo", "prune" | "login" | "link" | "daemon" | "gen" | "generate" | "ls") => {}
        ("nx", "exec") => return scan.separator.map_or_else(Step::inert, |index| Step::Again(index + 1)),
        ("nx", name) => {
            let project = plain.get(1).map_or(package, |&word| text_from(words, word, 0));
            push(Text::known(name), project);
        }
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

pub(super) fn run_all(words: &[Text], at: usize) -> Step {
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

pub(super) fn targets(words: &[Text], at: usize, name: &str) -> Step {
    let scan = scan(words, at + 1, list("make"), None);
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
    let keeps_going =
        name != "just" && ["-i", "--ignore-errors", "-k", "--keep-going"].iter().any(|flag| scan.has(flag));
    Step::done(Meaning {
        starts: vec![Starts::Targets { names, directory }],
        keeps_going,
        ..Meaning::default()
    })
}

/// `mise run a ::: b`, `mise a`, `mise exec -- command`; its other commands are about tools.
pub(super) fn mise(words: &[Text], at: usize) -> Step {
    let own = list("mise");
    let front = scan(words, at + 1, own, Some(0));
    let Some(&command) = front.positionals.first() else { return Step::inert() };
    let said = whole(words, command);
    let behind = scan(words, command + 1, own, Some(0));
    let name = match said {
        Some("run" | "r" | "watch" | "w") => behind.positionals.first().copied(),
        Some("tasks" | "task" | "t") => behind
            .positionals
            .first()
            .filter(|&&word| matches!(whole(words, word), Some("run" | "r")))
            .and_then(|&word| scan(words, word + 1, own, Some(0)).positionals.first().copied()),
        Some("exec" | "x") => {
            // In front of the separator stand tools with their versions.
            let behind = scan(words, command + 1, own, None);
            return match (behind.values(&owned(&["-c", "--command"])).next(), behind.separator) {
                (Some((word, 0)), _) => {
                    let starts = vec![Starts::Shell { word, remote: false }];
                    Step::done(Meaning { starts, ..Meaning::default() })
                }
                (Some(_), _) => Step::unresolved("the command is inside of an option of mise"),
                (None, Some(separator)) => Step::Again(separator + 1),
                (None, None) => Step::inert(),
            };
        }
        Some(word) if list("mise-commands").iter().any(|known| known == word) => None,
        _ => Some(command),
    };
    let Some(name) = name else { return Step::inert() };
    if [&front, &behind]
        .iter()
        .any(|scan| ["--help", "-h", "--dry-run", "-n"].iter().any(|flag| scan.has(flag)))
    {
        return Step::inert();
    }
    let directories = owned(&["-C", "--cd"]);
    let directory = [&front, &behind].iter().find_map(|scan| scan.values(&directories).next());
    let directory = directory.map(|(word, offset)| text_from(words, word, offset));
    let directory = directory.filter(|folder| folder.as_known() != Some("."));
    // What follows a name is its arguments, up to the next name.
    let next = (name..words.len().saturating_sub(1)).filter(|&word| whole(words, word) == Some(":::"));
    let names = std::iter::once(name).chain(next.map(|word| word + 1)).map(|word| text_from(words, word, 0));
    let starts = vec![Starts::Targets { names: names.collect(), directory }];
    Step::done(Meaning { starts, ..Meaning::default() })
}

/// `docker compose up|start|run` without a command of its own: services start with their command.
pub(super) fn compose(words: &[Text], at: usize) -> Step {
    let own = list("compose");
    let front = scan(words, at + 1, own, Some(0));
    let Some(&command) = front.positionals.first() else { return Step::inert() };
    let rest = scan(words, command + 1, own, None);
    let names: Vec<Text> = rest.positionals.iter().map(|&word| text_from(words, word, 0)).collect();
    match whole(words, command) {
        Some("up" | "start" | "restart" | "watch") => {
            Step::done(Meaning { starts: vec![Starts::ComposeServices { names }], ..Meaning::default() })
        }
        Some("run") => {
            // Up to the service options are compose's own, behind it they are the command's.
            let short = scan(words, command + 1, own, Some(1));
            let name: Vec<Text> = names.into_iter().take(1).collect();
            let mut starts = vec![Starts::ComposeServices { names: name }];
            let env = short.values(&owned(&["-e", "--env"])).filter(|v| v.1 == 0).map(|v| v.0).collect();
            match short.positionals.get(1) {
                Some(&from) => {
                    let held = text_from(words, short.positionals.first().copied().unwrap_or(from), 0);
                    starts = vec![
                        Starts::Words { from, env, remote: true },
                        Starts::InService { name: held, from },
                    ];
                }
                None if short.has("--entrypoint") => starts.clear(),
                None => {}
            }
            Step::done(Meaning { starts, ..Meaning::default() })
        }
        Some("exec") => {
            let short = scan(words, command + 1, own, Some(1));
            let env = short.values(&owned(&["-e", "--env"])).filter(|v| v.1 == 0).map(|v| v.0).collect();
            let from = short.positionals.get(1);
            let starts = from.map(|&from| Starts::Words { from, env, remote: true }).into_iter().collect();
            Step::done(Meaning { starts, ..Meaning::default() })
        }
        None => Step::done(Meaning::default()),
        _ => Step::inert(),
    }
}
