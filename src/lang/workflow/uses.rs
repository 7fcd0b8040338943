//! What an action of somebody else is given to run: a container's command, a program, words.

use super::{Reader, embed, expression};
use crate::lang::yaml::Node;
use crate::lang::{Input, js, python, shell};
use crate::words::flow::{self, Dialect, Expr, ExprKind, ImportedName, NodeKind, Run, Stdin, Unit};
use crate::words::span::{OffsetMap, Span};

/// Names that the provider's own script action gives to its text, and the modules that they are.
const GIVEN: [(&str, &str); 3] =
    [("exec", "@actions/exec"), ("core", "@actions/core"), ("io", "@actions/io")];

fn given(local: &str, module: &str, span: Span) -> flow::Node {
    let name = ImportedName { imported: "*".to_owned(), local: local.to_owned(), span };
    let kind = NodeKind::Import {
        module: module.to_owned(),
        module_span: span,
        names: vec![name],
        type_only: false,
    };
    flow::Node { kind, span }
}

impl Reader<'_> {
    /// None: nothing is given to it, or the action is one of this repository, which is read itself.
    pub(super) fn used(&self, node: &Node) -> Option<(Unit, Span)> {
        let uses = node.get("uses")?;
        let name = uses.as_str()?.trim();
        if name.starts_with('.') {
            return None;
        }
        let with = node.get("with");
        if let Some(image) = name.strip_prefix("docker://") {
            return self.container(image, uses, with);
        }
        let name = name.split('@').next().unwrap_or(name).to_ascii_lowercase();
        let with = with?;
        // The provider's own: the text is the body of a function in JavaScript.
        if name == "actions/github-script" {
            let script = with.get("script")?;
            let mut unit = Self::program(script, Dialect::JavaScript)?;
            let given = GIVEN.iter().map(|(local, module)| given(local, module, script.span));
            unit.body.splice(0..0, given);
            return Some((unit, script.span));
        }
        let mut words = vec![Expr::text(format!("action:{}", name.replace('/', ":")), uses.span)];
        for pair in with.pairs() {
            let (Some(key), Some(value)) = (pair.key.as_str(), pair.value.as_scalar()) else { continue };
            words.push(Expr::text(format!("--{}", key.to_ascii_lowercase()), pair.key.span));
            words.push(if expression::find(&value.text).is_empty() {
                // The place holds the text as it is written, from which places inside of it are found.
                let text = value.text.trim_end();
                Expr::text(text, value.map.span(0..text.len()))
            } else {
                expression::value(&value.text, &value.map)
            });
        }
        let run = Run { words, env: Vec::new(), stdin: Stdin::Inherit };
        let span = node.span;
        let mut unit = Unit::empty(Dialect::Shell);
        let kind = NodeKind::Command(Expr::new(ExprKind::Run(run), span));
        unit.body.push(flow::Node { kind, span });
        Some((unit, span))
    }

    /// `entrypoint` and `args` of a container step, as one command line.
    fn container(&self, image: &str, uses: &Node, with: Option<&Node>) -> Option<(Unit, Span)> {
        let entrypoint = with.and_then(|with| with.get("entrypoint"));
        let args = with.and_then(|with| with.get("args"));
        let mut text = String::new();
        let mut map = OffsetMap::builder();
        let mut span: Option<Span> = None;
        if entrypoint.is_none() {
            map.push(0, uses.span.start as usize);
            text.push_str("docker run --rm ");
            text.push_str(&image.replace(|c: char| !c.is_ascii_alphanumeric() && !"-_./:@".contains(c), "_"));
            text.push(' ');
        }
        for part in [entrypoint, args].into_iter().flatten() {
            let scalar = part.as_scalar()?;
            map.append(text.len(), &scalar.map);
            text.push_str(scalar.text.trim_end());
            text.push(' ');
            span = Some(span.map_or(part.span, |have| have.to(part.span)));
        }
        let (text, map) = expression::placeholders(&text, &map);
        let input = Input { path: self.input.path, text: &text, map: &map };
        Some((shell::lower_text(input, true, false), span?))
    }

    /// A text in JavaScript or Python, with expressions in it.
    pub(super) fn program(node: &Node, dialect: Dialect) -> Option<Unit> {
        let scalar = node.as_scalar()?;
        let lower = |(text, map): (String, OffsetMap)| {
            let path = if dialect == Dialect::Python { "step.py" } else { "step.ts" };
            let input = Input { path, text: &text, map: &map };
            let mut unit = if dialect == Dialect::Python { python::lower(input) } else { js::lower(input) };
            unit.shape.clear();
            unit
        };
        let unit = lower(embed::named(&scalar.text, &scalar.map, dialect));
        if unit.problems.is_empty() {
            return Some(unit);
        }
        Some(lower(embed::bare(&scalar.text, &scalar.map)))
    }
}
