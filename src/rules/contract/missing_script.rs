//! contract/missing-script: an entry names a file that does not exist.

use crate::rules::facts::Facts;
use crate::words::finding::Finding;

pub const ID: &str = "contract/missing-script";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(contract) = facts.contract else { return Vec::new() };
    let scripts = contract.scripts.iter().map(|s| &s.path);
    let retired = contract.retired.iter().map(|r| &r.path);
    let instead = contract.retired.iter().filter_map(|r| r.instead.as_ref());
    scripts
        .chain(retired)
        .chain(instead)
        .filter(|path| facts.sources.find(path).is_none())
        .filter_map(|path| {
            let at = facts.policy(path.span)?;
            Some(Finding::new(
                ID,
                at,
                format!("`{}` is not in the repository: an entry for nothing is an entry for whatever gets that name", path.value),
                "name the file as it is called now, or remove the entry",
            ))
        })
        .collect()
}
