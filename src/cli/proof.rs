//! `guard proof`: which proof this process has.

use crate::cli::engine;
use crate::cli::runtime::{EXITS, Shape, answer};
use crate::cli::{here, refuse};

/// Show the proof that this process has for an environment: its claims, never its token
#[derive(Debug, clap::Args)]
#[command(after_help = EXITS)]
pub struct Args {
    /// An environment of the contract
    #[arg(long = "env", value_name = "ENV")]
    environment: String,
    #[command(flatten)]
    shape: Shape,
}

pub(crate) fn run(args: &Args) -> u8 {
    match here() {
        Ok(folder) => answer(&engine::proof(&folder, &args.environment), &args.shape),
        Err(refusal) => refuse(&refusal),
    }
}
