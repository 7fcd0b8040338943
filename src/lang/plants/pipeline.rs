//! Plants around the required check, and around a job that deploys: in the command, the step, the job and the
//! triggers of a pipeline. Keys are put beside those that stand there; one of the same name is replaced.

use super::edit::{Edited, piece, splice};
use super::{Plant, lines_up};
use crate::knowledge::plants::{self, PlaceOf, Template};
use crate::words::pipeline::{Job, Provider};
use crate::words::span::Span;

/// What the plant without any check is called in the data: where that is not told, another check counts.
pub const CHECK_REMOVED: &str = "check removed";

/// The plants for the words of a check, wherever they stand: in a step, a package script, a shell script.
#[must_use]
pub fn around_check(text: &str, command: Span) -> Vec<Plant> {
    let command = super::unquoted(text, command);
    let found = plants::of("check").filter_map(|template| {
        let shown = template.text.as_str();
        let (first, last) = (command.start as usize, command.end as usize);
        let edited = match template.place {
            PlaceOf::Before => splice(text, first..first, shown),
            PlaceOf::After => splice(text, last..last, shown),
            PlaceOf::Instead => splice(text, first..last, shown),
            _ => return None,
        };
        Some(Plant::of(template, None, edited))
    });
    found.collect()
}

/// The plants for the step and the job of a check in a pipeline of this provider, and for what triggers it.
#[must_use]
pub fn around_job(provider: Provider, text: &str, command: Span, job: &Job) -> Vec<Plant> {
    let language = match provider {
        Provider::GitHub => "github-check",
        Provider::GitLab => "gitlab-check",
        Provider::CircleCi => "circleci-check",
        Provider::Buildkite => "buildkite-check",
    };
    written(language, text, command, job)
}

/// The plants for a job that changes a database.
#[must_use]
pub fn around_deploy(provider: Provider, text: &str, command: Span, job: &Job) -> Vec<Plant> {
    let language = match provider {
        Provider::GitHub => "github-deploy",
        Provider::GitLab => "gitlab-deploy",
        Provider::CircleCi => "circleci-deploy",
        Provider::Buildkite => "buildkite-deploy",
    };
    written(language, text, command, job)
}

fn written(language: &str, text: &str, command: Span, job: &Job) -> Vec<Plant> {
    let found = plants::of(language).filter_map(|template| {
        let edited = edited(template, text, command, job)?;
        Some(Plant::of(template, None, edited))
    });
    found.collect()
}

fn edited(template: &Template, text: &str, command: Span, job: &Job) -> Option<Edited> {
    let shown = template.text.as_str();
    match template.place {
        PlaceOf::Key => with_key(text, step_key(text, command)?, shown),
        PlaceOf::JobKey => with_key(text, body_key(text, job)?, shown),
        PlaceOf::TopKey => with_key(text, top_key(text)?, shown),
        PlaceOf::Item => {
            // `- check` in a list becomes `- check: …`.
            let item = piece(text, job.span);
            let plain = !item.is_empty() && !item.contains([':', '\n', '{']);
            if plain {
                let end = job.span.end as usize;
                return Some(splice(text, end..end, &format!(": {{ {shown} }}")));
            }
            with_key(text, body_key(text, job)?, shown)
        }
        _ => None,
    }
}

/// The first key of a line that starts what the command is part of.
fn step_key(text: &str, command: Span) -> Option<usize> {
    const KEYS: [&str; 5] = ["run:", "command:", "commands:", "script:", "uses:"];
    lines_up(text, command).find_map(|(at, line)| {
        let key = key_column(line)?;
        let bare = line.get(key..)?;
        // `- run: guard check` has no room for a key beside it where the value is a text of the list itself.
        KEYS.iter().any(|word| bare.starts_with(word)).then_some(at + key)
    })
}

/// The first key in the body of a job, on a line of its own.
fn body_key(text: &str, job: &Job) -> Option<usize> {
    let start = job.id_span.start as usize;
    let line = text.get(..start)?.rfind('\n').map_or(0, |n| n + 1);
    let column = start - line;
    let own = text.get(line..)?.lines().next()?;
    if own.get(column..)?.contains(": ") && !own.trim_start().starts_with("- ") {
        return None;
    }
    // A step that is a job has its keys beside the first one.
    if own.get(column..)?.contains(": ") {
        return Some(start);
    }
    let mut at = line;
    for row in text.get(line..)?.split_inclusive('\n') {
        if at > line && !is_empty(row) {
            let key = key_column(row)?;
            return (key > column && row.contains(':')).then_some(at + key);
        }
        at += row.len();
    }
    None
}

fn top_key(text: &str) -> Option<usize> {
    let mut at = 0;
    for row in text.split_inclusive('\n') {
        if !is_empty(row) && !row.starts_with("---") && !row.starts_with([' ', '\t']) && row.contains(':') {
            return Some(at);
        }
        at += row.len();
    }
    None
}

fn is_empty(row: &str) -> bool {
    let bare = row.trim();
    bare.is_empty() || bare.starts_with('#')
}

