//! The environment as a whole: what is made of it (`schema.parse(process.env)`), and what is asked of it
//! (`"X" in process.env`, `Object.keys(process.env).some(…)`).

use crate::knowledge;
use crate::knowledge::types::Role;
use crate::reach::eval::command::UNCHECKED;
use crate::reach::value::{Kind, Sources, Taint, Value};
use std::rc::Rc;

/// What a value is called that was made of the whole environment: its members are variables, but what
/// became of them on the way only the run knows.
const COPY: &str = "the environment";

/// The option with which a child is handed the environment: what comes back is the child's.
const HANDED_ON: &str = "env";

pub(super) fn is_environment(value: &Value) -> bool {
    matches!(&value.kind, Kind::Api(path)
        if knowledge::libraries().api(path).and_then(|action| action.role) == Some(Role::Environment))
}

/// The call is given the environment, as an argument or as one of its options.
pub(super) fn is_given(args: &[Value]) -> bool {
    args.iter().any(|arg| match &arg.kind {
        Kind::Object(object) => {
            object.entries.iter().any(|(key, value)| key != HANDED_ON && is_environment(value))
        }
        _ => is_environment(arg) || is_copy(arg),
    })
}

pub(super) fn is_copy(value: &Value) -> bool {
    matches!(&value.kind, Kind::Unknown(label) if &**label == COPY)
}

/// What a call gives that was given the environment, or asked it: a copy; or an answer, which the
/// variable decides that it asks for.
pub(super) fn answer(method: Option<&str>, asks_for: Option<&str>, value: Value) -> Value {
    match &value.kind {
        Kind::Unknown(label) if !label.starts_with(UNCHECKED) => {}
        _ => return value,
    }
    let asks = method.is_some_and(asks);
    let taint = match asks_for {
        Some(name) if asks => Taint::variable(name),
        _ if asks => computed(),
        _ => Taint::default(),
    };
    Value { kind: Kind::Unknown(Rc::from(COPY)), taint: value.taint.and(&taint) }
}

/// Methods whose result tells which variables there are.
pub(super) fn asks(method: &str) -> bool {
    matches!(
        method,
        "some"
            | "every"
            | "includes"
            | "has"
            | "hasOwn"
            | "hasOwnProperty"
            | "find"
            | "findIndex"
            | "indexOf"
    )
}

/// A member of such a copy. Variables are written in capitals; `.data`, `.value` lead on to the copy.
pub(super) fn member(name: &str) -> Value {
    let shouts = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if shouts {
        return Value::tainted(name, Taint::variable(name));
    }
    let taint = if name == "length" { computed() } else { Taint::default() };
    Value { kind: Kind::Unknown(Rc::from(COPY)), taint }
}

fn computed() -> Taint {
    Taint::of(Sources { computed: true, ..Sources::default() })
}
