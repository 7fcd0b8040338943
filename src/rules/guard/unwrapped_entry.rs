//! guard/unwrapped-entry: an entry point starts a `wrapper` script without `guard migrate` or
//! `guard run`, or for another environment.

use std::collections::BTreeSet;

use crate::contract::model::Enforced;
use crate::reach::event::{EventKind, How};
use crate::rules::facts::Facts;
use crate::words::finding::Finding;

pub const ID: &str = "guard/unwrapped-entry";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(contract) = facts.contract else { return Vec::new() };
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    let walks =
        facts.survey.entry_walks.iter().chain(
            facts.survey.programs.iter().filter(|(f, _)| !facts.scope.tests.contains(f)).map(|(_, w)| w),
        );
    for event in walks.flat_map(|w| &w.events) {
        let EventKind::Reach { file, how } = &event.kind else { continue };
        let Some(indices) = facts.scope.scripts.get(file) else { continue };
        let wrapped = match how {
            How::Started { wrapped } => wrapped.as_ref().or(event.wrapped.as_ref()),
            How::Imported | How::Included => event.wrapped.as_ref(),
            How::Sql => continue,
        };
        for index in indices {
            let script = &contract.scripts[*index];
            if script.enforced != Enforced::Wrapper || !facts.is_protected(script) || event.at.file == *file {
                continue;
            }
            let message = match wrapped {
                None => format!(
                    "this starts `{}` bare: its guards are `guard migrate` and `guard run`, and neither is here",
                    script.path.value
                ),
                Some(wrapped) => {
                    let named = wrapped.environment.as_ref().and_then(|e| e.as_known());
                    match named {
                        Some(env) if !script.environments.iter().any(|e| e.value == env) => {
                            format!(
                                "this starts `{}` for {env}, but the contract declares it for another environment",
                                script.path.value
                            )
                        }
                        _ => continue,
                    }
                }
            };
            if !seen.insert(event.at) {
                continue;
            }
            let mut finding = Finding::new(
                ID,
                event.at,
                message,
                "start it as `guard migrate -- …` (or `guard run --env … -- …`)",
            );
            if let Some(at) = facts.policy(script.path.span) {
                finding = finding.policy(at, "declared with enforced = \"wrapper\"");
            }
            findings.push(finding);
        }
    }
    findings
}
