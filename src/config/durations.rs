//! Every wait of a rollout and where its length comes from: flag, variable, file, default, in this order.

use std::time::Duration;

use super::limits::NoDuration;
use super::model::{Config, External, Probe, Service, Smoke};
use crate::contract::model::At;
use crate::contract::reader::duration;
use crate::io::database::Limits;
use crate::io::environment::Environment;
use crate::words::rollout::State;
use crate::words::span::Span;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Flag(&'static str),
    Variable(String),
    /// Where it stands in `guard.toml`.
    File(Span),
    Default,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// As it stands in `guard.toml`: `deploy.timeout`, `service.backend.ready_timeout`.
    pub key: String,
    /// The variable that sets it.
    pub variable: String,
    pub value: Duration,
    pub origin: Origin,
}

/// A variable that is set and is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no duration")]
pub struct Wrong(pub String);

impl From<NoDuration> for Wrong {
    fn from(wrong: NoDuration) -> Self {
        Self(wrong.0.to_owned())
    }
}

const DEPLOY: Duration = Duration::from_mins(5);
const READY: Duration = Duration::from_secs(30);
const PROBE: Duration = Duration::from_secs(3);
/// A readiness that comes true is seen within 50 ms: this, the answer itself, and two looks.
const INTERVAL: Duration = Duration::from_millis(15);
const RECOVER: Duration = Duration::from_secs(30);
const GRACE: Duration = Duration::from_secs(10);
/// One round; after it the tunnel is restarted and gets another one. Both are over in under thirty seconds.
const TUNNEL: Duration = Duration::from_secs(12);
const EXTERNAL: Duration = Duration::from_secs(5);
const SMOKE: Duration = Duration::from_secs(10);

/// Longer than any wait that is meant.
const LONGEST: Duration = Duration::from_hours(24);

/// Asks for one wait after the other.
#[derive(Clone, Copy)]
pub struct Durations<'a> {
    pub config: &'a Config,
    pub variables: &'a Environment,
    /// `--timeout`.
    pub timeout: Option<Duration>,
}

type Found = Result<Set, Wrong>;

