//! Asks a service whether it is ready, and judges its answer. What is not yet as asked is simply not
//! ready; three results come of it only when the time is up.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::ports::authority;
use crate::config::model::Probe;
use crate::io::environment::Environment;
use crate::io::http::ask::{Answer, Question, Trouble, ask};
use crate::words::secret::Secret;

/// One question to a service, ready to be asked again and again.
#[derive(Clone, Debug)]
pub struct Asked {
    pub name: String,
    pub url: String,
    pub method: String,
    pub status: Option<u16>,
    pub json: BTreeMap<String, Value>,
    pub timeout: Duration,
    pub interval: Duration,
    pub header: Option<(String, Secret)>,
}

/// What came of one attempt.
#[derive(Clone, Debug)]
pub struct Attempted {
    /// None: as asked.
    pub why_not: Option<String>,
    pub latency: Duration,
    /// The start of the answer.
    pub snapshot: Value,
}

/// A path of the service, or a whole address with variables in it.
#[must_use]
pub fn address(place: &str, host: &str, port: Option<u16>, variables: &Environment) -> String {
    match port {
        Some(port) if place.starts_with('/') => format!("http://{}{place}", authority(host, port)),
        _ => filled(place, variables),
    }
}

/// `${NAME}` replaced by its value; an unset one by nothing.
#[must_use]
pub fn filled(text: &str, variables: &Environment) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, after)) => {
                out.push_str(variables.get(name).unwrap_or_default());
                rest = after;
            }
            None => {
                out.push_str("${");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

impl Asked {
    #[must_use]
    pub fn probe(service: &str, probe: &Probe, url: String, timeout: Duration, interval: Duration) -> Self {
        Self {
            name: format!("{service} {}", probe.http.value),
            url,
            method: "GET".into(),
            status: probe.status.as_ref().map(|at| at.value),
            json: probe.json.clone(),
            timeout,
            interval,
            header: None,
        }
    }

    /// Asks on a thread of its own, so that nobody waits for an answer that does not come.
    #[must_use]
    pub fn send(&self, variables: &Environment) -> Receiver<Attempted> {
        let (sender, receiver) = mpsc::channel();
        let (asked, variables) = (self.clone(), variables.clone());
        thread::spawn(move || {
            // Nobody listens once the wait is over.
            let _ = sender.send(asked.now(&variables));
        });
        receiver
    }

    /// Asks and waits for the answer.
    #[must_use]
    pub fn now(&self, variables: &Environment) -> Attempted {
        let mut question = Question::get(self.url.clone(), self.timeout);
        question.method.clone_from(&self.method);
        question.header.clone_from(&self.header);
        let started = std::time::Instant::now();
        match ask(&question, variables) {
            Ok(answer) => Attempted {
                why_not: self.judge(&answer).err(),
                latency: answer.latency,
                snapshot: snapshot(&answer),
            },
            Err(trouble) => Attempted {
                why_not: Some(told(&trouble, self.timeout)),
                latency: started.elapsed(),
                snapshot: Value::Null,
            },
        }
    }

    fn judge(&self, answer: &Answer) -> Result<(), String> {
        match self.status {
            Some(status) if status != answer.status => {
                return Err(format!("status {} and not {status}", answer.status));
            }
            None if !(200..300).contains(&answer.status) => return Err(format!("status {}", answer.status)),
            _ => {}
        }
        if self.json.is_empty() {
            return Ok(());
        }
        let body: Value =
            serde_json::from_slice(&answer.body).map_err(|_| "the answer is no JSON".to_owned())?;
        for (path, wanted) in &self.json {
            match at(&body, path) {
                Some(found) if same(found, wanted) => {}
                Some(found) => {
                    return Err(format!("`{path}` is {} and not {wanted}", short(&found.to_string())));
                }
                None => return Err(format!("the answer has no `{path}`")),
            }
        }
        Ok(())
    }
}

fn told(trouble: &Trouble, timeout: Duration) -> String {
    match trouble {
        Trouble::Timeout => format!("no answer within {} ms", timeout.as_millis()),
        other => other.to_string(),
    }
}

/// What stands at a dotted path. A key that itself has dots in it is found, too.
#[must_use]
pub fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let step = |value: &'v Value, key: &str| match value {
        Value::Object(map) => map.get(key),
        Value::Array(items) => key.parse::<usize>().ok().and_then(|at| items.get(at)),
        _ => None,
    };
    if let Some(found) = step(value, path) {
        return Some(found);
    }
    path.match_indices('.').find_map(|(dot, _)| at(step(value, &path[..dot])?, &path[dot + 1..]))
}

/// Numbers are the same whether or not they are written with a point.
#[must_use]
pub fn same(found: &Value, wanted: &Value) -> bool {
    match (found.as_f64(), wanted.as_f64()) {
        (Some(found), Some(wanted)) => (found - wanted).abs() < f64::EPSILON,
        _ => found == wanted,
    }
}

fn snapshot(answer: &Answer) -> Value {
    let text = answer.text();
    let body = match serde_json::from_str::<Value>(&text) {
        Ok(body) if text.len() <= 4000 => body,
        _ => short(&text).into(),
    };
    serde_json::json!({ "status": answer.status, "body": body })
}

#[must_use]
pub fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_dotted_path_leads_through_objects_and_lists() {
        let body = json!({ "services": { "db": { "healthy": true } }, "a.b": 1, "list": [{ "x": 2 }] });
        assert_eq!(at(&body, "services.db.healthy"), Some(&json!(true)));
        assert_eq!(at(&body, "a.b"), Some(&json!(1)));
        assert_eq!(at(&body, "list.0.x"), Some(&json!(2)));
        assert_eq!(at(&body, "services.mail.healthy"), None);
        assert!(same(&json!(1.0), &json!(1)) && !same(&json!("1"), &json!(1)));
    }

    #[test]
    fn variables_in_an_address_are_filled() {
        let variables = Environment::of([("BASE_URL", "https://a.example")]);
        assert_eq!(filled("${BASE_URL}/x${NONE}", &variables), "https://a.example/x");
        assert_eq!(filled("a${b", &variables), "a${b");
        assert_eq!(address("/h", "::", Some(80), &variables), "http://[::1]:80/h");
    }
}
