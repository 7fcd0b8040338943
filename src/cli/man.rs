//! `guard man`: the man page, from the same definition as the parser.

use clap::CommandFactory as _;

use crate::cli::engine::Refusal;
use crate::cli::{Cli, refuse, say};

/// The man page, to standard output
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: guard man > guard.1 && man ./guard.1")]
pub struct Args {}

pub(crate) fn run(_: &Args) -> u8 {
    let mut out = Vec::new();
    // Memory does not refuse a write, but the signature says it might.
    match clap_mangen::Man::new(Cli::command()).render(&mut out) {
        Ok(()) => say(&String::from_utf8_lossy(&out), 0),
        Err(error) => refuse(&Refusal::new(format!("the man page cannot be made: {error}"), "")),
    }
}
