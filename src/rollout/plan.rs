//! `guard deploy --plan`: what would happen. Nothing is started, mended or written.

use serde_json::{Map, json};

use super::clean;
use super::deploy::Asked;
use super::halt::Halt;
use super::places::Places;
use super::precheck::{self, Mode};
use super::run::{Beginning, Hear, Run, wrong};
use super::source;
use super::surroundings::redactor;
use crate::gate::project::Project;
use crate::words::ending::Ending;
use crate::words::rollout::State;

/// What would happen, as an answer.
pub fn plan(asked: &Asked<'_>, hear: &mut Hear<'_>) -> Ending {
    let environment = asked.request.environment;
    planned(asked, hear).unwrap_or_else(|ending| ending).of(environment)
}

fn planned(asked: &Asked<'_>, hear: &mut Hear<'_>) -> Result<Ending, Ending> {
    let request = &asked.request;
    let project = Project::around(request.folder, request.variables)?;
    project.target(request.environment)?;
    let places = Places::of(&project.root);
    let (commit, tree) = source::tree(&project);
    let beginning = Beginning {
        request,
        places,
        config: project.config.clone(),
        timeout: asked.timeout,
        redactor: redactor(request.variables, &project.config),
        id: "plan".into(),
        commit,
        tree,
        journal: None,
    };
    let mut run = Run::new(beginning, hear).map_err(|error| wrong(&error))?;
    let clean = |run: &Run<'_>, halt: Box<Halt>| clean::ending(&run.redactor, halt.ending);
    let stood = match precheck::precheck(&mut run, Mode::Plan, Map::new()) {
        Ok(stood) => stood,
        Err(halt) => {
            run.fail(&halt);
            return Err(clean(&run, halt));
        }
    };
    // The proof is spent once, in MIGRATE_VERIFY: a plan asks for no second one.
    drop(stood);
    let services = precheck::planned(&run).map_err(|halt| clean(&run, halt))?;
    let mut states = vec![State::Precheck.name(), State::DbValidate.name(), State::MigrateVerify.name()];
    let mut lines = vec!["PRECHECK holds; then".to_owned(), "  DB_VALIDATE, MIGRATE_VERIFY".to_owned()];
    for plan in &services {
        let word = |name: &str| plan[name].as_str().unwrap_or_default().to_owned();
        states.push(word("state"));
        if plan["gate"] == true {
            states.push(word("state").replace("_START", "_READY_GATE"));
        }
        lines.push(format!("  {}: {} {}", word("state"), word("what"), word("service")));
    }
    states.extend([State::Tunnel.name(), State::External.name(), State::Success.name()]);
    let tunnel = if run.config.tunnel.is_some() { "start or verify the tunnel" } else { "skipped" };
    lines.push(format!("  TUNNEL_START_OR_VERIFY: {tunnel}"));
    lines.push(format!("  EXTERNAL_VERIFY: {} checks", run.config.external.len()));
    lines.push("`guard migrate --plan` shows the migrations; nothing was started".into());
    let plan = Ending::ok(lines.join("\n")).detail("states", json!(states)).detail("services", services);
    Ok(clean::ending(&run.redactor, plan))
}
