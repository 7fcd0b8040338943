//! `guard completions SHELL`: from the same definition as the parser.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::{Cli, say};

/// Completions for a shell, to standard output
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: guard completions bash > ~/.local/share/bash-completion/completions/guard")]
pub struct Args {
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> u8 {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "guard", &mut out);
    say(&String::from_utf8_lossy(&out), 0)
}
