//! Programs that start the command in their arguments: `sudo`, `env`, `timeout`, `docker exec` …

use super::command::{Meaning, SqlFrom, Starts};
use super::data::{Wrapper, commands};
use super::image;
use super::launcher;
use super::line::{Scan, basename, is_assignment, lead, scan, whole};
use super::step::Step;
use super::tool;
use crate::words::text::Text;

pub(super) fn step(words: &[Text], at: usize, name: &str) -> Step {
    let rows = commands().wrappers(name);
    for wrapper in rows {
        if let Some(meaning) = read(words, at, wrapper) {
            return Step::done(meaning);
        }
    }
    Step::NotMine
}

fn read(words: &[Text], at: usize, wrapper: &Wrapper) -> Option<Meaning> {
    let parts: Vec<&str> = wrapper.subcommand.split_whitespace().collect();
    let own = parts.len() + wrapper.skip;
    let limit = if wrapper.until_separator || wrapper.texts { None } else { Some(own) };
    let mut values = wrapper.values.clone();
    values.extend(wrapper.shell.iter().chain(&wrapper.env_files).chain(&wrapper.setting_options).cloned());
    let scan = scan(words, at + 1, &values, limit);
    let fits = parts.iter().enumerate().all(|(number, part)| {
        let word = scan.positionals.get(number).and_then(|&index| whole(words, index));
        word.is_some_and(|word| part.split('|').any(|choice| choice == word))
    });
    if !fits {
        return None;
    }
    if wrapper.quiet.iter().any(|flag| scan.has(flag)) {
        return Some(Meaning { inert: true, ..Meaning::default() });
    }
    let mut out = Meaning::default();
    for (word, offset) in scan.values(&wrapper.env_files) {
        out.starts.push(Starts::EnvFile { word, offset });
    }
    for (word, offset) in scan.values(&wrapper.shell) {
        if offset == 0 {
            out.starts.push(Starts::Shell { word, remote: wrapper.remote });
        } else {
            // `--command="text"`: a start can only point at a whole word.
            out.unresolved = inside_option(words, word);
        }
    }
    let mut env: Vec<usize> = scan
        .values(&wrapper.setting_options)
        .filter(|&(_, offset)| offset == 0)
        .map(|(word, _)| word)
        .collect();
    if wrapper.texts {
        texts(words, &scan, parts.len(), &mut out);
        return Some(out);
    }
    if wrapper.image
        && !scan.has("--entrypoint")
        && let Some(&image) = scan.positionals.get(own - 1)
        && let Some((name, tool)) = whole(words, image).and_then(image::tool)
    {
        let mut inner = tool::meaning(words, image, tool, name);
        inner.starts.extend(out.starts);
        return Some(inner);
    }
    let Some(mut from) = begin(words, at, wrapper, &scan, own) else { return Some(out) };
    // The last word of what is a text for a shell is that text, also where it begins with a setting.
    let is_text =
        |at: usize| wrapper.text && at + 1 == words.len() && lead(words, at).contains(char::is_whitespace);
    while wrapper.assignments && is_assignment(lead(words, from)) && !is_text(from) {
        env.push(from);
        from += 1;
    }
    if whole(words, from) == Some("--") {
        from += 1;
    }
    if from >= words.len() {
        return Some(out);
    }
    from = reread(words, from, &scan, &mut out);
    if lead(words, from).contains("://") {
        // What an image is given to look at, not a program in it.
        return Some(out);
    }
    let single = from + 1 == words.len() && !is_plain(words, from);
    if wrapper.text && (single || lead(words, from).contains(char::is_whitespace)) {
        let shell = Starts::Shell { word: from, remote: wrapper.remote };
        out.starts.push(if env.is_empty() { shell } else { Starts::ShellWith { word: from, env } });
    } else if wrapper.joins && (from..words.len()).any(|index| lead(words, index).contains(['\'', '"', '\\']))
    {
        // What is still quoted here is quoted for the shell that comes.
        out.starts.push(Starts::Joined { from, remote: wrapper.remote });
    } else {
        out.starts.push(Starts::Words { from, env, remote: wrapper.remote });
    }
    out.keeps_going = !wrapper.drops_status_with.is_empty()
        && (from..words.len()).any(|index| whole(words, index) == Some(wrapper.drops_status_with.as_str()));
    if wrapper.appends {
        appended(words, from, &mut out);
    }
    Some(out)
}

