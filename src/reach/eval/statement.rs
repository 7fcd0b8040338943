//! Statements, in their order.

use crate::reach::eval::Walker;
use crate::reach::eval::assign::variable_key;
use crate::reach::eval::command::UNCHECKED;
use crate::reach::eval::flow::{Flow, Returned};
use crate::reach::event::{EventKind, ExcuseKind, Mask, World};
use crate::reach::value::{Failing, Kind, ScopeId, Taint, Truth, Value};
use crate::words::flow::{Block, Expr, ExprKind, Node, NodeKind, Scope};
use crate::words::span::Span;
use std::rc::Rc;

/// How many different texts a loop is walked for, one after the other.
const MOST_TURNS: usize = 16;

impl Walker<'_> {
    pub(super) fn block(&mut self, unit: usize, scope: ScopeId, block: &Block) -> Flow {
        let mut flow = Flow::normal();
        self.depth += 1;
        let shell = self.is_shell(unit);
        for (at, node) in block.iter().enumerate() {
            if !self.step() {
                break;
            }
            let rest = &block[at + 1..];
            let outer = shell && self.follows(rest);
            let next = self.node(unit, scope, node, rest);
            self.followed = outer;
            flow.then(next);
            if !flow.falls {
                break;
            }
        }
        self.depth -= 1;
        flow
    }

    pub(super) fn node(&mut self, unit: usize, scope: ScopeId, node: &Node, rest: &[Node]) -> Flow {
        match &node.kind {
            NodeKind::Eval(expr) => {
                let at = self.place(unit, expr.span);
                let drops = self.is_shell(unit) && self.drops_status(expr, at);
                let (value, flow) = self.expr(unit, scope, expr);
                if drops {
                    self.masks.pop();
                }
                self.dropped(&value, expr.span, unit);
                flow
            }
            NodeKind::Command(expr) if self.names_parameters(unit) => {
                let at = self.place(unit, expr.span);
                self.unseen = Some(Mask { at, silent: false, shell: true });
                let (_, flow) = self.expr(unit, scope, expr);
                self.unseen = None;
                flow
            }
            NodeKind::Command(expr) => self.command_node(unit, scope, expr),
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
                bound = self.named(unit, bound, name);
                let target = match kind {
                    Scope::Block => scope,
                    Scope::Function => self.function_scope(scope),
                    Scope::Program => self.outermost(scope),
                };
                if self.is_shell(unit) {
                    self.bind(target, &variable_key(name), bound);
                } else {
                    self.bind(target, name, bound);
                }
                flow
            }
            NodeKind::Assign { target, value } => {
                let (first, span) = (self.events.len(), value.span);
                let (value, mut flow) = self.expr(unit, scope, value);
                if self.followed && self.goes_on() && self.events.len() > first && self.is_shell(unit) {
                    let at = self.place(unit, span);
                    self.hide_since(first, Mask { at, silent: false, shell: true });
                }
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
                // What the loop runs for decides what it leaves behind.
                let mut decides = Taint::default();
                if let Some(each) = each {
                    let at = self.place(unit, each.over.span);
                    let drops = self.is_shell(unit) && self.drops_status(&each.over, at);
                    let (list, next) = self.expr(unit, scope, &each.over);
                    if drops {
                        self.masks.pop();
                    }
                    flow.then(next);
                    let at = self.place(unit, each.over.span);
                    if let Some((_, next)) = self.iterated(&list, at) {
                        flow.then(next);
                    }
                    decides = list.taint.clone();
                    let element = match &list.kind {
                        Kind::List(items, open) => {
                            empty = items.is_empty() && !open;
                            let known = items.iter().cloned().reduce(|a, b| a.join(&b));
                            match known {
                                Some(known) if !open => known,
                                // What else there is comes from where the rest of the list does.
                                Some(known) => known.join(&Value::tainted("item", list.taint.clone())),
                                None => Value::tainted("item", list.taint.clone()),
                            }
                        }
                        _ => {
                            self.item_of(&list).unwrap_or_else(|| Value::tainted("item", list.taint.clone()))
                        }
                    };
                    let shell = self.is_shell(unit);
                    let name = if shell { variable_key(&each.name) } else { each.name.clone() };
                    if let Kind::List(items, false) = &list.kind
                        && differs_each_time(items)
                    {
                        // What is called or named differs each time, so each time counts.
                        let items = Rc::clone(items);
                        flow.then(self.each_in_turn(unit, inner, &name, &items, body));
                        return flow;
                    }
                    self.bind(inner, &name, element);
                }
                if let Some(test) = test {
                    let shell = self.is_shell(unit);
                    let unseen = shell && self.gives_up_unseen(test, body, rest);
                    if unseen {
                        let at = self.place(unit, test.span);
                        self.masks.push(Some(Mask { at, silent: true, shell: true }));
                    }
                    let followed = self.asks();
                    let (tested, next) = self.expr(unit, scope, test);
                    self.asked(followed);
                    if unseen {
                        self.masks.pop();
                    }
                    flow.then(next);
                    self.heed(&tested.taint);
                    decides = decides.and(&tested.taint);
                }
                if !flow.falls || empty {
                    return flow;
                }
                let mark = self.mark();
                let held = self.held.clone();
                // A turn of the loop is followed by the next one.
                let followed = std::mem::replace(&mut self.followed, true);
                let mut body_flow = self.block(unit, inner, body);
                self.followed = followed;
                let once = *at_least_once;
                if !body_flow.stops() || !once {
                    // It may not run at all, so what it sets is only possible.
                    let writes = self.undo(mark);
                    let mark = self.mark();
                    self.merge(writes, true, mark, true, &decides);
                    self.hold(&held);
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
                        returns: Some(Box::new(Returned { value, reasons: Vec::new() })),
                        ..Flow::default()
                    });
                }
                flow
            }
            NodeKind::Throw(value) => {
                let (thrown, mut flow) = self.expr(unit, scope, value);
                self.heed(&thrown.taint);
                if flow.falls {
                    flow.falls = false;
                    flow.throws = true;
                }
                flow
            }
            NodeKind::Exit(value) => {
                let mut flow = Flow::normal();
                // In bash a function called `exit` goes before the builtin.
                if self.is_shell(unit)
                    && let Some(Value { kind: Kind::Function(closure), .. }) = self.look_up(scope, "exit")
                {
                    let at = self.place(unit, node.span);
                    return self.call_function(&closure, Vec::new(), at, None).1;
                }
                if let Some(value) = value {
                    let (status, next) = self.expr(unit, scope, value);
                    self.heed(&status.taint);
                    flow.then(next);
                    let zero = matches!(status.kind, Kind::Number(n) if n == 0.0)
                        || status.known_text() == Some("0");
                    // What a guard itself answered is not yet what is made of it.
                    if zero && !matches!(*value.kind, ExprKind::LastStatus) {
                        flow.well = Some(self.place(unit, node.span));
                    }
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
                    self.import_for_types(unit, scope, module, *module_span, names);
                    Flow::normal()
                } else {
                    self.import(unit, scope, module, *module_span, names)
                }
            }
            NodeKind::Export { name, value } => {
                let (value, flow) = match self.passed_on(scope, name, value) {
                    Some(later) => (later, Flow::normal()),
                    None => self.expr(unit, scope, value),
                };
                self.heed(&value.taint);
                let file = self.file_of(unit);
                self.exported_values += 1;
                self.epoch += 1;
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
                if name == "CI" || self.preloads(name, &value, at) {
                    self.note(EventKind::ForgesCi, at);
                }
                self.exported.insert(name.clone(), (value, at));
                flow
            }
            NodeKind::Opaque(parts) => self.sequence(unit, scope, parts).1,
        }
    }

    /// A loop over a list that is known to its end.
    pub(super) fn each_in_turn(
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
            let followed = std::mem::replace(&mut self.followed, true);
            let mut turn = self.block(unit, inner, body);
            self.followed = followed;
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
    pub(super) fn dropped(&mut self, value: &Value, span: Span, unit: usize) {
        let Kind::Promise(promise) = &value.kind else { return };
        if let Some(Failing::Throws { by_guard: true } | Failing::Exits { by_guard: true }) = promise.failing
        {
            let at = self.place(unit, span);
            let guard = self.last_guard_stop();
            self.excuse(ExcuseKind::Swallowed, at, Taint::default(), guard);
        }
    }

    /// A shell statement.
    pub(super) fn command_node(&mut self, unit: usize, scope: ScopeId, expr: &Expr) -> Flow {
        let at = self.place(unit, expr.span);
        let unseen = self.followed && self.goes_on();
        self.list = self.list_of(expr, at);
        let listed = self.list.is_some();
        let negated = matches!(*expr.kind, ExprKind::Not(_));
        let first = self.events.len();
        let before = self.last_guard_stop();
        let (value, mut flow) = self.expr(unit, scope, expr);
        self.list = None;
        self.status = value.clone();
        // A status that is turned around is never a failure.
        if unseen && !listed || negated {
            self.hide_since(first, Mask { at, silent: false, shell: true });
        }
        let and = matches!(*expr.kind, ExprKind::And(..));
        if !negated && if listed { and && !self.followed } else { !unseen } {
            // It ends the script, or whoever called sees it.
            self.heed(&value.taint);
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
}

/// Functions, or a few texts that are not the same.
fn differs_each_time(items: &[Value]) -> bool {
    items.iter().any(|i| matches!(i.kind, Kind::Function(_)))
        || (2..=MOST_TURNS).contains(&items.len()) && items.iter().all(|i| tells_apart(i, 0))
}

/// Texts and classes, and pairs with one: what is done with it depends on which it is.
fn tells_apart(item: &Value, depth: usize) -> bool {
    match &item.kind {
        Kind::Class(_) => true,
        Kind::List(items, false) => depth < 2 && items.iter().any(|item| tells_apart(item, depth + 1)),
        _ => item.known_text().is_some(),
    }
}

impl Walker<'_> {
    /// A value that nothing else is known of is taken for what it is called: `prisma` is a client,
    /// whatever factory it comes from.
    pub(super) fn named(&self, unit: usize, value: Value, name: &str) -> Value {
        match &value.kind {
            Kind::Unknown(label) if !label.starts_with(UNCHECKED) => match self.hint(unit, name) {
                Some(typed) => typed.with(&value.taint),
                None => value,
            },
            _ => value,
        }
    }
}
