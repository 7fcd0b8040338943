//! The table of all rules: id, rank, one line, and the page that `guard explain` prints.
//!
//! SARIF, annotations, `guard rules` and the tests read it; a rule that is not here does not exist.

/// What is public about a rule. Its check is the file of the same name.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// `category/name`; never renamed, never used again for something else.
    pub id: &'static str,
    /// Orders the output, the lowest first. It lowers nothing: every finding fails the check.
    pub rank: u8,
    pub summary: &'static str,
    /// `rules/<category>/<name>.md`
    pub page: &'static str,
}

impl Rule {
    #[must_use]
    pub fn category(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(category, _)| category)
    }
}

macro_rules! rules {
    ($($id:literal, $rank:literal, $summary:literal;)+) => {
        /// In the order of the documentation.
        pub const RULES: &[Rule] = &[$(Rule {
            id: $id,
            rank: $rank,
            summary: $summary,
            page: include_str!(concat!("../../rules/", $id, ".md")),
        }),+];
    };
}

rules! {
    "contract/invalid", 5, "the contract, the lock or the signers file does not parse or contradicts itself";
    "contract/undeclared-mutation", 10, "something changes a database and belongs to no script of the contract";
    "contract/forbidden-command", 11, "a script runs a mutating command that its entry does not allow";
    "contract/forbidden-operation", 12, "a script has an operation that its entry does not allow, or that is forbidden everywhere";
    "contract/forbidden-table", 13, "a script changes a table that its entry does not name";
    "contract/forbidden-column", 14, "a script writes a column that its entry does not name";
    "contract/second-path", 50, "two scripts may change the same table";
    "contract/missing-script", 55, "an entry of the contract names a file that does not exist";
    "contract/retired-runs", 30, "a retired script does something before it exits non-zero";
    "contract/quarantine-reached", 15, "an entry point or a script reaches a quarantined file";
    "contract/quarantine-changed", 31, "a quarantined file differs from the lock, or is new";
    "contract/out-of-order", 32, "a workflow reaches a step without the steps that must come before it";
    "contract/destructive-migration", 16, "a migration drops, truncates, deletes or narrows without an allow entry";
    "contract/edited-migration", 17, "a migration that was already applied was changed or removed";
    "contract/unfrozen", 40, "contract, scripts or migrations differ from the lock";
    "contract/weakened", 6, "the contract permits more than at the base revision, without a valid approval";
    "contract/no-base", 41, "the revision that must be compared with cannot be found";
    "contract/temporary", 60, "the reason of an allow entry promises that it is only for a while";
    "contract/unverifiable", 33, "a file in scope cannot be understood, or an effect cannot be resolved";
    "guard/missing-ci-check", 20, "a protected script has no CI check on some path to an effect";
    "guard/late-ci-check", 25, "the CI check comes after something that can connect or change";
    "guard/loose-ci-check", 26, "the CI check accepts something other than CI being exactly \"true\"";
    "guard/conditional-ci-check", 22, "the CI check itself runs only under a condition";
    "guard/swallowed-check", 23, "the failure of a check is caught, ignored or turned into success";
    "guard/missing-fingerprint", 21, "no fingerprint check stands on some path to an effect";
    "guard/late-fingerprint", 27, "a connection is used before the fingerprint check";
    "guard/not-a-guard", 18, "what is called as a guard does not stop the process when it should";
    "guard/other-database", 19, "the fingerprint check looks at another database than the effect uses";
    "guard/weaker-than-policy", 28, "an inline guard asks for less proof than the environment's policy demands";
    "guard/unguarded-connection", 24, "a connection module can hand out a connection before the fingerprint check passed";
    "guard/unwrapped-entry", 29, "an entry point starts a wrapper script without guard around it";
    "bypass/env-switch", 7, "a variable can let a guard pass";
    "bypass/cli-switch", 8, "a flag, an argument or a prompt can let a guard pass";
    "bypass/computed-switch", 9, "the name of a switch is computed, decoded or put together";
    "bypass/forged-ci", 7, "the repository itself sets CI where a guard or a protected script is reached";
    "bypass/masked-failure", 34, "a guard, a gate or a mutating command may fail unseen";
    "bypass/hook-skip", 42, "the hook that runs the check is skipped or moved away";
    "bypass/destructive-flag", 8, "a tool is told to lose data or to drop its own safety check";
    "bypass/hidden-text", 6, "hidden or look-alike characters stand in what a rule reads";
    "workflow/missing-check", 35, "no workflow runs guard check on pull requests and on the deploy branch";
    "workflow/skippable-check", 36, "the job that runs guard check can be skipped or may fail";
    "workflow/exposed-secret", 19, "a protected database's secret reaches a job that must not have it";
    "workflow/ungated-deploy", 37, "a job that changes a database does not wait for the check's job";
    "workflow/overlapping-deploys", 45, "two deploys can run at once, or one cancels the other half-way";
    "drift/port", 70, "a file says another port for a service than guard.toml";
    "drift/localhost-origin", 71, "an origin says localhost where the service listens on one address family";
    "drift/undeclared-env", 72, "a required variable is read but not declared, or declared but not read";
    "secret/database-url", 4, "a database URL with a password for another machine is in the repository";
    "secret/default-password", 4, "an admin password has a default or is written into the repository";
}