/// Where the first key of a line stands in it, behind the marks of a list.
fn key_column(row: &str) -> Option<usize> {
    let mut at = row.len() - row.trim_start_matches(' ').len();
    while let Some(rest) = row.get(at..)?.strip_prefix('-') {
        let inner = rest.trim_start_matches(' ');
        if inner.len() == rest.len() {
            return None;
        }
        at = row.len() - inner.len();
    }
    Some(at)
}

/// The text with keys beside the one at an offset; one that has the name already goes.
fn with_key(text: &str, at: usize, shown: &str) -> Option<Edited> {
    let line = text.get(..at)?.rfind('\n').map_or(0, |n| n + 1);
    let column = at - line;
    let name = shown.split(':').next()?;
    let indent = " ".repeat(column);
    let wanted = shown.trim_end().replace('\n', &format!("\n{indent}"));
    if let Some((start, end)) = sibling(text, line, column, name) {
        return Some(splice(text, start..end, &wanted));
    }
    Some(splice(text, at..at, &format!("{wanted}\n{indent}")))
}

/// The key of this name in the mapping around a line, from its first letter to the end of its value.
fn sibling(text: &str, line: usize, column: usize, name: &str) -> Option<(usize, usize)> {
    let mut rows: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    for row in text.split_inclusive('\n') {
        rows.push((at, row));
        at += row.len();
    }
    let own = rows.iter().position(|(start, _)| *start == line)?;
    let indent = |row: &str| row.len() - row.trim_start_matches(' ').len();
    // Up to the first line of the mapping, which a list's mark may begin.
    let mut first = own;
    while first > 0 {
        let (_, here) = rows.get(first)?;
        if !is_empty(here) && indent(here) < column {
            break;
        }
        let (_, above) = rows.get(first - 1)?;
        let begins = !is_empty(above) && indent(above) < column;
        if begins && key_column(above) != Some(column) {
            break;
        }
        first -= 1;
    }
    for (index, (start, row)) in rows.iter().enumerate().skip(first) {
        if is_empty(row) {
            continue;
        }
        if index > own && indent(row) < column {
            return None;
        }
        if key_column(row) != Some(column) {
            continue;
        }
        let bare = row.get(column..)?.trim_start_matches(['"', '\'']);
        let named =
            bare.strip_prefix(name).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with(':'));
        if named {
            let below = rows.iter().skip(index + 1);
            let mut end = start + row.trim_end().len();
            // A list may stand at the column of its key.
            for (start, row) in below {
                let listed = indent(row) == column && row.trim_start().starts_with("- ");
                if !is_empty(row) && indent(row) <= column && !listed {
                    break;
                }
                if !is_empty(row) {
                    end = start + row.trim_end().len();
                }
            }
            return Some((start + column, end));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed(text: &str, before: &str, shown: &str) -> String {
        with_key(text, text.find(before).unwrap_or(0), shown).map_or_else(String::new, |edited| edited.text)
    }

    #[test]
    fn a_key_comes_beside_another_one() {
        let step = "steps:\n  - name: x\n    run: guard check\n  - run: y\n";
        assert_eq!(
            keyed(step, "run: guard", "if: false"),
            "steps:\n  - name: x\n    if: false\n    run: guard check\n  - run: y\n"
        );
        assert_eq!(keyed("- run: y\n", "run", "if: false"), "- if: false\n  run: y\n");
    }

    #[test]
    fn a_key_of_the_same_name_is_replaced_with_all_of_its_value() {
        let job =
            "jobs:\n  a:\n    needs:\n    - b\n    - c\n    if: x\n    runs-on: y\n  z:\n    if: other\n";
        assert_eq!(
            keyed(job, "runs-on", "if: always()"),
            "jobs:\n  a:\n    needs:\n    - b\n    - c\n    if: always()\n    runs-on: y\n  z:\n    if: other\n"
        );
        assert_eq!(
            keyed(job, "runs-on", "needs: []"),
            "jobs:\n  a:\n    needs: []\n    if: x\n    runs-on: y\n  z:\n    if: other\n"
        );
        let triggers = "name: x\non:\n  push:\n\n  pull_request:\njobs: {}\n";
        assert_eq!(keyed(triggers, "name", "on:\n  push:"), "name: x\non:\n  push:\njobs: {}\n");
        assert_eq!(keyed("- if: a\n  run: y\n- if: b\n", "run", "if: c"), "- if: c\n  run: y\n- if: b\n");
    }

    #[test]
    fn arbitrary_text_is_edited_or_left() {
        for text in ["", "-", "- ", ":", "é: ü\n  - x", "a:\n\tb: c", "{a: b}", "  - - a: b"] {
            for at in 0..=text.len() {
                if text.is_char_boundary(at) {
                    let _ = with_key(text, at, "if: x");
                    let _ = top_key(text);
                    let span = Span::new(at, at);
                    let _ = step_key(text, span);
                    let _ = body_key(text, &Job { id_span: span, span, ..Job::default() });
                }
            }
        }
    }
}
