//! Expressions: what they give, and what happens on the way.

use crate::knowledge;
use crate::reach::eval::Walker;
use crate::reach::eval::assign::variable_key;
use crate::reach::eval::flow::Flow;
use crate::reach::event::{ExcuseKind, World};
use crate::reach::value::{Closure, Kind, Promise, ScopeId, Sources, Taint, Truth, Value};
use crate::words::flow::{Comparison, Dialect, Expr, ExprKind};
use crate::words::span::Span;
use crate::words::text::Text;
use std::rc::Rc;

/// A list that is spread into itself again and again has an end, too.
pub(super) const MOST_ELEMENTS: usize = 4_096;

impl Walker<'_> {
    pub(super) fn expr(&mut self, unit: usize, scope: ScopeId, expr: &Expr) -> (Value, Flow) {
        if !self.step() {
            return (Value::unknown("value"), Flow::normal());
        }
        if let Some(value) = self.leaf(unit, scope, expr) {
            return (value, Flow::normal());
        }
        self.depth += 1;
        let result = match &*expr.kind {
            ExprKind::Member { of, name } => self.member_of(unit, scope, of, name, expr.span),
            _ => self.expr_inner(unit, scope, expr),
        };
        self.depth -= 1;
        result
    }

    /// What most expressions are, without the room on the stack that all the others need.
    fn leaf(&mut self, unit: usize, scope: ScopeId, expr: &Expr) -> Option<Value> {
        Some(match &*expr.kind {
            ExprKind::Undefined => Value::undefined(),
            ExprKind::Null => Value::new(Kind::Null),
            ExprKind::Bool(b) => Value::new(Kind::Bool(*b)),
            ExprKind::Number(n) => Value::new(Kind::Number(*n)),
            ExprKind::Text(text) => {
                let text = Text::known(text.clone()).written(self.place(unit, expr.span));
                Value::new(Kind::Text(Rc::new(text)))
            }
            ExprKind::Name(name) => self.name(unit, scope, name),
            ExprKind::Variable(name) => self.variable(scope, name),
            _ => return None,
        })
    }

    fn member_of(&mut self, unit: usize, scope: ScopeId, of: &Expr, name: &str, span: Span) -> (Value, Flow) {
        let (value, flow) = self.expr(unit, scope, of);
        let at = self.place(unit, span);
        (self.member(&value, name, Some(at)), flow)
    }

    /// The value alone, where no flow is expected.
    pub(super) fn plain(&mut self, expr: &Expr, scope: ScopeId) -> Value {
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

    pub(super) fn expr_inner(&mut self, unit: usize, scope: ScopeId, expr: &Expr) -> (Value, Flow) {
        let normal = Flow::normal;
        match &*expr.kind {
            ExprKind::Undefined
            | ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Name(_)
            | ExprKind::Variable(_) => {
                (self.leaf(unit, scope, expr).unwrap_or_else(Value::undefined), normal())
            }
            ExprKind::Default { value, other, or_empty } => {
                let (value, mut flow) = self.expr(unit, scope, value);
                let (other, next) = self.expr(unit, scope, other);
                // The other side runs only where the first is missing, so it never stops for sure.
                flow.absorb(Flow { falls: true, ..next });
                (self.default_of(&value, &other, *or_empty), flow)
            }
            ExprKind::Required { value } => self.expr(unit, scope, value),
            ExprKind::Member { of, name } => self.member_of(unit, scope, of, name, expr.span),
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
                        if let Kind::List(inner, more) = &value.kind {
                            values.extend(inner.iter().cloned());
                            open |= more;
                        } else {
                            open = true;
                            let at = self.place(unit, inner.span);
                            if let Some((_, next)) = self.iterated(&value, at) {
                                flow.then(next);
                            }
                        }
                        continue;
                    }
                    let (value, next) = self.expr(unit, scope, item);
                    flow.then(next);
                    taint = taint.and(&value.taint);
                    values.push(value);
                }
                if values.len() > MOST_ELEMENTS {
                    values.truncate(MOST_ELEMENTS);
                    open = true;
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
                let followed = self.asks();
                let (value, flow) = self.expr(unit, scope, inner);
                self.asked(followed);
                (Value::truth(self.truth(&value).negate(), value.taint), flow)
            }
            ExprKind::Compare { op, left, right } => {
                let (left, mut flow) = self.expr(unit, scope, left);
                let (right, next) = self.expr(unit, scope, right);
                flow.then(next);
                (self.compare(self.as_set(*op), &left, &right), flow)
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
                    let at = self.place(unit, span);
                    self.loads_unknown(&name, at);
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
                    Value::new(Kind::Promise(Rc::new(Promise { value, failing: None, events: 0..0 })))
                } else {
                    value
                };
                (value, flow)
            }
            ExprKind::Include { file } => self.include(unit, scope, file, expr.span),
            ExprKind::EvalText(text) if self.names_parameters(unit) => {
                let (value, mut flow) = self.expr(unit, scope, text);
                let at = self.place(unit, expr.span);
                let (value, next) = self.eval_named(scope, &value, at);
                flow.then(next);
                (value, flow)
            }
            ExprKind::EvalText(text) => {
                let (value, mut flow) = self.expr(unit, scope, text);
                let at = self.place(unit, expr.span);
                let (value, next) = self.eval_text(scope, &value, at);
                flow.then(next);
                (value, flow)
            }
            ExprKind::Run(run) if self.names_parameters(unit) => self.run_named(unit, scope, run, expr.span),
            ExprKind::Run(run) => self.run_expr(unit, scope, run, expr.span),
            ExprKind::Pipe(stages) if self.names_parameters(unit) => self.pipe_named(unit, scope, stages),
            ExprKind::Pipe(stages) => self.pipe(unit, scope, stages, expr.span),
            ExprKind::Detached(inner) => {
                let at = self.place(unit, expr.span);
                let first = self.events.len();
                let (value, flow) = self.expr(unit, scope, inner);
                // Only who waits for this very job learns how it ended.
                let outcome = self.outcome(first, at);
                let outer = self.outermost(scope);
                self.bind(outer, &variable_key("!"), Value::tainted("job", outcome));
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
                let followed = self.followed;
                self.followed &= !isolated;
                let mut flow = self.block(unit, inner, body);
                self.followed = followed;
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
                let followed = std::mem::take(&mut self.followed);
                self.errexit &= body.len() < 2 || self.inherits_errexit(unit);
                self.block(unit, inner, body);
                self.followed = followed;
                let taint = self.status.taint.clone();
                let echoed = self.echoed(unit, inner, body);
                self.undo(mark);
                (self.errexit, self.pipefail) = options;
                self.status = status;
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

    pub(super) fn sequence(&mut self, unit: usize, scope: ScopeId, parts: &[Expr]) -> (Value, Flow) {
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

    pub(super) fn name(&mut self, unit: usize, scope: ScopeId, name: &str) -> Value {
        if let Some(value) = self.look_up_now(scope, name) {
            return value;
        }
        if self.unit(unit).is_some_and(|u| u.dialect == Dialect::Shell) {
            return Value::unknown(name);
        }
        if name == "undefined" {
            return Value::undefined();
        }
        let prefix = self.prefix(unit);
        if prefix == "python"
            && let Some(Value { kind: Kind::Api(all), .. }) = self.look_up(scope, "%all")
        {
            let path = format!("{all}.{name}");
            if knowledge::libraries().api(&path).is_some() {
                return Value::new(Kind::Api(Rc::from(path)));
            }
        }
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
        if let Some(typed) = self.hint(unit, name) {
            return typed;
        }
        Value::new(Kind::Api(Rc::from(path)))
    }

    pub(super) fn prefix(&self, unit: usize) -> &'static str {
        match self.unit(unit).map(|u| u.dialect) {
            Some(Dialect::Python) => "python",
            Some(Dialect::PowerShell) => "powershell",
            Some(Dialect::Rust) => "rust",
            Some(Dialect::Shell) => "sh",
            Some(Dialect::Other) => "other",
            _ => "js",
        }
    }

    pub(super) fn variable(&mut self, scope: ScopeId, name: &str) -> Value {
        if let Some(value) = self.look_up(scope, &variable_key(name)) {
            return value;
        }
        if let Some(held) = name.strip_prefix('!').filter(|held| !held.is_empty()) {
            // Which URL a fingerprint check looks at may well be told by a name.
            let computed = Sources { computed: self.fingerprint == 0, ..Sources::default() };
            return Value::tainted(&format!("${{!{held}}}"), Taint::of(computed));
        }
        if name.chars().all(|c| c.is_ascii_digit()) || matches!(name, "@" | "*" | "#") {
            // A function that is asked alone is handed what its callers hand it, and nobody's command line.
            let taint = Taint::of(Sources { arguments: !self.alone, ..Sources::default() });
            return Value::tainted(&format!("${name}"), taint);
        }
        if let Some((value, _)) = self.exported.get(name)
            && name != "CI"
        {
            return value.clone();
        }
        Value { kind: Kind::Variable(Rc::from(name)), taint: Taint::variable(name) }
    }

    pub(super) fn default_of(&self, value: &Value, other: &Value, or_empty: bool) -> Value {
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
}

pub(super) fn label(expr: &Expr) -> String {
    match &*expr.kind {
        ExprKind::Name(name) | ExprKind::Variable(name) => name.clone(),
        ExprKind::Member { of, name } => format!("{}.{name}", label(of)),
        ExprKind::Index { of, .. } => format!("{}[…]", label(of)),
        ExprKind::Call(call) => format!("{}(…)", label(&call.callee)),
        ExprKind::Await(inner) | ExprKind::Spread(inner) => label(inner),
        _ => "…".to_owned(),
    }
}
