//! Rules on what is said twice: ports, hosts and variables, with `guard.toml` as the one truth.

mod listeners;
pub mod localhost_origin;
pub mod port;
pub mod required;
pub mod undeclared_env;

use std::collections::BTreeSet;

use crate::lang::compose::Published;
use crate::lang::guard_toml::Deployment;
use crate::lang::origins::Origin;
use crate::words::finding::Finding;
use crate::words::span::{FileId, Place};

pub use listeners::{Listener, listeners};

/// A program that opens a port, as the engine or [`listeners`] found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    pub at: Place,
    pub listener: Listener,
}

/// A text file, for what is only written down.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    pub file: FileId,
    pub path: &'a str,
    pub text: &'a str,
}

/// All that the drift rules look at.
#[derive(Default)]
pub struct Facts<'a> {
    /// `guard.toml`, where there is one.
    pub deployment: Option<(FileId, &'a Deployment)>,
    pub origins: Vec<(FileId, &'a str, Origin)>,
    pub listening: Vec<Listening>,
    pub published: Vec<(FileId, Published)>,
    /// Every text file, tests left out. Read only where there is a `guard.toml`.
    pub texts: Vec<Text<'a>>,
    /// Names of the variables that anything in the repository reads or mentions; None where that
    /// was not worked out.
    pub reads: Option<BTreeSet<String>>,
    /// Variables without which a program ends, and where it says so.
    pub requires: Vec<(String, Place)>,
    /// Variables that the contract names for its databases.
    pub contract_env: Vec<String>,
}

/// Every drift rule, in the order of their names.
#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut out = localhost_origin::check(facts);
    out.extend(port::check(facts));
    out.extend(undeclared_env::check(facts));
    out
}

#[cfg(test)]
mod tests;
