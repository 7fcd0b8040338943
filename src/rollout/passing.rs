//! The `*_READY_GATE`: waits for a service to pass its gate, tries its own recovery once when it does not, and tells how
//! it ended when it did.

use std::path::Path;
use std::time::{Duration, Instant};

use super::halt::{Halt, Step};
use super::incident::Often;
use super::ready::{Gate, LINES, NotReady};
use super::record::Record;
use super::recovery;
use super::run::{LOOK, Run, wrong};
use super::services::{evidence, has_gate};
use crate::io::clock::{self, Look, Unmet};
use crate::io::environment::Environment;
use crate::words::ending::Code;
use crate::words::rollout::{State, StateResult};

/// So long at least a service that was ready may be busy when it is asked once more.
const STILL: Duration = Duration::from_secs(4);

/// The `*_READY_GATE` state of one service.
pub fn gate(run: &mut Run<'_>, at: usize) -> Step {
    let service = run.service(at);
    if !has_gate(&run.services[at], &service) {
        return Ok(());
    }
    run.enter(State::ReadyGate(run.services[at].label.clone()), serde_json::Map::new())?;
    pass(run, at)?;
    run.leave(StateResult::Pass, None);
    Ok(())
}

/// Waits until the service is ready; once the time is up, its own recovery is tried once.
pub fn pass(run: &mut Run<'_>, at: usize) -> Step {
    let service = run.service(at);
    let Some(record) = run.services[at].record.clone() else { return Ok(()) };
    let within = run.durations().ready(&service).map_err(|error| wrong(&error))?.value;
    let mut gate = Gate::of(run, &service, &record)?;
    let mut passed = wait(run, &mut gate, within);
    if let (Err(not), Some(recover)) = (&passed, &service.recover)
        && not.code == Code::ServiceNotReady
        && !not.never
        && run.pressing().is_none()
    {
        let first = not.why.clone();
        let after = run.durations().recover(&service).map_err(|error| wrong(&error))?.value;
        if recovery::ask(run, &gate, recover, &first) {
            passed = wait(run, &mut gate, after);
            if let Err(not) = &passed {
                let why = not.why.clone();
                run.happened.push(Often::Recovery { service: service.name.value.clone(), why });
            }
        }
    }
    for probe in gate.found.drain(..) {
        run.probed(probe);
    }
    run.note("process", evidence(&gate.record));
    match passed {
        Ok(()) => {
            run.services[at].healthy = Some(true);
            run.services[at].held = gate.held.take();
            Ok(())
        }
        Err(not) => {
            run.services[at].healthy = Some(false);
            run.services[at].log_tail = run.log_tail(&service.name.value, LINES);
            if let Some(latest) = Record::of(&run.places, run.request.environment, &service.name.value) {
                run.services[at].record = Some(latest);
            }
            let next = next(&service.name.value, &not);
            let pressing = run.pressing();
            Err(pressing.unwrap_or_else(|| {
                Halt::failed(&format!("service {}", service.name.value), not.code, not.why, next)
            }))
        }
    }
}

/// One of the services that were ready, and what it says when it is asked once more.
struct Again {
    at: usize,
    gate: Gate,
    said: Option<Result<(), NotReady>>,
    last: NotReady,
}

/// Services that were ready while others were still awaited, and are not any more. All are asked at once, and
/// one slow answer is no end: they have a while to be as they were.
pub fn slipped(run: &mut Run<'_>) -> Step<Vec<(usize, Box<Halt>)>> {
    let mut asked = Vec::new();
    for at in 0..run.services.len() {
        let serving = &run.services[at];
        let Some(record) = serving.record.clone().filter(|_| serving.healthy == Some(true)) else { continue };
        let gate = Gate::again(run, at, &record)?;
        asked.push(Again { at, gate, said: None, last: NotReady::not_yet("it was not asked") });
    }
    // Who is allowed to be slow is not called gone for it.
    let within = asked.iter().map(|again| again.gate.longest()).max().unwrap_or_default().max(STILL);
    let variables = run.request.variables;
    let polled = run.poll("every service once more", Instant::now() + within, || {
        let mut open = None;
        for again in asked.iter_mut().filter(|again| again.said.is_none()) {
            match again.gate.look(variables) {
                Ok(()) => again.said = Some(Ok(())),
                Err(not) if not.never => again.said = Some(Err(not)),
                Err(not) => {
                    open = Some(not.why.clone());
                    again.last = not;
                }
            }
        }
        open.map_or(Look::Holds(()), Look::Not)
    });
    if let Err(Unmet::Never(halt)) = polled {
        return Err(halt);
    }
    let mut found = Vec::new();
    for Again { at, mut gate, said, last } in asked {
        for probe in gate.found.drain(..) {
            run.probed(probe);
        }
        let Err(not) = said.unwrap_or(Err(last)) else { continue };
        let not = if not.code == Code::ServiceExited { how_it_ended(run, &mut gate, not) } else { not };
        run.services[at].healthy = Some(false);
        run.services[at].log_tail = run.log_tail(&gate.name, LINES);
        let why = format!("{} was ready, and is not any more: {}", gate.name, not.why);
        let halt = Halt::failed(&format!("service {}", gate.name), not.code, why, next(&gate.name, &not));
        run.services[at].record = Some(gate.record);
        found.push((at, halt));
    }
    Ok(found)
}

