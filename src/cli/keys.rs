//! `guard keys new`: a pair that signs marks or deploys.

use std::io::ErrorKind;
use std::path::PathBuf;

use crate::cli::engine::Refusal;
use crate::cli::runtime::{Format, Shape, answer};
use crate::cli::{refuse, say};
use crate::io::keys::SigningKey;
use crate::io::output;
use crate::words::ending::Ending;

const AFTER: &str = "\
Examples:
  guard keys new --private-key deploy.key       public half to standard output, private half to a new file
  guard keys new | gh secret set GUARD_SIGNING_KEY
                                                private half to standard output, public half to standard error

The public half stands in the contract (`keys` or `deploy_keys`), the private half in the CI's secret \
store as GUARD_SIGNING_KEY or GUARD_DEPLOY_KEY, and nowhere else.";

/// Keys that sign marks (`GUARD_SIGNING_KEY`) and deploys (`GUARD_DEPLOY_KEY`)
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a new ed25519 pair
    #[command(after_help = AFTER)]
    New {
        /// Write the private half to a new file that only you can read
        #[arg(long, value_name = "FILE")]
        private_key: Option<PathBuf>,
        #[command(flatten)]
        shape: Shape,
    },
}

pub(crate) fn run(args: &Args) -> u8 {
    let Command::New { private_key, shape } = &args.command;
    let key = match SigningKey::generate() {
        Ok(key) => key,
        Err(error) => return refuse(&Refusal::new(error.to_string(), "")),
    };
    let (private, public) = (key.text(), key.public().text());
    if let Some(path) = private_key
        && let Err(error) = output::write_private(path, &format!("{}\n", private.expose()))
    {
        let next = match error.kind() {
            ErrorKind::AlreadyExists => "name a file that does not exist yet",
            ErrorKind::NotFound => "make its folder first, readable by you alone",
            _ => "name a place that you can write to",
        };
        // A key that is there stays as it is.
        return answer(
            &Ending::uncoded(format!("cannot write {}: {error}", path.display())).next(next),
            shape,
        );
    }
    match (shape.format, private_key) {
        (Format::Json, path) => {
            let ending = Ending::ok(format!("public half, for the contract: {public}"));
            let ending = ending.detail("public", public);
            // Asked for on standard output, it is for the secret store behind the pipe.
            let ending = match path {
                Some(path) => ending.detail("private_key", path.display().to_string()),
                None => ending.detail("private", private.expose()),
            };
            answer(&ending, shape)
        }
        (Format::Text, Some(_)) => say(&format!("{public}\n"), 0),
        (Format::Text, None) => {
            output::complain(&format!("public half, for the contract: {public}\n"));
            say(&format!("{}\n", private.expose()), 0)
        }
    }
}
