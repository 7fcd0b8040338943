//! `guard migrate --plan` and `--status`: what would happen, and what happened; nothing is written.

use serde_json::{Value as Json, json};

use super::history::Line;
use super::in_git::tracked;
use super::native::{Plan, beforehand, plan};
use super::tools;
use crate::gate::enter::{Entered, Request};
use crate::gate::open::{Purpose, open};
use crate::io::database::url::Engine;
use crate::words::ending::Ending;

/// `--plan`: what would happen; nothing is written.
#[must_use]
pub fn show_plan(request: &Request<'_>) -> Ending {
    looking(request, |plan, engine| {
        beforehand(plan, engine)?;
        let names = plan.names();
        let text = if names.is_empty() {
            "nothing is pending".to_owned()
        } else {
            format!("{} pending:\n  {}", names.len(), names.join("\n  "))
        };
        let ending = Ending::ok(text).detail("pending", names).detail("tool", plan.book.name());
        Ok(ending.detail("migrations", plan.json()).on_top(&["tool", "migrations"]))
    })
}

/// `--status`: every migration and its state, whatever tool's history it is.
#[must_use]
pub fn status(request: &Request<'_>) -> Ending {
    let mut clearance = match open(request, Purpose::Look) {
        Ok(clearance) => clearance,
        Err(ending) => return ending,
    };
    let ending = states(clearance.entered()).unwrap_or_else(|ending| ending);
    clearance.answer(ending)
}

fn states(entered: &mut Entered) -> Result<Ending, Ending> {
    if entered.target.protected
        && let Some(own) = entered.project.contract.migrations.clone()
    {
        tracked(entered, &own.path.value)?;
    }
    let Some(tool) = tools::choose(entered, None)? else {
        let nothing = "the contract names no migrations, and the database holds the history of no tool that guard reads";
        tools::told_by_nobody(entered, None)?;
        let ending = Ending::ok(nothing).detail("tool", Json::Null).detail("migrations", json!([]));
        return Ok(ending.on_top(&["tool", "migrations"]));
    };
    let history = tools::read(entered, tool)?;
    let others: Vec<&str> = tools::present(&mut entered.session)?
        .into_iter()
        .filter(|other| *other != tool)
        .map(tools::Known::name)
        .collect();
    if !others.is_empty() {
        entered.notices.push(format!("the history of {} is here, too", others.join(" and ")));
    }
    let mut text: Vec<String> = history
        .lines
        .iter()
        .map(|line| {
            let at = line.applied_at.as_deref().unwrap_or_default();
            format!("{:<13} {} {at}", line.state.name(), line.name).trim_end().to_owned()
        })
        .collect();
    if text.is_empty() {
        text.push("there are no migrations".into());
    }
    let lines: Json = history.lines.iter().map(Line::json).collect();
    let told = |ending: Ending| {
        let ending = ending.detail("tool", tool.name()).detail("migrations", lines.clone());
        ending.on_top(&["tool", "migrations"])
    };
    match history.sane().and_then(|()| tools::told_by_nobody(entered, Some(tool))) {
        Ok(()) => Ok(told(Ending::ok(text.join("\n")))),
        Err(mut ending) => {
            ending.message = format!("{}\n{}", ending.message, text.join("\n"));
            Err(told(ending))
        }
    }
}

fn looking(request: &Request<'_>, work: impl FnOnce(&Plan, Engine) -> Result<Ending, Ending>) -> Ending {
    let mut clearance = match open(request, Purpose::Look) {
        Ok(clearance) => clearance,
        Err(ending) => return ending,
    };
    let engine = clearance.engine();
    let ending = plan(&mut clearance).and_then(|plan| work(&plan, engine)).unwrap_or_else(|ending| ending);
    clearance.answer(ending)
}
