//! From the spool to the database: over a connection of its own, to the database that the mark proves to be
//! the right one and to no other, by a run that was let in.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{spool, table};
use crate::gate::enter::{Entered, Standing, told};
use crate::gate::project::Target;
use crate::io::database::url::DatabaseUrl;
use crate::io::database::{Access, Limits, Session};
use crate::mark::{judge, probe};
use crate::words::ending::Ending;

/// A run that ends waits no longer for a database that does not answer: the spool keeps.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a run that was let in knows of its database.
#[derive(Clone)]
pub struct Way {
    target: Target,
    url: DatabaseUrl,
    limits: Limits,
    /// Proven, or not asked for: without it there is no way.
    _standing: Standing,
}

impl Way {
    #[must_use]
    pub fn of(entered: &Entered) -> Self {
        Self {
            target: entered.target.clone(),
            url: entered.url.clone(),
            limits: entered.project.limits,
            _standing: entered.standing.clone(),
        }
    }
}

/// Brings what waits for this environment into its tables, oldest first, and takes it out of the spool. How
/// many it brought. Without the tables everything waits on.
pub fn flush(way: &Way, folder: &Path) -> Result<usize, Ending> {
    let environment = way.target.environment.as_str();
    let waiting: Vec<_> =
        spool::read(folder).into_iter().filter(|(_, it)| it.environment == environment).collect();
    if waiting.is_empty() {
        return Ok(0);
    }
    let limits = Limits { connect: way.limits.connect.min(PATIENCE), ..way.limits };
    let mut session = Session::connect(&way.url, Access::Write, &limits, "guard:incidents")
        .map_err(|failure| told(&failure))?;
    session.begin()?;
    let seen = probe::look(&mut session, &way.url)?;
    let judged = judge::judge(&seen, &way.url, &way.target.expected);
    let there = match judged {
        Ok(_) => table::exist(&mut session)?,
        Err(ending) => {
            drop(session.rollback());
            return Err(ending);
        }
    };
    session.rollback()?;
    if !there {
        return Ok(0);
    }
    let mut brought = 0;
    for (path, occurrence) in waiting {
        // One at a time: what is written is out of the spool, whatever comes of the next.
        let added = session.atomically(|session| table::add(session, &occurrence));
        brought += usize::from(added.map_err(Ending::from)?);
        // What is still there next time is known by its id.
        drop(fs::remove_file(path));
    }
    let open = table::open(&mut session)?;
    // Without it a report may name an incident anew, which the database knows to be the same.
    drop(spool::remember_open(folder, environment, &open));
    Ok(brought)
}
