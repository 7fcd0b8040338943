//! `guard status`: what runs at this moment.

use crate::cli::runtime::{Format, Place, answer};
use crate::cli::{here, refuse, say};
use crate::io::environment::Environment;
use crate::report::visible;
use crate::rollout::status::status;

/// Show what runs: services, ports, processes, health, the tunnel, the last deploy
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args) -> u8 {
    let folder = match here() {
        Ok(folder) => folder,
        Err(refusal) => return refuse(&refusal),
    };
    match status(&folder, args.place.environment.as_deref(), &Environment::of_process()) {
        Ok(status) if args.place.shape.format == Format::Json => say(&format!("{}\n", status.object), 0),
        Ok(status) => {
            let lines: Vec<String> =
                status.lines.iter().map(|line| visible::line(line).into_owned()).collect();
            say(&format!("{}\n", lines.join("\n")), 0)
        }
        Err(ending) => answer(&ending, &args.place.shape),
    }
}
