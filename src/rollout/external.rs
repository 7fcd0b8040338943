//! `EXTERNAL_VERIFY`: services of others. PASS, FAIL, or INCONCLUSIVE where their answer says nothing of us.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::expect;
use super::hands::{Hands, millis, stamp};
use crate::config::model::{External, ExternalKind};
use crate::io::environment::Environment;
use crate::io::http::ask::{Answer, Question, Trouble};
use crate::words::ending::Code;
use crate::words::rollout::{ExternalResult, ProbeResult, Probed};
use crate::words::secret::Secret;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    preset: Vec<Preset>,
    sample: Vec<Sample>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Preset {
    kind: String,
    url: String,
    key: String,
    /// Keys that no good answer has.
    refuse: Vec<String>,
    /// Values that hold wherever the answer has them.
    unless: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sample {
    kind: String,
    body: String,
    good: bool,
}

fn file() -> &'static File {
    static PARSED: LazyLock<File> = LazyLock::new(|| {
        toml::from_str(include_str!("../../rules/knowledge/web/external.toml")).unwrap_or_default()
    });
    &PARSED
}

fn preset(kind: ExternalKind) -> Option<&'static Preset> {
    file().preset.iter().find(|preset| preset.kind == kind.name())
}

/// One try takes so long at most.
pub const TIMEOUT: Duration = Duration::from_secs(5);
/// One try and two more where the answer says nothing.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(250);

/// Asks one of them. `timeout` is that of a single try.
pub fn verify(external: &External, timeout: Duration, hands: &mut Hands<'_>) -> Probed {
    let title = external.title().to_owned();
    let question = match question(external, timeout, hands.variables) {
        Ok(question) => question,
        Err(why) => return ended(Probed::new(title, ProbeResult::Fail), why),
    };
    let mut probed = Probed::new(title.clone(), ProbeResult::Inconclusive);
    let mut tries = 0;
    loop {
        tries += 1;
        let at = stamp();
        let asked = Question { timeout: hands.within(question.timeout), ..question.clone() };
        let started = std::time::Instant::now();
        let answer = hands.ask(&asked);
        let latency = millis(answer.as_ref().map_or_else(|_| started.elapsed(), |answer| answer.latency));
        let (result, reason) = judge(external, &answer);
        let reason = hands.redactor.clean(&reason);
        probed.attempt(at, result, reason.clone(), latency);
        probed.result = result;
        probed.latency_ms = Some(latency);
        if result != ProbeResult::Inconclusive || tries == TRIES {
            return ended(probed, reason);
        }
        (hands.tell)(&title, &reason);
        if !hands.rest(PAUSE * tries) {
            return ended(probed, reason);
        }
    }
}

/// What the report says of it.
#[must_use]
pub fn told(external: &External, probed: &Probed) -> ExternalResult {
    ExternalResult {
        name: probed.name.clone(),
        kind: external.kind.value.name().to_owned(),
        result: probed.result,
        reason: probed.reason.clone(),
        latency_ms: probed.latency_ms,
        required: external.required,
    }
}

/// What to do about it.
#[must_use]
pub fn next(external: &External, probed: &Probed) -> String {
    let title = external.title();
    let key = external
        .key_env
        .as_ref()
        .map(|at| at.value.as_str())
        .or_else(|| preset(external.kind.value).map(|preset| preset.key.as_str()));
    let word = probed.reason.as_deref().unwrap_or_default().split([':', ' ']).next().unwrap_or_default();
    match (probed.result, word, key) {
        (ProbeResult::Fail, "401" | "403" | "no-key", Some(key)) => {
            format!("look at {key}: {title} does not accept it, or not for this")
        }
        (ProbeResult::Fail, "dns" | "404", _) => format!("look at the `url` of {title} in guard.toml"),
        (ProbeResult::Fail, "tls", _) => {
            format!("look at who stands between this machine and {title}: its certificate is not good")
        }
        (ProbeResult::Fail, ..) => format!("look at what {title} answers, and at its `url` in guard.toml"),
        _ => format!("nothing is known of {title}: deploy again when it answers"),
    }
}

fn ended(mut probed: Probed, reason: String) -> Probed {
    probed.code = match probed.result {
        ProbeResult::Pass => None,
        ProbeResult::Fail => Some(Code::ExternalFailed),
        ProbeResult::Inconclusive => Some(Code::ExternalInconclusive),
    };
    probed.reason = Some(reason).filter(|_| probed.result != ProbeResult::Pass);
    probed
}

