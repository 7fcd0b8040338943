//! `guard contract`: propose it, pin it, compare it, sign it, verify it.

use std::path::PathBuf;

use crate::cli::engine;
use crate::cli::{answer, here, refuse};

const AFTER: &str = "\
A new repository:
  guard contract init     writes contract/mutation.toml; read it, decide what it lists
  guard contract freeze   writes contract/mutation.lock; commit both
  guard check

A change that permits more:
  guard contract diff     what it permits more, and what less
  guard contract freeze   writes the lock, exit 2: a signature is needed
  guard contract approve  somebody in allowed_signers signs the new lock; commit the signature";

/// The mutation contract: what may change a protected database, and who may widen it
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Propose a contract from what the repository holds; never overwrites one
    Init,
    /// Write the lock; exit 2 when the change permits more and nobody has signed it
    #[command(after_help = "Next: commit contract/mutation.lock. Exit codes: 0 written, 2 written but a \
                            signature is needed (guard contract approve), 1 it could not be written.")]
    Freeze,
    /// What the change permits more and what less, in words, with both lines
    Diff {
        /// Compare with this revision, too; may be given several times
        ///
        /// A branch, a tag or a commit that this clone holds, as in origin/main, v1.2 or HEAD~3.
        #[arg(long = "base", value_name = "REV")]
        bases: Vec<String>,
    },
    /// Sign the new lock with an ssh key that the base revision's signers file names
    #[command(
        after_help = "Next: commit the file under contract/approvals/. It serves for this lock and once."
    )]
    Approve {
        /// The private key, or the public one of a key in the agent [default: what the agent offers]
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// Check lock, approvals and signers; exit 0 or 1
    Verify,
}

pub(crate) fn run(args: &Args) -> u8 {
    let root = match here() {
        Ok(root) => root,
        Err(refusal) => return refuse(&refusal),
    };
    answer(match &args.command {
        Command::Init => engine::contract_init(&root),
        Command::Freeze => engine::contract_freeze(&root),
        Command::Diff { bases } => engine::contract_diff(&root, bases),
        Command::Approve { key } => engine::contract_approve(&root, key.as_deref()),
        Command::Verify => engine::contract_verify(&root),
    })
}
