//! One file (or folder) a language: text to flow. Knows no rule, looks into no other file.

pub mod batch;
pub mod ci;
pub mod compose;
pub mod diesel;
pub mod docker;
pub mod dotenv;
pub mod embedded;
pub mod foreign;
mod gathered;
pub mod guard_toml;
pub mod hooks;
pub mod js;
pub(crate) mod json;
pub mod kind;
pub mod make;
pub mod origins;
pub mod package_json;
pub mod plants;
pub mod platform;
pub mod platforms;
pub mod powershell;
pub mod prisma;
#[cfg(test)]
mod probe;
pub mod python;
pub mod rust;
pub mod setting;
pub mod shell;
pub(crate) mod split;
pub mod sql;
pub mod start;
pub mod surroundings;
pub mod workflow;
pub mod yaml;

use crate::words::entry::Entry;
use crate::words::flow::{Dialect, EnvSetting, Problem, Unit};
use crate::words::pipeline::Pipeline;
use crate::words::span::OffsetMap;

pub use kind::Kind;

/// A text to lower: a whole file, or a piece of one with the map back to it.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    pub path: &'a str,
    pub text: &'a str,
    pub map: &'a OffsetMap,
}

/// What a file turned out to hold.
#[derive(Debug, Default)]
pub struct Lowered {
    /// The file as a program.
    pub unit: Option<Unit>,
    /// What can be started from it.
    pub entries: Vec<Entry>,
    pub pipeline: Option<Pipeline>,
    /// Variables that it sets for whoever loads it (`.env`, compose `environment`, `ENV`).
    pub settings: Vec<EnvSetting>,
    pub problems: Vec<Problem>,
}

/// Lowers a file by its kind. Never panics, whatever the text.
#[must_use]
pub fn lower(kind: Kind, input: Input<'_>) -> Lowered {
    match kind {
        Kind::JavaScript if embedded::is_component(input.path) => {
            Lowered { unit: Some(embedded::component(input)), ..Lowered::default() }
        }
        Kind::Python if embedded::is_notebook(input.path) => {
            Lowered { unit: Some(embedded::notebook(input)), ..Lowered::default() }
        }
        Kind::JavaScript => Lowered { unit: Some(js::lower(input)), ..Lowered::default() },
        Kind::Python => Lowered { unit: Some(python::lower(input)), ..Lowered::default() },
        Kind::Shell => {
            let unit = shell::lower(input);
            let settings =
                if surroundings::is_one(input.path) { surroundings::exported(&unit) } else { Vec::new() };
            Lowered { unit: Some(unit), settings, ..Lowered::default() }
        }
        Kind::Config => surroundings::lower(input),
        Kind::Batch => Lowered { unit: Some(batch::lower(input)), ..Lowered::default() },
        Kind::PowerShell => Lowered { unit: Some(powershell::lower(input)), ..Lowered::default() },
        Kind::Rust => Lowered { unit: Some(rust::lower(input)), ..Lowered::default() },
        Kind::PackageJson => package_json::lower(input),
        Kind::Workflow | Kind::Action => workflow::lower(kind, input),
        Kind::Make => make::lower(input),
        Kind::Docker => docker::lower(input),
        Kind::Compose => compose::lower(input),
        Kind::DotEnv => dotenv::lower(input),
        Kind::Husky | Kind::Lefthook | Kind::PreCommit => hooks::lower(kind, input),
        Kind::GuardToml => guard_toml::lower(input),
        Kind::Foreign(language) => {
            Lowered { unit: Some(foreign::lower(language, input)), ..Lowered::default() }
        }
        Kind::Platform(platform) if platform.is_pipeline() => ci::lower(platform, input),
        Kind::Platform(platform) => platforms::lower(platform, input),
        _ => Lowered::default(),
    }
}

/// What a program says, without its comments and its formatting; empty where only its text can tell.
#[must_use]
pub fn shape(kind: Kind, input: Input<'_>) -> Vec<u8> {
    match kind {
        Kind::JavaScript if !embedded::is_component(input.path) => js::shape(input),
        Kind::Python if !embedded::is_notebook(input.path) => python::shape(input),
        Kind::JavaScript | Kind::Python => Vec::new(),
        _ => lower(kind, input).unit.map(|unit| unit.shape).unwrap_or_default(),
    }
}

/// A piece of program text in a language that has a front end.
#[must_use]
pub fn snippet(dialect: Dialect, input: Input<'_>) -> Option<Unit> {
    match dialect {
        Dialect::JavaScript => Some(js::lower(Input { path: "snippet.ts", ..input })),
        Dialect::Python => Some(python::lower(Input { path: "snippet.py", ..input })),
        _ => None,
    }
}

/// Reads what stands behind a byte order mark, with its places as they are in the whole text.
pub(crate) fn without_mark<T>(input: Input<'_>, read: impl FnOnce(Input<'_>) -> T) -> T {
    let Some(text) = input.text.strip_prefix('\u{feff}') else { return read(input) };
    let map = input.map.compose(&OffsetMap::shifted(input.text.len() - text.len()));
    read(Input { text, map: &map, ..input })
}

/// The folder that a file stands in, `.` for the root.
#[must_use]
pub(crate) fn folder_of(path: &str) -> String {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned()
}

/// A folder of this name (with its `/`) stands somewhere in the path.
pub(crate) fn lies_in(path: &str, folder: &str) -> bool {
    let below = |at: usize| path.get(at + 1..).is_some_and(|rest| rest.starts_with(folder));
    path.starts_with(folder) || memchr::memchr_iter(b'/', path.as_bytes()).any(below)
}

/// `path` seen from `folder`, both from the repository's root, without `.` and `..` parts.
#[must_use]
pub(crate) fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}
