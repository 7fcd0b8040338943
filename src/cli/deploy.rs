//! `guard deploy`: the gated rollout, with its events as they happen.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::runtime::{Format, Shape, answer};
use crate::cli::{here, refuse, say};
use crate::gate::enter::Request;
use crate::io::environment::{self, Environment};
use crate::io::output;
use crate::report::{rollout, visible};
use crate::rollout::deploy::{Asked, Ended, deploy};
use crate::rollout::plan::plan;
use crate::words::rollout::{Event, Kind, Report};

const AFTER: &str = include_str!("help/deploy.txt");

/// Roll out what is here: checked, migrated, started, proven ready, or put back
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// An environment of the contract
    #[arg(long = "env", value_name = "ENV")]
    environment: String,
    /// Show what would happen, and start nothing
    #[arg(long)]
    plan: bool,
    /// Queue for another rollout of this project to end
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "plan")]
    wait: Option<Duration>,
    /// So long the whole rollout may take
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    #[command(flatten)]
    shape: Shape,
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    crate::config::duration(text).ok_or_else(|| "write a number and a unit, as in 500ms, 30s, 5m".to_owned())
}

pub(crate) fn run(args: &Args) -> u8 {
    let folder = match here() {
        Ok(folder) => folder,
        Err(refusal) => return refuse(&refusal),
    };
    let variables = Environment::of_process();
    let request = Request {
        folder: &folder,
        environment: &args.environment,
        variables: &variables,
        receipt: None,
        also: None,
    };
    let asked = Asked { request, wait: args.wait, timeout: args.timeout, command: "deploy" };
    let shape = &args.shape;
    if args.plan {
        return answer(&plan(&asked, &mut |_| {}), shape);
    }
    let mut hear = |event: &Event| hear(event, shape.format);
    let ended = deploy(&asked, &forms, &mut hear);
    summary(&ended, &variables);
    told(&ended, shape)
}

/// The forms of the report that people read.
pub(crate) fn forms(report: &Report) -> Vec<(&'static str, String)> {
    vec![("txt", rollout::text::render(report, false)), ("html", rollout::html::render(report))]
}

/// One event, as it happens.
pub(crate) fn hear(event: &Event, format: Format) {
    match format {
        Format::Json => {
            let line = serde_json::to_string(event).unwrap_or_default();
            // A reader that went away is no reason to stop a rollout.
            drop(output::print(&format!("{line}\n")));
            output::complain(&format!("{}\n", line_of(event)));
        }
        Format::Text => output::complain(&format!("{}\n", line_of(event))),
    }
}

fn line_of(event: &Event) -> String {
    let time = event.time.get(11..19).unwrap_or_default();
    let name = event.state.name();
    let seconds = Duration::from_millis(event.duration_ms).as_secs_f64();
    let word = |name: &str| event.evidence.get(name).map(shown).unwrap_or_default();
    let text = match event.event {
        Kind::Enter => {
            let told: Vec<String> = ["lock", "interrupted"]
                .iter()
                .map(|name| word(name))
                .filter(|text| !text.is_empty())
                .collect();
            let told = if told.is_empty() { String::new() } else { format!(" ({})", told.join("; ")) };
            format!("{time}  {name}{told}")
        }
        Kind::Wait => {
            let what = event.waiting_for.as_deref().unwrap_or_default();
            let why = event.why_not.as_deref().map_or_else(String::new, |why| format!(": {why}"));
            format!("{time}    {seconds:>6.1} s  waiting for {what}{why}")
        }
        Kind::Leave => {
            let result = event.result.map_or("", crate::words::rollout::StateResult::name);
            let why =
                ["reason", "skipped", "kept"].iter().map(|name| word(name)).find(|text| !text.is_empty());
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            format!("{time}    {seconds:>6.1} s  {result}{why}")
        }
    };
    visible::line(&text).into_owned()
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The result: on standard output in both forms.
pub(crate) fn told(ended: &Ended, shape: &Shape) -> u8 {
    let Some(report) = &ended.report else { return answer(&ended.ending, shape) };
    let ending = &ended.ending;
    let path = ended.path.as_ref().map(|path| path.display().to_string());
    let text = match shape.format {
        Format::Json => {
            let mut object = serde_json::to_value(report).unwrap_or_default();
            object["message"] = json!(ending.message);
            object["details"] = Value::Object((*ending.details).clone());
            object["report"] = json!(path);
            format!("{object}\n")
        }
        Format::Text => {
            let mut text = rollout::text::render(report, environment::stdout_is_terminal());
            if let Some(path) = &path {
                text.extend(["\nreport: ", path.as_str(), "\n"]);
            }
            text
        }
    };
    let shown = say(&text, ending.exit());
    // A full terminal takes nothing from a rollout whose report lies on the disk.
    if path.is_some() { ending.exit() } else { shown }
}

/// The job's own page, where there is one.
fn summary(ended: &Ended, variables: &Environment) {
    if let (Some(path), Some(report)) = (variables.path("GITHUB_STEP_SUMMARY"), &ended.report) {
        // A page that cannot be written to takes nothing from the result.
        drop(output::append(&path, &rollout::markdown::render(report)));
    }
}
