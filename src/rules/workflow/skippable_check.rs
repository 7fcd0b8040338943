//! The check runs, but can be skipped, or can fail without stopping anything.

use std::collections::BTreeSet;

use super::Facts;
use super::coverage::{Event, candidates};
use crate::words::finding::Finding;

pub const ID: &str = "workflow/skippable-check";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut doubts = BTreeSet::new();
    for event in [Event::PullRequest, Event::Push] {
        let found = candidates(facts, event);
        // One place that always counts is enough; others may be as choosy as they like.
        if found.iter().any(|candidate| candidate.doubts.is_empty()) {
            continue;
        }
        doubts.extend(found.into_iter().flat_map(|candidate| candidate.doubts));
    }
    doubts
        .into_iter()
        .map(|doubt| {
            Finding::new(
                ID,
                doubt.at,
                format!("`guard check` does not protect the merge here: {}", doubt.why),
                "let the check run on every pull request and every push to the deploy branch, and let its failure fail the job",
            )
        })
        .collect()
}
