//! Programs of the repository that are started by a name of their own: what a manifest of Python
//! installs, what cargo builds.

use crate::knowledge::image;
use crate::reach::eval::Walker;
use crate::reach::eval::start::last_command;
use crate::reach::event::{EventKind, Wrapped};
use crate::reach::value::Value;
use crate::words::entry::EntryKind;
use crate::words::span::{FileId, Place};
use crate::words::text::Text;

impl Walker<'_> {
    /// The source of the program that a command's first word means, when it is one of these.
    fn own_program(&self, word: &str) -> Option<FileId> {
        let name = word.rsplit('/').next().unwrap_or(word);
        let built = ["target/release/", "target/debug/"].iter().any(|folder| {
            word.find(folder).is_some_and(|at| {
                (at == 0 || word[..at].ends_with('/')) && word[at + folder.len()..] == *name
            })
        });
        let (sources, resolver) = (self.context.sources, self.context.resolver);
        if built {
            return resolver.crates.program(sources, None, Some(name.trim_end_matches(".exe")), ".");
        }
        // Whatever folder it is installed to: `.venv/bin/purge` is `purge`.
        let plain = word == name || word.contains("bin/");
        if plain { resolver.python_program(sources, name) } else { None }
    }

    /// A program that only the run knows is a database's client where it is given a change to carry out.
    pub(super) fn hidden_client(&mut self, words: &[Text], at: Place) {
        if words.first().is_none_or(|program| program.as_known().is_some()) {
            return;
        }
        let mut given = words.windows(2).filter(|pair| {
            pair[0].as_known().is_some_and(crate::knowledge::takes_sql) && !pair[1].is_opaque()
        });
        if given.any(|pair| !crate::lang::sql::read(&pair[1], None).effects.is_empty()) {
            self.note(
                EventKind::Unresolved {
                    why: "which program this is, only the run knows; it is given SQL that changes something"
                        .to_owned(),
                    hint: "name the program in the source".to_owned(),
                },
                at,
            );
        }
    }

    /// Every file of the repository whose path ends so: which of them is meant, a setting says.
    pub(super) fn start_ending(&mut self, end: &str, env: &[(String, Text, Place)], at: Place) -> Value {
        let sources = self.context.sources;
        let ends =
            |path: &str| path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        let found: Vec<FileId> = sources.ids().filter(|id| ends(sources.path(*id))).collect();
        let mut value = Value::unknown("status");
        for file in found {
            let path = Text::known(format!("/{}", sources.path(file)));
            value = self.start_file(&path, env, at, None);
        }
        value
    }

    /// Words that are given to a service of a compose file whose image is a tool.
    pub(super) fn in_service(
        &mut self,
        name: &Text,
        given: &[Text],
        env: &[(String, Text, Place)],
        at: Place,
    ) -> Value {
        let Some(name) = name.as_known() else { return Value::unknown("status") };
        for index in self.entries_named(EntryKind::Container, name, None) {
            let Some(entry) = self.context.entries.get(index).and_then(|entry| entry.handle.entry()) else {
                continue;
            };
            let program = last_command(&entry.unit.body).and_then(|words| words.into_iter().next());
            let Some(program) = program.filter(|word| word.as_known().is_some_and(image::is_in_image)) else {
                continue;
            };
            let words: Vec<Text> = std::iter::once(program).chain(given.iter().cloned()).collect();
            return self.run_words(&words, env, None, at, true).0;
        }
        Value::unknown("status")
    }

    pub(super) fn start_own(
        &mut self,
        words: &[Text],
        env: &[(String, Text, Place)],
        at: Place,
        wrapped: Option<Wrapped>,
    ) -> Option<Value> {
        let file = self.own_program(words.first()?.as_known()?)?;
        let path = Text::known(format!("/{}", self.context.sources.path(file)));
        Some(self.start_file(&path, env, at, wrapped))
    }
}
