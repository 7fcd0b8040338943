//! `guard map`: who can change what, drawn.

use std::path::PathBuf;

use crate::check::map::model::Map;
use crate::cli::engine::{self, Refusal};
use crate::cli::{here, look, refuse, say};
use crate::io::output;
use crate::report::map::{Part, html, json, mermaid, text};
use crate::report::text::Look;

const AFTER: &str = "\
Examples:
  guard map                               every entry point, and what it can change
  guard map --unguarded                   only the ways that no guard closes
  guard map --table orders                who can change one table
  guard map --output map.html             a page with a drawing, to look at and to hand around
  guard map --format mermaid              for a page that draws Mermaid

A way goes from an entry point through files to an effect and its tables. The guards on it are worked \
out by walking it where CI is not `true` and where the database is the wrong one.

Exit codes: 0 drawn, 1 it could not be, 64 wrong usage; findings are the matter of `guard check`.";

/// Who can change what: entry points, files, effects and tables, with the guards on each way
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// Only ways to this table; may be given several times
    #[arg(long = "table", value_name = "TABLE")]
    tables: Vec<String>,
    /// Only ways from this entry point (its title, or the file that holds it); may be given several times
    #[arg(long = "entry", value_name = "ENTRY")]
    entries: Vec<String>,
    /// Only ways without every guard
    #[arg(long)]
    unguarded: bool,
    /// What standard output is for
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Write to a file instead; its ending says the form: .html, .json, .mmd, .txt
    #[arg(long = "output", value_name = "FILE")]
    outputs: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// The shape of `guard schema map`
    Json,
    /// A flow chart
    Mermaid,
    /// One page that needs nothing else
    Html,
}

pub(crate) fn run(args: &Args) -> u8 {
    match drawn(args) {
        Ok(exit) => exit,
        Err(refusal) => refuse(&refusal),
    }
}

fn drawn(args: &Args) -> Result<u8, Refusal> {
    let outputs: Vec<(&PathBuf, Format)> =
        args.outputs.iter().map(|file| Ok((file, by_ending(file)?))).collect::<Result<_, Refusal>>()?;
    let map = engine::map(&here()?)?;
    let part = Part { tables: args.tables.clone(), entries: args.entries.clone(), unguarded: args.unguarded };
    if let Some(name) = part.unknown(&map) {
        return Err(Refusal::usage(format!("the map has no {name}"), "guard map shows them all"));
    }
    let map = part.of(map);
    for (file, format) in &outputs {
        let form = render(&map, *format, &Look::plain());
        output::write(file, &form).map_err(|error| {
            Refusal::new(
                format!("cannot write {}: {error}", file.display()),
                "name a file that can be written",
            )
        })?;
    }
    if outputs.is_empty() {
        return Ok(say(&render(&map, args.format, &look()), 0));
    }
    let names: Vec<String> = outputs.iter().map(|(file, _)| file.display().to_string()).collect();
    Ok(say(&format!("wrote {}\n", names.join(", ")), 0))
}

fn by_ending(file: &std::path::Path) -> Result<Format, Refusal> {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("html" | "htm") => Ok(Format::Html),
        Some("json") => Ok(Format::Json),
        Some("mmd" | "mermaid") => Ok(Format::Mermaid),
        Some("txt") => Ok(Format::Text),
        _ => Err(Refusal::usage(
            format!("the ending of {} says no form", file.display()),
            "name a file that ends in .html, .json, .mmd or .txt",
        )),
    }
}

fn render(map: &Map, format: Format, look: &Look) -> String {
    match format {
        Format::Text => text::render(map, look),
        Format::Json => json::render(map),
        Format::Mermaid => mermaid::render(map),
        Format::Html => html::render(map),
    }
}
