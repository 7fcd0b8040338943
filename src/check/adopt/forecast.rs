//! What the check will say of the repository once everything is written and pinned: the check itself, on the
//! files as they would be.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Piece, What};
use crate::check::history::UNFROZEN;
use crate::check::run::{CheckError, Request, over};
use crate::io::tree::Tree;

/// How many findings of each rule are left.
pub(super) struct Forecast(BTreeMap<&'static str, usize>);

impl Forecast {
    pub(super) fn of(tree: &Tree, request: &Request<'_>, pieces: &[Piece]) -> Result<Self, CheckError> {
        let written = pieces.iter().filter_map(|piece| match &piece.what {
            What::New { text, .. } => Some((piece.path.clone(), text.clone())),
            What::Lines { after, .. } => Some((piece.path.clone(), after.clone())),
            What::There | What::Later { .. } | What::Paste { .. } => None,
        });
        let report = over(&tree.with(written), request)?;
        let mut left = BTreeMap::new();
        // Freezing is the next step in any case.
        for finding in report.findings.iter().filter(|finding| finding.rule != UNFROZEN) {
            *left.entry(finding.rule).or_default() += 1;
        }
        Ok(Self(left))
    }

    /// The next commit passes.
    pub(super) fn is_clean(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn text(&self) -> String {
        if self.is_clean() {
            return "\nOnce that is frozen, `guard check` finds nothing.\n".to_owned();
        }
        let all: usize = self.0.values().sum();
        let mut out = format!(
            "\nOnce that is frozen, `guard check` finds {all} {}:\n",
            if all == 1 { "thing" } else { "things" }
        );
        let width = self.0.keys().map(|rule| rule.len()).max().unwrap_or_default();
        for (rule, count) in &self.0 {
            let _ = writeln!(out, "  {rule:<width$}  {count}");
        }
        out
    }
}
