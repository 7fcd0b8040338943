//! `guard incidents list|show|resolve`: the database's incidents and those that still wait in the spool.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::flush::{Way, flush};
use super::{Event, Incident, spool, table};
use crate::gate::enter::{Entered, Proving, Request, enter};
use crate::io::clock;
use crate::io::database::Access;
use crate::io::keys::random_hex;
use crate::words::ending::{Code, Ending, Outcome};

/// Inside the right database, or why not.
fn inside(request: &Request<'_>, access: Access) -> Result<Entered, Ending> {
    let mut entered = enter(request, access, Proving::WhereProtected)?;
    let seen = entered.look();
    let verified = seen.and_then(|seen| entered.verify(&seen).map(drop));
    drop(entered.session.rollback());
    verified.map(|()| entered)
}

/// `list`: everything open, with `all` everything.
#[must_use]
pub fn list(request: &Request<'_>, folder: &Path, all: bool) -> Ending {
    let waiting: Vec<Incident> =
        spool::incidents(folder, request.environment).into_iter().map(|(incident, _)| incident).collect();
    let read = inside(request, Access::Read).and_then(|mut entered| {
        if !table::exist(&mut entered.session)? {
            return Ok(Vec::new());
        }
        Ok(table::list(&mut entered.session, all)?)
    });
    let (mut incidents, trouble) = match read {
        Ok(found) => (found, None),
        Err(ending) => (Vec::new(), Some(ending)),
    };
    for incident in waiting {
        if !incidents.iter().any(|known| known.id == incident.id) {
            incidents.push(incident);
        }
    }
    incidents.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
    let lines: Vec<String> = incidents.iter().map(line).collect();
    let what = if all { "incidents" } else { "open incidents" };
    let text = if lines.is_empty() {
        format!("no {what} in {}", request.environment)
    } else {
        format!("{} {what} in {}\n{}", lines.len(), request.environment, lines.join("\n"))
    };
    let incidents: Vec<Value> = incidents.iter().map(|incident| json!(incident)).collect();
    let ending = match trouble {
        None => Ending::ok(text),
        Some(ending) => only_spool(ending, &text),
    };
    ending.of(request.environment).detail("incidents", incidents)
}

/// What waits is told although the database cannot be asked; the answer is then not the whole one.
fn only_spool(trouble: Ending, text: &str) -> Ending {
    let message =
        format!("the database was not asked ({}), this is only what waits here: {text}", trouble.message);
    let mut told = trouble;
    told.outcome = Outcome::Partial;
    told.message = message;
    told
}

fn line(incident: &Incident) -> String {
    let state = match (&incident.resolved_at, incident.spooled) {
        (Some(_), _) => "resolved",
        (None, true) => "open, waits in the spool",
        (None, false) => "open",
    };
    format!(
        "{}  {}  {:<8} {:<6} {} ({state})",
        incident.id, incident.created_at, incident.severity, incident.category, incident.summary
    )
}

/// `show`: one of them with everything that came of it.
#[must_use]
pub fn show(request: &Request<'_>, folder: &Path, id: &str) -> Ending {
    let waiting = spool::incidents(folder, request.environment).into_iter().find(|(it, _)| it.id == id);
    let read = inside(request, Access::Read).and_then(|mut entered| {
        if !table::exist(&mut entered.session)? {
            return Ok(None);
        }
        let Some(incident) = table::find(&mut entered.session, id)? else { return Ok(None) };
        let events = table::events(&mut entered.session, id)?;
        Ok(Some((incident, events)))
    });
    let (found, trouble) = match read {
        Ok(found) => (found, None),
        Err(ending) => (None, Some(ending)),
    };
    let later = waiting.map(|(incident, occurrences)| {
        let events = occurrences.iter().map(|each| Event {
            created_at: clock::written_with_millis(each.at),
            event_type: each.event.name().to_owned(),
            message: each.message.clone(),
            metadata: json!(each.metadata),
        });
        (incident, events.collect::<Vec<_>>())
    });
    let (incident, events) = match (found, later) {
        (Some((incident, mut events)), Some((_, more))) => {
            events.extend(more);
            (incident, events)
        }
        (Some(found), None) => found,
        (None, Some(found)) => found,
        (None, None) => {
            return match trouble {
                Some(ending) => ending.of(request.environment),
                None => unknown(id).of(request.environment),
            };
        }
    };
    let mut text = line(&incident);
    for event in &events {
        let _ = write!(text, "\n  {}  {:<18} {}", event.created_at, event.event_type, event.message);
    }
    if let Some(notes) = &incident.resolution_notes {
        let _ = write!(text, "\n  resolved: {notes}");
    }
    let ending = match trouble {
        None => Ending::ok(text),
        Some(ending) => only_spool(ending, &text),
    };
    let events: Vec<Value> = events.iter().map(|event| json!(event)).collect();
    ending.of(request.environment).detail("incident", json!(incident)).detail("events", events)
}

fn unknown(id: &str) -> Ending {
    let id: String = id.chars().filter(|c| !c.is_control()).take(60).collect();
    Ending::usage(format!("there is no incident {id}")).next("`guard incidents list --all` names them")
}

/// `resolve`: closes one, with what was done about it.
#[must_use]
pub fn resolve(request: &Request<'_>, folder: &Path, id: &str, notes: &str) -> Ending {
    if notes.trim().is_empty() {
        return Ending::usage("say what was done about it").next("add `--notes \"…\"`");
    }
    let mut entered = match inside(request, Access::Write) {
        Ok(entered) => entered,
        Err(ending) => return ending.of(request.environment),
    };
    let way = Way::of(&entered);
    let resolved = (|| -> Result<Option<bool>, Ending> {
        if !table::exist(&mut entered.session)? {
            table::install(&mut entered.session)?;
        }
        // What still waits may be the very one.
        flush(&way, folder)?;
        let Some(event) = random_hex(8) else {
            return Err(Ending::refused(Code::DatabaseUnreachable, "this machine gives no random bytes"));
        };
        let event = format!("evt-{event}");
        let done = entered
            .session
            .atomically(|session| table::resolve(session, id, notes, &event))
            .map_err(Ending::from)?;
        if done {
            let open = table::open(&mut entered.session)?;
            drop(spool::remember_open(folder, request.environment, &open));
            return Ok(Some(true));
        }
        Ok(table::find(&mut entered.session, id)?.map(|_| false))
    })();
    match resolved {
        Ok(Some(true)) => entered.answer(Ending::ok(format!("{id} is resolved"))),
        Ok(Some(false)) => entered.answer(Ending::ok(format!("{id} was resolved before; nothing changed"))),
        Ok(None) => unknown(id).of(request.environment),
        Err(ending) => entered.answer(ending),
    }
}
