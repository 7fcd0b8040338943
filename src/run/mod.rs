//! `guard run` on an unprotected environment: any command, on a database that is proven to be of it, and on
//! no other: every URL that the command could read is looked at first.

mod dotenv;
mod java;
mod pieces;
mod spellings;
mod strings;
pub mod urls;

use crate::gate::enter::{Proving, Request, enter, told};
use crate::io::child::{Child, ChildError};
use crate::io::database::failure::Failure;
use crate::io::database::url::DatabaseUrl;
use crate::io::database::{Access, Limits, Session};
use crate::mark::judge::{self, Expected};
use crate::mark::probe;
use crate::words::ending::{Code, Ending};
use urls::{Found, Reading, same_place};

/// How it ended: the command's own code, or why it was not started.
#[derive(Debug)]
pub enum Ran {
    Code(u8),
    Ending(Ending),
}

/// Checks, and then runs the command with its environment unchanged. `quiet` keeps its standard output
/// off guard's own.
#[must_use]
pub fn run(request: &Request<'_>, command: &[String], quiet: bool) -> Ran {
    if let Err(ending) = allowed(request, command) {
        return Ran::Ending(ending.of(request.environment));
    }
    let Some((program, arguments)) = command.split_first() else {
        return Ran::Ending(Ending::usage("there is no command after `--`"));
    };
    let child = Child::new(program, request.variables.clone()).arguments(arguments).directory(request.folder);
    match child.pass_through(quiet) {
        Ok(code) => Ran::Code(code),
        Err(ChildError::Missing { program }) => Ran::Ending(
            Ending::refused(Code::CommandNotFound, format!("{program} is not installed"))
                .of(request.environment)
                .next("look at the command's name and at PATH"),
        ),
        Err(error) => {
            Ran::Ending(Ending::refused(Code::CommandNotFound, error.to_string()).of(request.environment))
        }
    }
}

/// Whether the environment is one on which only declared scripts run.
pub fn is_protected(request: &Request<'_>) -> Result<bool, Ending> {
    let project = crate::gate::project::Project::around(request.folder, request.variables)?;
    Ok(project.target(request.environment)?.protected)
}

/// Whether everything that the command could reach is of this environment.
fn allowed(request: &Request<'_>, command: &[String]) -> Result<(), Ending> {
    let mut entered = enter(request, Access::Read, Proving::WhereProtected)?;
    let seen = entered.look()?;
    entered.verify(&seen)?;
    drop(entered.session.rollback());
    let own = entered.url.clone();
    let mut all = urls::all(request.variables, request.folder)?;
    all.extend(urls::of_words(request.variables, command));
    for found in all {
        let expected = &entered.target.expected;
        let judged = match &found.reading {
            Reading::Url(url) if same_place(url, &own) => continue,
            Reading::Url(url) => {
                let url = java::as_somebody(&found, url, request.variables, &own);
                leads_to(&url, expected, &entered.project.limits, &entered.run)
            }
            Reading::Unknown(why) => Err((None, (*why).to_owned())),
        };
        if let Err((environment, why)) = judged {
            let protected =
                environment.as_deref().is_some_and(|name| entered.project.contract.is_protected(name))
                    || is_host_of_protected(&found, &entered.project);
            return Err(refused(&found, expected, environment, &why, protected));
        }
    }
    Ok(())
}

pub(crate) fn refused(
    found: &Found,
    expected: &Expected,
    environment: Option<String>,
    why: &str,
    protected: bool,
) -> Ending {
    let code = if protected { Code::RunProtectedUrl } else { Code::RunUnmarkedUrl };
    let environment_text =
        environment.as_deref().map_or_else(String::new, |name| format!(" (it is marked as `{name}`)"));
    Ending::refused(
        code,
        format!(
            "{} leads to a database that is not proven to be {}{environment_text}: {why}",
            found.place, expected.environment
        ),
    )
    .detail("variable", found.variable.clone())
    .detail("where", found.place.clone())
    .detail("found", environment)
    .next(if found.variable == urls::ARGUMENT {
        format!(
            "take the address out of the command, or let it lead to a database that is marked as {}",
            expected.environment
        )
    } else {
        format!(
            "unset {} for this command, or let it lead to a database that is marked as {}",
            found.variable, expected.environment
        )
    })
}

/// Reads the mark behind a URL on a read-only session, and nothing else.
pub(crate) fn leads_to(
    url: &DatabaseUrl,
    expected: &Expected,
    limits: &Limits,
    run: &str,
) -> Result<(), (Option<String>, String)> {
    let no = |failure: Failure| (None, told(&failure).message);
    let mut session = Session::connect(url, Access::Read, limits, &format!("guard:{run}")).map_err(no)?;
    session.begin().map_err(no)?;
    let seen = probe::look(&mut session, url).map_err(no)?;
    judge::judge(&seen, url, expected).map(drop).map_err(|ending| {
        let environment = match &seen.held {
            crate::mark::table::Held::Row { environment, .. } => {
                Some(environment.chars().filter(|c| !c.is_control()).take(60).collect())
            }
            _ => None,
        };
        (environment, ending.message)
    })
}

/// A host that the contract names for a protected environment alone needs no question.
fn is_host_of_protected(found: &Found, project: &crate::gate::project::Project) -> bool {
    let Reading::Url(url) = &found.reading else { return false };
    if url.is_loopback() {
        return false;
    }
    let mut policies = project.protected().filter_map(|(_, policy)| policy);
    policies.any(|policy| policy.hosts.iter().any(|host| host.value.eq_ignore_ascii_case(&url.host)))
}
