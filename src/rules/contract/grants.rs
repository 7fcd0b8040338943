//! contract/forbidden-command, -operation, -table, -column: a declared script does what its entry
//! does not allow. One walk over what the script does; each event is judged once, by the first
//! thing that is wrong with it.

use std::collections::BTreeMap;

use crate::contract::Contract;
use crate::contract::command::admits;
use crate::contract::model::{Script, TableGrant};
use crate::reach::event::{Event, EventKind};
use crate::rules::contract::unverifiable;
use crate::rules::facts::Facts;
use crate::words::effect::{Columns, Effect, Operation, Table};
use crate::words::finding::Finding;
use crate::words::span::{FileId, Place, Span};
use crate::words::text::Text;

pub const COMMAND: &str = "contract/forbidden-command";
pub const OPERATION: &str = "contract/forbidden-operation";
pub const TABLE: &str = "contract/forbidden-table";
pub const COLUMN: &str = "contract/forbidden-column";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(contract) = facts.contract else { return Vec::new() };
    let mut findings = Vec::new();
    for (file, indices) in &facts.scope.scripts {
        for index in indices {
            let script = &contract.scripts[*index];
            for (event, owner) in events_of(facts, *file) {
                judge(facts, script, *file, event, owner, &mut findings);
            }
        }
    }
    findings
}

/// What a declared script does, itself and through the programs that it starts, with the place in
/// the script that leads there.
fn events_of<'f>(facts: &'f Facts<'_>, file: FileId) -> Vec<(&'f Event, Place)> {
    let mut out = Vec::new();
    let Some(walk) = facts.survey.programs.get(&file) else { return out };
    let own = |event: &&Event| !event.speculative || event.at.file == file;
    for event in walk.events.iter().filter(own) {
        out.push((event, facts.place_in(file, event)));
        if let EventKind::Reach { file: started, how: crate::reach::event::How::Started { .. } } = &event.kind
        {
            let stop = |f: FileId| facts.scope.scripts.contains_key(&f);
            if stop(*started) {
                continue;
            }
            let mut all = facts
                .survey
                .programs
                .get(started)
                .map(|w| facts.survey.closure(w, &stop))
                .unwrap_or_default();
            all.insert(*started);
            let place = facts.place_in(file, event);
            for reached in all {
                let Some(walk) = facts.survey.programs.get(&reached) else { continue };
                out.extend(walk.events.iter().filter(|e| !e.speculative).map(|e| (e, place)));
            }
        }
    }
    out
}

