//! `guard stop`, `restart` and `rollback`: what runs is changed on purpose.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::deploy::{duration, hear};
use crate::cli::runtime::{Format, Place, answer};
use crate::cli::{here, refuse};
use crate::io::environment::Environment;
use crate::rollout::control::Order;
use crate::words::ending::Ending;

/// What the three have in common.
#[derive(Debug, clap::Args)]
pub struct Common {
    /// Queue for a rollout of this project to end
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    wait: Option<Duration>,
    #[command(flatten)]
    place: Place,
}

/// Stop what guard started: one service, or all of them and the tunnel
#[derive(Debug, clap::Args)]
pub struct StopArgs {
    /// A service of guard.toml; by default all of them and the tunnel
    #[arg(value_name = "SERVICE")]
    service: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// Stop a service and start it again
#[derive(Debug, clap::Args)]
pub struct RestartArgs {
    /// A service of guard.toml
    #[arg(value_name = "SERVICE")]
    service: String,
    #[command(flatten)]
    common: Common,
}

/// Start the release before this one again, or that of a report; migrations stay
#[derive(Debug, clap::Args)]
pub struct RollbackArgs {
    /// A report of a rollout that succeeded [default: the one before the last]
    #[arg(value_name = "REPORT")]
    report: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

fn ordered(common: &Common, work: impl FnOnce(&Order<'_>) -> Ending) -> u8 {
    let folder = match here() {
        Ok(folder) => folder,
        Err(refusal) => return refuse(&refusal),
    };
    let variables = Environment::of_process();
    let order = Order {
        folder: &folder,
        environment: common.place.environment.as_deref(),
        variables: &variables,
        wait: common.wait,
    };
    answer(&work(&order), &common.place.shape)
}

pub(crate) fn stop(args: &StopArgs) -> u8 {
    ordered(&args.common, |order| order.stop(args.service.as_deref(), &mut |event| hear(event, Format::Text)))
}

pub(crate) fn restart(args: &RestartArgs) -> u8 {
    ordered(&args.common, |order| order.restart(&args.service, &mut |event| hear(event, Format::Text)))
}

pub(crate) fn rollback(args: &RollbackArgs) -> u8 {
    ordered(&args.common, |order| {
        order.rollback(args.report.as_deref(), &mut |event| hear(event, Format::Text))
    })
}
