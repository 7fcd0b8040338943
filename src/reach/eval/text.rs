//! Text that is run as a program: `-c`, `eval`, `source`.

use crate::lang;
use crate::lang::Input;
use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::event::{EventKind, How};
use crate::reach::value::{ScopeId, Value};
use crate::words::flow::{Expr, ExprKind};
use crate::words::span::{OffsetMap, Place, Span};
use crate::words::text::Text;

impl Walker<'_> {
    /// Text that a shell runs as a program of its own.
    pub(super) fn shell_text(
        &mut self,
        text: &Text,
        env: &[(String, Text, Place)],
        at: Place,
        remote: bool,
    ) -> Value {
        let Some(known) = text.as_known() else {
            return self.partly_known(text, env, at, remote);
        };
        let map = OffsetMap::shifted(at.span.start as usize);
        let unit =
            lang::shell::lower_text(Input { path: "snippet.sh", text: known, map: &map }, false, false);
        let unit = self.snippet(unit, at.file);
        let first = self.events.len();
        let flow = self.run_unit(unit);
        for event in &mut self.events[first..] {
            match &mut event.kind {
                EventKind::Effect { remote: r, .. } if remote => *r = true,
                EventKind::Ran { env: e, .. } => e.extend(env.iter().cloned()),
                _ => {}
            }
        }
        self.status_of(&flow)
    }

    /// A command with holes: as far as its words are known.
    pub(super) fn partly_known(
        &mut self,
        text: &Text,
        env: &[(String, Text, Place)],
        at: Place,
        remote: bool,
    ) -> Value {
        // Holes become variables that nobody set, so that the words around them can be read.
        let mut flat = String::new();
        for piece in text.pieces() {
            match piece {
                crate::words::text::Piece::Known(known) => flat.push_str(known),
                crate::words::text::Piece::Hole { .. } => flat.push_str("\"${GUARD_HOLE}\""),
            }
        }
        if text.is_opaque() {
            self.note(
                EventKind::Unresolved {
                    why: format!("runs `{text}`, a command that only the run knows"),
                    hint: "write the command out, so that it can be read from the source".to_owned(),
                },
                at,
            );
            return Value::unknown("status");
        }
        self.shell_text(&Text::known(flat), env, at, remote)
    }

    pub(super) fn include(&mut self, unit: usize, scope: ScopeId, file: &Expr, span: Span) -> (Value, Flow) {
        let at = self.place(unit, span);
        let (value, mut flow) = self.expr(unit, scope, file);
        let own = self.context.sources.file(self.file_of(unit)).folder().to_owned();
        let found = self.file_argument(&value).or_else(|| {
            // The part after an unknown folder, looked for beside the file and from the root.
            let text = value.to_text();
            let tail = match text.pieces() {
                [crate::words::text::Piece::Hole { .. }, crate::words::text::Piece::Known(tail)] => {
                    tail.trim_start_matches('/').to_owned()
                }
                [crate::words::text::Piece::Known(whole)] => whole.clone(),
                _ => return None,
            };
            [crate::reach::resolve::join(&own, &tail), tail]
                .iter()
                .filter_map(|p| crate::reach::resolve::normal(p))
                .find_map(|p| self.context.sources.find(&p))
        });
        let Some(file) = found else {
            let missing = value.to_text();
            if missing.as_known().is_none() {
                self.note(
                    EventKind::Unresolved {
                        why: format!("sources `{missing}`, a file that only the run knows"),
                        hint: "name the file in the source".to_owned(),
                    },
                    at,
                );
            }
            return (Value::unknown("status"), flow);
        };
        self.note(EventKind::Reach { file, how: How::Included }, at);
        if self.module_stack.contains(&file) || self.depth > 60 || (self.context.quarantined)(file) {
            return (Value::unknown("status"), flow);
        }
        let source = self.context.sources.file(file);
        if source.kind == lang::Kind::DotEnv {
            self.note(EventKind::LoadsEnv { file }, at);
            return (Value::unknown("status"), flow);
        }
        let lowered = source.lowered().clone();
        if lowered.unit.is_none() {
            return (Value::unknown("status"), flow);
        }
        let included = self.add_unit(crate::reach::sources::UnitHandle::File(lowered.clone()), file);
        self.unit_of_file.insert(file, included);
        let outer = self.outermost(scope);
        self.scope_of_unit.insert(included, outer);
        self.module_stack.push(file);
        self.stack.push(at);
        if let Some(held) = &lowered.unit {
            let next = self.block(included, outer, &held.body);
            flow.then(Flow { falls: next.falls || next.returns.is_some(), returns: None, ..next });
        }
        self.stack.pop();
        self.module_stack.pop();
        (self.status.clone(), flow)
    }

    pub(super) fn eval_text(&mut self, scope: ScopeId, value: &Value, at: Place) -> (Value, Flow) {
        let text = value.to_text();
        let Some(known) = text.as_known() else {
            self.note(
                EventKind::Unresolved {
                    why: format!("evaluates `{text}`, text that only the run knows"),
                    hint: "write the code out instead of evaluating text".to_owned(),
                },
                at,
            );
            return (Value::tainted("value", value.taint.clone()), Flow::normal());
        };
        let shell = self.unit_of_file.get(&at.file).is_none_or(|u| self.is_shell(*u));
        let map = OffsetMap::shifted(at.span.start as usize);
        let unit = if shell {
            lang::shell::lower_text(
                Input { path: "snippet.sh", text: known, map: &map },
                self.errexit,
                self.pipefail,
            )
        } else {
            lang::js::lower(Input { path: "snippet.ts", text: known, map: &map })
        };
        let body_of = self.snippet(unit, at.file);
        let Some((handle, _)) = self.units.get(body_of).cloned() else {
            return (Value::unknown("value"), Flow::normal());
        };
        let flow = match handle.unit() {
            Some(held) => self.block(body_of, scope.min(self.scopes.len().saturating_sub(1)), &held.body),
            None => Flow::normal(),
        };
        (self.status.clone(), flow)
    }
}

pub(super) fn names_self(word: &Expr) -> bool {
    match &*word.kind {
        ExprKind::Variable(name) => name == "0" || name.starts_with("BASH_SOURCE"),
        ExprKind::Concat(parts) | ExprKind::Opaque(parts) => parts.iter().any(names_self),
        ExprKind::Spread(inner) => names_self(inner),
        ExprKind::Index { of, .. } => names_self(of),
        _ => false,
    }
}
