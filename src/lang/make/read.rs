//! The lines of a makefile: variables, rules, recipes.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::lang::Input;
use crate::words::flow::EnvSetting;

#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) value: String,
    /// `?=`: whoever starts make may set another value.
    pub(super) weak: bool,
    pub(super) range: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct TargetVariable {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) exported: bool,
    pub(super) range: Range<usize>,
}

/// One line of a recipe, continued lines included.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    /// Text and where it starts in the file; prefixes and the tabs of continued lines are gone.
    pub(super) pieces: Vec<(String, usize)>,
    pub(super) range: Range<usize>,
    pub(super) tolerated: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    pub(super) needs: Vec<String>,
    pub(super) recipes: Vec<Recipe>,
    pub(super) variables: Vec<TargetVariable>,
    pub(super) range: Range<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Makefile {
    pub(super) variables: BTreeMap<String, Variable>,
    exports: BTreeSet<String>,
    export_all: bool,
    pub(super) rules: BTreeMap<String, Rule>,
    /// Targets whose failures are ignored; the empty name is every target.
    pub(super) ignored: BTreeSet<String>,
    pub(super) one_shell: bool,
    /// References followed so far.
    pub(super) resolved: Cell<u32>,
}

impl Makefile {
    pub(super) fn exported(&self, input: Input<'_>) -> Vec<EnvSetting> {
        self.variables
            .iter()
            .filter(|(name, _)| self.export_all || self.exports.contains(*name))
            .filter(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
            .map(|(name, variable)| {
                super::setting(self, input, name, &variable.value, variable.range.clone())
            })
            .collect()
    }

    /// errexit and pipefail of every recipe line, as `.SHELLFLAGS` says.
    pub(super) fn shell_options(&self) -> (bool, bool) {
        let flags = self.variables.get(".SHELLFLAGS").map_or("", |variable| variable.value.as_str());
        let words: Vec<&str> = flags.split_whitespace().collect();
        let short =
            |flag: char| words.iter().any(|w| w.starts_with('-') && !w.starts_with("--") && w.contains(flag));
        (short('e') || words.contains(&"errexit"), words.contains(&"pipefail"))
    }
}

/// Physical lines with their offsets, without line ends.
fn lines(text: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        out.push((at, line.trim_end_matches('\n').trim_end_matches('\r')));
        at += line.len();
    }
    out
}

/// Whether the newline behind it is escaped.
fn continues(line: &str) -> bool {
    line.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1
}

pub(super) fn read(input: Input<'_>) -> Makefile {
    let all = lines(input.text);
    let mut file = Makefile::default();
    let mut current: Vec<String> = Vec::new();
    let mut index = 0;
    while let Some(&(at, line)) = all.get(index) {
        let start = index;
        while all.get(index).is_some_and(|(_, line)| continues(line)) {
            index += 1;
        }
        index += 1;
        let piece = all.get(start..index.min(all.len())).unwrap_or(&[]);
        if line.starts_with('\t') && !current.is_empty() {
            if let Some(recipe) = recipe(piece, 1) {
                for target in &current {
                    if let Some(rule) = file.rules.get_mut(target) {
                        rule.range.end = recipe.range.end;
                        rule.recipes.push(recipe.clone());
                    }
                }
            }
            continue;
        }
        let logical: Vec<&str> = piece
            .iter()
            .map(|(_, line)| if continues(line) { line.strip_suffix('\\').unwrap_or(line) } else { line })
            .collect();
        let end = piece.last().map_or(at, |(at, line)| at + line.len());
        let text = logical.join(" ");
        let statement = without_comment(&text).trim();
        if statement.is_empty() {
            continue;
        }
        if let Some(name) = statement.strip_prefix("define ") {
            index = define(&mut file, name, &all, index, at);
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let range = at + indent..end;
        if file.statement(statement, range.clone()) {
            current.clear();
        } else if let Some(targets) = file.rule(statement, piece, range) {
            current = targets;
        }
    }
    file
}

fn define(file: &mut Makefile, name: &str, all: &[(usize, &str)], from: usize, at: usize) -> usize {
    let mut body = Vec::new();
    let mut index = from;
    let mut end = at;
    while let Some(&(line_at, line)) = all.get(index) {
        index += 1;
        end = line_at + line.len();
        if line.trim() == "endef" {
            break;
        }
        body.push(line.trim_start_matches('\t').trim_start_matches(['@', '-', '+']));
    }
    let name = name.trim().trim_end_matches(['=', ':', '?']).trim().to_owned();
    file.variables.insert(name, Variable { value: body.join("\n"), weak: false, range: at..end });
    index
}

/// The recipe that `piece` is; `skip` bytes start its first line.
fn recipe(piece: &[(usize, &str)], skip: usize) -> Option<Recipe> {
    let &(first, line) = piece.first()?;
    let body = line.get(skip..)?;
    let trimmed = body.trim_start();
    let text = trimmed.trim_start_matches(['@', '-', '+', ' ', '\t']);
    let prefixes = trimmed.get(..trimmed.len() - text.len()).unwrap_or("");
    let end = piece.last().map_or(first, |(at, line)| at + line.len());
    let start = first + line.len() - trimmed.len();
    if text.is_empty() {
        return None;
    }
    let mut pieces = Vec::new();
    for (index, (at, line)) in piece.iter().enumerate() {
        let (text, at) = if index == 0 {
            (text, first + line.len() - text.len())
        } else {
            let cut = usize::from(line.starts_with('\t'));
            (line.get(cut..).unwrap_or(""), at + cut)
        };
        let last = index + 1 == piece.len();
        pieces.push((if last { text.to_owned() } else { format!("{text}\n") }, at));
    }
    Some(Recipe { pieces, range: start..end, tolerated: prefixes.contains('-') })
}

fn without_comment(text: &str) -> &str {
    let mut before = 0_u8;
    for (at, byte) in text.bytes().enumerate() {
        if byte == b'#' && before != b'\\' {
            return text.get(..at).unwrap_or(text);
        }
        before = byte;
    }
    text
}

/// `NAME op value`: the operator without its `=`.
fn assignment(text: &str) -> Option<(&str, &str, &str)> {
    let equals = text.find('=')?;
    let head = text.get(..equals)?;
    let name = head.trim_end_matches([':', '?', '+', '!']);
    let operator = head.get(name.len()..)?;
    let value = text.get(equals + 1..)?.trim();
    let name = name.trim();
    let plain = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || matches!(c, ':' | '#'));
    plain.then_some((name, operator, value))
}

