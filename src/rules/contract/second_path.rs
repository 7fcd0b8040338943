//! contract/second-path: two scripts may change the same table.

use std::collections::BTreeMap;

use crate::rules::facts::Facts;
use crate::words::finding::Finding;
use crate::words::span::Span;

pub const ID: &str = "contract/second-path";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(contract) = facts.contract else { return Vec::new() };
    let mut owners: BTreeMap<(String, String), (&str, Span)> = BTreeMap::new();
    let mut findings = Vec::new();
    for script in &contract.scripts {
        for environment in &script.environments {
            for (table, grant) in &script.tables {
                if grant.operations.is_empty() {
                    continue;
                }
                let key = (environment.value.clone(), facts.names.table(table));
                match owners.get(&key) {
                    Some((other, first)) if *other != script.path.value => {
                        let (Some(at), Some(earlier)) = (facts.policy(grant.span), facts.policy(*first))
                        else {
                            continue;
                        };
                        findings.push(
                            Finding::new(
                                ID,
                                at,
                                format!(
                                    "`{}` and `{other}` may both change `{table}` on {}: with two ways in, neither can be trusted to be the only one",
                                    script.path.value, environment.value
                                ),
                                "let one script own the table, or join the two",
                            )
                            .policy(earlier, format!("`{other}` may change it, too")),
                        );
                    }
                    Some(_) => {}
                    None => {
                        owners.insert(key, (&script.path.value, grant.span));
                    }
                }
            }
        }
    }
    findings
}
