//! Stops a service that guard started: gently, then by force, and nobody else. Who is who is judged by
//! pid, start time and executable together, or by the mark that only guard's children carry.

use std::path::Path;
use std::time::{Duration, Instant};

use super::record::Record;
use crate::io::clock::{self, Look, Unmet};
use crate::io::process::{self, Seen};

/// How a stop went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Nobody was there.
    WasNot,
    Gently,
    ByForce,
    /// These are still there.
    Stays(Vec<u32>),
}

/// After a kill, the system itself needs a moment.
const KILLED: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(10);

/// Stops every process of a record; the record says that it was asked to.
pub fn stop(record: &Record, path: &Path, mut tell: impl FnMut(&str)) -> Stopped {
    let members = record.members();
    if members.is_empty() {
        end_shim(record);
        return Stopped::WasNot;
    }
    send(record, &members, &record.recipe.signal);
    // A frozen process hears nothing until it goes on.
    if members.iter().any(Seen::is_frozen) {
        send(record, &members, "CONT");
    }
    let grace = Duration::from_millis(record.recipe.grace_ms);
    let mut stopped = Stopped::Gently;
    if gone(record, grace, &mut tell).is_err() {
        send(record, &record.members(), "KILL");
        stopped = match gone(record, KILLED, &mut tell) {
            Ok(()) => Stopped::ByForce,
            Err(left) => Stopped::Stays(left),
        };
    }
    end_shim(record);
    // The shim has written the end; that it was wanted is only known here.
    if let Some(mut last) = Record::read(path).filter(|last| last.shim == record.shim) {
        last.asked_to_stop = true;
        drop(last.write(path));
    }
    stopped
}

fn send(record: &Record, members: &[Seen], signal: &str) {
    // The whole group at once, so that no child is started in between.
    if let Some(main) = record.process.as_ref().filter(|_| record.lives()) {
        // Whoever is gone already needs no signal.
        let _ = process::signal_group(main.pid, signal);
    }
    for seen in members {
        let inside = record.lives() && record.process.as_ref().is_some_and(|main| main.pid == seen.group);
        let same = process::see(seen.pid).is_some_and(|now| now.start == seen.start);
        if !inside && same {
            let _ = process::signal_one(seen.pid, signal);
        }
    }
}

fn gone(record: &Record, within: Duration, tell: &mut impl FnMut(&str)) -> Result<(), Vec<u32>> {
    let mut left = Vec::new();
    let look = || {
        left = record.members().iter().map(|seen| seen.pid).collect();
        if left.is_empty() {
            return Look::<(), ()>::Holds(());
        }
        let pids: Vec<String> = left.iter().map(u32::to_string).collect();
        Look::Not(format!("{} still has {}", record.recipe.service, pids.join(", ")))
    };
    match clock::poll(Instant::now() + within, LOOK, look, tell) {
        Ok(()) => Ok(()),
        Err(Unmet::Late(_) | Unmet::Never(())) => Err(left),
    }
}

/// A shim ends when nobody is left; one that does not is ended.
fn end_shim(record: &Record) {
    let look = || {
        if record.shim.lives() {
            Look::<(), ()>::Not("its shim still writes".into())
        } else {
            Look::Holds(())
        }
    };
    let waited = clock::poll(Instant::now() + Duration::from_secs(2), LOOK, look, |_| {});
    if waited.is_err() && record.shim.lives() {
        let _ = process::signal_one(record.shim.pid, "KILL");
        let _ = clock::poll(Instant::now() + KILLED, LOOK, look, |_| {});
    }
}
