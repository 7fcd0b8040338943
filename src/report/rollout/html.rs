//! The report for a browser: one file that asks for nothing else, runs no script, and follows the reader's
//! light or dark. Everything foreign in it is text.

mod states;

use std::fmt::Write as _;

use serde_json::Value;

use super::{code, commit, day_and_time, duration, headline, moment, rollback, sentence};
use crate::report::visible;
use crate::words::ending::Outcome;
use crate::words::rollout::{ProbeResult, Report, ServiceReport, StateReport, StateResult};

const CSS: &str = include_str!("page.css");

/// Text as HTML shows it.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in visible::block(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The same with what stands between backticks as code.
fn prose(text_of: &str) -> String {
    let parts: Vec<&str> = text_of.split('`').collect();
    // An odd backtick is one, and no code.
    if parts.len().is_multiple_of(2) {
        return text(text_of);
    }
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        let part = text(part);
        if at % 2 == 1 {
            let _ = write!(out, "<code>{part}</code>");
        } else {
            out.push_str(&part);
        }
    }
    out
}

fn tone(result: StateResult) -> &'static str {
    match result {
        StateResult::Pass => "good",
        StateResult::Fail => "bad",
        StateResult::Inconclusive => "odd",
        StateResult::Skipped => "rest",
    }
}

fn probe_tone(result: ProbeResult) -> &'static str {
    match result {
        ProbeResult::Pass => "good",
        ProbeResult::Fail => "bad",
        ProbeResult::Inconclusive => "odd",
    }
}

/// The whole page.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut out = String::with_capacity(32 << 10);
    let title = format!("{} · {} · deploy report", headline(report), report.environment);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"content-security-policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{}</title>\n<style>\n{CSS}</style>\n</head>\n<body>\n<main>\n",
        text(&title)
    );
    top(&mut out, report);
    broken(&mut out, report);
    steps(&mut out, report);
    timeline(&mut out, report);
    services(&mut out, report);
    states::states(&mut out, report);
    external(&mut out, report);
    undone(&mut out, report);
    about(&mut out, report);
    out.push_str("<footer>written by guard; this file stands alone and asks for nothing</footer>\n");
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn top(out: &mut String, report: &Report) {
    let tone = match report.outcome {
        Outcome::Ok => "good",
        Outcome::Partial => "odd",
        _ => "bad",
    };
    let _ = write!(
        out,
        "<header class=\"top {tone}\">\n<div class=\"row\"><span class=\"badge\">{}</span><h1>{}</h1>",
        headline(report),
        text(&report.environment)
    );
    if report.code.is_some() {
        let _ = write!(out, "<span class=\"code\">{}</span>", code(report.code));
    }
    let _ = write!(out, "</div>\n<p>{}</p>\n<dl class=\"facts\">", text(&sentence(report)));
    let mut fact = |name: &str, value: &str| {
        let _ = write!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", text(value));
    };
    fact("Last state", &report.state.name());
    fact("Duration", &duration(report.duration_ms));
    fact("Started", &day_and_time(&report.started_at));
    if let Some(commit) = commit(report) {
        fact("Commit", &commit);
    }
    if let Some(id) = &report.incident {
        fact("Incident", id);
    }
    out.push_str("</dl>\n</header>\n");
}

fn broken(out: &mut String, report: &Report) {
    let Some(broken) = &report.first_broken_hop else { return };
    let _ = write!(
        out,
        "<section class=\"broken\">\n<h2>First broken hop</h2>\n<p class=\"hop\">{}</p>\n<p class=\"why\">{}</p>\n",
        text(&broken.hop),
        prose(&broken.reason)
    );
    if !broken.next.is_empty() {
        let _ = writeln!(out, "<p class=\"next\"><b>Next:</b> {}</p>", prose(&broken.next));
    }
    out.push_str("</section>\n");
}

fn steps(out: &mut String, report: &Report) {
    if report.next.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>Next steps</h2>\n<ol class=\"steps\">\n");
    for step in &report.next {
        let _ = writeln!(out, "<li>{}</li>", prose(step));
    }
    out.push_str("</ol>\n</section>\n");
}

/// A lane a state: where its bar begins and how long it is are its start and its duration.
fn timeline(out: &mut String, report: &Report) {
    let start = moment(&report.started_at);
    // The last state may end after the report's own time was taken.
    let whole = report.states.iter().fold(report.duration_ms.max(1), |whole, state| {
        whole.max(offset(start, state).saturating_add(state.duration_ms))
    });
    out.push_str("<section>\n<h2>Timeline</h2>\n");
    for state in &report.states {
        let from = percent(offset(start, state), whole);
        let wide = percent(state.duration_ms, whole);
        let _ = writeln!(
            out,
            "<div class=\"lane {}\"><span class=\"name\"><span class=\"dot\"></span>{}</span>\
             <span class=\"track\" title=\"{} for {}\"><span class=\"bar\" style=\"left:{from}%;width:{wide}%\"></span></span>\
             <span class=\"time\">{}</span></div>",
            tone(state.result),
            text(&state.state.name()),
            state.result.name(),
            duration(state.duration_ms),
            if state.result == StateResult::Skipped {
                "skipped".to_owned()
            } else {
                duration(state.duration_ms)
            },
        );
    }
    let _ = write!(
        out,
        "<div class=\"axis\"><span></span><span><span>0</span><span>{}</span></span><span></span></div>\n</section>\n",
        duration(whole)
    );
}

