//! `FAILURE_ROLLBACK`: what this run started is stopped, newest first, and what it had replaced of the last
//! known-good release is started again. Migrations are never reverted.

use std::time::Duration;

use serde_json::Map;

use super::halt::Halt;
use super::outside;
use super::passing;
use super::ready::{Gate, NotReady};
use super::record::{self, Recipe, Record};
use super::run::Run;
use super::services::TUNNEL;
use super::standing::Standing;
use super::stop::{self, Stopped};
use super::surroundings;
use crate::words::rollout::{Rollback, State, StateResult};

/// What a service of the last release gets at least to be there again.
pub const AGAIN: Duration = Duration::from_secs(20);

/// Said of a rollback with nothing to do. It is no step for anybody.
pub const NOTHING: &str = "nothing was replaced, so nothing was rolled back";

/// Undoes. Signals and the run's own deadline do not end it halfway.
pub fn undo(run: &mut Run<'_>, halt: &Halt) -> Rollback {
    let mut done = Rollback::default();
    // A journal that cannot be written must not keep anything from being undone.
    drop(run.enter_quietly(State::FailureRollback, Map::new()));
    run.note("because", halt.ending.message.clone());
    stop_started(run, &mut done);
    stop_interrupted(run, &mut done);
    let surroundings = done.stopped.is_empty() && run.replaced.is_empty();
    start_again(run, &mut done);
    if !run.migrations.is_empty() {
        done.migrations_kept.clone_from(&run.migrations);
        done.notes.push(format!(
            "{} stays applied: guard never reverts migrations. Code of the release before must live with it; \
             if it cannot, add a migration that goes forward",
            run.migrations.join(", ")
        ));
    }
    let result = if surroundings && done.restarted.is_empty() && done.problems.is_empty() {
        done.notes.push(NOTHING.into());
        StateResult::Skipped
    } else if done.problems.is_empty() {
        StateResult::Pass
    } else {
        StateResult::Fail
    };
    run.note("stopped", done.stopped.clone());
    run.note("restarted", done.restarted.clone());
    if !done.problems.is_empty() {
        run.note("problems", done.problems.clone());
    }
    run.leave(result, halt.ending.code.filter(|_| result == StateResult::Fail));
    done
}

/// What a person does about a rollback that did not bring everything back.
#[must_use]
pub fn by_hand(run: &Run<'_>, done: &Rollback) -> Option<String> {
    if done.problems.is_empty() {
        return None;
    }
    let environment = run.request.environment;
    let lives = |name: &str| Record::of(&run.places, environment, name).is_some_and(|record| record.lives());
    let dead = run.services.iter().filter(|own| own.healthy == Some(false) || !lives(&own.name));
    let dead: Vec<String> =
        dead.map(|serving| format!("`guard restart {} --env {environment}`", serving.name)).collect();
    Some(match dead.as_slice() {
        [] => format!("look at what is there now with `guard status --env {environment}`"),
        commands => format!(
            "what ran before did not come back: mend what its log says, then {}, or deploy what works",
            commands.join(" and ")
        ),
    })
}

fn stop_started(run: &mut Run<'_>, done: &mut Rollback) {
    // The tunnel comes last in the order of the states, and so first in this one; it has no place in the list.
    stop_one(run, TUNNEL, done);
    for at in (0..run.services.len()).rev() {
        if !run.services[at].started || run.services[at].stopped {
            continue;
        }
        let name = run.services[at].name.clone();
        if run.services[at].log_tail.is_empty() {
            run.services[at].log_tail = run.log_tail(&name, super::ready::LINES);
        }
        stop_one(run, &name, done);
        run.services[at].stopped = true;
    }
}

/// A service's name, or what people call the tunnel.
fn shown(name: &str) -> &str {
    if name == TUNNEL { "tunnel" } else { name }
}

/// What a run started that was killed, and that nobody took over.
fn stop_interrupted(run: &mut Run<'_>, done: &mut Rollback) {
    let Some(interrupted) = run.interrupted.clone() else { return };
    for record in record::all(&run.places, run.request.environment) {
        if record.recipe.run == interrupted.run && !record.members().is_empty() {
            stop_of(run, &record.recipe.service, &interrupted.run, done);
        }
    }
}

