//! `guard check`: what breaks the contract, in every form that was asked for.

use std::path::PathBuf;
use std::str::FromStr;

use crate::cli::engine::{self, CheckRequest, Refusal};
use crate::cli::{here, look, refuse, say};
use crate::io::{environment, output};
use crate::report::text::Look;
use crate::report::{Report, agent, github, json, sarif, text};

const AFTER: &str = "\
Examples:
  guard check                                   everything, against the base that git gives
  guard check scripts                           report only what lies in scripts/
  guard check --staged                          what the next commit would hold (for a hook)
  guard check --format github                   annotations and a job summary
  guard check --output sarif=guard.sarif --output json=guard.json

A finding is mended in the source, or allowed in contract/mutation.toml, where it is reviewed and \
signed. `guard explain RULE` says what a rule means, with examples.

Exit codes: 0 clean, 1 findings, 64 wrong usage; the same in every format.";

/// Finds what changes a protected database without the contract's leave, and what gets around a guard
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// Report only what lies here; everything is analysed all the same
    #[arg(value_name = "PATHS")]
    paths: Vec<PathBuf>,
    /// Compare with this revision, too; may be given several times and replaces nothing
    ///
    /// A branch, a tag or a commit that this clone holds, as in origin/main, v1.2 or HEAD~3. Whatever is
    /// given, the base that git or the CI job tells is compared with.
    #[arg(long = "base", value_name = "REV")]
    bases: Vec<String>,
    /// See the git index and nothing else
    #[arg(long)]
    staged: bool,
    /// What standard output is for [default: text; agent where a coding agent runs guard]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Also write this form to a file; may be given several times
    #[arg(long = "output", value_name = "FORMAT=FILE")]
    outputs: Vec<Output>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Source excerpts for people
    Text,
    /// The shape of `guard schema check`
    Json,
    /// SARIF 2.1.0 for code scanning
    Sarif,
    /// Annotations of GitHub Actions, and the job's summary
    Github,
    /// One line a finding, for coding agents
    Agent,
}

#[derive(Clone, Debug)]
struct Output {
    format: Format,
    file: PathBuf,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(value: &str) -> Result<Self, String> {
        let Some((format, file)) = value.split_once('=').filter(|(_, file)| !file.is_empty()) else {
            return Err("write FORMAT=FILE, as in sarif=guard.sarif".to_owned());
        };
        if file == "-" {
            return Err("standard output is for --format; name a file, as in json=guard.json".to_owned());
        }
        let format = <Format as clap::ValueEnum>::from_str(format, false)
            .map_err(|_| format!("there is no format `{format}`: text, json, sarif, github or agent"))?;
        Ok(Self { format, file: PathBuf::from(file) })
    }
}

pub(crate) fn run(args: &Args) -> u8 {
    match check(args) {
        Ok(exit) => exit,
        Err(refusal) => refuse(&refusal),
    }
}

fn check(args: &Args) -> Result<u8, Refusal> {
    one_file_each(&args.outputs)?;
    let request = CheckRequest {
        root: here()?,
        paths: args.paths.clone(),
        bases: args.bases.clone(),
        staged: args.staged,
    };
    let outcome = engine::check(&request)?;
    let format = args
        .format
        .unwrap_or_else(|| if agent::is_agent(environment::variable) { Format::Agent } else { Format::Text });
    let mut exit = outcome.exit;
    for each in &args.outputs {
        let form = render(&outcome.report, each.format, &Look::plain());
        if let Err(error) = output::write(&each.file, &form) {
            output::complain(&format!("guard: cannot write {}: {error}\n", each.file.display()));
            exit = exit.max(1);
        }
    }
    let on_github = format == Format::Github || args.outputs.iter().any(|each| each.format == Format::Github);
    if on_github && let Some(file) = environment::variable("GITHUB_STEP_SUMMARY").filter(|f| !f.is_empty()) {
        // The summary repeats what the annotations say; a runner without one must not fail the check.
        if let Err(error) = output::append(file.as_ref(), &github::summary(&outcome.report)) {
            output::complain(&format!("guard: cannot write the job summary: {error}\n"));
        }
    }
    Ok(say(&render(&outcome.report, format, &look()), exit))
}

fn one_file_each(outputs: &[Output]) -> Result<(), Refusal> {
    for (index, each) in outputs.iter().enumerate() {
        if outputs.iter().take(index).any(|other| other.file == each.file) {
            return Err(Refusal::usage(
                format!("two outputs would be written to {}", each.file.display()),
                "name a file for each --output",
            ));
        }
    }
    Ok(())
}

fn render(report: &Report, format: Format, look: &Look) -> String {
    match format {
        Format::Text => text::render(report, look),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Github => github::render(report),
        Format::Agent => agent::render(report),
    }
}
