//! What is known of one build stage at some line of it.

use std::ops::Range;

use super::paths::Paths;
use crate::words::flow::EnvSetting;

/// `RUN`, `CMD`, `ENTRYPOINT`: as words (exec form), or as text for the stage's shell.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) words: Option<Vec<(String, Range<usize>)>>,
    pub(super) text: Range<usize>,
    /// The whole instruction.
    pub(super) range: Range<usize>,
    /// A `#` in a heredoc is no comment of docker.
    pub(super) heredoc: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Stage {
    pub(super) name: Option<String>,
    pub(super) paths: Paths,
    pub(super) env: Vec<EnvSetting>,
    pub(super) args: Vec<EnvSetting>,
    pub(super) errexit: bool,
    pub(super) pipefail: bool,
    pub(super) entrypoint: Option<Command>,
    pub(super) cmd: Option<Command>,
    /// The CMD was written in this stage, not inherited.
    pub(super) own_cmd: bool,
}

impl Stage {
    pub(super) fn named(&self, name: &str) -> bool {
        self.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name))
    }

    /// `SHELL ["/bin/bash", "-eo", "pipefail", "-c"]`
    pub(super) fn shell_words<'w>(&mut self, words: impl Iterator<Item = &'w str>) {
        (self.errexit, self.pipefail) = (false, false);
        for word in words.skip(1) {
            let flags =
                word.strip_prefix('-').is_some_and(|rest| !rest.starts_with('-') && rest.contains('e'));
            self.errexit |= flags || word == "errexit";
            self.pipefail |= word == "pipefail";
        }
    }
}
