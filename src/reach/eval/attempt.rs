//! What may fail and is caught: `try`, and the traps of a shell.

use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::eval::mask::{ends_program, ends_quietly, keeps_only, mask_of, throws};
use crate::reach::event::{ExcuseKind, Mask};
use crate::reach::value::{Kind, ScopeId, Taint, Value};
use crate::words::flow::{Block, Catches, Expr, ExprKind, Handler, NodeKind};
use crate::words::span::Span;

impl Walker<'_> {
    pub(super) fn try_node(
        &mut self,
        unit: usize,
        scope: ScopeId,
        body: &Block,
        handler: Option<&Handler>,
        finally: &Block,
    ) -> Flow {
        let depth = self.masks.len();
        if let Some(last) = finally.last()
            && finally.iter().any(ends_quietly)
            && !handler.is_some_and(|handler| handler.body.iter().any(ends_program))
        {
            // Leaving from there drops whatever was thrown.
            let at = self.place(unit, last.span);
            self.masks.push(Some(Mask { at, silent: true, shell: false }));
        } else if let Some(handler) = handler {
            let at = self.place(unit, handler.span);
            // A failure is an error; a handler for the end of the program alone hides none, and one
            // that throws it on leaves it to whoever is outside.
            match handler.catches {
                Catches::Exits => {}
                _ if handler.body.iter().any(throws) => {}
                _ => self.masks.push(mask_of(&handler.body, at)),
            }
        }
        let first = self.events.len();
        let inner = self.new_scope(Some(scope), false);
        let mut flow = self.block(unit, inner, body);
        self.masks.truncate(depth);
        if let Some(handler) = handler {
            let inner = self.new_scope(Some(scope), false);
            if let Some(param) = &handler.param {
                self.bind(inner, param, Value::unknown("error"));
            }
            let body_falls = flow.falls || flow.returns.is_some();
            let mark = self.mark();
            let held = self.held.clone();
            let caught = self.block(unit, inner, &handler.body);
            let errors = handler.catches != Catches::Exits;
            let exits = handler.catches != Catches::Errors;
            let may = errors && (flow.throws || flow.asks) || exits && flow.exits;
            // Where the guard's question may fail as an error, a handler for errors is enough to get past.
            let past = !errors && flow.throws || !exits && flow.exits && !flow.asks;
            // Where the guard's way out leads past the handler, nothing after it is reached.
            let reached = may || flow.falls || flow.returns.is_some() || !flow.guarded;
            if may && !past && flow.guarded && !caught.stops() {
                let at = self.place(unit, handler.span);
                let guard = self.last_guard_stop();
                self.excuse(ExcuseKind::Swallowed, at, Taint::default(), guard);
                flow.guarded = false;
                flow.asks = false;
            }
            if flow.throws && flow.guarded && caught.stops() {
                self.tells_well(&caught);
            }
            if caught.stops() && body_falls {
                self.undo(mark);
                self.held = held;
            } else if body_falls {
                // It may not have run. What it keeps is all that tells of the failure.
                let at = self.place(unit, handler.span);
                let kept = keeps_only(&handler.body);
                let taint = kept.map_or_else(Taint::default, |says| self.outcome_since(first, at, !says));
                let writes = self.undo(mark);
                let mark = self.mark();
                self.merge(writes, true, mark, true, &taint);
            }
            flow.throws &= !errors;
            flow.exits &= !exits;
            let falls = flow.falls || caught.falls && reached;
            flow.absorb(caught);
            flow.falls = falls;
        }
        if !finally.is_empty() {
            let inner = self.new_scope(Some(scope), false);
            let last = self.block(unit, inner, finally);
            if last.falls {
                let falls = flow.falls;
                flow.absorb(last);
                flow.falls = falls;
            } else {
                if flow.guarded && last.returns.is_some() {
                    let guard = self.last_guard_stop();
                    let at = finally.last().map_or(guard, |last| Some(self.place(unit, last.span)));
                    let at = at.unwrap_or_else(|| self.place(unit, Span::default()));
                    self.excuse(ExcuseKind::Swallowed, at, Taint::default(), guard);
                }
                flow = last;
            }
        }
        flow
    }

    pub(super) fn trap(
        &mut self,
        unit: usize,
        scope: ScopeId,
        span: Span,
        action: Option<&Expr>,
        signals: &[String],
    ) -> Flow {
        let Some(action) = action else { return Flow::normal() };
        let (value, flow) = self.expr(unit, scope, action);
        let text = value.to_text().to_string();
        let hides = signals.iter().any(|s| matches!(s.as_str(), "ERR" | "EXIT" | "0"))
            && text.split([';', '&', '\n']).any(|part| {
                let part = part.trim();
                // At the end of the shell, `exit` alone hands on the status with which it came here.
                part == "exit 0"
                    || part == "exit" && signals.iter().any(|s| s == "ERR")
                    || self.ends_in_success(scope, part)
            });
        let at = self.place(unit, span);
        if value.known_text().is_some() && signals.iter().any(|signal| is_run_by_itself(signal)) {
            // From here on it may run at any time, and at the end it does, whatever a guard says after this.
            let (mark, held) = (self.mark(), self.held.clone());
            self.eval_text(scope, &value, at);
            self.undo(mark);
            self.held = held;
        }
        if hides {
            self.masks.push(Some(Mask { at, silent: true, shell: true }));
        }
        flow
    }
}

impl Walker<'_> {
    /// The function's own last word, on whichever way it went, is that all went well.
    fn ends_in_success(&self, scope: ScopeId, name: &str) -> bool {
        let name = name.split_whitespace().next().unwrap_or(name);
        let Some(Value { kind: Kind::Function(closure), .. }) = self.look_up(scope, name) else {
            return false;
        };
        let body = self.unit(closure.unit).and_then(|unit| unit.functions.get(closure.id.0 as usize));
        let first = body.into_iter().flat_map(|function| &function.body).find_map(|node| match &node.kind {
            NodeKind::Exit(status) => Some(status.as_ref()),
            _ => None,
        });
        match first.flatten().map(|status| &*status.kind) {
            Some(ExprKind::Text(text)) => text == "0",
            Some(ExprKind::Number(number)) => *number == 0.0,
            _ => false,
        }
    }
}

/// Signals that the shell itself gives, without anybody's doing.
fn is_run_by_itself(signal: &str) -> bool {
    matches!(signal.strip_prefix("SIG").unwrap_or(signal), "EXIT" | "0" | "DEBUG" | "RETURN" | "ERR")
}
