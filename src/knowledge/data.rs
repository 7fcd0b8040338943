//! The shape of `rules/knowledge/commands/*.toml`, and the one table made of these files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::words::effect::Operation;

/// One file: a tool or a family of tools.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CommandFile {
    /// Words that a file must hold (one of them) for these tools to matter.
    pub triggers: Vec<String>,
    pub tool: Vec<Tool>,
    pub wrapper: Vec<Wrapper>,
    pub interpreter: Vec<Interpreter>,
    /// Programs that change no database, whatever their arguments.
    pub inert: Vec<String>,
    /// Lists that the readers of launchers ask for by name.
    pub lists: BTreeMap<String, Vec<String>>,
    pub sample: Vec<CommandSample>,
}

/// A program that changes databases.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Tool {
    /// How it is called; `canonical` begins with the one that was written.
    pub names: Vec<String>,
    /// Packages and modules that hold it, as launchers call them (`@prisma/cli`).
    pub packages: Vec<String>,
    /// Options whose value is the next word.
    pub values: Vec<String>,
    pub url_variable: Option<String>,
    /// Options whose value is the URL.
    pub url_options: Vec<String>,
    /// Options whose value is the machine, where no URL says it.
    pub host_options: Vec<String>,
    /// A word with `://` in it is the URL.
    pub url_word: bool,
    /// Options with which it only tells about itself.
    pub quiet: Vec<String>,
    /// Every word is a command of its own (`rake db:drop db:create`).
    pub many: bool,
    /// Containers of an image of this name start it with the words that they are given.
    pub in_image: bool,
    /// Where a project keeps commands of its own, `{}` for the word that names one
    /// (`management/commands/{}.py`).
    pub own: Option<String>,
    pub command: Vec<ToolCommand>,
}

/// What a tool does when its words match. The longest match counts, of equals the first.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ToolCommand {
    /// Words in order, options skipped; `a|b` is either, a trailing `*` any ending. Empty: always.
    #[serde(rename = "match")]
    pub pattern: String,
    pub effects: Vec<Operation>,
    /// The command itself is destructive: the last word of the match is to blame.
    pub destructive: bool,
    /// Options or words that make it destructive (`--force-reset`, `-cleanDisabled=false`).
    pub destructive_with: Vec<String>,
    /// Holds only with one of these options.
    pub when: Vec<String>,
    /// Does not hold with any of these options.
    pub unless: Vec<String>,
    /// Options whose value is a script for the client itself (`mongosh --eval`).
    pub script_text: Vec<String>,
    /// What such a script may call without changing anything.
    pub script_reads: Vec<String>,
    /// Options whose value is SQL text.
    pub sql_text: Vec<String>,
    /// Options whose value names a file with SQL.
    pub sql_file: Vec<String>,
    /// The word with this number after the match is SQL text.
    pub sql_word: Option<usize>,
    /// The word with this number after the match names a file with SQL.
    pub sql_file_word: Option<usize>,
    /// SQL comes on standard input when no option or word gives any.
    pub stdin: bool,
    /// Options whose value is text for a shell.
    pub shell: Vec<String>,
    /// Why nobody can say from here what it runs.
    pub unresolved: Option<String>,
}

impl ToolCommand {
    /// It can change a database, or hides whether it does.
    pub(super) fn mutates(&self) -> bool {
        !self.effects.is_empty()
            || !self.sql_text.is_empty()
            || !self.sql_file.is_empty()
            || self.sql_word.is_some()
            || self.sql_file_word.is_some()
            || self.stdin
            || self.unresolved.is_some()
    }
}

/// A program that starts the command in its arguments.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the data that stands alone")]
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Wrapper {
    pub names: Vec<String>,
    /// The words that come first (`run|exec`, `ssh console`); without them it is no wrapper.
    pub subcommand: String,
    pub values: Vec<String>,
    /// Words of its own in front of the command (`timeout 5 cmd`).
    pub skip: usize,
    /// The last of them is an image, which may start a program by itself.
    pub image: bool,
    /// `NAME=value` words in front of the command are settings.
    pub assignments: bool,
    /// Options whose value is a setting (`docker run -e X=1`).
    pub setting_options: Vec<String>,
    /// The command starts after `--` and nowhere else.
    pub until_separator: bool,
    /// The command starts after one of these words (`find -exec`).
    pub after: Vec<String>,
    pub remote: bool,
    /// Options whose value is text for a shell.
    pub shell: Vec<String>,
    /// A command of one single word is text for a shell.
    pub text: bool,
    /// The words of the command are put together to a text, which a shell takes apart once more.
    pub joins: bool,
    /// Every word of the command is text for a shell of its own (`concurrently`).
    pub texts: bool,
    pub env_files: Vec<String>,
    /// With these it only tells something (`command -v`).
    pub quiet: Vec<String>,
    /// Words that nobody can see from here are put behind the command (`xargs`).
    pub appends: bool,
    /// With this word behind the command its failure is not the wrapper's (`find -exec … \;`).
    pub drops_status_with: String,
}

