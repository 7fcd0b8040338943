//! Contradictions: within the contract, and between the contract and the repository. An entry that
//! matches nothing is one: it looks like protection and is none.

use std::collections::{BTreeMap, BTreeSet};

use super::command;
use super::glob::Globs;
use super::issue::{Issue, nearest, tidy};
use super::model::{At, Contract, Policy, Proof, Script};
use super::reader::shown;
use super::signers;
use crate::words::span::Span;

/// What must be known of the repository.
pub trait Repository {
    /// All paths that are judged, sorted.
    fn paths(&self) -> &[String];
    /// Tables and models with their columns and fields; none where nothing is known of them.
    fn tables(&self) -> Option<&BTreeMap<String, BTreeSet<String>>>;
    fn read(&self, path: &str) -> Option<String>;
}

/// What contradicts itself without a look at the repository. [`super::parse::parse`] asks this.
#[must_use]
pub fn alone(contract: &Contract) -> Vec<Issue> {
    let mut issues = Vec::new();
    for path in named_paths(contract) {
        issues.extend(path_issue(&path));
    }
    globs(contract, &mut issues);
    twins(contract, &mut issues);
    scripts(contract, &mut issues);
    for (name, policy) in &contract.environments.policies {
        proof(name, policy, &mut issues);
    }
    for sequence in &contract.sequences {
        if sequence.steps.len() < 2 {
            issues.push(Issue::new(
                sequence.span,
                "a sequence of fewer than two steps puts nothing before anything",
                "list the steps that come before the last one, and the last one",
            ));
        }
    }
    tidy(&mut issues);
    issues
}

/// Every path that the contract names, wherever it stands.
fn named_paths(contract: &Contract) -> Vec<At<String>> {
    let mut paths: Vec<At<String>> = Vec::new();
    paths.extend(contract.connections.iter().map(|entry| entry.path.clone()));
    paths.extend(contract.scripts.iter().map(|script| script.path.clone()));
    for entry in &contract.retired {
        paths.push(entry.path.clone());
        paths.extend(entry.instead.clone());
    }
    paths.extend(contract.quarantine.iter().cloned());
    paths.extend(contract.nested.iter().cloned());
    paths.extend(contract.scope.application.iter().cloned());
    paths.extend(contract.scope.tests.iter().cloned());
    for symbol in contract.guards.ci.iter().chain(&contract.guards.fingerprint) {
        paths.push(At { value: symbol.value.path.clone(), span: symbol.span });
    }
    for (built, source) in &contract.scope.built {
        let span = contract.scope.built_at.get(built).copied().unwrap_or_default();
        paths.extend([built, source].map(|path| At { value: path.clone(), span }));
    }
    if let Some(own) = &contract.migrations {
        paths.push(own.path.clone());
        paths.extend(own.allow.iter().map(|allow| allow.file.clone()));
    }
    paths.extend(contract.approval.signers.clone());
    for oidc in contract.environments.policies.values().filter_map(|policy| policy.oidc.as_ref()) {
        paths.extend(oidc.jwks.iter().chain(&oidc.ca).cloned());
    }
    paths
}

fn path_issue(path: &At<String>) -> Option<Issue> {
    let text = path.value.as_str();
    let drive = text.as_bytes().get(1) == Some(&b':');
    let (what, hint) = if text.is_empty() {
        ("is the repository itself", "name a file or a folder in it")
    } else if text.contains('\\') {
        ("has a backslash", "write `/` between folders, on every machine")
    } else if text.starts_with('/') || text.starts_with('~') || drive {
        ("does not start in the repository", "write it relative to the repository's root")
    } else if text.split('/').any(|part| part == "..") {
        ("leaves its folder with `..`", "write it relative to the repository's root")
    } else if text.chars().any(char::is_control) {
        ("has a control character", "write the name as it is in the repository")
    } else {
        return None;
    };
    Some(Issue::new(path.span, format!("the path `{}` {what}", shown(text)), hint))
}

fn globs(contract: &Contract, issues: &mut Vec<Issue>) {
    let scope = &contract.scope;
    for glob in scope.application.iter().chain(&scope.tests).chain(&contract.quarantine) {
        if let Some(problem) = Globs::problem(&glob.value) {
            let message = format!("`{}` is no glob: {problem}", shown(&glob.value));
            issues.push(Issue::new(glob.span, message, "`*` stays within a folder, `**` crosses folders"));
        }
    }
    let files = contract.scripts.iter().map(|script| &script.path);
    let files = files.chain(contract.retired.iter().map(|entry| &entry.path));
    for path in files.chain(contract.connections.iter().map(|entry| &entry.path)) {
        if path.value.contains('*') {
            let message = format!("`{}` must name one file", shown(&path.value));
            issues.push(Issue::new(path.span, message, "write one entry for each file"));
        }
    }
}

