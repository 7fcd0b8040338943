//! A rule's page for a terminal, and the list of all rules.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::report::json::pretty;
use crate::rules::registry::{RULES, Rule};

const TITLE: Style = AnsiColor::Cyan.on_default().bold();
const CODE: Style = AnsiColor::Green.on_default();
const FAINT: Style = Style::new().dimmed();

/// The page's Markdown with headings and code set off; without colour it is the page itself, less
/// what only a renderer of Markdown needs.
#[must_use]
pub fn page(rule: &Rule, colour: bool) -> String {
    let mut out = String::new();
    let mut in_code = false;
    let mut paragraph = String::new();
    // A line more, so that the last paragraph has an end, too.
    for line in rule.page.lines().chain([""]) {
        let is_prose =
            !in_code && !line.is_empty() && !line.starts_with(['#', '|']) && !line.starts_with("```");
        if !paragraph.is_empty() && (!is_prose || line.starts_with("- ")) {
            for row in wrapped(&paragraph) {
                let _ = writeln!(out, "{}", inline(&row, colour));
            }
            paragraph.clear();
        }
        if is_prose {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
            continue;
        }
        if let Some(info) = line.strip_prefix("```") {
            in_code = !in_code;
            if in_code {
                let about = caption(info);
                if !about.is_empty() {
                    out.push_str(&painted(&format!("  {about}"), FAINT, colour));
                    out.push('\n');
                }
            }
        } else if in_code {
            if line.is_empty() {
                out.push('\n');
            } else {
                out.push_str(&painted(&format!("    {line}"), CODE, colour));
                out.push('\n');
            }
        } else if line.starts_with('#') {
            out.push_str(&painted(line.trim_start_matches('#').trim(), TITLE, colour));
            out.push('\n');
        } else {
            out.push_str(&inline(line, colour));
            out.push('\n');
        }
    }
    out.pop();
    out
}

/// Columns of a paragraph, as `--help` has them.
const WIDTH: usize = 100;

/// A paragraph in lines; a name in backticks stays in one piece.
fn wrapped(paragraph: &str) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    let mut piece = String::new();
    for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
        if !piece.is_empty() {
            piece.push(' ');
        }
        piece.push_str(word);
        if piece.matches('`').count() % 2 == 1 {
            continue;
        }
        let word = std::mem::take(&mut piece);
        match rows.last_mut() {
            Some(row) if row.chars().count() + 1 + word.chars().count() <= WIDTH => {
                row.push(' ');
                row.push_str(&word);
            }
            _ => rows.push(word),
        }
    }
    rows.extend(Some(piece).filter(|rest| !rest.is_empty()));
    rows
}

/// `ts path=scripts/x.ts after=1` says: `scripts/x.ts (changed after the freeze)`.
fn caption(info: &str) -> String {
    let value = |key: &str| info.split_whitespace().find_map(|word| word.strip_prefix(key));
    let Some(path) = value("path=") else { return String::new() };
    match (value("after="), value("gone=")) {
        (_, Some(_)) => format!("{path} (removed after the freeze)"),
        (Some(_), None) => format!("{path} (after the freeze)"),
        (None, None) => format!("{path}:"),
    }
}

fn inline(line: &str, colour: bool) -> String {
    if !colour {
        return line.to_owned();
    }
    line.split('`')
        .enumerate()
        .map(|(index, part)| if index % 2 == 1 { painted(part, CODE, true) } else { part.to_owned() })
        .collect()
}

fn painted(text: &str, style: Style, colour: bool) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

#[derive(Serialize)]
struct Row {
    rule: &'static str,
    rank: u8,
    summary: &'static str,
}

#[must_use]
pub fn list_json() -> String {
    let rows: Vec<Row> =
        RULES.iter().map(|rule| Row { rule: rule.id, rank: rule.rank, summary: rule.summary }).collect();
    pretty(&rows)
}

#[must_use]
pub fn list(colour: bool) -> String {
    let width = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    let mut category = "";
    for rule in RULES {
        if rule.category() != category {
            if !category.is_empty() {
                out.push('\n');
            }
            category = rule.category();
        }
        let padded = format!("{:width$}", rule.id);
        let _ = writeln!(out, "{}  {}", painted(&padded, TITLE, colour), rule.summary);
    }
    out.push_str("\nMore about one: guard explain RULE\n");
    out
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, page, wrapped};
    use crate::rules::registry::RULES;

    #[test]
    fn a_paragraph_is_wrapped_between_words_and_never_inside_a_name() {
        let rows = wrapped(&format!("{} `a name in pieces` and more", "word ".repeat(18)));
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1], "`a name in pieces` and more");
    }

    #[test]
    fn no_page_has_a_line_of_prose_that_is_wider_than_the_help() {
        for rule in RULES {
            let page = page(rule, false);
            let wide = page.lines().find(|line| !line.starts_with("    ") && line.chars().count() > WIDTH);
            assert_eq!(wide, None, "{}", rule.id);
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let prose = rule.page.lines().next().unwrap_or_default().trim_start_matches(['#', ' ']);
            assert_eq!(words(page.lines().next().unwrap_or_default()), words(prose), "{}", rule.id);
        }
    }
}
