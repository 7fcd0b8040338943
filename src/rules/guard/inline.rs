//! guard/missing-, late-, loose-, conditional-ci-check, guard/swallowed-check,
//! guard/missing-fingerprint, guard/late-fingerprint, guard/other-database,
//! guard/weaker-than-policy, and the bypass/… switches that decide whether a guard holds.
//!
//! A declared script is walked where `CI` is not `true`, and where the database is the wrong one.
//! If an effect is reached there, the guard does not hold; the excuse on the path says why.

use std::collections::BTreeSet;

use crate::contract::model::{Proof, Script};
use crate::reach::eval::Walk;
use crate::reach::event::{Event, EventKind, Excuse, ExcuseKind, World};
use crate::reach::value::Taint;
use crate::rules::facts::Facts;
use crate::words::finding::Finding;
use crate::words::span::{FileId, Place};

pub const MISSING_CI: &str = "guard/missing-ci-check";
pub const LATE_CI: &str = "guard/late-ci-check";
pub const LOOSE_CI: &str = "guard/loose-ci-check";
pub const CONDITIONAL_CI: &str = "guard/conditional-ci-check";
pub const SWALLOWED: &str = "guard/swallowed-check";
pub const MISSING_FINGERPRINT: &str = "guard/missing-fingerprint";
pub const LATE_FINGERPRINT: &str = "guard/late-fingerprint";
pub const OTHER_DATABASE: &str = "guard/other-database";
pub const WEAKER: &str = "guard/weaker-than-policy";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for guard in facts.guards {
        let world = if guard.fingerprint { World::WrongDatabase } else { World::NoCi };
        if let Some((walk, _)) = &guard.walk {
            ends_well(walk, world, &mut findings);
        }
    }
    for (file, script) in facts.inline_scripts() {
        if !facts.acts(file) {
            continue;
        }
        for world in [World::NoCi, World::WrongDatabase] {
            if let Some(walk) = facts.worlds.get(&(file, world)) {
                ends_well(walk, world, &mut findings);
            }
        }
        if let Some(walk) = facts.worlds.get(&(file, World::NoCi)) {
            judge_ci(facts, file, script, walk, &mut findings);
        }
        if let Some(walk) = facts.worlds.get(&(file, World::WrongDatabase)) {
            judge_fingerprint(facts, file, script, walk, &mut findings);
        }
        judge_policy(facts, file, script, &mut findings);
        super::other_environment::check(facts, file, script, &mut findings);
    }
    findings
}

/// The guard stops the script, and whoever started it is told that all went well.
fn ends_well(walk: &Walk, world: World, findings: &mut Vec<Finding>) {
    let which = if world == World::WrongDatabase { "fingerprint check" } else { "CI check" };
    for event in walk.events.iter().filter(|e| matches!(e.kind, EventKind::EndsWell)) {
        if findings.iter().any(|f| f.at == event.at && f.rule == SWALLOWED) {
            continue;
        }
        findings.push(Finding::new(
            SWALLOWED,
            event.at,
            format!("the {which} fails here and ends the program with status 0: whoever started it goes on as if it had done its work"),
            "end it with another status than 0, or throw",
        ));
    }
}

/// What must not be reached before the CI check: effects, connections, programs with effects.
fn first_reached<'w>(facts: &Facts<'_>, walk: &'w Walk, connections: bool) -> Option<(usize, &'w Event)> {
    walk.events.iter().enumerate().find(|(_, event)| !event.speculative && counts(facts, event, connections))
}

fn counts(facts: &Facts<'_>, event: &Event, connections: bool) -> bool {
    match &event.kind {
        EventKind::Effect { .. } => true,
        EventKind::Opens | EventKind::Reads { .. } => connections,
        EventKind::Reach { file, how: crate::reach::event::How::Started { .. } } => {
            !facts.scope.scripts.contains_key(file) && facts.acts(*file)
        }
        _ => false,
    }
}

fn judge_ci(facts: &Facts<'_>, file: FileId, script: &Script, walk: &Walk, findings: &mut Vec<Finding>) {
    let Some((index, event)) = first_reached(facts, walk, true) else { return };
    let at = facts.place_in(file, event);
    let mut causes = BTreeSet::new();
    for reached in walk.events[index..].iter().filter(|e| counts(facts, e, true)) {
        causes.extend(reached.excuses.iter().copied());
    }
    if event.excuses.is_empty() || causes.is_empty() {
        let later = walk.events[index..].iter().any(|e| matches!(e.kind, EventKind::GuardStop));
        let (rule, message) = if later {
            (
                LATE_CI,
                "this happens before the CI check: a laptop has connected by the time it is told to stop",
            )
        } else {
            (MISSING_CI, "nothing checks that this runs in CI before it gets here")
        };
        let environment = script.environments.first().map_or("", |e| e.value.as_str());
        findings.push(
            Finding::new(
                rule,
                at,
                format!("{message} (`{}` is declared for {environment})", script.path.value),
                "let the first statement of the script end it unless CI is exactly \"true\", before anything is loaded",
            )
            .trace(facts.trace(event, "reached without a check")),
        );
        return;
    }
    for cause in causes {
        findings.push(excused(&walk.excuses[cause], World::NoCi));
    }
}