/// Stops the service of this run with this name, if there is one.
fn stop_one(run: &mut Run<'_>, name: &str, done: &mut Rollback) {
    let own = run.id.clone();
    stop_of(run, name, &own, done);
}

fn stop_of(run: &mut Run<'_>, name: &str, of: &str, done: &mut Rollback) {
    let path = run.places.service(run.request.environment, name);
    let Some(record) = Record::read(&path).filter(|record| record.recipe.run == of) else { return };
    let what = format!("the end of {name}");
    match stop::stop(&record, &path, |why| run.waiting(&what, why)) {
        Stopped::WasNot | Stopped::Gently => done.stopped.push(shown(name).to_owned()),
        Stopped::ByForce => {
            done.stopped.push(shown(name).to_owned());
            done.notes.push(format!("{name} did not end when asked, and was killed"));
        }
        Stopped::Stays(left) => {
            let pids: Vec<String> = left.iter().map(u32::to_string).collect();
            done.problems.push(format!("{name} does not end: {} stay", pids.join(", ")));
        }
    }
}

/// The last known-good release, as far as it does not run.
fn start_again(run: &mut Run<'_>, done: &mut Rollback) {
    let Some(good) = Standing::read(&run.places, run.request.environment).good else {
        if !run.replaced.is_empty() {
            done.notes.push("there is no known-good release to go back to".into());
        }
        return;
    };
    // What somebody wanted stopped is not put back because their command was killed.
    let unfinished = run.interrupted.as_ref().is_some_and(|it| it.command.as_deref() != Some("stop"));
    for record in good.services {
        let name = record.recipe.service.clone();
        let ours = run.replaced.iter().any(|replaced| replaced.recipe.service == name);
        let started = run.services.iter().any(|service| service.name == name && service.started);
        let running = Record::of(&run.places, run.request.environment, &name).is_some_and(|now| now.lives());
        if running || !ours && !started && !unfinished {
            continue;
        }
        if is_replaced(run, &record) && name != TUNNEL {
            let note = "the code under it has been replaced: it runs what lies in the folder now";
            if !done.notes.iter().any(|known| known == note) {
                done.notes.push(note.into());
            }
        }
        let went = again(run, &record, AGAIN);
        if let Some(serving) = run.services.iter_mut().find(|serving| serving.name == name) {
            serving.healthy = Some(went.is_ok());
        }
        match went {
            Ok(()) => {
                done.restarted.push(shown(&name).to_owned());
                if name == TUNNEL
                    && let Err(why) = outside::leads_again(run)
                {
                    done.problems.push(format!("the tunnel runs again, and does not lead here: {why}"));
                }
            }
            Err(not) => {
                let why = format!("{} of the release before could not be started: {}", shown(&name), not.why);
                done.problems.push(why);
            }
        }
    }
}

/// What a record was started from is not what lies in the folder now.
#[must_use]
pub fn is_replaced(run: &Run<'_>, record: &Record) -> bool {
    let recipe = &record.recipe;
    if recipe.tree.is_empty() { recipe.commit != run.commit } else { recipe.tree != run.tree }
}

/// Starts what a record says, and waits for its port and for what its probes ask today.
pub fn again(run: &mut Run<'_>, before: &Record, least: Duration) -> Result<(), NotReady> {
    let name = before.recipe.service.clone();
    let recipe = Recipe { run: run.id.clone(), ..before.recipe.clone() };
    let variables = run.request.variables;
    let given = if name == TUNNEL {
        surroundings::inherited(variables)
    } else {
        surroundings::of_service(variables, recipe.port, &recipe.host, &recipe.own)
    };
    // The record of a run that is over must not be taken for one of this run.
    let record = run.start_process(recipe, given).map_err(|halt| NotReady::of(*halt))?;
    let service = run.config.services.iter().find(|service| service.name.value == name).cloned();
    let asked = service.as_ref().and_then(|service| run.durations().ready(service).ok());
    let within = asked.map_or(AGAIN, |asked| asked.value.max(least));
    let mut gate = Gate::back(run, service.as_ref(), &record).map_err(|halt| NotReady::of(*halt))?;
    let ready = passing::come_back(run, &mut gate, within);
    if ready.as_ref().is_err_and(|not| not.never) {
        // What can never serve is not left behind; what is only late may come up yet.
        drop(run.stop_record(&record));
    }
    ready
}