fn begin(words: &[Text], at: usize, wrapper: &Wrapper, scan: &Scan, own: usize) -> Option<usize> {
    if !wrapper.after.is_empty() {
        let found = (at + 1..words.len())
            .find(|&index| whole(words, index).is_some_and(|w| wrapper.after.iter().any(|a| a == w)));
        return found.map(|index| index + 1);
    }
    if wrapper.until_separator {
        return scan.separator.map(|index| index + 1);
    }
    scan.positionals.get(own).copied()
}

/// An option that the data does not know may have a value: where only the word after it is a
/// program, that one is the command; where neither is, and a tool is named, nobody knows.
pub(super) fn reread(words: &[Text], from: usize, scan: &Scan, out: &mut Meaning) -> usize {
    let doubtful = scan.options.iter().any(|opt| !opt.declared && opt.value.is_none());
    if !doubtful || is_program(words, from) {
        return from;
    }
    let before = scan.options.iter().any(|opt| !opt.declared && opt.value.is_none() && opt.word + 1 == from);
    if before && is_program(words, from + 1) {
        return from + 1;
    }
    if before && let Some(tool) = tool::suspect(words, from) {
        out.unresolved =
            Some(format!("where the command begins is not clear, and {tool} is among its words"));
    }
    from
}

fn is_program(words: &[Text], at: usize) -> bool {
    let Some(name) = words.get(at).and_then(basename) else { return false };
    name == "guard"
        || commands().knows(name)
        || launcher::NAMES.contains(&name)
        || lead(words, at).starts_with("./")
        || name.rsplit_once('.').is_some_and(|(_, extension)| extension.len() <= 3)
}

/// A single word without anything that a shell would read is the command itself.
fn is_plain(words: &[Text], at: usize) -> bool {
    whole(words, at).is_some_and(|word| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./@:+".contains(c))
    })
}

fn texts(words: &[Text], scan: &Scan, skip: usize, out: &mut Meaning) {
    for &word in scan.positionals.iter().skip(skip) {
        let script = whole(words, word).and_then(|text| {
            ["npm:", "pnpm:", "yarn:", "bun:"].iter().find_map(|start| text.strip_prefix(start))
        });
        out.starts.push(match script {
            Some(name) => Starts::PackageScript { name: Text::known(name), package: None, directory: None },
            None => Starts::Shell { word, remote: false },
        });
    }
}

fn inside_option(words: &[Text], word: usize) -> Option<String> {
    let text = whole(words, word).unwrap_or("");
    let parts: Vec<Text> =
        text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_./@:".contains(c))).map(Text::known).collect();
    if whole(words, word).is_none() {
        return Some("the command is inside of an option, and parts of it only the run knows".to_owned());
    }
    tool::suspect(&parts, 0).map(|tool| format!("the command is inside of an option, and names {tool}"))
}

/// What is put behind the command may be the command of a tool, or its SQL.
fn appended(words: &[Text], from: usize, out: &mut Meaning) {
    let Some(name) = words.get(from).and_then(basename) else { return };
    let Some(known) = commands().tool(name) else { return };
    let mut longer: Vec<Text> = words.iter().skip(from).cloned().collect();
    longer.push(Text::hole("…"));
    let last = longer.len() - 1;
    let meaning = tool::meaning(&longer, 0, known, name);
    let hidden = meaning.sql.iter().any(|sql| {
        matches!(sql, SqlFrom::Word { word, .. } | SqlFrom::File { word, .. } if *word == last)
            || matches!(sql, SqlFrom::Stdin)
    });
    if hidden || meaning.unresolved.is_some() {
        out.unresolved = Some(format!("{name} gets words that only the run knows"));
    }
}
