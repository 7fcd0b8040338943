//! One line a finding, for coding agents: nothing drawn, nothing repeated, the next step included.

use std::fmt::Write as _;

use crate::report::Report;
use crate::report::visible;

/// Variables that coding agents set for the commands that they start.
const AGENT_VARIABLES: [&str; 9] = [
    "AI_AGENT",
    "AGENT",
    "CLAUDECODE",
    "CLAUDE_CODE",
    "CODEX_SANDBOX",
    "CURSOR_AGENT",
    "GEMINI_CLI",
    "OPENCODE",
    "AUGMENT_AGENT",
];

/// Whether a coding agent reads the output. The environment is passed in by who may read it.
#[must_use]
pub fn is_agent(variable: impl Fn(&str) -> Option<String>) -> bool {
    AGENT_VARIABLES
        .iter()
        .any(|name| variable(name).is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false")))
}

#[must_use]
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let at = report.locate(finding.at);
        let _ = writeln!(
            out,
            "{}:{}:{} {} {} — next: {}",
            visible::line(at.path),
            at.line,
            at.column,
            finding.rule,
            one_line(&finding.message),
            one_line(&finding.help),
        );
    }
    for notice in &report.notices {
        let _ = writeln!(out, "note: {}", one_line(notice));
    }
    out.push_str(&report.closing());
    out.push('\n');
    out
}

/// Line ends become spaces, so that one finding stays one line; the rest is made visible.
pub(crate) fn one_line(text: &str) -> String {
    let joined = text.split(['\n', '\r']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>();
    visible::line(&joined.join(" ")).into_owned()
}
