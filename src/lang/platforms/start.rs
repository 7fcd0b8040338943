//! One thing that a platform starts, as an entry.

use crate::lang::{Input, batch, folder_of, powershell, setting, shell};
use crate::words::entry::{Entry, EntryKind};
use crate::words::flow::{Block, Dialect, EnvSetting, Expr, ExprKind, Node, NodeKind, Run, Stdin, Unit};
use crate::words::span::{OffsetMap, Span};

/// What a provider's step is written in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Shell,
    PowerShell,
    Batch,
}

/// What is the same for all that a file starts.
pub(super) struct Start<'a> {
    pub(super) input: Input<'a>,
    pub(super) kind: EntryKind,
    pub(super) directory: Option<String>,
    pub(super) env: Vec<EnvSetting>,
    pub(super) env_files: Vec<(String, Span)>,
}

impl<'a> Start<'a> {
    pub(super) fn new(input: Input<'a>, kind: EntryKind) -> Self {
        let directory = Some(folder_of(input.path));
        Self { input, kind, directory, env: Vec::new(), env_files: Vec::new() }
    }

    /// A text that a shell runs.
    pub(super) fn shell(&self, title: String, text: &str, map: &OffsetMap, errexit: bool) -> Entry {
        let unit = shell::lower_text(Input { path: self.input.path, text, map }, errexit, false);
        self.entry(title, unit, map.span(0..text.len()))
    }

    /// A text that is run in one of the languages of command lines, and stops at a failure.
    pub(super) fn script(&self, title: String, text: &str, map: &OffsetMap, language: Language) -> Entry {
        let input = Input { path: self.input.path, text, map };
        let unit = match language {
            Language::Shell => shell::lower_text(input, true, false),
            Language::PowerShell => powershell::lower_step(input),
            Language::Batch => batch::lower(input),
        };
        self.entry(title, unit, map.span(0..text.len()))
    }

    pub(super) fn entry(&self, title: String, unit: Unit, span: Span) -> Entry {
        Entry {
            kind: self.kind,
            title,
            name: String::new(),
            unit,
            span,
            directory: self.directory.clone(),
            env: self.env.clone(),
            env_files: self.env_files.clone(),
            tolerated: None,
            needs: Vec::new(),
        }
    }
}

/// Words that are started without a shell, in which `$(X)`-like texts are variables already.
pub(super) fn words(words: Vec<Expr>, span: Span) -> Unit {
    let run = Run { words, env: Vec::new(), stdin: Stdin::Inherit };
    let mut unit = Unit::empty(Dialect::Shell);
    unit.body.push(Node { kind: NodeKind::Command(Expr::new(ExprKind::Run(run), span)), span });
    unit
}

/// `NAME=value` with variables in the value.
pub(super) fn assignment(text: &str, map: &OffsetMap) -> Option<EnvSetting> {
    let (name, value) = text.split_once('=')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let trimmed = name.trim();
    if trimmed.is_empty() || !trimmed.chars().all(plain) || trimmed.starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let lead = value.len() - value.trim_start().len();
    let value = value.trim();
    let (inner, quote) = match value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) if value.len() > 1 && value.ends_with(quote) => (value.get(1..value.len() - 1)?, 1),
        _ => (value, 0),
    };
    let at = name.len() + 1 + lead + quote;
    let inner_map = map.compose(&OffsetMap::shifted(at));
    let value = setting::interpolated(inner, &inner_map, false);
    Some(EnvSetting { name: trimmed.to_owned(), value, span: map.span(0..text.len()) })
}

/// A line of a recipe: a shell of its own, whose failure counts unless it is `tolerated`.
pub(super) fn line(block: Block, span: Span, tolerated: bool) -> Node {
    let mut body =
        vec![Node { kind: NodeKind::Options { errexit: Some(false), pipefail: Some(false) }, span }];
    body.extend(block);
    let mut expr = Expr::new(ExprKind::Group { body, isolated: true }, span);
    if tolerated {
        // The same as `line || true`, which is how the shell would say it.
        let words = vec![Expr::text("true", span)];
        let run = Expr::new(ExprKind::Run(Run { words, env: Vec::new(), stdin: Stdin::Inherit }), span);
        expr = Expr::new(ExprKind::Or(expr, run), span);
    }
    Node { kind: NodeKind::Command(expr), span }
}

/// The lines of a text with the offsets at which they start, without their ends.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}
