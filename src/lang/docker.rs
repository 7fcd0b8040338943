//! Dockerfiles: what an image's build runs and what its containers start.

mod paths;
mod stage;
#[cfg(test)]
mod tests;

use std::ops::{ControlFlow, Range};

use super::{Input, Lowered, shell};
use crate::knowledge::image;
use crate::words::entry::{Entry, EntryKind};
use crate::words::flow::{EnvSetting, Expr, ExprKind, NodeKind, Problem, Run, Stdin, Unit};
use crate::words::span::OffsetMap;
use stage::{Command, Stage};
use tree_sitter::{Node, ParseOptions, ParseState, Parser};

/// The parser reports back now and then; after so many times it is stopped.
const PATIENCE: u32 = 20_000;
/// `ONBUILD ONBUILD …` is forbidden, but may be written.
const ONBUILD: usize = 4;

#[must_use]
pub fn lower(input: Input<'_>) -> Lowered {
    let mut lowered = Lowered::default();
    let Some(tree) = parse(input.text) else {
        let what = "this Dockerfile cannot be read".to_owned();
        lowered.problems.push(Problem { span: input.map.span(0..0), what });
        return lowered;
    };
    let mut file = File { input, lowered, stages: Vec::new() };
    let mut cursor = tree.root_node().walk();
    for node in tree.root_node().children(&mut cursor) {
        file.instruction(node, ONBUILD);
    }
    file.finish_stage();
    file.problems(tree.root_node());
    file.lowered
}

fn parse(text: &str) -> Option<tree_sitter::Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_containerfile::LANGUAGE.into()).ok()?;
    let mut calls = 0_u32;
    let mut progress = |_: &ParseState| {
        calls += 1;
        if calls > PATIENCE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let bytes = text.as_bytes();
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or(&[]), None, Some(options))
}

struct File<'a> {
    input: Input<'a>,
    lowered: Lowered,
    /// The last one is open.
    stages: Vec<Stage>,
}

