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
    for line in rule.page.lines() {
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
    out
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
