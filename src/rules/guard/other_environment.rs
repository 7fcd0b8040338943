//! guard/other-database, by what is written: the check asks for another environment than the contract says,
//! or the effect may go to a database that the check did not look at.

use crate::contract::model::Script;
use crate::knowledge::command::Gate;
use crate::lang::{Kind, prisma};
use crate::reach::event::EventKind;
use crate::rules::facts::Facts;
use crate::rules::guard::inline::OTHER_DATABASE;
use crate::words::finding::Finding;
use crate::words::span::FileId;

/// A check that is content with an environment which the script's entry does not name.
pub(super) fn check(facts: &Facts<'_>, file: FileId, script: &Script, findings: &mut Vec<Finding>) {
    let (Some(contract), Some(walk)) = (facts.contract, facts.survey.programs.get(&file)) else { return };
    let declared = |name: &str| {
        script.environments.iter().chain(&script.reads).any(|environment| environment.value == name)
    };
    let known = |name: &str| contract.environments.known.iter().any(|environment| environment.value == name);
    for event in walk.events.iter().filter(|event| !event.speculative) {
        let names: Vec<&str> = match &event.kind {
            EventKind::Fingerprint { named, .. } => named.iter().map(String::as_str).collect(),
            EventKind::Ran { meaning, .. } => match &meaning.gate {
                Some(Gate::Fingerprint { env: Some(env) }) => env.as_known().into_iter().collect(),
                _ => continue,
            },
            _ => continue,
        };
        if names.iter().any(|name| declared(name)) {
            continue;
        }
        let Some(name) = names.into_iter().find(|name| known(name)) else { continue };
        let environment = script.environments.first().map_or("", |e| e.value.as_str());
        findings.push(Finding::new(
            OTHER_DATABASE,
            facts.place_in(file, event),
            format!(
                "the fingerprint check asks for {name}, but the contract declares `{}` for {environment}",
                script.path.value
            ),
            "check the fingerprint of the environment that the contract names",
        ));
        return;
    }
}

/// By its name a variable that holds the whole address of a database, and none of those from which
/// one client takes several addresses of the same database.
pub(super) fn is_another(facts: &Facts<'_>, name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let address = ["URL", "DSN", "URI", "CONNECTION_STRING"].iter().any(|end| upper.ends_with(end));
    address
        && !facts.sources.ids().any(|id| {
            let file = facts.sources.file(id);
            file.kind == Kind::PrismaSchema
                && file
                    .text
                    .as_deref()
                    .is_some_and(|text| prisma::parse(text).url_variables.iter().any(|held| held == name))
        })
}
