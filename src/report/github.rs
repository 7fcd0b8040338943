//! GitHub Actions: annotations as workflow commands, and the job's summary in Markdown.
//!
//! Whatever a source says ends up in a log that the runner reads commands from, so everything is
//! escaped: a file name with a line end in it must not be able to set a variable.

use std::fmt::Write as _;

use crate::report::{Report, visible};
use crate::rules::registry;
use crate::words::finding::Finding;

/// The runner shows no more of one level from one step.
const MOST_ANNOTATIONS: usize = 10;
/// The service drops a summary of more than one mebibyte whole.
const MOST_SUMMARY_BYTES: usize = 900_000;

/// A command's text: `%`, CR and LF, in this order.
#[must_use]
pub fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A command's property: also `:` and `,`, which part properties.
#[must_use]
pub fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Worst first; findings of one rank stay in their order.
fn worst_first(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| registry::rank(finding.rule));
    findings
}

#[must_use]
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    let findings = worst_first(report);
    for finding in findings.iter().take(MOST_ANNOTATIONS) {
        let at = report.locate(finding.at);
        let one_line = at.line == at.end_line && at.end_column > at.column;
        let columns =
            if one_line { format!(",col={},endColumn={}", at.column, at.end_column) } else { String::new() };
        let _ = writeln!(
            out,
            "::error file={},line={},endLine={}{columns},title={}::{}",
            escape_property(at.path),
            at.line,
            at.end_line.max(at.line),
            escape_property(finding.rule),
            escape_data(&visible::block(&body(report, finding))),
        );
    }
    let left = findings.len().saturating_sub(MOST_ANNOTATIONS);
    if left > 0 {
        let _ = writeln!(out, "::error title=guard::{left} more: see the job summary, or run `guard check`");
    }
    for notice in &report.notices {
        let _ = writeln!(out, "::notice title=guard::{}", escape_data(&visible::block(notice)));
    }
    out.push_str(&report.closing());
    out.push('\n');
    out
}

fn body(report: &Report, finding: &Finding) -> String {
    let mut text = finding.message.clone();
    for effect in &finding.effects {
        let _ = write!(text, "\neffect: {}", effect.describe());
    }
    if let Some(policy) = &finding.policy {
        let at = report.locate(policy.at);
        let _ = write!(text, "\n{}:{}: {}", at.path, at.line, policy.label);
    }
    if !finding.help.is_empty() {
        let _ = write!(text, "\nnext: {}", finding.help);
    }
    text
}

/// The job's summary: a table of the findings, worst first, and what was covered.
#[must_use]
pub fn summary(report: &Report) -> String {
    let mut out = String::from("## guard check\n\n");
    let _ = writeln!(out, "{}", markdown(&report.closing()));
    if !report.findings.is_empty() {
        out.push_str("\n| rule | place | what | next step |\n|---|---|---|---|\n");
        for (shown, finding) in worst_first(report).into_iter().enumerate() {
            let at = report.locate(finding.at);
            let row = format!(
                "| {} | {}:{} | {} | {} |\n",
                markdown(finding.rule),
                markdown(at.path),
                at.line,
                markdown(&finding.message),
                markdown(&finding.help),
            );
            if out.len() + row.len() > MOST_SUMMARY_BYTES {
                let left = report.findings.len() - shown;
                let _ = writeln!(out, "\n{left} more do not fit here: run `guard check`.");
                break;
            }
            out.push_str(&row);
        }
    }
    if !report.coverage.unverifiable.is_empty() {
        out.push_str("\n### Could not be read\n\n");
        for file in report.coverage.unverifiable.iter().take(100) {
            let _ = writeln!(out, "- {}: {}", markdown(&file.path), markdown(&file.reason));
        }
    }
    for notice in &report.notices {
        let _ = writeln!(out, "\n{}", markdown(notice));
    }
    out
}

/// Foreign text in Markdown: no markup, no HTML, no mention, and never a new line.
fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("<br>"),
            '\r' => {}
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => visible::push_visible(&mut out, c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::FileView;
    use crate::words::span::{FileId, Place, Span};

    fn with(path: &str, message: &str, help: &str) -> Report {
        let at = Place { file: FileId(0), span: Span::new(0, 1) };
        let mut report = Report::default();
        report.files.insert(FileId(0), FileView::new(path, "x"));
        report.findings.push(Finding::new("bypass/env-switch", at, message, help));
        report
    }

    proptest! {
        #[test]
        fn a_raw_line_end_never_gets_through(text in any::<String>()) {
            prop_assert!(!escape_data(&text).contains(['\n', '\r']));
            prop_assert!(!escape_property(&text).contains(['\n', '\r', ':', ',']));
        }

        #[test]
        fn one_finding_is_one_command_whatever_it_says(
            path in any::<String>(), message in any::<String>(), help in any::<String>(),
        ) {
            let out = render(&with(&path, &message, &help));
            prop_assert_eq!(out.matches('\n').count(), 2);
            prop_assert!(!out.contains('\r'));
            prop_assert_eq!(out.lines().filter(|line| line.starts_with("::")).count(), 1);
        }

        #[test]
        fn escaping_can_be_undone(text in any::<String>()) {
            let back = escape_property(&text)
                .replace("%2C", ",").replace("%3A", ":").replace("%0A", "\n").replace("%0D", "\r")
                .replace("%25", "%");
            prop_assert_eq!(back, text);
        }

        #[test]
        fn a_summary_row_stays_one_row(message in any::<String>()) {
            let rows = summary(&with("a.ts", &message, "")).lines().filter(|l| l.starts_with("| bypass")).count();
            prop_assert_eq!(rows, 1);
        }
    }

    #[test]
    fn markup_in_a_message_is_shown_as_text() {
        let out = summary(&with("a.ts", "<img src=x> @team | [a](b)", ""));
        assert!(out.contains("&lt;img src=x&gt; &#64;team \\| \\[a\\]\\(b\\)"), "{out}");
    }

    #[test]
    fn more_than_ten_findings_end_in_one_closing_command() {
        let mut report = with("a.ts", "m", "h");
        let first = report.findings[0].clone();
        report.findings.extend(std::iter::repeat_n(first, 14));
        let out = render(&report);
        assert_eq!(out.lines().filter(|line| line.starts_with("::error file=")).count(), 10);
        assert!(out.contains("::error title=guard::5 more"), "{out}");
    }
}
