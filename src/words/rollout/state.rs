//! The states of a rollout and their names.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where a rollout is. A service's states carry its label: upper case, `BACKEND` and `FRONTEND` where
/// there are two services.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Precheck,
    DbValidate,
    MigrateVerify,
    Start(String),
    ReadyGate(String),
    Tunnel,
    External,
    Success,
    FailureRollback,
}

const START: &str = "_START";
const READY_GATE: &str = "_READY_GATE";

impl State {
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Precheck => "PRECHECK".into(),
            Self::DbValidate => "DB_VALIDATE".into(),
            Self::MigrateVerify => "MIGRATE_VERIFY".into(),
            Self::Start(label) => format!("{label}{START}"),
            Self::ReadyGate(label) => format!("{label}{READY_GATE}"),
            Self::Tunnel => "TUNNEL_START_OR_VERIFY".into(),
            Self::External => "EXTERNAL_VERIFY".into(),
            Self::Success => "SUCCESS".into(),
            Self::FailureRollback => "FAILURE_ROLLBACK".into(),
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "PRECHECK" => Self::Precheck,
            "DB_VALIDATE" => Self::DbValidate,
            "MIGRATE_VERIFY" => Self::MigrateVerify,
            "TUNNEL_START_OR_VERIFY" => Self::Tunnel,
            "EXTERNAL_VERIFY" => Self::External,
            "SUCCESS" => Self::Success,
            "FAILURE_ROLLBACK" => Self::FailureRollback,
            _ => match (name.strip_suffix(READY_GATE), name.strip_suffix(START)) {
                (Some(label), _) => Self::ReadyGate(label.to_owned()),
                (None, Some(label)) => Self::Start(label.to_owned()),
                (None, None) => return None,
            },
        })
    }

    /// A name as it stands in states and variables: `web-1` is `WEB_1`.
    #[must_use]
    pub fn label(name: &str) -> String {
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.name())
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::parse(&name).ok_or_else(|| D::Error::custom("no state of a rollout"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_as_it_is_written() {
        let labelled = [State::Start("BACKEND".into()), State::ReadyGate(State::label("web-1"))];
        let rest = [
            State::Precheck,
            State::DbValidate,
            State::MigrateVerify,
            State::Tunnel,
            State::External,
            State::Success,
            State::FailureRollback,
        ];
        for state in labelled.into_iter().chain(rest) {
            assert_eq!(State::parse(&state.name()), Some(state));
        }
        assert_eq!(State::ReadyGate(State::label("web-1")).name(), "WEB_1_READY_GATE");
        assert_eq!(State::parse("SOMEWHERE"), None);
    }
}
