//! `guard report`: the reports of the rollouts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::cli::runtime::{Format, Place, Shape, answer};
use crate::cli::{here, refuse, say};
use crate::io::child::Child;
use crate::io::environment::{self, Environment};
use crate::report::rollout;
use crate::rollout::control::Target;
use crate::rollout::reports;
use crate::words::ending::{Code, Ending};

/// Show the report of a rollout
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One of those that `--list` shows; by default the last one
    #[arg(value_name = "REPORT", conflicts_with_all = ["list", "last"])]
    report: Option<PathBuf>,
    /// Open its page in the browser
    #[arg(long, conflicts_with = "list")]
    open: bool,
    /// The last one, which is shown where nothing else is asked
    #[arg(long, conflicts_with = "list")]
    last: bool,
    /// Every report that is kept, the newest first
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args) -> u8 {
    let folder = match here() {
        Ok(folder) => folder,
        Err(refusal) => return refuse(&refusal),
    };
    let variables = Environment::of_process();
    let target = match Target::of(&folder, args.place.environment.as_deref(), &variables) {
        Ok(target) => target,
        Err(ending) => return answer(&ending, &args.place.shape),
    };
    let folder = reports::folder_of(&target.project.root, &target.project.config);
    let found: Vec<PathBuf> = reports::list(&folder)
        .into_iter()
        .filter(|path| reports::read(path).is_some_and(|report| report.environment == target.environment))
        .collect();
    if args.list {
        if found.is_empty() && args.place.shape.format == Format::Text {
            return answer(&Ending::ok(none(&folder, &target.environment)), &args.place.shape);
        }
        return list(&found, &args.place.shape);
    }
    let shown = match &args.report {
        Some(name) => reports::named(name, &folder),
        None => found.into_iter().find_map(|path| reports::read(&path).map(|report| (path, report))),
    };
    let Some((path, report)) = shown else {
        return answer(&missing(args, &folder, &target.environment), &args.place.shape);
    };
    if args.open {
        return open(&path.with_extension("html"), &variables, &args.place.shape);
    }
    match args.place.shape.format {
        Format::Json => say(&rollout::json(&report), 0),
        Format::Text => say(&rollout::text::render(&report, environment::stdout_is_terminal()), 0),
    }
}

/// Nothing is wrong with the configuration where there is nothing to show.
fn missing(args: &Args, folder: &Path, environment: &str) -> Ending {
    match &args.report {
        Some(path) => Ending::uncoded(format!("{} is no report of a rollout", path.display()))
            .next("`guard report --list` names those that are kept"),
        None => Ending::uncoded(none(folder, environment))
            .next(format!("`guard deploy --env {environment}` writes one, however it ends")),
    }
    .of(environment)
}

fn none(folder: &Path, environment: &str) -> String {
    format!("no rollout of {environment} has left a report in {}", folder.display())
}

fn list(found: &[PathBuf], shape: &Shape) -> u8 {
    let reports: Vec<_> = found.iter().filter_map(|path| Some((path, reports::read(path)?))).collect();
    match shape.format {
        Format::Json => {
            let rows: Vec<_> = reports
                .iter()
                .map(|(path, report)| {
                    json!({
                        "report": path.display().to_string(), "outcome": report.outcome, "code": report.code,
                        "state": report.state, "started_at": report.started_at, "duration_ms": report.duration_ms,
                    })
                })
                .collect();
            say(&format!("{}\n", json!({ "reports": rows })), 0)
        }
        Format::Text => {
            let line = |(path, report): &(&PathBuf, crate::words::rollout::Report)| {
                let code = report.code.map_or("", Code::name);
                let outcome = report.outcome.name();
                format!("{}  {outcome:<8} {code:<24} {}", report.started_at, path.display())
            };
            let lines: Vec<String> = reports.iter().map(line).collect();
            say(&format!("{}\n", lines.join("\n")), 0)
        }
    }
}

/// Programs that hand a page to the browser, by what systems call them.
const OPENERS: [&str; 3] = ["xdg-open", "open", "wslview"];

fn open(page: &Path, variables: &Environment, shape: &Shape) -> u8 {
    for opener in OPENERS {
        let child = Child::new(opener, variables.clone()).arguments([page]);
        if child.at_most(1 << 20, Duration::from_secs(10)).run().is_ok_and(|output| output.succeeded()) {
            return answer(&Ending::ok(format!("opened {}", page.display())), shape);
        }
    }
    let ending = Ending::failed(Code::CommandNotFound, "no program here opens a page");
    answer(&ending.next(format!("open {} in a browser", page.display())), shape)
}
