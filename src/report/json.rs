//! JSON for machines: the shape that `docs/schema/check.schema.json` publishes.

use serde::Serialize;

use crate::report::Report;
use crate::words::effect::{Columns, Effect, Table};
use crate::words::finding::{Finding, Step};

/// The published schema, for `guard schema check` and for the test.
pub const SCHEMA: &str = include_str!("../../docs/schema/check.schema.json");

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    summary: Summary<'a>,
    findings: Vec<FindingView<'a>>,
    coverage: CoverageView<'a>,
}

#[derive(Serialize)]
struct Summary<'a> {
    findings: usize,
    files: usize,
    notices: &'a [String],
}

#[derive(Serialize)]
struct FindingView<'a> {
    rule: &'a str,
    path: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    message: &'a str,
    help: &'a str,
    effects: Vec<EffectView<'a>>,
    trace: Vec<StepView<'a>>,
}

#[derive(Serialize)]
struct EffectView<'a> {
    operation: &'a str,
    /// Null where only the run knows it, or where the effect is not on one table.
    table: Option<&'a str>,
    /// Null where the source does not say them, or where columns do not matter.
    columns: Option<&'a [String]>,
}

#[derive(Serialize)]
struct StepView<'a> {
    path: &'a str,
    line: usize,
    label: &'a str,
}

#[derive(Serialize)]
struct CoverageView<'a> {
    checked: usize,
    parsed: usize,
    irrelevant: usize,
    quarantined: usize,
    unverifiable: Vec<UnverifiableView<'a>>,
}

#[derive(Serialize)]
struct UnverifiableView<'a> {
    path: &'a str,
    reason: &'a str,
}

#[must_use]
pub fn render(report: &Report) -> String {
    let document = Document {
        version: 1,
        summary: Summary {
            findings: report.findings.len(),
            files: report.files_with_findings(),
            notices: &report.notices,
        },
        findings: report.findings.iter().map(|finding| view(report, finding)).collect(),
        coverage: CoverageView {
            checked: report.coverage.total(),
            parsed: report.coverage.parsed,
            irrelevant: report.coverage.irrelevant,
            quarantined: report.coverage.quarantined,
            unverifiable: report
                .coverage
                .unverifiable
                .iter()
                .map(|file| UnverifiableView { path: &file.path, reason: &file.reason })
                .collect(),
        },
    };
    pretty(&document)
}

/// Plain data always serialises; an empty document would be a lie, so the error is shown instead.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(value).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
    text.push('\n');
    text
}

fn view<'a>(report: &'a Report, finding: &'a Finding) -> FindingView<'a> {
    let at = report.locate(finding.at);
    FindingView {
        rule: finding.rule,
        path: at.path,
        line: at.line,
        column: at.column,
        end_line: at.end_line,
        end_column: at.end_column,
        message: &finding.message,
        help: &finding.help,
        effects: finding.effects.iter().map(effect).collect(),
        trace: finding.trace.iter().map(|each| step(report, each)).collect(),
    }
}

fn effect(effect: &Effect) -> EffectView<'_> {
    EffectView {
        operation: effect.operation.name(),
        table: match &effect.table {
            Table::Named(name) => Some(name),
            Table::Unknown | Table::None => None,
        },
        columns: match &effect.columns {
            Columns::Listed(columns) => Some(columns),
            Columns::Unknown | Columns::All => None,
        },
    }
}

fn step<'a>(report: &'a Report, step: &'a Step) -> StepView<'a> {
    let at = report.locate(step.at);
    StepView { path: at.path, line: at.line, label: &step.label }
}
