//! What a contract means, freed of the ways in which the same thing can be written: one entry a
//! script and environment, shorthand written out, what another line already says left away.

use std::collections::{BTreeMap, BTreeSet};

use super::command;
use super::model::{At, Contract, Enforced, Script, TableGrant};
use crate::words::effect::Operation;
use crate::words::span::Span;

/// A set in which every member remembers where it is written.
pub(super) type Placed<T> = BTreeMap<T, Span>;

pub(super) struct Duty {
    pub(super) span: Span,
    pub(super) enforced: Enforced,
    pub(super) commands: Placed<String>,
    pub(super) reads: Placed<String>,
    pub(super) tables: BTreeMap<String, Table>,
}

pub(super) struct Table {
    pub(super) span: Span,
    pub(super) operations: Placed<Operation>,
    /// None: every column.
    pub(super) columns: Option<Placed<String>>,
}

/// By path and environment: `["staging", "prod"]` in one entry says what two entries say.
pub(super) fn scripts(contract: &Contract) -> BTreeMap<(String, String), Duty> {
    let mut duties = BTreeMap::new();
    for script in &contract.scripts {
        for environment in &script.environments {
            let key = (script.path.value.clone(), environment.value.clone());
            duties.entry(key).or_insert_with(|| duty(script));
        }
    }
    duties
}

fn duty(script: &Script) -> Duty {
    let tables = script.tables.iter().filter_map(|(name, grant)| Some((name.clone(), table(grant)?)));
    Duty {
        span: script.span,
        enforced: script.enforced,
        commands: commands(&script.commands),
        reads: placed(&script.reads),
        tables: tables.collect(),
    }
}

/// A table without operations permits nothing, and so says nothing.
fn table(grant: &TableGrant) -> Option<Table> {
    let mut operations = Placed::new();
    for operation in &grant.operations {
        let parts: &[Operation] = match operation.value {
            Operation::Upsert => &[Operation::Insert, Operation::Update],
            _ => std::slice::from_ref(&operation.value),
        };
        for part in parts {
            operations.entry(*part).or_insert(operation.span);
        }
    }
    let columns = grant.columns.as_deref().map(placed);
    (!operations.is_empty()).then_some(Table { span: grant.span, operations, columns })
}

/// Whoever may neither insert nor update cannot upsert either.
pub(super) fn forbidden(contract: &Contract) -> Placed<Operation> {
    let mut operations = placed(&contract.forbidden);
    let implied = [Operation::Insert, Operation::Update];
    if let Some(span) = implied.iter().find_map(|operation| operations.get(operation).copied()) {
        operations.entry(Operation::Upsert).or_insert(span);
    }
    operations
}

/// A command that a wider one of the same list already admits is left away.
pub(super) fn commands(list: &[At<String>]) -> Placed<String> {
    let all: Placed<String> =
        list.iter().map(|pattern| (command::normal(&pattern.value), pattern.span)).collect();
    let wider =
        |pattern: &String| all.keys().any(|other| other != pattern && command::covers(other, pattern));
    all.iter()
        .filter(|(pattern, _)| !wider(pattern))
        .map(|(pattern, span)| (pattern.clone(), *span))
        .collect()
}

pub(super) fn placed<T: Ord + Clone>(list: &[At<T>]) -> Placed<T> {
    let mut out = Placed::new();
    for at in list {
        out.entry(at.value.clone()).or_insert(at.span);
    }
    out
}

/// Steps are compared word by word: white space in them means nothing.
pub(super) fn steps(steps: &[At<String>]) -> Vec<String> {
    steps.iter().map(|step| command::normal(&step.value)).collect()
}

pub(super) fn protected(contract: &Contract) -> BTreeSet<&str> {
    contract.environments.protected.iter().map(String::as_str).collect()
}
