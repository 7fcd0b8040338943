//! `guard ledger`: what the runs on a database were.

use crate::cli::engine;
use crate::cli::runtime::{EXITS, Shape, answer};
use crate::cli::{here, refuse};

/// The hash-chained record of every run on a database
#[derive(Debug, clap::Args)]
#[command(after_help = EXITS, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
struct Target {
    /// An environment of the contract
    #[arg(value_name = "ENV", required_unless_present = "env")]
    environment: Option<String>,
    /// The same
    #[arg(long, value_name = "ENV", conflicts_with = "environment")]
    env: Option<String>,
    #[command(flatten)]
    shape: Shape,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// The rows, the newest last
    Show(Target),
    /// Check that every row follows from the one before; exit 0 or 1
    Verify(Target),
}

pub(crate) fn run(args: &Args) -> u8 {
    let folder = match here() {
        Ok(folder) => folder,
        Err(refusal) => return refuse(&refusal),
    };
    let (target, verify) = match &args.command {
        Command::Show(target) => (target, false),
        Command::Verify(target) => (target, true),
    };
    let environment = target.environment.as_deref().or(target.env.as_deref()).unwrap_or_default();
    answer(&engine::ledger(&folder, environment, verify), &target.shape)
}