impl Makefile {
    /// Anything that is no rule; false where it is one.
    fn statement(&mut self, statement: &str, range: Range<usize>) -> bool {
        let word = statement.split_whitespace().next().unwrap_or("");
        if matches!(
            word,
            "include"
                | "-include"
                | "sinclude"
                | "ifeq"
                | "ifneq"
                | "ifdef"
                | "ifndef"
                | "else"
                | "endif"
                | "vpath"
                | "endef"
                | "undefine"
                | "unexport"
        ) {
            // A conditional may stand inside a recipe, which then goes on behind it.
            return !matches!(word, "ifeq" | "ifneq" | "ifdef" | "ifndef" | "else" | "endif");
        }
        let mut rest = statement;
        let mut exported = false;
        while let Some((first, behind)) = rest.split_once(char::is_whitespace) {
            match first {
                "export" => exported = true,
                "override" | "private" => {}
                _ => break,
            }
            rest = behind.trim_start();
        }
        if statement == "export" {
            self.export_all = true;
            return true;
        }
        let Some((name, operator, value)) = assignment(rest) else {
            if exported && !rest.contains(':') {
                self.exports.extend(rest.split_whitespace().map(str::to_owned));
                return true;
            }
            return false;
        };
        let lead = statement.len() - rest.len();
        self.assign(name, operator, value, range.start + lead..range.end);
        if exported {
            self.exports.insert(name.to_owned());
        }
        true
    }

    fn assign(&mut self, name: &str, operator: &str, value: &str, range: Range<usize>) {
        let old = self.variables.get(name);
        let value = match (operator, old) {
            ("?", Some(_)) => return,
            ("+", Some(old)) => format!("{} {value}", old.value),
            ("!", _) => format!("$(shell {value})"),
            _ => value.to_owned(),
        };
        let weak = operator == "?" || (operator == "+" && old.is_some_and(|old| old.weak));
        self.variables.insert(name.to_owned(), Variable { value, weak, range });
    }

    /// `targets: needs ; recipe`, also `target: NAME = value`. Gives the targets.
    fn rule(&mut self, statement: &str, piece: &[(usize, &str)], range: Range<usize>) -> Option<Vec<String>> {
        let (targets, rest) = statement.split_once(':')?;
        let rest = rest.strip_prefix(':').unwrap_or(rest).trim();
        let targets: Vec<String> =
            self.resolve(targets).trim_end_matches('&').split_whitespace().map(str::to_owned).collect();
        let (rest, inline) = match rest.split_once(';') {
            Some((needs, inline))
                if assignment(rest).is_none() || needs.len() < rest.find('=').unwrap_or(0) =>
            {
                (needs, Some(inline))
            }
            _ => (rest, None),
        };
        let mut words = rest;
        let mut exported = false;
        while let Some((first, behind)) = words.split_once(char::is_whitespace) {
            match first {
                "export" => exported = true,
                "override" | "private" => {}
                _ => break,
            }
            words = behind.trim_start();
        }
        let own = assignment(words).map(|(name, _, value)| TargetVariable {
            name: name.to_owned(),
            value: value.to_owned(),
            exported,
            range: range.clone(),
        });
        let needs: Vec<String> = if own.is_some() {
            Vec::new()
        } else {
            let needs = rest.rsplit_once(':').map_or(rest, |(_, needs)| needs);
            self.resolve(needs).split_whitespace().filter(|need| *need != "|").map(str::to_owned).collect()
        };
        for target in &targets {
            match target.as_str() {
                ".ONESHELL" => self.one_shell = true,
                ".EXPORT_ALL_VARIABLES" => self.export_all = true,
                ".IGNORE" if needs.is_empty() => {
                    self.ignored.insert(String::new());
                }
                ".IGNORE" => self.ignored.extend(needs.iter().cloned()),
                _ => {}
            }
            let rule = self.rules.entry(target.clone()).or_default();
            if rule.range == (0..0) {
                rule.range = range.clone();
            }
            if let Some(own) = &own {
                rule.variables.push(own.clone());
            } else {
                rule.needs.extend(needs.iter().cloned());
            }
            if inline.is_some()
                && let Some((_, line)) = piece.first()
                && let Some(at) = line.find(';')
                && let Some(recipe) = recipe(piece, at + 1)
            {
                rule.recipes.push(recipe);
            }
        }
        Some(targets)
    }
}
