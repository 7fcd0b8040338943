//! `guard run`: a command, on a database that is proven to be of its environment.

use crate::cli::engine;
use crate::cli::runtime::{Format, Shape, answer};
use crate::cli::{here, refuse};
use crate::run::Ran;
use crate::words::ending::{Code, Ending};

const AFTER: &str = "\
Examples:
  guard run --env dev -- npm test
  guard run --env dev -- npx prisma db push
  guard run --env prod -- node scripts/sync-reference-data.js

Every database URL that the command could read (its environment, PG* variables, .env files of the \
folder) must lead to a database that is marked as that environment; one that leads elsewhere, or that \
cannot be followed, refuses, and the command is not started.

On a protected environment only scripts run that the contract declares as `wrapper` ones, with proof, mark, \
lease and ledger like a migration.

Exit codes: the command's own; 1 where it was not started, 64 wrong usage.";

/// Run a command whose every database URL is proven to lead to the environment
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// An environment of the contract
    #[arg(long = "env", value_name = "ENV")]
    environment: String,
    #[command(flatten)]
    shape: Shape,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub(crate) fn run(args: &Args) -> u8 {
    let folder = match here() {
        Ok(folder) => folder,
        Err(refusal) => return refuse(&refusal),
    };
    match engine::run(&folder, &args.environment, &args.command, args.shape.format == Format::Json) {
        Ran::Code(code) => {
            if args.shape.format == Format::Json {
                return answer(&ended(code).of(&args.environment), &args.shape).max(code);
            }
            code
        }
        Ran::Ending(ending) => answer(&ending, &args.shape),
    }
}

/// The command's own end, as the one object.
fn ended(code: u8) -> Ending {
    let told = format!("the command ended with {code}");
    let ending = if code == 0 { Ending::ok(told) } else { Ending::failed(Code::CommandFailed, told) };
    ending.detail("exit_code", code)
}
