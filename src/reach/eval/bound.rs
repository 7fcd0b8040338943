//! Words given to parameters: `-Name value`, `-Switch`, and the others in order.

use crate::knowledge::types::{Action, Role};
use crate::reach::value::{Kind, Taint, Value};
use crate::words::text::{Piece, Text};
use std::rc::Rc;

/// What words give to parameters.
pub(super) struct Bound {
    /// One for each parameter, in its order.
    pub(super) values: Vec<Option<Value>>,
    pub(super) rest: Vec<Value>,
    /// Something was spread of which only the run knows what it holds.
    pub(super) open: Option<Taint>,
}

/// Gives words to parameters: `-Name value`, `-Switch`, and the others in order.
pub(super) fn bind(given: Vec<Value>, names: &[(&str, bool)]) -> Bound {
    let mut out = Bound { values: names.iter().map(|_| None).collect(), rest: Vec::new(), open: None };
    let mut plain = Vec::new();
    let mut words = given.into_iter().peekable();
    while let Some(word) = words.next() {
        if let Kind::Unknown(label) = &word.kind
            && &**label == "more arguments"
        {
            out.open = Some(word.taint.clone());
            continue;
        }
        let parameter = word.known_text().and_then(|text| text.strip_prefix('-')).map(str::to_lowercase);
        let parameter = parameter.filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
        let Some(parameter) = parameter else {
            plain.push(word);
            continue;
        };
        let bound = parameter.ends_with(':');
        let parameter = parameter.trim_end_matches(':').to_owned();
        let exact = names.iter().position(|(name, _)| name.eq_ignore_ascii_case(&parameter));
        let index =
            exact.or_else(|| names.iter().position(|(name, _)| name.to_lowercase().starts_with(&parameter)));
        let Some(index) = index else {
            if is_common(&parameter) {
                if bound || takes_value(&parameter) {
                    words.next();
                }
            } else {
                plain.push(word);
            }
            continue;
        };
        let value = if names[index].1 {
            let said = bound || words.peek().is_some_and(|next| matches!(next.kind, Kind::Bool(_)));
            if said { words.next() } else { Some(Value::new(Kind::Bool(true))) }
        } else {
            words.next()
        };
        out.values[index] = value;
    }
    let mut plain = plain.into_iter();
    for (value, (_, switch)) in out.values.iter_mut().zip(names) {
        if value.is_none() && !switch {
            *value = plain.next();
        }
    }
    out.rest = plain.collect();
    out
}

/// Parameters that every advanced function has.
fn is_common(name: &str) -> bool {
    takes_value(name)
        || matches!(name, "verbose" | "debug" | "whatif" | "confirm" | "vb" | "db" | "wi" | "cf")
}

fn takes_value(name: &str) -> bool {
    name.starts_with("erroract")
        || name.starts_with("warning")
        || name.starts_with("informationa")
        || matches!(
            name,
            "ea" | "wa" | "ev" | "errorvariable" | "outvariable" | "ov" | "outbuffer" | "pipelinevariable"
        )
}

/// The words of a cmdlet in the order in which the knowledge counts its arguments.
pub(super) fn arguments_of(action: &Action, given: Vec<Value>) -> Vec<Value> {
    let names: Vec<(&str, bool)> = action
        .parameters
        .iter()
        .map(|name| (name.as_str(), false))
        .chain(action.switches.iter().map(|name| (name.as_str(), true)))
        .collect();
    let bound = bind(given, &names);
    let mut args: Vec<Value> = bound
        .values
        .into_iter()
        .take(action.parameters.len())
        .map(|value| value.unwrap_or_else(Value::undefined))
        .chain(bound.rest)
        .collect();
    while args.last().is_some_and(|arg| matches!(arg.kind, Kind::Undefined)) {
        args.pop();
    }
    let list = matches!(
        action.role,
        Some(Role::Command | Role::CommandUnchecked | Role::CommandList | Role::CommandListUnchecked)
    );
    if list && let Some(value) = args.get_mut(1) {
        // One text holds all arguments, with spaces between them.
        if let Kind::Text(text) = &value.kind {
            *value = Value::list(split(text)).with(&value.taint);
        }
    }
    args
}

fn split(text: &Text) -> Vec<Value> {
    let mut out: Vec<Text> = Vec::new();
    let mut joined = false;
    for piece in text.pieces() {
        match piece {
            Piece::Known(known) => {
                let starts = known.starts_with(char::is_whitespace);
                for (index, word) in known.split_whitespace().enumerate() {
                    match out.last_mut() {
                        Some(last) if index == 0 && joined && !starts => {
                            last.push_known(word.trim_matches('"'));
                        }
                        _ => out.push(Text::known(word.trim_matches('"'))),
                    }
                }
                joined = !known.ends_with(char::is_whitespace);
            }
            Piece::Hole { label } => {
                match out.last_mut() {
                    Some(last) if joined => last.push(&Text::hole(label.clone())),
                    _ => out.push(Text::hole(label.clone())),
                }
                joined = true;
            }
        }
    }
    out.into_iter().map(|text| Value::new(Kind::Text(Rc::new(text)))).collect()
}
