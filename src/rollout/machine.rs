//! The machine: each state is reached only with what the one before it leaves behind, so that a transition
//! that is not in the table does not exist.
//!
//! ```compile_fail,E0599
//! use guard::rollout::machine::{At, Begun};
//! // Nothing starts before the database was validated and migrated.
//! fn early(at: At<'_, '_, Begun>) {
//!     drop(at.serve());
//! }
//! ```
//!
//! ```compile_fail,E0451
//! use guard::rollout::machine::{At, Verified};
//! // Nobody declares a success.
//! fn made_up(run: &mut guard::rollout::run::Run<'_>) {
//!     drop(At::<Verified> { run, held: Verified(()) }.succeed());
//! }
//! ```

use serde_json::{Map, Value};

use super::database;
use super::halt::{Halt, Step};
use super::outside;
use super::passing;
use super::precheck::{self, Mode};
use super::ready;
use super::record::Record;
use super::run::Run;
use crate::gate::enter::{Entered, Stood};
use crate::words::ending::Code;
use crate::words::rollout::{State, StateResult};

/// A rollout at one place of the table, with what it brought there.
pub struct At<'r, 'a, S> {
    run: &'r mut Run<'a>,
    held: S,
}

pub struct Begun(());
/// Contract, repository and proof are asked.
pub struct Prechecked(Stood);
/// It is that database.
pub struct Validated(Entered);
pub struct Migrated(());
pub struct Served(());
pub struct Tunnelled(());
pub struct Verified(());

/// From the first state to the last, or to the first broken hop.
pub fn go(run: &mut Run<'_>, evidence: Map<String, Value>) -> Step {
    At { run, held: Begun(()) }
        .precheck(evidence)?
        .validate()?
        .migrate()?
        .serve()?
        .tunnel()?
        .external()?
        .succeed()
}

impl<'r, 'a> At<'r, 'a, Begun> {
    pub fn precheck(self, evidence: Map<String, Value>) -> Step<At<'r, 'a, Prechecked>> {
        let stood = precheck::precheck(self.run, Mode::Deploy, evidence)?;
        Ok(At { run: self.run, held: Prechecked(stood) })
    }
}

impl<'r, 'a> At<'r, 'a, Prechecked> {
    pub fn validate(self) -> Step<At<'r, 'a, Validated>> {
        let entered = database::validate(self.run, self.held.0)?;
        Ok(At { run: self.run, held: Validated(entered) })
    }
}

impl<'r, 'a> At<'r, 'a, Validated> {
    pub fn migrate(self) -> Step<At<'r, 'a, Migrated>> {
        database::migrate(self.run, self.held.0)?;
        Ok(At { run: self.run, held: Migrated(()) })
    }
}

impl<'r, 'a> At<'r, 'a, Migrated> {
    /// Every service in the order of `needs`, each ready before the next one starts.
    pub fn serve(self) -> Step<At<'r, 'a, Served>> {
        for at in 0..self.run.services.len() {
            let served = match self.run.start_service(at) {
                Ok(()) => passing::gate(self.run, at),
                Err(halt) => Err(halt),
            };
            if let Err(halt) = served {
                optional(self.run, at, halt)?;
            }
        }
        Ok(At { run: self.run, held: Served(()) })
    }
}

/// What is not required does not end the rollout: it is stopped, and outstanding.
fn optional(run: &mut Run<'_>, at: usize, halt: Box<Halt>) -> Step {
    let pressing = matches!(halt.ending.code, Some(Code::DeployInterrupted | Code::DeployTimeout));
    if run.service(at).required || pressing {
        return Err(halt);
    }
    run.services[at].healthy = Some(false);
    let name = run.services[at].name.clone();
    if run.services[at].log_tail.is_empty() {
        run.services[at].log_tail = run.log_tail(&name, ready::LINES);
    }
    if let Some(record) = Record::of(&run.places, run.request.environment, &name)
        && run.services[at].started
    {
        run.stop_record(&record)?;
        run.services[at].stopped = true;
    }
    run.fail(&halt);
    run.outstanding.push(*halt);
    Ok(())
}

impl<'r, 'a> At<'r, 'a, Served> {
    pub fn tunnel(self) -> Step<At<'r, 'a, Tunnelled>> {
        outside::tunnel(self.run)?;
        Ok(At { run: self.run, held: Tunnelled(()) })
    }
}

impl<'r, 'a> At<'r, 'a, Tunnelled> {
    pub fn external(self) -> Step<At<'r, 'a, Verified>> {
        outside::external(self.run)?;
        Ok(At { run: self.run, held: Verified(()) })
    }
}

impl At<'_, '_, Verified> {
    /// Whatever was ready still is.
    pub fn succeed(self) -> Step {
        let run = self.run;
        run.enter(State::Success, Map::new())?;
        for (at, halt) in passing::slipped(run)? {
            if run.service(at).required {
                return Err(halt);
            }
            run.outstanding.push(*halt);
        }
        outside::still(run)?;
        if let Some(halt) = run.pressing() {
            return Err(halt);
        }
        let result = if run.outstanding.is_empty() { StateResult::Pass } else { StateResult::Inconclusive };
        run.leave(result, None);
        Ok(())
    }
}
