//! What the contract says and the repository does not have. An entry that matches nothing looks
//! like protection and is none.

use std::collections::{BTreeMap, BTreeSet};

use super::super::glob::Globs;
use super::super::issue::{Issue, nearest, tidy};
use super::super::model::{At, Contract};
use super::super::reader::shown;
use super::super::signers::Signers;
use super::below;
use crate::words::span::Span;

/// What must be known of the repository.
pub trait Repository {
    /// All paths that are judged, sorted.
    fn paths(&self) -> &[String];
    /// Tables and models with their columns and fields; none where nothing is known of them.
    fn tables(&self) -> Option<&BTreeMap<String, BTreeSet<String>>>;
    fn read(&self, path: &str) -> Option<String>;
}

/// What the contract says and the repository does not have. A script's own file is not asked for
/// here: that it is missing is a rule of its own.
#[must_use]
pub fn against(contract: &Contract, repository: &dyn Repository) -> Vec<Issue> {
    let mut judge = Judge { repository, issues: Vec::new() };
    let scope = &contract.scope;
    judge.match_something("application", &scope.application);
    judge.match_something("tests", &scope.tests);
    judge.match_something("quarantine", &contract.quarantine);
    for (built, source) in &scope.built {
        let span = scope.built_at.get(built).copied().unwrap_or_default();
        judge.folder(&At { value: source.clone(), span }, "no file is in");
    }
    for connection in &contract.connections {
        judge.file(&connection.path, "the connection module");
    }
    for symbol in contract.guards.ci.iter().chain(&contract.guards.fingerprint) {
        judge.file(&At { value: symbol.value.path.clone(), span: symbol.span }, "the guard's file");
    }
    for path in &contract.nested {
        judge.nested(path);
    }
    judge.migrations(contract);
    if let Some(path) = &contract.approval.signers {
        judge.signers(path);
    }
    for oidc in contract.environments.policies.values().filter_map(|policy| policy.oidc.as_ref()) {
        judge.pinned(oidc.jwks.as_ref(), oidc.ca.as_ref());
    }
    if let Some(tables) = repository.tables().filter(|tables| !tables.is_empty()) {
        judge.tables(contract, tables);
    }
    let mut issues = judge.issues;
    tidy(&mut issues);
    issues
}

struct Judge<'a> {
    repository: &'a dyn Repository,
    issues: Vec<Issue>,
}

