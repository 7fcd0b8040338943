//! `guard schema`: JSON schemas for editors and for readers of `--format json`.

use crate::cli::say;
use crate::report::{json, map, prove};

/// A JSON schema, to standard output
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: guard schema contract > mutation.schema.json")]
pub struct Args {
    #[arg(value_enum, value_name = "OF")]
    of: Of,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Of {
    /// contract/mutation.toml
    Contract,
    /// guard.toml
    Config,
    /// The output of guard check --format json
    Check,
    /// The output of guard map --format json
    Map,
    /// The output of guard prove --format json
    Prove,
}

pub(crate) fn run(args: &Args) -> u8 {
    say(
        match args.of {
            Of::Contract => include_str!("../../docs/schema/contract.schema.json"),
            Of::Config => include_str!("../../docs/schema/config.schema.json"),
            Of::Check => json::SCHEMA,
            Of::Map => map::json::SCHEMA,
            Of::Prove => prove::SCHEMA,
        },
        0,
    )
}
