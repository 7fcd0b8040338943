//! A known tool's words matched against its data: what the command does.

use super::command::{Meaning, SqlFrom, Starts};
use super::data::{Tool, ToolCommand, commands};
use super::line::{Scan, basename, is_hole, lead, scan, whole};
use super::script;
use crate::words::effect::{Effect, Table};
use crate::words::text::Text;

/// How well a pattern fits.
#[derive(PartialEq)]
enum Fit {
    /// With the index among the positionals that follows the match, and the last matched word.
    Yes {
        next: usize,
        last: usize,
    },
    /// It would, if a hole were the right word.
    Perhaps,
    No,
}

/// What `tool` does with the words after `at`, at which it stands itself under `name`.
pub(super) fn meaning(words: &[Text], at: usize, tool: &Tool, name: &str) -> Meaning {
    let scan = scan(words, at + 1, &tool.values, None);
    let mut canonical = vec![Text::known(name)];
    canonical.extend(words.iter().skip(at + 1).cloned());
    let mut out = Meaning {
        canonical: Some(canonical),
        url_variable: tool.url_variable.clone(),
        url_word: url_word(words, tool, &scan),
        ..Meaning::default()
    };
    if tool.quiet.iter().any(|flag| scan.has(flag)) {
        out.inert = true;
        return out;
    }
    let readings = readings(words, &scan);
    out.destructive_elsewhere = readings.iter().find_map(|positionals| {
        let destroys = |command: &&ToolCommand| {
            command.destructive && !command.unless.iter().any(|name| blamed(words, &scan, name).is_some())
        };
        tool.command.iter().filter(destroys).find_map(|command| {
            match fit(words, &command.pattern, positionals) {
                Fit::Yes { next, last } => Some(if next > 0 { last } else { at }),
                _ => None,
            }
        })
    });
    for positionals in &readings {
        if let Some((command, next, last)) = best(words, tool, &scan, positionals) {
            apply(words, tool, command, &scan, positionals, (next, last), at, &mut out);
            let more = if tool.many { positionals.get(next.max(1)..) } else { None };
            for start in 0..more.map_or(0, <[usize]>::len) {
                let rest = more.and_then(|more| more.get(start..)).unwrap_or(&[]);
                if let Some((command, next, last)) = best(words, tool, &scan, rest) {
                    apply(words, tool, command, &scan, rest, (next, last), at, &mut out);
                }
            }
            return out;
        }
    }
    let own = scan.positionals.first().and_then(|&word| whole(words, word)).zip(tool.own.as_deref());
    if let Some((word, place)) = own.filter(|(word, _)| word.chars().all(is_of_name)) {
        out.starts.push(Starts::Own { path: place.replace("{}", word) });
    }
    // Nothing fits as written; a hole where the subcommand belongs could make it fit.
    let perhaps = readings.iter().any(|positionals| {
        tool.command.iter().any(|command| {
            command.mutates()
                && applies(command, words, &scan)
                && fit(words, &command.pattern, positionals) == Fit::Perhaps
        })
    });
    if perhaps {
        out.unresolved =
            Some(format!("which command of {name} this is, only the run knows; some change the database"));
    }
    out
}

/// The positionals as scanned; without holes (they may be options); and without the word after an
/// option that the data does not know, which may be its value.
fn readings(words: &[Text], scan: &Scan) -> Vec<Vec<usize>> {
    let all = scan.positionals.clone();
    let mut out = vec![all.clone()];
    let solid: Vec<usize> = all.iter().copied().filter(|&at| !is_hole(words, at)).collect();
    if solid != all {
        out.push(solid);
    }
    let apart: Vec<usize> = all
        .iter()
        .copied()
        .filter(|&at| {
            !scan.options.iter().any(|opt| !opt.declared && opt.value.is_none() && opt.word + 1 == at)
        })
        .collect();
    if apart != all {
        out.push(apart);
    }
    out
}

fn is_of_name(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-')
}

