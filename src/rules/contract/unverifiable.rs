//! contract/unverifiable: a file in scope does not parse, or an effect cannot be resolved.

use std::collections::BTreeSet;

use crate::knowledge;
use crate::reach::event::{EventKind, How};
use crate::rules::facts::Facts;
use crate::words::finding::Finding;
use crate::words::span::{FileId, Place, Span};

pub const ID: &str = "contract/unverifiable";

#[must_use]
pub fn finding(at: Place, why: &str, hint: &str) -> Finding {
    Finding::new(
        ID,
        at,
        format!("{why}: it could change the database, and nothing shows that it does not"),
        hint,
    )
}

/// Files that matter and were not understood.
#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut run: BTreeSet<FileId> = BTreeSet::new();
    let mut judged: BTreeSet<FileId> = facts.survey.programs.keys().copied().collect();
    for walk in facts.survey.entry_walks.iter().chain(facts.survey.programs.values()) {
        for event in &walk.events {
            if let EventKind::Reach { file, how } = &event.kind {
                judged.insert(*file);
                if *how != How::Imported {
                    run.insert(*file);
                }
            }
        }
        if walk.exhausted {
            judged.extend(walk.events.first().map(|e| e.at.file));
        }
    }
    judged.extend(facts.survey.entries.iter().map(|e| e.file));
    for id in facts.sources.ids() {
        let file = facts.sources.file(id);
        if facts.scope.quarantined.contains(&id)
            || facts.scope.nested.contains(&id)
            || facts.scope.tests.contains(&id)
        {
            continue;
        }
        let at = Place { file: id, span: Span::default() };
        if let Some(why) = &file.unreadable
            && (judged.contains(&id) || file.is_triggered())
        {
            findings.push(finding(at, why, "save it as UTF-8 text, or take it out of the repository"));
            continue;
        }
        let declared = facts.scope.scripts.contains_key(&id) || facts.scope.connections.contains(&id);
        if declared || judged.contains(&id) && !facts.scope.exempt(id) && file.is_triggered() {
            // A program in a language that has no front end yet says nothing of what it does.
            // Data that a program imports, and that nothing runs, starts nothing.
            let data = file.kind == crate::lang::Kind::Config && !declared && !run.contains(&id);
            let unread = matches!(file.kind, crate::lang::Kind::Other | crate::lang::Kind::Config) && !data;
            if unread && !facts.scope.retired.contains(&id) {
                let why = "this is a program in a language that guard does not read yet";
                findings.push(finding(
                    at,
                    why,
                    "start it from a script that guard reads, through `guard migrate` or `guard run`",
                ));
                continue;
            }
        }
        if !file.was_lowered() {
            continue;
        }
        let lowered = file.lowered();
        // A `package.json` and its like that cannot be read names no entry points at all, so nothing
        // would ever reach it.
        let silent = lowered.unit.is_none() && lowered.entries.is_empty() && file.is_triggered();
        // Nor does a pipeline that cannot be read run any check.
        let pipeline = matches!(file.kind, crate::lang::Kind::Workflow | crate::lang::Kind::Action);
        if !judged.contains(&id) && !silent && !pipeline {
            continue;
        }
        let problems = lowered.problems.iter().chain(lowered.unit.iter().flat_map(|u| &u.problems));
        if let Some(problem) = problems.into_iter().next() {
            let at = Place { file: id, span: problem.span };
            findings.push(finding(
                at,
                &format!("this file is not fully understood ({})", problem.what),
                "mend the syntax, so that every path can be read",
            ));
        }
    }
    findings.extend(entries(facts));
    for (file, walk) in &facts.survey.programs {
        if walk.exhausted && !facts.scope.exempt(*file) {
            let at = Place { file: *file, span: Span::default() };
            findings.push(finding(
                at,
                "this program is too large or too deeply nested to be followed to its end",
                "split it",
            ));
        }
    }
    findings
}

/// Texts that something starts, that were not understood, and that name a library or a tool.
fn entries(facts: &Facts<'_>) -> Vec<Finding> {
    let named = knowledge::triggers();
    let mut findings: Vec<Finding> = Vec::new();
    for entry in &facts.survey.entries {
        let scope = facts.scope;
        let outside = [&scope.quarantined, &scope.nested, &scope.tests];
        if outside.iter().any(|files| files.contains(&entry.file)) {
            continue;
        }
        let Some(held) = entry.handle.entry() else { continue };
        let Some(problem) = held.unit.problems.first() else { continue };
        let text = &facts.sources.file(entry.file).text;
        let text = text.as_deref().and_then(|text| text.get(held.span.range())).unwrap_or("");
        let at = Place { file: entry.file, span: problem.span };
        if named.iter().any(|word| text.contains(word.as_str())) && findings.iter().all(|f| f.at != at) {
            findings.push(finding(
                at,
                &format!("this text is not fully understood ({})", problem.what),
                "write it in a language and a form that guard reads, or start a script",
            ));
        }
    }
    findings
}