fn judge(
    facts: &Facts<'_>,
    script: &Script,
    file: FileId,
    event: &Event,
    at: Place,
    findings: &mut Vec<Finding>,
) {
    let (effects, command) = match &event.kind {
        EventKind::Effect { effects, command, .. } => (effects, command),
        EventKind::Unresolved { why, hint } | EventKind::Unread { why, hint } => {
            findings.push(unverifiable::finding(at, why, hint));
            return;
        }
        _ => return,
    };
    if event.wrapped.is_some() {
        return;
    }
    let policy = facts.policy(script.path.span);
    if let Some(words) = command {
        if !script.commands.iter().any(|c| admitted(facts.contract, c, words)) {
            let shown = shown(words);
            findings.push(with_policy(
                Finding::new(
                    COMMAND,
                    at,
                    format!("runs `{shown}`, which the entry of `{}` does not allow", script.path.value),
                    "take the command out, or add it to the entry's `commands` and have that approved",
                )
                .effects(effects.clone())
                .trace(facts.trace(event, "runs the command")),
                policy,
                "the entry of this script",
            ));
        }
        return;
    }
    let resolved = facts.names.resolve(effects);
    let protected = facts.is_protected(script);
    let forbidden = |op: Operation| facts.contract.and_then(|c| c.forbidden.iter().find(|f| f.value == op));
    let grants: BTreeMap<String, &TableGrant> =
        script.tables.iter().map(|(name, grant)| (facts.names.table(name), grant)).collect();
    let mut seen: Vec<(&'static str, String)> = Vec::new();
    for effect in &resolved {
        if let Some(mut finding) = judge_effect(facts, script, effect, at, &grants, protected, &forbidden) {
            if seen.iter().any(|(rule, message)| *rule == finding.rule && *message == finding.message) {
                continue;
            }
            seen.push((finding.rule, finding.message.clone()));
            finding.trace = facts.trace(event, "changes the database");
            findings.push(finding);
        }
    }
    let _ = file;
}

fn judge_effect<'c>(
    facts: &Facts<'_>,
    script: &Script,
    effect: &Effect,
    at: Place,
    grants: &BTreeMap<String, &TableGrant>,
    protected: bool,
    forbidden: &dyn Fn(Operation) -> Option<&'c crate::contract::model::At<Operation>>,
) -> Option<Finding> {
    let path = &script.path.value;
    let what = effect.describe();
    let op = effect.operation;
    let entry = facts.policy(script.path.span);
    if protected && let Some(line) = forbidden(op) {
        let finding = Finding::new(
            OPERATION,
            at,
            format!(
                "{what}: `{}` is forbidden on protected environments, whatever a script's entry says",
                op.name()
            ),
            "take it out; data that must go, goes in a migration that allows it",
        )
        .effects(vec![effect.clone()]);
        return Some(with_policy(finding, facts.policy(line.span), "forbidden here"));
    }
    let Table::Named(table) = &effect.table else {
        if effect.table == Table::None && grants.values().any(|g| allows(g, op)) {
            return None;
        }
        if effect.table == Table::None || op == Operation::RawSql {
            let finding = Finding::new(
                OPERATION,
                at,
                format!("{what}: the entry of `{path}` allows no such operation"),
                "write the statement out, table by table, so that the entry can name it",
            )
            .effects(vec![effect.clone()]);
            return Some(with_policy(finding, entry, "the entry of this script"));
        }
        return Some(unverifiable::finding(
            at,
            &format!("{what}: which table this changes cannot be told from the source"),
            "name the table in the source",
        ));
    };
    let Some(grant) = grants.get(table) else {
        let finding = Finding::new(
            TABLE,
            at,
            format!("{what}: the entry of `{path}` does not name the table `{table}`"),
            "take the write out, or add the table to the entry and have that approved",
        )
        .effects(vec![effect.clone()]);
        return Some(with_policy(finding, entry, "the entry of this script"));
    };
    if !allows(grant, op) {
        let finding = Finding::new(
            OPERATION,
            at,
            format!("{what}: the entry of `{path}` does not allow `{}` on `{table}`", op.name()),
            "take it out, or add the operation to the entry and have that approved",
        )
        .effects(vec![effect.clone()]);
        return Some(with_policy(finding, facts.policy(grant.span), "what the entry allows on this table"));
    }
    let columns = grant.columns.as_ref()?;
    let listed = match &effect.columns {
        Columns::All => return None,
        Columns::Unknown => {
            return Some(unverifiable::finding(
                at,
                &format!("{what}: which columns of `{table}` this writes cannot be told from the source"),
                "write the columns out",
            ));
        }
        Columns::Listed(listed) => listed,
    };
    let allowed: Vec<String> = columns.iter().map(|c| facts.names.column(table, c)).collect();
    let extra: Vec<&str> = listed
        .iter()
        .filter(|c| !allowed.contains(&facts.names.column(table, c)))
        .map(String::as_str)
        .collect();
    if extra.is_empty() {
        return None;
    }
    let span = columns.first().map_or(grant.span, |c| c.span);
    let finding = Finding::new(
        COLUMN,
        at,
        format!("{what}: the entry of `{path}` does not name `{}` of `{table}`", extra.join("`, `")),
        "do not write it, or add the column to the entry and have that approved",
    )
    .effects(vec![effect.clone()]);
    Some(with_policy(finding, facts.policy(span), "the columns that the entry names"))
}

fn allows(grant: &TableGrant, op: Operation) -> bool {
    let has = |op: Operation| grant.operations.iter().any(|o| o.value == op);
    has(op)
        || op == Operation::Upsert && has(Operation::Insert) && has(Operation::Update)
        || matches!(op, Operation::Insert | Operation::Update) && has(Operation::Upsert)
}

/// A command of the contract admits the words. An option that only says where the contract's own
/// migrations are (`--source migrations`) says nothing that the contract does not say.
#[must_use]
pub fn admitted(contract: Option<&Contract>, pattern: &str, words: &[Text]) -> bool {
    let shown: Vec<String> = words.iter().map(ToString::to_string).collect();
    let refs: Vec<&str> = shown.iter().map(String::as_str).collect();
    if admits(pattern, &refs) {
        return true;
    }
    let Some(folder) = contract.and_then(|c| c.migrations.as_ref()).map(|m| m.path.trim_end_matches('/'))
    else {
        return false;
    };
    let is_folder = |word: &str| word.trim_start_matches("./").trim_end_matches('/') == folder;
    let mut left: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(word) = refs.get(at) {
        let next = refs.get(at + 1).is_some_and(|n| is_folder(n));
        let joined = word.split_once('=').is_some_and(|(_, value)| is_folder(value));
        match word.starts_with('-') {
            true if next => at += 2,
            true if joined => at += 1,
            _ => {
                left.push(word);
                at += 1;
            }
        }
    }
    left.len() < refs.len() && admits(pattern, &left)
}

#[must_use]
pub fn shown(words: &[Text]) -> String {
    words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn with_policy(finding: Finding, at: Option<Place>, label: &str) -> Finding {
    match at {
        Some(at) if at.span != Span::default() => finding.policy(at, label),
        _ => finding,
    }
}
