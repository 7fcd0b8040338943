//! Starts processes under shims, and waits until it is known who they are.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::halt::{Halt, Step};
use super::places::Places;
use super::record::{Recipe, Record, TAG};
use super::run::{LOOK, Run};
use super::shim::{self, Order};
use super::surroundings;
use crate::io::clock::{self, Look, Unmet};
use crate::io::environment::Environment;
use crate::words::ending::Code;

impl Run<'_> {
    /// Whoever starts processes of this run, apart from the run itself.
    #[must_use]
    pub fn starter(&self) -> Starter {
        Starter {
            places: self.places.clone(),
            environment: self.request.environment.to_owned(),
            secrets: surroundings::secrets(self.request.variables, &self.config),
        }
    }

    pub fn start_process(&mut self, recipe: Recipe, given: Environment) -> Step<Record> {
        let what = format!("the start of {}", recipe.service);
        self.starter().start(recipe, given, &mut |why| self.waiting(&what, why))
    }
}

/// Starts processes, also for whoever holds no run.
#[derive(Clone, Debug)]
pub struct Starter {
    places: Places,
    environment: String,
    secrets: Vec<String>,
}

/// A shim has to start one process and write one file.
const STARTED: Duration = Duration::from_secs(20);

impl Starter {
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.places.service(&self.environment, name)
    }

    /// Starts a process under a shim, and waits until the shim has written who it is.
    pub fn start(&self, recipe: Recipe, given: Environment, tell: &mut dyn FnMut(&str)) -> Step<Record> {
        let name = recipe.service.clone();
        let hop = format!("service {name}");
        let path = self.path(&name);
        let (tag, run) = (recipe.tag(), recipe.run.clone());
        // Whoever looks for a service finds the one that is about to be.
        drop(std::fs::remove_file(&path));
        let order = Order { recipe, record: path.clone(), secrets: self.secrets.clone() };
        let given = given.with(TAG, tag);
        let failed = |why: String, next: &str| Halt::failed(&hop, Code::ServiceExited, why, next);
        let mut shim = shim::start(&order, &given, self.places.root()).map_err(|error| {
            let why = format!("guard's own shim cannot be started: {error}");
            failed(why, "look at the machine's limits on processes")
        })?;
        let written = || Record::read(&path).filter(|record| record.recipe.run == run);
        let look = || {
            if let Some(record) = written() {
                return Look::Holds(record);
            }
            match (shim.try_wait(), written()) {
                (_, Some(record)) => Look::Holds(record),
                (Ok(Some(_)), None) => {
                    let why = format!("the shim of {name} ended before it could start anything");
                    Look::Never(failed(why, "look at free disk and at the rights on .guard"))
                }
                _ => Look::Not("its shim has not started it yet".into()),
            }
        };
        let found = clock::poll(Instant::now() + STARTED, LOOK, look, tell);
        let record = found.map_err(|unmet| match unmet {
            Unmet::Never(halt) => halt,
            Unmet::Late(why) => failed(why, "look at the machine's load"),
        })?;
        let Some(problem) = &record.problem else { return Ok(record) };
        let next = format!("look at `command` and `cwd` of {name}, and at PATH");
        Err(failed(problem.clone(), &next))
    }
}
