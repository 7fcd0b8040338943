//! Statements: order, branches, loops, exceptions, imports.

use std::rc::Rc;

use crate::reach::eval::command::UNCHECKED;
use crate::reach::eval::{Flow, Item, ModuleRecord, Returned, Walker};
use crate::reach::event::{EventKind, ExcuseKind, How, Mask, World};
use crate::reach::resolve::Target;
use crate::reach::sources::UnitHandle;
use crate::reach::value::{Failing, Kind, ScopeId, Taint, Truth, Value};
use crate::words::flow::{Block, Dialect, Expr, ExprKind, Handler, ImportedName, Node, NodeKind, Scope};
use crate::words::span::{FileId, Place, Span};

impl Walker<'_> {
    /// Loads a file as a module: its statements run once, at the first load.
    pub(crate) fn load(&mut self, file: FileId) -> (Value, Flow) {
        if !self.recording.is_empty() {
            let depth = self.recording_depth();
            let stack = self.stack.get(depth..).unwrap_or_default().to_vec();
            if let Some((items, _)) = self.recording.last_mut() {
                items.push(Item::Load(file, stack));
            }
        }
        if let Some(record) = self.modules.get(&file) {
            let stopped = record.stopped.clone();
            self.tell_again(file);
            return (Value::new(Kind::Module(file)), stopped.unwrap_or_else(Flow::normal));
        }
        self.told.insert(file);
        let written = self.log.len();
        if (self.context.quarantined)(file) {
            return (Value::unknown("quarantined module"), Flow::normal());
        }
        let lowered = self.context.sources.file(file).lowered().clone();
        let record = ModuleRecord { loading: true, ..ModuleRecord::default() };
        self.modules.insert(file, record);
        if lowered.unit.is_none() {
            return (Value::new(Kind::FileText(file)), Flow::normal());
        }
        let unit = self.add_unit(UnitHandle::File(lowered), file);
        self.unit_of_file.insert(file, unit);
        self.module_stack.push(file);
        self.recording.push((Vec::new(), self.stack.len()));
        let flow = self.run_unit(unit);
        let items = self.recording.pop().map(|(items, _)| items).unwrap_or_default();
        self.module_stack.pop();
        // Once loaded, a module stays loaded, whichever branch loaded it.
        self.log.truncate(written);
        if let Some(record) = self.modules.get_mut(&file) {
            record.loading = false;
            record.items = items;
            if !flow.falls {
                record.stopped = Some(flow.clone());
            }
        }
        (Value::new(Kind::Module(file)), flow)
    }

    fn recording_depth(&self) -> usize {
        self.recording.last().map_or(0, |(_, depth)| *depth)
    }

    /// Tells this program what happened when a module was loaded for another one.
    fn tell_again(&mut self, file: FileId) {
        if !self.told.insert(file) {
            return;
        }
        let items = self.modules.get(&file).map(|r| r.items.clone()).unwrap_or_default();
        for item in items {
            match item {
                Item::Event(mut event) => {
                    let mut stack = self.stack.clone();
                    stack.append(&mut event.stack);
                    event.stack = stack;
                    event.excuses.clone_from(&self.held);
                    event.speculative |= self.speculative;
                    event.handler |= self.handler > 0;
                    self.events.push(event);
                }
                Item::Load(module, mut places) => {
                    let depth = self.stack.len();
                    self.stack.append(&mut places);
                    self.tell_again(module);
                    self.stack.truncate(depth);
                }
                Item::Called(function) => {
                    self.called.insert(function);
                }
            }
        }
    }

    pub(crate) fn run_unit(&mut self, unit: usize) -> Flow {
        let Some((handle, _)) = self.units.get(unit).cloned() else { return Flow::normal() };
        let Some(held) = handle.unit() else { return Flow::normal() };
        let scope = self.new_scope(None, true);
        self.scope_of_unit.insert(unit, scope);
        let (errexit, pipefail) = (self.errexit, self.pipefail);
        if held.dialect == Dialect::Shell {
            (self.errexit, self.pipefail) = (false, false);
        }
        let flow = self.block(unit, scope, &held.body);
        (self.errexit, self.pipefail) = (errexit, pipefail);
        flow
    }

    pub(crate) fn block(&mut self, unit: usize, scope: ScopeId, block: &Block) -> Flow {
        let mut flow = Flow::normal();
        self.depth += 1;
        for (at, node) in block.iter().enumerate() {
            if !self.step() {
                break;
            }
            let rest = &block[at + 1..];
            let next = self.node(unit, scope, node, rest);
            flow.then(next);
            if !flow.falls {
                break;
            }
        }
        self.depth -= 1;
        flow
    }

    fn node(&mut self, unit: usize, scope: ScopeId, node: &Node, rest: &[Node]) -> Flow {
        match &node.kind {
            NodeKind::Eval(expr) => {
                let before = self.events.len();
                let (value, flow) = self.expr(unit, scope, expr);
                if matches!(&value.kind, Kind::Unknown(label) if &**label == UNCHECKED) {
                    // Its status is only in the result, and nobody keeps that.
                    let at = self.place(unit, expr.span);
                    self.hide(before, Mask { at, silent: true, shell: false });
                }
                self.dropped(&value, expr.span, unit);
                flow
            }
            NodeKind::Command(expr) => self.command_node(unit, scope, expr, rest),
            NodeKind::Bind { name, value, scope: kind, type_name } => {
                let (mut bound, flow) = match value {
                    Some(value) => self.expr(unit, scope, value),
                    None => (Value::undefined(), Flow::normal()),
                };
                if let Some(type_name) = type_name
                    && matches!(bound.kind, Kind::Unknown(_) | Kind::Undefined)
                    && let Some(typed) = Self::by_annotation(type_name)
                {
                    bound = typed;
                }
                bound = named(bound, name);
                let target = match kind {
                    Scope::Block => scope,
                    Scope::Function => self.function_scope(scope),
                    Scope::Program => self.outermost(scope),
                };
                self.bind(target, name, bound);
                flow
            }
            NodeKind::Assign { target, value } => {
                let (value, mut flow) = self.expr(unit, scope, value);
                if flow.falls {
                    let assigned = self.assign(unit, scope, target, value);
                    flow.then(assigned);
                }
                flow
            }
            NodeKind::Branch { test, then, other } => self.branch(unit, scope, test, then, other),
            NodeKind::Loop { test, each, body, at_least_once } => {
                let mut flow = Flow::normal();
                let inner = self.new_scope(Some(scope), false);
                let mut empty = false;
                if let Some(each) = each {
                    let (list, next) = self.expr(unit, scope, &each.over);
                    flow.then(next);
                    let element = match &list.kind {
                        Kind::List(items, open) => {
                            empty = items.is_empty() && !open;
                            items
                                .iter()
                                .cloned()
                                .reduce(|a, b| a.join(&b))
                                .unwrap_or_else(|| Value::unknown("item"))
                        }
                        _ => Value::tainted("item", list.taint.clone()),
                    };
                    if let Kind::List(items, false) = &list.kind
                        && items.iter().any(|i| matches!(i.kind, Kind::Function(_)))
                    {
                        // What is called differs each time, so each time counts.
                        let items = Rc::clone(items);
                        flow.then(self.each_in_turn(unit, inner, &each.name, &items, body));
                        return flow;
                    }
                    self.bind(inner, &each.name, element);
                }
                if let Some(test) = test {
                    let (_, next) = self.expr(unit, scope, test);
                    flow.then(next);
                }
                if !flow.falls || empty {
                    return flow;
                }
                let mark = self.mark();
                let held = self.held.clone();
                let mut body_flow = self.block(unit, inner, body);
                let once = *at_least_once;
                if !body_flow.stops() || !once {
                    // It may not run at all, so what it sets is only possible.
                    let writes = self.undo(mark);
                    let mark = self.mark();
                    self.merge(writes, true, mark, true, &Taint::default());
                    self.held.extend(held);
                }
                let guarded_inside = body_flow.guarded && body_flow.stops();
                body_flow.falls = !once || !guarded_inside;
                if body_flow.falls && guarded_inside {
                    let guard = self.last_guard_stop();
                    let at = self.place(unit, node.span);
                    self.excuse(ExcuseKind::Conditional, at, Taint::default(), guard);
                }
                body_flow.breaks = false;
                body_flow.continues = false;
                flow.then(body_flow);
                flow.falls = true;
                flow
            }
            NodeKind::Scope(body) => {
                let inner = self.new_scope(Some(scope), false);
                self.block(unit, inner, body)
            }
            NodeKind::Try { body, handler, finally } => {
                self.try_node(unit, scope, body, handler.as_ref(), finally)
            }
            NodeKind::Return(value) => {
                let (value, mut flow) = match value {
                    Some(value) => self.expr(unit, scope, value),
                    None => (Value::undefined(), Flow::normal()),
                };
                if flow.falls {
                    flow.falls = false;
                    flow.absorb(Flow {
                        returns: Some(Returned { value, reasons: Vec::new() }),
                        ..Flow::default()
                    });
                }
                flow
            }
            NodeKind::Throw(value) => {
                let (_, mut flow) = self.expr(unit, scope, value);
                if flow.falls {
                    flow.falls = false;
                    flow.throws = true;
                }
                flow
            }
            NodeKind::Exit(value) => {
                let mut flow = Flow::normal();
                if let Some(value) = value {
                    let (_, next) = self.expr(unit, scope, value);
                    flow.then(next);
                }
                flow.falls = false;
                flow.exits = true;
                flow
            }
            NodeKind::Break => Flow { breaks: true, ..Flow::default() },
            NodeKind::Continue => Flow { continues: true, ..Flow::default() },
            NodeKind::Define { name, value } => {
                let (value, flow) = self.expr(unit, scope, value);
                self.bind(scope, name, value);
                flow
            }
            NodeKind::Import { module, module_span, names, type_only } => {
                if *type_only {
                    Flow::normal()
                } else {
                    self.import(unit, scope, module, *module_span, names)
                }
            }
            NodeKind::Export { name, value } => {
                let (value, flow) = self.expr(unit, scope, value);
                let file = self.file_of(unit);
                if let Some(record) = self.modules.get_mut(&file) {
                    if name == "*" {
                        record.whole = Some(value.clone());
                    } else {
                        record.exports.insert(name.clone(), value);
                    }
                }
                flow
            }
            NodeKind::ExportFrom { module, module_span, names } => {
                self.export_from(unit, module, *module_span, names.as_deref())
            }
            NodeKind::Options { errexit, pipefail } => {
                if let Some(on) = errexit {
                    self.errexit = *on;
                }
                if let Some(on) = pipefail {
                    self.pipefail = *on;
                }
                Flow::normal()
            }
            NodeKind::Trap { action, signals } => self.trap(unit, scope, node.span, action.as_ref(), signals),
            NodeKind::ExportVariable { name, value } => {
                let mut flow = Flow::normal();
                let value = match value {
                    Some(value) => {
                        let (value, next) = self.expr(unit, scope, value);
                        flow.then(next);
                        let outer = self.outermost(scope);
                        self.bind(outer, &variable_key(name), value.clone());
                        value
                    }
                    None => self.look_up(scope, &variable_key(name)).unwrap_or_else(Value::undefined),
                };
                let at = self.place(unit, node.span);
                if name == "CI" {
                    self.note(EventKind::ForgesCi, at);
                }
                self.exported.insert(name.clone(), (value, at));
                flow
            }
            NodeKind::Opaque(parts) => self.sequence(unit, scope, parts).1,
        }
    }

    /// A loop over a list that is known to its end.
    fn each_in_turn(
        &mut self,
        unit: usize,
        scope: ScopeId,
        name: &str,
        items: &[Value],
        body: &Block,
    ) -> Flow {
        let mut flow = Flow::normal();
        let mut broken = false;
        for item in items {
            self.bind(scope, name, item.clone());
            let inner = self.new_scope(Some(scope), false);
            let mut turn = self.block(unit, inner, body);
            turn.falls |= turn.continues;
            broken |= turn.breaks;
            (turn.breaks, turn.continues) = (false, false);
            flow.then(turn);
            if !flow.falls {
                break;
            }
        }
        flow.falls |= broken;
        flow
    }

    /// What happens with a value that a statement drops.
    fn dropped(&mut self, value: &Value, span: Span, unit: usize) {
        let Kind::Promise(promise) = &value.kind else { return };
        if let Some(Failing::Throws { by_guard: true } | Failing::Exits { by_guard: true }) = promise.failing
        {
            let at = self.place(unit, span);
            let guard = self.last_guard_stop();
            self.excuse(ExcuseKind::Swallowed, at, Taint::default(), guard);
        }
    }

    /// A shell statement.
    fn command_node(&mut self, unit: usize, scope: ScopeId, expr: &Expr, rest: &[Node]) -> Flow {
        let unseen = !self.errexit
            && self.tested == 0
            && !rest.is_empty()
            && !reads_status(rest.first())
            && !matches!(*expr.kind, ExprKind::And(..) | ExprKind::Or(..) | ExprKind::Not(_));
        let first = self.events.len();
        let before = self.last_guard_stop();
        let (value, mut flow) = self.expr(unit, scope, expr);
        self.status = value.clone();
        let at = self.place(unit, expr.span);
        if unseen {
            for event in &mut self.events[first..] {
                if event.mask.is_none() {
                    event.mask = Some(Mask { at, silent: false, shell: true });
                }
            }
        }
        if !flow.falls {
            return flow;
        }
        let by_guard = value.taint.has(|s| s.ci) || value.taint.has(|s| s.verdict);
        match self.truth(&value) {
            Truth::No if by_guard => {
                if self.errexit && self.tested == 0 {
                    self.guard_stop(at);
                    flow.falls = false;
                    flow.exits = true;
                    flow.guarded = true;
                } else if self.tested == 0 {
                    let guard = self.last_guard_stop().or(before).or(Some(at));
                    self.excuse(ExcuseKind::Masked, at, Taint::default(), guard);
                }
            }
            Truth::No if self.errexit && self.tested == 0 && matches!(*expr.kind, ExprKind::Run(_)) => {
                flow.falls = false;
                flow.exits = true;
            }
            Truth::Unknown
                if value.taint.has(|s| s.ci)
                    && self.world == World::NoCi
                    && self.errexit
                    && self.tested == 0 =>
            {
                self.excuse(ExcuseKind::Loose, at, value.taint.clone(), None);
            }
            _ => {}
        }
        flow
    }

    pub(crate) fn branch(
        &mut self,
        unit: usize,
        scope: ScopeId,
        test: &Expr,
        then: &Block,
        other: &Block,
    ) -> Flow {
        self.tested += 1;
        let hidden = if self.is_shell(unit) { self.hides_in_branch(unit, test, then, other) } else { None };
        if let Some(mask) = hidden {
            self.masks.push(mask);
        }
        let (value, mut flow) = self.expr(unit, scope, test);
        if hidden.is_some() {
            self.masks.pop();
        }
        self.tested -= 1;
        if !flow.falls {
            return flow;
        }
        let at = self.place(unit, test.span);
        let by_guard =
            value.taint.has(|s| s.ci) && self.world == World::NoCi || value.taint.has(|s| s.verdict);
        match self.truth(&value) {
            known @ (Truth::Yes | Truth::No) => {
                let side = if known == Truth::Yes { then } else { other };
                // A branch that is not taken, or does nothing, ends well.
                self.status = Value::new(Kind::Bool(true));
                let inner = self.new_scope(Some(scope), false);
                let mut taken = self.block(unit, inner, side);
                if by_guard && taken.stops() && !taken.guarded {
                    self.guard_stop(at);
                    taken.guarded = true;
                }
                if by_guard && taken.falls && matches!(hidden, Some(Some(_))) {
                    let guard = self.last_guard_stop().or(Some(at));
                    self.excuse(ExcuseKind::Swallowed, at, Taint::default(), guard);
                }
                if by_guard
                    && !taken.falls
                    && taken.returns.is_some()
                    && !taken.guarded
                    && side_is_early(side)
                {
                    // `if (!ci) return;` keeps the effects that follow from running.
                    self.guard_stop(at);
                    taken.guarded = true;
                }
                flow.then(taken);
                flow
            }
            Truth::Unknown => {
                let both = self.fork(unit, scope, &value, at, then, other);
                flow.then(both);
                flow
            }
        }
    }

    /// `if cmd; then …; else echo failed; fi`: whether the side for a failure hides it. The inner
    /// None says that it deals with it; None as a whole, that this tests no command.
    #[allow(clippy::option_option, reason = "a mask that is known to be none is pushed, too")]
    fn hides_in_branch(&self, unit: usize, test: &Expr, then: &Block, other: &Block) -> Option<Option<Mask>> {
        let (command, well, failed) = match &*test.kind {
            ExprKind::Not(inner) => (inner, other, then),
            _ => (test, then, other),
        };
        if !matches!(*command.kind, ExprKind::Run(_)) {
            return None;
        }
        let at = self.place(unit, test.span);
        if failed.is_empty() {
            // Where success ends the matter, what follows is the failure's.
            let ends = well.iter().any(|n| {
                matches!(
                    n.kind,
                    NodeKind::Exit(_) | NodeKind::Return(_) | NodeKind::Break | NodeKind::Continue
                )
            });
            return Some((!ends).then_some(Mask { at, silent: true, shell: true }));
        }
        let says = failed
            .iter()
            .all(|node| matches!(&node.kind, NodeKind::Command(expr) if self.hides(expr, at).is_some()));
        Some(says.then_some(Mask { at, silent: false, shell: true }))
    }

    fn fork(
        &mut self,
        unit: usize,
        scope: ScopeId,
        value: &Value,
        at: Place,
        then: &Block,
        other: &Block,
    ) -> Flow {
        let held = self.held.clone();
        let options = (self.errexit, self.pipefail);
        self.status = Value::new(Kind::Bool(true));
        let status = self.status.clone();
        let mark = self.mark();
        let inner = self.new_scope(Some(scope), false);
        self.uncertain += usize::from(other.is_empty());
        let mut one = self.block(unit, inner, then);
        self.uncertain -= usize::from(other.is_empty());
        let one_writes = self.undo(mark);
        let one_held = std::mem::replace(&mut self.held, held);
        let one_options = std::mem::replace(&mut (self.errexit, self.pipefail), options);
        (self.errexit, self.pipefail) = options;
        let one_status = std::mem::replace(&mut self.status, status);
        let mark = self.mark();
        let inner = self.new_scope(Some(scope), false);
        self.uncertain += usize::from(then.is_empty());
        let mut two = self.block(unit, inner, other);
        self.uncertain -= usize::from(then.is_empty());
        if one.falls && two.falls {
            self.status = self.status.join(&one_status);
        } else if one.falls {
            self.status = one_status;
        }
        self.merge(one_writes, one.falls, mark, two.falls, &value.taint);
        if one.falls {
            (self.errexit, self.pipefail) =
                (one_options.0 && (self.errexit || !two.falls), one_options.1 && self.pipefail);
            if two.falls {
                self.held.extend(one_held);
            } else {
                self.held = one_held;
            }
        }

        // One side stops, the other goes on: is the side that stops a guard at work?
        let (stopping, going) = match (one.stops(), two.stops()) {
            (true, false) => (&mut one, &mut two),
            (false, true) => (&mut two, &mut one),
            _ => {
                remember(&mut one, at, &value.taint);
                remember(&mut two, at, &value.taint);
                let mut flow = one.clone();
                flow.falls |= two.falls;
                let falls = flow.falls;
                flow.absorb(two);
                flow.falls = falls;
                return flow;
            }
        };
        let taint = value.taint.clone();
        let from_verdict = taint.has(|s| s.verdict);
        let in_check = self.world == World::WrongDatabase && (self.fingerprint > 0 || from_verdict);
        if in_check && !stopping.guarded && (from_verdict || !is_switch(&taint)) {
            // A mismatch is one of the things that this condition tells: take that side.
            self.fingerprint_taint = self.fingerprint_taint.and(&taint);
            stopping.guarded = true;
            let flow = stopping.clone();
            self.guard_stop(at);
            return flow;
        }
        let loose = taint.has(|s| s.ci) && self.world == World::NoCi && !stopping.guarded;
        if loose {
            self.excuse(ExcuseKind::Loose, at, taint.clone(), Some(at));
            stopping.guarded = true;
        } else if stopping.guarded {
            let guard = self.last_guard_stop();
            self.excuse(ExcuseKind::Conditional, at, taint.clone(), guard);
        } else if in_check {
            self.excuse(ExcuseKind::Conditional, at, taint.clone(), Some(at));
        }
        remember(going, at, &taint);
        let mut flow = one.clone();
        flow.falls |= two.falls;
        let falls = flow.falls;
        flow.absorb(two);
        flow.falls = falls;
        flow
    }

    fn try_node(
        &mut self,
        unit: usize,
        scope: ScopeId,
        body: &Block,
        handler: Option<&Handler>,
        finally: &Block,
    ) -> Flow {
        if let Some(handler) = handler {
            let at = self.place(unit, handler.span);
            self.masks.push(mask_of(&handler.body, at));
        }
        let inner = self.new_scope(Some(scope), false);
        let mut flow = self.block(unit, inner, body);
        if handler.is_some() {
            self.masks.pop();
        }
        if let Some(handler) = handler {
            let inner = self.new_scope(Some(scope), false);
            if let Some(param) = &handler.param {
                self.bind(inner, param, Value::unknown("error"));
            }
            let body_falls = flow.falls || flow.returns.is_some();
            let mark = self.mark();
            let held = self.held.clone();
            let caught = self.block(unit, inner, &handler.body);
            if flow.throws && flow.guarded && !flow.exits && !caught.stops() {
                let at = self.place(unit, handler.span);
                let guard = self.last_guard_stop();
                self.excuse(ExcuseKind::Swallowed, at, Taint::default(), guard);
                flow.guarded = false;
            }
            if caught.stops() && body_falls {
                self.undo(mark);
                self.held = held;
            }
            flow.throws = false;
            let falls = flow.falls || caught.falls;
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
                    let at = guard.unwrap_or_else(|| self.place(unit, Span::default()));
                    self.excuse(ExcuseKind::Swallowed, at, Taint::default(), guard);
                }
                flow = last;
            }
        }
        flow
    }

    fn trap(
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
            && text.split([';', '&', '\n']).any(|part| matches!(part.trim(), "exit 0" | "exit"));
        if hides {
            let at = self.place(unit, span);
            self.masks.push(Some(Mask { at, silent: true, shell: true }));
        }
        flow
    }

    fn import(
        &mut self,
        unit: usize,
        scope: ScopeId,
        module: &str,
        span: Span,
        names: &[ImportedName],
    ) -> Flow {
        let (value, flow) = self.load_module(unit, module, span);
        for name in names {
            let bound =
                if name.imported == "*" { value.clone() } else { self.member(&value, &name.imported, None) };
            let bound = named(bound, &name.imported);
            self.bind(scope, &name.local, bound);
        }
        flow
    }

    fn export_from(&mut self, unit: usize, module: &str, span: Span, names: Option<&[ImportedName]>) -> Flow {
        let (value, flow) = self.load_module(unit, module, span);
        let file = self.file_of(unit);
        match names {
            Some(names) => {
                for name in names {
                    let bound = if name.imported == "*" {
                        value.clone()
                    } else {
                        self.member(&value, &name.imported, None)
                    };
                    if let Some(record) = self.modules.get_mut(&file) {
                        record.exports.insert(name.local.clone(), bound);
                    }
                }
            }
            None => {
                if let (Kind::Module(other), Some(record)) = (&value.kind, self.modules.get_mut(&file)) {
                    record.passed_on.push(*other);
                }
            }
        }
        flow
    }

    /// Loads what a module name means, as an importer in `unit` writes it.
    pub(crate) fn load_module(&mut self, unit: usize, module: &str, span: Span) -> (Value, Flow) {
        let from = self.context.sources.path(self.file_of(unit)).to_owned();
        let at = self.place(unit, span);
        match self.context.resolver.module(self.context.sources, &from, module) {
            Target::File(file) => {
                self.note(EventKind::Reach { file, how: How::Imported }, at);
                if self.lazy && !self.context.leading.contains(&file) && !self.modules.contains_key(&file) {
                    return (Value::unknown(module), Flow::normal());
                }
                self.stack.push(at);
                let loaded = self.load(file);
                self.stack.pop();
                loaded
            }
            Target::Inside(file, inside) => {
                self.note(EventKind::Reach { file, how: How::Imported }, at);
                self.stack.push(at);
                let (value, flow) = self.load(file);
                self.stack.pop();
                // An inline module's names are exported with its own in front.
                let whole = inside.join("::");
                if let Some(found) = self.member_of_module(file, &whole) {
                    return (found, flow);
                }
                let value = inside.iter().fold(value, |of, name| self.member(&of, name, Some(at)));
                (value, flow)
            }
            Target::Library(name) => {
                let value = Value::new(Kind::Api(Rc::from(name.as_str())));
                let flow = self.api_loaded(&name, at);
                (value, flow)
            }
            Target::Missing => (Value::unknown(module), Flow::normal()),
        }
    }
}