#[must_use]
pub fn index(id: &str) -> Option<usize> {
    RULES.iter().position(|rule| rule.id == id)
}

#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// A rule by its name alone, where only one rule has it.
#[must_use]
pub fn find_by_name(name: &str) -> Option<&'static Rule> {
    let mut named = RULES.iter().filter(|rule| rule.id.split_once('/').is_some_and(|(_, n)| n == name));
    named.next().filter(|_| named.next().is_none())
}

/// The rank of a finding's rule; an unknown one comes last.
#[must_use]
pub fn rank(id: &str) -> u8 {
    find(id).map_or(u8::MAX, |rule| rule.rank)
}

/// The first paragraph of the page: what the rule means.
#[must_use]
pub fn meaning(rule: &Rule) -> &'static str {
    rule.page.split("\n\n").find(|part| !part.starts_with('#')).map_or(rule.summary, str::trim)
}

/// Ids that somebody who typed `wanted` may have meant, the nearest first.
#[must_use]
pub fn near(wanted: &str) -> Vec<&'static str> {
    let wanted = wanted.to_ascii_lowercase();
    let mut scored: Vec<(usize, &'static str)> = RULES
        .iter()
        .filter_map(|rule| {
            let name = rule.id.split_once('/').map_or(rule.id, |(_, name)| name);
            let distance = edits(&wanted, rule.id).min(edits(&wanted, name));
            let inside = wanted.len() >= 4 && rule.id.contains(&wanted);
            // Of a short word, three letters more or less are another word.
            let most = (wanted.chars().count() / 3).min(3);
            if inside { Some((0, rule.id)) } else { (distance <= most).then_some((distance, rule.id)) }
        })
        .collect();
    scored.sort_unstable();
    scored.truncate(3);
    scored.into_iter().map(|(_, id)| id).collect()
}

/// Levenshtein's distance. Long input cannot be near any id, so it is not measured.
fn edits(a: &str, b: &str) -> usize {
    if a.len() > 64 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for (y, pair) in b.iter().zip(row.windows(2)) {
            let (diagonal, up) = (pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0));
            left = (diagonal + usize::from(x != *y)).min(up + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_id_is_used_once() {
        let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
    }

    #[test]
    fn every_page_has_a_title_a_meaning_and_both_examples() {
        for rule in RULES {
            assert!(rule.page.starts_with(&format!("# {}\n", rule.id)), "{}: title", rule.id);
            for part in ["\n## Why it matters\n", "\n## What to do\n", "\n## Bad\n", "\n## Good\n"] {
                assert!(rule.page.contains(part), "{}: no section {part:?}", rule.id);
            }
            assert!(meaning(rule).len() > 40, "{}: {:?}", rule.id, meaning(rule));
        }
    }

    #[test]
    fn a_mistyped_rule_finds_its_neighbour() {
        assert_eq!(near("bypass/env-swich").first(), Some(&"bypass/env-switch"));
        assert_eq!(near("unfrozn").first(), Some(&"contract/unfrozen"));
        assert!(near("nothing like any of them").is_empty());
    }

    /// Renaming a public id must show in a review.
    #[test]
    fn the_public_ids_are_these() {
        let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        insta::assert_snapshot!(ids.join("\n"), @r#"
contract/invalid
contract/undeclared-mutation
contract/forbidden-command
contract/forbidden-operation
contract/forbidden-table
contract/forbidden-column
contract/second-path
contract/missing-script
contract/retired-runs
contract/quarantine-reached
contract/quarantine-changed
contract/out-of-order
contract/destructive-migration
contract/edited-migration
contract/unfrozen
contract/weakened
contract/no-base
contract/temporary
contract/unverifiable
guard/missing-ci-check
guard/late-ci-check
guard/loose-ci-check
guard/conditional-ci-check
guard/swallowed-check
guard/missing-fingerprint
guard/late-fingerprint
guard/not-a-guard
guard/other-database
guard/weaker-than-policy
guard/unguarded-connection
guard/unwrapped-entry
bypass/env-switch
bypass/cli-switch
bypass/computed-switch
bypass/forged-ci
bypass/masked-failure
bypass/hook-skip
bypass/destructive-flag
bypass/hidden-text
workflow/missing-check
workflow/skippable-check
workflow/exposed-secret
workflow/ungated-deploy
workflow/overlapping-deploys
drift/port
drift/localhost-origin
drift/undeclared-env
secret/database-url
secret/default-password
"#);
    }
}