/// What to do about a service that is not ready.
#[must_use]
pub fn next(name: &str, not: &NotReady) -> String {
    if not.next.is_empty() { format!("look at its log: `guard logs {name}`") } else { not.next.clone() }
}

/// One look at a gate, as a poll wants it. The last thing that was not so is kept with its code.
fn look(gate: &mut Gate, variables: &Environment, last: &mut NotReady) -> Look<(), Box<Halt>> {
    let Err(not) = gate.look(variables) else { return Look::Holds(()) };
    let (never, code, why) = (not.never, not.code, not.why.clone());
    *last = not;
    if never { Look::Never(Halt::failed("service", code, why, "")) } else { Look::Not(why) }
}

fn wait(run: &mut Run<'_>, gate: &mut Gate, within: Duration) -> Result<(), NotReady> {
    let deadline = Instant::now() + within;
    let what = format!("{} to be ready", gate.name);
    let variables = run.request.variables;
    let mut last = NotReady::not_yet("it was never asked");
    let polled = run.poll(&what, deadline, || look(gate, variables, &mut last));
    over(run, gate, polled, last, within)
}

/// The same for what is brought back: neither a signal nor the end of the run's time ends it halfway.
pub fn come_back(run: &mut Run<'_>, gate: &mut Gate, within: Duration) -> Result<(), NotReady> {
    let what = format!("{} of the release before", gate.name);
    let variables = run.request.variables;
    let mut last = NotReady::not_yet("it was never asked");
    let deadline = Instant::now() + within;
    let polled =
        clock::poll(deadline, LOOK, || look(gate, variables, &mut last), |why| run.waiting(&what, why));
    over(run, gate, polled, last, within)
}

/// What a wait for a gate came to.
fn over(
    run: &mut Run<'_>,
    gate: &mut Gate,
    polled: Result<(), Unmet<Box<Halt>>>,
    last: NotReady,
    within: Duration,
) -> Result<(), NotReady> {
    match polled {
        Ok(()) => Ok(()),
        Err(Unmet::Never(_)) if last.never && last.code == Code::ServiceExited => {
            Err(how_it_ended(run, gate, last))
        }
        Err(Unmet::Never(_)) if last.never => Err(last),
        Err(Unmet::Never(halt)) => Err(NotReady { never: true, ..NotReady::not_yet(halt.ending.message) }),
        Err(Unmet::Late(_)) => {
            let why = format!("not ready within {} s: {}", within.as_secs_f64(), last.why);
            Err(NotReady { why, ..last })
        }
    }
}

fn how_it_ended(run: &mut Run<'_>, gate: &mut Gate, not: NotReady) -> NotReady {
    let path = run.places.service(run.request.environment, &gate.name);
    match end_of(run, &path, &gate.record) {
        Some(record) => {
            gate.record = record;
            gate.exited()
        }
        None => not,
    }
}

/// The record with the end of its process, which the shim writes a moment after it came.
pub(super) fn end_of(run: &mut Run<'_>, path: &Path, record: &Record) -> Option<Record> {
    let shim = &record.shim;
    let deadline = Instant::now() + Duration::from_secs(1);
    let what = format!("the exit of {}", record.recipe.service);
    let look = || {
        // Asked before the record is read: what is gone has written all that it will.
        let gone = !shim.lives();
        let written = Record::read(path).filter(|record| record.shim == *shim && record.exit.is_some());
        match written {
            Some(record) => Look::Holds(record),
            None if gone => Look::Never(()),
            None => Look::Not("its shim has not written it yet".into()),
        }
    };
    clock::poll(deadline, LOOK, look, |why| run.waiting(&what, why)).ok()
}
