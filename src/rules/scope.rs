//! What each file is to the contract.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::glob::Globs;
use crate::contract::model::{Contract, Enforced};
use crate::reach::sources::Sources;
use crate::words::span::FileId;

#[derive(Debug, Default)]
pub struct ScopeIndex {
    pub application: BTreeSet<FileId>,
    pub tests: BTreeSet<FileId>,
    pub quarantined: BTreeSet<FileId>,
    pub retired: BTreeSet<FileId>,
    pub nested: BTreeSet<FileId>,
    pub migrations: BTreeSet<FileId>,
    /// Declared scripts: indices into the contract's list.
    pub scripts: BTreeMap<FileId, Vec<usize>>,
    pub wrappers: BTreeSet<FileId>,
    pub connections: BTreeSet<FileId>,
}

/// What is taken for a test where the contract does not say.
const USUAL_TESTS: [&str; 14] = [
    "**/*.test.*",
    "**/*.spec.*",
    "**/__tests__/**",
    "**/__mocks__/**",
    "**/*.bats",
    "**/test_*.py",
    "**/*_test.py",
    "**/conftest.py",
    "**/tests.py",
    "**/tests/**/*.py",
    "**/tests/**/*.rs",
    "**/benches/**/*.rs",
    "**/tests.rs",
    "**/test.rs",
];

impl ScopeIndex {
    #[must_use]
    pub fn of(sources: &Sources, contract: Option<&Contract>) -> Self {
        let mut index = Self::default();
        let empty = Contract::default();
        let held = contract.unwrap_or(&empty);
        let globs =
            |list: &[crate::contract::model::At<String>]| Globs::of(list.iter().map(|p| p.value.as_str()));
        let application = globs(&held.scope.application);
        let tests =
            if held.scope.tests.is_empty() { Globs::of(USUAL_TESTS) } else { globs(&held.scope.tests) };
        let quarantine = globs(&held.quarantine);
        for id in sources.ids() {
            let path = sources.path(id);
            if held
                .nested
                .iter()
                .any(|n| path.strip_prefix(n.trim_end_matches('/')).is_some_and(|r| r.starts_with('/')))
            {
                index.nested.insert(id);
                continue;
            }
            if quarantine.covers(path) {
                index.quarantined.insert(id);
            }
            if application.covers(path) {
                index.application.insert(id);
            }
            if tests.covers(path) {
                index.tests.insert(id);
            }
            if held.retired.iter().any(|r| *r.path == path) {
                index.retired.insert(id);
            }
            if held.connections.iter().any(|c| *c.path == path) {
                index.connections.insert(id);
            }
            if let Some(migrations) = &held.migrations
                && path
                    .strip_prefix(migrations.path.trim_end_matches('/'))
                    .is_some_and(|r| r.starts_with('/'))
            {
                index.migrations.insert(id);
            }
            for (at, script) in held.scripts.iter().enumerate() {
                if *script.path == path {
                    index.scripts.entry(id).or_default().push(at);
                    if script.enforced == Enforced::Wrapper {
                        index.wrappers.insert(id);
                    }
                }
            }
        }
        index
    }

    /// What stands here is nobody's surface by itself.
    #[must_use]
    pub fn exempt(&self, file: FileId) -> bool {
        self.application.contains(&file)
            || self.tests.contains(&file)
            || self.quarantined.contains(&file)
            || self.nested.contains(&file)
            || self.migrations.contains(&file)
    }
}
