//! Children that a program starts through its platform.

use crate::knowledge::types::{Action, Role};
use crate::reach::eval::Walker;
use crate::reach::eval::argument::argument;
use crate::reach::eval::command::UNCHECKED;
use crate::reach::eval::flow::Flow;
use crate::reach::event::EventKind;
use crate::reach::value::{Kind, Taint, Truth, Value};
use crate::words::flow::Call;
use crate::words::span::{FileId, Place};
use crate::words::text::Text;
use std::rc::Rc;

/// What is written to its standard input: a file that is opened for it, or whatever comes later.
fn fed(args: &[Value]) -> Option<Value> {
    let given = argument(args, "=stdin")?;
    match &given.kind {
        Kind::Api(path) if path.ends_with(".PIPE") => Some(Value::unknown("standard input")),
        Kind::FileText(_) => Some(given),
        _ => None,
    }
}

/// The arguments, with those in lists one by one.
fn listed(args: &[Value]) -> Vec<Value> {
    let words = args.iter().flat_map(|arg| match &arg.kind {
        Kind::List(items, _) => items.to_vec(),
        _ => vec![arg.clone()],
    });
    words.collect()
}

impl Walker<'_> {
    /// A platform's function that starts a command.
    pub(super) fn start_role(
        &mut self,
        role: Role,
        action: &Action,
        args: &[Value],
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        let _ = call;
        let unchecked =
            matches!(role, Role::ShellUnchecked | Role::CommandUnchecked | Role::CommandListUnchecked)
                || args.iter().any(|a| {
                    ["0.reject", "0.nothrow"].iter().zip([Truth::No, Truth::Yes]).any(|(key, off)| {
                        argument(std::slice::from_ref(a), key).is_some_and(|v| self.truth(&v) == off)
                    })
                });
        let checked = argument(args, "=check").is_some_and(|v| self.truth(&v) == Truth::Yes);
        let unchecked = unchecked && !checked;
        let before = self.events.len();
        let first = args.first().cloned().unwrap_or_else(Value::undefined);
        self.remember_holes(&listed(args));
        let env = self.env_of(args, at);
        let (cwd, here) = (self.cwd_of(args), self.directory.clone());
        if let Some(cwd) = cwd {
            self.directory = Some(cwd);
        }
        let piped = self.piped.take();
        self.piped =
            args.iter().find_map(|a| argument(std::slice::from_ref(a), "0.input")).or_else(|| fed(args));
        let shell_wanted = args.iter().any(|a| {
            argument(std::slice::from_ref(a), "0.shell").is_some_and(|v| self.truth(&v) == Truth::Yes)
        });
        let value = match role {
            Role::Shell | Role::ShellUnchecked => self.shell_text(&first.to_text(), &env, at, false),
            _ => {
                let mut words: Vec<Text> =
                    action.command.iter().flat_map(|c| c.split_whitespace().map(Text::known)).collect();
                let listed = args.get(1).is_some_and(|a| matches!(a.kind, Kind::List(..)));
                match &first.kind {
                    // The program, and then its name and arguments as it will see them.
                    _ if role == Role::CommandExec && listed => {}
                    Kind::List(items, _) => words.extend(items.iter().map(Value::to_text)),
                    _ => words.push(first.to_text()),
                }
                let mut open = false;
                // Deno has them among the options.
                let given = argument(args, "1.args").or_else(|| args.get(1).cloned());
                if let Some(Value { kind: Kind::List(items, more), .. }) = &given {
                    words.extend(items.iter().map(Value::to_text));
                    open = *more;
                } else if args.len() > 1 && matches!(args[1].kind, Kind::Unknown(_)) {
                    open = true;
                }
                if open {
                    words.push(Text::hole("more arguments"));
                }
                if !words.is_empty() || !listed {
                    // A function that takes the words one by one.
                    let rest = args.iter().skip(1).take(64);
                    let by_word = role == Role::CommandExec || action.command.is_some();
                    let skip = usize::from(role == Role::CommandExec);
                    let rest: Vec<Text> = rest
                        .skip(skip)
                        .take_while(|_| by_word && !listed)
                        .filter(|a| matches!(a.kind, Kind::Text(_)))
                        .map(Value::to_text)
                        .collect();
                    words.extend(rest);
                }
                let joined = words.len() == 1 && words[0].as_known().is_some_and(|w| w.contains(' '));
                if shell_wanted || joined {
                    let mut text = Text::default();
                    for (index, word) in words.iter().enumerate() {
                        if index > 0 {
                            text.push_known(" ");
                        }
                        text.push(word);
                    }
                    self.shell_text(&text, &env, at, false)
                } else if words.first().is_some_and(crate::words::text::Text::is_opaque) {
                    if !self.speculative {
                        self.note(
                            EventKind::Unresolved {
                                why: format!("starts `{}`, a command that only the run knows", words[0]),
                                hint: "write the command out, so that it can be read from the source"
                                    .to_owned(),
                            },
                            at,
                        );
                    }
                    Value::unknown("status")
                } else {
                    self.run_words(&words, &env, None, at, false).0
                }
            }
        };
        self.piped = piped;
        self.directory = here;
        if role == Role::CommandExec {
            return (Value::undefined(), Flow { exits: true, ..Flow::default() });
        }
        // A callback is given the error; nothing else tells of it.
        let callbacks: Vec<Value> =
            args.iter().filter(|a| matches!(a.kind, Kind::Function(_))).cloned().collect();
        if !callbacks.is_empty() {
            let outcome = self.outcome(before, at);
            let given =
                [Value::tainted("error", outcome), Value::unknown("stdout"), Value::unknown("stderr")];
            self.run_callbacks_with(&callbacks, &given, at);
        }
        let failed = self.truth(&value) == Truth::No && value.taint.has(|s| s.ci || s.verdict);
        if failed && !unchecked {
            let flow = Flow { throws: true, guarded: true, ..Flow::default() };
            if action.awaits {
                return (self.promise_of(&flow), Flow::normal());
            }
            return (Value::undefined(), flow);
        }
        if failed {
            // Its status has to be asked for; what is made of it decides.
            let outcome = if callbacks.is_empty() { self.outcome(before, at) } else { Taint::default() };
            return (Value::tainted("status", value.taint.and(&outcome)), Flow::normal());
        }
        let mut taint = value.taint;
        if unchecked && callbacks.is_empty() {
            taint = taint.and(&self.outcome(before, at));
        }
        let result = Value::tainted(if unchecked { UNCHECKED } else { "result" }, taint);
        if action.awaits {
            return (
                Value::new(Kind::Promise(Rc::new(crate::reach::value::Promise {
                    value: result,
                    failing: None,
                    events: 0..0,
                }))),
                Flow::normal(),
            );
        }
        (result, Flow::normal())
    }

    /// `fork(file, args, options)`: the command that it comes to.
    pub(super) fn run_file_words(&self, file: FileId, args: &[Value], at: Place) -> Vec<Text> {
        let texts = |value: Option<Value>| match value {
            Some(Value { kind: Kind::List(items, _), .. }) => items.iter().map(Value::to_text).collect(),
            _ => Vec::new(),
        };
        let mut words = vec![Text::known(self.runner(at.file))];
        for arg in args {
            words.extend(texts(argument(std::slice::from_ref(arg), "0.execArgv")));
        }
        words.push(Text::known(self.context.sources.path(file).to_owned()));
        words.extend(texts(args.get(1).cloned()));
        for arg in args {
            words.extend(texts(argument(std::slice::from_ref(arg), "0.argv")));
        }
        words
    }

    pub(super) fn env_of(&self, args: &[Value], at: Place) -> Vec<(String, Text, Place)> {
        let mut out = Vec::new();
        for arg in args {
            if let Some(Value { kind: Kind::Object(env), .. }) = argument(std::slice::from_ref(arg), "0.env")
            {
                for (name, value) in &env.entries {
                    out.push((name.clone(), value.to_text(), at));
                }
            }
        }
        out
    }

    pub(super) fn cwd_of(&self, args: &[Value]) -> Option<String> {
        args.iter().find_map(|arg| {
            let value = argument(std::slice::from_ref(arg), "0.cwd")?;
            let known = value.known_text()?.to_owned();
            crate::reach::resolve::normal(known.trim_start_matches('/'))
        })
    }
}
