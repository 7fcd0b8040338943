//! `guard run -- SCRIPT` on a protected environment: a script that the contract declares as a `wrapper`
//! one, with proof, mark, lease and ledger like a migration.

use std::cell::RefCell;

use serde_json::Map;

use super::admit::{self, Admitted, Door};
use super::wrapped::{child, installed};
use super::{aftermath, reads};
use crate::gate::enter::Request;
use crate::gate::open::{Clearance, Purpose, open};
use crate::gate::project::{Project, Target};
use crate::io::keeper::Kept;
use crate::run::urls::{self, Reading, same_place};
use crate::run::{Ran, leads_to, refused};
use crate::words::ending::{Code, Ending, Outcome};
use crate::words::secret::Redactor;

/// Variables whose values nobody may see in what the script says.
const SECRETS: [&str; 8] = [
    "GUARD_SIGNING_KEY",
    "GUARD_DEPLOY_KEY",
    "GUARD_ID_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "CIRCLE_OIDC_TOKEN",
    "CIRCLE_OIDC_TOKEN_V2",
    "BUILDKITE_AGENT_ACCESS_TOKEN",
];

/// Runs it; its own exit code, or why it was not started.
#[must_use]
pub fn run(request: &Request<'_>, command: &[String], quiet: bool) -> Ran {
    let admitted: RefCell<Admitted> = RefCell::default();
    let also = |project: &Project, target: &Target| -> Result<(), Ending> {
        let environment = target.environment.as_str();
        let folder = request.folder;
        let told = admit::admit(&project.contract, &project.root, folder, environment, Door::Run, command)?;
        installed(command, request)?;
        admitted.replace(told);
        Ok(())
    };
    // What nobody ever may is said before anything else is looked at.
    let early = Project::around(request.folder, request.variables).and_then(|project| {
        crate::proof::in_ci(request.variables)?;
        also(&project, &project.target(request.environment)?)
    });
    if let Err(ending) = early {
        return Ran::Ending(ending.of(request.environment));
    }
    let asked = &Request { also: Some(&also), ..*request };
    let mut clearance = match open(asked, Purpose::Script) {
        Ok(clearance) => clearance,
        Err(ending) => return Ran::Ending(ending),
    };
    let admitted = admitted.take();
    match work(&mut clearance, request, &admitted, command, quiet) {
        Ok(code) => Ran::Code(code),
        Err(ending) => Ran::Ending(clearance.answer(ending)),
    }
}

fn work(
    clearance: &mut Clearance,
    request: &Request<'_>,
    admitted: &Admitted,
    command: &[String],
    quiet: bool,
) -> Result<u8, Ending> {
    let mut body = Map::new();
    let words = crate::words::secret::strike_command(&admitted.words);
    body.insert("command".into(), format!("run -- {words}").into());
    let redactor = match allowed(clearance, request, admitted) {
        Ok(redactor) => redactor,
        Err(refusal) => {
            clearance.begin(body)?;
            ended(clearance, Outcome::Refused, refusal.code, None)?;
            return Err(refusal);
        }
    };
    clearance.begin(body)?;
    let before = aftermath::look(&mut clearance.entered().session)?;
    let kept = Kept {
        program: command.first().cloned().unwrap_or_default(),
        arguments: command.get(1..).unwrap_or_default().to_vec(),
        directory: request.folder.to_owned(),
        environment: request.variables.clone(),
        redactor,
        quiet,
    };
    let judged = child(kept, clearance).and_then(|done| {
        if done.stopped {
            return Err(Ending::failed(
                Code::CommandFailed,
                "the lease was lost while the command ran, and it was ended",
            )
            .detail("exit_code", done.code));
        }
        let text = spoken(clearance, admitted);
        aftermath::compare(&mut clearance.entered().session, &before, &[text.as_str()])
            .and_then(|()| clearance.mark_intact())
            .map_err(Ending::tried)?;
        Ok(done.code)
    });
    match judged {
        Ok(code) => {
            let outcome = if code == 0 { Outcome::Ok } else { Outcome::Failed };
            ended(clearance, outcome, None, Some(code)).map_err(Ending::tried)?;
            Ok(code)
        }
        Err(failed) => {
            ended(clearance, failed.outcome, failed.code, None)?;
            Err(failed)
        }
    }
}

fn ended(
    clearance: &mut Clearance,
    outcome: Outcome,
    code: Option<Code>,
    exit: Option<u8>,
) -> Result<(), Ending> {
    let mut body = Map::new();
    body.insert("code".into(), code.map(Code::name).into());
    body.insert("exit_code".into(), exit.into());
    clearance.end(outcome, body)
}

/// Every URL that it could read leads to this database, or to one of an environment that it may read.
fn allowed(
    clearance: &mut Clearance,
    request: &Request<'_>,
    admitted: &Admitted,
) -> Result<Redactor, Ending> {
    let marked = clearance.marked().cloned();
    let entered = clearance.entered();
    let mut redactor = Redactor::default();
    entered.url.teach(&mut redactor);
    for name in SECRETS {
        if let Some(value) = request.variables.filled(name) {
            redactor.know(value);
        }
    }
    let mut found = urls::all(request.variables, request.folder)?;
    for name in &admitted.env_files {
        found.extend(urls::of_file(request.variables, request.folder, name)?);
    }
    found.extend(urls::of_pairs(&admitted.sets, "the command"));
    found.extend(urls::of_words(request.variables, &admitted.words));
    for one in &found {
        let Reading::Url(url) = &one.reading else {
            let why = "guard cannot follow it";
            return Err(refused(one, &entered.target.expected, None, why, false));
        };
        url.teach(&mut redactor);
        if same_place(url, &entered.url) {
            continue;
        }
        if let Some(marked) = &marked
            && reads::is_same(url, entered, marked).unwrap_or(false)
        {
            continue;
        }
        let mut last = (None, "it is another database".to_owned());
        let mut may = false;
        for name in &admitted.reads {
            let Ok(other) = entered.project.target(name) else { continue };
            match leads_to(url, &other.expected, &entered.project.limits, &entered.run) {
                Ok(()) => may = true,
                Err(why) => last = why,
            }
        }
        if may {
            continue;
        }
        if last.0.is_none() {
            // What it is marked as decides which refusal it is.
            let own = &entered.target.expected;
            if let Err(why) = leads_to(url, own, &entered.project.limits, &entered.run) {
                last = why;
            }
        }
        let (environment, why) = last;
        let protected =
            environment.as_deref().is_some_and(|name| entered.project.contract.is_protected(name));
        return Err(refused(one, &entered.target.expected, environment, &why, protected));
    }
    Ok(redactor)
}

/// What the script speaks of: a table that it names may go.
fn spoken(clearance: &mut Clearance, admitted: &Admitted) -> String {
    let root = clearance.entered().project.root.clone();
    let texts = admitted.words.iter().filter_map(|word| std::fs::read_to_string(root.join(word)).ok());
    texts.collect::<Vec<_>>().join("\n")
}
