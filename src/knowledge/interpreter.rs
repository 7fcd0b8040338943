//! Programs that run program files and texts: shells, node, python …

use super::command::{Meaning, Starts};
use super::data::{Interpreter, commands};
use super::line::{Scan, basename, lead, scan, whole};
use super::step::Step;
use crate::words::text::Text;

pub(super) fn step(words: &[Text], at: usize, name: &str) -> Step {
    let versionless = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let table = commands();
    match table.interpreter(name).or_else(|| table.interpreter(versionless)) {
        Some(interpreter) if interpreter.language == "sh" => shell(words, at, interpreter),
        Some(interpreter) => program(words, at, interpreter),
        None => Step::NotMine,
    }
}

/// Where a module stands that an interpreter is to run by its name (`python -m tools.sync`): the option, and
/// the name.
#[must_use]
pub fn named_module(words: &[Text]) -> Option<(usize, &str)> {
    let option = words.iter().position(|word| word.as_known().is_some_and(|text| text == "-m"))?;
    let table = commands();
    let held = words.iter().take(option).rev().find_map(|word| {
        let name = word.as_known()?.rsplit('/').next()?;
        let versionless = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        table.interpreter(name).or_else(|| table.interpreter(versionless))
    })?;
    let name = words.get(option + 1)?.as_known()?;
    (held.module.iter().any(|known| known == "-m")).then_some((option, name))
}

/// The language of the program that this command reads from its standard input, when it does:
/// `bash -s`, `node -`, `python <<EOF`, `ssh host <<EOF`. `sh` for shells.
#[must_use]
pub fn stdin_language(words: &[Text]) -> Option<&'static str> {
    let name = words.first().and_then(basename)?;
    if name == "ssh" {
        let starts = super::wrapper::step(words, 0, name);
        return matches!(starts, Step::Done(meaning) if meaning.starts.is_empty()).then_some("sh");
    }
    let versionless = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let table = commands();
    let interpreter = table.interpreter(name).or_else(|| table.interpreter(versionless))?;
    let mut values = interpreter.values.clone();
    if interpreter.language == "sh" {
        let scan = scan(words, 1, &values, Some(0));
        return (!scan.has("-c") && (scan.has("-s") || scan.positionals.is_empty())).then_some("sh");
    }
    let own = [&interpreter.program, &interpreter.module, &interpreter.file, &interpreter.shell];
    let more = [&interpreter.preload, &interpreter.env_files];
    values.extend(own.into_iter().chain(more).flatten().cloned());
    let scan = scan(words, 1, &values, Some(0));
    let elsewhere = scan.options.iter().any(|opt| {
        own.iter().any(|names| names.contains(&opt.name)) || interpreter.quiet.contains(&opt.name)
    });
    let bare = scan.positionals.first().is_none_or(|&word| whole(words, word) == Some("-"));
    (bare && !elsewhere).then(|| language(&interpreter.language))
}

/// `bash -lc text name args`: the text is the first plain word, wherever `-c` stands.
fn shell(words: &[Text], at: usize, interpreter: &Interpreter) -> Step {
    let scan = scan(words, at + 1, &interpreter.values, Some(0));
    if interpreter.quiet.iter().any(|flag| scan.has(flag)) {
        return Step::inert();
    }
    let Some(&word) = scan.positionals.first() else { return Step::done(Meaning::default()) };
    let start = if scan.has("-c") { Starts::Shell { word, remote: false } } else { Starts::File { word } };
    let stdin = scan.has("-s") && !scan.has("-c");
    Step::done(Meaning { starts: if stdin { Vec::new() } else { vec![start] }, ..Meaning::default() })
}

