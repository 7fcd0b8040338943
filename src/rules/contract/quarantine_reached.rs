//! contract/quarantine-reached: something that can be started reaches a quarantined file.

use std::collections::BTreeSet;

use crate::reach::eval::Walk;
use crate::reach::event::{EventKind, How};
use crate::rules::facts::Facts;
use crate::words::finding::Finding;

pub const ID: &str = "contract/quarantine-reached";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    let walks = facts.survey.entry_walks.iter().chain(facts.survey.programs.values());
    for walk in walks {
        reached(facts, walk, &mut seen, &mut findings);
    }
    findings
}

fn reached(
    facts: &Facts<'_>,
    walk: &Walk,
    seen: &mut BTreeSet<crate::words::span::Place>,
    findings: &mut Vec<Finding>,
) {
    for event in &walk.events {
        let EventKind::Reach { file, how } = &event.kind else { continue };
        if !facts.scope.quarantined.contains(file)
            || facts.scope.quarantined.contains(&event.at.file)
            || !seen.insert(event.at)
        {
            continue;
        }
        let verb = match how {
            How::Imported => "imports",
            How::Included => "runs",
            How::Started { .. } => "starts",
            How::Sql => "executes",
        };
        let path = facts.sources.path(*file);
        findings.push(
            Finding::new(
                ID,
                event.at,
                format!("this {verb} `{path}`, which is in quarantine: it was put there because nobody vouches for what it does"),
                "take the call out, or write a script that the contract names",
            )
            .trace(facts.trace(event, "reaches the quarantined file")),
        );
    }
}
