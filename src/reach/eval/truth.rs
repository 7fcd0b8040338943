//! What is true of a value, as far as the world tells.

use crate::reach::eval::Walker;
use crate::reach::eval::surroundings;
use crate::reach::event::World;
use crate::reach::value::{Kind, Taint, Truth, Value};
use crate::words::flow::Comparison;

impl Walker<'_> {
    pub(super) fn truth(&self, value: &Value) -> Truth {
        match &value.kind {
            Kind::Bool(b) => Truth::of(*b),
            Kind::Undefined | Kind::Null => Truth::No,
            Kind::Number(n) => Truth::of(*n != 0.0),
            Kind::Text(text) => match text.as_known() {
                Some(known) => Truth::of(!known.is_empty()),
                None if text.pieces().iter().any(|p| matches!(p, crate::words::text::Piece::Known(_))) => {
                    Truth::Yes
                }
                None => Truth::Unknown,
            },
            Kind::Variable(name) if &**name == "CI" && self.world == World::NoProof => Truth::Yes,
            Kind::Unknown(_) | Kind::Variable(_) | Kind::Method(_) | Kind::Api(_) => Truth::Unknown,
            // A client of the knowledge may be missing all the same.
            Kind::Typed(_) => Truth::Unknown,
            _ => Truth::Yes,
        }
    }

    pub(super) fn compare(&self, op: Comparison, left: &Value, right: &Value) -> Value {
        let taint = left.taint.and(&right.taint);
        let unknown = Value::tainted("comparison", taint.clone());
        let negative = matches!(op, Comparison::NotEqual | Comparison::NotEqualFolded);
        let folded = matches!(op, Comparison::EqualFolded | Comparison::NotEqualFolded);
        if op == Comparison::Other {
            // `"X" in process.env`
            if surroundings::is_environment(right)
                && let Some(name) = left.known_text()
            {
                return Value::tainted("comparison", Taint::variable(name));
            }
            return unknown;
        }
        let equal = match (&left.kind, &right.kind) {
            (Kind::Variable(name), other) | (other, Kind::Variable(name)) if &**name == "CI" => {
                let other = match other {
                    Kind::Text(text) => text.as_known(),
                    _ => None,
                };
                match (self.world, other) {
                    (World::NoCi, Some("true")) if !folded => Truth::No,
                    (World::NoProof, Some(text)) => Truth::of(text == "true"),
                    _ => Truth::Unknown,
                }
            }
            (Kind::Text(a), Kind::Text(b)) => match (a.as_known(), b.as_known()) {
                (Some(a), Some(b)) if folded => Truth::of(a.eq_ignore_ascii_case(b)),
                (Some(a), Some(b)) => Truth::of(a == b),
                _ => Truth::Unknown,
            },
            (Kind::Bool(a), Kind::Bool(b)) => Truth::of(a == b),
            (Kind::Number(a), Kind::Number(b)) => Truth::of((a - b).abs() < f64::EPSILON),
            (Kind::Text(a), Kind::Number(b)) | (Kind::Number(b), Kind::Text(a)) => a
                .as_known()
                .and_then(|a| a.trim().parse::<f64>().ok())
                .map_or(Truth::Unknown, |a| Truth::of((a - b).abs() < f64::EPSILON)),
            (Kind::Undefined | Kind::Null, Kind::Undefined | Kind::Null) => Truth::Yes,
            (
                Kind::Undefined | Kind::Null,
                Kind::Text(_) | Kind::Bool(_) | Kind::Object(_) | Kind::List(..),
            )
            | (
                Kind::Text(_) | Kind::Bool(_) | Kind::Object(_) | Kind::List(..),
                Kind::Undefined | Kind::Null,
            ) => Truth::No,
            _ => Truth::Unknown,
        };
        Value::truth(if negative { equal.negate() } else { equal }, taint)
    }
}

/// Something that a person outside steers, and that is no database URL.
pub(super) fn is_switch(taint: &Taint) -> bool {
    taint.has(|s| {
        s.arguments || s.prompt || s.computed || s.variables.iter().any(|name| !names_a_database(name))
    })
}

pub(super) fn names_a_database(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    ["URL", "DSN", "URI", "HOST", "DATABASE", "PGDATABASE", "CONNECTION", "FINGERPRINT", "_DB", "ENVIRONMENT"]
        .iter()
        .any(|part| upper.contains(part))
        && !["SKIP", "BYPASS", "ALLOW", "DISABLE", "OVERRIDE", "FORCE", "IGNORE", "NO_"]
            .iter()
            .any(|p| upper.starts_with(p))
}
