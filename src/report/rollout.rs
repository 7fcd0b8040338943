//! A rollout's report for people: terminal, file, browser, and the summary of a job. None decides anything.

pub mod html;
pub mod markdown;
pub mod text;

use crate::io::clock;
use crate::words::ending::{Code, Outcome};
use crate::words::rollout::{
    Hop, ProbeResult, Probed, Report, ServiceReport, ServiceState, State, StateReport, StateResult,
};

/// The report as its public JSON.
#[must_use]
pub fn json(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(report).unwrap_or_else(|_| "{}".to_owned());
    text.push('\n');
    text
}

/// The one word on top.
#[must_use]
fn headline(report: &Report) -> &'static str {
    match report.outcome {
        Outcome::Ok => "SUCCESS",
        Outcome::Partial => "PARTIAL",
        Outcome::Refused | Outcome::Usage => "REFUSED",
        Outcome::Failed => "FAILED",
    }
}

/// The sentence under it.
fn sentence(report: &Report) -> String {
    let environment = &report.environment;
    match report.outcome {
        Outcome::Ok if report.services.iter().all(|service| !service.started) => {
            format!("{environment} is as it should be; nothing had to be started.")
        }
        Outcome::Ok => format!("Everything that {environment} needs runs and answers."),
        Outcome::Partial => format!("{environment} runs; {}.", outstanding(report)),
        Outcome::Refused | Outcome::Usage => {
            format!("Nothing was started: the way into {environment} is not clear.")
        }
        Outcome::Failed => match &report.rollback {
            Some(rollback) if !rollback.problems.is_empty() => {
                format!("{environment} could not be brought up, and {}.", left(report))
            }
            Some(rollback) if !rollback.restarted.is_empty() => {
                format!("{environment} could not be brought up; what ran before runs again.")
            }
            Some(rollback) if !rollback.stopped.is_empty() => {
                format!("{environment} could not be brought up; what this run started is stopped.")
            }
            _ => format!("{environment} could not be brought up; nothing was replaced."),
        },
    }
}

/// What a rollout that ended in part is without.
fn outstanding(report: &Report) -> String {
    let dead: Vec<&str> = report
        .services
        .iter()
        .filter(|service| service.healthy == Some(false))
        .map(|service| service.name.as_str())
        .collect();
    let checks = |wanted| -> Vec<&str> {
        let of = report.external.iter().filter(|check| check.result == wanted);
        of.map(|check| check.name.as_str()).collect()
    };
    let (failed, unclear) = (checks(ProbeResult::Fail), checks(ProbeResult::Inconclusive));
    let mut told = Vec::new();
    if !dead.is_empty() {
        let (is, does) = if dead.len() == 1 { ("is", "does") } else { ("are", "do") };
        told.push(format!("{}, which {is} optional, {does} not serve", dead.join(" and ")));
    }
    if !failed.is_empty() {
        let verb = if failed.len() == 1 { "is" } else { "are" };
        told.push(format!("{}, which {verb} optional, did not pass", failed.join(" and ")));
    }
    if !unclear.is_empty() {
        told.push(format!("{} could not be judged now", unclear.join(" and ")));
    }
    let tunnel =
        |state: &StateReport| state.state == State::Tunnel && state.result == StateResult::Inconclusive;
    if report.states.iter().any(tunnel) {
        told.push("the tunnel could not be judged now".to_owned());
    }
    if told.is_empty() { "something that is optional did not pass".to_owned() } else { told.join("; ") }
}

/// What is there after a rollback that did not go through.
fn left(report: &Report) -> String {
    let runs =
        |service: &&ServiceReport| service.state == ServiceState::Running && service.healthy != Some(false);
    let names: Vec<&str> = report.services.iter().filter(runs).map(|service| service.name.as_str()).collect();
    match names.as_slice() {
        [] if report.services.is_empty() => "what ran before was not brought back".to_owned(),
        [] => "what ran before does not come up again: nothing serves".to_owned(),
        names if names.len() == report.services.len() => {
            format!("not all of what ran before is as it was: {} runs", names.join(", "))
        }
        names => format!("of what ran before only {} runs", names.join(", ")),
    }
}

/// `340 ms`, `12.3 s`, `2 min 5 s`.
#[must_use]
pub fn duration(millis: u64) -> String {
    match millis {
        0..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        _ => format!("{} min {} s", millis / 60_000, millis / 1000 % 60),
    }
}

/// A moment as it is written in reports, in milliseconds; none for any other text.
fn moment(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let seconds = clock::seconds(
        number(0, 4)?,
        number(5, 7)?,
        number(8, 10)?,
        number(11, 13)?,
        number(14, 16)?,
        number(17, 19)?,
    )?;
    let millis = if text.get(19..20) == Some(".") { number(20, 23)? } else { 0 };
    Some(seconds * 1000 + millis)
}

/// `2026-11-21 09:14:02 UTC`.
fn day_and_time(text: &str) -> String {
    match (text.get(0..10), text.get(11..19), moment(text)) {
        (Some(day), Some(time), Some(_)) => format!("{day} {time} UTC"),
        _ => text.to_owned(),
    }
}

/// What an attempt came to, in a few words.
fn attempts(probe: &Probed) -> Vec<String> {
    let told = |attempt: &crate::words::rollout::Attempt| {
        let times = if attempt.times > 1 { format!(" ×{}", attempt.times) } else { String::new() };
        let reason = if attempt.reason.is_empty() { attempt.result.name() } else { &attempt.reason };
        format!("{reason}{times}")
    };
    probe.attempts.iter().map(told).collect()
}

/// The hops that a state left in its evidence.
fn hops(state: &StateReport) -> Vec<Hop> {
    let hops = state.evidence.get("hops").cloned();
    hops.and_then(|hops| serde_json::from_value(hops).ok()).unwrap_or_default()
}

fn code(code: Option<Code>) -> &'static str {
    code.map_or("", Code::name)
}

/// The commit, short.
fn commit(report: &Report) -> Option<String> {
    let commit = report.versions.get("commit")?;
    Some(commit.chars().take(12).collect())
}

fn is_rollback(state: &State) -> bool {
    *state == State::FailureRollback
}

/// What the rollback did, a line each.
fn rollback(report: &Report) -> Vec<String> {
    let Some(rollback) = &report.rollback else { return Vec::new() };
    let mut lines = Vec::new();
    let list = |names: &[String]| names.join(", ");
    if !rollback.stopped.is_empty() {
        lines.push(format!("stopped, newest first: {}", list(&rollback.stopped)));
    }
    if !rollback.restarted.is_empty() {
        lines.push(format!("runs again from the last good release: {}", list(&rollback.restarted)));
    }
    if !rollback.migrations_kept.is_empty() {
        lines.push(format!(
            "migrations stay applied, and are not reverted: {}",
            list(&rollback.migrations_kept)
        ));
    }
    lines.extend(rollback.problems.iter().map(|problem| format!("went wrong: {problem}")));
    lines.extend(rollback.notes.iter().cloned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_as_people_tell_them() {
        let told: Vec<String> = [7, 999, 1250, 59_999, 125_000].map(duration).to_vec();
        assert_eq!(told, ["7 ms", "999 ms", "1.2 s", "59.9 s", "2 min 5 s"]);
    }

    #[test]
    fn a_moment_is_read_and_anything_else_is_none() {
        assert_eq!(moment("1970-01-01T00:00:01.250Z"), Some(1250));
        assert_eq!(moment("1970-01-01T00:00:01Z"), Some(1000));
        for text in ["", "soon", "1970-01-01", "ü970-01-01T00:00:01Z", "1970-01-01T00:00:01.2"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
