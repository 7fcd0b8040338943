//! The parts of a contract that are plain lists: guards, forbidden operations, migrations,
//! sequences, nested projects, approval.

use std::collections::{BTreeMap, BTreeSet};

use super::super::canon;
use super::super::meaning::{self, Placed};
use super::super::model::{At, Contract, Migrations, Sequence, Symbol};
use super::{Changes, scripts};
use crate::words::effect::Destructive;

pub(super) fn project(changes: &mut Changes, base: &Contract, head: &Contract) {
    if base.project == head.project {
        return;
    }
    let spans = (base.project_at, head.project_at);
    if base.project.is_empty() {
        changes.tighter(format!("the project is now called {}", head.project), spans.0, spans.1);
    } else {
        let what = "the project has another name: databases of another project match".to_owned();
        changes.weaker(what, spans.0, spans.1);
    }
}

pub(super) fn guards(changes: &mut Changes, base: &Contract, head: &Contract) {
    let name = |symbol: &Symbol| format!("{}#{}", symbol.path, symbol.name);
    let lists = [
        ("CI", &base.guards.ci, &head.guards.ci),
        ("fingerprint", &base.guards.fingerprint, &head.guards.fingerprint),
    ];
    for (kind, old, new) in lists {
        changes.demands(
            &meaning::placed(old),
            &meaning::placed(new),
            |symbol| format!("{} is no longer named as a {kind} guard", name(symbol)),
            |symbol| format!("{} is now named as a {kind} guard", name(symbol)),
        );
    }
    let connections = |contract: &Contract| -> Placed<String> {
        let paths = contract.connections.iter().map(|connection| &connection.path);
        paths.map(|path| (path.value.clone(), path.span)).collect()
    };
    changes.demands(
        &connections(base),
        &connections(head),
        |path| format!("{path} may open connections before the fingerprint check"),
        |path| format!("{path} must check the fingerprint before it opens a connection"),
    );
}

pub(super) fn forbidden(changes: &mut Changes, base: &Contract, head: &Contract) {
    changes.demands(
        &meaning::forbidden(base),
        &meaning::forbidden(head),
        |operation| format!("{} is no longer forbidden on protected environments", operation.name()),
        |operation| format!("{} is now forbidden on protected environments", operation.name()),
    );
}

pub(super) fn migrations(changes: &mut Changes, base: &Contract, head: &Contract) {
    let nothing = Placed::new();
    let who = "guard migrate";
    match (&base.migrations, &head.migrations) {
        (None, None) => {}
        (Some(old), None) => {
            let what = "migrations are no longer judged".to_owned();
            changes.weaker(what, Some(old.span), None);
            scripts::commands(changes, who, &meaning::commands(&old.commands), &nothing);
        }
        (None, Some(new)) => {
            changes.tighter("migrations are now judged".to_owned(), None, Some(new.span));
            scripts::commands(changes, who, &nothing, &meaning::commands(&new.commands));
        }
        (Some(old), Some(new)) => both(changes, old, new),
    }
}

fn both(changes: &mut Changes, old: &Migrations, new: &Migrations) {
    if old.path.value != new.path.value {
        let what =
            format!("migrations are looked for in {}, no longer in {}", new.path.value, old.path.value);
        changes.weaker(what, Some(old.path.span), Some(new.path.span));
    }
    let whole = (Some(old.span), Some(new.span));
    if old.tool != new.tool {
        let what = format!(
            "migrations are read as {}'s, no longer as {}'s",
            canon::tool(new.tool),
            canon::tool(old.tool)
        );
        changes.weaker(what, whole.0, whole.1);
    }
    match (old.destructive_allowed, new.destructive_allowed) {
        (false, true) => changes.weaker("migrations may now destroy".to_owned(), whole.0, whole.1),
        (true, false) => changes.tighter("migrations may no longer destroy".to_owned(), whole.0, whole.1),
        _ => {}
    }
    scripts::commands(
        changes,
        "guard migrate",
        &meaning::commands(&old.commands),
        &meaning::commands(&new.commands),
    );
    changes.permits(
        &allowed(old),
        &allowed(new),
        |(file, operation)| format!("the migration {file} may now {}", operation.name()),
        |(file, operation)| format!("the migration {file} may no longer {}", operation.name()),
    );
}