/// A program that runs program files.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Interpreter {
    pub names: Vec<String>,
    /// `js`, `python` …; `sh` for shells.
    pub language: String,
    pub values: Vec<String>,
    /// Options whose value is program text.
    pub program: Vec<String>,
    pub preload: Vec<String>,
    pub env_files: Vec<String>,
    /// Options whose value is a module to run as a program (`python -m`).
    pub module: Vec<String>,
    /// Options whose value is the file (`pwsh -File`).
    pub file: Vec<String>,
    /// Options whose value is a command line (`nodemon --exec`).
    pub shell: Vec<String>,
    /// Options whose value is program text in a form that hides it.
    pub encoded: Vec<String>,
    /// Words in front of the file (`tsx watch`, `deno run`).
    pub subcommands: Vec<String>,
    /// With these it runs nothing.
    pub quiet: Vec<String>,
    /// Other subcommands, which run nothing of the repository's (`deno lint`).
    pub inert: Vec<String>,
}

/// A command line that shows the table right.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CommandSample {
    /// Split at spaces, with `'…'` and `"…"`; `$NAME` is a hole.
    pub line: String,
    pub canonical: Option<String>,
    pub effects: Vec<Operation>,
    /// The word to blame.
    pub destructive: Option<String>,
    /// `text …`, `file …` or `stdin`.
    pub sql: Vec<String>,
    pub unresolved: bool,
    /// The word with the URL.
    pub url: Option<String>,
}

const FILES: &[(&str, &str)] = &[
    ("actions", include_str!("../../rules/knowledge/commands/actions.toml")),
    ("wrappers", include_str!("../../rules/knowledge/commands/wrappers.toml")),
    ("interpreters", include_str!("../../rules/knowledge/commands/interpreters.toml")),
    ("launchers", include_str!("../../rules/knowledge/commands/launchers.toml")),
    ("inert", include_str!("../../rules/knowledge/commands/inert.toml")),
    ("prisma", include_str!("../../rules/knowledge/commands/prisma.toml")),
    ("postgres", include_str!("../../rules/knowledge/commands/postgres.toml")),
    ("frameworks", include_str!("../../rules/knowledge/commands/frameworks.toml")),
    ("platforms", include_str!("../../rules/knowledge/commands/platforms.toml")),
    ("mysql", include_str!("../../rules/knowledge/commands/mysql.toml")),
    ("other-clients", include_str!("../../rules/knowledge/commands/other-clients.toml")),
    ("powershell", include_str!("../../rules/knowledge/commands/powershell.toml")),
    ("node-migrations", include_str!("../../rules/knowledge/commands/node-migrations.toml")),
    ("migrations", include_str!("../../rules/knowledge/commands/migrations.toml")),
];

/// Every file with its name, as text.
#[cfg(test)]
pub(super) fn texts() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().copied()
}

/// Every file with its name, parsed.
pub(super) fn files() -> &'static [(&'static str, CommandFile)] {
    static PARSED: LazyLock<Vec<(&'static str, CommandFile)>> = LazyLock::new(|| {
        FILES.iter().map(|&(name, text)| (name, toml::from_str(text).unwrap_or_default())).collect()
    });
    &PARSED
}

/// Everything by name.
#[derive(Debug, Default)]
pub(super) struct Commands {
    tools: BTreeMap<&'static str, &'static Tool>,
    packages: BTreeMap<&'static str, &'static Tool>,
    wrappers: BTreeMap<&'static str, Vec<&'static Wrapper>>,
    interpreters: BTreeMap<&'static str, &'static Interpreter>,
    inert: BTreeSet<&'static str>,
}

impl Commands {
    pub(super) fn tool(&self, name: &str) -> Option<&'static Tool> {
        self.tools.get(name).copied()
    }

    /// The tool that a package holds.
    pub(super) fn package(&self, name: &str) -> Option<&'static Tool> {
        self.packages.get(name).or_else(|| self.tools.get(name)).copied()
    }

    pub(super) fn wrappers(&self, name: &str) -> &[&'static Wrapper] {
        self.wrappers.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn interpreter(&self, name: &str) -> Option<&'static Interpreter> {
        self.interpreters.get(name).copied()
    }

    pub(super) fn is_inert(&self, name: &str) -> bool {
        self.inert.contains(name)
    }

    pub(super) fn tools(&self) -> impl Iterator<Item = &'static Tool> + '_ {
        self.tools.values().copied()
    }

    /// Something is known of a program with this name.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.tools.contains_key(name)
            || self.wrappers.contains_key(name)
            || self.interpreters.contains_key(name)
            || self.inert.contains(name)
    }
}

/// A list of `launchers.toml`; empty when there is none.
pub(super) fn list(name: &str) -> &'static [String] {
    files().iter().find_map(|(_, file)| file.lists.get(name)).map_or(&[], Vec::as_slice)
}

pub(super) fn commands() -> &'static Commands {
    static TABLE: LazyLock<Commands> = LazyLock::new(|| {
        let mut out = Commands::default();
        for (_, file) in files() {
            for tool in &file.tool {
                out.tools.extend(tool.names.iter().map(|name| (name.as_str(), tool)));
                out.packages.extend(tool.packages.iter().map(|name| (name.as_str(), tool)));
            }
            for wrapper in &file.wrapper {
                for name in &wrapper.names {
                    out.wrappers.entry(name).or_default().push(wrapper);
                }
            }
            for interpreter in &file.interpreter {
                out.interpreters.extend(interpreter.names.iter().map(|name| (name.as_str(), interpreter)));
            }
            out.inert.extend(file.inert.iter().map(String::as_str));
        }
        out
    });
    &TABLE
}
