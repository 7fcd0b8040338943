//! What a command starts: a program, a script of a package, a target, a service.

use crate::knowledge::command::{Meaning, Starts};
use crate::reach::eval::command::{skip, split_setting};
use crate::reach::eval::flow::Flow;
use crate::reach::eval::inline::as_one;
use crate::reach::eval::{MOST_NESTED, Walker};
use crate::reach::event::{EventKind, How, World, Wrapped};
use crate::reach::resolve::{join, normal};
use crate::reach::value::{Kind, Truth, Value};
use crate::words::entry::EntryKind;
use crate::words::flow::Dialect;
use crate::words::flow::{Block, ExprKind, NodeKind};
use crate::words::span::{FileId, Place};
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
            Starts::Joined { from, remote: beyond } => {
                let mut text = Text::default();
                for (index, word) in words.iter().skip(*from).enumerate() {
                    if index > 0 {
                        text.push_known(" ");
                    }
                    text.push(word);
                }
                self.shell_text(&text, env, at, remote || *beyond)
            }
            Starts::ShellWith { word, env: more } => {
                let Some(text) = words.get(*word) else { return Value::unknown("status") };
                let mut env = env.to_vec();
                let more = more.iter().filter_map(|index| words.get(*index).and_then(split_setting));
                env.extend(more.map(|(name, value)| (name, value, at)));
                self.shell_text(text, &env, at, remote)
            }
            Starts::Program { word, language } => {
                let Some(text) = words.get(*word) else { return Value::unknown("status") };
                if *language == "powershell" {
                    return match as_one(words.get(*word..).unwrap_or_default()) {
                        Some(known) => self.powershell_text(&known, at),
                        None => Value::unknown("status"),
                    };
                }
                let dialect = match *language {
                    "js" | "javascript" | "node" => Dialect::JavaScript,
                    "python" => Dialect::Python,
                    other => {
                        return match text.as_known() {
                            Some(known) => self.foreign_text(text, known, other, at),
                            None => self.unread(other, at),
                        };
                    }
                };
                match text.as_known() {
                    Some(known) => self.program_text(text, known, dialect, at),
                    None => Value::unknown("status"),
                }
            }
            Starts::File { word } => match words.get(*word) {
                Some(name) => self.start_file(name, env, at, None),
                None => Value::unknown("status"),
            },
            Starts::Own { path } => self.start_ending(path, env, at),
            Starts::Preload { word } => {
                // `--require=x` is one word with its option.
                let name = words.get(*word).map(|name| match split_setting(name) {
                    Some((option, value)) if option.starts_with('-') => value,
                    _ => name.clone(),
                });
                if let Some(name) = name
                    && let Some(file) = self.file_argument(&Value::new(Kind::Text(Rc::new(name))))
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
                let folder = self.folder_of_script(package.as_ref(), directory.as_ref());
                self.start_entries(EntryKind::PackageScript, &name, folder.as_deref(), env, at)
            }
            Starts::PackageHooks => {
                for hook in ["preinstall", "install", "postinstall", "prepare"] {
                    let folder = self.directory.clone();
                    self.start_entries(EntryKind::PackageScript, hook, folder.as_deref(), env, at);
                }
                Value::unknown("status")
            }
            Starts::Targets { names, directory } => {
                let folder = match directory {
                    Some(written) => self.folder_from_here(written),
                    None => self.directory.clone(),
                };
                let mut value = Value::unknown("status");
                for name in names {
                    if let Some(name) = name.as_known() {
                        value = self.start_entries(EntryKind::MakeTarget, name, folder.as_deref(), env, at);
                    }
                }
                if names.is_empty() {
                    value = self.start_entries(EntryKind::MakeTarget, "", folder.as_deref(), env, at);
                }
                value
            }
            Starts::ComposeServices { names } => {
                for name in names {
                    if let Some(name) = name.as_known() {
                        self.start_entries(EntryKind::Container, name, None, env, at);
                    }
                }
                Value::unknown("status")
            }
            Starts::InService { name, from } => {
                self.in_service(name, words.get(*from..).unwrap_or_default(), env, at)
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
    pub(super) fn preloads_ci(&mut self, file: FileId, at: Place) {
        let known = self.others.forges.borrow().get(&file).copied();
        let forges = known.unwrap_or_else(|| {
            self.others.forges.borrow_mut().insert(file, false);
            let Some(child) = self.other_program(World::Open) else { return false };
            let walk = child.program(file, false);
            let forges = walk.events.iter().any(|e| matches!(e.kind, EventKind::ForgesCi));
            self.others.forges.borrow_mut().insert(file, forges);
            forges
        });
        if forges {
            self.note(EventKind::ForgesCi, at);
        }
    }

    pub(super) fn start_entries(
        &mut self,
        kind: EntryKind,
        name: &str,
        folder: Option<&str>,
        env: &[(String, Text, Place)],
        at: Place,
    ) -> Value {
        let _ = env;
        let found = self.entries_named(kind, name, folder);
        let take = if name.is_empty() { 1 } else { found.len() };
        for index in found.into_iter().take(take) {
            self.note(EventKind::StartsEntry { entry: index }, at);
        }
        Value::unknown("status")
    }

    /// Entries of this name: in this folder, or in the nearest one above. In package scripts a `*` stands
    /// for anything, as the runners of several have it.
    pub(super) fn entries_named(&self, kind: EntryKind, name: &str, folder: Option<&str>) -> Vec<usize> {
        let fits = |entry: &crate::words::entry::Entry| {
            entry.kind == kind
                && (entry.name == name
                    || name.is_empty() && kind == EntryKind::MakeTarget
                    || kind == EntryKind::PackageScript
                        && name.contains('*')
                        && matches_star(name, &entry.name))
                && folder.is_none_or(|f| entry.directory.as_deref().is_none_or(|d| d == f))
        };
        let entries = self.context.entries.iter().enumerate();
        let found: Vec<usize> =
            entries.filter(|(_, e)| e.handle.entry().is_some_and(&fits)).map(|(index, _)| index).collect();
        match folder {
            Some(folder) if found.is_empty() && folder != "." => {
                let up = folder.rsplit_once('/').map_or(".", |(up, _)| up);
                self.entries_named(kind, name, Some(up))
            }
            _ => found,
        }
    }

    /// Where a package manager looks for a script. None: in every package.
    pub(super) fn folder_of_script(
        &self,
        package: Option<&Text>,
        directory: Option<&Text>,
    ) -> Option<String> {
        match (package.and_then(Text::as_known), directory) {
            (Some(package), _) => self.context.resolver.package_folder(package).map(str::to_owned),
            (None, Some(written)) => self.folder_from_here(written),
            (None, None) => self.directory.clone(),
        }
    }

    /// A folder as a command names it (`-C ./api/`, `--prefix ../web`). None where it cannot be told.
    fn folder_from_here(&self, written: &Text) -> Option<String> {
        let written = written.as_known().filter(|written| !written.starts_with('/'))?;
        normal(&join(self.directory.as_deref()?, written))
    }

    /// `npm run db -- push`: words behind the script's own may make another command of it.
    pub(super) fn appended(
        &mut self,
        meaning: &Meaning,
        more: &[Text],
        env: &[(String, Text, Place)],
        at: Place,
    ) {
        // A script may start itself.
        let deep = self.depth > 24;
        for start in meaning.starts.iter().filter(|_| !deep) {
            let Starts::PackageScript { name, package, directory } = start else { continue };
            let Some(name) = name.as_known() else { continue };
            let folder = self.folder_of_script(package.as_ref(), directory.as_ref());
            for index in self.entries_named(EntryKind::PackageScript, name, folder.as_deref()) {
                let Some(entry) = self.context.entries[index].handle.entry() else { continue };
                let Some(own) = last_command(&entry.unit.body) else { continue };
                let mut words = own.clone();
                words.extend(more.iter().cloned());
                let (before, after) = (crate::knowledge::meaning(&own), crate::knowledge::meaning(&words));
                // What the script does by itself is told where it stands.
                let same = before.mutates == after.mutates
                    && before.sql == after.sql
                    && before.destructive == after.destructive
                    && before.starts.len() == after.starts.len();
                if !same {
                    let here = std::mem::replace(&mut self.directory, entry.directory.clone());
                    self.run_words(&words, env, None, at, false);
                    self.directory = here;
                }
            }
        }
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
        let known = self.others.stops.borrow().get(&file).copied();
        let stops = known.unwrap_or_else(|| {
            self.others.stops.borrow_mut().insert(file, false);
            let Some(child) = self.other_program(self.world) else { return false };
            let walk = child.program(file, false);
            let stops = !walk.falls && walk.events.iter().any(|e| matches!(e.kind, EventKind::GuardStop));
            self.others.stops.borrow_mut().insert(file, stops);
            stops
        });
        if stops {
            self.guard_stop(at);
            return Value { kind: Kind::Bool(false), taint: self.stop_taint() };
        }
        Value::unknown("status")
    }

    /// A walker for a program that this one starts; none where programs start each other without end.
    pub(super) fn other_program(&mut self, world: World) -> Option<Self> {
        if self.nested >= MOST_NESTED {
            self.exhausted = true;
            return None;
        }
        let others = Rc::clone(&self.others);
        Some(Self { others, nested: self.nested + 1, ..Self::new(self.context, world) })
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

/// `*` stands for any characters.
fn matches_star(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.filter(|part| !part.is_empty()).peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none() && !pattern.ends_with('*');
        match if last { rest.rfind(part) } else { rest.find(part) } {
            Some(at) if !last || at + part.len() == rest.len() => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    pattern.ends_with('*') || rest.is_empty()
}

/// The words of the last command of a script, when they stand there as they are.
pub(super) fn last_command(body: &Block) -> Option<Vec<Text>> {
    let NodeKind::Command(expr) = &body.last()?.kind else { return None };
    let mut expr = expr;
    while let ExprKind::And(_, right) | ExprKind::Or(_, right) = &*expr.kind {
        expr = right;
    }
    let ExprKind::Run(run) = &*expr.kind else { return None };
    run.words
        .iter()
        .map(|word| match &*word.kind {
            ExprKind::Text(text) => Some(Text::known(text.clone())),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::matches_star;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name) in [
            ("build:*", "build:web"),
            ("*", "x"),
            ("*:db", "a:db"),
            ("a*b*c", "a1b2c"),
            ("build:**", "build:a:b"),
        ] {
            assert!(matches_star(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("build:*", "rebuild:web"), ("*:db", "db:a"), ("a*b", "a"), ("*b", "ba")] {
            assert!(!matches_star(pattern, name), "{pattern} {name}");
        }
    }
}
