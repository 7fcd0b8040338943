//! Ways to set `CI`, or to have it set, that are no plain assignment.

use crate::reach::eval::Walker;
use crate::reach::event::EventKind;
use crate::reach::value::{Kind, Truth, Value};
use crate::words::flow::EVERYTHING;
use crate::words::span::Place;
use crate::words::text::Text;

impl Walker<'_> {
    /// `set -a` holds: whatever is assigned is exported.
    pub(super) fn exports_all(&self) -> bool {
        self.exported.get(EVERYTHING).is_some_and(|(value, _)| self.truth(value) == Truth::Yes)
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

    /// `NODE_OPTIONS` names a file of the repository that is loaded before every program, and sets `CI`.
    pub(super) fn preloads(&mut self, name: &str, value: &Value, at: Place) -> bool {
        if name != "NODE_OPTIONS" {
            return false;
        }
        let Kind::Text(text) = &value.kind else { return false };
        let Some(text) = text.as_known().map(str::to_owned) else { return false };
        for file in crate::knowledge::preloaded(&text) {
            let name = Value::new(Kind::Text(std::rc::Rc::new(Text::known(file))));
            if let Some(file) = self.file_argument(&name) {
                self.preloads_ci(file, at);
            }
        }
        false
    }
}
