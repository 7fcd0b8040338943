//! `guard status`: what runs at this moment.

use crate::cli::runtime::{Format, Shape, answer};
use crate::cli::{here, refuse, say};
use crate::io::environment::Environment;
use crate::report::visible;
use crate::rollout::status::status;

/// Show what runs: services, ports, processes, health, the tunnel, the last deploy
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An environment of the contract; by default the one last deployed
    #[arg(long = "env", value_name = "ENV")]
    environment: Option<String>,
    #[command(flatten)]
    shape: Shape,
}

pub(crate) fn run(args: &Args) -> u8 {
    let folder = match here() {
        Ok(folder) => folder,
        Err(refusal) => return refuse(&refusal),
    };
    match status(&folder, args.environment.as_deref(), &Environment::of_process()) {
        Ok(status) if args.shape.format == Format::Json => say(&format!("{}\n", status.object), 0),
        Ok(status) => {
            let lines: Vec<String> =
                status.lines.iter().map(|line| visible::line(line).into_owned()).collect();
            say(&format!("{}\n", lines.join("\n")), 0)
        }
        Err(ending) => answer(&ending, &args.shape),
    }
}
