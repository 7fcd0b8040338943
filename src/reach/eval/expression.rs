//! Expressions: what they give, and what happens on the way.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::knowledge;
use crate::knowledge::types::Role;
use crate::reach::eval::node::variable_key;
use crate::reach::eval::{Flow, Walker};
use crate::reach::event::{EventKind, ExcuseKind, Mask, World};
use crate::reach::value::{
    ClassValue, Closure, Failing, Kind, Object, Promise, ScopeId, Sources, Taint, Truth, Value,
};
use crate::words::flow::{Comparison, Dialect, Expr, ExprKind, MemberValue, PropertyKey};
use crate::words::text::Text;

impl Walker<'_> {
    pub(crate) fn expr(&mut self, unit: usize, scope: ScopeId, expr: &Expr) -> (Value, Flow) {
        if !self.step() {
            return (Value::unknown("value"), Flow::normal());
        }
        self.depth += 1;
        let result = self.expr_inner(unit, scope, expr);
        self.depth -= 1;
        result
    }

    /// The value alone, where no flow is expected.
    pub(crate) fn plain(&mut self, expr: &Expr, scope: ScopeId) -> Value {
        match &*expr.kind {
            ExprKind::Text(text) => Value::text(text.clone()),
            ExprKind::Concat(parts) => {
                let mut text = Text::default();
                for part in parts {
                    text.push(&self.plain(part, scope).to_text());
                }
                Value::new(Kind::Text(Rc::new(text)))
            }
            ExprKind::Variable(name) => {
                Value { kind: Kind::Variable(Rc::from(name.as_str())), taint: Taint::variable(name) }
            }
            _ => Value::unknown("value"),
        }
    }

    fn expr_inner(&mut self, unit: usize, scope: ScopeId, expr: &Expr) -> (Value, Flow) {
        let normal = Flow::normal;
        match &*expr.kind {
            ExprKind::Undefined => (Value::undefined(), normal()),
            ExprKind::Null => (Value::new(Kind::Null), normal()),
            ExprKind::Bool(b) => (Value::new(Kind::Bool(*b)), normal()),
            ExprKind::Number(n) => (Value::new(Kind::Number(*n)), normal()),
            ExprKind::Text(text) => (Value::text(text.clone()), normal()),
            ExprKind::Name(name) => (self.name(unit, scope, name), normal()),
            ExprKind::Variable(name) => (self.variable(scope, name), normal()),
            ExprKind::Default { value, other, or_empty } => {
                let (value, mut flow) = self.expr(unit, scope, value);
                let (other, next) = self.expr(unit, scope, other);
                // The other side runs only where the first is missing, so it never stops for sure.
                flow.absorb(Flow { falls: true, ..next });
                (self.default_of(&value, &other, *or_empty), flow)
            }
            ExprKind::Required { value } => self.expr(unit, scope, value),
            ExprKind::Member { of, name } => {
                let (of_value, flow) = self.expr(unit, scope, of);
                let at = self.place(unit, expr.span);
                (self.member(&of_value, name, Some(at)), flow)
            }
            ExprKind::Index { of, key } => {
                let (of_value, mut flow) = self.expr(unit, scope, of);
                let (key_value, next) = self.expr(unit, scope, key);
                flow.then(next);
                let made = !matches!(&*key.kind, ExprKind::Text(_) | ExprKind::Number(_));
                let at = self.place(unit, expr.span);
                (self.index(&of_value, &key_value, made, at), flow)
            }
            ExprKind::Concat(parts) => {
                let mut flow = normal();
                let mut text = Text::default();
                let mut taint = Taint::default();
                for part in parts {
                    let (value, next) = self.expr(unit, scope, part);
                    flow.then(next);
                    taint = taint.and(&value.taint);
                    let piece = value.to_text();
                    if piece.is_opaque() {
                        text.push(&Text::hole(label(part)));
                    } else {
                        text.push(&piece);
                    }
                }
                if let ([only], true) = (parts.as_slice(), text.is_opaque()) {
                    // A quoted variable is that variable.
                    return self.expr(unit, scope, only);
                }
                (Value { kind: Kind::Text(Rc::new(text)), taint }, flow)
            }
            ExprKind::List(items) => {
                let mut flow = normal();
                let mut values = Vec::new();
                let mut open = false;
                let mut taint = Taint::default();
                for item in items {
                    if let ExprKind::Spread(inner) = &*item.kind {
                        let (value, next) = self.expr(unit, scope, inner);
                        flow.then(next);
                        taint = taint.and(&value.taint);
                        match &value.kind {
                            Kind::List(inner, more) => {
                                values.extend(inner.iter().cloned());
                                open |= more;
                            }
                            _ => open = true,
                        }
                        continue;
                    }
                    let (value, next) = self.expr(unit, scope, item);
                    flow.then(next);
                    taint = taint.and(&value.taint);
                    values.push(value);
                }
                (Value { kind: Kind::List(Rc::new(values), open), taint }, flow)
            }
            ExprKind::Object(properties) => self.object(unit, scope, properties),
            ExprKind::Spread(inner) => self.expr(unit, scope, inner),
            ExprKind::Function(id) => {
                let lexical = self
                    .unit(unit)
                    .and_then(|u| u.functions.get(id.0 as usize))
                    .is_some_and(|f| f.lexical_this);
                let this = if lexical { self.look_up(scope, "this") } else { None };
                (Value::new(Kind::Function(Rc::new(Closure { unit, id: *id, scope, this }))), normal())
            }
            ExprKind::Class(id) => self.class(unit, scope, *id),
            ExprKind::Call(call) => self.call(unit, scope, call, expr.span),
            ExprKind::Await(inner) => {
                let (value, mut flow) = self.expr(unit, scope, inner);
                if flow.falls {
                    let at = self.place(unit, expr.span);
                    let (value, next) = self.settle(value, at);
                    flow.then(next);
                    self.awaited = true;
                    return (value, flow);
                }
                (value, flow)
            }
            ExprKind::Choose { test, then, other } => self.choose(unit, scope, test, then, other),
            ExprKind::And(a, b) => self.both(unit, scope, a, b, true),
            ExprKind::Or(a, b) => self.both(unit, scope, a, b, false),
            ExprKind::Not(inner) => {
                self.tested += 1;
                let (value, flow) = self.expr(unit, scope, inner);
                self.tested -= 1;
                (Value::truth(self.truth(&value).negate(), value.taint), flow)
            }
            ExprKind::Compare { op, left, right } => {
                let (left, mut flow) = self.expr(unit, scope, left);
                let (right, next) = self.expr(unit, scope, right);
                flow.then(next);
                (self.compare(*op, &left, &right), flow)
            }
            ExprKind::Matches { value, pattern, .. } => {
                let (value, mut flow) = self.expr(unit, scope, value);
                let (pattern, next) = self.expr(unit, scope, pattern);
                flow.then(next);
                let exact = pattern.known_text().filter(|p| p.chars().all(|c| c.is_ascii_alphanumeric()));
                if exact.is_some() {
                    return (self.compare(Comparison::Equal, &value, &pattern), flow);
                }
                (Value::tainted("match", value.taint.and(&pattern.taint)), flow)
            }
            ExprKind::IsSet { value, .. } => {
                let (value, flow) = self.expr(unit, scope, value);
                let truth = match &value.kind {
                    Kind::Text(text) => match text.as_known() {
                        Some(known) => Truth::of(!known.is_empty()),
                        None => Truth::Unknown,
                    },
                    Kind::Undefined => Truth::No,
                    Kind::Variable(name) if &**name == "CI" && self.world == World::NoProof => Truth::Yes,
                    _ => Truth::Unknown,
                };
                (Value::truth(truth, value.taint), flow)
            }
            ExprKind::Assign { target, value } => {
                let (value, mut flow) = self.expr(unit, scope, value);
                let next = self.assign(unit, scope, target, value.clone());
                flow.then(next);
                (value, flow)
            }
            ExprKind::Sequence(parts) | ExprKind::Opaque(parts) => {
                let (value, flow) = self.sequence(unit, scope, parts);
                match &*expr.kind {
                    ExprKind::Sequence(_) => (value, flow),
                    _ => (Value::tainted("value", value.taint), flow),
                }
            }
            ExprKind::Load { module, .. } => {
                let span = module.span;
                let deferred = matches!(&*expr.kind, ExprKind::Load { deferred: true, .. });
                let (name, mut flow) = self.expr(unit, scope, module);
                let Some(name) = name.known_text().map(str::to_owned) else {
                    return (Value::tainted("module", name.taint), flow);
                };
                let (value, next) = self.load_module(unit, &name, span);
                flow.then(next);
                // `require` gives what `module.exports` was set to.
                let value = match &value.kind {
                    Kind::Module(file) if !deferred => {
                        self.modules.get(file).and_then(|m| m.whole.clone()).unwrap_or(value)
                    }
                    _ => value,
                };
                let value = if deferred {
                    Value::new(Kind::Promise(Rc::new(Promise { value, failing: None, events: Vec::new() })))
                } else {
                    value
                };
                (value, flow)
            }
            ExprKind::Include { file } => self.include(unit, scope, file, expr.span),
            ExprKind::EvalText(text) => {
                let (value, mut flow) = self.expr(unit, scope, text);
                let at = self.place(unit, expr.span);
                let (value, next) = self.eval_text(scope, &value, at);
                flow.then(next);
                (value, flow)
            }
            ExprKind::Run(run) => self.run_expr(unit, scope, run, expr.span),
            ExprKind::Pipe(stages) => self.pipe(unit, scope, stages, expr.span),
            ExprKind::Detached(inner) => {
                let at = self.place(unit, expr.span);
                self.masks.push(Some(Mask { at, silent: true, shell: true }));
                let (value, flow) = self.expr(unit, scope, inner);
                self.masks.pop();
                if self.stops_here(&value, &flow) {
                    let guard = self.last_guard_stop();
                    self.excuse(ExcuseKind::Masked, at, Taint::default(), guard);
                }
                (Value::unknown("job"), normal())
            }
            ExprKind::Group { body, isolated } => {
                let options = (self.errexit, self.pipefail);
                let inner = self.new_scope(Some(scope), *isolated);
                let mark = self.mark();
                let mut flow = self.block(unit, inner, body);
                let mut value = self.status.clone();
                if *isolated {
                    self.undo(mark);
                    (self.errexit, self.pipefail) = options;
                    if flow.exits && !flow.falls {
                        let taint = if flow.guarded { self.stop_taint() } else { Taint::default() };
                        value = Value { kind: Kind::Bool(false), taint };
                        flow = normal();
                    } else if flow.exits {
                        value = Value::tainted("status", value.taint);
                        flow.exits = false;
                    }
                }
                (value, flow)
            }
            ExprKind::Capture(body) => {
                let inner = self.new_scope(Some(scope), true);
                let mark = self.mark();
                let options = (self.errexit, self.pipefail);
                let status = self.status.clone();
                let flow = self.block(unit, inner, body);
                let taint = self.status.taint.clone();
                let echoed = self.echoed(unit, inner, body);
                self.undo(mark);
                (self.errexit, self.pipefail) = options;
                self.status = status;
                let _ = flow;
                (echoed.unwrap_or_else(|| Value::tainted("output", taint)), normal())
            }
            ExprKind::LastStatus => {
                let status = self.status.clone();
                let value = match self.truth(&status) {
                    Truth::Yes => Kind::Number(0.0),
                    Truth::No => Kind::Number(1.0),
                    Truth::Unknown => Kind::Unknown(Rc::from("status")),
                };
                (Value { kind: value, taint: status.taint }, normal())
            }
        }
    }

    pub(crate) fn sequence(&mut self, unit: usize, scope: ScopeId, parts: &[Expr]) -> (Value, Flow) {
        let mut flow = Flow::normal();
        let mut last = Value::undefined();
        let mut taint = Taint::default();
        for part in parts {
            let (value, next) = self.expr(unit, scope, part);
            flow.then(next);
            taint = taint.and(&value.taint);
            last = value;
            if !flow.falls {
                break;
            }
        }
        last.taint = taint;
        (last, flow)
    }

    fn name(&mut self, unit: usize, scope: ScopeId, name: &str) -> Value {
        if let Some(value) = self.look_up(scope, name) {
            return value;
        }
        if self.unit(unit).is_some_and(|u| u.dialect == Dialect::Shell) {
            return Value::unknown(name);
        }
        if name == "undefined" {
            return Value::undefined();
        }
        let prefix = self.prefix(unit);
        let path = format!("{prefix}:{name}");
        if let Some(action) = knowledge::libraries().api(&path)
            && action.property
        {
            let at = crate::words::span::Place {
                file: self.file_of(unit),
                span: crate::words::span::Span::default(),
            };
            return self.read_api(&path, action, at);
        }
        if let Some(typed) = Self::by_name(name) {
            return typed;
        }
        Value::new(Kind::Api(Rc::from(path)))
    }

    pub(crate) fn prefix(&self, unit: usize) -> &'static str {
        match self.unit(unit).map(|u| u.dialect) {
            Some(Dialect::Python) => "python",
            Some(Dialect::PowerShell) => "powershell",
            Some(Dialect::Rust) => "rust",
            Some(Dialect::Shell) => "sh",
            _ => "js",
        }
    }

    fn variable(&mut self, scope: ScopeId, name: &str) -> Value {
        if let Some(value) = self.look_up(scope, &variable_key(name)) {
            return value;
        }
        if let Some(held) = name.strip_prefix('!').filter(|held| !held.is_empty()) {
            // Which URL a fingerprint check looks at may well be told by a name.
            let computed = Sources { computed: self.fingerprint == 0, ..Sources::default() };
            return Value::tainted(&format!("${{!{held}}}"), Taint::of(computed));
        }
        if name.chars().all(|c| c.is_ascii_digit()) || matches!(name, "@" | "*" | "#") {
            let taint = Taint::of(Sources { arguments: true, ..Sources::default() });
            return Value::tainted(&format!("${name}"), taint);
        }
        if let Some((value, _)) = self.exported.get(name)
            && name != "CI"
        {
            return value.clone();
        }
        Value { kind: Kind::Variable(Rc::from(name)), taint: Taint::variable(name) }
    }

    pub(crate) fn default_of(&self, value: &Value, other: &Value, or_empty: bool) -> Value {
        match &value.kind {
            Kind::Undefined | Kind::Null => other.clone(),
            Kind::Text(text) if text.as_known().is_some_and(|t| !t.is_empty() || !or_empty) => value.clone(),
            Kind::Text(text) if text.as_known() == Some("") && or_empty => other.clone(),
            Kind::Variable(name) => {
                // A default that is not `true` leaves the variable as it is for a strict check.
                let harmless = other.known_text().is_some_and(|t| t != "true")
                    || matches!(other.kind, Kind::Undefined | Kind::Null);
                if &**name == "CI" && harmless {
                    value.clone()
                } else {
                    Value::tainted(name, value.taint.and(&other.taint))
                }
            }
            Kind::Unknown(_) => value.clone().with(&other.taint),
            _ => value.clone(),
        }
    }

    fn object(
        &mut self,
        unit: usize,
        scope: ScopeId,
        properties: &[crate::words::flow::Property],
    ) -> (Value, Flow) {
        let mut flow = Flow::normal();
        let mut entries = BTreeMap::new();
        let mut open = false;
        let mut taint = Taint::default();
        for property in properties {
            let key = match &property.key {
                PropertyKey::Named(name) => Some(name.clone()),
                PropertyKey::Computed(key) => {
                    let (key, next) = self.expr(unit, scope, key);
                    flow.then(next);
                    key.known_text().map(str::to_owned)
                }
                PropertyKey::Spread => {
                    let (value, next) = self.expr(unit, scope, &property.value);
                    flow.then(next);
                    match &value.kind {
                        Kind::Object(object) => {
                            entries.extend(object.entries.clone());
                            open |= object.open;
                        }
                        Kind::Undefined | Kind::Null | Kind::Bool(_) => {}
                        _ => open = true,
                    }
                    taint = taint.and(&value.taint);
                    continue;
                }
            };
            let (value, next) = self.expr(unit, scope, &property.value);
            flow.then(next);
            taint = taint.and(&value.taint);
            match key {
                Some(key) => {
                    entries.insert(key, value);
                }
                None => open = true,
            }
        }
        (Value::object(entries, open).with(&taint), flow)
    }

    fn class(&mut self, unit: usize, scope: ScopeId, id: crate::words::flow::ClassId) -> (Value, Flow) {
        let Some((handle, _)) = self.units.get(unit).cloned() else {
            return (Value::unknown("class"), Flow::normal());
        };
        let Some(class) = handle.unit().and_then(|u| u.classes.get(id.0 as usize)) else {
            return (Value::unknown("class"), Flow::normal());
        };
        let mut flow = Flow::normal();
        let mut base = None;
        if let Some(expr) = &class.base {
            let (value, next) = self.expr(unit, scope, expr);
            flow.then(next);
            base = Some(value);
        }
        let mut table = None;
        for decorator in &class.decorators {
            let (value, next) = self.expr(unit, scope, decorator);
            flow.then(next);
            if let Kind::Table(definition) = &value.kind {
                let mut definition = (**definition).clone();
                if definition.name.is_none() {
                    definition.name.clone_from(&class.name);
                }
                for member in &class.members {
                    definition.columns.entry(member.name.clone()).or_insert_with(|| member.name.clone());
                }
                table = Some(Rc::new(definition));
            }
        }
        let next = self.block(unit, scope, &class.on_define);
        flow.then(next);
        (Value::new(Kind::Class(Rc::new(ClassValue { unit, id, scope, base, table }))), flow)
    }

    fn choose(
        &mut self,
        unit: usize,
        scope: ScopeId,
        test: &Expr,
        then: &Expr,
        other: &Expr,
    ) -> (Value, Flow) {
        self.tested += 1;
        let (value, mut flow) = self.expr(unit, scope, test);
        self.tested -= 1;
        match self.truth(&value) {
            Truth::Yes | Truth::No => {
                let side = if self.truth(&value) == Truth::Yes { then } else { other };
                let (mut result, next) = self.expr(unit, scope, side);
                result.taint = result.taint.and(&value.taint);
                flow.then(next);
                (result, flow)
            }
            Truth::Unknown => {
                let at = self.place(unit, test.span);
                let (a, b, both) = self.fork_values(
                    at,
                    &value.taint,
                    |w| w.expr(unit, scope, then),
                    |w| w.expr(unit, scope, other),
                );
                flow.then(both);
                (a.join(&b).with(&value.taint), flow)
            }
        }
    }

    /// `a && b`, `a || b`.
    fn both(&mut self, unit: usize, scope: ScopeId, a: &Expr, b: &Expr, and: bool) -> (Value, Flow) {
        let shell = self.is_shell(unit);
        let at = self.place(unit, a.span.to(b.span));
        self.tested += 1;
        let mask = (shell && !and).then(|| self.hides(b, at)).flatten();
        if mask.is_some() {
            self.masks.push(mask);
        } else if shell && !and {
            // What stands behind `||` deals with the failure.
            self.masks.push(None);
        }
        let (left, mut flow) = self.expr(unit, scope, a);
        if shell && !and {
            self.masks.pop();
        }
        self.tested -= 1;
        if !flow.falls {
            if mask.is_some() && flow.guarded && flow.exits && matches!(*a.kind, ExprKind::Run(_)) {
                // Whether the guard ends the shell itself is a detail of its body; who calls it
                // has decided that its failure does not count.
                let guard = self.last_guard_stop().or(Some(at));
                self.excuse(ExcuseKind::Masked, at, Taint::default(), guard);
                return (Value::new(Kind::Bool(true)), Flow::normal());
            }
            return (left, flow);
        }
        let taken = match (self.truth(&left), and) {
            (Truth::Yes, true) | (Truth::No, false) => {
                let (right, mut next) = self.expr(unit, scope, b);
                let relevant =
                    left.taint.has(|s| s.ci) && self.world == World::NoCi || left.taint.has(|s| s.verdict);
                if next.stops() && relevant && !next.guarded {
                    next.guarded = true;
                    self.guard_stop(at);
                }
                if mask.is_some() && relevant && next.falls {
                    let guard = self.last_guard_stop().or(Some(at));
                    self.excuse(ExcuseKind::Masked, at, Taint::default(), guard);
                }
                flow.then(next);
                // What decides is the right one; the left one is known. Where that one is the guard's
                // question, the right one is a way past it.
                let mut right = right;
                if relevant || !matches!(right.kind, Kind::Unknown(_)) {
                    right.taint = right.taint.and(&left.taint);
                }
                return (right, flow);
            }
            (Truth::Unknown, _) => true,
            _ => false,
        };
        if !taken {
            return (left, flow);
        }
        let left_taint = left.taint.clone();
        // `npm ci && guard check` fails with what stands before it; a test of a variable does not.
        let steered = super::node::is_switch(&left_taint);
        let (right, _, next) = self.fork_values(
            at,
            &left_taint,
            |w| {
                w.uncertain += usize::from(steered);
                let right = w.expr(unit, scope, b);
                w.uncertain -= usize::from(steered);
                right
            },
            |_| (Value::undefined(), Flow::normal()),
        );
        flow.then(next);
        // An unknown left and a decided right: `x && false` is false, `x || true` is true.
        let value = match (self.truth(&right), and) {
            (Truth::No, true) => Value { kind: Kind::Bool(false), taint: right.taint.clone() },
            (Truth::Yes, false)
                if !matches!(right.kind, Kind::Typed(_) | Kind::Text(_) | Kind::Object(_)) =>
            {
                Value { kind: Kind::Bool(true), taint: right.taint.clone() }
            }
            // `x && true` is just as unknown as `x` is.
            (Truth::Yes, true) if matches!(right.kind, Kind::Bool(_)) => {
                Value::tainted("condition", left_taint)
            }
            (Truth::No, false) if matches!(right.kind, Kind::Bool(_)) => {
                Value::tainted("condition", left_taint)
            }
            _ => {
                let joined = if and { right.clone() } else { left.join(&right) };
                Value { kind: soften(joined.kind), taint: left_taint.and(&right.taint) }
            }
        };
        (value, flow)
    }

    /// Two sides of an unknown condition, as values.
    pub(crate) fn fork_values(
        &mut self,
        at: crate::words::span::Place,
        taint: &Taint,
        one: impl FnOnce(&mut Self) -> (Value, Flow),
        two: impl FnOnce(&mut Self) -> (Value, Flow),
    ) -> (Value, Value, Flow) {
        let held = self.held.clone();
        let mark = self.mark();
        let (a, mut a_flow) = one(self);
        let writes = self.undo(mark);
        let a_held = std::mem::replace(&mut self.held, held);
        let mark = self.mark();
        let (b, mut b_flow) = two(self);
        super::node::remember(&mut a_flow, at, taint);
        super::node::remember(&mut b_flow, at, taint);
        self.merge(writes, a_flow.falls, mark, b_flow.falls, taint);
        if a_flow.falls {
            self.held.extend(a_held);
        }
        let (stopping, going) = match (a_flow.stops(), b_flow.stops()) {
            (true, false) => (Some(&a_flow), Some(&b_flow)),
            (false, true) => (Some(&b_flow), Some(&a_flow)),
            _ => (None, None),
        };
        if let (Some(stopping), Some(_)) = (stopping, going) {
            let from_verdict = taint.has(|s| s.verdict);
            let in_check = self.world == World::WrongDatabase && (self.fingerprint > 0 || from_verdict);
            if in_check && (from_verdict || !crate::reach::eval::node::is_switch(taint)) {
                self.fingerprint_taint = self.fingerprint_taint.and(taint);
                let mut flow = stopping.clone();
                flow.guarded = true;
                self.guard_stop(at);
                return (a, b, flow);
            }
            if taint.has(|s| s.ci) && self.world == World::NoCi {
                self.excuse(ExcuseKind::Loose, at, taint.clone(), Some(at));
            } else if stopping.guarded {
                let guard = self.last_guard_stop();
                self.excuse(ExcuseKind::Conditional, at, taint.clone(), guard);
            }
        }
        let mut flow = a_flow.clone();
        flow.falls |= b_flow.falls;
        let falls = flow.falls;
        flow.absorb(b_flow);
        flow.falls = falls;
        (a, b, flow)
    }

    pub(crate) fn truth(&self, value: &Value) -> Truth {
        match &value.kind {
            Kind::Bool(b) => Truth::of(*b),
            Kind::Undefined | Kind::Null => Truth::No,
            Kind::Number(n) => Truth::of(*n != 0.0),
            Kind::Text(text) => match text.as_known() {
                Some(known) => Truth::of(!known.is_empty()),
                None if text.pieces().iter().any(|p| matches!(p, crate::words::text::Piece::Known(_))) => {
                    Truth::Yes
                }
                None => Truth::Unknown,
            },
            Kind::Variable(name) if &**name == "CI" && self.world == World::NoProof => Truth::Yes,
            Kind::Unknown(_) | Kind::Variable(_) | Kind::Method(_) | Kind::Api(_) => Truth::Unknown,
            // A client of the knowledge may be missing all the same.
            Kind::Typed(_) => Truth::Unknown,
            _ => Truth::Yes,
        }
    }

    pub(crate) fn compare(&self, op: Comparison, left: &Value, right: &Value) -> Value {
        let taint = left.taint.and(&right.taint);
        let unknown = Value::tainted("comparison", taint.clone());
        let negative = matches!(op, Comparison::NotEqual | Comparison::NotEqualFolded);
        let folded = matches!(op, Comparison::EqualFolded | Comparison::NotEqualFolded);
        if op == Comparison::Other {
            return unknown;
        }
        let equal = match (&left.kind, &right.kind) {
            (Kind::Variable(name), other) | (other, Kind::Variable(name)) if &**name == "CI" => {
                let other = match other {
                    Kind::Text(text) => text.as_known(),
                    _ => None,
                };
                match (self.world, other) {
                    (World::NoCi, Some("true")) if !folded => Truth::No,
                    (World::NoProof, Some(text)) => Truth::of(text == "true"),
                    _ => Truth::Unknown,
                }
            }
            (Kind::Text(a), Kind::Text(b)) => match (a.as_known(), b.as_known()) {
                (Some(a), Some(b)) if folded => Truth::of(a.eq_ignore_ascii_case(b)),
                (Some(a), Some(b)) => Truth::of(a == b),
                _ => Truth::Unknown,
            },
            (Kind::Bool(a), Kind::Bool(b)) => Truth::of(a == b),
            (Kind::Number(a), Kind::Number(b)) => Truth::of((a - b).abs() < f64::EPSILON),
            (Kind::Text(a), Kind::Number(b)) | (Kind::Number(b), Kind::Text(a)) => a
                .as_known()
                .and_then(|a| a.trim().parse::<f64>().ok())
                .map_or(Truth::Unknown, |a| Truth::of((a - b).abs() < f64::EPSILON)),
            (Kind::Undefined | Kind::Null, Kind::Undefined | Kind::Null) => Truth::Yes,
            (
                Kind::Undefined | Kind::Null,
                Kind::Text(_) | Kind::Bool(_) | Kind::Object(_) | Kind::List(..),
            )
            | (
                Kind::Text(_) | Kind::Bool(_) | Kind::Object(_) | Kind::List(..),
                Kind::Undefined | Kind::Null,
            ) => Truth::No,
            _ => Truth::Unknown,
        };
        Value::truth(if negative { equal.negate() } else { equal }, taint)
    }

    /// A promise's result: a failure on its way happens here.
    pub(crate) fn settle(&mut self, value: Value, at: crate::words::span::Place) -> (Value, Flow) {
        let _ = at;
        let Kind::Promise(promise) = &value.kind else { return (value, Flow::normal()) };
        match promise.failing {
            Some(Failing::Throws { by_guard }) => {
                (Value::undefined(), Flow { throws: true, guarded: by_guard, ..Flow::default() })
            }
            Some(Failing::Exits { by_guard }) => {
                (Value::undefined(), Flow { exits: true, guarded: by_guard, ..Flow::default() })
            }
            None => (promise.value.clone().with(&value.taint), Flow::normal()),
        }
    }

    pub(crate) fn assign(&mut self, unit: usize, scope: ScopeId, target: &Expr, value: Value) -> Flow {
        match &*target.kind {
            ExprKind::Name(name) => {
                let holder = self.holder(scope, name).unwrap_or_else(|| self.function_scope(scope));
                self.bind(holder, name, value);
                Flow::normal()
            }
            ExprKind::Variable(name) => {
                let key = variable_key(name);
                let holder = self.holder(scope, &key).unwrap_or_else(|| self.outermost(scope));
                if name == "CI" && self.exported.contains_key("CI") {
                    let at = self.place(unit, target.span);
                    self.note(EventKind::ForgesCi, at);
                }
                self.bind(holder, &key, value);
                Flow::normal()
            }
            ExprKind::Member { of, name } => {
                let (owner, flow) = self.expr(unit, scope, of);
                self.set_member(unit, scope, target, of, &owner, name, value);
                flow
            }
            ExprKind::Index { of, key } => {
                let (owner, mut flow) = self.expr(unit, scope, of);
                let (key, next) = self.expr(unit, scope, key);
                flow.then(next);
                match key.known_text().map(str::to_owned) {
                    Some(name) => self.set_member(unit, scope, target, of, &owner, &name, value),
                    None => self.open_object(scope, of, &owner),
                }
                flow
            }
            _ => self.expr(unit, scope, target).1,
        }
    }

    #[allow(clippy::too_many_arguments, reason = "an assignment has that many parts")]
    fn set_member(
        &mut self,
        unit: usize,
        scope: ScopeId,
        target: &Expr,
        of: &Expr,
        owner: &Value,
        name: &str,
        value: Value,
    ) {
        let at = self.place(unit, target.span);
        match &owner.kind {
            Kind::Api(path) => self.set_api(path, name, value, at),
            Kind::Object(object) => {
                let mut changed: Object = (**object).clone();
                changed.entries.insert(name.to_owned(), value);
                self.write_back(
                    scope,
                    of,
                    Value { kind: Kind::Object(Rc::new(changed)), taint: owner.taint.clone() },
                );
            }
            Kind::Unknown(_) => {
                if let ExprKind::Name(_) = &*of.kind {
                    let mut object = Object { open: true, ..Object::default() };
                    object.entries.insert(name.to_owned(), value);
                    self.write_back(
                        scope,
                        of,
                        Value { kind: Kind::Object(Rc::new(object)), taint: owner.taint.clone() },
                    );
                }
            }
            _ => {}
        }
    }

    fn open_object(&mut self, scope: ScopeId, of: &Expr, owner: &Value) {
        if let Kind::Object(object) = &owner.kind {
            let mut changed: Object = (**object).clone();
            changed.open = true;
            self.write_back(
                scope,
                of,
                Value { kind: Kind::Object(Rc::new(changed)), taint: owner.taint.clone() },
            );
        }
    }

    fn write_back(&mut self, scope: ScopeId, of: &Expr, value: Value) {
        let name = match &*of.kind {
            ExprKind::Name(name) => name.as_str(),
            _ => return,
        };
        if let Some(holder) = self.holder(scope, name) {
            self.bind(holder, name, value);
        }
    }

    /// A member of a global is set: the environment, or the way out.
    pub(crate) fn set_api(&mut self, path: &str, name: &str, value: Value, at: crate::words::span::Place) {
        let role = |path: &str| knowledge::libraries().api(path).and_then(|a| a.role);
        if role(path) == Some(Role::Environment) {
            self.set_environment(name, value, at);
            return;
        }
        match role(&format!("{path}.{name}")) {
            Some(Role::Exit) => {
                self.note(
                    EventKind::Unresolved {
                        why: "the function that ends the program is replaced".to_owned(),
                        hint: "leave process.exit as it is".to_owned(),
                    },
                    at,
                );
                self.replace_api(path, name, value);
            }
            Some(Role::Environment) => {
                if let Kind::Object(object) = &value.kind {
                    for (name, value) in &object.entries {
                        self.set_environment(name, value.clone(), at);
                    }
                }
            }
            _ => {}
        }
    }

    /// `process.env.X = …`: what reads it later in this program reads that.
    pub(crate) fn set_environment(&mut self, name: &str, value: Value, at: crate::words::span::Place) {
        if name == "CI" {
            self.note(EventKind::ForgesCi, at);
        } else if !self.scopes.is_empty() {
            self.bind(0, &format!("\u{0}env {name}"), value);
        }
    }

    /// A variable of the environment, as this program finds it or has set it.
    pub(crate) fn environment(&self, name: &str) -> Value {
        self.scopes
            .first()
            .and_then(|s| s.names.get(format!("\u{0}env {name}").as_str()).cloned())
            .unwrap_or_else(|| Value { kind: Kind::Variable(Rc::from(name)), taint: Taint::variable(name) })
    }

    fn replace_api(&mut self, path: &str, name: &str, value: Value) {
        let key = format!("\u{0}api {path}.{name}");
        let scope = 0;
        if !self.scopes.is_empty() {
            self.bind(scope, &key, value);
        }
    }

    pub(crate) fn replaced(&self, path: &str) -> Option<Value> {
        self.scopes.first().and_then(|s| s.names.get(format!("\u{0}api {path}").as_str()).cloned())
    }

    /// The method or field of a class, looked for in its bases, too.
    pub(crate) fn class_member(
        &mut self,
        class: &Rc<ClassValue>,
        name: &str,
        is_static: bool,
    ) -> Option<Value> {
        let (handle, _) = self.units.get(class.unit)?.clone();
        let found = handle.unit()?.classes.get(class.id.0 as usize)?;
        for member in &found.members {
            if member.name != name || member.is_static != is_static {
                continue;
            }
            return Some(match &member.value {
                MemberValue::Method(id) | MemberValue::Getter(id) => {
                    Value::new(Kind::Function(Rc::new(Closure {
                        unit: class.unit,
                        id: *id,
                        scope: class.scope,
                        this: None,
                    })))
                }
                MemberValue::Field(Some(value)) => {
                    let value = value.clone();
                    self.expr(class.unit, class.scope, &value).0
                }
                MemberValue::Field(None) => member
                    .type_name
                    .as_deref()
                    .and_then(Self::by_annotation)
                    .unwrap_or_else(|| Value::unknown(name)),
            });
        }
        match class.base.as_ref().map(|b| &b.kind) {
            Some(Kind::Class(base)) => {
                let base = Rc::clone(base);
                self.class_member(&base, name, is_static)
            }
            _ => None,
        }
    }
}

/// A joined value that may as well not be there.
fn soften(kind: Kind) -> Kind {
    match kind {
        Kind::Bool(_) | Kind::Number(_) => Kind::Unknown(Rc::from("condition")),
        other => other,
    }
}

pub(crate) fn label(expr: &Expr) -> String {
    match &*expr.kind {
        ExprKind::Name(name) | ExprKind::Variable(name) => name.clone(),
        ExprKind::Member { of, name } => format!("{}.{name}", label(of)),
        ExprKind::Index { of, .. } => format!("{}[…]", label(of)),
        ExprKind::Call(call) => format!("{}(…)", label(&call.callee)),
        ExprKind::Await(inner) | ExprKind::Spread(inner) => label(inner),
        _ => "…".to_owned(),
    }
}
