//! One step: its shell, its directory, its variables, and its text as a program.

use super::{Reader, Surroundings, env, expression, setting, settings, text};
use crate::lang::yaml::Node;
use crate::lang::{Input, batch, powershell, shell};
use crate::words::entry::{Entry, EntryKind};
use crate::words::flow::{Dialect, EnvSetting, Problem, Unit};
use crate::words::pipeline::{Setting, Step};
use crate::words::span::{OffsetMap, Span};

/// How a step's text is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shell {
    Posix {
        errexit: bool,
        pipefail: bool,
    },
    Foreign(Dialect),
    /// `cmd`
    Batch,
    /// It shows, checks or does anything else with the text but run it.
    Nothing,
    Unknown,
}

/// Programs that run a text in JavaScript.
const JAVASCRIPT: [&str; 7] = ["node", "nodejs", "bun", "deno", "tsx", "ts-node", "zx"];
/// Programs that only show the text, or do not look at it.
const IDLE: [&str; 5] = ["true", "cat", "echo", ":", "test"];

impl Shell {
    /// `shell:` as written. Named shells have the provider's own flags, templates only theirs.
    pub(super) fn of(name: Option<&str>, windows: bool) -> Self {
        let Some(name) = name.map(str::trim) else {
            return if windows {
                Self::Foreign(Dialect::PowerShell)
            } else {
                Self::Posix { errexit: true, pipefail: false }
            };
        };
        match name {
            "bash" => return Self::Posix { errexit: true, pipefail: true },
            "sh" => return Self::Posix { errexit: true, pipefail: false },
            "pwsh" | "powershell" => return Self::Foreign(Dialect::PowerShell),
            "python" | "python3" => return Self::Foreign(Dialect::Python),
            "cmd" => return Self::Batch,
            _ => {}
        }
        let words: Vec<&str> = name.split_whitespace().collect();
        let base = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
        let shell = words
            .iter()
            .position(|word| matches!(base(word).as_str(), "bash" | "sh" | "dash" | "zsh" | "ksh" | "ash"));
        if let Some(at) = shell {
            return Self::flags(words.get(at + 1..).unwrap_or_default());
        }
        match words.first().map(|word| base(word)).as_deref() {
            Some("pwsh" | "powershell") => Self::Foreign(Dialect::PowerShell),
            Some(word) if word.starts_with("python") => Self::Foreign(Dialect::Python),
            Some(word) if JAVASCRIPT.contains(&word) => Self::Foreign(Dialect::JavaScript),
            Some("cmd" | "cmd.exe") => Self::Batch,
            Some(word) if IDLE.contains(&word) => Self::Nothing,
            _ => Self::Unknown,
        }
    }

    /// The command line that runs the text where a template hands it on as a text of its own
    /// (`bash -c "bash {0} || true"`), and whether something behind it hides how it ended.
    pub(super) fn within(template: &str) -> (String, bool) {
        let Some(at) = template.find("{0}") else { return (template.to_owned(), false) };
        let (before, after) = (template.get(..at).unwrap_or(""), template.get(at + 3..).unwrap_or(""));
        let opening = before.rfind(['"', '\'']).filter(|at| {
            let quote = before.get(*at..at + 1).unwrap_or("");
            before.matches(quote).count() % 2 == 1
        });
        let end = opening.and_then(|at| after.find(before.get(at..=at)?)).unwrap_or(after.len());
        let rest = after.get(..end).unwrap_or("").trim_start_matches(['"', '\'']).trim_start();
        let hides =
            ["||", ";", "|", "&"].iter().any(|sign| rest.starts_with(sign)) && !rest.starts_with("&&");
        let line = before.get(opening.map_or(0, |at| at + 1)..).unwrap_or(before);
        let line = line.rsplit([';', '&', '|']).next().unwrap_or(line);
        (format!("{} {{0}}", line.trim()), hides)
    }

    fn flags(words: &[&str]) -> Self {
        let (mut errexit, mut pipefail) = (false, false);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let on = word.starts_with('-');
            let Some(letters) = word.strip_prefix(['-', '+']).filter(|rest| !rest.starts_with('-')) else {
                continue;
            };
            for letter in letters.chars() {
                match letter {
                    'e' => errexit = on,
                    // Reads the commands, and runs none.
                    'n' if on => return Self::Nothing,
                    'o' => match words.next() {
                        Some(&"pipefail") => pipefail = on,
                        Some(&"errexit") => errexit = on,
                        _ => {}
                    },
                    _ => {}
                }
            }
        }
        Self::Posix { errexit, pipefail }
    }
}

