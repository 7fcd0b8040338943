//! Asks a service whether it is ready, and judges its answer. What is not yet as asked is simply not
//! ready; three results come of it only when the time is up.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::expect;
use super::ports::authority;
use crate::config::model::Probe;
use crate::io::environment::Environment;
use crate::io::http::ask::{Answer, Question, Trouble, ask};
use crate::words::secret::{Redactor, Secret};

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
    /// Cleans what an answer says before it is cut to a length that a secret may lie across.
    pub redactor: Redactor,
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
        // An unset variable leaves an address that nobody answers at, and that is told.
        _ => expect::filled(place, variables).unwrap_or_else(|_| place.to_owned()),
    }
}

impl Asked {
    #[must_use]
    pub fn probe(
        service: &str,
        probe: &Probe,
        url: String,
        timeout: Duration,
        interval: Duration,
        redactor: Redactor,
    ) -> Self {
        Self {
            redactor,
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
            Ok(mut answer) => {
                let (why_not, latency) = (self.judge(&answer).err(), answer.latency);
                answer.body = self.redactor.clean(&answer.text()).into_bytes();
                // The same judgement, in words that were cleaned before they were cut.
                let why_not = why_not.map(|why| self.judge(&answer).err().unwrap_or(why));
                Attempted { why_not, latency, snapshot: snapshot(&answer) }
            }
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
        match expect::json(&answer.text(), &self.json) {
            Some(_) if answer.is_cut() => Err("the answer is longer than what is read of it, 8 MiB".into()),
            Some(why) => Err(why),
            None => Ok(()),
        }
    }
}

fn told(trouble: &Trouble, timeout: Duration) -> String {
    match trouble {
        Trouble::Timeout => format!("no answer within {} ms", timeout.as_millis()),
        other => other.to_string(),
    }
}

fn snapshot(answer: &Answer) -> Value {
    let text = answer.text();
    let body = match serde_json::from_str::<Value>(&text) {
        Ok(body) if text.len() <= 4000 => body,
        _ => expect::excerpt(&text, 300).into(),
    };
    serde_json::json!({ "status": answer.status, "body": body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_asked_on_the_service_and_an_address_where_it_leads() {
        let variables = Environment::of([("BASE_URL", "https://a.example")]);
        assert_eq!(address("/h", "::", Some(80), &variables), "http://[::1]:80/h");
        assert_eq!(address("/h", "0.0.0.0", Some(80), &variables), "http://127.0.0.1:80/h");
        assert_eq!(address("${BASE_URL}/x", "::", Some(80), &variables), "https://a.example/x");
    }
}
