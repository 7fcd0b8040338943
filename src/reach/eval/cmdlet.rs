//! Commands whose words can name parameters: functions of the script, cmdlets that the knowledge
//! describes, and programs. A program's failure stops nothing by itself; it is a number that somebody
//! looks at, or not.

use std::rc::Rc;

use crate::knowledge;
use crate::lang::{self, Input};
use crate::reach::eval::Walker;
use crate::reach::eval::bound::{arguments_of, bind};
use crate::reach::eval::flow::Flow;
use crate::reach::event::{EventKind, ExcuseKind, Mask, World};
use crate::reach::value::{Closure, Kind, ScopeId, Taint, Truth, Typed, Value};
use crate::words::flow::{Call, CallKind, Dialect, Expr, ExprKind, Run};
use crate::words::span::{FileId, OffsetMap, Place, Span};
use crate::words::text::{Piece, Text};

impl Walker<'_> {
    /// The unit's commands are of this kind.
    pub(super) fn names_parameters(&self, unit: usize) -> bool {
        self.unit(unit).is_some_and(|u| u.dialect == Dialect::PowerShell)
    }

    pub(super) fn run_named(&mut self, unit: usize, scope: ScopeId, run: &Run, span: Span) -> (Value, Flow) {
        let at = self.place(unit, span);
        let unseen = self.unseen.take();
        let mut flow = Flow::normal();
        let mut given = Vec::new();
        for word in &run.words {
            let (inner, spread) = match &*word.kind {
                ExprKind::Spread(inner) => (inner, true),
                _ => (word, false),
            };
            let (value, next) = self.expr(unit, scope, inner);
            flow.then(next);
            match (&value.kind, spread) {
                (Kind::List(items, open), true) => {
                    given.extend(items.iter().cloned());
                    if *open {
                        given.push(Value::tainted("more arguments", value.taint.clone()));
                    }
                }
                (Kind::Object(object), true) => {
                    for (key, value) in &object.entries {
                        given.push(Value::text(format!("-{key}")));
                        given.push(value.clone());
                    }
                    if object.open {
                        given.push(Value::tainted("more arguments", value.taint.clone()));
                    }
                }
                (Kind::Undefined | Kind::Null, true) => {}
                _ => given.push(value),
            }
        }
        if !flow.falls || given.is_empty() {
            return (Value::undefined(), flow);
        }
        let first = given.remove(0);
        let (value, next) = self.run_first(scope, &first, given, at, unseen);
        flow.then(next);
        (value, flow)
    }

    fn run_first(
        &mut self,
        scope: ScopeId,
        first: &Value,
        given: Vec<Value>,
        at: Place,
        unseen: Option<Mask>,
    ) -> (Value, Flow) {
        if let Kind::Function(closure) = &first.kind {
            let closure = Rc::clone(closure);
            return self.call_named(&closure, given, at);
        }
        let mut name = first.known_text().map(str::to_owned);
        for _ in 0..4 {
            let Some(written) = &name else { break };
            let folded = written.to_lowercase();
            if folded == "guard" && self.look_up(scope, &folded).is_some() {
                let words = std::iter::once(Text::known(&folded)).chain(given.iter().map(Value::to_text));
                self.stands_in(&words.collect::<Vec<_>>(), at);
            }
            match self.look_up(scope, &folded).map(|value| value.kind) {
                Some(Kind::Function(closure)) => return self.call_named(&closure, given, at),
                // Another name for something else.
                Some(Kind::Api(path)) => {
                    let meant = path.strip_prefix("powershell:").unwrap_or(&path).to_owned();
                    if meant == folded {
                        break;
                    }
                    name = Some(meant);
                }
                _ => break,
            }
        }
        if let Some(name) = &name {
            let words: Vec<Text> =
                std::iter::once(Text::known(name)).chain(given.iter().map(Value::to_text)).collect();
            if let Some(value) = self.builtin(name, &words) {
                return (value, Flow::normal());
            }
            let path = format!("powershell:{}", name.to_lowercase());
            if let Some(action) = knowledge::libraries().api(&path)
                && !action.property
            {
                let args = arguments_of(action, given);
                let call = plain_call(at.span);
                return self.call_api(&path, args, &call, at);
            }
        }
        let first = name.map_or_else(|| first.to_text(), Text::known);
        self.run_program(first, &given, at, unseen)
    }

    fn call_named(&mut self, closure: &Rc<Closure>, given: Vec<Value>, at: Place) -> (Value, Flow) {
        let Some((handle, _)) = self.units.get(closure.unit).cloned() else {
            return (Value::unknown("result"), Flow::normal());
        };
        let Some(function) = handle.unit().and_then(|u| u.functions.get(closure.id.0 as usize)) else {
            return (Value::unknown("result"), Flow::normal());
        };
        // The item of a pipeline is no parameter.
        let item = usize::from(function.params.first().is_some_and(|p| p.name == "$_"));
        let own = function.params.get(item..).unwrap_or_default();
        let names: Vec<(&str, bool)> = own
            .iter()
            .filter(|param| !param.rest)
            .map(|param| {
                let switch =
                    param.type_name.as_deref().is_some_and(|t| t.to_lowercase().starts_with("switch"));
                (param.name.trim_start_matches('$'), switch)
            })
            .collect();
        let bound = bind(given, &names);
        let mut args: Vec<Value> = Vec::new();
        args.extend((0..item).map(|_| Value::unknown("$_")));
        for value in bound.values {
            args.push(match (value, &bound.open) {
                (Some(value), _) => value,
                (None, Some(taint)) => Value::tainted("argument", taint.clone()),
                (None, None) => Value::undefined(),
            });
        }
        args.extend(bound.rest);
        let options = (self.errexit, self.pipefail);
        let result = self.call_function(closure, args, at, closure.this.clone());
        // What a function prefers ends with it.
        (self.errexit, self.pipefail) = options;
        result
    }

    fn run_program(
        &mut self,
        first: Text,
        given: &[Value],
        at: Place,
        unseen: Option<Mask>,
    ) -> (Value, Flow) {
        let mut taint = Taint::default();
        let mut words = vec![first];
        for value in given {
            taint = taint.and(&value.taint);
            match &value.kind {
                Kind::List(items, open) => {
                    words.extend(items.iter().map(Value::to_text));
                    if *open {
                        words.push(Text::hole("more arguments"));
                    }
                }
                Kind::Undefined | Kind::Null => {}
                _ => words.push(match value.known_text().and_then(|text| text.strip_suffix(':')) {
                    Some(name) if name.starts_with('-') => Text::known(name),
                    _ => value.to_text(),
                }),
            }
        }
        let called = words[0].as_known().unwrap_or_default().to_owned();
        let spelt = knowledge::cmdlet(&mut words);
        let script = called.to_lowercase().ends_with(".ps1");
        // Where a failing program stops the script, nothing is unseen.
        let stops = self.errexit && self.pipefail && !spelt && !script;
        let mask = unseen.filter(|_| !stops && !spelt && !script).map(|mask| Mask { at, ..mask });
        let outer = self.masks.last().copied().flatten();
        self.masks.push(outer.or(mask));
        let thrown = if script { self.throws_at_guard(&words[0]) } else { false };
        let (value, flow) = self.run_words(&words, &[], None, at, false);
        self.masks.pop();
        if spelt {
            return (Value::tainted("result", taint), flow);
        }
        let failed = self.truth(&value) == Truth::No && value.taint.has(|s| s.ci || s.verdict);
        self.status = match value.kind {
            Kind::Unknown(_) => value.clone().with(&taint),
            _ => value.clone(),
        };
        if failed {
            if stops || thrown {
                self.guard_stop(at);
                return (Value::undefined(), Flow { throws: true, guarded: true, ..Flow::default() });
            }
            // Held against it only where an effect is reached after all.
            let guard = self.last_guard_stop().or(Some(at));
            self.excuse(ExcuseKind::Masked, at, Taint::default(), guard);
        }
        (Value::tainted("output", taint), flow)
    }

    /// A script that is stopped by a throw stops whoever runs it; one that exits only ends itself.
    fn throws_at_guard(&mut self, name: &Text) -> bool {
        if self.world == World::Open || self.depth > 40 {
            return false;
        }
        let value = Value::new(Kind::Text(Rc::new(name.clone())));
        let Some(file) = self.file_argument(&value) else { return false };
        if self.module_stack.contains(&file) || (self.context.quarantined)(file) || self.main_file == file {
            return false;
        }
        self.ends_with_throw(file)
    }

    fn ends_with_throw(&mut self, file: FileId) -> bool {
        let Some(mut child) = self.other_program(self.world) else { return false };
        child.main_file = file;
        child.directory = Some(".".to_owned());
        child.module_stack.clone_from(&self.module_stack);
        child.depth = self.depth + 20;
        let flow = child.load(file).1;
        flow.throws && !flow.exits && !flow.falls
    }

    /// Stages of objects in one process: how the first one ends counts as well, and what it gives is
    /// what the next one is given.
    pub(super) fn pipe_named(&mut self, unit: usize, scope: ScopeId, stages: &[Expr]) -> (Value, Flow) {
        let before = self.piped.take();
        let unseen = self.unseen.take();
        let mut flow = Flow::normal();
        let mut last = Value::undefined();
        for (index, stage) in stages.iter().enumerate() {
            self.unseen = unseen.filter(|_| index + 1 == stages.len());
            let (value, next) = self.expr(unit, scope, stage);
            flow.then(next);
            self.piped = Some(value.clone());
            last = value;
            if !flow.falls {
                break;
            }
        }
        self.piped = before;
        (last, flow)
    }

    /// Text that is run as part of this program.
    pub(super) fn eval_named(&mut self, scope: ScopeId, value: &Value, at: Place) -> (Value, Flow) {
        let text = value.to_text();
        let mut flat = String::new();
        for piece in text.pieces() {
            match piece {
                Piece::Known(known) => flat.push_str(known),
                Piece::Hole { .. } => flat.push_str("$__hole"),
            }
        }
        if text.is_opaque() || self.depth > 60 {
            self.note(
                EventKind::Unresolved {
                    why: format!("evaluates `{text}`, text that only the run knows"),
                    hint: "write the code out instead of evaluating text".to_owned(),
                },
                at,
            );
            return (Value::tainted("value", value.taint.clone()), Flow::normal());
        }
        let map = OffsetMap::shifted(at.span.start as usize);
        let lowered = lang::powershell::lower_text(Input { path: "snippet.ps1", text: &flat, map: &map });
        let unit = self.snippet(lowered, at.file);
        let Some((handle, _)) = self.units.get(unit).cloned() else {
            return (Value::unknown("value"), Flow::normal());
        };
        let first = self.events.len();
        let flow = handle.unit().map_or_else(Flow::normal, |held| self.block(unit, scope, &held.body));
        self.stay_at(first, at);
        (Value::tainted("value", value.taint.clone()), flow)
    }

    /// Text that is run as a program of its own: `pwsh -Command …`.
    pub(super) fn powershell_text(&mut self, text: &str, at: Place) -> Value {
        let map = OffsetMap::shifted(at.span.start as usize);
        let lowered = lang::powershell::lower_text(Input { path: "snippet.ps1", text, map: &map });
        let unit = self.snippet(lowered, at.file);
        let first = self.events.len();
        let flow = self.run_unit(unit);
        self.stay_at(first, at);
        self.status_of(&flow)
    }

    /// Where a text was put together, places inside of it are no places of the file.
    fn stay_at(&mut self, first: usize, at: Place) {
        for event in &mut self.events[first..] {
            if event.at.file == at.file && !at.span.contains(event.at.span) {
                event.at = at;
            }
        }
    }

    /// A property of a library's object that holds its SQL is set: `$command.CommandText = …`.
    pub(super) fn keep_statement(
        &mut self,
        scope: ScopeId,
        of: &Expr,
        owner: &Value,
        name: &str,
        value: &Value,
    ) {
        let Kind::Typed(typed) = &owner.kind else { return };
        let keeps = knowledge::libraries()
            .ty(&typed.ty)
            .and_then(|ty| ty.members.get(name))
            .is_some_and(|action| action.property && action.keeps_sql.is_some());
        if !keeps {
            return;
        }
        let sql = Some(self.as_sql(value));
        let next = Typed { sql, ..(**typed).clone() };
        let taint = owner.taint.and(&value.taint);
        self.write_back(scope, of, Value { kind: Kind::Typed(Rc::new(next)), taint });
    }
}

fn plain_call(span: Span) -> Call {
    let callee = Expr::new(ExprKind::Undefined, span);
    Call { callee, args: Vec::new(), kind: CallKind::Plain, optional: false, type_args: Vec::new() }
}
