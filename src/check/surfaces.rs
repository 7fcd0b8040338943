//! Which files hold surfaces, for judging how wide a glob of the contract is.

use std::collections::BTreeSet;

use crate::check::analysis::{Analysis, CONTRACT};
use crate::contract::Contract;
use crate::contract::model::At;
use crate::io::tree::Tree;
use crate::reach::event::EventKind;

impl Analysis {
    /// Paths of files that hold surfaces by this contract's scope or by the one of `before`, for judging
    /// globs: what a scope takes out of judgement is not walked, so that it alone never tells what it hides.
    #[must_use]
    pub fn surfaces_beside(&self, tree: &Tree, before: &Contract, text: &str) -> Vec<String> {
        let mut out: BTreeSet<String> = self.surfaces().into_iter().collect();
        if self.contract.as_ref().is_some_and(|now| !same_exemptions(now, before)) {
            let then = tree.with([(format!("{}{CONTRACT}", self.prefix), text.to_owned())]);
            out.extend(Self::of(&then, &self.prefix).surfaces());
        }
        out.into_iter().collect()
    }

    fn surfaces(&self) -> Vec<String> {
        let mut out: BTreeSet<&str> = BTreeSet::new();
        for walk in self.survey.programs.values().chain(&self.survey.entry_walks) {
            for event in &walk.events {
                if matches!(event.kind, EventKind::Effect { .. } | EventKind::Unresolved { .. }) {
                    out.insert(self.sources().path(event.at.file));
                }
            }
        }
        out.into_iter().map(str::to_owned).collect()
    }
}

/// Both take the same files out of judgement, as far as their text tells.
fn same_exemptions(one: &Contract, other: &Contract) -> bool {
    let texts = |globs: &[At<String>]| globs.iter().map(|at| at.value.clone()).collect::<BTreeSet<_>>();
    let lists = |contract: &Contract| {
        [&contract.scope.application, &contract.scope.tests, &contract.quarantine].map(|globs| texts(globs))
    };
    lists(one) == lists(other)
}