/// A value that nothing else is known of is taken for what it is called: `prisma` is a client,
/// whatever factory it comes from.
fn named(value: Value, name: &str) -> Value {
    match &value.kind {
        Kind::Unknown(_) => match Walker::by_name(name) {
            Some(typed) => typed.with(&value.taint),
            None => value,
        },
        _ => value,
    }
}

/// The name under which shell variables are kept, apart from functions.
pub(crate) fn variable_key(name: &str) -> String {
    format!("${name}")
}

/// Notes on returns that an unknown condition led there.
pub(crate) fn remember(flow: &mut Flow, at: Place, taint: &Taint) {
    if let Some(returned) = &mut flow.returns {
        returned.reasons.push((at, taint.clone()));
    }
}

fn side_is_early(side: &Block) -> bool {
    matches!(side.last().map(|n| &n.kind), Some(NodeKind::Return(_)))
}

/// Something that a person outside steers, and that is no database URL.
pub(crate) fn is_switch(taint: &Taint) -> bool {
    taint.has(|s| {
        s.arguments || s.prompt || s.computed || s.variables.iter().any(|name| !names_a_database(name))
    })
}

pub(crate) fn names_a_database(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    ["URL", "DSN", "URI", "HOST", "DATABASE", "PGDATABASE", "CONNECTION", "FINGERPRINT", "_DB", "ENVIRONMENT"]
        .iter()
        .any(|part| upper.contains(part))
        && !["SKIP", "BYPASS", "ALLOW", "DISABLE", "OVERRIDE", "FORCE", "IGNORE", "NO_"]
            .iter()
            .any(|p| upper.starts_with(p))
}

