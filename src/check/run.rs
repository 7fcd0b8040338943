//! Every rule, once, over one tree and the projects nested in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::thread;

use crate::check::analysis::{Analysis, CONTRACT};
use crate::check::history::{Bases, GONE, History};
use crate::check::pipelines;
use crate::check::services;
use crate::check::warm;
use crate::io::environment::Environment;
use crate::io::git::Repository;
use crate::io::tree::Tree;
use crate::lang::{Input, Kind, compose, guard_toml, origins};
use crate::report::{Coverage, FileView, Report, Unverifiable};
use crate::rules::facts::Facts;
use crate::rules::{bypass, contract, drift, guard, registry, workflow};
use crate::words::finding::Finding;
use crate::words::span::{FileId, OffsetMap, Place, Span};

#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error("{0}")]
    Tree(String),
    #[error("there is no file to check in {0}")]
    Empty(String),
    #[error("{0} is neither a file nor a folder of this repository: nothing was checked")]
    NoPath(String),
}

/// What a check is asked to look at.
pub struct Request<'a> {
    pub directory: &'a Path,
    pub paths: &'a [PathBuf],
    pub bases: &'a [String],
    pub staged: bool,
    pub environment: &'a Environment,
}

pub fn open(request: &Request<'_>) -> Result<Tree, CheckError> {
    opened(request, found(request)?.as_ref())
}

fn found(request: &Request<'_>) -> Result<Option<Repository>, CheckError> {
    Repository::find(request.directory, request.environment).map_err(|e| CheckError::Tree(e.to_string()))
}

fn opened(request: &Request<'_>, repository: Option<&Repository>) -> Result<Tree, CheckError> {
    let told = |e: &dyn std::fmt::Display| CheckError::Tree(e.to_string());
    match repository {
        Some(repository) if request.staged => Tree::staged(&repository.for_staged()).map_err(|e| told(&e)),
        Some(repository) => Tree::worktree(repository).map_err(|e| told(&e)),
        None if request.staged => {
            Err(CheckError::Tree("--staged needs a git repository, and this folder is in none".to_owned()))
        }
        None => Tree::folder(request.directory).map_err(|e| told(&e)),
    }
}

/// Checks everything.
pub fn check(request: &Request<'_>) -> Result<Report, CheckError> {
    warm::begin();
    check_in(request, found(request)?.as_ref()).map(|(report, _)| report)
}

/// The same where the repository is known, with the tree as it was when it was checked.
pub fn check_in(
    request: &Request<'_>,
    repository: Option<&Repository>,
) -> Result<(Report, Tree), CheckError> {
    let kept = repository.map(Repository::keeping);
    let done = checked(request, kept.as_ref());
    if let Some(kept) = kept {
        kept.rest();
    }
    done
}

fn checked(request: &Request<'_>, repository: Option<&Repository>) -> Result<(Report, Tree), CheckError> {
    let tree = opened(request, repository)?;
    if tree.entries().iter().all(|e| !e.is_file()) {
        return Err(CheckError::Empty(request.directory.display().to_string()));
    }
    let root = tree.root().canonicalize().unwrap_or_else(|_| tree.root().to_path_buf());
    for path in request.paths {
        let full = request.directory.join(path);
        let inside = full.canonicalize().is_ok_and(|real| real.starts_with(&root));
        if !inside && !full.is_symlink() {
            return Err(CheckError::NoPath(path.display().to_string()));
        }
    }
    let mut report = over(&tree, request)?;
    narrow(&mut report, &tree, request);
    sort(&mut report);
    Ok((report, tree))
}

/// Checks a tree that is open already.
pub(super) fn over(tree: &Tree, request: &Request<'_>) -> Result<Report, CheckError> {
    let (mut report, mut ids) = (Report::default(), 0);
    project(tree, "", request, &mut report, &mut ids, 0)?;
    Ok(report)
}

