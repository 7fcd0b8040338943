//! The report on a terminal and in `deploy-report-….txt`.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{attempts, code, commit, day_and_time, duration, headline, rollback, sentence};
use crate::report::visible;
use crate::words::ending::Outcome;
use crate::words::rollout::{ProbeResult, Report, ServiceReport, StateReport, StateResult};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const UNCLEAR: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();

/// A column of the states' names.
const NAME: usize = 24;

struct Pen {
    out: String,
    colour: bool,
}

impl Pen {
    fn styled(&self, style: Style, text: &str) -> String {
        let text = visible::line(text);
        if self.colour { format!("{style}{text}{style:#}") } else { text.into_owned() }
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn heading(&mut self, text: &str) {
        let text = self.styled(Style::new().bold(), text);
        let _ = write!(self.out, "\n{text}\n");
    }
}

fn style(result: StateResult) -> Style {
    match result {
        StateResult::Pass => GOOD,
        StateResult::Fail => BAD,
        StateResult::Inconclusive => UNCLEAR,
        StateResult::Skipped => FAINT,
    }
}

/// The whole report.
#[must_use]
pub fn render(report: &Report, colour: bool) -> String {
    let mut pen = Pen { out: String::new(), colour };
    let top = match report.outcome {
        Outcome::Ok => GOOD.bold(),
        Outcome::Partial => UNCLEAR.bold(),
        _ => BAD,
    };
    let head = pen.styled(top, headline(report));
    let why = if report.code.is_some() { format!(" [{}]", code(report.code)) } else { String::new() };
    pen.line(&format!(
        "{head} {}{why} in {}",
        visible::line(&report.environment),
        duration(report.duration_ms)
    ));
    pen.line(&visible::line(&sentence(report)));
    let mut facts = vec![format!("started {}", day_and_time(&report.started_at))];
    facts.extend(commit(report).map(|commit| format!("commit {commit}")));
    facts.extend(report.incident.iter().map(|id| format!("incident {id}")));
    let facts = pen.styled(FAINT, &facts.join(" · "));
    pen.line(&facts);
    if let Some(broken) = &report.first_broken_hop {
        pen.heading(&format!("First broken hop: {}", broken.hop));
        pen.line(&format!("  {}", visible::line(&broken.reason)));
        if !broken.next.is_empty() {
            pen.line(&format!("  next: {}", visible::line(&broken.next)));
        }
    }
    pen.heading("States");
    for state in &report.states {
        one_state(&mut pen, state);
    }
    if !report.services.is_empty() {
        pen.heading("Services");
        for service in &report.services {
            one_service(&mut pen, service);
        }
    }
    if !report.external.is_empty() {
        pen.heading("External");
        for each in &report.external {
            let result = pen.styled(of_probe(each.result), &each.result.name().to_uppercase());
            let latency = each.latency_ms.map_or_else(String::new, |ms| format!(" in {}", duration(ms)));
            let reason =
                each.reason.as_deref().map_or_else(String::new, |why| format!(": {}", visible::line(why)));
            let optional = if each.required { "" } else { " (optional)" };
            pen.line(&format!("  {result} {}{optional}{reason}{latency}", visible::line(&each.name)));
        }
    }
    let undone = rollback(report);
    if !undone.is_empty() {
        pen.heading("Rollback");
        for line in undone {
            pen.line(&format!("  {}", visible::line(&line)));
        }
    }
    if !report.next.is_empty() {
        pen.heading("Next");
        for (at, step) in report.next.iter().enumerate() {
            pen.line(&format!("  {}. {}", at + 1, visible::line(step)));
        }
    }
    pen.out
}

fn of_probe(result: ProbeResult) -> Style {
    match result {
        ProbeResult::Pass => GOOD,
        ProbeResult::Fail => BAD,
        ProbeResult::Inconclusive => UNCLEAR,
    }
}

fn one_state(pen: &mut Pen, state: &StateReport) {
    let result = pen.styled(style(state.result), &format!("{:<12}", state.result.name()));
    pen.line(&format!("  {:<NAME$} {result} {:>10}", state.state.name(), duration(state.duration_ms)));
    // What went well is a count in the JSON; what did not is told attempt by attempt.
    for probe in state.probes.iter().filter(|probe| probe.result != ProbeResult::Pass) {
        let name = visible::line(&probe.name).into_owned();
        let told = attempts(probe).join(" → ");
        pen.line(&format!("    {name}: {}", visible::line(&told)));
    }
    let hops = if state.result == StateResult::Pass { Vec::new() } else { super::hops(state) };
    let told = !hops.is_empty();
    for hop in hops {
        let result = pen.styled(of_probe(hop.result), hop.result.name());
        pen.line(&format!("    {:<9} {result}: {}", hop.hop, visible::line(&hop.reason)));
    }
    // The broken hop has said it.
    let keys: &[&str] = if told { &[] } else { &["error", "reason", "why"] };
    for key in keys {
        if let Some(text) = state.evidence.get(*key).and_then(serde_json::Value::as_str) {
            pen.line(&format!("    {}", visible::line(text)));
        }
    }
}

fn one_service(pen: &mut Pen, service: &ServiceReport) {
    let mut parts = vec![service.state.name().to_owned()];
    parts.extend(service.pid.map(|pid| format!("pid {pid}")));
    parts.extend(service.port.map(|port| format!("port {port}")));
    let families: Vec<&str> = service.listeners.iter().map(|each| each.family.as_str()).collect();
    if !families.is_empty() {
        parts.push(families.join(" and "));
    }
    match service.healthy {
        Some(true) => parts.push("healthy".into()),
        Some(false) => parts.push("not healthy".into()),
        None => {}
    }
    parts.extend(service.exit.clone());
    if service.started {
        parts.push("started by this run".into());
    }
    pen.line(&format!("  {}: {}", visible::line(&service.name), visible::line(&parts.join(", "))));
    if !service.log_tail.is_empty() {
        let log = service.log.as_deref().unwrap_or("its log");
        let said = pen.styled(FAINT, &format!("    the end of {log}:"));
        pen.line(&said);
        for line in &service.log_tail {
            pen.line(&format!("      {}", visible::line(line)));
        }
    }
}
