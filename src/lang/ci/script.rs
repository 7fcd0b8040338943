//! The script of a job: lines from one or several places as one program, with its variables.

use std::collections::BTreeSet;

use crate::lang::yaml::{Node, Scalar, Value};
use crate::lang::{Input, setting, shell};
use crate::words::entry::{Entry, EntryKind};
use crate::words::flow::{EnvSetting, Expr};
use crate::words::pipeline::{Setting, Step};
use crate::words::span::{OffsetMap, Span};

/// Text that one shell runs.
pub(crate) struct Program {
    pub(crate) text: String,
    pub(crate) map: OffsetMap,
    pub(crate) span: Span,
}

/// How the provider starts it.
#[derive(Clone, Copy)]
pub(crate) struct Shell {
    pub(crate) errexit: bool,
    pub(crate) pipefail: bool,
}

/// Every scalar of a value, lists in lists flattened.
pub(crate) fn scalars(node: &Node) -> Vec<(&Scalar, Span)> {
    fn collect<'a>(node: &'a Node, out: &mut Vec<(&'a Scalar, Span)>) {
        match &node.value {
            Value::Scalar(scalar) => out.push((scalar, node.span)),
            Value::Sequence(items) => {
                for item in items {
                    collect(item, out);
                }
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    collect(node, &mut out);
    out
}

/// One line after the other, as the provider's shell gets them.
pub(crate) fn program(parts: &[(&Scalar, Span)]) -> Option<Program> {
    let &(_, span) = parts.first()?;
    let mut text = String::new();
    let mut map = OffsetMap::builder();
    for (scalar, _) in parts {
        map.append(text.len(), &scalar.map);
        text.push_str(&scalar.text);
        if !text.ends_with('\n') {
            // The line's end stands nowhere in the file; the last character is the nearest place.
            map.push(text.len(), scalar.map.host(scalar.text.len().saturating_sub(1)));
            text.push('\n');
        }
    }
    Some(Program { text, map, span })
}

impl Program {
    /// The same text with what the provider fills in before the shell sees it: `read` gives what
    /// stands for the text between the marks; where it gives nothing, a variable stands there that
    /// only the run knows.
    pub(crate) fn filled(self, open: &str, close: &str, read: &dyn Fn(&str) -> Option<String>) -> Self {
        if !self.text.contains(open) {
            return self;
        }
        let mut out = String::with_capacity(self.text.len());
        let mut map = OffsetMap::builder();
        map.push(0, 0);
        let (mut from, mut index) = (0, 0);
        while let Some(start) = self.text.get(from..).and_then(|rest| rest.find(open)).map(|at| from + at) {
            let Some(length) = self.text.get(start..).and_then(|rest| rest.find(close)) else { break };
            let end = start + length + close.len();
            let inner = self.text.get(start + open.len()..start + length).unwrap_or("").trim();
            // A heredoc's `<<` is followed by a word, and what closes it is on another line.
            if inner.contains('\n') || inner.is_empty() {
                out.push_str(self.text.get(from..start + open.len()).unwrap_or(""));
                from = start + open.len();
                map.push(out.len(), from);
                continue;
            }
            out.push_str(self.text.get(from..start).unwrap_or(""));
            let value = read(inner).unwrap_or_else(|| format!("${{__FILLED_{index}}}"));
            // What is longer than what it stands for ends where that ends.
            for offset in 0..value.len() {
                map.push(out.len() + offset, (start + offset).min(end - 1));
            }
            out.push_str(&value);
            index += 1;
            from = end;
            map.push(out.len(), end);
        }
        out.push_str(self.text.get(from..).unwrap_or(""));
        Self { text: out, map: self.map.compose(&map), span: self.span }
    }
}

/// What a job gives to its scripts.
#[derive(Clone, Default)]
pub(crate) struct Around {
    pub(crate) title: String,
    /// Names, values, and the values' places.
    pub(crate) env: Vec<(String, Scalar, Span)>,
    pub(crate) directory: Option<String>,
    /// Names of the containers beside the job: they are gone with it.
    pub(crate) services: Vec<String>,
}

impl Around {
    /// Adds the pairs of a mapping; the innermost one holds.
    pub(crate) fn add(&mut self, node: Option<&Node>) {
        for pair in node.map(Node::pairs).unwrap_or_default() {
            let Some(name) = pair.key.as_str() else { continue };
            let value = if pair.value.is_mapping() { pair.value.get("value") } else { Some(&pair.value) };
            let Some(scalar) = value.and_then(Node::as_scalar) else { continue };
            self.env.retain(|(have, _, _)| have != name);
            self.env.push((name.to_owned(), scalar.clone(), pair.key.span.to(pair.value.span)));
        }
    }

    fn names(&self) -> BTreeSet<&str> {
        self.env.iter().map(|(name, _, _)| name.as_str()).collect()
    }

    /// The settings as rules read them: what no line of the file sets is the project's secret.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        let names = self.names();
        self.env
            .iter()
            .map(|(name, value, span)| Setting {
                name: name.clone(),
                value: with_secrets(&value.text, &names),
                span: *span,
            })
            .collect()
    }

    /// A step that runs a program.
    pub(crate) fn step(
        &self,
        input: Input<'_>,
        label: &str,
        program: &Program,
        shell: Shell,
        tolerated: Option<Span>,
    ) -> Step {
        let text = Input { path: input.path, text: &program.text, map: &program.map };
        let unit = shell::lower_text(text, shell.errexit, shell.pipefail);
        let env = self
            .env
            .iter()
            .map(|(name, value, span)| EnvSetting {
                name: name.clone(),
                value: self.value(value),
                span: *span,
            })
            .collect();
        let title = if label.is_empty() { self.title.clone() } else { format!("{}, {label}", self.title) };
        let entry = Entry {
            kind: EntryKind::Step,
            title,
            name: String::new(),
            unit,
            span: program.span,
            directory: Some(self.directory.clone().unwrap_or_else(|| ".".to_owned())),
            env,
            env_files: Vec::new(),
            tolerated,
            needs: Vec::new(),
        };
        Step {
            span: program.span,
            name: label.to_owned(),
            tolerated: tolerated.map(|span| Setting {
                name: "tolerated".to_owned(),
                value: "true".to_owned(),
                span,
            }),
            env: self.asked(program),
            run: Some(entry),
            text: program.text.clone(),
            text_span: program.span,
            text_map: Some(program.map.clone()),
            ..Step::default()
        }
    }

    /// A service of the very job is as near as `localhost`, and is said so.
    fn value(&self, scalar: &Scalar) -> Expr {
        let text = &scalar.text;
        let start = text.find("://").map_or(0, |at| at + 3);
        let authority = text.get(start..).unwrap_or("").split(['/', '?']).next().unwrap_or("");
        let start = start + authority.rfind('@').map_or(0, |at| at + 1);
        let host = text.get(start..).unwrap_or("").split(['/', '?', ':']).next().unwrap_or("");
        if self.services.iter().any(|service| service == host) {
            let (before, after) = (text.get(..start), text.get(start + host.len()..));
            let near = format!("{}localhost{}", before.unwrap_or(""), after.unwrap_or(""));
            return Expr::text(near, scalar.map.span(0..text.len()));
        }
        setting::interpolated(text, &scalar.map, false)
    }

    /// Variables that the text reads and nothing in the file sets: the project's, as settings.
    fn asked(&self, program: &Program) -> Vec<Setting> {
        let names = self.names();
        let mut out: Vec<Setting> = Vec::new();
        for (range, name) in variables(&program.text) {
            let sets = [format!("{name}="), format!("read {name}"), format!("read -r {name}")];
            if names.contains(name)
                || out.iter().any(|have| have.name == name)
                || sets.iter().any(|set| program.text.contains(set.as_str()))
            {
                continue;
            }
            out.push(Setting {
                name: name.to_owned(),
                value: format!("${{{{ secrets.{name} }}}}"),
                span: program.map.span(range),
            });
        }
        out
    }
}

/// `$NAME` and `${NAME…}` of a text, with their places.
fn variables(text: &str) -> Vec<(std::ops::Range<usize>, &str)> {
    let mut out = Vec::new();
    for (at, _) in text.match_indices('$') {
        let rest = text.get(at + 1..).unwrap_or("");
        let inner = rest.strip_prefix('{').unwrap_or(rest);
        let length = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
        let name = inner.get(..length).unwrap_or("");
        if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
            let start = at + 1 + (rest.len() - inner.len());
            out.push((start..start + length, name));
        }
    }
    out
}

fn with_secrets(text: &str, names: &BTreeSet<&str>) -> String {
    let mut out = text.to_owned();
    for (_, name) in variables(text) {
        if names.contains(name) {
            continue;
        }
        let secret = format!("${{{{ secrets.{name} }}}}");
        for written in [format!("${{{name}}}"), format!("${name}")] {
            if out.contains(&written) {
                out = out.replacen(&written, &secret, 1);
                break;
            }
        }
    }
    out
}
