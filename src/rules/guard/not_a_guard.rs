//! guard/not-a-guard: a function that the contract names as a guard does not stop the process when
//! it should; or `guard` is not this tool.

use crate::knowledge::command::Gate;
use crate::lang::Kind;
use crate::reach::event::{EventKind, World};
use crate::rules::facts::Facts;
use crate::rules::guard::inline::excused;
use crate::words::finding::Finding;
use crate::words::span::Place;

pub const ID: &str = "guard/not-a-guard";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for guard in facts.guards {
        let kind = if guard.fingerprint { "the wrong database" } else { "a machine that is no CI" };
        let Some((walk, span)) = &guard.walk else {
            let unread = guard.file.is_some_and(|f| facts.sources.file(f).kind == crate::lang::Kind::Other);
            if unread {
                // The scripts that call it are in the same language, and each is told of.
                continue;
            }
            findings.push(Finding::new(
                ID,
                guard.at,
                format!("there is no function `{}` in that file that could be followed", guard.name),
                "name a function that the file defines and exports",
            ));
            continue;
        };
        if !walk.falls {
            continue;
        }
        let Some(file) = guard.file else { continue };
        let world = if guard.fingerprint { World::WrongDatabase } else { World::NoCi };
        if walk.excuses.is_empty() {
            findings.push(
                Finding::new(
                    ID,
                    Place { file, span: *span },
                    format!("`{}` is named as a guard, but it returns to its caller on {kind}", guard.name),
                    "end the process, or throw, whenever the check does not hold",
                )
                .policy(guard.at, "named as a guard here"),
            );
        } else {
            findings.extend(walk.excuses.iter().map(|excuse| excused(excuse, world)));
        }
    }
    findings.extend(impostors(facts));
    findings.extend(stand_ins(facts));
    findings.extend(replaced(facts));
    findings
}

/// A program puts something else in the place of a guard, in the module that everybody has it from.
fn replaced(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (program, walk) in &facts.survey.programs {
        if facts.scope.tests.contains(program) || facts.scope.quarantined.contains(program) {
            continue;
        }
        for event in &walk.events {
            let EventKind::Replaces { file, name } = &event.kind else { continue };
            let guard = facts.guards.iter().find(|g| g.file == Some(*file) && g.name == *name);
            let Some(guard) = guard else { continue };
            if facts.scope.tests.contains(&event.at.file) || findings.iter().any(|f| f.at == event.at) {
                continue;
            }
            findings.push(
                Finding::new(
                    ID,
                    event.at,
                    format!(
                        "this takes the place of the guard `{name}`: whoever calls it afterwards calls this"
                    ),
                    "leave the guard as it is; what tests need stays in their own folder",
                )
                .policy(guard.at, "named as a guard here"),
            );
        }
    }
    findings
}

/// A script reads the guards' file and defines a function or an alias of the same name itself: what it
/// calls afterwards is its own.
fn stand_ins(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (file, _) in facts.inline_scripts() {
        let touched = facts.survey.touched(file);
        for guard in facts.guards.iter().filter(|g| g.file.is_some_and(|f| touched.contains(&f))) {
            for other in touched.iter().filter(|f| guard.file != Some(**f)) {
                if facts.sources.file(*other).kind != Kind::Shell {
                    continue;
                }
                let lowered = facts.sources.file(*other).lowered();
                let functions = lowered.unit.iter().flat_map(|u| &u.functions);
                for found in functions.filter(|f| f.name.as_deref() == Some(&guard.name)) {
                    let at = Place { file: *other, span: found.span };
                    if findings.iter().all(|f| f.at != at) {
                        findings.push(
                            Finding::new(
                                ID,
                                at,
                                format!(
                                    "this takes the place of the guard `{}`: whoever calls it calls this",
                                    guard.name
                                ),
                                "take it out, so that the guard of that name is the only one",
                            )
                            .policy(guard.at, "named as a guard here"),
                        );
                    }
                }
            }
        }
    }
    findings
}

/// Something that a pipeline puts where `guard` is looked for.
#[must_use]
pub fn another(at: Place) -> Finding {
    Finding::new(
        ID,
        at,
        "after this, `guard` is a program of the repository, or one that does nothing",
        "install guard itself, and let nothing of the repository stand before it in `PATH`",
    )
}

/// `npx guard`, `./guard`: a package or file of that name is somebody else's.
fn impostors(facts: &Facts<'_>) -> Vec<Finding> {
    let walks = facts.survey.entry_walks.iter().chain(facts.survey.programs.values());
    let mut findings: Vec<Finding> = Vec::new();
    for event in walks.flat_map(|w| &w.events) {
        let EventKind::Ran { meaning, .. } = &event.kind else { continue };
        if meaning.gate == Some(Gate::NotGuard)
            && !facts.scope.exempt(event.at.file)
            && findings.iter().all(|f| f.at != event.at)
        {
            findings.push(Finding::new(
                ID,
                event.at,
                "this starts another program that is called guard: the plain package name belongs to somebody else",
                "call the installed `guard` by its plain name",
            ));
        }
    }
    findings
}
