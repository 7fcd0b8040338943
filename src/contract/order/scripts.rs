//! Scripts: everything that an entry names is a permission.

use std::collections::BTreeMap;

use super::super::canon;
use super::super::command;
use super::super::meaning::{self, Duty, Placed, Table};
use super::super::model::{Contract, Enforced};
use super::Changes;

pub(super) fn compare(changes: &mut Changes, base: &Contract, head: &Contract) {
    let (before, after) = (meaning::scripts(base), meaning::scripts(head));
    for (key, duty) in &after {
        let (path, environment) = key;
        if let Some(old) = before.get(key) {
            one(changes, path, environment, old, duty);
            continue;
        }
        let known = before.keys().any(|(other, _)| other == path);
        let too = if known { " too" } else { "" };
        changes.weaker(format!("{path} may now change {environment}{too}"), None, Some(duty.span));
    }
    for (key, duty) in before.iter().filter(|(key, _)| !after.contains_key(key)) {
        let (path, environment) = key;
        changes.tighter(format!("{path} may no longer change {environment}"), Some(duty.span), None);
    }
}

fn one(changes: &mut Changes, path: &str, environment: &str, old: &Duty, new: &Duty) {
    let who = format!("{path} ({environment})");
    if old.enforced != new.enforced {
        let what = format!(
            "{who} is enforced {} and was {}",
            canon::enforced(new.enforced),
            canon::enforced(old.enforced)
        );
        if new.enforced == Enforced::Wrapper {
            let what = format!("{what}: its inline guards are dropped");
            changes.weaker(what, Some(old.span), Some(new.span));
        } else {
            changes.tighter(what, Some(old.span), Some(new.span));
        }
    }
    commands(changes, &who, &old.commands, &new.commands);
    changes.permits(
        &old.reads,
        &new.reads,
        |name| format!("{who} may now read {name}"),
        |name| format!("{who} may no longer read {name}"),
    );
    tables(changes, &who, &old.tables, &new.tables);
}

/// A pattern that a wider one on the other side admits is no news.
pub(super) fn commands(changes: &mut Changes, who: &str, old: &Placed<String>, new: &Placed<String>) {
    let covered = |by: &Placed<String>, pattern: &String| {
        by.contains_key(pattern) || by.keys().any(|wide| command::covers(wide, pattern))
    };
    for (pattern, &span) in new.iter().filter(|(pattern, _)| !covered(old, pattern)) {
        changes.weaker(format!("{who} may now run `{pattern}`"), None, Some(span));
    }
    for (pattern, &span) in old.iter().filter(|(pattern, _)| !covered(new, pattern)) {
        changes.tighter(format!("{who} may no longer run `{pattern}` as freely"), Some(span), None);
    }
}

fn tables(changes: &mut Changes, who: &str, old: &BTreeMap<String, Table>, new: &BTreeMap<String, Table>) {
    let nothing = Placed::new();
    for (name, table) in new {
        let before = old.get(name);
        changes.permits(
            before.map_or(&nothing, |before| &before.operations),
            &table.operations,
            |operation| format!("{who} may now {} {name}", operation.name()),
            |operation| format!("{who} may no longer {} {name}", operation.name()),
        );
        if let Some(before) = before {
            columns(changes, who, name, before, table);
        }
    }
    for (name, table) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        let what = format!("{who} may no longer change {name}");
        changes.tighter(what, Some(table.span), None);
    }
}

fn columns(changes: &mut Changes, who: &str, name: &str, old: &Table, new: &Table) {
    match (&old.columns, &new.columns) {
        (None, None) => {}
        (Some(_), None) => {
            let what = format!("{who} may now write every column of {name}");
            changes.weaker(what, Some(old.span), Some(new.span));
        }
        (None, Some(_)) => {
            let what = format!("{who} may no longer write every column of {name}");
            changes.tighter(what, Some(old.span), Some(new.span));
        }
        (Some(before), Some(after)) => changes.permits(
            before,
            after,
            |column| format!("{who} may now write {name}.{column}"),
            |column| format!("{who} may no longer write {name}.{column}"),
        ),
    }
}
