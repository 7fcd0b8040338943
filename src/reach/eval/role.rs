//! What a platform's own functions do: read the environment, join paths, assert, load.

use crate::knowledge::types::{Action, Role};
use crate::reach::eval::Walker;
use crate::reach::eval::argument::{argument, arguments};
use crate::reach::eval::flow::Flow;
use crate::reach::eval::instance::either;
use crate::reach::eval::library::typed_of;
use crate::reach::event::{EventKind, World};
use crate::reach::resolve::Target;
use crate::reach::value::{Kind, Promise, Sources, Taint, Truth, Value};
use crate::words::flow::{Call, Comparison};
use crate::words::span::{FileId, Place};
use crate::words::text::{Piece, Text};
use std::rc::Rc;

impl Walker<'_> {
    pub(super) fn role(
        &mut self,
        role: Role,
        action: &Action,
        args: &[Value],
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        let taint = args.iter().fold(Taint::default(), |t, a| t.and(&a.taint));
        let first = args.first().cloned().unwrap_or_else(Value::undefined);
        if matches!(
            role,
            Role::Exit | Role::ExitStatus | Role::Assert | Role::AssertEqual | Role::Serve | Role::Eval
        ) {
            self.heed(&taint);
        }
        match role {
            Role::Exit | Role::Abort => {
                let status = match first.kind {
                    Kind::Undefined => self.replaced("exitCode").unwrap_or(first),
                    _ => first,
                };
                let zero = match status.kind {
                    Kind::Undefined => true,
                    Kind::Number(n) => n == 0.0,
                    _ => status.known_text() == Some("0"),
                };
                let well = (zero && role == Role::Exit).then_some(at);
                (Value::undefined(), Flow { exits: true, well, ..Flow::default() })
            }
            Role::Environment | Role::Arguments => (Value::tainted("arguments", arguments()), Flow::normal()),
            Role::ReadVariable => {
                if let Some(name) = first.known_text() {
                    let value = self.environment(name);
                    let value = match args.get(1) {
                        _ if !matches!(value.kind, Kind::Variable(_)) => value,
                        Some(default) if !matches!(default.kind, Kind::Undefined) => {
                            if name == "CI" && default.known_text() != Some("true") {
                                value
                            } else {
                                Value::tainted(name, value.taint)
                            }
                        }
                        _ => value,
                    };
                    (value, Flow::normal())
                } else {
                    let computed = Taint::of(Sources { computed: true, ..Sources::default() });
                    (Value::tainted("environment variable", computed.and(&taint)), Flow::normal())
                }
            }
            Role::Prompt => {
                let prompt = Taint::of(Sources { prompt: true, ..Sources::default() });
                self.run_callbacks(args, at);
                let value = Value::tainted("answer", prompt);
                (
                    Value::new(Kind::Promise(Rc::new(Promise {
                        value: value.clone(),
                        failing: None,
                        events: 0..0,
                    })))
                    .with(&value.taint),
                    Flow::normal(),
                )
            }
            Role::CommandLine => {
                self.run_callbacks(args, at);
                let value = match &action.gives {
                    Some(ty) => typed_of(ty),
                    None => Value::tainted("option", arguments()),
                };
                (value.with(&arguments()), Flow::normal())
            }
            Role::Shell
            | Role::ShellUnchecked
            | Role::Command
            | Role::CommandUnchecked
            | Role::CommandList
            | Role::CommandListUnchecked
            | Role::CommandExec => self.start_role(role, action, args, call, at),
            Role::RunFile => {
                let Some(file) = self.file_argument(&first) else {
                    return (Value::unknown("process"), Flow::normal());
                };
                let words = self.run_file_words(file, args, at);
                let env = self.env_of(args, at);
                self.run_words(&words, &env, None, at, false)
            }
            Role::ReadFile => {
                self.run_callbacks(args, at);
                let value = match self.file_argument(&first) {
                    Some(file) => Value::new(Kind::FileText(file)),
                    None => Value::tainted("file", taint),
                };
                let value = if action.awaits {
                    Value::new(Kind::Promise(Rc::new(Promise { value, failing: None, events: 0..0 })))
                } else {
                    value
                };
                (value, Flow::normal())
            }
            Role::JoinPath => {
                let mut text = Text::default();
                for (index, arg) in args.iter().enumerate() {
                    let piece = arg.to_text();
                    let absolute = piece.prefix().starts_with('/');
                    if absolute && index > 0 && action.gives.as_deref() == Some("resolve") {
                        text = Text::default();
                    } else if index > 0 {
                        text.push_known("/");
                    }
                    text.push(&piece);
                }
                (Value { kind: Kind::Text(Rc::new(text)), taint }, Flow::normal())
            }
            Role::Dirname => {
                let value = first
                    .known_text()
                    .map(|t| t.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned());
                (
                    value.map_or_else(
                        || Value::tainted("folder", taint.clone()),
                        |v| Value::text(v).with(&taint),
                    ),
                    Flow::normal(),
                )
            }
            Role::Basename => {
                let value = first.known_text().map(|t| t.rsplit('/').next().unwrap_or(t).to_owned());
                (
                    value.map_or_else(
                        || Value::tainted("name", taint.clone()),
                        |v| Value::text(v).with(&taint),
                    ),
                    Flow::normal(),
                )
            }
            Role::Fail if self.errexit => (Value::undefined(), Flow { throws: true, ..Flow::default() }),
            Role::Fail => (Value::undefined(), Flow::normal()),
            Role::Same => (first, Flow::normal()),
            Role::Log => (Value::undefined(), Flow::normal()),
            Role::Assert => self.assert(&first, at),
            Role::AssertEqual => {
                let other = args.get(1).cloned().unwrap_or_else(Value::undefined);
                let same = self.compare(Comparison::Equal, &first, &other);
                self.assert(&same, at)
            }
            Role::SetProperty => {
                if let (Kind::Api(path), Some(name)) =
                    (&first.kind, args.get(1).and_then(|a| a.known_text()).map(str::to_owned))
                {
                    let value = argument(args, "2.value").or_else(|| argument(args, "2.get"));
                    let value = value.or_else(|| args.get(2).cloned()).unwrap_or_else(Value::undefined);
                    self.set_api(&Rc::clone(path), &name, value, at);
                }
                (first, Flow::normal())
            }
            Role::Merge => (self.merged(args, at), Flow::normal()),
            Role::LoadEnv => {
                let path = argument(args, "0.path").or_else(|| argument(args, "0"));
                let known = path.as_ref().and_then(|p| p.known_text()).map(str::to_owned);
                self.load_env(known.as_deref(), at);
                (Value::unknown("env"), Flow::normal())
            }
            Role::Serve => {
                self.serves = true;
                self.note(EventKind::Serves, at);
                self.run_callbacks(args, at);
                let value = match &action.gives {
                    Some(ty) => typed_of(ty),
                    None => Value::unknown("server"),
                };
                (value, Flow::normal())
            }
            Role::AwaitAll | Role::SettleAll | Role::FirstOf => {
                let mut failing = None;
                let given = self.given_since..self.events.len();
                let mut events: Vec<std::ops::Range<usize>> = std::iter::once(given).collect();
                if let Kind::List(items, _) = &first.kind {
                    for item in items.iter() {
                        if let Kind::Promise(promise) = &item.kind {
                            failing = failing.or(promise.failing);
                            events.push(promise.events.clone());
                        }
                    }
                }
                let mut taint = taint;
                if role == Role::SettleAll {
                    // One that fails is only in the results.
                    taint = taint.and(&self.outcomes_of(events.clone(), at, true));
                }
                if role == Role::FirstOf && self.may_win(call, at) {
                    // Whoever wins, what the others come to is nobody's.
                    taint = taint.and(&self.outcomes_of(events.clone(), at, false));
                }
                if role != Role::AwaitAll {
                    if failing.is_some() {
                        let guard = self.last_guard_stop();
                        self.excuse(crate::reach::event::ExcuseKind::Swallowed, at, Taint::default(), guard);
                    }
                    failing = None;
                }
                let value = Value::tainted("results", taint);
                (Value::new(Kind::Promise(Rc::new(Promise { value, failing, events: 0..0 }))), Flow::normal())
            }
            Role::Later => {
                self.listens_for_end(args, at);
                self.run_callbacks(args, at);
                (Value::unknown("handle"), Flow::normal())
            }
            Role::Eval => {
                let scope = self.unit_of_file.get(&at.file).map_or(0, |unit| self.unit_scope(*unit));
                self.eval_text(scope, &first, at)
            }
            Role::ExitStatus | Role::Pure => {
                self.run_callbacks(args, at);
                let value = match &action.gives {
                    Some(ty) if ty != "self" => typed_of(ty),
                    _ => Value::tainted("value", taint),
                };
                (value, Flow::normal())
            }
            Role::Make => self.made(args, call, at),
            Role::Either => (either(args), Flow::normal()),
            Role::HereDirectory | Role::HereFile | Role::Runtime | Role::IsMain => {
                (self.read_api("", action, at), Flow::normal())
            }
            Role::Load => {
                let Some(name) = first.known_text() else {
                    self.loads_unknown(&first, at);
                    return (Value::tainted("module", taint), Flow::normal());
                };
                let unit = self.unit_of_file.get(&at.file).copied().unwrap_or(0);
                let name = if self.is_python(unit) { format!("python:{name}") } else { name.to_owned() };
                self.load_module(unit, &name, at.span)
            }
            Role::RunModule => {
                let unit = self.unit_of_file.get(&at.file).copied().unwrap_or(0);
                let Some(name) = first.known_text() else {
                    return (Value::tainted("module", taint), Flow::normal());
                };
                let name = if self.is_python(unit) { format!("python:{name}") } else { name.to_owned() };
                if let Target::File(file) = self.leads_to(at.file, &name) {
                    let words =
                        vec![Text::known(self.runner(at.file)), Text::known(self.context.sources.path(file))];
                    return self.run_words(&words, &[], None, at, false);
                }
                (Value::unknown("module"), Flow::normal())
            }
            Role::Words => {
                let text = first.to_text();
                let mut words = vec![Text::default()];
                for piece in text.pieces() {
                    match piece {
                        Piece::Known(known) => {
                            for (index, part) in known.split(' ').enumerate() {
                                if index > 0 {
                                    words.push(Text::default());
                                }
                                if let Some(last) = words.last_mut() {
                                    last.push_known(part.trim_matches(['"', '\'']));
                                }
                            }
                        }
                        Piece::Hole { label } => {
                            if let Some(last) = words.last_mut() {
                                last.push(&Text::hole(label.clone()));
                            }
                        }
                    }
                }
                words.retain(|word| !word.pieces().is_empty());
                let words = words.into_iter().map(|word| Value::new(Kind::Text(Rc::new(word)))).collect();
                (Value::list(words).with(&taint), Flow::normal())
            }
            Role::Gather => {
                let all = Value::list(args.to_vec());
                self.role(Role::AwaitAll, action, &[all], call, at)
            }
            Role::ServeApp => {
                let value = match &action.gives {
                    Some(ty) => typed_of(ty),
                    None => Value::unknown("server"),
                };
                (value, Flow::normal())
            }
            Role::Await => {
                self.run_callbacks(args, at);
                self.settle(first, at)
            }
            Role::Slice => match &first.kind {
                Kind::List(items, _) => (
                    Value { kind: Kind::List(Rc::clone(items), true), taint: first.taint.clone() },
                    Flow::normal(),
                ),
                Kind::Typed(_) => (first, Flow::normal()),
                _ => (Value::tainted("part", taint), Flow::normal()),
            },
            Role::Several => match &first.kind {
                Kind::List(items, _) => (
                    Value { kind: Kind::List(Rc::clone(items), true), taint: first.taint.clone() },
                    Flow::normal(),
                ),
                _ => (first, Flow::normal()),
            },
            Role::Enter => self.entered(&first, call, at),
            Role::Decorate => self.decorate(args, call, at),
            Role::Replaces => {
                self.patched(args, at);
                (Value::unknown("patch"), Flow::normal())
            }
            Role::SetVariable => {
                if let Some(name) = first.known_text().map(str::to_owned) {
                    let value = args.get(1).cloned().unwrap_or_else(Value::undefined);
                    self.set_environment(&name, value, at);
                }
                (Value::undefined(), Flow::normal())
            }
            Role::SetVariables => {
                for arg in args {
                    if let Kind::Object(object) = &arg.kind {
                        for (name, value) in &object.entries {
                            self.set_environment(name, value.clone(), at);
                        }
                    }
                }
                (Value::undefined(), Flow::normal())
            }
            Role::CommandMain => {
                if let Kind::Function(closure) = &first.kind {
                    let closure = Rc::clone(closure);
                    return self.call_as_command(&closure, at);
                }
                (Value::undefined(), self.call_commands(at))
            }
            Role::Raise
            | Role::Unwrap
            | Role::Drive
            | Role::Failed
            | Role::IsWell
            | Role::IsFailure
            | Role::Well
            | Role::Instead
            | Role::InsteadOf
            | Role::Attempt
            | Role::Succeeded => self.result_role(role, args, at),
            Role::Apply
            | Role::GetProperty
            | Role::Proxy
            | Role::Values
            | Role::Entries
            | Role::MakeFunction => self.reflect_role(role, args, call, at),
            Role::Decode => {
                let computed = Taint::of(Sources { computed: true, ..Sources::default() });
                (Value::tainted("decoded text", taint.and(&computed)), Flow::normal())
            }
        }
    }

    /// What runs another file of the same platform.
    pub(super) fn runner(&self, file: FileId) -> &'static str {
        match self.context.sources.file(file).kind {
            crate::lang::Kind::Python => "python",
            _ => "node",
        }
    }

    /// Goes on only where the value holds: a guard, where it asks what a guard asks.
    pub(super) fn assert(&mut self, value: &Value, at: Place) -> (Value, Flow) {
        let failure = Flow { throws: true, ..Flow::default() };
        let relevant =
            value.taint.has(|s| s.ci) && self.world == World::NoCi || value.taint.has(|s| s.verdict);
        match self.truth(value) {
            Truth::Yes => (Value::undefined(), Flow::normal()),
            Truth::No => {
                if relevant {
                    self.guard_stop(at);
                }
                (Value::undefined(), Flow { guarded: relevant, ..failure })
            }
            Truth::Unknown => {
                let (_, _, flow) = self.fork_values(
                    at,
                    &value.taint,
                    |_| (Value::undefined(), Flow::normal()),
                    |_| (Value::undefined(), failure),
                );
                (Value::undefined(), flow)
            }
        }
    }

    pub(super) fn load_env(&mut self, path: Option<&str>, at: Place) {
        let here = self.directory.clone().unwrap_or_else(|| ".".to_owned());
        let path = path.unwrap_or(".env").trim_start_matches('/');
        let found = [crate::reach::resolve::join(&here, path), path.to_owned()]
            .iter()
            .filter_map(|p| crate::reach::resolve::normal(p))
            .find_map(|p| self.context.sources.find(&p));
        if let Some(file) = found {
            self.note(EventKind::LoadsEnv { file }, at);
        }
    }
}
