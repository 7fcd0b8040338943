//! Makefiles: every target is something that can be started.
//!
//! Read by lines, as make reads them. Conditionals are ignored: what stands in any branch may run.
//! Every recipe line is a shell of its own, and the first that fails stops the target.

mod read;
#[cfg(test)]
mod tests;
mod variables;

use super::{Input, Lowered, shell};
use crate::words::entry::{Entry, EntryKind};
use crate::words::flow::{Block, EnvSetting, Expr, ExprKind, Node, NodeKind, Run, Stdin, Unit};
use crate::words::span::{OffsetMap, Span};
use read::{Makefile, Recipe, Rule};

#[must_use]
pub fn lower(input: Input<'_>) -> Lowered {
    let file = read::read(input);
    let settings = file.exported(input);
    let mut lowered = Lowered { settings: settings.clone(), ..Lowered::default() };
    for (name, rule) in &file.rules {
        if name.starts_with('.') && name.bytes().skip(1).all(|b| b.is_ascii_uppercase() || b == b'_') {
            continue;
        }
        let mut env = settings.clone();
        for set in &rule.variables {
            // Make hands a target's own variable to its recipe where it says export, or where the
            // whole file's variable of that name is exported.
            if set.exported || settings.iter().any(|other| other.name == set.name) {
                env.push(setting(&file, input, &set.name, &set.value, set.range.clone()));
            }
        }
        let tolerated = file.ignored.contains("") || file.ignored.contains(name.as_str());
        lowered.entries.push(Entry {
            kind: EntryKind::MakeTarget,
            title: format!("make {name}"),
            name: name.clone(),
            unit: unit(&file, input, name, rule, tolerated),
            span: input.map.span(rule.range.clone()),
            directory: Some(folder(input.path)),
            env,
            env_files: Vec::new(),
            tolerated: None,
            needs: rule.needs.iter().filter(|need| file.rules.contains_key(*need)).cloned().collect(),
        });
    }
    lowered
}

fn folder(path: &str) -> String {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned()
}

fn setting(
    file: &Makefile,
    input: Input<'_>,
    name: &str,
    value: &str,
    range: std::ops::Range<usize>,
) -> EnvSetting {
    let span = input.map.span(range);
    EnvSetting { name: name.to_owned(), value: Expr::text(file.resolve(value), span), span }
}

fn unit(file: &Makefile, input: Input<'_>, target: &str, rule: &Rule, tolerated: bool) -> Unit {
    let recipes = if file.one_shell { joined(&rule.recipes) } else { rule.recipes.clone() };
    let lines: Vec<(String, OffsetMap)> = recipes
        .iter()
        .map(|recipe| {
            let (text, map) = file.expand(recipe, target, rule);
            (text, input.map.compose(&map))
        })
        .collect();
    let (blocks, mut unit) = shell::lower_lines(&lines);
    let whole = input.map.span(rule.range.clone());
    unit.body
        .push(Node { kind: NodeKind::Options { errexit: Some(true), pipefail: Some(false) }, span: whole });
    for (recipe, block) in recipes.iter().zip(blocks) {
        let span = input.map.span(recipe.range.clone());
        unit.body.push(line(file, block, span, tolerated || recipe.tolerated));
    }
    unit
}

fn line(file: &Makefile, block: Block, span: Span, tolerated: bool) -> Node {
    let (errexit, pipefail) = file.shell_options();
    let mut body =
        vec![Node { kind: NodeKind::Options { errexit: Some(errexit), pipefail: Some(pipefail) }, span }];
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

/// `.ONESHELL`: the whole recipe is one text. Only the first line's prefixes count.
fn joined(recipes: &[Recipe]) -> Vec<Recipe> {
    let Some(first) = recipes.first() else { return Vec::new() };
    let mut out = first.clone();
    for next in recipes.iter().skip(1) {
        out.pieces.push(("\n".to_owned(), out.range.end));
        out.pieces.extend(next.pieces.iter().cloned());
        out.range.end = next.range.end;
    }
    vec![out]
}