/// One project and those nested in it; file ids of nested ones come after.
fn project(
    tree: &Tree,
    prefix: &str,
    request: &Request<'_>,
    report: &mut Report,
    ids: &mut u32,
    depth: usize,
) -> Result<(), CheckError> {
    let ask = || Bases::of(tree, request.environment, request.staged, request.bases);
    let (analysis, bases) = thread::scope(|both| {
        // Git is waited for beside the analysis, or after it where no thread is to be had.
        let asked = thread::Builder::new().spawn_scoped(both, ask);
        let analysis = Analysis::of(tree, prefix);
        let told = match asked {
            // The hook has said what the bug is.
            Ok(asked) => asked.join().unwrap_or_else(|_| Err("git could not be asked".to_owned())),
            Err(_) => ask(),
        };
        (analysis, told)
    });
    let history = History::of(&analysis, tree, &bases.map_err(CheckError::Tree)?);
    let offset = *ids;
    *ids = ids.saturating_add(u32::try_from(analysis.sources().files.len()).unwrap_or(u32::MAX));
    let mut findings = findings(&analysis, &history);
    // Pipelines are read at the repository's root alone, and its check judges what is nested, too.
    findings.retain(|finding| depth == 0 || finding.rule != workflow::missing_check::ID);
    if history.introduction && analysis.contract.is_some() {
        report.notices.push(
            "this is the first revision that has a contract: there is nothing to compare it with".to_owned(),
        );
    }
    for comparison in &history.comparisons {
        if comparison.verdict.introduction && analysis.contract.is_some() {
            report
                .notices
                .push(format!("{} has no contract yet: its first introduction passes", comparison.rev));
        }
    }
    coverage(&analysis, &findings, &mut report.coverage);
    for finding in &mut findings {
        show(tree, &analysis, finding, offset, report);
    }
    report.findings.append(&mut findings);
    if let Some(held) = &analysis.contract
        && depth < 4
    {
        for nested in &held.nested {
            let inner = format!("{prefix}{}/", nested.trim_end_matches('/'));
            project(tree, &inner, request, report, ids, depth + 1)?;
        }
    }
    // The process ends after this: giving every syntax tree back piece by piece would only take time.
    std::mem::forget(analysis);
    Ok(())
}

/// Adds the files that a finding points into, and moves its ids to the report's.
fn show(tree: &Tree, analysis: &Analysis, finding: &mut Finding, offset: u32, report: &mut Report) {
    let policy = finding.policy.iter_mut().map(|p| &mut p.at);
    let trace = finding.trace.iter_mut().map(|s| &mut s.at);
    for place in std::iter::once(&mut finding.at).chain(trace).chain(policy) {
        let old = place.file;
        if old == GONE {
            report
                .files
                .entry(GONE)
                .or_insert_with(|| FileView::new(format!("{}{CONTRACT}", analysis.prefix), ""));
            continue;
        }
        place.file = FileId(old.0.saturating_add(offset));
        report.files.entry(place.file).or_insert_with(|| {
            let file = analysis.sources().file(old);
            let path = format!("{}{}", analysis.prefix, file.path);
            let text = match &file.text {
                Some(text) => text.to_string(),
                None => tree
                    .read(&path)
                    .ok()
                    .and_then(|b| crate::io::decode::decode(&b).into_text())
                    .unwrap_or_default(),
            };
            FileView::new(path, text)
        });
    }
}

