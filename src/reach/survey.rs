//! The whole repository, walked: every program and every entry point, with what they reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::lang::{Kind, package_json};
use crate::reach::eval::{Context, EntryRef, Walk, Walker};
use crate::reach::event::{EventKind, How, World};
use crate::reach::resolve::python::Packages;
use crate::reach::resolve::{Resolver, join, normal};
use crate::reach::sources::{Sources, UnitHandle};
use crate::words::effect::Effect;
use crate::words::span::FileId;

/// What the survey must be told of the contract, without knowing it.
#[derive(Debug, Default)]
pub struct Brief {
    pub fingerprints: BTreeSet<(FileId, String)>,
    /// Files that are walked whatever they hold: declared scripts, guards, connections.
    pub programs: BTreeSet<FileId>,
    pub quarantined: BTreeSet<FileId>,
    /// Neither walked nor judged: nested projects.
    pub outside: BTreeSet<FileId>,
    /// Built folder to source folder.
    pub built: BTreeMap<String, String>,
    pub schema_urls: BTreeSet<String>,
    /// Tables that the schema or the migrations know.
    pub tables: BTreeSet<String>,
    /// Functions and procedures of the database, with what their bodies change.
    pub routines: Arc<BTreeMap<String, Vec<Effect>>>,
}

#[derive(Debug)]
pub struct Survey {
    pub entries: Vec<EntryRef>,
    pub entry_walks: Vec<Walk>,
    /// Programs, walked in the open world with everything in them.
    pub programs: BTreeMap<FileId, Walk>,
    /// Files that an entry point starts as programs of their own, and by which entries.
    pub started: BTreeMap<FileId, BTreeSet<usize>>,
}

pub fn context<'a>(
    sources: &'a Sources,
    resolver: &'a Resolver,
    entries: &'a [EntryRef],
    brief: &'a Brief,
    leading: BTreeSet<FileId>,
    judged: BTreeSet<FileId>,
    quarantined: &'a dyn Fn(FileId) -> bool,
) -> Context<'a> {
    Context {
        sources,
        resolver,
        fingerprints: brief.fingerprints.clone(),
        entries,
        schema_urls: brief.schema_urls.clone(),
        tables: brief.tables.clone(),
        routines: Arc::clone(&brief.routines),
        leading,
        judged,
        quarantined,
    }
}

/// Aliases, workspaces and built folders of the repository.
#[must_use]
pub fn resolver(sources: &Sources, brief: &Brief) -> Resolver {
    let mut resolver = Resolver::default();
    for (built, source) in &brief.built {
        resolver.built(built, source);
    }
    resolver.python(Packages::of(sources));
    for file in &sources.files {
        let Some(text) = &file.text else { continue };
        if file.path == "Cargo.toml" || file.path.ends_with("/Cargo.toml") {
            resolver.crates.add(file.folder(), text);
        }
        match file.kind {
            Kind::PackageJson => {
                if let Some(package) = package_json::package(text)
                    && !package.name.is_empty()
                {
                    let mains = package.targets.iter().map(|(_, path)| path.clone()).collect();
                    resolver.package(&package.name, file.folder(), mains);
                }
            }
            Kind::TsConfig => aliases(file.folder(), text, &mut resolver),
            _ => {}
        }
    }
    resolver
}

fn aliases(folder: &str, text: &str, resolver: &mut Resolver) {
    let Ok(Some(value)) = jsonc_parser::parse_to_serde_value::<Option<serde_json::Value>>(
        text,
        &jsonc_parser::ParseOptions::default(),
    ) else {
        return;
    };
    let options = &value["compilerOptions"];
    let base = options["baseUrl"].as_str().unwrap_or(".");
    let root = normal(&join(folder, base)).unwrap_or_else(|| ".".to_owned());
    if let (Some(out), Some(source)) = (options["outDir"].as_str(), options["rootDir"].as_str().or(Some(".")))
    {
        let built = normal(&join(folder, out));
        let source = normal(&join(folder, source));
        if let (Some(built), Some(source)) = (built, source) {
            resolver.built(&built, &source);
            if source == folder || source == "." {
                resolver.built(&built, &join(&source, "src"));
            }
        }
    }
    let Some(paths) = options["paths"].as_object() else { return };
    for (pattern, targets) in paths {
        let targets = targets
            .as_array()
            .map(|all| {
                all.iter().filter_map(|t| t.as_str()).filter_map(|t| normal(&join(&root, t))).collect()
            })
            .unwrap_or_default();
        resolver.alias(folder, pattern, targets);
    }
}