impl Reader<'_> {
    pub(super) fn step(&mut self, node: &Node, index: usize, around: &Surroundings) -> Step {
        let own = env(node);
        let tolerated = setting(node, "continue-on-error");
        let run = node.get("run").filter(|run| run.as_scalar().is_some());
        let entry = match run {
            Some(run) => Some(self.entry(node, run, index, around, tolerated.as_ref())),
            None => self.used(node).map(|(unit, span)| {
                let hidden = tolerated.as_ref().filter(|t| t.value.trim() != "false").map(|t| t.span);
                Self::around(node, (unit, span), index, around, hidden)
            }),
        };
        Step {
            span: node.span,
            name: text(node, "name"),
            condition: setting(node, "if"),
            tolerated,
            env: own.into_iter().map(|(setting, _)| setting).collect(),
            uses: setting(node, "uses"),
            with: node.get("with").map(settings).unwrap_or_default(),
            run: entry,
            text: run.and_then(Node::as_str).unwrap_or_default().to_owned(),
            text_span: run.map_or(node.span, |run| run.span),
            text_map: run.and_then(Node::as_scalar).map(|scalar| scalar.map.clone()),
        }
    }

    fn entry(
        &mut self,
        node: &Node,
        run: &Node,
        index: usize,
        around: &Surroundings,
        tolerated: Option<&Setting>,
    ) -> Entry {
        let shell = node.get("shell").or(around.shell.as_ref());
        let (line, hides) = shell.and_then(Node::as_str).map_or((None, false), |template| {
            let (line, hides) = Shell::within(template);
            (Some(line), hides)
        });
        let unit = self.unit(run, &Shell::of(line.as_deref(), around.windows));
        let hidden = tolerated.filter(|t| t.value.trim() != "false").map(|t| t.span);
        let hidden = hidden.or_else(|| shell.filter(|_| hides).map(|shell| shell.span));
        Self::around(node, (unit, run.span), index, around, hidden)
    }

    /// What a step runs, with what stands around it.
    fn around(
        node: &Node,
        (unit, span): (Unit, Span),
        index: usize,
        around: &Surroundings,
        tolerated: Option<Span>,
    ) -> Entry {
        let name = text(node, "name");
        let label = if name.is_empty() { String::new() } else { format!(" ({name})") };
        let mut settings = around.env.clone();
        settings.extend(env(node));
        let mut env: Vec<EnvSetting> = Vec::new();
        for (setting, value) in settings {
            // The innermost one holds.
            env.retain(|have| have.name != setting.name);
            let fallback = OffsetMap::shifted(setting.span.start as usize);
            let map = value.as_scalar().map_or(&fallback, |scalar| &scalar.map);
            let value = expression::value(&setting.value, map);
            env.push(EnvSetting { name: setting.name, value, span: setting.span });
        }
        let directory = node.get("working-directory").or(around.directory.as_ref());
        Entry {
            kind: EntryKind::Step,
            title: format!("{}, step {}{label}", around.title, index + 1),
            name: String::new(),
            unit,
            span,
            directory: directory.map_or_else(
                || Some(".".to_owned()),
                |node| node.as_str().and_then(|text| directory_of(text, around.composite)),
            ),
            env,
            env_files: Vec::new(),
            tolerated,
            needs: Vec::new(),
        }
    }

    fn unit(&mut self, run: &Node, shell: &Shell) -> Unit {
        let Some(scalar) = run.as_scalar() else { return Unit::empty(Dialect::Shell) };
        match shell {
            Shell::Posix { errexit, pipefail } => {
                let (text, map) = expression::placeholders(&scalar.text, &scalar.map);
                let input = Input { path: self.input.path, text: &text, map: &map };
                shell::lower_text(input, *errexit, *pipefail)
            }
            Shell::Foreign(Dialect::PowerShell) => {
                let (text, map) = expression::variables(&scalar.text, &scalar.map);
                powershell::lower_step(Input { path: self.input.path, text: &text, map: &map })
            }
            Shell::Foreign(dialect) => Self::program(run, *dialect).unwrap_or_else(|| Unit::empty(*dialect)),
            Shell::Batch => {
                let (text, map) = expression::placeholders(&scalar.text, &scalar.map);
                batch::lower(Input { path: self.input.path, text: &text, map: &map })
            }
            Shell::Nothing => Unit::empty(Dialect::Other),
            Shell::Unknown => {
                let mut unit = Unit::empty(Dialect::Other);
                let what = "guard does not read the language of this step's `shell`".to_owned();
                unit.problems.push(Problem { span: run.span, what });
                unit
            }
        }
    }

    /// `runs.main` of an action in JavaScript is a file beside the action.
    pub(super) fn javascript_action(&mut self, file: &Node, key: &str) -> Option<Step> {
        let path = file.as_str()?;
        let folder = super::super::folder_of(self.input.path);
        let words = vec![("node".to_owned(), file.span), (path.to_owned(), file.span)];
        let entry = Entry {
            kind: EntryKind::Step,
            title: format!("action, {key}"),
            name: String::new(),
            unit: shell::run_of_words(words, file.span),
            span: file.span,
            directory: Some(folder),
            env: Vec::new(),
            env_files: Vec::new(),
            tolerated: None,
            needs: Vec::new(),
        };
        Some(Step {
            span: file.span,
            name: key.to_owned(),
            condition: None,
            tolerated: None,
            env: Vec::new(),
            uses: None,
            with: Vec::new(),
            run: Some(entry),
            text: String::new(),
            text_span: file.span,
            text_map: None,
        })
    }
}

/// The directory from the repository's root; None where only the run knows it.
fn directory_of(text: &str, composite: bool) -> Option<String> {
    let text = text.trim();
    let rest = ["${{ github.workspace }}", "${{github.workspace}}", "$GITHUB_WORKSPACE"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .map_or(text, |rest| rest.trim_start_matches('/'));
    // `github.action_path` and inputs depend on who uses the action.
    if rest.contains("${{") || rest.starts_with('/') || (composite && rest.contains('$')) {
        return None;
    }
    Some(super::super::joined(".", rest))
}
