//! `guard man`: the man pages, from the same definition as the parser.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};

use crate::cli::engine::Refusal;
use crate::cli::{Cli, refuse, say};
use crate::io::output;

/// The man page, to standard output, or all of them into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: guard man > guard.1 && man ./guard.1")]
pub struct Args {
    /// Write one page a command into this folder: guard.1, guard-check.1, guard-contract-freeze.1, …
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> u8 {
    let Some(folder) = &args.output else {
        return match page(Cli::command()) {
            Ok(text) => say(&text, 0),
            Err(error) => unwritten(&error),
        };
    };
    let mut command = Cli::command();
    command.build();
    match pages(&command, folder) {
        Ok(count) => say(&format!("{count} pages in {}\n", folder.display()), 0),
        Err(error) => unwritten(&error),
    }
}

fn unwritten(error: &io::Error) -> u8 {
    refuse(&Refusal::new(format!("the man page cannot be made: {error}"), ""))
}

fn page(command: Command) -> io::Result<String> {
    let mut out = Vec::new();
    clap_mangen::Man::new(command).render(&mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// The page of a command and those of what is below it; how many that were.
fn pages(command: &Command, folder: &Path) -> io::Result<usize> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    output::write(
        &folder.join(format!("{name}.1")),
        &page(command.clone().version(env!("CARGO_PKG_VERSION")))?,
    )?;
    let mut count = 1;
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        count += pages(below, folder)?;
    }
    Ok(count)
}