/// What every rule says.
#[must_use]
pub fn findings(analysis: &Analysis, history: &History) -> Vec<Finding> {
    let facts = analysis.facts();
    let mut out: Vec<Finding> = Vec::new();
    let top = Place { file: analysis.contract_file.unwrap_or(GONE), span: Span::default() };
    for issue in &analysis.issues {
        out.push(Finding::new(
            crate::check::history::INVALID,
            Place { file: top.file, span: issue.span },
            issue.message.clone(),
            issue.hint.clone(),
        ));
    }
    for (file, issue) in &analysis.config_issues {
        out.push(Finding::new(
            crate::check::history::INVALID,
            Place { file: *file, span: issue.span },
            format!("guard.toml: {}", issue.message),
            issue.hint.clone(),
        ));
    }
    out.extend(history.findings(analysis));
    out.extend(contract::grants::check(&facts));
    out.extend(contract::missing_script::check(&facts));
    out.extend(contract::out_of_order::check(&facts));
    out.extend(contract::quarantine_reached::check(&facts));
    out.extend(contract::retired_runs::check(&facts));
    out.extend(contract::second_path::check(&facts));
    out.extend(contract::temporary::check(&facts));
    out.extend(contract::unverifiable::check(&facts));
    // A contract that cannot be read says nothing about what is declared.
    if analysis.contract.is_some() || analysis.contract_file.is_none() {
        out.extend(contract::undeclared_mutation::check(&facts));
    }
    out.extend(analysis.migration_findings.iter().cloned());
    out.extend(guard::inline::check(&facts));
    out.extend(guard::not_a_guard::check(&facts));
    out.extend(guard::unguarded_connection::check(&facts));
    out.extend(guard::unwrapped_entry::check(&facts));
    out.extend(bypass::destructive_flag::check(&facts));
    out.extend(bypass::forged_ci::check(&facts));
    out.extend(bypass::hidden_text::check(&facts));
    out.extend(bypass::hook_skip::check(&facts));
    out.extend(bypass::masked_failure::check(&facts));
    let inside = |f: &&Finding| !analysis.scope.nested.contains(&f.at.file);
    out.extend(analysis.loaded.secrets.iter().filter(inside).cloned());
    out.extend(pipelines::findings(&facts, top));
    out.extend(drift_findings(&facts));
    unique(out)
}

/// The same rule at the same place with the same words is one finding.
fn unique(findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    findings.into_iter().filter(|f| seen.insert((f.rule, f.at, f.message.clone()))).collect()
}

fn drift_findings(facts: &Facts<'_>) -> Vec<Finding> {
    let map = OffsetMap::identity();
    let toml = facts.sources.find("guard.toml");
    let deployment = toml.and_then(|id| {
        let file = facts.sources.file(id);
        Some((
            id,
            guard_toml::deployment(Input { path: &file.path, text: file.text.as_deref()?, map: &map })?,
        ))
    });
    let mut held =
        drift::Facts { deployment: deployment.as_ref().map(|(id, d)| (*id, d)), ..drift::Facts::default() };
    let mut any_origin = false;
    for id in facts.sources.ids() {
        let file = facts.sources.file(id);
        let Some(text) = file.text.as_deref() else { continue };
        if facts.scope.nested.contains(&id) || facts.scope.tests.contains(&id) {
            continue;
        }
        let input = Input { path: &file.path, text, map: &map };
        match file.kind {
            Kind::Origin => {
                any_origin = true;
                held.origins.extend(origins::read(input).into_iter().map(|o| (id, file.path.as_str(), o)));
            }
            Kind::Compose => held.published.extend(compose::ports(input).into_iter().map(|p| (id, p))),
            _ => {}
        }
        if held.deployment.is_some() {
            held.texts.push(drift::Text { file: id, path: &file.path, text });
        }
    }
    if !any_origin && held.deployment.is_none() {
        return Vec::new();
    }
    for id in facts.sources.ids() {
        let file = facts.sources.file(id);
        if file.kind != Kind::JavaScript
            || facts.scope.nested.contains(&id)
            || facts.scope.tests.contains(&id)
        {
            continue;
        }
        let Some(text) = file.text.as_deref().filter(|t| t.contains("listen")) else { continue };
        held.listening.extend(
            drift::listeners(text)
                .into_iter()
                .map(|listener| drift::Listening { at: Place { file: id, span: listener.span }, listener }),
        );
    }
    if let Some((file, deployment)) = held.deployment {
        held.reads = Some(mentioned(facts, deployment, file, &held.texts));
        // Where nothing is declared, nobody promised that it is complete.
        if !deployment.required_env.is_empty() {
            held.requires = services::requires(facts);
        }
    }
    if let Some(contract) = facts.contract {
        held.contract_env = contract
            .environments
            .policies
            .values()
            .filter_map(|p| p.database.as_ref())
            .map(|d| d.value.clone())
            .collect();
    }
    drift::check(&held)
}

