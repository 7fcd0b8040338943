//! Which files can change a database, who starts them, and which of them nothing does.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::analysis::Analysis;
use crate::reach::eval::{Walk, Walker};
use crate::reach::event::{Event, EventKind, World};
use crate::reach::imports::Imports;
use crate::rules::contract::{grants, undeclared_mutation};
use crate::words::effect::{Columns, Effect, Operation, Table};
use crate::words::finding::Finding;
use crate::words::span::{FileId, Lines, Place};

/// Folders of programs that are started, wherever they stand.
const PROGRAMS: [&str; 8] = ["scripts", "script", "bin", "tools", "seed", "seeds", "seeders", "commands"];

/// A surface that a person must decide about.
pub(super) struct Decision {
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) what: String,
    /// What starts it, where something does.
    pub(super) by: Option<String>,
}

/// A script that stops by itself outside of CI and on another database.
pub(super) struct Guarded {
    pub(super) path: String,
    pub(super) commands: BTreeSet<String>,
    pub(super) tables: BTreeMap<String, BTreeSet<Operation>>,
}

#[derive(Default)]
pub(super) struct Found {
    pub(super) quarantine: BTreeSet<FileId>,
    pub(super) guarded: Vec<Guarded>,
    /// Programs that something starts or loads.
    pub(super) started: Vec<Decision>,
    /// Entry points that change a database right where they stand.
    pub(super) entries: Vec<Decision>,
    /// Files that something outside of the quarantine reaches.
    pub(super) reached: BTreeSet<FileId>,
}

/// Adds the top folders that hold surfaces which the application loads, and in which nothing is started from
/// outside of programs: they are a part of it, whatever they are called.
pub(super) fn widen(analysis: &Analysis, application: &mut Vec<String>) {
    let sources = analysis.sources();
    let top = |path: &str| path.split_once('/').map(|(top, _)| format!("{top}/**"));
    let surfaces: BTreeSet<FileId> =
        undeclared_mutation::check(&analysis.facts()).iter().map(|finding| finding.at.file).collect();
    let walks = analysis.survey.entry_walks.iter().chain(analysis.survey.programs.values());
    let mut started: BTreeSet<String> = BTreeSet::new();
    for event in walks.flat_map(|walk| &walk.events) {
        if let EventKind::Reach { file, .. } = &event.kind
            && !sources.file(event.at.file).kind.is_walked()
        {
            started.extend(top(sources.path(*file)));
        }
    }
    let imports = Imports::read(sources, &analysis.ground.resolver);
    let serves = |application: &[String], file: FileId| {
        let path = sources.path(file);
        let inside = top(path).is_some_and(|top| application.contains(&top));
        (inside || application.iter().any(|own| own == path))
            && !is_program_folder(path)
            && !analysis.scope.tests.contains(&file)
    };
    let loaded = imports.reached_from(sources.ids().filter(|file| serves(application, *file)));
    for file in surfaces.intersection(&loaded) {
        let path = sources.path(*file);
        let Some(own) = top(path) else { continue };
        let fits = !application.contains(&own) && !started.contains(&own) && !own.starts_with('.');
        if fits && !is_program_folder(path) && !analysis.scope.tests.contains(file) {
            application.push(own);
        }
    }
    application.sort();
}

