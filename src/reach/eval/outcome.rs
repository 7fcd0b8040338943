//! Outcomes that do not throw: the status of a child, the error that a callback is given. Somebody has to
//! look at them; where nobody does, what happened may fail unseen.

use crate::reach::eval::Walker;
use crate::reach::eval::mask::{exits_well, is_plain, mask_of, only_says, sets_status_well};
use crate::reach::eval::module::Item;
use crate::reach::event::Mask;
use crate::reach::value::{Kind, Sources, Taint, Value};
use crate::words::flow::{Block, Expr, ExprKind, Node, NodeKind};
use crate::words::span::Place;
use std::collections::BTreeSet;

/// What may have failed, and whether anything depends on that.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    events: Vec<std::ops::Range<usize>>,
    at: Place,
    silent: bool,
    heeded: bool,
}

impl Walker<'_> {
    /// What happened since `first` has an outcome that only this taint's values tell.
    pub(super) fn outcome(&mut self, first: usize, at: Place) -> Taint {
        self.outcome_since(first, at, true)
    }

    /// The same, where a message may tell it, too.
    pub(super) fn outcome_since(&mut self, first: usize, at: Place, silent: bool) -> Taint {
        self.outcomes_of(vec![first..self.events.len()], at, silent)
    }

    /// The outcome of several things at once.
    pub(super) fn outcomes_of(
        &mut self,
        events: Vec<std::ops::Range<usize>>,
        at: Place,
        silent: bool,
    ) -> Taint {
        if events.iter().all(std::ops::Range::is_empty) || self.outcomes.len() > 4_000 {
            return Taint::default();
        }
        self.outcomes.push(Outcome { events, at, silent, heeded: false });
        Taint::of(Sources { outcomes: BTreeSet::from([self.outcomes.len() - 1]), ..Sources::default() })
    }

    /// Something is made of these values.
    pub(super) fn heed(&mut self, taint: &Taint) {
        for index in taint.sources().into_iter().flat_map(|s| &s.outcomes) {
            if let Some(outcome) = self.outcomes.get_mut(*index) {
                outcome.heeded = true;
            }
        }
    }

    /// The program has come to its end: what nobody looked at may have failed.
    pub(super) fn hide_unheeded(&mut self) {
        self.settle_outcomes(0, &mut []);
        self.outcomes.clear();
        self.forget_loads();
        for (mask, always) in std::mem::take(&mut self.overall) {
            let open = self.events.iter_mut().filter(|event| always || event.dealt == 0);
            open.for_each(|event| event.mask = event.mask.or(Some(mask)));
        }
    }

    /// The same for a module that was loaded, and for what is told of it to others. What it hands out was
    /// looked at.
    pub(super) fn settle_outcomes(&mut self, since: usize, items: &mut [Item]) {
        for outcome in self.outcomes.get_mut(since..).into_iter().flatten() {
            if std::mem::replace(&mut outcome.heeded, true) {
                continue;
            }
            let mask = Mask { at: outcome.at, silent: outcome.silent, shell: false };
            let events = &mut self.events;
            for event in outcome.events.iter().flat_map(Clone::clone) {
                let Some(event) = events.get_mut(event) else { continue };
                event.mask = event.mask.or(Some(mask));
                let told = items.iter_mut().filter_map(|item| match item {
                    Item::Event(told) if told.at == event.at => Some(told),
                    _ => None,
                });
                told.for_each(|told| told.mask = told.mask.or(Some(mask)));
            }
        }
    }

    /// `process.on("exit", …)`: what runs at the end of the program, or when nobody caught what was thrown.
    pub(super) fn listens_for_end(&mut self, args: &[Value], at: Place) {
        let (Some(event), Some(Kind::Function(closure))) =
            (args.first().and_then(|a| a.known_text()), args.get(1).map(|a| &a.kind))
        else {
            return;
        };
        let Some(function) = self.unit(closure.unit).and_then(|u| u.functions.get(closure.id.0 as usize))
        else {
            return;
        };
        let mask = Mask { at, silent: true, shell: false };
        match event {
            "exit" | "beforeExit" if function.body.iter().any(sets_status_well) => {
                self.overall.push((mask, true));
            }
            "uncaughtException" | "unhandledRejection" => {
                if let Some(mask) = mask_of(&function.body, at) {
                    self.overall.push((mask, false));
                }
            }
            _ => {}
        }
    }

    /// `child.on("exit", …)`, `child.on("close", …)`: the status comes to the function.
    pub(super) fn listens(&mut self, of: &Value, name: &str, args: &[Value], at: Place) -> bool {
        let event = args.first().and_then(|a| a.known_text());
        if !of.taint.has(|s| !s.outcomes.is_empty())
            || !matches!(name, "on" | "once" | "addListener")
            || !matches!(event, Some("exit" | "close"))
        {
            return false;
        }
        let status = Value::tainted("status", of.taint.clone());
        for handler in &args[1..] {
            if !matches!(handler.kind, Kind::Function(_)) {
                self.heed(&of.taint);
            }
        }
        self.run_callbacks_with(&args[1..], &[status.clone(), status], at);
        true
    }
}

/// Nothing but messages, and ends that say that all is well.
pub(super) fn only_tells(block: &Block) -> bool {
    block.iter().all(|node| match &node.kind {
        NodeKind::Eval(expr) => only_says(expr) || exits_well(node),
        NodeKind::Return(None) | NodeKind::Break | NodeKind::Continue => true,
        NodeKind::Return(Some(value)) => only_says(value) || is_plain(value),
        NodeKind::Scope(inner) => only_tells(inner),
        NodeKind::Branch { then, other, .. } => only_tells(then) && only_tells(other),
        _ => false,
    })
}

/// The expression does something besides giving a value or a message.
pub(super) fn acts(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Call(_) => {
            let node = Node { kind: NodeKind::Eval(expr.clone()), span: expr.span };
            !only_says(expr) && !exits_well(&node)
        }
        ExprKind::Await(inner) | ExprKind::Not(inner) => acts(inner),
        ExprKind::Sequence(parts) => parts.iter().any(acts),
        ExprKind::Assign { .. } => true,
        ExprKind::And(a, b) | ExprKind::Or(a, b) => acts(a) || acts(b),
        ExprKind::Choose { then, other, .. } => acts(then) || acts(other),
        _ => false,
    }
}
