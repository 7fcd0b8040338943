//! contract/out-of-order: a workflow reaches a step without the steps that `[[sequence]]` puts
//! before it, or goes on when one of them failed.

use std::collections::BTreeSet;

use crate::contract::model::Sequence;
use crate::reach::event::EventKind;
use crate::reach::sources::UnitHandle;
use crate::rules::facts::Facts;
use crate::words::finding::Finding;
use crate::words::pipeline::{Job, Pipeline};
use crate::words::span::{FileId, Place};

pub const ID: &str = "contract/out-of-order";

/// A command that a workflow runs, in the order in which it does.
struct Command {
    job: usize,
    step: usize,
    text: String,
    at: Place,
    masked: bool,
}

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(contract) = facts.contract else { return Vec::new() };
    let mut findings = Vec::new();
    if contract.sequences.is_empty() {
        return findings;
    }
    for id in facts.sources.ids() {
        if facts.scope.nested.contains(&id) || !facts.sources.file(id).was_lowered() {
            continue;
        }
        let lowered = facts.sources.file(id).lowered();
        let Some(pipeline) = &lowered.pipeline else { continue };
        let commands = commands(facts, id);
        for sequence in &contract.sequences {
            judge(facts, pipeline, &commands, sequence, &mut findings);
        }
    }
    findings
}

fn commands(facts: &Facts<'_>, file: FileId) -> Vec<Command> {
    let mut out = Vec::new();
    for (index, entry) in facts.survey.entries.iter().enumerate() {
        let UnitHandle::Step(_, job, step) = &entry.handle else { continue };
        if entry.file == file {
            flatten(facts, index, (*job, *step), None, &mut BTreeSet::new(), &mut out);
        }
    }
    out
}

/// What an entry runs, with what the entries that it starts run, in order.
fn flatten(
    facts: &Facts<'_>,
    entry: usize,
    at: (usize, usize),
    place: Option<Place>,
    seen: &mut BTreeSet<usize>,
    out: &mut Vec<Command>,
) {
    if !seen.insert(entry) {
        return;
    }
    let Some(walk) = facts.survey.entry_walks.get(entry) else { return };
    for event in &walk.events {
        match &event.kind {
            EventKind::Ran { words, .. } => out.push(Command {
                job: at.0,
                step: at.1,
                text: crate::rules::contract::grants::shown(words),
                at: place.unwrap_or(event.at),
                masked: event.mask.is_some(),
            }),
            EventKind::StartsEntry { entry } => {
                flatten(facts, *entry, at, Some(place.unwrap_or(event.at)), seen, out);
            }
            _ => {}
        }
    }
    seen.remove(&entry);
}

fn judge(
    facts: &Facts<'_>,
    pipeline: &Pipeline,
    commands: &[Command],
    sequence: &Sequence,
    findings: &mut Vec<Finding>,
) {
    let Some((last, before)) = sequence.steps.split_last() else { return };
    let finals: Vec<usize> =
        commands.iter().enumerate().filter(|(_, c)| same(&c.text, last)).map(|(i, _)| i).collect();
    for position in finals {
        let target = &commands[position];
        let mut limit = position;
        for step in before.iter().rev() {
            let found = commands[..].iter().enumerate().rev().find(|(index, c)| {
                same(&c.text, step) && comes_before(pipeline, c, *index, &commands[limit], limit)
            });
            let (at, message) = match found {
                None => (
                    target.at,
                    format!(
                        "`{}` is reached without `{}` before it, which the contract's sequence asks for",
                        last.value, step.value
                    ),
                ),
                Some((index, command)) => {
                    limit = index;
                    if !goes_on(pipeline, command, target) {
                        continue;
                    }
                    (
                        command.at,
                        format!("`{}` may fail here and `{}` runs all the same", step.value, last.value),
                    )
                }
            };
            let mut finding = Finding::new(
                ID,
                at,
                message,
                "run the steps of the sequence in its order, each one gating the next",
            );
            if let Some(policy) = facts.policy(step.span) {
                finding = finding.policy(policy, "the sequence");
            }
            findings.push(finding);
            break;
        }
    }
}

fn same(text: &str, wanted: &str) -> bool {
    text.split_whitespace().eq(wanted.split_whitespace())
}

fn comes_before(pipeline: &Pipeline, one: &Command, one_at: usize, other: &Command, other_at: usize) -> bool {
    if one.job == other.job {
        return one_at < other_at;
    }
    needs(&pipeline.jobs, other.job).contains(&one.job)
}

fn needs(jobs: &[Job], job: usize) -> BTreeSet<usize> {
    let mut out = BTreeSet::new();
    let mut queue = vec![job];
    while let Some(at) = queue.pop() {
        let Some(held) = jobs.get(at) else { continue };
        for name in &held.needs {
            if let Some(found) = jobs.iter().position(|j| j.id == *name)
                && out.insert(found)
            {
                queue.push(found);
            }
        }
    }
    out
}

/// The failure of `one` does not keep `target` from running.
fn goes_on(pipeline: &Pipeline, one: &Command, target: &Command) -> bool {
    let tolerates = |setting: &Option<crate::words::pipeline::Setting>| {
        setting.as_ref().is_some_and(|s| s.value != "false")
    };
    let always = |setting: &Option<crate::words::pipeline::Setting>| {
        setting
            .as_ref()
            .is_some_and(|s| ["always()", "failure()", "cancelled()"].iter().any(|w| s.value.contains(w)))
    };
    let Some(job) = pipeline.jobs.get(one.job) else { return false };
    let Some(step) = job.steps.get(one.step) else { return false };
    let conditional =
        step.condition.as_ref().is_some_and(|c| !matches!(c.value.trim(), "success()" | "always()"));
    let skipped = one.job == target.job && conditional && {
        let other = job.steps.get(target.step).and_then(|s| s.condition.as_ref()).map(|c| c.value.clone());
        other.as_deref() != step.condition.as_ref().map(|c| c.value.as_str())
    };
    let target_job = pipeline.jobs.get(target.job);
    one.masked
        || skipped
        || tolerates(&step.tolerated)
        || one.job != target.job
            && (tolerates(&job.tolerated) || target_job.is_some_and(|j| always(&j.condition)))
        || one.job == target.job
            && target_job.and_then(|j| j.steps.get(target.step)).is_some_and(|s| always(&s.condition))
}
