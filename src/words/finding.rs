//! What a rule says: the one shape that every output prints.

use crate::words::effect::Effect;
use crate::words::span::Place;

/// One step of the way that leads to a finding, from the entry point to the place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    pub at: Place,
    pub label: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `category/name`, one of the registry.
    pub rule: &'static str,
    pub at: Place,
    /// What was found, and why it matters.
    pub message: String,
    /// The next step. Never how to get around the rule.
    pub help: String,
    pub effects: Vec<Effect>,
    pub trace: Vec<Step>,
    /// The line of the contract that is violated, with what to say about it.
    pub policy: Option<Step>,
}

impl Finding {
    #[must_use]
    pub fn new(rule: &'static str, at: Place, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            rule,
            at,
            message: message.into(),
            help: help.into(),
            effects: Vec::new(),
            trace: Vec::new(),
            policy: None,
        }
    }

    #[must_use]
    pub fn effects(mut self, effects: Vec<Effect>) -> Self {
        self.effects = effects;
        self
    }

    #[must_use]
    pub fn trace(mut self, trace: Vec<Step>) -> Self {
        self.trace = trace;
        self
    }

    #[must_use]
    pub fn policy(mut self, at: Place, label: impl Into<String>) -> Self {
        self.policy = Some(Step { at, label: label.into() });
        self
    }
}
