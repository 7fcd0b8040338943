//! `guard schema`: JSON schemas for editors and for readers of `--format json`.

use crate::cli::say;
use crate::report::{json, map, prove};
use crate::{config, contract};

const AFTER: &str = "\
Editors that read TOML (taplo, Even Better TOML, tombi) take a schema from the first line of a file:
  guard schema contract > contract/mutation.schema.json    `#:schema ./mutation.schema.json`
  guard schema config > guard.schema.json                  `#:schema ./guard.schema.json`";

/// A JSON schema, to standard output
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
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
    match args.of {
        Of::Contract => say(&written(&contract::schema::schema()), 0),
        Of::Config => say(&written(&config::schema()), 0),
        Of::Check => say(json::SCHEMA, 0),
        Of::Map => say(map::json::SCHEMA, 0),
        Of::Prove => say(prove::SCHEMA, 0),
    }
}

fn written(schema: &serde_json::Value) -> String {
    format!("{schema:#}\n")
}