/// Every entry point, in the order of files and places.
#[must_use]
pub fn entries(sources: &Sources, outside: &BTreeSet<FileId>) -> Vec<EntryRef> {
    let mut out = Vec::new();
    for id in sources.ids() {
        if outside.contains(&id) {
            continue;
        }
        let file = sources.file(id);
        let carries = matches!(
            file.kind,
            Kind::PackageJson
                | Kind::Workflow
                | Kind::Action
                | Kind::Make
                | Kind::Docker
                | Kind::Compose
                | Kind::Husky
                | Kind::Lefthook
                | Kind::PreCommit
                | Kind::GuardToml
                | Kind::Platform(_)
        );
        if !carries {
            continue;
        }
        let lowered = file.lowered();
        for at in 0..lowered.entries.len() {
            out.push(EntryRef { file: id, handle: UnitHandle::Entry(lowered.clone(), at) });
        }
        if let Some(pipeline) = &lowered.pipeline {
            for (job, found) in pipeline.jobs.iter().enumerate() {
                for (step, held) in found.steps.iter().enumerate() {
                    if held.run.is_some() {
                        out.push(EntryRef { file: id, handle: UnitHandle::Step(lowered.clone(), job, step) });
                    }
                }
            }
        }
    }
    out
}

impl Survey {
    /// Walks entries, then everything that they or the contract start, then whatever else holds a
    /// word of a database library.
    #[must_use]
    pub fn of(
        context: &Context<'_>,
        brief: &Brief,
        related: &BTreeSet<FileId>,
        touching: &BTreeSet<FileId>,
    ) -> Self {
        let entry_walks: Vec<Walk> =
            context.entries.iter().map(|entry| Walker::new(context, World::Open).entry(entry)).collect();
        let mut started: BTreeMap<FileId, BTreeSet<usize>> = BTreeMap::new();
        for (index, walk) in entry_walks.iter().enumerate() {
            for file in starts(walk) {
                started.entry(file).or_default().insert(index);
            }
        }
        let mut programs = BTreeMap::new();
        let mut walker = Walker::new(context, World::Open);
        // What the contract names is walked with everything in it. Of the rest only the surfaces are
        // asked, and those are not in modules that lead to no library.
        let whole = brief.programs.clone();
        let mut others: BTreeSet<FileId> = started.keys().copied().collect();
        others.extend(related);
        for (mut queue, lazy) in [(whole, false), (others, true)] {
            while let Some(file) = queue.pop_first() {
                if programs.contains_key(&file)
                    || brief.quarantined.contains(&file)
                    || brief.outside.contains(&file)
                {
                    continue;
                }
                let script = context.sources.file(file).kind == Kind::JavaScript;
                // A quarantined file may be loaded by a name that is put together.
                let open = !brief.quarantined.is_empty();
                let walk = if lazy && script && !open && !touching.contains(&file) {
                    // Nothing that it imports, however far, names a library or a tool.
                    Walk { falls: true, ..Walk::default() }
                } else {
                    walker.next_program(file, true, lazy)
                };
                queue.extend(starts(&walk).filter(|f| !programs.contains_key(f)));
                programs.insert(file, walk);
            }
        }
        Self { entries: context.entries.to_vec(), entry_walks, programs, started }
    }

    /// Files that a program or an entry starts as programs, and what those start.
    #[must_use]
    pub fn closure(&self, walk: &Walk, stop: &dyn Fn(FileId) -> bool) -> BTreeSet<FileId> {
        let mut out = BTreeSet::new();
        let mut queue: Vec<FileId> = starts(walk).collect();
        while let Some(file) = queue.pop() {
            if stop(file) || !out.insert(file) {
                continue;
            }
            if let Some(walk) = self.programs.get(&file) {
                queue.extend(starts(walk));
            }
        }
        out
    }

    /// Every file that a walk touches: imported, included, started, executed.
    #[must_use]
    pub fn touched(&self, file: FileId) -> BTreeSet<FileId> {
        let mut out = BTreeSet::from([file]);
        let mut queue = vec![file];
        while let Some(at) = queue.pop() {
            let Some(walk) = self.programs.get(&at) else { continue };
            for event in &walk.events {
                if let EventKind::Reach { file, .. } = &event.kind
                    && out.insert(*file)
                {
                    queue.push(*file);
                }
            }
        }
        out
    }
}

pub fn starts(walk: &Walk) -> impl Iterator<Item = FileId> + '_ {
    walk.events.iter().filter_map(|event| match &event.kind {
        EventKind::Reach { file, how: How::Started { .. } } => Some(*file),
        _ => None,
    })
}
