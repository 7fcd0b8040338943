//! `guard config`: what guard.toml says, and where every wait comes from.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::runtime::{Format, Shape, answer};
use crate::cli::{here, refuse, say};
use crate::config::Config;
use crate::config::durations::{Durations, Origin, Set};
use crate::gate::project::{self, Project};
use crate::io::environment::Environment;
use crate::rollout::clean;
use crate::rollout::surroundings::redactor;
use crate::words::ending::{Code, Ending};
use crate::words::span::Lines;

/// What guard.toml says
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Every wait, how long it is, and where that comes from
    Show(Shape),
    /// The JSON schema of guard.toml
    Schema,
    /// Whether guard.toml is valid
    Check(Shape),
}

pub(crate) fn run(args: &Args) -> u8 {
    match &args.command {
        Command::Schema => {
            let text = serde_json::to_string_pretty(&crate::config::schema()).unwrap_or_default();
            say(&format!("{text}\n"), 0)
        }
        Command::Show(shape) => with(shape, show),
        Command::Check(shape) => with(shape, |project, variables| {
            let durations = Durations { config: &project.config, variables, timeout: None };
            durations.all().map_err(|wrong| crate::rollout::run::wrong(&wrong))?;
            let count = project.config.services.len();
            Ok(Ending::ok(format!(
                "guard.toml is valid: {count} service{}",
                if count == 1 { "" } else { "s" }
            ))
            .detail("services", count))
        }),
    }
}

fn with(shape: &Shape, work: impl FnOnce(&Project, &Environment) -> Result<Ending, Ending>) -> u8 {
    let folder: PathBuf = match here() {
        Ok(folder) => folder,
        Err(refusal) => return refuse(&refusal),
    };
    let variables = Environment::of_process();
    let found = Project::around(&folder, &variables);
    // What cannot be read names no variable of its own; the others' values are known all the same.
    let pen = redactor(&variables, found.as_ref().map_or(&Config::default(), |project| &project.config));
    let ending = found.and_then(|project| work(&project, &variables));
    let ending = clean::ending(&pen, ending.unwrap_or_else(|ending| ending));
    if shape.format == Format::Json || ending.code != Some(Code::ConfigInvalid) {
        return answer(&ending, shape);
    }
    // To a person every place is shown, not only the first.
    let issues =
        ending.details.get("issues").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let mut ending = ending;
    for issue in issues.iter().skip(1).filter_map(serde_json::Value::as_str) {
        ending.message.push('\n');
        ending.message.push_str(issue);
    }
    answer(&ending, shape)
}

fn show(found: &Project, variables: &Environment) -> Result<Ending, Ending> {
    let text = project::text(&found.root, project::CONFIG)?.unwrap_or_default();
    let lines = Lines::of(&text);
    let durations = Durations { config: &found.config, variables, timeout: None };
    let sets = durations.all().map_err(|wrong| crate::rollout::run::wrong(&wrong))?;
    let origin = |set: &Set| match &set.origin {
        Origin::Flag(flag) => ("flag", (*flag).to_owned()),
        Origin::Variable(name) => ("variable", name.clone()),
        Origin::File(span) => {
            let (line, _) = lines.position(&text, span.start);
            ("file", format!("guard.toml:{line}"))
        }
        Origin::Default => ("default", String::new()),
    };
    let mut shown = Vec::new();
    let mut rows = Vec::new();
    for set in &sets {
        let (kind, place) = origin(set);
        let value = written(set.value);
        shown.push(format!("{:<40} {value:<8} {kind:<8} {place}", set.key).trim_end().to_owned());
        rows.push(json!({
            "key": set.key, "value": value, "ms": crate::rollout::hands::millis(set.value),
            "origin": kind, "place": place, "variable": set.variable,
        }));
    }
    Ok(Ending::ok(shown.join("\n")).detail("values", rows))
}

fn written(duration: std::time::Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        _ if millis.is_multiple_of(60_000) => format!("{}m", millis / 60_000),
        _ if millis.is_multiple_of(1000) => format!("{}s", millis / 1000),
        _ => format!("{millis}ms"),
    }
}
