//! What a probe found: three results, why, how long it took, and every attempt.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::words::ending::Code;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProbeResult {
    Pass,
    Fail,
    /// Nothing can be said: the other side or this machine's network had no answer to judge.
    Inconclusive,
}

impl ProbeResult {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// One try; equal ones in a row are one with a count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The first of them, as `2026-11-21T02:52:59.120Z`.
    pub at: String,
    pub result: ProbeResult,
    /// `401`, `refused`, `timeout`, `dns`, `tls`, or a sentence.
    pub reason: String,
    pub latency_ms: u64,
    pub times: u32,
}

/// One probe and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probed {
    /// `backend /health/db`, `tunnel https://shop.example/`, `stripe`.
    pub name: String,
    pub result: ProbeResult,
    #[serde(default)]
    pub reason: Option<String>,
    #[serde(default)]
    pub code: Option<Code>,
    #[serde(default)]
    pub latency_ms: Option<u64>,
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// What the last answer said, redacted and short.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub snapshot: Value,
}

impl Probed {
    #[must_use]
    pub fn new(name: impl Into<String>, result: ProbeResult) -> Self {
        Self {
            name: name.into(),
            result,
            reason: None,
            code: None,
            latency_ms: None,
            attempts: Vec::new(),
            snapshot: Value::Null,
        }
    }

    /// Adds a try to the end, or counts it with the one before it.
    pub fn attempt(&mut self, at: String, result: ProbeResult, reason: String, latency_ms: u64) {
        match self.attempts.last_mut() {
            Some(last) if last.result == result && last.reason == reason => {
                last.times = last.times.saturating_add(1);
                last.latency_ms = latency_ms;
            }
            _ => self.attempts.push(Attempt { at, result, reason, latency_ms, times: 1 }),
        }
    }
}

/// One step of the way from the public name to the service, in causal order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// `process`, `config`, `identity`, `edge`, `ingress`, `origin`, `public`.
    pub hop: String,
    pub result: ProbeResult,
    /// Where it did not pass.
    #[serde(default)]
    pub code: Option<Code>,
    pub reason: String,
    #[serde(default)]
    pub next: Option<String>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub evidence: Value,
}