fn question(external: &External, timeout: Duration, variables: &Environment) -> Result<Question, String> {
    let preset = preset(external.kind.value);
    let url = match (&external.url, preset) {
        (Some(url), _) => expect::filled(&url.value, variables).map_err(|name| format!("unset: {name}"))?,
        (None, Some(preset)) => preset.url.clone(),
        (None, None) => return Err("address: it has no url".into()),
    };
    let key = external.key_env.as_ref().map(|at| at.value.as_str());
    let header = match key.or(preset.map(|preset| preset.key.as_str())) {
        None => None,
        Some(name) => {
            let value = variables.filled(name).ok_or_else(|| format!("no-key: {name} is not set"))?;
            // What is no header is not sent, and not shown.
            if !value.trim().bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
                return Err(format!("no-key: {name} holds what no key can be"));
            }
            Some(("authorization".to_owned(), Secret::new(format!("Bearer {}", value.trim()))))
        }
    };
    let method = external.method.as_ref().map_or("GET", |at| at.value.as_str()).to_owned();
    Ok(Question { url, method, header, accept: "application/json, */*", timeout })
}

fn judge(external: &External, answer: &Result<Answer, Trouble>) -> (ProbeResult, String) {
    let answer = match answer {
        Ok(answer) => answer,
        Err(trouble) => {
            let result = match trouble {
                Trouble::NoName | Trouble::Tls(_) | Trouble::Odd(_) | Trouble::Address(_) => {
                    ProbeResult::Fail
                }
                Trouble::Timeout
                | Trouble::Refused
                | Trouble::Reset
                | Trouble::NoResolver
                | Trouble::Offline(_) => ProbeResult::Inconclusive,
            };
            return (result, spoken(trouble));
        }
    };
    let status = answer.status;
    if let Some(wanted) = &external.status {
        if wanted.value == status {
            return body(external, answer);
        }
    } else if (200..300).contains(&status) {
        return body(external, answer);
    }
    if status == 408 || status == 429 || status >= 500 {
        return (ProbeResult::Inconclusive, status.to_string());
    }
    (ProbeResult::Fail, status.to_string())
}

/// `timeout`, or a word and what was said.
#[must_use]
pub fn spoken(trouble: &Trouble) -> String {
    let word = trouble.word();
    match trouble {
        Trouble::Timeout | Trouble::Refused | Trouble::Reset => word.to_owned(),
        Trouble::Tls(why) | Trouble::Offline(why) | Trouble::Odd(why) | Trouble::Address(why) => {
            format!("{word}: {why}")
        }
        Trouble::NoName | Trouble::NoResolver => format!("{word}: {trouble}"),
    }
}

fn body(external: &External, answer: &Answer) -> (ProbeResult, String) {
    let said = match preset(external.kind.value) {
        Some(preset) => wrong(preset, &answer.text()),
        None => None,
    };
    said.map_or((ProbeResult::Pass, answer.status.to_string()), |why| {
        (ProbeResult::Fail, format!("body: {why}"))
    })
}

/// Why a body is not that of the preset's service.
fn wrong(preset: &Preset, text: &str) -> Option<String> {
    if text.trim_start().starts_with('<') {
        return Some("a web page answers in its place".into());
    }
    let found: Value = serde_json::from_str(text).ok()?;
    if let Some(key) =
        preset.refuse.iter().find(|key| expect::at(&found, key).is_some_and(|it| !it.is_null()))
    {
        return Some(format!("it answers with `{key}`"));
    }
    preset.unless.iter().find_map(|(path, wanted)| {
        let there = expect::at(&found, path)?;
        (there != wanted)
            .then(|| format!("{path} is {}, not {}", expect::short(there), expect::short(wanted)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_what_it_says() {
        assert!(file().sample.len() > 5);
        for sample in &file().sample {
            let preset = file().preset.iter().find(|preset| preset.kind == sample.kind).unwrap();
            assert_eq!(wrong(preset, &sample.body).is_none(), sample.good, "{}", sample.body);
        }
    }

    #[test]
    fn every_kind_but_the_plain_one_has_a_preset() {
        for kind in [ExternalKind::Stripe, ExternalKind::Openai, ExternalKind::Cloudflare] {
            assert!(preset(kind).is_some_and(|preset| preset.url.starts_with("https://")));
        }
        assert!(preset(ExternalKind::Http).is_none());
    }
}
