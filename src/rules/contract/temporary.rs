//! contract/temporary: a reason speaks of something that is meant to end.

use crate::rules::facts::Facts;
use crate::words::finding::Finding;

pub const ID: &str = "contract/temporary";

const WORDS: [&str; 14] = [
    "temporary",
    "temporarily",
    "for now",
    "until",
    "todo",
    "fixme",
    "hotfix",
    "just this once",
    "one-off",
    "one off",
    "workaround",
    "interim",
    "short term",
    "short-term",
];

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(migrations) = facts.contract.and_then(|c| c.migrations.as_ref()) else { return Vec::new() };
    migrations
        .allow
        .iter()
        .filter_map(|allow| {
            let reason = allow.reason.as_ref()?;
            let lower = reason.to_ascii_lowercase();
            let word = WORDS.iter().find(|w| holds_word(&lower, w))?;
            Some(Finding::new(
                ID,
                facts.policy(reason.span)?,
                format!(
                    "the reason says \"{word}\": the contract knows no exceptions that end by themselves"
                ),
                "say why this is right for good, or do not allow it",
            ))
        })
        .collect()
}

fn holds_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        let after = text[at + word.len()..].chars().next().is_none_or(|c| !c.is_alphanumeric());
        before && after
    })
}