fn program(words: &[Text], at: usize, interpreter: &Interpreter) -> Step {
    let mut values = interpreter.values.clone();
    let with_value = [
        &interpreter.program,
        &interpreter.preload,
        &interpreter.env_files,
        &interpreter.module,
        &interpreter.file,
        &interpreter.shell,
        &interpreter.encoded,
    ];
    values.extend(with_value.into_iter().flatten().cloned());
    let mut scan = scan_past(words, at, &values, &interpreter.subcommands);
    if interpreter.quiet.iter().any(|flag| scan.has(flag)) {
        return Step::inert();
    }
    if let Some((word, 0)) = scan.values(&interpreter.module).next() {
        return Step::Again(word);
    }
    let mut out = Meaning::default();
    for (word, offset) in scan.values(&interpreter.env_files) {
        out.starts.push(Starts::EnvFile { word, offset });
    }
    // `--require=x` has no word of its own; whoever reads the file takes the part behind the sign.
    out.starts.extend(scan.values(&interpreter.preload).map(|(word, _)| Starts::Preload { word }));
    let mut found = false;
    for (word, offset) in scan.values(&interpreter.program) {
        found = true;
        if offset == 0 {
            out.starts.push(Starts::Program { word, language: language(&interpreter.language) });
        } else {
            out.unresolved = Some("a program text is inside of an option".to_owned());
        }
    }
    for (word, offset) in scan.values(&interpreter.shell) {
        found = true;
        if offset == 0 {
            out.starts.push(Starts::Shell { word, remote: false });
        }
    }
    if scan.values(&interpreter.encoded).next().is_some() {
        found = true;
        out.unresolved = Some("a program text is encoded, so that nobody can read what it does".to_owned());
    }
    let given =
        scan.values(&interpreter.file).next().filter(|&(_, offset)| offset == 0).map(|(word, _)| word);
    let file = given.or_else(|| scan.positionals.pop().filter(|_| !found));
    if let Some(word) = file {
        if whole(words, word).is_some_and(|text| interpreter.inert.iter().any(|known| known == text)) {
            return Step::inert();
        }
        if is_tool_file(lead(words, word)) {
            return Step::Again(word);
        }
        out.starts.push(Starts::File { word });
    }
    Step::done(out)
}

/// Everything up to the first word that is no subcommand; that word is the last positional.
fn scan_past(words: &[Text], at: usize, values: &[String], subcommands: &[String]) -> Scan {
    let mut limit = 0;
    loop {
        let mut scan = scan(words, at + 1, values, Some(limit));
        let last = scan.positionals.last().copied();
        let skipped =
            last.and_then(|index| whole(words, index)).is_some_and(|w| subcommands.iter().any(|s| s == w));
        if skipped && scan.positionals.len() == limit + 1 && limit < subcommands.len() {
            limit += 1;
            continue;
        }
        // Fewer words than subcommands: there is no file.
        if scan.positionals.len() <= limit {
            scan.positionals.clear();
        }
        return scan;
    }
}

/// A file that is a known tool: `manage.py`, `artisan`, `bin/rails`, a package's own program.
fn is_tool_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let installed = ["node_modules/", "vendor/bin/", "bin/"].iter().any(|folder| path.contains(folder));
    if installed && path.contains("node_modules/") {
        return !path.ends_with('/');
    }
    commands().tool(name).is_some() && (installed || name.contains('.') || name == "artisan")
}

fn language(name: &str) -> &'static str {
    match name {
        "python" => "python",
        "ruby" => "ruby",
        "php" => "php",
        "powershell" => "powershell",
        "perl" => "perl",
        _ => "js",
    }
}

/// The files that options of an interpreter's variable (`NODE_OPTIONS`) load before every program.
#[must_use]
pub fn preloaded(options: &str) -> Vec<String> {
    let Some(node) = commands().interpreter("node") else { return Vec::new() };
    let words: Vec<Text> = options.split_whitespace().map(Text::known).collect();
    let mut values = node.values.clone();
    values.extend(node.preload.iter().cloned());
    let scan = scan(&words, 0, &values, None);
    let found = scan.values(&node.preload);
    found.map(|(word, offset)| lead(&words, word).get(offset..).unwrap_or("").to_owned()).collect()
}