fn judge_fingerprint(
    facts: &Facts<'_>,
    file: FileId,
    script: &Script,
    walk: &Walk,
    findings: &mut Vec<Finding>,
) {
    let reached = walk.events.iter().enumerate().find(|(_, e)| !e.speculative && counts(facts, e, false));
    let Some((index, event)) = reached else {
        let first_read = walk.events.iter().position(|e| {
            matches!(e.kind, EventKind::Reads { .. }) && !e.speculative && !inside_check(e, walk)
        });
        let stop = walk.events.iter().position(|e| matches!(e.kind, EventKind::GuardStop));
        if let (Some(read), Some(stop)) = (first_read, stop)
            && read < stop
        {
            let event = &walk.events[read];
            findings.push(Finding::new(
                LATE_FINGERPRINT,
                facts.place_in(file, event),
                "the connection is used before the fingerprint check: what it reads may come from another database",
                "check the fingerprint first, then read",
            ));
        }
        other_database(facts, file, script, walk, findings);
        return;
    };
    let at = facts.place_in(file, event);
    let mut causes = BTreeSet::new();
    for event in walk.events[index..].iter().filter(|e| counts(facts, e, false)) {
        causes.extend(event.excuses.iter().copied());
    }
    if event.excuses.is_empty() || causes.is_empty() {
        let later = walk.events[index..]
            .iter()
            .any(|e| matches!(e.kind, EventKind::GuardStop | EventKind::Fingerprint { .. }));
        let (rule, message) = if later {
            (LATE_FINGERPRINT, "the database is changed before its fingerprint is checked")
        } else {
            (MISSING_FINGERPRINT, "nothing checks that this is the right database before it gets here")
        };
        findings.push(
            Finding::new(
                rule,
                at,
                format!("{message} (`{}`)", script.path.value),
                "call the fingerprint check of [guards] before the first use of the connection",
            )
            .trace(facts.trace(event, "reached without a check")),
        );
        return;
    }
    for cause in causes {
        findings.push(excused(&walk.excuses[cause], World::WrongDatabase));
    }
    // Whoever mends that one would only meet the next.
    other_database(facts, file, script, walk, findings);
}

/// Reads that the check itself makes are its work.
fn inside_check(event: &Event, walk: &Walk) -> bool {
    walk.events.iter().filter(|e| matches!(e.kind, EventKind::Fingerprint { .. })).any(|check| {
        event.stack.len() > check.stack.len() && event.stack.get(check.stack.len()) == Some(&check.at)
    })
}

/// The check looked at one URL, and the effect uses another, or may.
fn other_database(
    facts: &Facts<'_>,
    file: FileId,
    script: &Script,
    wrong: &Walk,
    findings: &mut Vec<Finding>,
) {
    let Some(walk) = facts.survey.programs.get(&file) else { return };
    // Of several checks, on the wrong database, only the first is seen to run: the walk ends there.
    let several = !script.reads.is_empty();
    let checks = if several { walk } else { wrong };
    let mut checked = BTreeSet::new();
    let mut handed = false;
    for event in checks.events.iter().filter(|e| !e.speculative && !e.conditional) {
        if let EventKind::Fingerprint { url, .. } = &event.kind {
            checked.extend(names(url));
            handed |= url.has(|s| s.arguments || s.prompt);
        }
    }
    if !checked.iter().any(|name| is_place(name)) {
        return;
    }
    for event in walk.events.iter().filter(|e| !e.speculative) {
        let url = match &event.kind {
            EventKind::Effect { url, .. } => url,
            EventKind::Reads { url } if several => url,
            _ => continue,
        };
        let used = names(url);
        let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join("`, `");
        if !handed && url.has(|s| s.arguments || s.prompt) {
            findings.push(Finding::new(
                OTHER_DATABASE,
                facts.place_in(file, event),
                format!(
                    "whoever starts `{}` can hand it another database here than `{}`, which the fingerprint check looked at",
                    script.path.value,
                    list(&checked)
                ),
                "check the fingerprint of the very URL that is used",
            ));
            return;
        }
        // One of several addresses: the check looked at some of them only.
        let others = !several && used.iter().any(|name| is_address(name) && !checked.contains(name));
        let beside = used.difference(&checked).any(|name| super::other_environment::is_another(facts, name));
        if !used.is_empty() && (used.is_disjoint(&checked) || beside) || others {
            findings.push(Finding::new(
                OTHER_DATABASE,
                facts.place_in(file, event),
                format!(
                    "this goes to the database of `{}`, but the fingerprint check of `{}` looked at `{}`",
                    list(&used),
                    script.path.value,
                    list(&checked)
                ),
                "check the fingerprint of the very URL that is used",
            ));
            return;
        }
    }
}

