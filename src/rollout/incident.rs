//! What a rollout brings to the incidents: its end, and what is one only when it happens often.

use super::run::Run;
use crate::incidents::flush::flush;
use crate::incidents::{cause, often, spool};
use crate::io::clock;
use crate::words::ending::Code;
use crate::words::rollout::Report;

/// Once it is nothing; three times within an hour it is an incident.
#[derive(Clone, Debug)]
pub enum Often {
    Recovery { service: String, why: String },
    Tunnel { name: String, why: String },
}

/// Writes what is an incident to the spool, where it is safe whatever the database does; its id.
#[must_use]
pub fn spooled(run: &Run<'_>, report: &Report) -> Option<String> {
    let (folder, environment) = (run.places.spool(), run.request.environment);
    for often in &run.happened {
        let pen = |text: &str| run.redactor.clean(text);
        let (what, occurrence) = match often {
            Often::Recovery { service, why } => {
                (format!("recovery {service}"), cause::recovery_failed(environment, &pen(service), &pen(why)))
            }
            Often::Tunnel { name, why } => {
                (format!("tunnel {name}"), cause::tunnel_restarts(environment, &pen(name), &pen(why)))
            }
        };
        if often::happened(&folder, &what, clock::now_in_millis()).unwrap_or(false)
            && let Some(occurrence) = occurrence
        {
            drop(spool::write(&folder, occurrence));
        }
    }
    spool::write(&folder, cause::of_report(report)?).ok()
}

/// Brings what waits to the database, where this run was let in and the database answers.
pub fn flushed(run: &Run<'_>, code: Option<Code>) -> Result<(), String> {
    let Some(way) = &run.way else { return Ok(()) };
    let folder = run.places.spool();
    let down = code.is_some_and(|code| code.name().starts_with("database/"));
    if down || spool::read(&folder).is_empty() {
        return Ok(());
    }
    match flush(way, &folder) {
        Ok(_) => Ok(()),
        Err(ending) => {
            Err(format!("incidents wait in .guard/spool: {}", run.redactor.clean(&ending.message)))
        }
    }
}
