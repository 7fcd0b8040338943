//! The configured end-to-end checks: what a visitor would see, and whether it stays so.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::clean;
use super::expect;
use super::external::spoken;
use super::hands::{Hands, millis, stamp};
use super::pages::error_page;
use super::places::Places;
use super::run::wrong;
use super::{standing, surroundings};
use crate::config::durations::{Durations, Wrong};
use crate::config::model::{Service, Smoke, Target};
use crate::gate::project::Project;
use crate::io::environment::Environment;
use crate::io::http::ask::{Answer, Question, Trouble};
use crate::words::ending::{Code, Ending};
use crate::words::rollout::{ProbeResult, Probed};

/// Whoever does not answer is asked so often; a wrong answer counts at once.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(250);
/// Looked at so often while it must stay as it is.
const EVERY: Duration = Duration::from_secs(1);

/// How long all of it can take, at most.
fn longest(durations: &Durations<'_>) -> Result<Duration, Wrong> {
    durations.config.smoke.iter().try_fold(Duration::from_secs(10), |sum, check| {
        let one = durations.smoke(check)?.value.saturating_mul(TRIES);
        let stable = check.stable.as_ref().map_or(Duration::ZERO, |at| at.value);
        Ok(sum.saturating_add(one).saturating_add(PAUSE * 10).saturating_add(stable.saturating_mul(2)))
    })
}

/// Every check, in the order of the file.
pub fn run(durations: &Durations<'_>, hands: &mut Hands<'_>) -> Result<Vec<Probed>, Wrong> {
    let config = durations.config;
    config
        .smoke
        .iter()
        .map(|check| Ok(one(check, durations.smoke(check)?.value, &config.services, hands)))
        .collect()
}

/// `guard smoke`: the checks of the project around a folder.
pub fn command(
    folder: &Path,
    environment: Option<&str>,
    timeout: Option<Duration>,
    variables: &Environment,
    tell: &mut dyn FnMut(&str, &str),
) -> Ending {
    match checked(folder, environment, timeout, variables, tell) {
        Ok(ending) | Err(ending) => ending,
    }
}

fn checked(
    folder: &Path,
    environment: Option<&str>,
    timeout: Option<Duration>,
    variables: &Environment,
    tell: &mut dyn FnMut(&str, &str),
) -> Result<Ending, Ending> {
    let project = Project::around(folder, variables)?;
    let last = standing::last_environment(&Places::of(&project.root));
    let environment = environment.map(str::to_owned).or(last);
    if let Some(environment) = &environment {
        project.target(environment)?;
    }
    let variables = with_commit(&project, variables);
    let redactor = surroundings::redactor(&variables, &project.config);
    let durations = Durations { config: &project.config, variables: &variables, timeout };
    let bad = |why: Wrong| wrong(&why);
    let deadline = Instant::now() + longest(&durations).map_err(bad)?;
    let mut hands = Hands { variables: &variables, redactor: &redactor, deadline, tell };
    let ending = clean::ending(&redactor, ending(&run(&durations, &mut hands).map_err(bad)?));
    Ok(match &environment {
        Some(environment) => ending.of(environment),
        None => ending,
    })
}

/// `GIT_COMMIT` is the commit that is checked out, where nobody says otherwise.
fn with_commit(project: &Project, variables: &Environment) -> Environment {
    let known = || project.repository.as_ref()?.commit("HEAD").ok().flatten();
    match variables.filled("GIT_COMMIT") {
        Some(_) => variables.clone(),
        None => {
            known().map_or_else(|| variables.clone(), |commit| variables.clone().with("GIT_COMMIT", commit))
        }
    }
}

