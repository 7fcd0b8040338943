//! What a command starts: a program, a script of a package, a target, a service.

use crate::knowledge::command::Starts;
use crate::lang;
use crate::lang::Input;
use crate::reach::eval::Walker;
use crate::reach::eval::command::{skip, split_setting};
use crate::reach::eval::flow::Flow;
use crate::reach::event::{EventKind, How, World, Wrapped};
use crate::reach::value::{Kind, Truth, Value};
use crate::words::span::{FileId, OffsetMap, Place};
use crate::words::text::Text;
use std::rc::Rc;

impl Walker<'_> {
    pub(super) fn start(
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
            Starts::Unknown => Value::unknown("status"),
        }
    }

    /// A preloaded file that sets `CI` forges it for the program after it.
    pub(super) fn preloads_ci(&mut self, file: FileId, at: Place) {
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

    pub(super) fn start_entries(
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
    pub(super) fn start_file(
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

    pub(super) fn status_of(&self, flow: &Flow) -> Value {
        if !flow.falls && flow.guarded {
            return Value { kind: Kind::Bool(false), taint: self.stop_taint() };
        }
        let status = self.status.clone();
        match self.truth(&status) {
            Truth::No if status.taint.has(|s| s.ci || s.verdict) => status,
            _ => Value::tainted("status", status.taint),
        }
    }
}
