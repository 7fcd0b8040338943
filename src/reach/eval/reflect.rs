//! What a program does with its own values by name: members that only the run knows, functions made of
//! text, values behind others.

use crate::knowledge;
use crate::knowledge::types::{Action, Role};
use crate::lang;
use crate::lang::Input;
use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::event::EventKind;
use crate::reach::value::{Closure, Kind, Taint, Value};
use crate::words::flow::{Call, Dialect, FunctionId};
use crate::words::span::{OffsetMap, Place};
use std::rc::Rc;

/// The name of a function that is made of text.
const MADE: &str = "made";

impl Walker<'_> {
    pub(super) fn reflect_role(
        &mut self,
        role: Role,
        args: &[Value],
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        let taint = args.iter().fold(Taint::default(), |t, a| t.and(&a.taint));
        let first = args.first().cloned().unwrap_or_else(Value::undefined);
        match role {
            Role::Apply => {
                let given = match args.get(2).map(|list| &list.kind) {
                    Some(Kind::List(items, false)) => items.to_vec(),
                    _ => vec![Value::tainted("arguments", taint)],
                };
                self.invoke(&first, given, call, at, at)
            }
            Role::GetProperty => {
                let key = args.get(1).cloned().unwrap_or_else(Value::undefined);
                (self.index(&first, &key, true, at), Flow::normal())
            }
            Role::Proxy => {
                let traps = args.get(1).map(|handler| &handler.kind);
                let stands_in = match traps {
                    Some(Kind::Object(object)) => {
                        object.open
                            || ["apply", "construct"].iter().any(|trap| object.entries.contains_key(*trap))
                    }
                    _ => true,
                };
                self.run_callbacks(args.get(1..).unwrap_or_default(), at);
                let callable = matches!(first.kind, Kind::Function(_) | Kind::Class(_));
                if stands_in && callable {
                    self.run_callbacks(std::slice::from_ref(&first), at);
                    return (Value::tainted("proxy", taint), Flow::normal());
                }
                (first, Flow::normal())
            }
            Role::Values | Role::Entries => {
                if !matches!(first.kind, Kind::Typed(_)) {
                    return (Value::tainted("value", taint), Flow::normal());
                }
                let item = self.typed_index(&first, at);
                let item = match role {
                    Role::Entries => Value::list(vec![Value::tainted("name", taint.clone()), item]),
                    _ => item,
                };
                (Value::list(vec![item]).with(&taint), Flow::normal())
            }
            _ => (
                self.function_of_text(args, at).unwrap_or_else(|| Value::tainted("function", taint)),
                Flow::normal(),
            ),
        }
    }

    /// `new Function("a", "b", "return a + b")`.
    fn function_of_text(&mut self, args: &[Value], at: Place) -> Option<Value> {
        let texts: Option<Vec<&str>> = args.iter().map(|arg| arg.known_text()).collect();
        let (body, params) = match texts.as_deref() {
            Some([params @ .., body]) => (*body, params.join(", ")),
            Some([]) => return None,
            None => {
                self.note(
                    EventKind::Unresolved {
                        why: "makes a function of text that only the run knows".to_owned(),
                        hint: "write the code out instead of evaluating text".to_owned(),
                    },
                    at,
                );
                return None;
            }
        };
        let text = format!("function {MADE}({params}) {{\n{body}\n}}");
        let map = OffsetMap::whole(at.span);
        let unit = lang::snippet(Dialect::JavaScript, Input { path: "snippet", text: &text, map: &map })?;
        let id = unit.functions.iter().position(|f| f.name.as_deref() == Some(MADE))?;
        let id = FunctionId(u32::try_from(id).ok()?);
        let unit = self.snippet(unit, at.file);
        let scope = self.root_scope();
        self.scope_of_unit.insert(unit, scope);
        Some(Value::new(Kind::Function(Rc::new(Closure { unit, id, scope, this: None }))))
    }

    /// `client[method](…)`: some member of something that can change a database.
    pub(super) fn calls_some_member(&mut self, of: &Value, at: Place) {
        let Kind::Typed(typed) = &of.kind else { return };
        let changes =
            |action: &Action| action.operation.is_some() || action.sql.is_some() || action.destructive;
        let known = knowledge::libraries().ty(&typed.ty);
        if self.speculative || !known.is_some_and(|ty| ty.members.values().any(changes)) {
            return;
        }
        self.note(
            EventKind::Unresolved {
                why: "calls a member of a database client that only the run knows".to_owned(),
                hint: "name the method in the source".to_owned(),
            },
            at,
        );
    }

    /// A module that only the run knows is loaded.
    pub(super) fn loads_unknown(&mut self, name: &Value, at: Place) {
        if self.speculative || !name.to_text().is_opaque() {
            return;
        }
        self.unknown_loads += 1;
        self.note(
            EventKind::Unresolved { why: LOADS.to_owned(), hint: "name the module in the source".to_owned() },
            at,
        );
    }

    /// Where a program has nothing to do with a database, neither have the modules that it loads.
    pub(super) fn forget_loads(&mut self) {
        if self.unknown_loads == 0 || !self.lazy {
            return;
        }
        let touches = |kind: &EventKind| {
            matches!(kind, EventKind::Opens | EventKind::Reads { .. })
                || matches!(kind, EventKind::Effect { effects, .. } if !effects.is_empty())
        };
        if !self.events.iter().any(|event| touches(&event.kind)) {
            self.events
                .retain(|event| !matches!(&event.kind, EventKind::Unresolved { why, .. } if why == LOADS));
        }
    }
}

const LOADS: &str = "loads a module that only the run knows, beside a database client";
