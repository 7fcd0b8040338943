//! Contradictions: within the contract here, between it and the repository in `against`.

mod against;

use std::collections::BTreeSet;

use super::command;
use super::glob::Globs;
use super::issue::{Issue, tidy};
use super::model::{At, Contract, Policy, Proof, Script};
use super::reader::shown;

pub use against::{Repository, against};

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

#[cfg(test)]
mod tests;