fn allowed(own: &Migrations) -> Placed<(String, Destructive)> {
    let mut out = Placed::new();
    for allow in &own.allow {
        for operation in &allow.operations {
            out.entry((allow.file.value.clone(), operation.value)).or_insert(allow.span);
        }
    }
    out
}

type Sequences = BTreeMap<Vec<String>, crate::words::span::Span>;

fn read(sequences: &[Sequence]) -> Sequences {
    sequences.iter().map(|sequence| (meaning::steps(&sequence.steps), sequence.span)).collect()
}

/// A sequence demands what another does when both gate the same last step and every step of the
/// other is there, in its order.
fn demands(strict: &[String], loose: &[String]) -> bool {
    let (Some((last, steps)), Some((other, wanted))) = (strict.split_last(), loose.split_last()) else {
        return loose.is_empty();
    };
    let mut rest = steps.iter();
    last == other && wanted.iter().all(|step| rest.any(|have| have == step))
}

pub(super) fn sequences(changes: &mut Changes, base: &Contract, head: &Contract) {
    let (old, new) = (read(&base.sequences), read(&head.sequences));
    let kept = |by: &Sequences, wanted: &[String]| by.keys().any(|strict| demands(strict, wanted));
    let last = |steps: &[String]| steps.last().cloned().unwrap_or_default();
    // A sequence that grew or shrank is one change, although its two forms imply one another.
    let mut told = BTreeSet::new();
    let mut silent = Vec::new();
    for (steps, &span) in old.iter().filter(|(steps, _)| !new.contains_key(*steps)) {
        if kept(&new, steps) {
            silent.push((last(steps), Some(span), None));
            continue;
        }
        let what = format!("`{}` no longer asks for all the steps that came before it", last(steps));
        changes.weaker(what, Some(span), None);
        told.insert(last(steps));
    }
    for (steps, &span) in new.iter().filter(|(steps, _)| !old.contains_key(*steps)) {
        if kept(&old, steps) {
            silent.push((last(steps), None, Some(span)));
            continue;
        }
        changes.tighter(format!("`{}` asks for more steps before it", last(steps)), None, Some(span));
        told.insert(last(steps));
    }
    for (step, before, after) in silent.into_iter().filter(|(step, _, _)| !told.contains(step)) {
        changes.neutral(format!("the sequence before `{step}` is said in other words"), before, after);
    }
}

pub(super) fn nested(changes: &mut Changes, base: &Contract, head: &Contract) {
    changes.permits(
        &meaning::placed(&base.nested),
        &meaning::placed(&head.nested),
        |path| format!("{path} is now judged by a contract of its own"),
        |path| format!("{path} is judged by this contract again"),
    );
}

pub(super) fn approval(changes: &mut Changes, base: &Contract, head: &Contract) {
    let (old, new) = (&base.approval, &head.approval);
    let spans = (span(old.signers.as_ref()), span(new.signers.as_ref()));
    match (&old.signers, &new.signers) {
        (None, None) => {}
        (Some(before), Some(after)) if before.value == after.value => {}
        (Some(_), Some(_)) => {
            changes.weaker("another file says who may weaken the contract".to_owned(), spans.0, spans.1);
        }
        (Some(_), None) => {
            changes.weaker(
                "nobody is named any more who may weaken the contract".to_owned(),
                spans.0,
                spans.1,
            );
        }
        // Without signers nothing can be approved, so that asking for an approval would be the end.
        (None, Some(_)) => {
            changes.tighter("it is now said who may weaken the contract".to_owned(), spans.0, spans.1);
        }
    }
    let spans = (old.presence_at, new.presence_at);
    match (old.presence, new.presence) {
        (true, false) => changes.weaker("an approval no longer needs a touch".to_owned(), spans.0, spans.1),
        (false, true) => changes.tighter("an approval now needs a touch".to_owned(), spans.0, spans.1),
        _ => {}
    }
}

fn span(at: Option<&At<String>>) -> Option<crate::words::span::Span> {
    at.map(|at| at.span)
}
