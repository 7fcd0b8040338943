//! The CI pipelines of a tree, put together from their files, with what each step was found to do.

use std::collections::{BTreeMap, BTreeSet};

use globset::GlobBuilder;

use crate::check::tampering;
use crate::knowledge::command::Gate;
use crate::lang::Kind;
use crate::lang::ci::gitlab::{self, Part};
use crate::lang::platform::Platform;
use crate::reach::event::{Event, EventKind, How};
use crate::reach::sources::{SourceFile, Sources, UnitHandle};
use crate::rules::contract::own_database;
use crate::rules::facts::Facts;
use crate::rules::guard::not_a_guard;
use crate::rules::workflow::{self, StepFacts, Workflow};
use crate::words::finding::Finding;
use crate::words::pipeline::{Pipeline, Provider, Trigger};
use crate::words::span::{FileId, Place};

/// The provider includes no more files than this.
const MAX_FILES: usize = 150;
const GITLAB: Kind = Kind::Platform(Platform::GitLab);

/// What a pipeline includes is part of it, however it is called.
pub(super) fn name_included(files: &mut [SourceFile]) {
    let mut queue: Vec<usize> =
        (0..files.len()).filter(|at| files.get(*at).is_some_and(|file| file.kind == GITLAB)).collect();
    let mut seen: BTreeSet<usize> = queue.iter().copied().collect();
    while let Some(at) = queue.pop() {
        let Some(text) = files.get(at).and_then(|file| file.text.clone()) else { continue };
        let named = gitlab::included(&text).into_iter().chain(gitlab::started(&text));
        for pattern in named.take(MAX_FILES) {
            for found in matching(files, &pattern) {
                if seen.len() < MAX_FILES * 2 && seen.insert(found) {
                    if let Some(file) = files.get_mut(found).filter(|file| is_plain(file.kind)) {
                        file.kind = GITLAB;
                    }
                    queue.push(found);
                }
            }
        }
    }
}

fn is_plain(kind: Kind) -> bool {
    matches!(kind, Kind::Config | Kind::Other | Kind::Platform(_))
}

/// The files that an `include` names; it may hold `*`.
fn matching(files: &[SourceFile], pattern: &str) -> Vec<usize> {
    if !pattern.contains('*') {
        return files.iter().position(|file| file.path == pattern).into_iter().collect();
    }
    let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() else { return Vec::new() };
    let glob = glob.compile_matcher();
    let found = files.iter().enumerate().filter(|(_, file)| glob.is_match(&file.path));
    found.map(|(at, _)| at).take(MAX_FILES).collect()
}

/// A pipeline and the files that it is made of, each from an offset on.
struct Held {
    file: FileId,
    parts: Vec<(u32, FileId)>,
    pipeline: Pipeline,
}

pub(super) fn findings(facts: &Facts<'_>, fallback: Place) -> Vec<Finding> {
    let held = assembled(facts);
    let mut entries: BTreeMap<Place, usize> = BTreeMap::new();
    let mut steps_of: BTreeMap<FileId, Vec<(usize, usize, usize)>> = BTreeMap::new();
    for (index, entry) in facts.survey.entries.iter().enumerate() {
        if let UnitHandle::Step(_, job, step) = &entry.handle {
            steps_of.entry(entry.file).or_default().push((*job, *step, index));
            if let Some(found) = entry.handle.entry() {
                entries.insert(Place { file: entry.file, span: found.span }, index);
            }
        }
    }
    let mut workflows = Vec::new();
    let mut impostors: BTreeSet<Place> = BTreeSet::new();
    for one in &held {
        let mut steps = BTreeMap::new();
        if one.parts.is_empty() {
            for (job, step, index) in steps_of.get(&one.file).into_iter().flatten() {
                steps.insert((*job, *step), step_facts(facts, *index));
            }
        }
        let mut workflow = Workflow {
            file: one.file,
            path: facts.sources.path(one.file),
            pipeline: &one.pipeline,
            parts: one.parts.clone(),
            steps,
            tampered: BTreeMap::new(),
        };
        if !one.parts.is_empty() {
            // The files were also read each for itself: the same text is the same step.
            for (job, found) in one.pipeline.jobs.iter().enumerate() {
                for (step, held) in found.steps.iter().enumerate() {
                    if let Some(index) = entries.get(&workflow.place(held.text_span)) {
                        workflow.steps.insert((job, step), step_facts(facts, *index));
                    }
                }
            }
        }
        tampering(facts, &mut workflow, &steps_of, &entries, &mut impostors);
        workflows.push(workflow);
    }
    let mut out = workflow::check(&workflow::Facts {
        workflows,
        contract: facts.contract,
        default_branch: None,
        fallback,
    });
    out.extend(impostors.into_iter().map(not_a_guard::another));
    out
}

