//! How every runtime command answers: text to a person, or one JSON object on standard output.

use serde_json::Value;

use crate::cli::{USAGE, say};
use crate::io::output;
use crate::report::visible;
use crate::words::ending::{Code, Ending, Outcome};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// One object: outcome, code, message, next, environment, details
    Json,
}

/// What every runtime command takes.
#[derive(Debug, Default, clap::Args)]
pub struct Shape {
    /// What standard output is for
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

/// What a command of the rollout takes that looks at one environment.
#[derive(Debug, clap::Args)]
pub struct Place {
    /// An environment of the contract; by default the one last deployed
    #[arg(long = "env", value_name = "ENV")]
    pub environment: Option<String>,
    #[command(flatten)]
    pub shape: Shape,
}

pub(crate) const EXITS: &str = "\
Exit codes: 0 done, 1 refused or failed (the code says why), 64 wrong usage; the same in every format.";

/// Prints an answer and gives its exit code.
pub(crate) fn answer(ending: &Ending, shape: &Shape) -> u8 {
    let mut told = String::new();
    let good = ending.outcome == Outcome::Ok;
    if !good {
        let code = ending.code.map(|code| format!(" [{}]", Code::name(code))).unwrap_or_default();
        told.extend(["guard: ", visible::block(&ending.message).as_str(), code.as_str(), "\n"]);
    }
    if let Some(notices) = ending.details.get("notices").and_then(Value::as_array) {
        for notice in notices.iter().filter_map(Value::as_str) {
            told.extend(["note: ", &visible::line(notice), "\n"]);
        }
    }
    for step in &ending.next {
        told.extend(["next: ", &visible::line(step), "\n"]);
    }
    let exit = if ending.outcome == Outcome::Usage { USAGE } else { ending.exit() };
    match shape.format {
        Format::Json => {
            if good {
                told.insert_str(0, &format!("{}\n", visible::block(&ending.message)));
            }
            output::complain(&told);
            say(&format!("{}\n", ending.json()), exit)
        }
        Format::Text if good => {
            let exit = say(&format!("{}\n", visible::block(&ending.message)), exit);
            output::complain(&told);
            exit
        }
        Format::Text => {
            output::complain(&told);
            exit
        }
    }
}