fn best<'t>(
    words: &[Text],
    tool: &'t Tool,
    scan: &Scan,
    positionals: &[usize],
) -> Option<(&'t ToolCommand, usize, Option<usize>)> {
    let mut best: Option<(&ToolCommand, usize, Option<usize>)> = None;
    for command in &tool.command {
        if let Fit::Yes { next, last } = fit(words, &command.pattern, positionals)
            && applies(command, words, scan)
            && best.is_none_or(|(_, longest, _)| next > longest)
        {
            best = Some((command, next, (next > 0).then_some(last)));
        }
    }
    // `psql $X` matches the empty pattern of psql, but `prisma $X` must not match one.
    best.filter(|&(_, next, _)| {
        next > 0
            || !positionals.first().is_some_and(|&at| is_hole(words, at))
            || tool.command.iter().all(|command| command.pattern.is_empty())
    })
}

fn applies(command: &ToolCommand, words: &[Text], scan: &Scan) -> bool {
    let there = |name: &String| blamed(words, scan, name).is_some();
    (command.when.is_empty() || command.when.iter().any(there)) && !command.unless.iter().any(there)
}

fn fit(words: &[Text], pattern: &str, positionals: &[usize]) -> Fit {
    let mut next = 0;
    let mut last = 0;
    let mut perhaps = false;
    for part in pattern.split_whitespace() {
        let Some(&at) = positionals.get(next) else { return if perhaps { Fit::Perhaps } else { Fit::No } };
        if part == "*" {
            next += 1;
            continue;
        }
        // An unquoted variable may be several words, so that nothing behind it says otherwise.
        if is_hole(words, at) {
            return Fit::Perhaps;
        }
        if let Some(word) = whole(words, at) {
            if !part.split('|').any(|choice| matches_word(choice, word)) {
                return Fit::No;
            }
        } else if part.split('|').any(|choice| {
            let known = lead(words, at);
            choice.trim_end_matches('*').starts_with(known) || matches_word(choice, known)
        }) {
            perhaps = true;
        } else {
            return Fit::No;
        }
        last = at;
        next += 1;
    }
    if perhaps { Fit::Perhaps } else { Fit::Yes { next, last } }
}

fn matches_word(pattern: &str, word: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => word.starts_with(start),
        None => pattern == word,
    }
}

/// The word that is the option (`--force`), the option with that value (`-cleanDisabled=false`,
/// `--clean-disabled false`), or the plain word (`reset`).
fn blamed(words: &[Text], scan: &Scan, name: &str) -> Option<usize> {
    if !name.starts_with('-') {
        return scan.positionals.iter().copied().find(|&at| whole(words, at) == Some(name));
    }
    let (name, wanted) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
    scan.options.iter().find_map(|opt| {
        if opt.name != name {
            return None;
        }
        let value = opt.value.and_then(|(word, offset)| whole(words, word).and_then(|w| w.get(offset..)));
        let holds = match wanted {
            Some(wanted) => value == Some(wanted),
            None => value != Some("false"),
        };
        holds.then_some(opt.word)
    })
}

fn url_word(words: &[Text], tool: &Tool, scan: &Scan) -> Option<usize> {
    let host = || scan.values(&tool.host_options).next().map(|(word, _)| word);
    // `-d name` alone says no place.
    let says = |word: usize| {
        whole(words, word).is_none() || is_place(lead(words, word)) || tool.host_options.is_empty()
    };
    let said = scan.values(&tool.url_options).next().map(|(word, _)| word).filter(|word| says(*word));
    if said.is_some() || !tool.url_word {
        return said.or_else(host);
    }
    let looks = |at: &usize| is_place(lead(words, *at));
    let positional = scan.positionals.iter().copied().find(looks).or_else(|| {
        // `psql "$DATABASE_URL"`: the first word that is no option is the database.
        let first = scan.positionals.first().copied().filter(|&at| is_hole(words, at));
        first.filter(|_| tool.command.iter().all(|command| command.pattern.is_empty()))
    });
    // With a machine of its own, a word is no more than the name of a database there.
    let positional = positional.filter(|&at| is_place(lead(words, at)) || host().is_none());
    positional.or_else(host)
}