fn twins(contract: &Contract, issues: &mut Vec<Issue>) {
    let retired: Vec<&At<String>> = contract.retired.iter().map(|entry| &entry.path).collect();
    let connections: Vec<&At<String>> = contract.connections.iter().map(|entry| &entry.path).collect();
    let lists: [(&str, Vec<&At<String>>); 4] = [
        ("[[retired]]", retired),
        ("[[connection]]", connections),
        ("[[quarantine]]", contract.quarantine.iter().collect()),
        ("[[nested]]", contract.nested.iter().collect()),
    ];
    for (name, paths) in lists {
        let mut seen = BTreeSet::new();
        for path in paths.into_iter().filter(|path| !seen.insert(path.value.as_str())) {
            let message = format!("`{}` stands twice among `{name}`", shown(&path.value));
            issues.push(Issue::new(path.span, message, "remove one of them"));
        }
    }
    let mut seen = BTreeSet::new();
    for sequence in &contract.sequences {
        let steps: Vec<String> = sequence.steps.iter().map(|step| command::normal(&step.value)).collect();
        if !seen.insert(steps) {
            issues.push(Issue::new(sequence.span, "this sequence stands twice", "remove one of them"));
        }
    }
}

fn scripts(contract: &Contract, issues: &mut Vec<Issue>) {
    let quarantine = Globs::of(contract.quarantine.iter().map(|glob| glob.value.as_str()));
    let retired: BTreeSet<&str> = contract.retired.iter().map(|entry| entry.path.value.as_str()).collect();
    let mut seen = BTreeSet::new();
    for script in &contract.scripts {
        let path = script.path.value.as_str();
        for environment in &script.environments {
            if !seen.insert((path, environment.value.as_str())) {
                let message = format!("`{}` is listed twice for {}", shown(path), shown(&environment.value));
                issues.push(Issue::new(script.path.span, message, "put both entries into one"));
            }
        }
        if script.environments.is_empty() {
            let message = format!("`{}` is listed for no environment", shown(path));
            issues.push(Issue::new(script.path.span, message, "name one: `environment = \"prod\"`"));
        }
        let both = if retired.contains(path) {
            Some("retired")
        } else {
            quarantine.covers(path).then_some("in quarantine")
        };
        if let Some(both) = both {
            let message = format!("`{}` is a script and {both}", shown(path));
            issues.push(Issue::new(script.path.span, message, "decide which, and remove the other entry"));
        }
        if let Some(project) = contract.nested.iter().find(|nested| below(&nested.value, path)) {
            let message = format!("`{}` lies in the nested project {}", shown(path), shown(&project.value));
            issues.push(Issue::new(script.path.span, message, "declare it in that project's contract"));
        }
        patterns(&script.commands, issues);
        unnamed(script, issues);
    }
    if let Some(own) = &contract.migrations {
        patterns(&own.commands, issues);
    }
}

fn patterns(commands: &[At<String>], issues: &mut Vec<Issue>) {
    for pattern in commands.iter().filter(|pattern| pattern.value.split_whitespace().next() == Some("*")) {
        let hint = "name the tool first: `prisma migrate *`";
        issues.push(Issue::new(pattern.span, "this command names no tool", hint));
    }
}

fn unnamed(script: &Script, issues: &mut Vec<Issue>) {
    for (_, grant) in script.tables.iter().filter(|(name, _)| name.trim().is_empty()) {
        issues.push(Issue::new(grant.span, "a table has no name", "name it as in the database"));
    }
}

fn proof(name: &str, policy: &Policy, issues: &mut Vec<Issue>) {
    let at = policy.proof_at.unwrap_or(policy.span);
    match (policy.proof, &policy.oidc) {
        (Proof::Oidc, None) => issues.push(Issue::new(
            at,
            format!("{name} asks for an oidc token and does not say whose"),
            format!("add `[environments.{name}.oidc]` with `provider` and the claims that must hold"),
        )),
        (Proof::Oidc, Some(oidc)) => {
            if oidc.provider.is_empty() && oidc.issuer.is_none() {
                let message = format!("`[environments.{name}.oidc]` names no provider");
                issues.push(Issue::new(oidc.span, message, "write `provider = \"github\"`, or an `issuer`"));
            }
            // Anybody's repository gets tokens of a public issuer.
            if oidc.claims.is_empty() && oidc.issuer.is_none() && !oidc.provider.is_empty() {
                let message = format!("every token of the provider is a proof for {name}");
                let hint = "ask for claims that only your repository's tokens have, `repository_id` first";
                issues.push(Issue::new(oidc.span, message, hint));
            }
        }
        (Proof::DeployKey, _) if policy.deploy_keys.is_empty() => issues.push(Issue::new(
            at,
            format!("{name} asks for a deploy key and names none"),
            "add `deploy_keys = [\"ed25519:…\"]` with the public key",
        )),
        _ => {}
    }
}

fn below(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
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
        match signers::parse(&text) {
            Ok(_) => {}
            Err(wrong) => {
                let lines = crate::words::span::Lines::of(&text);
                for issue in wrong {
                    let (line, _) = lines.position(&text, issue.span.start);
                    let message = format!("{} line {line}: {}", shown(&path.value), issue.message);
                    self.issue(path.span, message, issue.hint);
                }
            }
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

#[cfg(test)]
mod tests;
