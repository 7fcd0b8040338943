//! How long guard waits for a database: what the environment says, else `guard.toml`, else the defaults.

use std::time::Duration;

use super::model::Database;
use crate::contract::reader::duration;
use crate::io::database::Limits;
use crate::io::environment::Environment;

/// A variable that is set and is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no duration")]
pub struct NoDuration(pub &'static str);

/// Longer than any wait that is meant.
const LONGEST: Duration = Duration::from_hours(24);

/// The limits for a project.
pub fn limits(config: &Database, variables: &Environment) -> Result<Limits, NoDuration> {
    let usual = Limits::default();
    let one = |name: &'static str, written: Option<Duration>, usual: Duration| match variables.filled(name) {
        None => Ok(written.unwrap_or(usual).min(LONGEST)),
        Some(text) => duration(text).map(|it| it.min(LONGEST)).ok_or(NoDuration(name)),
    };
    let written = |at: &Option<crate::contract::model::At<Duration>>| at.as_ref().map(|at| at.value);
    Ok(Limits {
        connect: one("GUARD_CONNECT_TIMEOUT", written(&config.connect_timeout), usual.connect)?,
        backoff: one("GUARD_CONNECT_BACKOFF", written(&config.connect_backoff), usual.backoff)?,
        query: one("GUARD_QUERY_TIMEOUT", written(&config.query_timeout), usual.query)?,
        lock: one("GUARD_LOCK_TIMEOUT", written(&config.lock_timeout), usual.lock)?,
        statement: one("GUARD_STATEMENT_TIMEOUT", written(&config.statement_timeout), usual.statement)?,
        lease: one("GUARD_LEASE_TIMEOUT", written(&config.lease_timeout), usual.lease)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
        let config =
            crate::config::parse("[database]\nlock_timeout = \"7s\"\nquery_timeout = \"8s\"\n").unwrap();
        let variables = Environment::of([("GUARD_QUERY_TIMEOUT", "9s")]);
        let limits = limits(&config.database, &variables).unwrap();
        assert_eq!(limits.lock, Duration::from_secs(7));
        assert_eq!(limits.query, Duration::from_secs(9));
        assert_eq!(limits.connect, Limits::default().connect);
    }

    #[test]
    fn a_wait_that_is_no_duration_is_told_of() {
        let variables = Environment::of([("GUARD_LEASE_TIMEOUT", "soon")]);
        let told = limits(&Database::default(), &variables).unwrap_err();
        assert_eq!(told.to_string(), "GUARD_LEASE_TIMEOUT is no duration");
    }
}
