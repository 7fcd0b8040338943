//! `guard smoke`: the configured end-to-end checks.

use std::time::Duration;

use crate::cli::deploy::duration;
use crate::cli::runtime::{Place, answer};
use crate::cli::{here, refuse};
use crate::io::environment::Environment;
use crate::io::output;
use crate::report::visible;
use crate::rollout::smoke;

const AFTER: &str = "\
Exit codes: 0 every check passed, 1 one failed or none is configured, 2 this machine reaches nobody, 64 wrong usage.";

/// Look at what is deployed as a visitor would: the [[smoke]] checks of guard.toml
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// How long one try may take
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args) -> u8 {
    let folder = match here() {
        Ok(folder) => folder,
        Err(refusal) => return refuse(&refusal),
    };
    let mut tell = |what: &str, why: &str| {
        output::complain(&format!("waiting for {}: {}\n", visible::line(what), visible::line(why)));
    };
    let variables = Environment::of_process();
    let ending =
        smoke::command(&folder, args.place.environment.as_deref(), args.timeout, &variables, &mut tell);
    answer(&ending, &args.place.shape)
}
