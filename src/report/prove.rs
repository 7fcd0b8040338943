//! What a proof by planting showed: counts for each script, and everything that survived.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::check::prove::model::{Fate, Planted, Proof};
use crate::report::json::pretty;
use crate::report::map::number;
use crate::report::text::Look;
use crate::report::visible;

/// The published schema, for `guard schema prove` and for the test.
pub const SCHEMA: &str = include_str!("../../docs/schema/prove.schema.json");

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    holds: bool,
    summary: Summary,
    #[serde(flatten)]
    proof: &'a Proof,
}

#[derive(Serialize)]
struct Summary {
    caught: usize,
    held: usize,
    survived: usize,
}

#[must_use]
pub fn json(proof: &Proof) -> String {
    let summary = Summary {
        caught: proof.count(Fate::Caught),
        held: proof.count(Fate::Held),
        survived: proof.count(Fate::Survived),
    };
    pretty(&Document { version: 1, holds: proof.holds(), summary, proof })
}

const GOOD: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)));
const BAD: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))).bold();
const DIM: Style = Style::new().dimmed();

#[must_use]
pub fn text(proof: &Proof, look: &Look) -> String {
    let paint = |style: Style, text: &str| {
        if look.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    };
    let mut out = String::new();
    let mut of: BTreeMap<&str, BTreeMap<&str, (usize, usize)>> = BTreeMap::new();
    for plant in &proof.plants {
        let count = of.entry(&plant.script).or_default().entry(about(plant)).or_default();
        count.0 += usize::from(plant.fate != Fate::Survived);
        count.1 += 1;
    }
    for (script, abouts) in &of {
        let told: Vec<String> = abouts
            .iter()
            .map(|(about, (good, all))| {
                paint(if good == all { GOOD } else { BAD }, &format!("{about} {good}/{all}"))
            })
            .collect();
        let _ = writeln!(out, "{}  {}", visible::line(script), told.join("  "));
    }
    if !of.is_empty() {
        out.push('\n');
    }
    for plant in proof.plants.iter().filter(|plant| plant.fate == Fate::Survived) {
        let place = format!("{}:{}", plant.path, plant.line);
        let _ = writeln!(
            out,
            "{}  {} ({})  {}",
            paint(BAD, "survived"),
            plant.kind,
            about(plant),
            visible::line(&place)
        );
        let said = if plant.instead.is_empty() { "nothing".to_owned() } else { plant.instead.join(", ") };
        let _ =
            writeln!(out, "          {}", paint(DIM, &format!("the check said: {}", visible::line(&said))));
    }
    for each in &proof.unproven {
        let _ = writeln!(
            out,
            "{}  {}: {}",
            paint(BAD, "not proven"),
            visible::line(&each.script),
            visible::line(&each.why)
        );
    }
    for each in &proof.left {
        let _ = writeln!(
            out,
            "{}  {}: {}",
            paint(DIM, "left out"),
            visible::line(&each.script),
            visible::line(&each.why)
        );
    }
    for run in proof.runs.iter().flatten() {
        let word = if run.stopped { paint(GOOD, "stopped") } else { paint(BAD, "not stopped") };
        let exit = run.exit.map(|code| format!(" with exit {code}")).unwrap_or_default();
        let _ = writeln!(
            out,
            "{word}  {}{exit}: {}  {}",
            visible::line(&run.script),
            visible::line(&run.note),
            paint(DIM, &visible::line(&run.command))
        );
    }
    let _ = writeln!(
        out,
        "{}, {}; {}: {} caught, {} held by another guard, {} survived",
        number(proof.scripts, "script"),
        number(proof.guards, "guard"),
        number(proof.plants.len(), "plant"),
        proof.count(Fate::Caught),
        proof.count(Fate::Held),
        proof.count(Fate::Survived)
    );
    if proof.count(Fate::Survived) > 0 {
        out.push_str(
            "What survived would not be seen in a change: report it as a defect of guard, with the script.\n",
        );
    }
    out
}

fn about(plant: &Planted) -> &'static str {
    plant.guard.unwrap_or("script")
}
