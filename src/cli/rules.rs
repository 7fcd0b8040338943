//! `guard rules`: the list of all rules.

use crate::cli::{look, say};
use crate::report::explain;

/// All rules, one line each
#[derive(Debug, clap::Args)]
#[command(after_help = "More about one: guard explain RULE")]
pub struct Args {
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(crate) fn run(args: &Args) -> u8 {
    let text = match args.format {
        Format::Text => explain::list(look().colour),
        Format::Json => explain::list_json(),
    };
    say(&text, 0)
}
