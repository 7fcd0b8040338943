//! `guard shim`: what stands between a service and the rollout that started it. Only guard starts it.

use crate::io::environment::Environment;

/// Stand by a service (started by `guard deploy` alone)
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub struct Args {}

pub(crate) fn run() -> u8 {
    crate::rollout::shim::run(&Environment::of_process())
}