/// Which required variables any other file names, as a word of its own.
fn mentioned(
    facts: &Facts<'_>,
    deployment: &guard_toml::Deployment,
    own: FileId,
    texts: &[drift::Text<'_>],
) -> BTreeSet<String> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    // What is only told to people reads nothing.
    let reads = |t: &&drift::Text<'_>| t.file != own && facts.sources.file(t.file).kind != Kind::Document;
    let names = |text: &str, name: &str| {
        text.match_indices(name)
            .any(|(at, _)| !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part))
    };
    let required = deployment.required_env.iter().map(|(name, _)| name);
    required
        .filter(|name| !name.is_empty() && texts.iter().filter(reads).any(|t| names(t.text, name)))
        .cloned()
        .collect()
}

fn coverage(analysis: &Analysis, findings: &[Finding], coverage: &mut Coverage) {
    let sources = analysis.sources();
    let mut unverifiable: BTreeMap<String, String> = BTreeMap::new();
    for finding in findings.iter().filter(|f| f.rule == contract::unverifiable::ID && f.at.file != GONE) {
        let path = format!("{}{}", analysis.prefix, sources.path(finding.at.file));
        unverifiable.entry(path).or_insert_with(|| finding.message.clone());
    }
    for id in sources.ids() {
        if analysis.scope.nested.contains(&id) {
            continue;
        }
        let file = sources.file(id);
        let path = format!("{}{}", analysis.prefix, file.path);
        if unverifiable.contains_key(&path) {
            continue;
        }
        if analysis.scope.quarantined.contains(&id) {
            coverage.quarantined += 1;
        } else if file.was_lowered() || analysis.scope.migrations.contains(&id) {
            coverage.parsed += 1;
        } else {
            coverage.irrelevant += 1;
        }
    }
    coverage
        .unverifiable
        .extend(unverifiable.into_iter().map(|(path, reason)| Unverifiable { path, reason }));
    coverage.unverifiable.sort();
}

/// PATHS narrow what is reported, never what is analysed.
fn narrow(report: &mut Report, tree: &Tree, request: &Request<'_>) {
    if request.paths.is_empty() {
        return;
    }
    let wanted: Vec<String> = request
        .paths
        .iter()
        .filter_map(|path| {
            let full = request.directory.join(path);
            let full = full.canonicalize().unwrap_or(full);
            let root = tree.root().canonicalize().unwrap_or_else(|_| tree.root().to_path_buf());
            full.strip_prefix(&root).ok().map(|p| p.to_string_lossy().replace('\\', "/"))
        })
        .collect();
    let files = &report.files;
    report.findings.retain(|f| {
        let path = files.get(&f.at.file).map_or("", |v| v.path.as_str());
        wanted.iter().any(|w| {
            w.is_empty() || path == w || path.strip_prefix(w.as_str()).is_some_and(|r| r.starts_with('/'))
        })
    });
}

fn sort(report: &mut Report) {
    let files = &report.files;
    let path = |place: &Place| files.get(&place.file).map_or("", |v| v.path.as_str());
    report.findings.sort_by(|a, b| {
        (path(&a.at), a.at.span, registry::rank(a.rule), a.rule, &a.message).cmp(&(
            path(&b.at),
            b.at.span,
            registry::rank(b.rule),
            b.rule,
            &b.message,
        ))
    });
}