/// Looks at the steps up to the check of each job that has one.
fn tampering(
    facts: &Facts<'_>,
    workflow: &mut Workflow<'_>,
    steps_of: &BTreeMap<FileId, Vec<(usize, usize, usize)>>,
    entries: &BTreeMap<Place, usize>,
    impostors: &mut BTreeSet<Place>,
) {
    let pipeline = workflow.pipeline;
    for (job, held) in pipeline.jobs.iter().enumerate() {
        let checks =
            |at: usize| workflow.steps.get(&(job, at)).is_some_and(|f| f.runs_check || f.narrowed_check);
        let Some(last) = (0..held.steps.len()).rev().find(|at| checks(*at)) else { continue };
        for (at, step) in held.steps.iter().enumerate().take(last + 1) {
            let own = steps_of.get(&workflow.file).into_iter().flatten();
            let index = own.filter(|(j, s, _)| (*j, *s) == (job, at)).map(|(_, _, index)| *index).next();
            let index = index.filter(|_| workflow.parts.is_empty());
            let Some(index) = index.or_else(|| entries.get(&workflow.place(step.text_span)).copied()) else {
                continue;
            };
            let mut events = Vec::new();
            follow(facts, index, &mut BTreeSet::new(), &mut |event| events.push(event.clone()));
            let events: Vec<&Event> = events.iter().collect();
            let body = step.run.as_ref().map(|run| &run.unit.body);
            let place = |span| workflow.place(span);
            let file = workflow.place(step.text_span).file;
            let found = tampering::of(facts, file, &events, body, step, &place);
            impostors.extend(found.impostors);
            if !found.doubts.is_empty() {
                workflow.tampered.insert((job, at), found.doubts);
            }
        }
    }
}

fn assembled(facts: &Facts<'_>) -> Vec<Held> {
    let sources = facts.sources;
    let mut out = Vec::new();
    let mut children: BTreeSet<FileId> = BTreeSet::new();
    let mut roots: Vec<FileId> = Vec::new();
    for id in sources.ids() {
        let file = sources.file(id);
        if facts.scope.nested.contains(&id) {
            continue;
        }
        match file.kind {
            Kind::Workflow | Kind::Action => {}
            GITLAB => {
                roots.extend(is_root(&file.path).then_some(id));
                continue;
            }
            Kind::Platform(platform) if platform.is_pipeline() => {}
            _ => continue,
        }
        if let Some(pipeline) = &file.lowered().pipeline {
            let mut pipeline = pipeline.clone();
            // The provider looks at the root; what stands elsewhere runs where something uploads it.
            if !file.path.starts_with('.') && file.path.contains('/') && pipeline.provider != Provider::GitHub
            {
                only_called(&mut pipeline);
            }
            out.push(Held { file: id, parts: Vec::new(), pipeline });
        }
    }
    uploaded(sources, &mut out);
    let mut at = 0;
    while let Some(root) = roots.get(at).copied() {
        at += 1;
        let parts = parts(sources, root);
        let texts: Vec<Part<'_>> = parts
            .iter()
            .filter_map(|(base, id)| {
                let file = sources.file(*id);
                Some(Part { path: &file.path, text: file.text.as_deref()?, base: *base as usize })
            })
            .collect();
        for part in &texts {
            for path in gitlab::started(part.text) {
                if let Some(child) = sources.find(&path)
                    && children.insert(child)
                    && roots.len() < MAX_FILES
                {
                    roots.push(child);
                }
            }
        }
        let mut pipeline = gitlab::assembled(&texts);
        if children.contains(&root) {
            only_called(&mut pipeline);
        }
        out.push(Held { file: root, parts, pipeline });
    }
    out
}