/// How a handler hides what it catches: by its statements alone.
pub(crate) fn mask_of(body: &Block, at: Place) -> Option<Mask> {
    let mut silent = true;
    for node in body {
        match &node.kind {
            NodeKind::Eval(expr) if only_says(expr) => silent = false,
            _ if exits_well(node) => {}
            NodeKind::Return(None) | NodeKind::Continue | NodeKind::Break => {}
            NodeKind::Return(Some(value)) if is_plain(value) => {}
            NodeKind::Return(Some(value)) if only_says(value) => silent = false,
            NodeKind::Command(expr) if matches!(&*expr.kind, ExprKind::Run(_)) => silent = false,
            _ => return None,
        }
    }
    Some(Mask { at, silent, shell: false })
}

/// `process.exit(0)`: whatever happened before, the program says that all is well.
pub(crate) fn exits_well(node: &Node) -> bool {
    let (NodeKind::Eval(expr) | NodeKind::Return(Some(expr))) = &node.kind else { return false };
    let ExprKind::Call(call) = &*expr.kind else { return false };
    let ExprKind::Member { of, name } = &*call.callee.kind else { return false };
    name == "exit"
        && matches!(&*of.kind, ExprKind::Name(owner) | ExprKind::Member { name: owner, .. } if owner == "process" || owner == "sys")
        && call.args.first().is_none_or(|a| matches!(&*a.kind, ExprKind::Number(n) if *n == 0.0))
}

