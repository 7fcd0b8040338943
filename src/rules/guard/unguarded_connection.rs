//! guard/unguarded-connection: a `[[connection]]` module can hand out a connection before the
//! fingerprint check passed.

use crate::reach::event::{EventKind, World};
use crate::rules::facts::Facts;
use crate::words::finding::Finding;

pub const ID: &str = "guard/unguarded-connection";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &facts.scope.connections {
        let Some(walk) = facts.worlds.get(&(*file, World::WrongDatabase)) else { continue };
        let opens = walk.events.iter().find(|e| {
            matches!(e.kind, EventKind::Opens | EventKind::Reads { .. } | EventKind::Effect { .. })
        });
        if let Some(event) = opens {
            findings.push(Finding::new(
                ID,
                facts.place_in(*file, event),
                "a connection is made here before the fingerprint check has passed: whoever imports this module gets it",
                "check the fingerprint first, and make the connection only after it",
            ));
        }
    }
    findings
}