impl File<'_> {
    fn slice(&self, range: Range<usize>) -> &str {
        self.input.text.get(range).unwrap_or("")
    }

    fn stage(&mut self) -> &mut Stage {
        if self.stages.is_empty() {
            self.stages.push(Stage::default());
        }
        let last = self.stages.len() - 1;
        &mut self.stages[last]
    }

    fn instruction(&mut self, node: Node<'_>, onbuild: usize) {
        match node.kind() {
            "from_instruction" => self.from(node),
            "workdir_instruction" => {
                let path = child(node, "path").map(|path| self.slice(path.byte_range()).to_owned());
                if let Some(path) = path {
                    self.stage().paths.enter(&path);
                }
            }
            "env_instruction" => self.settings(node, "env_pair"),
            "arg_instruction" => self.settings(node, "arg_pair"),
            "copy_instruction" | "add_instruction" => self.copy(node),
            "shell_instruction" => {
                let words = self.words(node);
                self.stage().shell_words(words.iter().map(|(word, _)| word.as_str()));
            }
            "run_instruction" => self.run(node),
            "cmd_instruction" => {
                let command = self.command(node);
                self.stage().cmd = command;
            }
            "entrypoint_instruction" => {
                let command = self.command(node);
                let stage = self.stage();
                stage.entrypoint = command;
                // As docker does: a new ENTRYPOINT drops an inherited CMD, not one of this stage.
                if !stage.own_cmd {
                    stage.cmd = None;
                }
            }
            "healthcheck_instruction" => {
                let holder = child(node, "cmd_instruction").unwrap_or(node);
                if let Some(mut command) = self.command(holder) {
                    command.range = node.byte_range();
                    self.entry("docker HEALTHCHECK", &command, None);
                }
            }
            "onbuild_instruction" if onbuild > 0 => {
                let mut cursor = node.walk();
                for inner in node.children(&mut cursor) {
                    self.instruction(inner, onbuild - 1);
                }
            }
            _ => {}
        }
        if node.kind() == "cmd_instruction" {
            self.stage().own_cmd = true;
        }
    }

    fn from(&mut self, node: Node<'_>) {
        self.finish_stage();
        let base = child(node, "image_spec").map(|image| self.slice(image.byte_range()).to_owned());
        let alias = node.child_by_field_name("as").map(|name| self.slice(name.byte_range()).to_owned());
        let own = base.as_ref().and_then(|base| self.stages.iter().rev().find(|stage| stage.named(base)));
        let mut stage = own.cloned().unwrap_or_else(|| {
            let program = base.as_deref().and_then(image::program);
            let range = node.byte_range();
            let entrypoint = program.map(|program| Command {
                words: Some(vec![(program.to_owned(), range.clone())]),
                text: range.clone(),
                range,
                heredoc: false,
            });
            Stage { entrypoint, ..Stage::default() }
        });
        stage.name = alias;
        stage.own_cmd = false;
        self.stages.push(stage);
    }

    /// `ENV` and `ARG`. An `ARG` is seen by the build alone.
    fn settings(&mut self, node: Node<'_>, pair: &str) {
        let mut cursor = node.walk();
        let pairs: Vec<Node<'_>> = node.children(&mut cursor).filter(|child| child.kind() == pair).collect();
        for pair in pairs {
            let Some(name) = pair.child_by_field_name("name") else { continue };
            let name = self.slice(name.byte_range()).to_owned();
            let range = pair.byte_range();
            let text = self.slice(range.clone());
            let is_arg = pair.kind() == "arg_pair";
            if is_arg && !text.contains('=') {
                continue;
            }
            let spaced = !is_arg && text.as_bytes().get(name.len()) != Some(&b'=');
            let value = if spaced {
                let value =
                    pair.child_by_field_name("value").map_or(range.clone(), |value| value.byte_range());
                let text = self.slice(value.clone()).trim_matches('"').to_owned();
                Expr::text(text, self.input.map.span(value))
            } else {
                self.assigned(range.clone())
            };
            let setting = EnvSetting { name, value, span: self.input.map.span(range) };
            let stage = self.stage();
            if is_arg {
                stage.args.push(setting);
            } else {
                stage.env.push(setting.clone());
                self.lowered.settings.push(setting);
            }
        }
    }

    /// `K=V` reads as the shell's assignment: quotes and variables are the same.
    fn assigned(&self, range: Range<usize>) -> Expr {
        let (text, map) = self.text_of(range.clone());
        let (blocks, _) = shell::lower_lines(&[(text, map)]);
        let first = blocks.into_iter().flatten().next();
        match first.map(|node| node.kind) {
            Some(NodeKind::Assign { value, .. }) => value,
            _ => Expr::new(ExprKind::Opaque(Vec::new()), self.input.map.span(range)),
        }
    }

    fn copy(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        let mut words: Vec<String> = Vec::new();
        let mut from = None;
        for part in node.children(&mut cursor) {
            let text = self.slice(part.byte_range()).to_owned();
            match part.kind() {
                "path" => words.push(text),
                "param" => from = text.strip_prefix("--from=").map(str::to_owned).or(from),
                "json_string_array" => words.extend(self.words(node).into_iter().map(|(word, _)| word)),
                _ => {}
            }
        }
        let Some(to) = words.pop() else { return };
        if let Some(from) = from {
            let Some(other) = self.stages.iter().find(|stage| stage.named(&from)).cloned() else { return };
            for word in &mut words {
                if let Some(path) = other.paths.source(word) {
                    *word = path;
                }
            }
        }
        self.stage().paths.copied(&words, &to);
    }

    fn run(&mut self, node: Node<'_>) {
        let Some(mut command) = self.command(node) else { return };
        let mut cursor = node.walk();
        let heredocs: Vec<Node<'_>> =
            node.children(&mut cursor).filter(|child| child.kind() == "heredoc_block").collect();
        if let (Some(first), Command { words: None, text, .. }) = (heredocs.first(), &mut command) {
            let shown = self.slice(text.clone()).trim();
            let content = child(*first, "heredoc_content");
            if shown.starts_with("<<") && !shown.contains(char::is_whitespace) {
                // The heredoc is the script.
                *text = content.map_or(text.end..text.end, |content| content.byte_range());
                while matches!(self.input.text.as_bytes().get(text.start), Some(b'\n' | b'\r')) {
                    text.start += 1;
                }
            } else {
                text.end = node.end_byte();
            }
            command.heredoc = true;
        }
        self.entry("docker RUN", &command, None);
    }

    fn command(&self, node: Node<'_>) -> Option<Command> {
        let range = node.byte_range();
        if child(node, "json_string_array").is_some() {
            let words = self.words(node);
            return Some(Command { words: Some(words), text: range.clone(), range, heredoc: false });
        }
        let text = child(node, "shell_command")?.byte_range();
        Some(Command { words: None, text, range, heredoc: false })
    }

    /// The strings of the JSON array, and where each stands without its quotes.
    fn words(&self, node: Node<'_>) -> Vec<(String, Range<usize>)> {
        let Some(array) = child(node, "json_string_array") else { return Vec::new() };
        let mut cursor = array.walk();
        array
            .children(&mut cursor)
            .filter(|item| item.kind() == "json_string")
            .map(|item| {
                let range = item.byte_range();
                let word = serde_json::from_str(self.slice(range.clone())).unwrap_or_default();
                (word, range.start + 1..range.end.saturating_sub(1).max(range.start + 1))
            })
            .collect()
    }

    /// The text in this range without the comment lines that docker drops between continued ones.
    fn text_of(&self, range: Range<usize>) -> (String, OffsetMap) {
        let mut text = String::new();
        let mut inner = OffsetMap::builder();
        let mut at = range.start;
        for (index, line) in self.slice(range).split_inclusive('\n').enumerate() {
            let shown = line.trim_start();
            if index == 0 || !(shown.starts_with('#') || shown.is_empty()) {
                inner.push(text.len(), at);
                text.push_str(line);
            }
            at += line.len();
        }
        (text, self.input.map.compose(&inner))
    }

    fn unit(&mut self, command: &Command) -> Unit {
        let span = self.input.map.span(command.range.clone());
        let mut unit = if let Some(words) = &command.words {
            let words = words
                .iter()
                .map(|(word, range)| (word.clone(), self.input.map.span(range.clone())))
                .collect();
            shell::run_of_words(words, span)
        } else {
            let (errexit, pipefail) = (self.stage().errexit, self.stage().pipefail);
            let (text, map) = if command.heredoc {
                let map = self.input.map.compose(&OffsetMap::shifted(command.text.start));
                (self.slice(command.text.clone()).to_owned(), map)
            } else {
                self.text_of(command.text.clone())
            };
            if let Some(interpreter) = other_interpreter(&text) {
                let stdin = Stdin::Text(Expr::text(text.as_str(), map.span(0..text.len())));
                let words = interpreter.iter().map(|word| Expr::text(*word, span)).collect();
                let run = Expr::new(ExprKind::Run(Run { words, env: Vec::new(), stdin }), span);
                let mut unit = shell::run_of_words(Vec::new(), span);
                if let Some(node) = unit.body.first_mut() {
                    node.kind = NodeKind::Command(run);
                }
                unit
            } else {
                let input = Input { path: self.input.path, text: &text, map: &map };
                shell::lower_text(input, errexit, pipefail)
            }
        };
        let paths = self.stage().paths.clone();
        paths.rewrite(&mut unit.body);
        unit
    }

    fn entry(&mut self, title: &str, command: &Command, joined: Option<&Command>) {
        let mut whole = command.clone();
        if let (Some(words), Some(more)) = (&mut whole.words, joined) {
            if let Some(more) = &more.words {
                words.extend(more.iter().cloned());
            } else {
                let text = self.slice(more.text.clone()).to_owned();
                let at = more.text.start..more.text.start;
                words.push(("/bin/sh".to_owned(), at.clone()));
                words.push(("-c".to_owned(), at));
                words.push((text, more.text.clone()));
            }
        }
        let unit = self.unit(&whole);
        let stage = self.stage();
        let mut env = stage.env.clone();
        if title == "docker RUN" {
            env.extend(stage.args.iter().cloned());
        }
        self.lowered.entries.push(Entry {
            kind: EntryKind::Container,
            title: title.to_owned(),
            name: String::new(),
            unit,
            span: self.input.map.span(command.range.clone()),
            directory: Some(".".to_owned()),
            env,
            env_files: Vec::new(),
            tolerated: None,
            needs: Vec::new(),
        });
    }

    /// What a container of the stage starts, now that all its settings are known.
    fn finish_stage(&mut self) {
        if self.stages.is_empty() {
            return;
        }
        let (entrypoint, cmd) = (self.stage().entrypoint.clone(), self.stage().cmd.clone());
        match (entrypoint, cmd) {
            (Some(entrypoint), cmd) => {
                let script = entrypoint.words.as_ref().is_some_and(|words| {
                    words.first().is_some_and(|(word, _)| {
                        std::path::Path::new(word).extension().is_some_and(|ext| ext == "sh")
                            || word.contains("entrypoint")
                    })
                });
                self.entry("docker ENTRYPOINT", &entrypoint, cmd.as_ref());
                // Such a script ends with `exec "$@"` as a rule, and then CMD runs as it stands.
                if let (true, Some(cmd)) = (script, cmd) {
                    self.entry("docker CMD", &cmd, None);
                }
            }
            (None, Some(cmd)) => self.entry("docker CMD", &cmd, None),
            (None, None) => {}
        }
    }

    fn problems(&mut self, root: Node<'_>) {
        if !root.has_error() {
            return;
        }
        // The outermost broken nodes, found without recursion.
        let mut open = vec![root];
        let mut found = Vec::new();
        while let Some(node) = open.pop() {
            if node.is_error() || node.is_missing() {
                found.push(node.byte_range());
                continue;
            }
            let mut cursor = node.walk();
            open.extend(node.children(&mut cursor).filter(|child| child.has_error() || child.is_missing()));
        }
        found.sort_by_key(|range| (range.start, range.end));
        for range in found {
            let what = "this part of the Dockerfile is not understood".to_owned();
            self.lowered.problems.push(Problem { span: self.input.map.span(range), what });
        }
    }
}

fn child<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|child| child.kind() == kind)
}

/// A heredoc may name another interpreter in its first line.
fn other_interpreter(text: &str) -> Option<Vec<&str>> {
    let line = text.lines().next()?.strip_prefix("#!")?;
    let words: Vec<&str> = line
        .split_whitespace()
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        .filter(|word| *word != "env" && *word != "-S")
        .collect();
    let shells = ["sh", "bash", "dash", "ash", "ksh", "zsh"];
    words.first().is_some_and(|name| !shells.contains(name)).then_some(words)
}
