//! How a piece of flow can end, and what of that goes on.

use crate::reach::value::{Kind, Taint, Value};
use crate::words::flow::{Block, NodeKind};
use crate::words::span::Place;
use std::rc::Rc;

/// How a piece of flow can end. Several may hold at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow {
    pub(super) falls: bool,
    /// Apart, since most flows hold none and all are passed on.
    pub(super) returns: Option<Box<Returned>>,
    pub(super) throws: bool,
    pub(super) exits: bool,
    pub(super) breaks: bool,
    pub(super) continues: bool,
    /// One of the throws or exits is a guard that did its work.
    pub(super) guarded: bool,
    /// One of the exits says that all is well, and this is where.
    pub(super) well: Option<Place>,
    /// The guard that ends the program asks something first, and that may fail as an error of its own.
    pub(super) asks: bool,
    /// Exits or throws happened only after an `await` in this function.
    pub(super) later: bool,
}

impl Flow {
    pub(super) fn normal() -> Self {
        Self { falls: true, ..Self::default() }
    }

    /// Adds what comes after this flow fell through.
    pub(super) fn then(&mut self, next: Self) {
        self.falls = next.falls;
        self.absorb(next);
    }

    /// Adds the other ways of ending, without `falls`.
    pub(super) fn absorb(&mut self, other: Self) {
        if other.is_plain() {
            return;
        }
        self.returns = match (self.returns.take(), other.returns) {
            (Some(mut a), Some(b)) => {
                a.value = a.value.join(&b.value);
                a.reasons.extend(b.reasons);
                Some(a)
            }
            (a, b) => a.or(b),
        };
        self.throws |= other.throws;
        self.exits |= other.exits;
        self.breaks |= other.breaks;
        self.continues |= other.continues;
        self.guarded |= other.guarded;
        self.asks |= other.asks;
        self.later |= other.later;
        self.well = self.well.or(other.well);
    }

    /// It can do nothing but fall through.
    fn is_plain(&self) -> bool {
        self.returns.is_none()
            && self.well.is_none()
            && !(self.throws || self.exits || self.breaks || self.continues || self.guarded || self.later)
    }

    /// It surely ends the program or throws.
    pub(super) fn stops(&self) -> bool {
        !self.falls
            && self.returns.is_none()
            && !self.breaks
            && !self.continues
            && (self.throws || self.exits)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Returned {
    pub(super) value: Value,
    /// Unknown conditions on the way to a return.
    pub(super) reasons: Vec<(Place, Taint)>,
}

/// Notes on returns that an unknown condition led there.
pub(super) fn remember(flow: &mut Flow, at: Place, taint: &Taint) {
    if let Some(returned) = &mut flow.returns {
        returned.reasons.push((at, taint.clone()));
    }
}

pub(super) fn side_is_early(side: &Block) -> bool {
    matches!(side.last().map(|n| &n.kind), Some(NodeKind::Return(_)))
}

/// A joined value that may as well not be there.
pub(super) fn soften(kind: Kind) -> Kind {
    match kind {
        Kind::Bool(_) | Kind::Number(_) => Kind::Unknown(Rc::from("condition")),
        other => other,
    }
}
