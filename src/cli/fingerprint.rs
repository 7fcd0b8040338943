//! `guard fingerprint`: the mark of a database.

use std::path::PathBuf;

use crate::cli::engine;
use crate::cli::runtime::{Shape, answer};
use crate::cli::{here, refuse};

const AFTER: &str = "\
A new project:
  guard fingerprint init dev          on an empty database, anywhere
  guard fingerprint init prod         in CI; prints the pins for contract/mutation.toml
  guard fingerprint verify prod       in CI; exit 0 or 1

The variable that holds the URL stands in the contract: [environments.NAME] database = \"DATABASE_URL\". \
On a protected environment nothing connects without proof that this is CI, reading included.

Exit codes: 0 done, 1 refused or failed (the code says why), 64 wrong usage; the same in every format.";

/// The mark inside a database: which environment it is, and on which server it was made
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
struct Target {
    /// An environment of the contract
    #[arg(value_name = "ENV")]
    environment: String,
    /// The receipt of the last run, read and written [default: .guard/receipts/ENV.json]
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    #[command(flatten)]
    shape: Shape,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make the first mark and print the pins for the contract; upgrades a mark from before guard
    Init(Target),
    /// Show mark, anchors and how much they can tell apart
    Show {
        /// An environment of the contract [default: the one whose variable is set]
        #[arg(value_name = "ENV")]
        environment: Option<String>,
        #[command(flatten)]
        shape: Shape,
    },
    /// Check that the database is the one that was marked; exit 0 or 1
    Verify(Target),
    /// Make a new mark after a planned move; only in CI
    Reattest {
        #[command(flatten)]
        target: Target,
        /// Why the database moved; kept in the ledger
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Turn a copy into a lower environment
    Adopt(Target),
}

pub(crate) fn run(args: &Args) -> u8 {
    let folder = match here() {
        Ok(folder) => folder,
        Err(refusal) => return refuse(&refusal),
    };
    let asked = |target: &Target, what: engine::OnMark<'_>| {
        answer(&engine::mark(&folder, &target.environment, target.receipt.as_deref(), what), &target.shape)
    };
    match &args.command {
        Command::Init(target) => asked(target, engine::OnMark::Init),
        Command::Verify(target) => asked(target, engine::OnMark::Verify),
        Command::Adopt(target) => asked(target, engine::OnMark::Adopt),
        Command::Reattest { target, reason } => asked(target, engine::OnMark::Reattest(reason)),
        Command::Show { environment, shape } => {
            answer(&engine::show_mark(&folder, environment.as_deref()), shape)
        }
    }
}
