//! The command line: parse, call one function, print, exit code.

pub mod check;
pub mod completions;
pub mod config;
pub mod contract;
pub mod control;
pub mod deploy;
pub mod engine;
pub mod explain;
pub mod fingerprint;
mod groups;
pub mod incidents;
pub mod init;
pub mod keys;
pub mod ledger;
pub mod logs;
pub mod man;
pub mod map;
pub mod migrate;
pub mod proof;
pub mod prove;
pub mod report;
pub mod rules;
pub mod run;
pub mod runtime;
pub mod schema;
pub mod shim;
pub mod smoke;
pub mod status;

use std::fmt::Write as _;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::cli::engine::{Answer, Refusal};
use crate::io::{environment, output, pool};
use crate::report::text::Look;
use crate::report::visible;
use crate::words::ending::Ending;

/// Wrong usage, as `sysexits` numbers it: 1 and 2 mean something else here.
pub const USAGE: u8 = 64;

const AFTER: &str = include_str!("help/guard.txt");

#[derive(Debug, Parser)]
#[command(
    name = "guard",
    version,
    about = "Proves from source who can change a production database, and what can get around its guards",
    after_help = AFTER,
    after_long_help = AFTER,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Config(config::Args),
    Contract(contract::Args),
    Deploy(deploy::Args),
    Explain(explain::Args),
    Fingerprint(fingerprint::Args),
    Incidents(incidents::Args),
    Init(init::Args),
    Keys(keys::Args),
    Ledger(ledger::Args),
    Logs(logs::Args),
    Map(map::Args),
    Migrate(migrate::Args),
    Proof(proof::Args),
    Prove(prove::Args),
    Report(report::Args),
    Restart(control::RestartArgs),
    Rollback(control::RollbackArgs),
    Rules(rules::Args),
    Run(run::Args),
    Smoke(smoke::Args),
    Status(status::Args),
    Stop(control::StopArgs),
    Completions(completions::Args),
    Man(man::Args),
    Schema(schema::Args),
    Shim(shim::Args),
}

/// Runs the program with its arguments; the exit code.
#[must_use]
pub fn run() -> u8 {
    if let Some(exit) = crate::io::keeper::role(&environment::arguments()) {
        return exit;
    }
    let matches = groups::grouped(Cli::command()).try_get_matches();
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    pool::prepare();
    match cli.command {
        Command::Check(args) => check::run(&args),
        Command::Config(args) => config::run(&args),
        Command::Contract(args) => contract::run(&args),
        Command::Deploy(args) => deploy::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Fingerprint(args) => fingerprint::run(&args),
        Command::Incidents(args) => incidents::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Keys(args) => keys::run(&args),
        Command::Ledger(args) => ledger::run(&args),
        Command::Logs(args) => logs::run(&args),
        Command::Map(args) => map::run(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Proof(args) => proof::run(&args),
        Command::Prove(args) => prove::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Restart(args) => control::restart(&args),
        Command::Rollback(args) => control::rollback(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Smoke(args) => smoke::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Stop(args) => control::stop(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Shim(_) => shim::run(),
    }
}

/// Help and version are answers; everything else that the parser stops at is wrong usage.
fn usage(error: &clap::Error) -> u8 {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    // Where not even this can be printed, the exit code still says it.
    let _ = error.print();
    if asked {
        return 0;
    }
    if wants_json(&environment::arguments()) {
        return say(&format!("{}\n", told(error).json()), USAGE);
    }
    USAGE
}

/// Whoever asked for one object gets one, however the rest of the line is written.
fn wants_json(arguments: &[std::ffi::OsString]) -> bool {
    let own: Vec<&str> =
        arguments.iter().map_while(|word| word.to_str()).take_while(|word| *word != "--").collect();
    own.contains(&"--format=json") || own.array_windows().any(|pair| *pair == ["--format", "json"])
}

/// What the parser complains of, without what stands around it for people.
fn told(error: &clap::Error) -> Ending {
    let text = error.render().to_string();
    let complaint = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = complaint.split_whitespace().collect();
    let message = words.join(" ");
    Ending::usage(message.strip_prefix("error: ").unwrap_or(&message)).next("`guard --help` shows how")
}

/// Prints a result; one that nobody can read is a failure.
fn say(text: &str, exit: u8) -> u8 {
    match output::print(text) {
        Ok(()) => exit,
        Err(error) => {
            output::complain(&format!("guard: cannot write to standard output: {error}\n"));
            exit.max(1)
        }
    }
}

fn refuse(refusal: &Refusal) -> u8 {
    let mut text = format!("guard: {}\n", visible::block(&refusal.message));
    if !refusal.next.is_empty() {
        let _ = writeln!(text, "next: {}", visible::block(&refusal.next));
    }
    output::complain(&text);
    if refusal.usage { USAGE } else { 1 }
}

fn answer(result: Result<Answer, Refusal>) -> u8 {
    match result {
        Ok(answer) => {
            let mut text = answer.text;
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            say(&text, answer.exit)
        }
        Err(refusal) => refuse(&refusal),
    }
}

/// How standard output may look.
fn look() -> Look {
    Look::decide(environment::stdout_is_terminal(), environment::variable)
}

fn here() -> Result<std::path::PathBuf, Refusal> {
    environment::current_folder().map_err(|error| {
        Refusal::new(
            format!("the current folder cannot be read: {error}"),
            "start guard inside the repository",
        )
    })
}
