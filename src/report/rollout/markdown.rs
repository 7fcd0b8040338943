//! The summary of a job, as GitHub shows it: short, with the first broken hop on top.

use std::fmt::Write as _;

use super::{attempts, code, commit, duration, headline, rollback, sentence};
use crate::report::visible;
use crate::words::ending::Outcome;
use crate::words::rollout::{ProbeResult, Report, StateResult};

/// The whole summary.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    let mark = match report.outcome {
        Outcome::Ok => "✅",
        Outcome::Partial => "⚠️",
        _ => "❌",
    };
    let _ = writeln!(
        out,
        "## {mark} {} · {} · {}\n",
        headline(report),
        plain(&report.environment),
        duration(report.duration_ms)
    );
    let mut facts = vec![plain(&sentence(report))];
    if report.code.is_some() {
        facts.push(format!("Code `{}`.", code(report.code)));
    }
    facts.extend(commit(report).map(|commit| format!("Commit `{}`.", ticks(&commit))));
    facts.extend(report.incident.iter().map(|id| format!("Incident `{}`.", ticks(id))));
    let _ = writeln!(out, "{}\n", facts.join(" "));
    if let Some(broken) = &report.first_broken_hop {
        let _ = writeln!(out, "> **First broken hop: {}**  ", plain(&broken.hop));
        let _ = writeln!(out, "> {}  ", plain(&broken.reason));
        let _ = writeln!(out, "> Next: {}\n", plain(&broken.next));
    }
    out.push_str("| State | Result | Duration | What was found |\n|---|---|---:|---|\n");
    for state in &report.states {
        let result = match state.result {
            StateResult::Pass => "✅ pass",
            StateResult::Fail => "❌ fail",
            StateResult::Inconclusive => "⚠️ inconclusive",
            StateResult::Skipped => "skipped",
        };
        let bad = state.probes.iter().filter(|probe| probe.result != ProbeResult::Pass);
        let told: Vec<String> = bad
            .map(|probe| format!("{}: {}", plain(&probe.name), plain(&attempts(probe).join(" → "))))
            .collect();
        let _ = writeln!(
            out,
            "| {} | {result} | {} | {} |",
            state.state.name(),
            duration(state.duration_ms),
            told.join("<br>")
        );
    }
    for service in report.services.iter().filter(|service| !service.log_tail.is_empty()) {
        let _ =
            write!(out, "\n<details><summary>The end of the log of {}</summary>\n\n", plain(&service.name));
        for line in &service.log_tail {
            // Indented text is code, whatever stands in it.
            let _ = writeln!(out, "    {}", visible::line(line));
        }
        out.push_str("\n</details>\n");
    }
    let undone = rollback(report);
    if !undone.is_empty() {
        out.push_str("\n**Rollback**\n\n");
        for line in undone {
            let _ = writeln!(out, "- {}", plain(&line));
        }
    }
    if !report.next.is_empty() {
        out.push_str("\n**Next**\n\n");
        for step in &report.next {
            let _ = writeln!(out, "1. {}", plain(step));
        }
    }
    out
}

/// Text that is nothing but text, also in a cell of a table.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible::line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

fn ticks(text: &str) -> String {
    visible::line(text).replace('`', "'")
}
