//! Programs that stand in a text or come in on the input.

use crate::lang;
use crate::lang::Input;
use crate::reach::eval::Walker;
use crate::reach::event::EventKind;
use crate::reach::value::{Kind, Value};
use crate::words::flow::Dialect;
use crate::words::span::Place;
use crate::words::text::Text;

impl Walker<'_> {
    /// A program that an interpreter reads from its standard input.
    pub(super) fn program_on_input(
        &mut self,
        language: &str,
        input: &Value,
        env: &[(String, Text, Place)],
        at: Place,
        remote: bool,
    ) -> Value {
        match (&input.kind, language) {
            (Kind::FileText(file), _) => {
                let name = Text::known(format!("/{}", self.context.sources.path(*file)));
                self.start_file(&name, env, at, None)
            }
            (Kind::Text(text), "sh") => self.shell_text(text, env, at, remote),
            (Kind::Text(text), "js" | "python") => match text.as_known() {
                Some(known) if language == "python" => self.program_text(text, known, Dialect::Python, at),
                Some(known) => self.program_text(text, known, Dialect::JavaScript, at),
                None => self.unread(language, at),
            },
            (Kind::Text(text), _) => match text.as_known() {
                Some(known) => self.foreign_text(text, known, language, at),
                None => self.unread(language, at),
            },
            _ => self.unread(language, at),
        }
    }

    /// A program that another one gives, from wherever it has it.
    pub(super) fn unread(&mut self, language: &str, at: Place) -> Value {
        if !self.speculative {
            self.note(
                EventKind::Unread {
                    why: format!("runs what it is given as a program ({language}), which only the run knows"),
                    hint: "keep the program in the repository, and start it by its path".to_owned(),
                },
                at,
            );
        }
        Value::unknown("status")
    }

    /// A program text in a language of which only the calls are read.
    pub(super) fn foreign_text(&mut self, text: &Text, known: &str, language: &str, at: Place) -> Value {
        let map = self.map_of(text, at);
        if let Some(language) = lang::foreign::Language::by_interpreter(&[language]) {
            let unit = lang::foreign::lower(language, Input { path: "snippet", text: known, map: &map });
            let unit = self.snippet(unit, at.file);
            self.foreign_texts.insert(unit, language);
            self.run_unit(unit);
        } else if STARTERS.iter().any(|word| known.contains(word)) {
            self.unread(language, at);
        }
        Value::unknown("status")
    }

    /// `node -e`: a program of the text alone.
    pub(super) fn program_text(&mut self, text: &Text, known: &str, dialect: Dialect, at: Place) -> Value {
        let map = self.map_of(text, at);
        let Some(lowered) = lang::snippet(dialect, Input { path: "snippet", text: known, map: &map }) else {
            return Value::unknown("status");
        };
        let unit = self.snippet(lowered, at.file);
        let flow = self.run_unit(unit);
        self.status_of(&flow)
    }
}

/// Words of a program that talks to a database or starts commands, where it cannot be read further.
const STARTERS: [&str; 6] = ["DBI", "DBD::", "system", "exec", "qx", "`"];

/// `pwsh -Command a b c` runs all its words as one text. A word that held blanks was quoted, and is
/// taken to be meant as one.
pub(super) fn as_one(words: &[Text]) -> Option<String> {
    let mut out = String::new();
    for (index, word) in words.iter().enumerate() {
        let word = word.as_known()?;
        if index > 0 {
            out.push(' ');
        }
        if index > 0 && word.contains(char::is_whitespace) && !word.contains('\'') {
            out.push('\'');
            out.push_str(word);
            out.push('\'');
        } else {
            out.push_str(word);
        }
    }
    Some(out)
}
