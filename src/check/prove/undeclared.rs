//! Mutations that nobody declared, where there was none: in scripts that only read, in retired ones, in files
//! that the contract does not name, in migrations.

use std::collections::BTreeMap;

use crate::check::prove::bench::Subject;
use crate::check::prove::planting::{Before, told};
use crate::check::prove::scripts::{NO_PLANTS, Prover};
use crate::lang::plants::Plant;
use crate::lang::{Kind, plants};
use crate::reach::event::EventKind;
use crate::reach::trigger::touch;
use crate::rules::contract::{retired_runs, undeclared_mutation};
use crate::words::flow::{Dialect, ExprKind, Node, NodeKind, Unit};
use crate::words::span::FileId;

/// Files of one language that are planted in although nothing names them.
const MOST_FILES: usize = 2;

impl Prover<'_> {
    /// A script in which nothing was found that changes a database: one that only reads, or that works on a
    /// database that anybody may change.
    pub(super) fn quiet(&mut self, file: FileId, protected: bool) {
        let subject = Subject::Script(file);
        let now = self.bench.as_is(subject);
        if let Some(finding) = now.findings.iter().find(|finding| finding.at.file == file) {
            let why = format!("`guard check` finds something in it already ({})", finding.rule);
            if protected {
                self.unproven(file, why);
            } else {
                self.left(&self.path(file), &why);
            }
            return;
        }
        let Some(at) = self.statement(file) else {
            if protected {
                self.unproven(file, "it has no statement before which anything could be planted");
            }
            return;
        };
        let before = told(&now);
        self.mutations(file, at, subject, &before);
    }

    /// Before the statement that reads a database, else before the first one that does anything.
    fn statement(&self, file: FileId) -> Option<usize> {
        let source = self.analysis.sources().file(file);
        let lowered = source.lowered();
        let walk = self.analysis.survey.programs.get(&file);
        let deed = walk.into_iter().flat_map(|walk| &walk.events).find(|event| {
            let does =
                matches!(event.kind, EventKind::Reads { .. } | EventKind::Effect { .. } | EventKind::Opens);
            does && !event.speculative
        });
        if let (Some(event), Some(unit)) = (deed, &lowered.unit) {
            let place = event.stack.iter().chain([&event.at]).rev().find(|place| place.file == file);
            if let Some(span) = place.and_then(|place| plants::within(unit, place.span)) {
                return Some(span.start as usize);
            }
        }
        match &lowered.unit {
            Some(unit) => first(unit),
            None => source.text.as_deref().map(beginning),
        }
    }

    /// Every mutation of the file's language, on lines before the one with the offset.
    pub(super) fn mutations(&mut self, file: FileId, at: usize, subject: Subject, before: &Before) {
        let source = self.analysis.sources().file(file);
        let Some(text) = source.text.clone() else { return };
        let planted = plants::mutations(source.kind, &text, at);
        if planted.is_empty() {
            self.unproven(file, NO_PLANTS);
        }
        for plant in planted {
            self.plant(file, file, &plant, subject, before);
        }
    }

    /// A retired script that does something again.
    pub(super) fn retired(&mut self) {
        for file in self.analysis.scope.retired.clone() {
            let subject = Subject::Script(file);
            let now = self.bench.as_is(subject);
            let source = self.analysis.sources().file(file);
            let start = source.lowered().unit.as_ref().and_then(first);
            let (Some(text), Some(at)) = (source.text.clone(), start) else { continue };
            if now.findings.iter().any(|f| f.at.file == file) {
                self.unproven(file, "`guard check` finds something in it already");
                continue;
            }
            let before = told(&now);
            for plant in &mut plants::mutations(source.kind, &text, at) {
                plant.also = Some(retired_runs::ID);
                self.plant(file, file, plant, subject, &before);
            }
        }
    }

    /// Programs that the contract does not name: for each language the first ones.
    pub(super) fn undeclared(&mut self) {
        let analysis = self.analysis;
        let mut chosen: BTreeMap<Kind, Vec<FileId>> = BTreeMap::new();
        let scope = &analysis.scope;
        let sources = analysis.sources();
        for file in sources.ids() {
            let source = sources.file(file);
            let guards = analysis.guards.iter().any(|guard| guard.file == Some(file));
            let named = scope.scripts.contains_key(&file)
                || scope.retired.contains(&file)
                || scope.connections.contains(&file)
                || scope.exempt(file);
            let held = chosen.entry(source.kind).or_default();
            if source.kind.is_walked() && !named && !guards && held.len() < MOST_FILES {
                held.push(file);
            }
        }
        for file in chosen.into_values().flatten() {
            let source = sources.file(file);
            let start = source.lowered().unit.as_ref().and_then(first);
            let (Some(text), Some(at)) = (source.text.clone(), start) else { continue };
            let subject = Subject::Script(file);
            let before = told(&self.bench.as_is(subject));
            if before.iter().any(|(rule, at, _)| *rule == undeclared_mutation::ID && *at == file) {
                continue;
            }
            // The check walks what names a tool; what does not, it would not look at.
            let mutates = |plant: &Plant| plant.expects(undeclared_mutation::ID);
            for plant in plants::mutations(source.kind, &text, at).into_iter().filter(mutates) {
                if touch(&plant.text, source.kind).any() {
                    self.plant(file, file, &plant, subject, &before);
                } else {
                    self.unproven(file, "the check would not look at it for what was planted");
                }
            }
        }
    }

    /// A loss of data at the end of the last migration.
    pub(super) fn migrations(&mut self) {
        let analysis = self.analysis;
        let Some(migrations) = analysis.contract.as_ref().and_then(|c| c.migrations.as_ref()) else { return };
        let sources = analysis.sources();
        let sql = |file: &&FileId| sources.file(**file).kind == Kind::Sql;
        let Some(last) = analysis.scope.migrations.iter().rfind(sql).copied() else { return };
        let path = self.path(last);
        let known = &analysis.migration_findings;
        if migrations.destructive_allowed || known.iter().any(|finding| finding.at.file == last) {
            let why = "the contract lets migrations lose data, or `guard check` finds one that does already";
            self.left(&path, why);
            return;
        }
        let Some(text) = sources.file(last).text.clone() else { return };
        // What the very migration makes holds nothing yet.
        let plain = |name: &&String| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let older = |name: &&String| plain(name) && !text.to_ascii_lowercase().contains(name.as_str());
        let table = analysis.names.known.keys().find(older).map_or("planted_rows", String::as_str);
        for plant in plants::losses(&text, table) {
            let said = self.bench.replayed(last, &plant.text, migrations);
            self.record(last, last, &plant, Subject::Script(last), &said);
        }
    }
}

/// Where a program's first deed starts: behind what it loads and declares.
fn first(unit: &Unit) -> Option<usize> {
    let plain = |node: &&Node| match &node.kind {
        NodeKind::Import { .. }
        | NodeKind::Define { .. }
        | NodeKind::Export { .. }
        | NodeKind::Options { .. } => false,
        // What a module says of itself comes before what it loads.
        NodeKind::Eval(expr) if matches!(*expr.kind, ExprKind::Text(_)) => false,
        _ => node.span.end > node.span.start,
    };
    // A program in Rust is its `main`.
    if unit.dialect == Dialect::Rust {
        let main = unit.functions.iter().find(|function| function.name.as_deref() == Some("main"))?;
        return main.body.iter().find(plain).map(|node| node.span.start as usize);
    }
    unit.body.iter().find(plain).map(|node| node.span.start as usize)
}

/// Behind the line that names an interpreter and the one that opens the language.
fn beginning(text: &str) -> usize {
    let mut at = 0;
    for row in text.split_inclusive('\n') {
        let bare = row.trim();
        if bare.starts_with("#!") || bare.starts_with("<?php") || bare.starts_with('@') || bare.is_empty() {
            at += row.len();
        } else {
            break;
        }
    }
    at
}