pub(super) fn find(analysis: &Analysis, is_application: &dyn Fn(&str) -> bool, admitted: &[String]) -> Found {
    let facts = analysis.facts();
    let sources = analysis.sources();
    let survey = &analysis.survey;
    let program = |path: &str| !is_application(path) || is_program_folder(path);
    let mut surfaces: BTreeMap<FileId, Vec<Finding>> = BTreeMap::new();
    for finding in undeclared_mutation::check(&facts) {
        surfaces.entry(finding.at.file).or_default().push(finding);
    }
    let mut out = Found::default();
    for file in surfaces.keys() {
        if survey.programs.contains_key(file) && program(sources.path(*file)) {
            out.quarantine.insert(*file);
        }
    }
    // What something outside reaches cannot be put away; what that reaches then cannot, either.
    let mut by: BTreeMap<FileId, Place> = BTreeMap::new();
    loop {
        let walks = survey.entry_walks.iter().chain(survey.programs.values());
        let mut more = BTreeMap::new();
        for event in walks.flat_map(|walk| &walk.events) {
            let EventKind::Reach { file, .. } = &event.kind else { continue };
            if !out.quarantine.contains(&event.at.file) && event.at.file != *file {
                out.reached.insert(*file);
                if out.quarantine.contains(file) {
                    more.entry(*file).or_insert(event.at);
                }
            }
        }
        if more.is_empty() {
            break;
        }
        for (file, at) in more {
            out.quarantine.remove(&file);
            by.insert(file, at);
        }
    }
    // A command of the migrations holds under `guard migrate` alone: bare, it is for a person to decide.
    let walks = survey.entry_walks.iter().chain(survey.programs.values());
    let wrapped: BTreeSet<Place> =
        walks.flat_map(|walk| &walk.events).filter(|e| e.wrapped.is_some()).map(|e| e.at).collect();
    let mut lines = BTreeMap::new();
    let walks = GuardWalks::of(analysis);
    for (file, findings) in &surfaces {
        let path = sources.path(*file);
        if let Some(guarded) = walks.guarded(*file) {
            out.quarantine.remove(file);
            out.guarded.push(guarded);
            continue;
        }
        if out.quarantine.contains(file) {
            continue;
        }
        let is_entry = !survey.programs.contains_key(file);
        // What the application only loads is its business logic, and so is the server: the check leaves both alone.
        let walk = survey.programs.get(file);
        let serves = walk.is_some_and(|w| w.events.iter().any(|e| matches!(e.kind, EventKind::Serves)));
        if !is_entry && is_application(path) && (serves || !survey.started.contains_key(file)) {
            continue;
        }
        for finding in findings {
            let what = what(finding);
            if wrapped.contains(&finding.at) && admitted.contains(&what) {
                continue;
            }
            let mut at = |place: Place| position(analysis, &mut lines, place);
            let (path, line) = at(finding.at);
            let by = by.get(file).map(|place| at(*place)).map(|(path, line)| format!("{path}:{line}"));
            let decision = Decision { path, line, what, by };
            if is_entry { out.entries.push(decision) } else { out.started.push(decision) }
        }
    }
    out
}

fn is_program_folder(path: &str) -> bool {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').any(|folder| PROGRAMS.contains(&folder))
}

/// What a surface does, in the words of the source.
fn what(finding: &Finding) -> String {
    let said = finding.message.split(": this can change").next().unwrap_or(&finding.message);
    let said = said.split(": it could change").next().unwrap_or(said);
    said.trim_matches('`').to_owned()
}

fn position(analysis: &Analysis, lines: &mut BTreeMap<FileId, Lines>, place: Place) -> (String, usize) {
    let file = analysis.sources().file(place.file);
    let text = file.text.as_deref().unwrap_or_default();
    let held = lines.entry(place.file).or_insert_with(|| Lines::of(text));
    (file.path.clone(), held.position(text, place.span.start).0)
}

struct GuardWalks<'a> {
    analysis: &'a Analysis,
}

impl<'a> GuardWalks<'a> {
    fn of(analysis: &'a Analysis) -> Self {
        Self { analysis }
    }

    /// The file as a script of the contract, if its guards hold and everything that it does is known.
    fn guarded(&self, file: FileId) -> Option<Guarded> {
        let analysis = self.analysis;
        let text = analysis.sources().file(file).text.as_deref()?;
        // Both guards of a script that nobody has declared yet can only be guard's own.
        if !text.contains("guard") {
            return None;
        }
        let open = analysis.survey.programs.get(&file)?;
        let nobody = |_: FileId| false;
        let context = analysis.ground.context(analysis.sources(), &analysis.survey.entries, &nobody);
        for world in [World::NoCi, World::WrongDatabase] {
            let walk = Walker::new(&context, world).program(file, false);
            let stops = walk.events.iter().any(|event| matches!(event.kind, EventKind::GuardStop));
            if !stops || acts(&walk).next().is_some() {
                return None;
            }
        }
        let mut out = Guarded {
            path: analysis.sources().path(file).to_owned(),
            commands: BTreeSet::new(),
            tables: BTreeMap::new(),
        };
        for event in acts(open) {
            let EventKind::Effect { effects, command, destructive, .. } = &event.kind else { return None };
            match command {
                _ if *destructive => return None,
                Some(words) => {
                    out.commands.insert(grants::shown(words));
                }
                None => {
                    for effect in analysis.names.resolve(effects) {
                        let (name, operation) = declared(&effect)?;
                        out.tables.entry(name).or_default().insert(operation);
                    }
                }
            }
        }
        Some(out)
    }
}

fn acts(walk: &Walk) -> impl Iterator<Item = &Event> {
    walk.events.iter().filter(|event| match &event.kind {
        EventKind::Effect { effects, .. } => !effects.is_empty(),
        EventKind::Unresolved { .. } => true,
        _ => false,
    })
}

/// An effect that an entry of the contract can name.
fn declared(effect: &Effect) -> Option<(String, Operation)> {
    let forbidden = matches!(
        effect.operation,
        Operation::Delete | Operation::Truncate | Operation::Drop | Operation::RawSql | Operation::BulkImport
    );
    match &effect.table {
        Table::Named(name) if !forbidden && effect.columns != Columns::Unknown => {
            Some((name.clone(), effect.operation))
        }
        _ => None,
    }
}