fn names(taint: &Taint) -> BTreeSet<String> {
    taint.sources().map(|s| s.variables.iter().cloned().collect()).unwrap_or_default()
}

/// By its name, a variable that holds a whole address.
fn is_address(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    ["URL", "DSN", "URI", "CONNECTION_STRING"].iter().any(|end| upper.ends_with(end))
}

/// By its name, a variable that says where a database is.
fn is_place(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    ["URL", "DSN", "URI", "CONNECTION", "HOST"].iter().any(|part| upper.contains(part))
        || name.starts_with("a place")
}

fn judge_policy(facts: &Facts<'_>, file: FileId, script: &Script, findings: &mut Vec<Finding>) {
    let Some(contract) = facts.contract else { return };
    let policy =
        script.environments.iter().filter_map(|e| contract.policy(e)).find(|p| p.proof != Proof::CiVariable);
    let (Some(policy), Some(walk)) = (policy, facts.worlds.get(&(file, World::NoProof))) else { return };
    let Some((_, event)) = first_reached(facts, walk, false) else { return };
    let mut finding = Finding::new(
        WEAKER,
        facts.place_in(file, event),
        format!(
            "`{}` guards itself with the CI variable alone, which anybody can set; its environment asks for a proof",
            script.path.value
        ),
        "call `guard proof` and `guard fingerprint verify` first, or let `guard migrate` wrap the script",
    );
    if let Some(at) = facts.policy(policy.span) {
        finding = finding.policy(at, "what the environment asks for");
    }
    findings.push(finding);
}

/// The finding for a guard that is there and does not hold.
#[must_use]
pub fn excused(excuse: &Excuse, world: World) -> Finding {
    let (rule, message, help) = describe(excuse, world);
    let finding = Finding::new(rule, excuse.at, message, help);
    match excuse.guard {
        Some(guard) if guard != excuse.at => finding.trace(vec![crate::words::finding::Step {
            at: guard,
            label: "the check that it gets around".to_owned(),
        }]),
        _ => finding,
    }
}

fn describe(excuse: &Excuse, world: World) -> (&'static str, String, &'static str) {
    let mut sources = excuse.taint.sources().cloned().unwrap_or_default();
    if sources.arguments || sources.prompt {
        // Where the database is, is what the check asks about; what steers it is the other one.
        sources.variables.retain(|name| !is_place(name));
    }
    let which = if world == World::WrongDatabase { "fingerprint check" } else { "CI check" };
    let take_out = "let the check run always, first, and unconditionally";
    match excuse.kind {
        ExcuseKind::Swallowed => (
            SWALLOWED,
            format!(
                "the {which} fails here, and the program goes on: its failure is caught or never looked at"
            ),
            "let the failure end the program",
        ),
        ExcuseKind::Masked => (
            crate::rules::bypass::masked_failure::ID,
            format!("the {which} fails here, and nobody sees it: the shell goes on"),
            "run the check as a statement of its own under `set -e`",
        ),
        _ if sources.computed => (
            crate::rules::bypass::switches::COMPUTED,
            format!("a variable whose name is put together at run time decides whether the {which} holds"),
            take_out,
        ),
        _ if !sources.variables.is_empty() => (
            crate::rules::bypass::switches::ENV,
            format!(
                "`{}` decides whether the {which} holds: whoever sets it gets past",
                sources.variables.iter().cloned().collect::<Vec<_>>().join("`, `")
            ),
            take_out,
        ),
        _ if sources.arguments || sources.prompt => (
            crate::rules::bypass::switches::CLI,
            format!(
                "{} decides whether the {which} holds",
                if sources.prompt { "an answer at a prompt" } else { "an argument on the command line" }
            ),
            take_out,
        ),
        ExcuseKind::Loose => (
            LOOSE_CI,
            "this accepts more than `CI` equal to \"true\": a shell with CI=1, CI=yes or a default gets past"
                .to_owned(),
            "compare with the text \"true\" and nothing else",
        ),
        ExcuseKind::Conditional if world == World::WrongDatabase => (
            MISSING_FINGERPRINT,
            "on one path the fingerprint is not checked, or its mismatch does not stop the program"
                .to_owned(),
            take_out,
        ),
        ExcuseKind::Conditional => (
            CONDITIONAL_CI,
            "the CI check stands behind a condition: where that does not hold, nothing stops the script"
                .to_owned(),
            take_out,
        ),
    }
}

/// Where a walk shows that a place is reached; for other rules.
#[must_use]
pub fn reaches(walk: &Walk, place: Place) -> bool {
    walk.events.iter().any(|e| e.at == place)
}
