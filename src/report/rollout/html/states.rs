//! The part of the page that shows every state: its evidence, its probes with their attempts, and the way of a
//! tunnel.

use std::fmt::Write as _;

use serde_json::Value;

use super::super::{code, day_and_time, duration, hops, is_rollback};
use super::{pairs, probe_tone, prose, text, tone};
use crate::words::rollout::{Attempt, Hop, ProbeResult, Probed, Report, StateResult};

pub(super) fn states(out: &mut String, report: &Report) {
    out.push_str("<section>\n<h2>States and probes</h2>\n");
    for state in &report.states {
        let bad = matches!(state.result, StateResult::Fail | StateResult::Inconclusive);
        let open =
            if bad || (is_rollback(&state.state) && !state.evidence.is_empty()) { " open" } else { "" };
        let tries: u64 = state
            .probes
            .iter()
            .flat_map(|probe| &probe.attempts)
            .map(|attempt| u64::from(attempt.times.max(1)))
            .sum();
        let count = match (state.probes.len(), tries) {
            (0, _) => String::new(),
            (1, 1) => "1 probe, 1 attempt".to_owned(),
            (1, tries) => format!("1 probe, {tries} attempts"),
            (probes, tries) => format!("{probes} probes, {tries} attempts"),
        };
        let _ = write!(
            out,
            "<details{open}><summary><span class=\"name\">{}</span><span class=\"chip {}\">{}</span>\
             <span class=\"soft\">{count}</span><span class=\"end\">{}</span></summary>\n<div class=\"inner\">\n",
            text(&state.state.name()),
            tone(state.result),
            state.result.name(),
            duration(state.duration_ms)
        );
        let hops = hops(state);
        way(out, &hops);
        for probe in &state.probes {
            one_probe(out, probe);
        }
        let rest = state.evidence.iter().filter(|(key, _)| hops.is_empty() || *key != "hops");
        let rest: Vec<(&str, String)> = rest.map(|(key, value)| (key.as_str(), shown(value))).collect();
        if !rest.is_empty() {
            pairs(out, rest.into_iter());
        }
        if state.probes.is_empty() && state.evidence.is_empty() {
            out.push_str("<p class=\"soft\">Nothing was to do here.</p>\n");
        }
        out.push_str("</div></details>\n");
    }
    out.push_str("</section>\n");
}

/// The hops of a tunnel as a way: each with what was found there.
fn way(out: &mut String, hops: &[Hop]) {
    if hops.is_empty() {
        return;
    }
    out.push_str("<ol class=\"way\">\n");
    for hop in hops {
        let _ = writeln!(
            out,
            "<li class=\"{}\"><span class=\"chip {0}\">{}</span> <span>{}</span></li>",
            probe_tone(hop.result),
            text(&hop.hop),
            prose(&hop.reason)
        );
    }
    out.push_str("</ol>\n");
}

fn one_probe(out: &mut String, probe: &Probed) {
    let latency = probe.latency_ms.map_or_else(String::new, |ms| format!("last in {}", duration(ms)));
    let _ = writeln!(
        out,
        "<div class=\"probe\"><div class=\"title\"><span class=\"chip {}\">{}</span><span class=\"mono\">{}</span>\
         <span class=\"soft\">{latency}</span><span class=\"mono soft\">{}</span></div>",
        probe_tone(probe.result),
        probe.result.name(),
        text(&probe.name),
        code(probe.code)
    );
    if let Some(reason) =
        probe.reason.as_deref().filter(|reason| reason.len() > 24 && probe.attempts.is_empty())
    {
        let _ = writeln!(out, "<p>{}</p>", text(reason));
    }
    if !probe.attempts.is_empty() {
        out.push_str("<div class=\"tries\">");
        for (at, attempt) in probe.attempts.iter().enumerate() {
            if at > 0 {
                out.push_str("<span class=\"arrow\">→</span>");
            }
            one_try(out, attempt, probe.result);
        }
        out.push_str("</div>\n");
    }
    if !probe.snapshot.is_null() && probe.result != ProbeResult::Pass {
        let _ = writeln!(
            out,
            "<div class=\"log\"><p>the last answer</p><pre>{}</pre></div>",
            text(&shown(&probe.snapshot))
        );
    }
    out.push_str("</div>\n");
}

/// What was only not so yet, before a good end, is no alarm.
fn one_try(out: &mut String, attempt: &Attempt, end: ProbeResult) {
    let reason = if attempt.reason.is_empty() { attempt.result.name() } else { attempt.reason.as_str() };
    let times = if attempt.times > 1 { format!(" <b>×{}</b>", attempt.times) } else { String::new() };
    let _ = write!(
        out,
        "<span class=\"try {}\" title=\"{}\">{}{times} <i>{}</i></span>",
        if end == ProbeResult::Pass && attempt.result != end { "rest" } else { probe_tone(attempt.result) },
        text(&day_and_time(&attempt.at)),
        text(reason),
        duration(attempt.latency_ms)
    );
}

pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Value::Object(_) | Value::Array(_) => serde_json::to_string_pretty(value).unwrap_or_default(),
        other => other.to_string(),
    }
}
