//! justfiles: recipes, what they need, and the commands that each runs.

use super::start::{Start, assignment, line, lines};
use crate::lang::ci::script::Program;
use crate::lang::{Input, Lowered, shell};
use crate::words::entry::EntryKind;
use crate::words::flow::{Dialect, EnvSetting, Node, NodeKind, Unit};
use crate::words::span::{OffsetMap, Span};

struct Recipe {
    name: String,
    needs: Vec<String>,
    /// Lines without their indentation, each in the pieces of its continued lines, and where these start.
    body: Vec<Vec<(usize, String)>>,
    span: (usize, usize),
    exports: Vec<EnvSetting>,
}

/// What a file says.
#[derive(Default)]
struct Found {
    recipes: Vec<Recipe>,
    exports: Vec<EnvSetting>,
    values: Vec<(String, String)>,
    env_files: Vec<(String, Span)>,
}

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let Found { recipes, exports, values, env_files } = read(input);
    let mut start = Start::new(input, EntryKind::MakeTarget);
    start.env = exports;
    start.env_files = env_files;
    let mut out = Lowered::default();
    for recipe in &recipes {
        let span = input.map.span(recipe.span.0..recipe.span.1);
        let unit = unit(input, recipe, span, &values);
        let mut entry = start.entry(format!("just {}", recipe.name), unit, span);
        entry.name.clone_from(&recipe.name);
        entry.env.extend(recipe.exports.iter().cloned());
        entry.needs =
            recipe.needs.iter().filter(|need| recipes.iter().any(|r| r.name == **need)).cloned().collect();
        out.entries.push(entry);
    }
    out
}

fn read(input: Input<'_>) -> Found {
    let mut found = Found::default();
    let mut inside = false;
    let mut continued = false;
    for (at, text) in lines(input.text) {
        let end = at + text.len();
        if text.starts_with([' ', '\t']) {
            if let Some(recipe) = found.recipes.last_mut().filter(|_| inside && !text.trim().is_empty()) {
                let body = text.trim_start();
                let lead = text.len() - body.len();
                match recipe.body.last_mut().filter(|_| continued) {
                    Some(last) => {
                        if let Some((_, before)) = last.last_mut() {
                            before.pop();
                        }
                        last.push((at + lead, body.to_owned()));
                    }
                    None => recipe.body.push(vec![(at + lead, body.to_owned())]),
                }
                recipe.span.1 = end;
                continued = body.ends_with('\\');
            }
            continue;
        }
        if text.trim().is_empty() {
            continue;
        }
        continued = false;
        inside = false;
        let bare = text.trim_start_matches('@');
        let setting = bare.strip_prefix("set ").and_then(|rest| rest.split_once(":="));
        if let Some((name, value)) = setting
            && matches!(name.trim(), "dotenv-filename" | "dotenv-path")
        {
            let file = value.trim().trim_matches(['"', '\'']).to_owned();
            found.env_files.push((file, input.map.span(at..end)));
        }
        if bare.starts_with(['#', '['])
            || ["set ", "alias ", "import ", "mod "].iter().any(|word| bare.starts_with(word))
        {
            continue;
        }
        if let Some((name, value)) = bare.split_once(":=") {
            let exported = name.strip_prefix("export ");
            let name = exported.unwrap_or(name).trim();
            let value = value.trim();
            let known = value.trim_matches(['"', '\'']);
            if value.starts_with(['"', '\'']) {
                found.values.push((name.to_owned(), known.to_owned()));
            }
            if exported.is_some() {
                let shown = if value.starts_with(['"', '\'']) { known } else { "$__JUST" };
                let map = input.map.compose(&OffsetMap::shifted(at));
                if let Some(mut set) = assignment(&format!("{name}={shown}"), &map) {
                    set.span = input.map.span(at..end);
                    set.value.span = set.span;
                    found.exports.push(set);
                }
            }
            continue;
        }
        let Some((head, tail)) = bare.split_once(':') else { continue };
        let name = head.split_whitespace().next().unwrap_or("");
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
            continue;
        }
        let needs = tail.split('#').next().unwrap_or("").replace("&&", " ");
        let needs = needs.split_whitespace().map(|word| word.trim_matches(['(', ')']).to_owned()).collect();
        // A parameter with a dollar sign is a variable of what the recipe runs.
        let map = input.map.compose(&OffsetMap::shifted(at));
        let given = head.split_whitespace().filter_map(|word| assignment(word.strip_prefix('$')?, &map));
        let exports = given
            .map(|mut given| {
                given.span = input.map.span(at..end);
                given.value.span = given.span;
                given
            })
            .collect();
        found.recipes.push(Recipe {
            name: name.to_owned(),
            needs,
            body: Vec::new(),
            span: (at, end),
            exports,
        });
        inside = true;
    }
    found
}

