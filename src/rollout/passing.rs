//! The `*_READY_GATE`: waits for a service to pass its gate, tries its own recovery once when it does not, and tells how
//! it ended when it did.

use std::path::Path;
use std::time::{Duration, Instant};

use super::halt::{Halt, Step};
use super::incident::Often;
use super::ports;
use super::ready::{Gate, LINES, NotReady};
use super::record::Record;
use super::recovery;
use super::run::{Run, wrong};
use super::services::{evidence, has_gate};
use crate::io::clock::{Look, Unmet};
use crate::io::process;
use crate::words::ending::Code;
use crate::words::rollout::{State, StateResult};

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
            Ok(())
        }
        Err(not) => {
            run.services[at].healthy = Some(false);
            run.services[at].log_tail = run.log_tail(&service.name.value, LINES);
            if let Some(latest) = Record::of(&run.places, run.request.environment, &service.name.value) {
                run.services[at].record = Some(latest);
            }
            let next = if not.next.is_empty() {
                format!("look at its log: `guard logs {}`", service.name.value)
            } else {
                not.next.clone()
            };
            let pressing = run.pressing();
            Err(pressing.unwrap_or_else(|| {
                Halt::failed(&format!("service {}", service.name.value), not.code, not.why, next)
            }))
        }
    }
}

/// A service that was ready while others were still awaited, and is frozen or without its port since.
pub fn slipped(run: &mut Run<'_>, at: usize) -> Option<Box<Halt>> {
    let serving = run.services.get(at).filter(|serving| serving.healthy == Some(true))?;
    let (name, record) = (serving.name.clone(), serving.record.clone()?);
    let main = record.process.as_ref()?.pid;
    let frozen = process::see(main).is_some_and(|seen| seen.is_frozen());
    let port = record.recipe.port.filter(|port| ports::holders(*port, &[&record]).0.is_empty());
    let why = match port {
        _ if frozen => "is stopped by a signal since".to_owned(),
        Some(port) => format!("holds port {port} no more"),
        None => return None,
    };
    run.services[at].healthy = Some(false);
    run.services[at].log_tail = run.log_tail(&name, LINES);
    let next = format!("look at its log: `guard logs {name}`");
    let why = format!("{name} was ready and {why}");
    Some(Halt::failed(&format!("service {name}"), Code::ServiceNotReady, why, next))
}

fn wait(run: &mut Run<'_>, gate: &mut Gate, within: Duration) -> Result<(), NotReady> {
    let deadline = Instant::now() + within;
    let what = format!("{} to be ready", gate.name);
    let variables = run.request.variables;
    let mut last: Option<NotReady> = None;
    let mut settled: Option<NotReady> = None;
    let polled = run.poll(&what, deadline, || match gate.look(variables) {
        Ok(()) => Look::Holds(()),
        Err(not) if not.never => {
            let why = not.why.clone();
            let code = not.code;
            settled = Some(not);
            Look::Never(Halt::failed("service", code, why, ""))
        }
        Err(not) => {
            let why = not.why.clone();
            last = Some(not);
            Look::Not(why)
        }
    });
    match polled {
        Ok(()) => Ok(()),
        Err(Unmet::Never(halt)) => match settled {
            Some(not) if not.code == Code::ServiceExited => Err(how_it_ended(run, gate, not)),
            Some(not) => Err(not),
            None => Err(NotReady { never: true, ..NotReady::not_yet(halt.ending.message) }),
        },
        Err(Unmet::Late(_)) => {
            let last = last.unwrap_or_else(|| NotReady::not_yet("it was never asked"));
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
            NotReady { next: not.next, ..gate.exited() }
        }
        None => not,
    }
}

/// The record with the end of its process, which the shim writes a moment after it came.
pub(super) fn end_of(run: &mut Run<'_>, path: &Path, record: &Record) -> Option<Record> {
    let shim = &record.shim;
    let deadline = Instant::now() + Duration::from_secs(1);
    let what = format!("the exit of {}", record.recipe.service);
    let found = run.poll(&what, deadline, || {
        // Asked before the record is read: what is gone has written all that it will.
        let gone = !shim.lives();
        let written = Record::read(path).filter(|record| record.shim == *shim && record.exit.is_some());
        match written {
            Some(record) => Look::Holds(record),
            None if gone => Look::Never(Halt::failed("service", Code::ServiceExited, "", "")),
            None => Look::Not("its shim has not written it yet".into()),
        }
    });
    found.ok()
}
