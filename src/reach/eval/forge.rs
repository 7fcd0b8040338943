//! Ways to set `CI`, or to have it set, that are no plain assignment.

use crate::lang::surroundings::HOOK_SWITCHES;
use crate::reach::eval::Walker;
use crate::reach::event::EventKind;
use crate::reach::value::{Kind, Truth, Value};
use crate::words::flow::{CASE_FOLDED, Comparison, EVERYTHING};
use crate::words::span::Place;
use crate::words::text::Text;

impl Walker<'_> {
    /// `set -a` holds: whatever is assigned is exported.
    pub(super) fn exports_all(&self) -> bool {
        self.exported.get(EVERYTHING).is_some_and(|(value, _)| self.truth(value) == Truth::Yes)
    }

    /// What a comparison is where `shopt -s nocasematch` may hold.
    pub(super) fn as_set(&self, op: Comparison) -> Comparison {
        match (op, self.exported.get(CASE_FOLDED)) {
            (Comparison::Equal, Some((on, _))) if self.truth(on) != Truth::No => Comparison::EqualFolded,
            (Comparison::NotEqual, Some((on, _))) if self.truth(on) != Truth::No => {
                Comparison::NotEqualFolded
            }
            _ => op,
        }
    }

    /// What git is started with: what was exported before leaves its hooks out as well as a prefix does.
    pub(super) fn with_hooks_left_out(
        &self,
        words: &[Text],
        env: &[(String, Text, Place)],
    ) -> Vec<(String, Text, Place)> {
        let mut held = env.to_vec();
        let program = words.first().and_then(Text::as_known).unwrap_or_default();
        if !self.exported.is_empty() && (program == "git" || program.ends_with("/git")) {
            for name in HOOK_SWITCHES {
                if let Some((value, at)) = self.exported.get(name) {
                    held.push((name.to_owned(), value.to_text(), *at));
                }
            }
        }
        held
    }

    /// `export "$name=true"`, `declare -gx C"I"=true`: the words say it once they are put together.
    pub(super) fn declares_ci(&mut self, name: &str, words: &[Text], at: Place) {
        let exports =
            || words.iter().skip(1).any(|w| w.prefix().starts_with('-') && w.prefix().contains('x'));
        let sets = match name {
            "export" | "setenv" => true,
            "declare" | "typeset" | "local" | "readonly" => exports(),
            _ => false,
        };
        let names = |word: &Text| word.prefix().starts_with("CI=") || word.as_known() == Some("CI");
        if sets && words.iter().skip(1).any(names) {
            self.note(EventKind::ForgesCi, at);
        }
    }

    /// `NODE_OPTIONS`, `PYTHONSTARTUP`: it names a file of the repository that is loaded before every program, and sets `CI`.
    pub(super) fn preloads(&mut self, name: &str, value: &Value, at: Place) -> bool {
        if !matches!(name, "NODE_OPTIONS" | "PYTHONSTARTUP") {
            return false;
        }
        let Kind::Text(text) = &value.kind else { return false };
        let Some(text) = text.as_known().map(str::to_owned) else { return false };
        let files = if name == "NODE_OPTIONS" { crate::knowledge::preloaded(&text) } else { vec![text] };
        for file in files {
            let name = Value::new(Kind::Text(std::rc::Rc::new(Text::known(file))));
            if let Some(file) = self.file_argument(&name) {
                self.preloads_ci(file, at);
            }
        }
        false
    }
}
