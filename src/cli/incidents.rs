//! `guard incidents`: what went wrong, and what was done about it.

use crate::cli::runtime::{Shape, answer};
use crate::cli::{here, refuse};
use crate::gate::enter::Request;
use crate::gate::project::Project;
use crate::incidents::command;
use crate::io::environment::Environment;
use crate::rollout::control::unnamed;
use crate::rollout::places::Places;
use crate::rollout::standing::last_environment;

const AFTER: &str = "\
Exit codes: 0 done, 1 refused or failed, 2 only what waits in the spool could be told, 64 wrong usage.";

/// What went wrong in an environment, and what was done about it
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
struct Target {
    /// An environment of the contract; by default the one last deployed
    #[arg(long = "env", value_name = "ENV")]
    environment: Option<String>,
    #[command(flatten)]
    shape: Shape,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// What is open, the newest first
    List {
        /// Those that are resolved, too
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        target: Target,
    },
    /// One incident and everything that came of it
    Show {
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        target: Target,
    },
    /// Close an incident; on a protected environment in CI only
    Resolve {
        #[arg(value_name = "ID")]
        id: String,
        /// What was done about it
        #[arg(long, value_name = "TEXT")]
        notes: String,
        #[command(flatten)]
        target: Target,
    },
}

pub(crate) fn run(args: &Args) -> u8 {
    let folder = match here() {
        Ok(folder) => folder,
        Err(refusal) => return refuse(&refusal),
    };
    let (Command::List { target, .. } | Command::Show { target, .. } | Command::Resolve { target, .. }) =
        &args.command;
    let variables = Environment::of_process();
    let project = match Project::around(&folder, &variables) {
        Ok(project) => project,
        Err(ending) => return answer(&ending, &target.shape),
    };
    let places = Places::of(&project.root);
    let Some(environment) = target.environment.clone().or_else(|| last_environment(&places)) else {
        return answer(&unnamed(&project), &target.shape);
    };
    let request = Request {
        folder: &folder,
        environment: &environment,
        variables: &variables,
        receipt: None,
        also: None,
    };
    let spool = places.spool();
    let ending = match &args.command {
        Command::List { all, .. } => command::list(&request, &spool, *all),
        Command::Show { id, .. } => command::show(&request, &spool, id),
        Command::Resolve { id, notes, .. } => command::resolve(&request, &spool, id, notes),
    };
    answer(&ending, &target.shape)
}