fn unit(input: Input<'_>, recipe: &Recipe, span: Span, values: &[(String, String)]) -> Unit {
    let known = |inner: &str| values.iter().find(|(name, _)| name == inner).map(|(_, value)| value.clone());
    let text = |pieces: &[(usize, String)]| {
        let (text, map) = joined(input, pieces);
        Program { text, map, span }.filled("{{", "}}", &known)
    };
    let first = recipe.body.first().and_then(|line| line.first()).map_or("", |(_, line)| line.as_str());
    if let Some(interpreter) = first.strip_prefix("#!") {
        let is = |names: &[&str]| interpreter.split(['/', ' ']).any(|word| names.contains(&word.trim()));
        if !is(&["sh", "bash", "zsh", "dash", "ksh"]) {
            return foreign(interpreter, recipe, span);
        }
        let errexit = interpreter.split_whitespace().any(|w| w.starts_with('-') && w.contains('e'));
        let mut pieces = Vec::new();
        for (at, line) in recipe.body.iter().flatten() {
            pieces.push((*at, line.clone()));
            pieces.push((at + line.len().saturating_sub(1), "\n".to_owned()));
        }
        let program = text(&pieces);
        return shell::lower_text(
            Input { path: input.path, text: &program.text, map: &program.map },
            errexit,
            false,
        );
    }
    let mut tolerated = Vec::new();
    let mut texts = Vec::new();
    for pieces in &recipe.body {
        let mut pieces = pieces.clone();
        let mut ignored = false;
        if let Some((at, line)) = pieces.first_mut() {
            let bare = line.trim_start_matches(['@', '-']);
            let signs = line.len() - bare.len();
            ignored = line.get(..signs).unwrap_or("").contains('-');
            *at += signs;
            *line = bare.to_owned();
        }
        tolerated.push(ignored);
        let program = text(&pieces);
        texts.push((program.text, program.map));
    }
    let (blocks, mut unit) = shell::lower_lines(&texts);
    unit.body.push(Node { kind: NodeKind::Options { errexit: Some(true), pipefail: Some(false) }, span });
    for ((block, tolerated), (text, map)) in blocks.into_iter().zip(tolerated).zip(&texts) {
        unit.body.push(line(block, map.span(0..text.len()), tolerated));
    }
    unit
}

/// Pieces one behind the other.
fn joined(input: Input<'_>, pieces: &[(usize, String)]) -> (String, OffsetMap) {
    let mut text = String::new();
    let mut map = OffsetMap::builder();
    for (at, piece) in pieces {
        map.push(text.len(), input.map.host(*at));
        text.push_str(piece);
    }
    (text, map)
}

/// A recipe in another language.
fn foreign(interpreter: &str, recipe: &Recipe, span: Span) -> Unit {
    let dialect = if interpreter.contains("python") {
        Dialect::Python
    } else if interpreter.contains("node") {
        Dialect::JavaScript
    } else {
        Dialect::Other
    };
    let mut unit = Unit::empty(dialect);
    let lines: Vec<&str> = recipe.body.iter().flatten().map(|(_, line)| line.as_str()).collect();
    let text = lines.join("\n");
    if dialect == Dialect::JavaScript {
        let map = OffsetMap::shifted(span.start as usize);
        return crate::lang::js::lower(Input { path: "recipe.ts", text: &text, map: &map });
    }
    if ["sql", "database", "psycopg", "\"pg\"", "INSERT ", "DELETE "].iter().any(|word| text.contains(word)) {
        let what = "guard does not read the language of this recipe".to_owned();
        unit.problems.push(crate::words::flow::Problem { span, what });
    }
    unit
}