impl Judge<'_> {
    fn issue(&mut self, span: Span, message: String, hint: impl Into<String>) {
        self.issues.push(Issue::new(span, message, hint));
    }

    fn exists(&self, path: &str) -> bool {
        self.repository.paths().binary_search_by(|have| have.as_str().cmp(path)).is_ok()
    }

    fn has_below(&self, folder: &str) -> bool {
        let paths = self.repository.paths();
        let start = format!("{folder}/");
        let first = paths.partition_point(|path| path.as_str() < start.as_str());
        paths.get(first).is_some_and(|path| path.starts_with(&start))
    }

    fn match_something(&mut self, key: &str, globs: &[At<String>]) {
        for glob in globs {
            let own = Globs::of([glob.value.as_str()]);
            if self.repository.paths().iter().any(|path| own.covers(path)) {
                continue;
            }
            let folder = self.has_below(&glob.value);
            let hint = if folder {
                format!("it is a folder: write `{}/**`", glob.value)
            } else {
                "remove it, or mend the path; globs start at the repository's root".to_owned()
            };
            self.issue(glob.span, format!("`{}` in `{key}` matches no file", shown(&glob.value)), hint);
        }
    }

    fn file(&mut self, path: &At<String>, what: &str) -> bool {
        let there = self.exists(&path.value);
        if !there {
            let name = path.value.rsplit('/').next().unwrap_or_default();
            let moved = self.repository.paths().iter().find(|have| have.rsplit('/').next() == Some(name));
            let hint = moved.map_or_else(
                || "mend the path, or remove the entry".to_owned(),
                |moved| format!("did you mean `{moved}`?"),
            );
            self.issue(path.span, format!("{what} `{}` does not exist", shown(&path.value)), hint);
        }
        there
    }

    fn folder(&mut self, path: &At<String>, what: &str) {
        if !self.has_below(&path.value) {
            let message = format!("{what} `{}`", shown(&path.value));
            self.issue(path.span, message, "mend the path, or remove the entry");
        }
    }

    /// A nested project without a contract would be judged by nobody.
    fn nested(&mut self, path: &At<String>) {
        if !self.exists(&format!("{}/contract/mutation.toml", path.value)) {
            let message = format!("the nested project `{}` has no contract of its own", shown(&path.value));
            let hint = format!("add `{}/contract/mutation.toml`, or remove the entry", path.value);
            self.issue(path.span, message, hint);
        }
    }

    fn migrations(&mut self, contract: &Contract) {
        let Some(own) = &contract.migrations else { return };
        self.folder(&own.path, "no migration is in");
        for allow in &own.allow {
            let whole = format!("{}/{}", own.path.value, allow.file.value);
            if self.exists(&whole) {
                continue;
            }
            let prefix = format!("{}/", own.path.value);
            let files: Vec<&str> =
                self.repository.paths().iter().filter_map(|path| path.strip_prefix(&prefix)).collect();
            let written = allow.file.value.as_str();
            // Prisma's migrations are folders, and it is the folder's name that people remember.
            let inside = files.iter().find(|file| below(written, file)).copied();
            let near = inside.or_else(|| nearest(written, files.iter().copied()));
            let hint = near.map_or_else(
                || format!("name a file below `{}`", own.path.value),
                |near| format!("did you mean `{near}`?"),
            );
            self.issue(allow.file.span, format!("the migration `{}` does not exist", shown(written)), hint);
        }
    }

    fn signers(&mut self, path: &At<String>) {
        if !self.file(path, "the signers file") {
            return;
        }
        let text = self.repository.read(&path.value).unwrap_or_default();
        // Every line must be understood: one that is skipped could be the one that matters.
        for line in Signers::parse(&text).passed.into_iter().filter(|line| !line.harmless) {
            let message = format!("{} line {}: {}", shown(&path.value), line.line, line.why);
            self.issue(path.span, message, line.hint);
        }
    }

    fn pinned(&mut self, jwks: Option<&At<String>>, ca: Option<&At<String>>) {
        if let Some(path) = jwks
            && self.file(path, "the file with the issuer's keys")
        {
            let text = self.repository.read(&path.value).unwrap_or_default();
            let value: Option<serde_json::Value> = serde_json::from_str(&text).ok();
            let keys = value.as_ref().and_then(|value| value.get("keys")).and_then(|keys| keys.as_array());
            if keys.is_none_or(Vec::is_empty) {
                let message = format!("`{}` holds no keys", shown(&path.value));
                self.issue(path.span, message, "store the issuer's key set as it answers: `{\"keys\": […]}`");
            }
        }
        if let Some(path) = ca
            && self.file(path, "the certificate file")
        {
            let text = self.repository.read(&path.value).unwrap_or_default();
            if !text.contains("-----BEGIN CERTIFICATE-----") {
                let message = format!("`{}` holds no certificate", shown(&path.value));
                self.issue(path.span, message, "store the certificate as PEM");
            }
        }
    }

    fn tables(&mut self, contract: &Contract, known: &BTreeMap<String, BTreeSet<String>>) {
        for script in &contract.scripts {
            for (name, grant) in &script.tables {
                let Some(fields) = find(known, name) else {
                    let near = nearest(name, known.keys().map(String::as_str));
                    let hint = near.map_or_else(
                        || "name it as in the database, or as its model".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    let message = format!("neither schema nor migrations know the table `{}`", shown(name));
                    self.issue(grant.span, message, hint);
                    continue;
                };
                let columns = grant.columns.iter().flatten();
                let strange = |column: &&At<String>| {
                    !fields.is_empty() && !fields.iter().any(|have| have.eq_ignore_ascii_case(&column.value))
                };
                for column in columns.filter(strange) {
                    let near = nearest(&column.value, fields.iter().map(String::as_str));
                    let hint = near.map_or_else(
                        || "name it as in the database, or as its field".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    let message = format!("{} has no column `{}`", shown(name), shown(&column.value));
                    self.issue(column.span, message, hint);
                }
            }
        }
    }
}

/// Unquoted names fold their case, and a schema in front may be left away.
fn find<'a>(known: &'a BTreeMap<String, BTreeSet<String>>, name: &str) -> Option<&'a BTreeSet<String>> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    known.get(name).or_else(|| {
        let bare = last(name);
        known.iter().find(|(have, _)| last(have) == bare).map(|(_, columns)| columns)
    })
}