fn is_plain(expr: &Expr) -> bool {
    matches!(
        &*expr.kind,
        ExprKind::Undefined | ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_)
    )
}

/// A call that only writes a message: by the names that logging goes by.
pub(crate) fn only_says(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Await(inner) => only_says(inner),
        ExprKind::Call(call) => {
            let mut root = &call.callee;
            while let ExprKind::Member { of, .. } = &*root.kind {
                root = of;
            }
            matches!(&*root.kind, ExprKind::Name(name)
                if matches!(name.as_str(), "console" | "logger" | "log" | "logging" | "print" | "winston" | "pino" | "debug" | "warn" | "Sentry"))
        }
        ExprKind::Undefined => true,
        _ => false,
    }
}

/// The next statement looks at how the last one ended.
fn reads_status(node: Option<&Node>) -> bool {
    fn expr(e: &Expr) -> bool {
        match &*e.kind {
            ExprKind::LastStatus => true,
            ExprKind::Concat(parts)
            | ExprKind::Opaque(parts)
            | ExprKind::List(parts)
            | ExprKind::Sequence(parts) => parts.iter().any(expr),
            ExprKind::Compare { left, right, .. } => expr(left) || expr(right),
            ExprKind::Spread(inner) | ExprKind::Not(inner) => expr(inner),
            ExprKind::And(a, b) | ExprKind::Or(a, b) => expr(a) || expr(b),
            ExprKind::Group { body, .. } => reads_status(body.first()),
            _ => false,
        }
    }
    match node.map(|n| &n.kind) {
        Some(NodeKind::Assign { value, .. } | NodeKind::Command(value) | NodeKind::Eval(value)) => {
            expr(value)
        }
        Some(NodeKind::Bind { value: Some(value), .. }) => expr(value),
        Some(NodeKind::Branch { test, .. }) => expr(test),
        Some(NodeKind::Return(Some(value)) | NodeKind::Exit(Some(value))) => expr(value),
        // `return` and `exit` without a value pass the last status on.
        Some(NodeKind::Return(None) | NodeKind::Exit(None)) => true,
        _ => false,
    }
}
