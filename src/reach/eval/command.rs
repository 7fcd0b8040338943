//! Commands: what a shell, or a program through its platform, starts.

use std::rc::Rc;

use crate::knowledge::command::{Gate, Meaning, SqlFrom, Starts};
use crate::knowledge::types::{Action, Role};
use crate::lang::{self, Input};
use crate::reach::eval::library::argument;
use crate::reach::eval::{Flow, Walker};
use crate::reach::event::{EventKind, ExcuseKind, How, Mask, World, Wrapped};
use crate::reach::value::{Kind, ScopeId, Sources, Taint, Truth, Value};
use crate::words::flow::{Block, Call, Expr, ExprKind, NodeKind, Run, Stdin};
use crate::words::span::{FileId, OffsetMap, Place, Span};
use crate::words::text::Text;

/// What a command gives that does not throw when it fails, until somebody looks at it.
pub(crate) const UNCHECKED: &str = "unchecked status";

impl Walker<'_> {
    pub(crate) fn run_expr(&mut self, unit: usize, scope: ScopeId, run: &Run, span: Span) -> (Value, Flow) {
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
            let (value, next) = self.expr(unit, scope, inner);
            flow.absorb(next);
            taint = taint.and(&value.taint);
            match (&value.kind, spread) {
                (Kind::List(items, _), true) => {
                    for item in items.iter() {
                        words.push(item.to_text());
                        values.push(item.clone());
                    }
                }
                (Kind::Text(text), true) if text.as_known().is_some() => {
                    let known = text.as_known().unwrap_or_default();
                    for part in known.split_whitespace() {
                        words.push(Text::known(part));
                        values.push(Value::text(part).with(&value.taint));
                    }
                }
                _ => {
                    words.push(value.to_text());
                    values.push(value);
                }
            }
        }
        let mut env = Vec::new();
        for setting in &run.env {
            let (value, next) = self.expr(unit, scope, &setting.value);
            flow.absorb(next);
            taint = taint.and(&value.taint);
            env.push((setting.name.clone(), value.to_text(), self.place(unit, setting.span)));
        }
        let stdin = match &run.stdin {
            Stdin::Inherit => None,
            Stdin::Text(text) => {
                let (value, next) = self.expr(unit, scope, text);
                flow.absorb(next);
                taint = taint.and(&value.taint);
                Some(value)
            }
            Stdin::File(file) => {
                let (value, next) = self.expr(unit, scope, file);
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
                let (value, next) =
                    self.call_function(&closure, values.into_iter().skip(1).collect(), at, None);
                flow.then(next);
                return (value, flow);
            }
            if let Some(value) = self.builtin(&name, &words) {
                return (value, flow);
            }
        }
        let (value, next) = self.run_words(&words, &env, stdin, at, false);
        flow.then(next);
        // What a program answers depends on what it was given.
        let value = match value.kind {
            Kind::Unknown(_) => value.with(&taint),
            _ => value,
        };
        (value, flow)
    }

    fn builtin(&mut self, name: &str, words: &[Text]) -> Option<Value> {
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
    pub(crate) fn run_words(
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
        let meaning = crate::knowledge::meaning(words);
        self.note(
            EventKind::Ran { words: words.to_vec(), meaning: Box::new(meaning.clone()), env: env.to_vec() },
            at,
        );
        self.depth += 1;
        let result = self.carry_out(words, &meaning, env, stdin, at, remote);
        self.depth -= 1;
        result
    }

    fn carry_out(
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
        let url = meaning
            .url_variable
            .as_deref()
            .map(Taint::variable)
            .or_else(|| meaning.url_word.and_then(|w| words.get(w)).map(variables_of))
            .unwrap_or_default();
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
        (value, Flow::normal())
    }

    fn start(
        &mut self,
        start: &Starts,
        words: &[Text],
        env: &[(String, Text, Place)],
        stdin: Option<Value>,
        at: Place,
        remote: bool,
    ) -> Value {
        match start {
            Starts::Words { from, env: more, remote: beyond } => {
                let mut env = env.to_vec();
                for index in more {
                    if let Some((name, value)) = words.get(*index).and_then(split_setting) {
                        env.push((name, value, at));
                    }
                }
                let rest = words.get(*from..).unwrap_or_default().to_vec();
                self.run_words(&rest, &env, stdin, at, remote || *beyond).0
            }
            Starts::Shell { word, remote: beyond } => {
                let Some(text) = words.get(*word) else { return Value::unknown("status") };
                self.shell_text(text, env, at, remote || *beyond)
            }
            Starts::Program { word, language } => {
                let Some(text) = words.get(*word).and_then(Text::as_known) else {
                    return Value::unknown("status");
                };
                if !matches!(*language, "js" | "javascript" | "node") {
                    return Value::unknown("status");
                }
                let map = OffsetMap::shifted(at.span.start as usize);
                let lowered = lang::js::lower(Input { path: "snippet.ts", text, map: &map });
                let unit = self.snippet(lowered, at.file);
                let flow = self.run_unit(unit);
                self.status_of(&flow)
            }
            Starts::File { word } => match words.get(*word) {
                Some(name) => self.start_file(name, env, at, None),
                None => Value::unknown("status"),
            },
            Starts::Preload { word } => {
                if let Some(name) = words.get(*word)
                    && let Some(file) = self.file_argument(&Value::new(Kind::Text(Rc::new(name.clone()))))
                {
                    self.note(EventKind::Reach { file, how: How::Included }, at);
                    self.preloads_ci(file, at);
                }
                Value::unknown("status")
            }
            Starts::EnvFile { word, offset } => {
                if let Some(name) = words.get(*word) {
                    let name = skip(name, *offset);
                    if let Some(known) = name.as_known().map(str::to_owned) {
                        self.load_env(Some(&known), at);
                    }
                }
                Value::unknown("status")
            }
            Starts::PackageScript { name, package, directory } => {
                let Some(name) = name.as_known().map(str::to_owned) else {
                    return Value::unknown("status");
                };
                let folder = match (
                    package.as_ref().and_then(Text::as_known),
                    directory.as_ref().and_then(Text::as_known),
                ) {
                    (Some(package), _) => self.context.resolver.package_folder(package).map(str::to_owned),
                    (None, Some(folder)) => crate::reach::resolve::normal(folder),
                    (None, None) => self.directory.clone(),
                };
                self.start_entries(
                    crate::words::entry::EntryKind::PackageScript,
                    &name,
                    folder.as_deref(),
                    env,
                    at,
                )
            }
            Starts::PackageHooks => {
                for hook in ["preinstall", "install", "postinstall", "prepare"] {
                    let folder = self.directory.clone();
                    self.start_entries(
                        crate::words::entry::EntryKind::PackageScript,
                        hook,
                        folder.as_deref(),
                        env,
                        at,
                    );
                }
                Value::unknown("status")
            }
            Starts::Targets { names, directory } => {
                let folder = directory
                    .as_ref()
                    .and_then(Text::as_known)
                    .map(str::to_owned)
                    .or_else(|| self.directory.clone());
                let mut value = Value::unknown("status");
                for name in names {
                    if let Some(name) = name.as_known() {
                        value = self.start_entries(
                            crate::words::entry::EntryKind::MakeTarget,
                            name,
                            folder.as_deref(),
                            env,
                            at,
                        );
                    }
                }
                if names.is_empty() {
                    value = self.start_entries(
                        crate::words::entry::EntryKind::MakeTarget,
                        "",
                        folder.as_deref(),
                        env,
                        at,
                    );
                }
                value
            }
            Starts::ComposeServices { names } => {
                for name in names {
                    if let Some(name) = name.as_known() {
                        self.start_entries(crate::words::entry::EntryKind::Container, name, None, env, at);
                    }
                }
                Value::unknown("status")
            }
            Starts::Crate { package, program } => {
                let folder = self.directory.clone().unwrap_or_else(|| ".".to_owned());
                let known = |text: &Option<Text>| text.as_ref().and_then(Text::as_known).map(str::to_owned);
                let (package, program) = (known(package), known(program));
                let found = self.context.resolver.crates.program(
                    self.context.sources,
                    package.as_deref(),
                    program.as_deref(),
                    &folder,
                );
                match found {
                    Some(file) => {
                        let path = Text::known(format!("/{}", self.context.sources.path(file)));
                        self.start_file(&path, env, at, None)
                    }
                    None => Value::unknown("status"),
                }
            }
            Starts::Unknown => Value::unknown("status"),
        }
    }

    /// A preloaded file that sets `CI` forges it for the program after it.
    fn preloads_ci(&mut self, file: FileId, at: Place) {
        let mut walk = Walker::new(self.context, World::Open);
        walk.calls.clone_from(&self.calls);
        if self.depth > 20 {
            return;
        }
        let done = walk.program(file, false);
        if done.events.iter().any(|e| matches!(e.kind, EventKind::ForgesCi)) {
            self.note(EventKind::ForgesCi, at);
        }
    }

    fn start_entries(
        &mut self,
        kind: crate::words::entry::EntryKind,
        name: &str,
        folder: Option<&str>,
        env: &[(String, Text, Place)],
        at: Place,
    ) -> Value {
        let found: Vec<usize> = self
            .context
            .entries
            .iter()
            .enumerate()
            .filter(|(_, e)| {
                e.handle.entry().is_some_and(|entry| {
                    entry.kind == kind
                        && (entry.name == name
                            || name.is_empty() && kind == crate::words::entry::EntryKind::MakeTarget)
                        && folder.is_none_or(|f| entry.directory.as_deref().is_none_or(|d| d == f))
                })
            })
            .map(|(index, _)| index)
            .collect();
        // Not in this folder: scripts are looked for in the folders above.
        let found = if found.is_empty() && folder.is_some_and(|f| f != ".") {
            let up = folder
                .and_then(|f| f.rsplit_once('/').map(|(up, _)| up.to_owned()))
                .unwrap_or_else(|| ".".to_owned());
            return self.start_entries(kind, name, Some(&up), env, at);
        } else {
            found
        };
        let take = if name.is_empty() { 1 } else { found.len() };
        for index in found.into_iter().take(take) {
            self.note(EventKind::StartsEntry { entry: index }, at);
        }
        Value::unknown("status")
    }

    /// Starts a program file of the repository.
    pub(crate) fn start_file(
        &mut self,
        name: &Text,
        env: &[(String, Text, Place)],
        at: Place,
        wrapped: Option<Wrapped>,
    ) -> Value {
        let value = Value::new(Kind::Text(Rc::new(name.clone())));
        let Some(file) = self.file_argument(&value) else {
            if name.as_known().is_none() && !name.pieces().is_empty() {
                self.note(
                    EventKind::Unresolved {
                        why: format!("starts `{name}`, a program that only the run knows"),
                        hint: "name the script in the source".to_owned(),
                    },
                    at,
                );
            }
            return Value::unknown("status");
        };
        let _ = env;
        self.note(EventKind::Reach { file, how: How::Started { wrapped } }, at);
        if self.world == World::Open || (self.context.quarantined)(file) {
            return Value::unknown("status");
        }
        // A program that a guard surely stops in this world fails, and its caller can see that.
        let stops = if let Some(known) = self.verdicts.get(&file) {
            *known
        } else {
            self.verdicts.insert(file, false);
            let mut child = Walker::new(self.context, self.world);
            child.verdicts.clone_from(&self.verdicts);
            let walk = child.program(file, false);
            let stops = !walk.falls && walk.events.iter().any(|e| matches!(e.kind, EventKind::GuardStop));
            self.verdicts.insert(file, stops);
            stops
        };
        if stops {
            self.guard_stop(at);
            return Value { kind: Kind::Bool(false), taint: self.stop_taint() };
        }
        Value::unknown("status")
    }

    fn gate(
        &mut self,
        gate: &Gate,
        words: &[Text],
        env: &[(String, Text, Place)],
        stdin: Option<Value>,
        at: Place,
    ) -> (Value, Flow) {
        let failed = |walker: &Self| Value { kind: Kind::Bool(false), taint: walker.stop_taint() };
        match gate {
            Gate::Proof { .. } if matches!(self.world, World::NoCi | World::NoProof) => {
                self.guard_stop(at);
                (failed(self), Flow::normal())
            }
            Gate::Fingerprint { .. } if self.world == World::WrongDatabase => {
                self.note(EventKind::Fingerprint { url: Taint::default() }, at);
                self.guard_stop(at);
                (failed(self), Flow::normal())
            }
            Gate::Wraps { from, env: environment, run } => {
                let rest: Vec<Text> = words.get(*from..).unwrap_or_default().to_vec();
                let wrapped = Wrapped { environment: environment.clone(), run: *run };
                self.wrapped.push(wrapped);
                let first = self.events.len();
                let _ = self.run_words(&rest, env, stdin, at, false);
                self.wrapped.pop();
                // What the wrapper starts directly is started under its checks.
                let held = Wrapped { environment: environment.clone(), run: *run };
                for event in &mut self.events[first..] {
                    if let EventKind::Reach { how: How::Started { wrapped }, .. } = &mut event.kind
                        && wrapped.is_none()
                    {
                        *wrapped = Some(held.clone());
                    }
                }
                (Value::unknown("status"), Flow::normal())
            }
            _ => (Value::unknown("status"), Flow::normal()),
        }
    }

    /// Text that a shell runs as a program of its own.
    pub(crate) fn shell_text(
        &mut self,
        text: &Text,
        env: &[(String, Text, Place)],
        at: Place,
        remote: bool,
    ) -> Value {
        let Some(known) = text.as_known() else {
            return self.partly_known(text, env, at, remote);
        };
        let map = OffsetMap::shifted(at.span.start as usize);
        let unit =
            lang::shell::lower_text(Input { path: "snippet.sh", text: known, map: &map }, false, false);
        let unit = self.snippet(unit, at.file);
        let first = self.events.len();
        let flow = self.run_unit(unit);
        for event in &mut self.events[first..] {
            match &mut event.kind {
                EventKind::Effect { remote: r, .. } if remote => *r = true,
                EventKind::Ran { env: e, .. } => e.extend(env.iter().cloned()),
                _ => {}
            }
        }
        self.status_of(&flow)
    }

    /// A command with holes: as far as its words are known.
    fn partly_known(&mut self, text: &Text, env: &[(String, Text, Place)], at: Place, remote: bool) -> Value {
        // Holes become variables that nobody set, so that the words around them can be read.
        let mut flat = String::new();
        for piece in text.pieces() {
            match piece {
                crate::words::text::Piece::Known(known) => flat.push_str(known),
                crate::words::text::Piece::Hole { .. } => flat.push_str("\"${GUARD_HOLE}\""),
            }
        }
        if text.is_opaque() {
            self.note(
                EventKind::Unresolved {
                    why: format!("runs `{text}`, a command that only the run knows"),
                    hint: "write the command out, so that it can be read from the source".to_owned(),
                },
                at,
            );
            return Value::unknown("status");
        }
        self.shell_text(&Text::known(flat), env, at, remote)
    }

    fn status_of(&self, flow: &Flow) -> Value {
        if !flow.falls && flow.guarded {
            return Value { kind: Kind::Bool(false), taint: self.stop_taint() };
        }
        let status = self.status.clone();
        match self.truth(&status) {
            Truth::No if status.taint.has(|s| s.ci || s.verdict) => status,
            _ => Value::tainted("status", status.taint),
        }
    }

    /// A platform's function that starts a command.
    pub(crate) fn start_role(
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
        let before = self.events.len();
        let first = args.first().cloned().unwrap_or_else(Value::undefined);
        let env = self.env_of(args, at);
        let (cwd, here) = (self.cwd_of(args), self.directory.clone());
        if let Some(cwd) = cwd {
            self.directory = Some(cwd);
        }
        let piped = self.piped.take();
        self.piped = args.iter().find_map(|a| argument(std::slice::from_ref(a), "0.input"));
        let shell_wanted = args.iter().any(|a| {
            argument(std::slice::from_ref(a), "0.shell").is_some_and(|v| self.truth(&v) == Truth::Yes)
        });
        let value = match role {
            Role::Shell | Role::ShellUnchecked => self.shell_text(&first.to_text(), &env, at, false),
            _ => {
                let mut words = Vec::new();
                match &first.kind {
                    Kind::List(items, _) => words.extend(items.iter().map(Value::to_text)),
                    _ => words.push(first.to_text()),
                }
                let mut open = false;
                if let Some(Value { kind: Kind::List(items, more), .. }) = args.get(1) {
                    words.extend(items.iter().map(Value::to_text));
                    open = *more;
                } else if args.len() > 1 && matches!(args[1].kind, Kind::Unknown(_)) {
                    open = true;
                }
                if open {
                    words.push(Text::hole("more arguments"));
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
        if args.last().is_some_and(|callback| self.ignores_error(callback)) {
            self.hide(before, Mask { at, silent: true, shell: false });
        }
        self.run_callbacks(
            &args.iter().filter(|a| matches!(a.kind, Kind::Function(_))).cloned().collect::<Vec<_>>(),
            at,
        );
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
            return (Value::tainted("status", value.taint), Flow::normal());
        }
        let result = Value::tainted(if unchecked { UNCHECKED } else { "result" }, value.taint);
        if action.awaits {
            return (
                Value::new(Kind::Promise(Rc::new(crate::reach::value::Promise {
                    value: result,
                    failing: None,
                    events: Vec::new(),
                }))),
                Flow::normal(),
            );
        }
        (result, Flow::normal())
    }

    /// A callback in Node's manner that takes no error, or says by its name that it drops it.
    fn ignores_error(&self, callback: &Value) -> bool {
        let Kind::Function(closure) = &callback.kind else { return false };
        self.unit(closure.unit)
            .and_then(|u| u.functions.get(closure.id.0 as usize))
            .is_some_and(|f| f.params.first().is_none_or(|p| p.name.starts_with('_')))
    }

    /// What happened since then may fail unseen.
    pub(crate) fn hide(&mut self, since: usize, mask: Mask) {
        for event in &mut self.events[since..] {
            event.mask = event.mask.or(Some(mask));
        }
    }

    fn promise_of(&self, flow: &Flow) -> Value {
        let failing = crate::reach::value::Failing::Throws { by_guard: flow.guarded };
        Value::new(Kind::Promise(Rc::new(crate::reach::value::Promise {
            value: Value::undefined(),
            failing: Some(failing),
            events: Vec::new(),
        })))
    }

    fn env_of(&self, args: &[Value], at: Place) -> Vec<(String, Text, Place)> {
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

    fn cwd_of(&self, args: &[Value]) -> Option<String> {
        args.iter().find_map(|arg| {
            let value = argument(std::slice::from_ref(arg), "0.cwd")?;
            let known = value.known_text()?.to_owned();
            crate::reach::resolve::normal(known.trim_start_matches('/'))
        })
    }

    pub(crate) fn pipe(&mut self, unit: usize, scope: ScopeId, stages: &[Expr], span: Span) -> (Value, Flow) {
        let at = self.place(unit, span);
        let mut flow = Flow::normal();
        let mut last = Value::unknown("status");
        let mut failed: Option<Value> = None;
        let before = self.piped.take();
        for (index, stage) in stages.iter().enumerate() {
            let is_last = index + 1 == stages.len();
            let hidden = !is_last && !self.pipefail;
            if hidden {
                self.masks.push(Some(Mask { at, silent: true, shell: true }));
            }
            let mark = self.mark();
            let (value, next) = self.expr(unit, scope, stage);
            // Each stage is a process of its own: an exit ends only that.
            let stopped = self.stops_here(&value, &next);
            if !is_last {
                self.undo(mark);
            }
            if hidden {
                self.masks.pop();
            }
            if stopped && hidden {
                let guard = self.last_guard_stop();
                self.excuse(ExcuseKind::Masked, at, Taint::default(), guard);
            } else if stopped {
                failed = Some(Value { kind: Kind::Bool(false), taint: self.stop_taint() });
            }
            let _ = &mut flow;
            self.piped = Some(self.output_of(unit, scope, stage, &value));
            last = value;
        }
        self.piped = before;
        (failed.unwrap_or(last), flow)
    }

    /// What a stage prints, when that is plain from its words.
    fn output_of(&mut self, unit: usize, scope: ScopeId, stage: &Expr, value: &Value) -> Value {
        let ExprKind::Run(run) = &*stage.kind else { return Value::tainted("input", value.taint.clone()) };
        let mut words = Vec::new();
        let mut taint = value.taint.clone();
        for word in &run.words {
            let inner = match &*word.kind {
                ExprKind::Spread(inner) => inner,
                _ => word,
            };
            let (value, _) = self.expr(unit, scope, inner);
            taint = taint.and(&value.taint);
            words.push(value);
        }
        let name = words.first().and_then(Value::known_text).unwrap_or_default().to_owned();
        match name.as_str() {
            "echo" | "printf" => {
                let mut text = Text::default();
                for (index, word) in words.iter().skip(1).enumerate() {
                    let piece = word.to_text();
                    if index == 0
                        && piece
                            .as_known()
                            .is_some_and(|p| p.starts_with('-') || name == "printf" && p.starts_with("%s"))
                    {
                        continue;
                    }
                    if !text.pieces().is_empty() {
                        text.push_known(" ");
                    }
                    text.push(&piece);
                }
                Value { kind: Kind::Text(Rc::new(text)), taint }
            }
            "cat" if words.len() == 2 => self
                .file_argument(&words[1])
                .map_or_else(|| Value::tainted("input", taint.clone()), |f| Value::new(Kind::FileText(f))),
            "cat" if words.len() == 1 => match &run.stdin {
                Stdin::Text(text) => self.expr(unit, scope, text).0,
                _ => Value::tainted("input", taint),
            },
            // Dumps and archives: data, which is read as such.
            _ => Value::tainted("input", taint),
        }
    }

    /// The text that `$(echo …)` or `$(cat file)` gives.
    pub(crate) fn echoed(&mut self, unit: usize, scope: ScopeId, body: &Block) -> Option<Value> {
        let [node] = body.as_slice() else { return None };
        let NodeKind::Command(expr) = &node.kind else { return None };
        let ExprKind::Run(run) = &*expr.kind else { return None };
        let name = run
            .words
            .first()
            .map(|w| self.plain(w, scope))
            .and_then(|v| v.known_text().map(str::to_owned))?;
        match name.as_str() {
            "cat" => {
                let status = self.status.clone();
                Some(self.output_of(unit, scope, expr, &status))
            }
            "echo" | "printf" => {
                let status = Value::undefined();
                let value = self.output_of(unit, scope, expr, &status);
                value.known_text().is_some().then_some(value)
            }
            "dirname" => {
                // `$(dirname "$0")`: the folder of this file.
                let folder = self.context.sources.file(self.file_of(unit)).folder().to_owned();
                let of_self = run.words.get(1).is_some_and(names_self);
                of_self
                    .then(|| Value::text(format!("/{}", if folder == "." { String::new() } else { folder })))
            }
            "pwd" => self
                .directory
                .clone()
                .map(|d| Value::text(format!("/{}", if d == "." { String::new() } else { d }))),
            "git" => {
                let second = run
                    .words
                    .get(1)
                    .map(|w| self.plain(w, scope))
                    .and_then(|v| v.known_text().map(str::to_owned));
                (second.as_deref() == Some("rev-parse")).then(|| Value::text("/"))
            }
            _ => None,
        }
        .or(None)
    }

    pub(crate) fn include(&mut self, unit: usize, scope: ScopeId, file: &Expr, span: Span) -> (Value, Flow) {
        let at = self.place(unit, span);
        let (value, mut flow) = self.expr(unit, scope, file);
        let own = self.context.sources.file(self.file_of(unit)).folder().to_owned();
        let found = self.file_argument(&value).or_else(|| {
            // The part after an unknown folder, looked for beside the file and from the root.
            let text = value.to_text();
            let tail = match text.pieces() {
                [crate::words::text::Piece::Hole { .. }, crate::words::text::Piece::Known(tail)] => {
                    tail.trim_start_matches('/').to_owned()
                }
                [crate::words::text::Piece::Known(whole)] => whole.clone(),
                _ => return None,
            };
            [crate::reach::resolve::join(&own, &tail), tail]
                .iter()
                .filter_map(|p| crate::reach::resolve::normal(p))
                .find_map(|p| self.context.sources.find(&p))
        });
        let Some(file) = found else {
            let missing = value.to_text();
            if missing.as_known().is_none() {
                self.note(
                    EventKind::Unresolved {
                        why: format!("sources `{missing}`, a file that only the run knows"),
                        hint: "name the file in the source".to_owned(),
                    },
                    at,
                );
            }
            return (Value::unknown("status"), flow);
        };
        self.note(EventKind::Reach { file, how: How::Included }, at);
        if self.module_stack.contains(&file) || self.depth > 60 || (self.context.quarantined)(file) {
            return (Value::unknown("status"), flow);
        }
        let source = self.context.sources.file(file);
        if source.kind == lang::Kind::DotEnv {
            self.note(EventKind::LoadsEnv { file }, at);
            return (Value::unknown("status"), flow);
        }
        let lowered = source.lowered().clone();
        if lowered.unit.is_none() {
            return (Value::unknown("status"), flow);
        }
        let included = self.add_unit(crate::reach::sources::UnitHandle::File(lowered.clone()), file);
        self.unit_of_file.insert(file, included);
        let outer = self.outermost(scope);
        self.scope_of_unit.insert(included, outer);
        self.module_stack.push(file);
        self.stack.push(at);
        if let Some(held) = &lowered.unit {
            let next = self.block(included, outer, &held.body);
            flow.then(Flow { falls: next.falls || next.returns.is_some(), returns: None, ..next });
        }
        self.stack.pop();
        self.module_stack.pop();
        (self.status.clone(), flow)
    }

    pub(crate) fn eval_text(&mut self, scope: ScopeId, value: &Value, at: Place) -> (Value, Flow) {
        let text = value.to_text();
        let Some(known) = text.as_known() else {
            self.note(
                EventKind::Unresolved {
                    why: format!("evaluates `{text}`, text that only the run knows"),
                    hint: "write the code out instead of evaluating text".to_owned(),
                },
                at,
            );
            return (Value::tainted("value", value.taint.clone()), Flow::normal());
        };
        let shell = self.unit_of_file.get(&at.file).is_none_or(|u| self.is_shell(*u));
        let map = OffsetMap::shifted(at.span.start as usize);
        let unit = if shell {
            lang::shell::lower_text(
                Input { path: "snippet.sh", text: known, map: &map },
                self.errexit,
                self.pipefail,
            )
        } else {
            lang::js::lower(Input { path: "snippet.ts", text: known, map: &map })
        };
        let body_of = self.snippet(unit, at.file);
        let Some((handle, _)) = self.units.get(body_of).cloned() else {
            return (Value::unknown("value"), Flow::normal());
        };
        let flow = match handle.unit() {
            Some(held) => self.block(body_of, scope.min(self.scopes.len().saturating_sub(1)), &held.body),
            None => Flow::normal(),
        };
        (self.status.clone(), flow)
    }

    /// `cmd || other`: whether `other` hides the failure of `cmd`.
    pub(crate) fn hides(&self, other: &Expr, at: Place) -> Option<Mask> {
        let silent = match &*other.kind {
            ExprKind::Run(run) => match run.words.first().map(|w| &*w.kind) {
                Some(ExprKind::Text(name)) => match name.as_str() {
                    "true" | ":" => true,
                    "echo" | "printf" | "logger" | "date" | "sleep" => false,
                    _ => return None,
                },
                _ => return None,
            },
            ExprKind::Group { body, .. } => {
                let fine = body.iter().all(|node| match &node.kind {
                    NodeKind::Command(inner) => self.hides(inner, at).is_some(),
                    NodeKind::Exit(Some(status)) => matches!(&*status.kind, ExprKind::Number(n) if *n == 0.0),
                    _ => false,
                });
                if !fine || body.is_empty() {
                    return None;
                }
                false
            }
            _ => return None,
        };
        Some(Mask { at, silent, shell: true })
    }
}

fn names_self(word: &Expr) -> bool {
    match &*word.kind {
        ExprKind::Variable(name) => name == "0" || name.starts_with("BASH_SOURCE"),
        ExprKind::Concat(parts) | ExprKind::Opaque(parts) => parts.iter().any(names_self),
        ExprKind::Spread(inner) => names_self(inner),
        ExprKind::Index { of, .. } => names_self(of),
        _ => false,
    }
}

fn skip(text: &Text, offset: usize) -> Text {
    if offset == 0 {
        return text.clone();
    }
    let mut out = Text::default();
    let mut left = offset;
    for piece in text.pieces() {
        match piece {
            crate::words::text::Piece::Known(known) => {
                let cut = left.min(known.len());
                left -= cut;
                out.push_known(known.get(cut..).unwrap_or_default());
            }
            crate::words::text::Piece::Hole { label } => out.push(&Text::hole(label.clone())),
        }
    }
    out
}

fn split_setting(word: &Text) -> Option<(String, Text)> {
    let (name, _) = word.prefix().split_once('=')?;
    Some((name.to_owned(), skip(word, name.len() + 1)))
}

fn variables_of(word: &Text) -> Taint {
    word.pieces().iter().fold(Taint::default(), |taint, piece| match piece {
        crate::words::text::Piece::Hole { label } => taint.and(&Taint::variable(label)),
        crate::words::text::Piece::Known(_) => taint,
    })
}
