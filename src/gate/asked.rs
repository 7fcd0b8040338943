//! The first question: is the contract frozen and not weaker, is everything committed, has the check no finding?

use super::enter::Request;
use super::open::Purpose;
use super::project::Project;
use crate::check::history::EDITED;
use crate::check::run as check;
use crate::io::tree::Tree;
use crate::words::ending::{Code, Ending};
use crate::words::finding::Finding;

/// Is the contract frozen, not weaker than the base, and is the repository clean? What is left are
/// migrations that are not as another revision has them, where the database is going to be asked. With them comes
/// the tree that was checked.
pub(super) fn contract(
    project: &Project,
    protected: bool,
    request: &Request<'_>,
    purpose: Purpose,
) -> Result<(Vec<String>, Tree), Ending> {
    let asked = check::Request {
        directory: &project.root,
        paths: &[],
        bases: &[],
        staged: false,
        environment: request.variables,
    };
    let (report, tree) = check::check_in(&asked, project.repository.as_ref())
        .map_err(|error| Ending::refused(Code::ContractFindings, format!("guard check: {error}")))?;
    // Another revision may hold what was never applied: the database is the better witness.
    let judged_later = purpose != Purpose::Script;
    let (edited, asked_now): (Vec<&Finding>, Vec<&Finding>) =
        report.findings.iter().partition(|finding| judged_later && finding.rule == EDITED);
    let worst = asked_now.iter().min_by_key(|finding| code(finding.rule).1);
    // Whoever changed the contract hears of that first, committed or not.
    let (found, first) = worst.map_or((Code::ContractFindings, false), |worst| {
        let (found, rank) = code(worst.rule);
        (found, rank < WEAKENED)
    });
    if !first && protected && tree.is_tracked_changed() {
        return Err(Ending::refused(Code::ContractDirty, "tracked files differ from the commit")
            .next("commit them, or put them back: what runs on a protected database is in git"));
    }
    match worst {
        Some(_) => Err(findings(found, &asked_now.iter().map(|it| line(it)).collect::<Vec<_>>())),
        None => Ok((edited.into_iter().map(line).collect(), tree)),
    }
}

fn line(finding: &Finding) -> String {
    format!("{}: {}", finding.rule, finding.message)
}

/// The answer to a check that is not clean.
#[must_use]
pub fn findings(code: Code, found: &[String]) -> Ending {
    let worst = found.iter().find(|line| line.starts_with(code.name())).or(found.first());
    let worst = worst.and_then(|line| line.split_once(": ")).map_or("", |(_, message)| message);
    let (many, ending) = (found.len(), if found.len() == 1 { "" } else { "s" });
    Ending::refused(code, format!("`guard check` has {many} finding{ending}: {worst}"))
        .detail("findings", found.iter().take(20).cloned().collect::<Vec<_>>())
        .next("`guard check` shows every place and what to do")
}

/// From this rank on a finding says nothing of the contract itself.
const WEAKENED: usize = 3;

/// What a finding is called here, and its rank: what makes the rest meaningless comes first.
fn code(rule: &str) -> (Code, usize) {
    match rule {
        "contract/invalid" => (Code::ContractInvalid, 0),
        "contract/unfrozen" => (Code::ContractUnfrozen, 1),
        "contract/weakened" => (Code::ContractWeakened, 2),
        "contract/destructive-migration" => (Code::MigrationDestructive, WEAKENED),
        _ => (Code::ContractFindings, WEAKENED + 1),
    }
}