/// What came of them, as one answer.
#[must_use]
pub fn ending(checks: &[Probed]) -> Ending {
    if checks.is_empty() {
        return Ending::refused(
            Code::SmokeNone,
            "guard.toml has no [[smoke]] check: nothing was looked at, and that is no pass",
        )
        .next("add a [[smoke]] with `name`, `url` and what must stand on the page");
    }
    let told = |result: ProbeResult| -> Vec<String> {
        let of = checks.iter().filter(|check| check.result == result);
        of.map(|check| format!("{}: {}", check.name, check.reason.as_deref().unwrap_or("passed"))).collect()
    };
    let (failed, unclear) = (told(ProbeResult::Fail), told(ProbeResult::Inconclusive));
    let count = checks.len();
    let ending = if !failed.is_empty() {
        Ending::failed(
            Code::SmokeFailed,
            format!("{} of {count} smoke checks failed: {}", failed.len(), failed.join("; ")),
        )
        .next("`guard status` shows which hop does not answer")
    } else if unclear.is_empty() {
        Ending::ok(format!("all {count} smoke checks passed"))
    } else {
        let mut ending = Ending::failed(
            Code::SmokeFailed,
            format!("{} of {count} smoke checks say nothing: {}", unclear.len(), unclear.join("; ")),
        )
        .next("this machine reaches nobody: look at its network and name server");
        ending.outcome = crate::words::ending::Outcome::Partial;
        ending
    };
    ending.detail("checks", checks.iter().map(|check| json!(check)).collect::<Vec<_>>())
}

fn one(check: &Smoke, timeout: Duration, services: &[Service], hands: &mut Hands<'_>) -> Probed {
    let mut probed = Probed::new(check.name.value.clone(), ProbeResult::Fail);
    let address = match address(&check.target, services, hands) {
        Ok(address) => address,
        Err(why) => return ended(probed, &why),
    };
    let wanted = match wanted(check, hands) {
        Ok(wanted) => wanted,
        Err(why) => return ended(probed, &why),
    };
    let until = check.stable.as_ref().map(|at| (Instant::now() + at.value, at.value));
    let mut tries = 0;
    loop {
        tries += 1;
        let timeout = hands.within(timeout);
        let (at, started) = (stamp(), Instant::now());
        let answer = hands.ask(&Question::get(&address, timeout));
        let latency = millis(answer.as_ref().map_or_else(|_| started.elapsed(), |answer| answer.latency));
        let verdict = judge(&wanted, &answer);
        let reason = hands.redactor.clean(&verdict.reason);
        probed.attempt(at, verdict.result, reason.clone(), latency);
        probed.latency_ms = Some(latency);
        probed.result = verdict.result;
        match (verdict.result, until) {
            (ProbeResult::Pass, None) => return ended(probed, &reason),
            (ProbeResult::Pass, Some((until, _))) => {
                tries = 0;
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return ended(probed, &reason);
                }
                (hands.tell)(
                    &check.name.value,
                    &format!("it must stay so for {} s more", left.as_secs() + 1),
                );
                if !hands.rest(EVERY.min(left)) {
                    probed.result = ProbeResult::Fail;
                    return ended(probed, "the time was up before it was known to stay so");
                }
            }
            _ if verdict.again && tries < TRIES => {
                (hands.tell)(&check.name.value, &reason);
                if !hands.rest(PAUSE * tries) {
                    return ended(probed, &reason);
                }
            }
            (_, Some((until, whole))) if probed.attempts.len() > 1 => {
                let after = whole.saturating_sub(until.saturating_duration_since(Instant::now()));
                return ended(probed, &format!("{reason}, after {:.1} s", after.as_secs_f64()));
            }
            _ => return ended(probed, &reason),
        }
    }
}

fn ended(mut probed: Probed, reason: &str) -> Probed {
    if probed.result != ProbeResult::Pass {
        probed.code = Some(Code::SmokeFailed);
        probed.reason = Some(reason.to_owned());
    }
    probed
}

