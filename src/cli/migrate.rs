//! `guard migrate`: the contract's migrations, on a database that is proven to be the right one.

use std::path::PathBuf;

use crate::cli::engine::{self, OnMigrations};
use crate::cli::runtime::{Format, Shape, answer};
use crate::cli::{here, refuse};
use crate::io::{environment, output};
use crate::migrate::native::Event;
use crate::report::visible;
use crate::words::ending::Ending;

const AFTER: &str = include_str!("help/migrate.txt");

/// Apply the contract's migrations to a database that is proven to be the right one
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// An environment of the contract
    #[arg(long = "env", value_name = "ENV")]
    environment: String,
    /// Show what would happen, and write nothing
    #[arg(long, conflicts_with_all = ["status", "init"])]
    plan: bool,
    /// Show every migration and its state
    #[arg(long, conflicts_with = "init")]
    status: bool,
    /// Migrate an empty database and mark it in one run
    #[arg(long)]
    init: bool,
    /// The receipt of the last run, read and written [default: .guard/receipts/ENV.json]
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    #[command(flatten)]
    shape: Shape,
    /// The command of the team's own tool, which guard wraps
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "status")]
    command: Vec<String>,
}

pub(crate) fn run(args: &Args) -> u8 {
    let folder = match here() {
        Ok(folder) => folder,
        Err(refusal) => return refuse(&refusal),
    };
    let what = match (args.plan, args.status) {
        (true, _) => OnMigrations::Plan,
        (_, true) => OnMigrations::Status,
        _ => OnMigrations::Apply { first: args.init },
    };
    let receipt = args.receipt.as_deref();
    // `-- $COMMAND` with nothing in it is a mistake, and no wish to migrate natively.
    if args.command.is_empty() && environment::arguments().last().is_some_and(|last| last == "--") {
        return answer(&Ending::usage("there is no command after `--`"), &args.shape);
    }
    let ending = if args.command.is_empty() {
        engine::migrate(&folder, &args.environment, receipt, what, &mut progress)
    } else {
        let quiet = args.shape.format == Format::Json;
        engine::wrapped(&folder, &args.environment, receipt, what, &args.command, quiet, &mut progress)
    };
    answer(&ending, &args.shape)
}

/// As it happens, for people.
fn progress(event: Event) {
    let line = match event {
        Event::Pending(names) if names.is_empty() => return,
        Event::Pending(names) => format!("pending: {}", names.join(", ")),
        Event::Started(name) => format!("applying {name}"),
        Event::Applied { name, millis } => format!("applied {name} ({millis} ms)"),
    };
    output::complain(&format!("{}\n", visible::line(&line)));
}
