//! Where `CI` comes from when a program is only handed it: files of variables, and modules that are
//! loaded before the program.

use crate::knowledge;
use crate::lang::{Input, Kind, dotenv, folder_of, joined, surroundings};
use crate::reach::event::EventKind;
use crate::rules::facts::Facts;
use crate::words::flow::{EnvSetting, ExprKind};
use crate::words::span::{FileId, OffsetMap, Place, Span};

/// A file of variables is not larger than this.
const LARGEST: usize = 1 << 16;

/// The places in a file of variables, however it is called, that set `CI`.
pub(super) fn in_variables(facts: &Facts<'_>, file: FileId) -> Vec<Place> {
    let source = facts.sources.file(file);
    let Some(text) = source.text.as_deref().filter(|text| text.len() < LARGEST && text.contains("CI")) else {
        return Vec::new();
    };
    let map = OffsetMap::identity();
    let read = dotenv::lower(Input { path: &source.path, text, map: &map });
    let set = read.settings.iter().filter(|setting| setting.name == "CI");
    set.map(|setting| Place { file, span: setting.span }).collect()
}

/// A file that somebody names from a folder.
pub(super) fn named(facts: &Facts<'_>, folder: &str, name: &str) -> Option<FileId> {
    let name = name.trim_start_matches('-');
    let near = facts.sources.find(&joined(folder, name));
    // A service names its files from the machine's root; the end of the path is the repository's.
    near.or_else(|| {
        let mut rest = name.strip_prefix('/')?;
        loop {
            if let Some(found) = facts.sources.find(rest) {
                return Some(found);
            }
            rest = rest.split_once('/')?.1;
        }
    })
}

/// The setting makes every program of its platform load a file first that sets `CI`, or that takes the
/// end of the program out of a guard's hands.
pub(super) fn preloads(facts: &Facts<'_>, name: &str, text: &str, folder: &str) -> bool {
    let meddling = |file: &str| named(facts, folder, file).is_some_and(|file| meddles(facts, file));
    match name {
        "NODE_OPTIONS" => knowledge::preloaded(text).iter().any(|file| meddling(file)),
        surroundings::SCRIPT_SHELL | "PYTHONSTARTUP" => meddling(text),
        // Folders in which modules are looked for first.
        "PYTHONPATH" => text.split([':', ';']).any(|entry| hides_a_guard(facts, folder, entry)),
        _ => false,
    }
}

/// Python loads these before every program, from wherever its path leads.
pub(super) fn is_loaded_first(name: &str) -> bool {
    matches!(name, "sitecustomize.py" | "usercustomize.py")
        || name.rsplit_once('.').is_some_and(|(_, extension)| extension == "pth")
}

/// The lines of such a file that set `CI`. Of a `.pth` file, only lines that begin with `import` are run.
pub(super) fn of_first(facts: &Facts<'_>, file: FileId) -> Vec<Place> {
    let source = facts.sources.file(file);
    let python = source.kind == Kind::Python || source.path.rsplit('.').next() == Some("pth");
    if !python {
        return Vec::new();
    }
    let Some(text) = source.text.as_deref().filter(|text| text.len() < LARGEST) else { return Vec::new() };
    let lines_run = source.kind != Kind::Python;
    let mut out = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let said = line.trim_start();
        let runs = if lines_run { said.starts_with("import") } else { !said.starts_with('#') };
        if runs && sets_ci(said) {
            out.push(Place { file, span: Span::new(start, start + line.trim_end().len()) });
        }
    }
    out
}

/// `os.environ["CI"] = …`, `os.environ.setdefault("CI", …)`, `os.putenv("CI", …)`
fn sets_ci(line: &str) -> bool {
    // The way out, replaced.
    let ends = ["sys.exit", "os._exit", "builtins.exit", "builtins.quit"].iter().any(|name| {
        let rest = line.strip_prefix(name).map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with('=') && !rest.starts_with("=="))
    });
    if ends {
        return true;
    }
    // The word that every guard asks for.
    let named = line.find("\"CI\"").or_else(|| line.find("'CI'"));
    let (Some(at), true) = (named, line.contains("environ") || line.contains("putenv")) else { return false };
    let rest = line.get(at + 4..).unwrap_or_default().trim_start();
    let assigned = rest
        .strip_prefix(']')
        .map(str::trim_start)
        .is_some_and(|rest| rest.starts_with('=') && !rest.starts_with("=="));
    assigned || line.contains("setdefault") || line.contains("putenv") || line.contains("update(")
}

/// A module that, loaded before a program, makes its guards believe.
pub(super) fn meddles(facts: &Facts<'_>, file: FileId) -> bool {
    let forges = facts
        .survey
        .programs
        .get(&file)
        .is_some_and(|walk| walk.events.iter().any(|event| matches!(event.kind, EventKind::ForgesCi)));
    forges || replaces_exit(facts, file) || !of_first(facts, file).is_empty()
}

/// Below this folder lies another module of the name by which a guard of the contract is imported.
fn hides_a_guard(facts: &Facts<'_>, folder: &str, entry: &str) -> bool {
    let entry = entry.trim_start_matches("$PWD/").trim_start_matches("./").trim_end_matches('/');
    if entry.is_empty() || entry == "." || entry.starts_with('$') {
        return false;
    }
    facts.guards.iter().filter_map(|guard| guard.file).any(|guard| {
        let path = facts.sources.path(guard);
        let other = facts.sources.find(&joined(folder, &format!("{entry}/{path}")));
        path.contains('/') && other.is_some_and(|other| other != guard)
    })
}

/// `process.exit = …`
fn replaces_exit(facts: &Facts<'_>, file: FileId) -> bool {
    let source = facts.sources.file(file);
    let Some(text) = source.text.as_deref().filter(|_| source.kind == Kind::JavaScript) else { return false };
    ["process.exit", "process.reallyExit", "process.abort"].iter().any(|name| {
        text.match_indices(name).any(|(at, _)| {
            let rest = text.get(at + name.len()..).unwrap_or("").trim_start();
            rest.starts_with('=') && !rest.starts_with("==")
        })
    })
}

/// What is known of a setting's text.
pub(super) fn known(setting: &EnvSetting) -> Option<&str> {
    match setting.value.kind.as_ref() {
        ExprKind::Text(text) => Some(text),
        _ => None,
    }
}

/// Settings of a file that hands them to whoever comes by, with the files of variables that it loads.
pub(super) fn of_file(facts: &Facts<'_>, file: FileId) -> Vec<Place> {
    let source = facts.sources.file(file);
    let folder = folder_of(&source.path);
    let lowered = source.lowered();
    let mut out = Vec::new();
    for setting in &lowered.settings {
        let preloads = known(setting).is_some_and(|text| preloads(facts, &setting.name, text, &folder));
        if setting.name == "CI" || preloads {
            out.push(Place { file, span: setting.span });
        }
    }
    for (name, _) in lowered.unit.iter().flat_map(surroundings::loaded) {
        let Some(loaded) = named(facts, &folder, &name) else { continue };
        if loaded != file {
            out.extend(in_variables(facts, loaded));
        }
    }
    out
}