impl Durations<'_> {
    fn one(&self, key: String, variable: String, written: Option<&At<Duration>>, usual: Duration) -> Found {
        let (value, origin) = match (self.variables.filled(&variable), written) {
            (Some(text), _) => {
                let value = duration(text).ok_or_else(|| Wrong(variable.clone()))?;
                (value, Origin::Variable(variable.clone()))
            }
            (None, Some(at)) => (at.value, Origin::File(at.span)),
            (None, None) => (usual, Origin::Default),
        };
        Ok(Set { key, variable, value: value.min(LONGEST), origin })
    }

    fn of_service(
        &self,
        service: &Service,
        key: &str,
        written: Option<&At<Duration>>,
        usual: Duration,
    ) -> Found {
        let name = &service.name.value;
        // `ready_timeout` is the gate's, and `ready.timeout` that of one question: two waits, two variables.
        let key_of_variable = key.replace("ready.", "probe.").replace('.', "_");
        let upper = State::label(&key_of_variable);
        let variable = format!("GUARD_SERVICE_{}_{upper}", State::label(name));
        self.one(format!("service.{name}.{key}"), variable, written, usual)
    }

    /// The whole rollout.
    pub fn deploy(&self) -> Found {
        let set = self.one(
            "deploy.timeout".into(),
            "GUARD_DEPLOY_TIMEOUT".into(),
            self.config.deploy.timeout.as_ref(),
            DEPLOY,
        )?;
        Ok(match self.timeout {
            Some(value) => Set { value: value.min(LONGEST), origin: Origin::Flag("--timeout"), ..set },
            None => set,
        })
    }

    pub fn ready(&self, service: &Service) -> Found {
        self.of_service(service, "ready_timeout", service.ready_timeout.as_ref(), READY)
    }

    pub fn probe(&self, service: &Service, probe: &Probe) -> Found {
        self.of_service(service, "ready.timeout", probe.timeout.as_ref(), PROBE)
    }

    pub fn interval(&self, service: &Service, probe: &Probe) -> Found {
        self.of_service(service, "ready.interval", probe.interval.as_ref(), INTERVAL)
    }

    pub fn recover(&self, service: &Service) -> Found {
        let written = service.recover.as_ref().and_then(|own| own.timeout.as_ref());
        self.of_service(service, "recover.timeout", written, RECOVER)
    }

    pub fn grace(&self, service: &Service) -> Found {
        self.of_service(service, "stop.grace", service.stop.grace.as_ref(), GRACE)
    }

    pub fn tunnel(&self) -> Found {
        let written = self.config.tunnel.as_ref().and_then(|tunnel| tunnel.timeout.as_ref());
        self.one("tunnel.timeout".into(), "GUARD_TUNNEL_TIMEOUT".into(), written, TUNNEL)
    }

    pub fn external(&self, check: &External) -> Found {
        let key = format!("external.{}.timeout", check.title());
        self.one(key, "GUARD_EXTERNAL_TIMEOUT".into(), check.timeout.as_ref(), EXTERNAL)
    }

    pub fn smoke(&self, check: &Smoke) -> Found {
        let key = format!("smoke.{}.timeout", check.name.value);
        self.one(key, "GUARD_SMOKE_TIMEOUT".into(), check.timeout.as_ref(), SMOKE)
    }

    fn database(&self) -> Result<Vec<Set>, Wrong> {
        let (own, usual) = (&self.config.database, Limits::default());
        let rows = [
            ("connect_timeout", &own.connect_timeout, usual.connect),
            ("connect_backoff", &own.connect_backoff, usual.backoff),
            ("query_timeout", &own.query_timeout, usual.query),
            ("lock_timeout", &own.lock_timeout, usual.lock),
            ("statement_timeout", &own.statement_timeout, usual.statement),
            ("lease_timeout", &own.lease_timeout, usual.lease),
        ];
        let one = |(key, written, usual): (&str, &Option<At<Duration>>, Duration)| {
            let variable = format!("GUARD_{}", State::label(key));
            self.one(format!("database.{key}"), variable, written.as_ref(), usual)
        };
        rows.into_iter().map(one).collect()
    }

    /// Every wait, in the order of the file.
    pub fn all(&self) -> Result<Vec<Set>, Wrong> {
        let mut sets = vec![self.deploy()?];
        sets.extend(self.database()?);
        for service in &self.config.services {
            sets.push(self.ready(service)?);
            for (number, probe) in service.ready.iter().enumerate() {
                let numbered =
                    |set: Set| Set { key: set.key.replace(".ready.", &format!(".ready[{number}].")), ..set };
                sets.push(numbered(self.probe(service, probe)?));
                sets.push(numbered(self.interval(service, probe)?));
            }
            if service.recover.is_some() {
                sets.push(self.recover(service)?);
            }
            sets.push(self.grace(service)?);
        }
        if self.config.tunnel.is_some() {
            sets.push(self.tunnel()?);
        }
        for check in &self.config.external {
            sets.push(self.external(check)?);
        }
        for check in &self.config.smoke {
            sets.push(self.smoke(check)?);
        }
        Ok(sets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_waits_of_a_service_are_set_by_one_variable() {
        let text = "[[service]]\nname = \"a\"\ncommand = [\"a\"]\nport = 1\n[[service.ready]]\nhttp = \"/\"\n\
                    [service.recover]\nhttp = \"/\"\n";
        let config = crate::config::parse(text).unwrap();
        let variables = Environment::of([("GUARD_SERVICE_A_READY_TIMEOUT", "2m")]);
        let durations = Durations { config: &config, variables: &variables, timeout: None };
        let sets = durations.all().unwrap();
        let set: Vec<&str> = sets
            .iter()
            .filter(|set| matches!(set.origin, Origin::Variable(_)))
            .map(|set| set.key.as_str())
            .collect();
        assert_eq!(set, ["service.a.ready_timeout"]);
        let mut names: Vec<&str> = sets.iter().map(|set| set.variable.as_str()).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{names:?}");
    }

    #[test]
    fn flag_variable_file_and_default_win_in_this_order() {
        let text = "[deploy]\ntimeout = \"2m\"\n[[service]]\nname = \"web-1\"\ncommand = [\"a\"]\n";
        let config = crate::config::parse(text).unwrap();
        let with = |variables: &Environment, timeout| {
            let durations = Durations { config: &config, variables, timeout };
            durations.deploy().map(|set| (set.value.as_secs(), set.origin))
        };
        let none = Environment::default();
        let set = Environment::of([("GUARD_DEPLOY_TIMEOUT", "3s")]);
        assert!(matches!(with(&none, None), Ok((120, Origin::File(_)))));
        assert!(matches!(with(&set, None), Ok((3, Origin::Variable(_)))));
        assert!(matches!(with(&set, Some(Duration::from_secs(1))), Ok((1, Origin::Flag("--timeout")))));
        let wrong = Environment::of([("GUARD_SERVICE_WEB_1_READY_TIMEOUT", "soon")]);
        let durations = Durations { config: &config, variables: &wrong, timeout: None };
        assert_eq!(
            durations.all().unwrap_err().to_string(),
            "GUARD_SERVICE_WEB_1_READY_TIMEOUT is no duration"
        );
    }
}
