//! What one contract permits more than another, and what less: the partial order of contracts.
//!
//! Whatever changes the meaning is a change here, so that two contracts without changes between
//! them have the same canonical form. Where it cannot be told which way a change goes, it is weaker.

mod environments;
mod rest;
mod scope;
mod scripts;

use std::fmt;

use super::meaning::Placed;
use super::model::Contract;
use crate::words::span::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Something is permitted that was not.
    Weaker,
    Tighter,
    /// The meaning is another, and nothing is permitted more or less.
    Neutral,
}

impl Direction {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Weaker => "weaker",
            Self::Tighter => "tighter",
            Self::Neutral => "neutral",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// One difference, in words that a reviewer understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub direction: Direction,
    pub what: String,
    /// Where it stands in the base contract.
    pub before: Option<Span>,
    /// Where it stands in the head contract.
    pub after: Option<Span>,
}

/// What must be known of both revisions to judge globs.
pub trait World {
    /// Paths of files that hold surfaces.
    fn surfaces(&self) -> Vec<String>;
    fn base_paths(&self) -> Vec<String>;
    fn head_paths(&self) -> Vec<String>;
}

/// All changes from `base` to `head`, the weakening ones first.
#[must_use]
pub fn compare(base: &Contract, head: &Contract, world: &dyn World) -> Vec<Change> {
    let mut changes = Changes::default();
    let seen = Seen {
        surfaces: world.surfaces(),
        base_paths: sorted(world.base_paths()),
        head_paths: sorted(world.head_paths()),
    };
    rest::project(&mut changes, base, head);
    environments::compare(&mut changes, base, head);
    scope::compare(&mut changes, base, head, &seen);
    rest::guards(&mut changes, base, head);
    scripts::compare(&mut changes, base, head);
    scope::retired(&mut changes, base, head, &seen);
    scope::quarantine(&mut changes, base, head, &seen);
    rest::forbidden(&mut changes, base, head);
    rest::migrations(&mut changes, base, head);
    rest::sequences(&mut changes, base, head);
    rest::nested(&mut changes, base, head);
    rest::approval(&mut changes, base, head);
    let mut list = changes.0;
    list.sort_by_key(|change| change.direction);
    list
}

/// Whether any of the changes needs an approval.
#[must_use]
pub fn weakens(changes: &[Change]) -> bool {
    changes.iter().any(|change| change.direction == Direction::Weaker)
}

fn sorted(mut paths: Vec<String>) -> Vec<String> {
    paths.sort();
    paths
}

/// What the world says, asked once.
struct Seen {
    surfaces: Vec<String>,
    base_paths: Vec<String>,
    head_paths: Vec<String>,
}

#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, direction: Direction, what: String, before: Option<Span>, after: Option<Span>) {
        self.0.push(Change { direction, what, before, after });
    }

    fn weaker(&mut self, what: String, before: Option<Span>, after: Option<Span>) {
        self.add(Direction::Weaker, what, before, after);
    }

    fn tighter(&mut self, what: String, before: Option<Span>, after: Option<Span>) {
        self.add(Direction::Tighter, what, before, after);
    }

    fn neutral(&mut self, what: String, before: Option<Span>, after: Option<Span>) {
        self.add(Direction::Neutral, what, before, after);
    }

    /// Each member permits something: one more is weaker.
    fn permits<T: Ord>(
        &mut self,
        base: &Placed<T>,
        head: &Placed<T>,
        more: impl Fn(&T) -> String,
        less: impl Fn(&T) -> String,
    ) {
        for (value, &span) in head.iter().filter(|(value, _)| !base.contains_key(value)) {
            self.weaker(more(value), None, Some(span));
        }
        for (value, &span) in base.iter().filter(|(value, _)| !head.contains_key(value)) {
            self.tighter(less(value), Some(span), None);
        }
    }

    /// Each member demands something: one less is weaker.
    fn demands<T: Ord>(
        &mut self,
        base: &Placed<T>,
        head: &Placed<T>,
        less: impl Fn(&T) -> String,
        more: impl Fn(&T) -> String,
    ) {
        for (value, &span) in base.iter().filter(|(value, _)| !head.contains_key(value)) {
            self.weaker(less(value), Some(span), None);
        }
        for (value, &span) in head.iter().filter(|(value, _)| !base.contains_key(value)) {
            self.tighter(more(value), None, Some(span));
        }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
