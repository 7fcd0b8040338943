//! Text that is run as a program: `-c`, `eval`, `source`.

use crate::lang;
use crate::lang::Input;
use crate::reach::eval::Walker;
use crate::reach::eval::assign::variable_key;
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
        let map = self.map_of(text, at);
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

    /// The way back from a text that is run to where it is written. What is put together at run time, or
    /// comes from another file, is where it is run.
    pub(super) fn map_of(&self, text: &Text, at: Place) -> OffsetMap {
        let whole = || OffsetMap::whole(at.span);
        let (Some(known), [first, ..]) = (text.as_known(), text.origins()) else { return whole() };
        let Some(host) = &self.context.sources.file(at.file).text else { return whole() };
        if first.0 != 0 {
            return whole();
        }
        let mut map = OffsetMap::builder();
        for (index, (from, place)) in text.origins().iter().enumerate() {
            let end = text.origins().get(index + 1).map_or(known.len(), |next| next.0);
            if place.span.start == place.span.end {
                (*from..end).for_each(|inner| map.push(inner, place.span.start as usize));
                continue;
            }
            let part = known.get(*from..end);
            let written = host.get(place.span.range()).filter(|_| place.file == at.file);
            let aligned = match (part, written) {
                (Some(part), Some(written)) => OffsetMap::aligned(written, place.span.start as usize, part),
                _ => None,
            };
            match aligned {
                Some(aligned) => map.append(*from, &aligned),
                None => return whole(),
            }
        }
        map
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
        let mut flat = Text::default();
        let (mut from, mut origins) = (0, text.origins().iter().peekable());
        let mut last = None;
        for piece in text.pieces() {
            let crate::words::text::Piece::Known(known) = piece else {
                let hole = Text::known("\"${GUARD_HOLE}\"");
                // It stands between the parts: where the one before it ends.
                let end = last.map_or(at.span.start, |place: Place| place.span.end);
                let nowhere = Place { file: at.file, span: Span { start: end, end } };
                flat.push(&hole.written(nowhere));
                continue;
            };
            // Each known part is still written where it is written.
            let mut cuts = Vec::new();
            while let Some((start, at)) = origins.next_if(|(start, _)| *start < from + known.len()) {
                cuts.push((start - from, *at));
            }
            let mut done = 0;
            for (index, (start, at)) in cuts.iter().enumerate() {
                flat.push_known(known.get(done..*start).unwrap_or_default());
                done = cuts.get(index + 1).map_or(known.len(), |next| next.0);
                let part = Text::known(known.get(*start..done).unwrap_or_default());
                flat.push(&part.written(*at));
                last = Some(*at);
            }
            flat.push_known(known.get(done..).unwrap_or_default());
            from += known.len();
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
        self.shell_text(&flat, env, at, remote)
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
            // What the check did not see: another address, behind it.
            if self.events.iter().any(|event| matches!(event.kind, EventKind::Fingerprint { .. })) {
                let lowered = source.lowered().clone();
                let outer = self.outermost(scope);
                for setting in &lowered.settings {
                    if let ExprKind::Text(text) = &*setting.value.kind {
                        self.bind(outer, &variable_key(&setting.name), Value::text(text.clone()));
                    }
                }
            }
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
            // `eval "set -- $(…)"` splits words once more, and starts nothing.
            if text.prefix().trim_start().starts_with("set -- ") {
                return (Value::tainted("value", value.taint.clone()), Flow::normal());
            }
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
        let map = self.map_of(&text, at);
        let unit = if shell {
            lang::shell::lower_text(
                Input { path: "snippet.sh", text: known, map: &map },
                self.errexit,
                self.pipefail,
            )
        } else {
            let dialect = self
                .unit_of_file
                .get(&at.file)
                .and_then(|unit| self.unit(*unit))
                .map_or(crate::words::flow::Dialect::JavaScript, |unit| unit.dialect);
            lang::snippet(dialect, Input { path: "snippet", text: known, map: &map })
                .unwrap_or_else(|| crate::words::flow::Unit::empty(dialect))
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
