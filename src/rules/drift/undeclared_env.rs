//! A variable that is required in one place and unknown in the other.

use std::collections::BTreeSet;

use super::Facts;
use crate::words::finding::Finding;
use crate::words::span::Place;

pub const ID: &str = "drift/undeclared-env";

/// Set by the platform or by guard itself, so that nobody has to declare them.
const GIVEN: [&str; 10] =
    ["CI", "PORT", "HOST", "HOME", "PATH", "NODE_ENV", "USER", "PWD", "GITHUB_ACTIONS", "GITHUB_TOKEN"];

/// Read by libraries under names of their own, which stand in no file of the repository.
const LIBRARIES: [&str; 14] = [
    "AWS_",
    "AZURE_",
    "GOOGLE_",
    "OPENAI_",
    "ANTHROPIC_",
    "SENTRY_",
    "NEXTAUTH_",
    "AUTH_",
    "OTEL_",
    "NODE_",
    "PG",
    "TZ",
    "LD_",
    "SSL_",
];

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some((file, deployment)) = facts.deployment else { return Vec::new() };
    // Without a list nobody promised that it is complete.
    if deployment.required_env.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (name, span) in &deployment.required_env {
        let known = facts.reads.as_ref().is_none_or(|reads| reads.contains(name))
            || deployment.own_env.contains(name)
            || facts.contract_env.contains(name)
            || GIVEN.contains(&name.as_str())
            || LIBRARIES.iter().any(|start| name.starts_with(start));
        if !known {
            out.push(Finding::new(
                ID,
                Place { file, span: *span },
                format!("`{name}` is required here, and nothing in the repository reads it"),
                "take it out of `required_env`, or correct its name",
            ));
        }
    }
    let mut seen = BTreeSet::new();
    for (name, at) in &facts.requires {
        let declared = deployment.required_env.iter().any(|(have, _)| have == name);
        if !declared && !GIVEN.contains(&name.as_str()) && seen.insert(name.as_str()) {
            out.push(Finding::new(
                ID,
                *at,
                format!("the program ends here when `{name}` is missing, but `required_env` of `guard.toml` does not name it"),
                format!("add \"{name}\" to `required_env`, so that a deploy stops before anything is replaced"),
            ));
        }
    }
    out
}
