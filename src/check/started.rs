//! Files that something starts as a program although their names do not say in which language they are
//! written: `bash ops/x.txt`, `sh bin/tidy` without a first line that names an interpreter.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::FxHashSet;

use crate::knowledge::command::Starts;
use crate::knowledge::{meaning, stdin_language};
use crate::lang::Kind;
use crate::reach::resolve::normal;
use crate::reach::sources::SourceFile;
use crate::words::text::Text;

/// How the names of interpreters begin, and the words that make a shell execute a file.
const SIGNS: [&str; 17] = [
    "sh", "ash", "bash", "dash", "zsh", "ksh", "node", "python", "tsx", "ts-node", "bun", "deno", "pwsh",
    "ruby", "php", "source", ". ",
];
/// No command that a person wrote is longer up to its program.
const LONGEST: usize = 400;

/// The places of such files in the list, and what each is started as.
pub(super) fn as_programs(files: &[SourceFile]) -> BTreeMap<usize, Kind> {
    static SEARCHER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let mut out = BTreeMap::new();
    let Some(signs) = SEARCHER.get_or_init(searcher) else { return out };
    let unknown = files.iter().filter(|file| says_nothing(file.kind));
    let names: FxHashSet<&str> = unknown.map(|file| last_part(&file.path)).collect();
    for file in files.iter().filter(|file| starts_others(file)) {
        let text = file.text.as_deref().unwrap_or_default();
        // In a program of another language these words mean something else.
        let shell = !matches!(file.kind, Kind::JavaScript | Kind::Python | Kind::Rust | Kind::Foreign(_));
        for found in signs.find_iter(text) {
            let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            let before = text.get(..found.start()).unwrap_or_default();
            let includes = matches!(text.get(found.range()), Some(". " | "source"));
            // These are words of other things, too, unless a command starts with them.
            if before.ends_with(inside) || includes && !(shell && starts_command(before)) {
                continue;
            }
            let Some(words) = command_at(text, found.start()) else { continue };
            // Most commands name no such file at all.
            if !words.iter().any(|word| names.contains(last_part(word))) {
                continue;
            }
            let Some((path, kind)) = started(&words) else { continue };
            let Some(at) = unnamed(path, files, file.folder()) else { continue };
            // A table of data may stand beside the name of a language.
            if shell || files.get(at).is_some_and(|file| file.kind != Kind::Config) {
                out.entry(at).or_insert(kind);
            }
        }
    }
    out
}

fn searcher() -> Option<AhoCorasick> {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(SIGNS).ok()
}

/// What is written to start programs, and programs that name a database.
fn starts_others(file: &SourceFile) -> bool {
    match file.kind {
        Kind::Other | Kind::Document | Kind::Config | Kind::Sql | Kind::DotEnv | Kind::PrismaSchema => false,
        Kind::JavaScript | Kind::Python | Kind::Rust | Kind::Foreign(_) => file.triggered,
        _ => true,
    }
}

/// What stands before ends a command, or opens one.
fn starts_command(before: &str) -> bool {
    let bare = before.trim_end_matches([' ', '\t']);
    bare.is_empty() || bare.ends_with(['\n', ';', '&', '|', '(', '{', '"', '\'', '`', ':'])
}

/// The words from an offset to the end of the command; a line that goes on in the next one is one.
fn command_at(text: &str, from: usize) -> Option<Vec<&str>> {
    let apart = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | '[' | ']' | '(' | ')' | '{' | '}' | '\\')
    };
    let rest = text.get(from..)?;
    let goes_on = |at: usize| rest.get(..at).is_some_and(|before| before.ends_with('\\'));
    let ends = |(at, c): &(usize, char)| {
        matches!(c, '&' | '|' | ';') || *c == '\n' && !goes_on(*at) || *at > LONGEST
    };
    let end = rest.char_indices().find(ends).map_or(rest.len(), |(at, _)| at);
    Some(rest.get(..end)?.split(apart).filter(|word| !word.is_empty()).collect())
}

/// The file that a command starts, and the language in which its program is read.
fn started<'t>(words: &[&'t str]) -> Option<(&'t str, Kind)> {
    let name = *words.first()?;
    match name {
        "source" | "." => Some((*words.get(1)?, Kind::Shell)),
        _ => Some((program(words)?, language(name)?)),
    }
}

/// What a program of this name reads, as the first line of a file would say it.
fn language(interpreter: &str) -> Option<Kind> {
    stdin_language(&[Text::known(interpreter)])?;
    let kind = Kind::of("program", format!("#!{interpreter}\n").as_bytes());
    (kind != Kind::Other).then_some(kind)
}

/// The word that the interpreter takes as its program.
fn program<'w>(words: &[&'w str]) -> Option<&'w str> {
    let known: Vec<Text> = words.iter().map(|word| Text::known(*word)).collect();
    meaning(&known).starts.iter().find_map(|start| match start {
        Starts::File { word } => words.get(*word).copied(),
        _ => None,
    })
}

/// The file at a path, from the root or from the folder of who names it, if its own name does not say what it is.
fn unnamed(path: &str, files: &[SourceFile], folder: &str) -> Option<usize> {
    let known = path.rsplit_once('}').map_or(path, |(_, rest)| rest).trim_start_matches('/');
    let tries = [normal(known), normal(&format!("{folder}/{known}"))];
    let at = tries
        .iter()
        .flatten()
        .find_map(|path| files.binary_search_by(|file| file.path.as_str().cmp(path)).ok())?;
    says_nothing(files.get(at)?.kind).then_some(at)
}

/// Files of this kind are no programs by their names.
fn says_nothing(kind: Kind) -> bool {
    matches!(kind, Kind::Other | Kind::Document | Kind::Config)
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
