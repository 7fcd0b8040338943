//! What reading the front of a command line gave: a meaning, or a place to read on.

use super::command::Meaning;

pub(super) enum Step {
    /// The program was only a launcher of a package's program, which stands at this index.
    Again(usize),
    Done(Box<Meaning>),
    /// This reader does not know the program.
    NotMine,
}

impl Step {
    pub(super) fn done(meaning: Meaning) -> Self {
        Self::Done(Box::new(meaning))
    }

    pub(super) fn inert() -> Self {
        Self::done(Meaning { inert: true, ..Meaning::default() })
    }

    pub(super) fn unresolved(reason: impl Into<String>) -> Self {
        Self::done(Meaning { unresolved: Some(reason.into()), ..Meaning::default() })
    }
}
