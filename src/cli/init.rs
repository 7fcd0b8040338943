//! `guard init`: everything that a repository needs, in one run.

use crate::cli::{answer, engine, here, refuse};

const AFTER: &str = "\
Examples:
  guard init --plan     what it would write, whole; writes nothing
  guard init            contract/mutation.toml, guard.toml, the hook before a commit, the job in CI
  guard contract init   the contract alone

What is there stays as it is, byte for byte; a second run adds nothing. What guard does not add by itself (a \
pipeline that is one file, a hook that is no shell script) is printed, ready to paste, with what to do next.

Exit codes: 0 done, 1 it could not be done, 64 wrong usage.";

/// Set up a repository: contract, guard.toml, hook and required check; adds, and never overwrites
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// Show what would be written, and write nothing
    #[arg(long)]
    plan: bool,
}

pub(crate) fn run(args: &Args) -> u8 {
    match here() {
        Ok(root) => answer(engine::init(&root, args.plan)),
        Err(refusal) => refuse(&refusal),
    }
}