/// `postgres://…`, `host=… dbname=…`, `service=…`.
fn is_place(word: &str) -> bool {
    word.contains("://") || ["host=", "hostaddr=", "service="].iter().any(|key| word.contains(key))
}

#[expect(clippy::too_many_arguments, reason = "one call site; a struct would only rename the arguments")]
fn apply(
    words: &[Text],
    tool: &Tool,
    command: &ToolCommand,
    scan: &Scan,
    positionals: &[usize],
    (next, last): (usize, Option<usize>),
    at: usize,
    out: &mut Meaning,
) {
    if script::only_reads(words, command, scan) {
        out.inert = true;
        return;
    }
    out.mutates.extend(command.effects.iter().map(|&operation| Effect::on(operation, Table::None)));
    let flagged = command.destructive_with.iter().find_map(|name| blamed(words, scan, name));
    let own = command.destructive.then(|| last.unwrap_or(at));
    out.destructive = out.destructive.or(own).or(flagged);
    for (word, offset) in scan.values(&command.sql_text) {
        out.sql.push(SqlFrom::Word { word, offset });
    }
    for (word, offset) in scan.values(&command.sql_file) {
        let path = words.get(word).map(Text::prefix).and_then(|text| text.get(offset..));
        out.sql.push(match path {
            Some("-" | "/dev/stdin") => SqlFrom::Stdin,
            _ => SqlFrom::File { word, offset },
        });
    }
    // The URL is no SQL, although it may stand where SQL could.
    let after: Vec<usize> =
        positionals.iter().skip(next).copied().filter(|&word| Some(word) != out.url_word).collect();
    if let Some(&word) = command.sql_word.and_then(|number| after.get(number)) {
        out.sql.push(SqlFrom::Word { word, offset: 0 });
    }
    if let Some(&word) = command.sql_file_word.and_then(|number| after.get(number)) {
        out.sql.push(SqlFrom::File { word, offset: 0 });
    }
    if command.stdin && out.sql.is_empty() {
        out.sql.push(SqlFrom::Stdin);
    }
    for (word, offset) in scan.values(&command.shell) {
        // Text for a shell can only be pointed at when it is a word of its own.
        if offset == 0 {
            out.starts.push(Starts::Shell { word, remote: false });
        } else {
            out.unresolved.get_or_insert_with(|| "the command is inside of an option".to_owned());
        }
    }
    if let Some(reason) = &command.unresolved {
        out.unresolved = Some(reason.clone());
    }
    let nothing = out.mutates.is_empty() && out.sql.is_empty() && out.starts.is_empty();
    out.inert = nothing && out.unresolved.is_none() && !command.mutates() && tool.command.len() > 1;
}

/// A word among these names a tool that changes databases, or is a command of one: for a line
/// whose program is not known.
pub(super) fn suspect(words: &[Text], from: usize) -> Option<String> {
    words.iter().enumerate().skip(from).find_map(|(at, word)| {
        let name = basename(word)?;
        let tool = commands().tool(name)?;
        let meaning = meaning(words, at, tool, name);
        // The bare name of a client (`--database mysql`) says nothing yet.
        let sql = meaning.sql.iter().any(|sql| *sql != SqlFrom::Stdin);
        let mutates = !meaning.mutates.is_empty() || sql || meaning.unresolved.is_some();
        mutates.then(|| name.to_owned())
    })
}

/// An option with which some client is given SQL as text (`-c`, `--execute`).
#[must_use]
pub fn takes_sql(option: &str) -> bool {
    option.starts_with('-')
        && commands().tools().flat_map(|tool| &tool.command).any(|c| c.sql_text.iter().any(|o| o == option))
}

/// The words after a program that is a hole are a command of some tool that changes databases.
pub(super) fn suspect_arguments(words: &[Text], from: usize) -> Option<String> {
    commands().tools().find_map(|tool| {
        let scan = scan(words, from, &tool.values, None);
        let (command, next, _) = best(words, tool, &scan, &scan.positionals)?;
        // One short word (`up`, `run`) is a command of everything.
        let telling = next > 1 || command.pattern.contains(':');
        (telling && !command.effects.is_empty()).then(|| tool.names.first().cloned()).flatten()
    })
}