fn address(target: &Target, services: &[Service], hands: &Hands<'_>) -> Result<String, String> {
    let fill = |text: &str| {
        expect::filled(text, hands.variables).map_err(|name| format!("the variable {name} is not set"))
    };
    match target {
        Target::Url(url) => fill(&url.value),
        Target::Service { service, http } => {
            let path = fill(&http.value)?;
            if !path.starts_with('/') {
                return Ok(path);
            }
            let found = services.iter().find(|each| each.name.value == service.value);
            let base = found.and_then(base);
            base.map(|base| format!("{base}{path}"))
                .ok_or_else(|| format!("the service {} has no port to ask", service.value))
        }
    }
}

/// Where a service is asked from this machine.
#[must_use]
pub fn base(service: &Service) -> Option<String> {
    let port = service.port.as_ref()?.value;
    let host = service.host.as_ref().map_or("127.0.0.1", |at| at.value.as_str());
    let host = match host.trim_matches(['[', ']']) {
        // Every address of the machine: the nearest one is asked.
        "" | "0.0.0.0" | "*" => "127.0.0.1".to_owned(),
        "::" => "[::1]".to_owned(),
        six if six.contains(':') => format!("[{six}]"),
        other => other.to_owned(),
    };
    Some(format!("http://{host}:{port}"))
}

/// A check with its variables filled in.
struct Wanted<'a> {
    check: &'a Smoke,
    contains: Vec<String>,
    not_contains: Vec<String>,
    ours: bool,
}

fn wanted<'a>(check: &'a Smoke, hands: &Hands<'_>) -> Result<Wanted<'a>, String> {
    let fill = |texts: &[crate::contract::model::At<String>]| -> Result<Vec<String>, String> {
        let filled = texts.iter().map(|text| expect::filled(&text.value, hands.variables));
        filled.collect::<Result<_, _>>().map_err(|name| format!("the variable {name} is not set"))
    };
    Ok(Wanted {
        check,
        contains: fill(&check.contains)?,
        not_contains: fill(&check.not_contains)?,
        ours: matches!(check.target, Target::Service { .. }),
    })
}

struct Verdict {
    result: ProbeResult,
    reason: String,
    /// Another try may show something else.
    again: bool,
}

fn judge(wanted: &Wanted<'_>, answer: &Result<Answer, Trouble>) -> Verdict {
    let fail = |reason: String, again: bool| Verdict { result: ProbeResult::Fail, reason, again };
    let answer = match answer {
        Ok(answer) => answer,
        Err(trouble @ (Trouble::NoResolver | Trouble::Offline(_))) if !wanted.ours => {
            return Verdict { result: ProbeResult::Inconclusive, reason: spoken(trouble), again: true };
        }
        Err(trouble @ (Trouble::Timeout | Trouble::Refused | Trouble::Reset | Trouble::NoResolver)) => {
            return fail(spoken(trouble), true);
        }
        Err(trouble) => return fail(spoken(trouble), false),
    };
    let (status, text) = (answer.status, answer.text());
    let page = wanted.check.not_error_page.then(|| error_page(&text)).flatten();
    if let Some(page) = page {
        return fail(format!("an error page answers: {page}"), true);
    }
    match &wanted.check.status {
        Some(at) if at.value != status => return fail(format!("{status}, not {}", at.value), status >= 500),
        None if (300..400).contains(&status) => {
            return fail(format!("{status}: it sends visitors elsewhere"), false);
        }
        None if !(200..300).contains(&status) => {
            return fail(status.to_string(), status >= 500 || status == 429 || status == 408);
        }
        _ => {}
    }
    if let Some(missing) = wanted.contains.iter().find(|words| !text.contains(words.as_str())) {
        let start = expect::excerpt(&text, 80);
        return fail(
            format!("`{}` does not stand there; it begins: {start}", expect::excerpt(missing, 80)),
            false,
        );
    }
    if let Some(there) = wanted.not_contains.iter().find(|words| text.contains(words.as_str())) {
        return fail(format!("`{}` stands there", expect::excerpt(there, 80)), false);
    }
    if let Some(why) = expect::json(&text, &wanted.check.json) {
        return fail(why, false);
    }
    Verdict { result: ProbeResult::Pass, reason: status.to_string(), again: false }
}
