//! A table of functions that is asked by a key which only the run knows: `commands[name]()`. Any of them may
//! be the one that is called.

use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::value::{Kind, Object, Taint, Value};
use crate::words::flow::Call;
use crate::words::span::Place;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Under such a key, and a number, one of the functions is held.
const ANY: &str = "\u{0}any ";
/// Longer tables are registers of something else.
const MOST: usize = 24;

/// Several functions, and nothing else.
pub(super) fn is_table(object: &Object) -> bool {
    (2..=MOST).contains(&object.entries.len())
        && object.entries.values().all(|value| matches!(value.kind, Kind::Function(_)))
}

/// One of a table, whichever.
pub(super) fn any_of(object: &Object) -> Value {
    let held =
        object.entries.values().enumerate().map(|(at, value)| (format!("{ANY}{at:02}"), value.clone()));
    let entries: BTreeMap<String, Value> = held.collect();
    Value::new(Kind::Object(Rc::new(Object { entries, open: true, class: None })))
}

pub(super) fn is_choice(object: &Object) -> bool {
    object.entries.first_key_value().is_some_and(|(key, _)| key.starts_with(ANY))
}

impl Walker<'_> {
    /// Each on a way of its own.
    pub(super) fn call_any(
        &mut self,
        object: &Object,
        taint: &Taint,
        args: &[Value],
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        let held: Vec<Value> = object
            .entries
            .iter()
            .filter(|(key, _)| key.starts_with(ANY))
            .map(|(_, value)| value.clone())
            .collect();
        self.one_or_other(&held, taint, args, call, at)
    }

    fn one_or_other(
        &mut self,
        held: &[Value],
        taint: &Taint,
        args: &[Value],
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        let Some((first, rest)) = held.split_first() else { return (Value::undefined(), Flow::normal()) };
        if rest.is_empty() {
            return self.invoke(first, args.to_vec(), call, at, at);
        }
        let (a, b, flow) = self.fork_values(
            at,
            taint,
            |walker| walker.invoke(first, args.to_vec(), call, at, at),
            |walker| walker.one_or_other(rest, taint, args, call, at),
        );
        // Where both end the program once they are awaited, either does.
        let fails =
            |value: &Value| matches!(&value.kind, Kind::Promise(promise) if promise.failing.is_some());
        let value = if fails(&a) && fails(&b) { a } else { a.join(&b) };
        (value, flow)
    }
}
