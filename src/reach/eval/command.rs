//! Commands that a shell, or a program through its platform, starts.

use crate::knowledge::command::{Gate, Meaning, SqlFrom};
use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::eval::sql::memory;
use crate::reach::event::{EventKind, Mask};
use crate::reach::value::{Kind, ScopeId, Sources, Taint, Truth, Value};
use crate::words::flow::{ExprKind, Run, Stdin};
use crate::words::span::{Place, Span};
use crate::words::text::{Piece, Text};
use std::rc::Rc;

/// What a command gives that does not throw when it fails, until somebody looks at it.
pub(super) const UNCHECKED: &str = "unchecked status";

impl Walker<'_> {
    pub(super) fn run_expr(&mut self, unit: usize, scope: ScopeId, run: &Run, span: Span) -> (Value, Flow) {
        let at = self.place(unit, span);
        let mut flow = Flow::normal();
        let mut words = Vec::new();
        let mut taint = Taint::default();
        let mut values = Vec::new();
        for word in &run.words {
            let (inner, spread) = match &*word.kind {
                ExprKind::Spread(inner) => (inner, true),
                _ => (word, false),
            };
            let drops = self.drops_status(inner, at);
            let (value, next) = self.expr(unit, scope, inner);
            if drops {
                self.masks.pop();
            }
            flow.absorb(next);
            taint = taint.and(&value.taint);
            match (&value.kind, spread) {
                (Kind::List(items, _), true) => {
                    for item in items.iter() {
                        words.push(item.to_text());
                        values.push(item.clone());
                    }
                }
                (Kind::Text(text), true) => {
                    for part in text.split_whitespace() {
                        values.push(Value {
                            kind: Kind::Text(Rc::new(part.clone())),
                            taint: value.taint.clone(),
                        });
                        words.push(part);
                    }
                }
                _ => {
                    words.push(value.to_text());
                    values.push(value);
                }
            }
        }
        self.remember_holes(&values);
        let mut env = Vec::new();
        for setting in &run.env {
            let drops = self.drops_status(&setting.value, at);
            let (value, next) = self.expr(unit, scope, &setting.value);
            if drops {
                self.masks.pop();
            }
            flow.absorb(next);
            taint = taint.and(&value.taint);
            env.push((setting.name.clone(), value.to_text(), self.place(unit, setting.span)));
        }
        let stdin = match &run.stdin {
            Stdin::Inherit => None,
            Stdin::Text(text) => {
                let drops = self.drops_status(text, at);
                let (value, next) = self.expr(unit, scope, text);
                if drops {
                    self.masks.pop();
                }
                flow.absorb(next);
                taint = taint.and(&value.taint);
                Some(value)
            }
            Stdin::File(file) => {
                let drops = self.drops_status(file, at);
                let (value, next) = self.expr(unit, scope, file);
                if drops {
                    self.masks.pop();
                }
                flow.absorb(next);
                Some(self.file_argument(&value).map_or_else(
                    || Value::tainted("file", value.taint.clone()),
                    |f| Value::new(Kind::FileText(f)),
                ))
            }
        };
        flow.falls = true;
        // A function of the script goes before any program.
        if let Some(name) = words.first().and_then(Text::as_known).map(str::to_owned) {
            if let Some(Value { kind: Kind::Function(closure), .. }) = self.look_up(scope, &name) {
                self.stands_in(&words, at);
                let (value, next) =
                    self.call_function(&closure, values.into_iter().skip(1).collect(), at, None);
                flow.then(next);
                return (value, flow);
            }
            self.declares_ci(&name, &words, at);
            if name == "wait" {
                for value in &values {
                    self.heed(&value.taint);
                }
            }
            if let Some(value) = self.builtin(&name, &words) {
                return (value, flow);
            }
        }
        let (value, next) = self.run_words(&words, &env, stdin, at, false);
        flow.then(next);
        // What a program answers depends on what it was given; one that only says it always goes well.
        let says =
            words.first().and_then(Text::as_known).is_some_and(|name| matches!(name, "echo" | "printf"));
        let taint = if says { taint.without_outcomes() } else { taint };
        let value = match value.kind {
            Kind::Unknown(_) => value.with(&taint),
            _ => value,
        };
        (value, flow)
    }

    /// A function or an alias of the script takes the place of `guard` itself.
    pub(super) fn stands_in(&mut self, words: &[Text], at: Place) {
        if words.first().and_then(Text::as_known) != Some("guard") {
            return;
        }
        let meaning = crate::knowledge::meaning(words);
        if meaning.gate.is_some() {
            let meaning = Meaning { gate: Some(Gate::NotGuard), ..Meaning::default() };
            self.note(
                EventKind::Ran { words: words.to_vec(), meaning: Box::new(meaning), env: Vec::new() },
                at,
            );
        }
    }

    pub(super) fn builtin(&mut self, name: &str, words: &[Text]) -> Option<Value> {
        Some(match name {
            "true" | ":" => Value::new(Kind::Bool(true)),
            "false" => Value::new(Kind::Bool(false)),
            "cd" | "pushd" => {
                let target = words.get(1).and_then(Text::as_known).map(str::to_owned);
                self.directory = match (&self.directory, target) {
                    (Some(here), Some(target)) if !target.starts_with('/') => {
                        crate::reach::resolve::normal(&crate::reach::resolve::join(here, &target))
                    }
                    // `cd "$(dirname "$0")/.."` and the like: most go to the root of the repository.
                    _ => Some(".".to_owned()),
                };
                Value::unknown("status")
            }
            _ => return None,
        })
    }

    /// Starts a command that is known by its words.
    pub(super) fn run_words(
        &mut self,
        words: &[Text],
        env: &[(String, Text, Place)],
        stdin: Option<Value>,
        at: Place,
        remote: bool,
    ) -> (Value, Flow) {
        if words.is_empty() || !self.step() {
            return (Value::unknown("status"), Flow::normal());
        }
        let by_name = self.module_as_file(words);
        let words = by_name.as_deref().unwrap_or(words);
        let meaning = crate::knowledge::meaning(words);
        let held = self.with_hooks_left_out(words, env);
        self.note(
            EventKind::Ran { words: words.to_vec(), meaning: Box::new(meaning.clone()), env: held },
            at,
        );
        self.depth += 1;
        let result = self.carry_out(words, &meaning, env, stdin, at, remote);
        self.depth -= 1;
        result
    }

    /// What a tool's URL is made of that it takes from a variable: of the command's own settings, of what
    /// the script exported, or of the environment that it was started in.
    fn url_in(&self, name: &str, env: &[(String, Text, Place)]) -> Taint {
        let of = |text: &Text| match text.as_known() {
            Some(known) if known.contains("://") => Taint::variable("a place that is written here"),
            _ => variables_of(text),
        };
        let own = env.iter().rev().find(|(set, _, _)| set == name).map(|(_, text, _)| of(text));
        own.or_else(|| {
            let (value, _) = self.exported.get(name)?;
            Some(value.taint.and(&of(&value.to_text())))
        })
        .or_else(|| {
            // What a program puts into its own environment, its children find there.
            let value = self.environment(name);
            Some(value.taint.and(&of(&value.to_text())))
        })
        .filter(|taint| taint.sources().is_some())
        .unwrap_or_else(|| Taint::variable(name))
    }

    /// `python -m tools.sync` with the file that holds the module, where it is one of the repository.
    fn module_as_file(&self, words: &[Text]) -> Option<Vec<Text>> {
        let (option, name) = crate::knowledge::named_module(words)?;
        let path = name.replace('.', "/");
        let here = self.directory.as_deref().unwrap_or(".");
        let tries = [format!("{path}.py"), format!("{path}/__main__.py"), format!("src/{path}.py")];
        let found = tries.iter().find_map(|tried| {
            let joined = crate::reach::resolve::normal(&crate::reach::resolve::join(here, tried))?;
            let file = self.context.sources.find(&joined).or_else(|| self.context.sources.find(tried))?;
            Some(self.context.sources.path(file).to_owned())
        })?;
        let mut out = words.get(..option)?.to_vec();
        out.push(Text::known(found));
        out.extend(words.get(option + 2..).unwrap_or_default().iter().cloned());
        Some(out)
    }

    /// Keeps what the words of a command are made of: a word itself says only what its holes are called.
    pub(super) fn remember_holes(&mut self, values: &[Value]) {
        self.holes.clear();
        for value in values.iter().filter(|value| value.taint.sources().is_some()) {
            for piece in value.to_text().pieces() {
                if let Piece::Hole { label } = piece {
                    self.holes.push((label.clone(), value.taint.clone()));
                }
            }
        }
    }

    /// What the word is made of that says which database a tool goes to.
    fn place_of(&self, word: &Text) -> Taint {
        if word.as_known().is_some() {
            return Taint::variable("a place that is written here");
        }
        word.pieces().iter().fold(Taint::default(), |taint, piece| match piece {
            Piece::Hole { label } => {
                let made = self.holes.iter().find(|(name, _)| name == label).map(|(_, taint)| taint.clone());
                taint.and(&made.unwrap_or_else(|| Taint::variable(label)))
            }
            Piece::Known(_) => taint,
        })
    }

    pub(super) fn carry_out(
        &mut self,
        words: &[Text],
        meaning: &Meaning,
        env: &[(String, Text, Place)],
        stdin: Option<Value>,
        at: Place,
        remote: bool,
    ) -> (Value, Flow) {
        if let Some(gate) = &meaning.gate {
            return self.gate(gate, words, env, stdin, at);
        }
        let nothing = meaning.mutates.is_empty()
            && meaning.destructive.is_none()
            && meaning.sql.is_empty()
            && meaning
                .starts
                .iter()
                .all(|start| matches!(start, crate::knowledge::command::Starts::File { .. }));
        if nothing && let Some(value) = self.start_own(words, env, at, None) {
            return (value, Flow::normal());
        }
        if nothing && !meaning.inert {
            self.hidden_client(words, at);
        }
        let url = meaning
            .url_variable
            .as_deref()
            .map(|name| self.url_in(name, env))
            .or_else(|| meaning.url_word.and_then(|w| words.get(w)).map(|word| self.place_of(word)))
            .unwrap_or_default();
        let in_memory = !meaning.sql.is_empty()
            && words.get(1..).unwrap_or_default().iter().any(|w| w.as_known() == Some(":memory:"));
        let url = if in_memory { memory() } else { url };
        if !meaning.mutates.is_empty() || meaning.destructive.is_some() {
            self.note(
                EventKind::Effect {
                    effects: meaning.mutates.clone(),
                    command: meaning.canonical.clone(),
                    destructive: meaning.destructive.is_some(),
                    url: url.clone(),
                    remote,
                },
                at,
            );
        }
        for from in &meaning.sql {
            let value = match from {
                SqlFrom::Word { word, offset } => {
                    words.get(*word).map(|w| Value::new(Kind::Text(Rc::new(skip(w, *offset)))))
                }
                SqlFrom::File { word, offset } => words.get(*word).map(|w| {
                    let name = Value::new(Kind::Text(Rc::new(skip(w, *offset))));
                    self.file_argument(&name)
                        .map_or_else(|| Value::unknown("file"), |f| Value::new(Kind::FileText(f)))
                }),
                SqlFrom::Stdin => stdin.clone().or_else(|| self.piped.clone()),
            };
            if let Some(value) = value {
                self.execute(&value, &url, at, remote);
            }
        }
        if let Some(why) = &meaning.unresolved {
            self.note(
                EventKind::Unresolved {
                    why: why.clone(),
                    hint: "write the command out, so that it can be read from the source".to_owned(),
                },
                at,
            );
        }
        let mut value = Value::unknown("status");
        if meaning.inert && meaning.starts.is_empty() {
            return (value, Flow::normal());
        }
        if let Some(language) = crate::knowledge::stdin_language(words)
            && let Some(input) = stdin.clone().or_else(|| self.piped.clone())
        {
            let beyond = remote || words.first().and_then(Text::as_known) == Some("ssh");
            value = self.program_on_input(language, &input, env, at, beyond);
        }
        if meaning.keeps_going {
            self.masks.push(Some(Mask { at, silent: false, shell: true }));
        }
        if let Some(from) = meaning.appended {
            self.appended(meaning, words.get(from..).unwrap_or_default(), env, at);
        }
        for start in &meaning.starts {
            let started = self.start(start, words, env, stdin.clone(), at, remote);
            if self.truth(&started) == Truth::No {
                value = started;
            } else if !started.taint.sources().is_none_or(|s| s == &Sources::default())
                && matches!(value.kind, Kind::Unknown(_))
            {
                value = value.with(&started.taint);
            }
        }
        if meaning.keeps_going {
            self.masks.pop();
            // Whatever became of it, this says that all is well.
            value = Value::unknown("status");
        }
        (value, Flow::normal())
    }
}

pub(super) fn skip(text: &Text, offset: usize) -> Text {
    text.skip(offset)
}

pub(super) fn split_setting(word: &Text) -> Option<(String, Text)> {
    let (name, _) = word.prefix().split_once('=')?;
    Some((name.to_owned(), skip(word, name.len() + 1)))
}

pub(super) fn variables_of(word: &Text) -> Taint {
    word.pieces().iter().fold(Taint::default(), |taint, piece| match piece {
        Piece::Hole { label } => taint.and(&Taint::variable(label)),
        Piece::Known(_) => taint,
    })
}