fn offset(start: Option<i64>, state: &StateReport) -> u64 {
    let since = moment(&state.started_at).zip(start).map_or(0, |(at, start)| at - start);
    u64::try_from(since).unwrap_or(0)
}

/// With two places, and never outside.
fn percent(part: u64, whole: u64) -> String {
    let share = u128::from(part) * 10_000 / u128::from(whole.max(1));
    let share = share.min(10_000);
    format!("{}.{:02}", share / 100, share % 100)
}

fn pairs<'a>(out: &mut String, pairs: impl Iterator<Item = (&'a str, String)>) {
    out.push_str("<dl class=\"pairs\">");
    for (key, value) in pairs {
        let _ = write!(out, "<dt>{}</dt><dd>{}</dd>", text(&key.replace('_', " ")), text(&value));
    }
    out.push_str("</dl>\n");
}

fn services(out: &mut String, report: &Report) {
    if report.services.is_empty() {
        return;
    }
    out.push_str(
        "<section>\n<h2>Services</h2>\n<div class=\"scroll\"><table>\n<tr><th>Service</th><th>State</th><th>Health</th>\
         <th class=\"number\">PID</th><th>Listens on</th><th>Command</th></tr>\n",
    );
    for service in &report.services {
        one_service(out, service);
    }
    out.push_str("</table></div>\n");
    for service in report.services.iter().filter(|service| !service.log_tail.is_empty()) {
        let _ = writeln!(
            out,
            "<div class=\"log\"><p>The end of the log of <b>{}</b> {}</p><pre>{}</pre></div>",
            text(&service.name),
            text(service.log.as_deref().unwrap_or_default()),
            text(&service.log_tail.join("\n"))
        );
    }
    out.push_str("</section>\n");
}

fn one_service(out: &mut String, service: &ServiceReport) {
    let state = match service.state.name() {
        "running" => "good",
        "stopped" => "rest",
        _ => "bad",
    };
    let (health, tone) = match service.healthy {
        Some(true) => ("healthy", "good"),
        Some(false) => ("not healthy", "bad"),
        None => ("not asked", "rest"),
    };
    let listens = if service.listeners.is_empty() {
        service.port.map_or_else(|| "–".to_owned(), |port| format!("port {port}: nobody"))
    } else {
        let each =
            service.listeners.iter().map(|one| format!("{}:{} ({})", one.address, one.port, one.family));
        each.collect::<Vec<_>>().join(", ")
    };
    let mut name = text(&service.name);
    if !service.required {
        name.push_str(" <span class=\"soft\">optional</span>");
    }
    if service.started {
        name.push_str(" <span class=\"soft\">started now</span>");
    }
    let exit = service
        .exit
        .as_ref()
        .map_or_else(String::new, |exit| format!(" <span class=\"soft\">{}</span>", text(exit)));
    let _ = writeln!(
        out,
        "<tr><td><b>{name}</b></td><td><span class=\"chip {state}\">{}</span>{exit}</td>\
         <td><span class=\"chip {tone}\">{health}</span></td><td class=\"number\">{}</td><td>{}</td><td class=\"mono\">{}</td></tr>",
        service.state.name(),
        service.pid.map_or_else(|| "–".to_owned(), |pid| pid.to_string()),
        text(&listens),
        text(&service.command.join(" "))
    );
}

fn external(out: &mut String, report: &Report) {
    if report.external.is_empty() {
        return;
    }
    out.push_str(
        "<section>\n<h2>External services</h2>\n<div class=\"scroll\"><table>\n<tr><th>Service</th><th>Result</th>\
         <th>Reason</th><th class=\"number\">Latency</th></tr>\n",
    );
    for each in &report.external {
        let kind = if each.name == each.kind { String::new() } else { format!(" ({})", each.kind) };
        let optional = if each.required { "" } else { " <span class=\"soft\">optional</span>" };
        let _ = writeln!(
            out,
            "<tr><td><b>{}</b>{}{optional}</td><td><span class=\"chip {}\">{}</span></td><td>{}</td><td class=\"number\">{}</td></tr>",
            text(&each.name),
            text(&kind),
            probe_tone(each.result),
            each.result.name(),
            text(each.reason.as_deref().unwrap_or("–")),
            each.latency_ms.map_or_else(|| "–".to_owned(), duration)
        );
    }
    out.push_str("</table></div>\n</section>\n");
}

fn undone(out: &mut String, report: &Report) {
    let lines = rollback(report);
    if lines.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>Rollback</h2>\n<ul class=\"plain\">\n");
    for line in lines {
        let _ = writeln!(out, "<li>{}</li>", text(&line));
    }
    out.push_str("</ul>\n</section>\n");
}

fn about(out: &mut String, report: &Report) {
    out.push_str("<section>\n<h2>About this run</h2>\n");
    let versions = report.versions.iter().map(|(name, version)| (name.as_str(), version.clone()));
    let proof = match &report.proof {
        Value::Null => "not asked for: the environment is not protected".to_owned(),
        value => states::shown(value),
    };
    let facts = versions.chain([("proof", proof)]);
    pairs(out, facts);
    if !report.health.is_empty() {
        out.push_str("<details><summary><span class=\"name\">last answers of the probes</span></summary><div class=\"inner\">\n");
        pairs(out, report.health.iter().map(|(name, value)| (name.as_str(), states::shown(value))));
        out.push_str("</div></details>\n");
    }
    out.push_str("</section>\n");
}