/// The provider starts this one by itself.
fn is_root(path: &str) -> bool {
    matches!(path, ".gitlab-ci.yml" | ".gitlab-ci.yaml")
}

fn only_called(pipeline: &mut Pipeline) {
    pipeline.reusable = true;
    pipeline.triggers = vec![Trigger { event: "workflow_call".to_owned(), ..Trigger::default() }];
}

/// What a step uploads runs as a part of that step's pipeline.
fn uploaded(sources: &Sources, pipelines: &mut [Held]) {
    let named: BTreeSet<FileId> = pipelines
        .iter()
        .filter(|held| held.pipeline.provider == Provider::Buildkite)
        .flat_map(|held| {
            let uses = held.pipeline.jobs.iter().filter_map(|job| job.uses.as_ref());
            uses.filter_map(|uses| sources.find(uses.value.trim_start_matches("./")))
                .filter(|id| *id != held.file)
        })
        .collect();
    for held in pipelines.iter_mut().filter(|held| named.contains(&held.file)) {
        only_called(&mut held.pipeline);
    }
}

/// The root and everything that it includes, with the offsets at which their spans start.
fn parts(sources: &Sources, root: FileId) -> Vec<(u32, FileId)> {
    let mut out: Vec<(u32, FileId)> = Vec::new();
    let mut base: u32 = 0;
    let mut queue = std::collections::VecDeque::from([root]);
    let mut seen = BTreeSet::from([root]);
    while let Some(id) = queue.pop_front() {
        let Some(text) = &sources.file(id).text else { continue };
        out.push((base, id));
        base = base.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX)).saturating_add(1);
        for pattern in gitlab::included(text) {
            for found in matching(&sources.files, &pattern) {
                let found = FileId(u32::try_from(found).unwrap_or(u32::MAX));
                if out.len() < MAX_FILES && seen.insert(found) {
                    queue.push_back(found);
                }
            }
        }
    }
    out
}

fn step_facts(facts: &Facts<'_>, entry: usize) -> StepFacts {
    let mut out = StepFacts::default();
    let mut seen = BTreeSet::new();
    follow(facts, entry, &mut seen, &mut |event| match &event.kind {
        EventKind::Ran { meaning, .. } => match &meaning.gate {
            Some(Gate::Check { narrowed: false })
                if (event.mask.is_none() || facts.is_set_aside(entry, event)) && !event.conditional =>
            {
                out.runs_check = true;
            }
            Some(Gate::Check { narrowed: true }) => out.narrowed_check = true,
            Some(Gate::Own | Gate::Wraps { run: false, .. }) => out.mutates = true,
            _ => {}
        },
        EventKind::Effect { effects, .. } if !effects.is_empty() => out.mutates = true,
        EventKind::Reach { file, how: How::Started { .. } } if facts.changes(*file) => out.mutates = true,
        _ => {}
    });
    out.mutates = out.mutates && !own_database::is_local(facts, entry);
    out
}

fn follow(facts: &Facts<'_>, entry: usize, seen: &mut BTreeSet<usize>, tell: &mut impl FnMut(&Event)) {
    if !seen.insert(entry) {
        return;
    }
    let Some(walk) = facts.survey.entry_walks.get(entry) else { return };
    for event in &walk.events {
        tell(event);
        if let EventKind::StartsEntry { entry } = &event.kind {
            follow(facts, *entry, seen, tell);
        }
    }
}
