//! The flow as an S-expression, so that a test shows on one line what came out.

use std::fmt::Write as _;

use crate::words::flow::{
    Block, CallKind, Class, Comparison, Expr, ExprKind, Function, ImportedName, MemberValue, Node, NodeKind,
    PropertyKey, Scope, Unit,
};

pub(super) fn unit(unit: &Unit) -> String {
    block(unit, &unit.body)
}

fn joined(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().collect::<Vec<_>>().join(" ")
}

fn block(u: &Unit, nodes: &Block) -> String {
    joined(nodes.iter().map(|n| node(u, n)))
}

fn list(u: &Unit, exprs: &[Expr]) -> String {
    joined(exprs.iter().map(|e| expr(u, e)))
}

fn names(names: &[ImportedName]) -> String {
    joined(names.iter().map(|n| format!("{}:{}", n.imported, n.local)))
}

fn optional(u: &Unit, e: Option<&Expr>) -> String {
    e.map_or_else(|| "_".to_owned(), |e| expr(u, e))
}

fn node(u: &Unit, n: &Node) -> String {
    match &n.kind {
        NodeKind::Eval(e) => expr(u, e),
        NodeKind::Bind { name, value, scope, type_name } => {
            let word = if *scope == Scope::Block { "let" } else { "var" };
            let of = type_name.as_ref().map_or_else(String::new, |t| format!(":{t}"));
            format!("({word} {name}{of} {})", optional(u, value.as_ref()))
        }
        NodeKind::Assign { target, value } => format!("(= {} {})", expr(u, target), expr(u, value)),
        NodeKind::Branch { test, then, other } => {
            format!("(if {} {{{}}} {{{}}})", expr(u, test), block(u, then), block(u, other))
        }
        NodeKind::Loop { test, each, body, at_least_once } => {
            let head = match each {
                Some(each) => format!("{} of {}", each.name, expr(u, &each.over)),
                None => optional(u, test.as_ref()),
            };
            let word = if *at_least_once { "loop+" } else { "loop" };
            format!("({word} {head} {{{}}})", block(u, body))
        }
        NodeKind::Scope(body) => format!("{{{}}}", block(u, body)),
        NodeKind::Try { body, handler, finally } => {
            let handler = handler.as_ref().map_or_else(String::new, |h| {
                format!(" (catch {} {{{}}})", h.param.as_deref().unwrap_or("_"), block(u, &h.body))
            });
            let finally =
                if finally.is_empty() { String::new() } else { format!(" (finally {})", block(u, finally)) };
            format!("(try {{{}}}{handler}{finally})", block(u, body))
        }
        NodeKind::Return(e) => format!("(return {})", optional(u, e.as_ref())),
        NodeKind::Throw(e) => format!("(throw {})", expr(u, e)),
        NodeKind::Break => "break".to_owned(),
        NodeKind::Continue => "continue".to_owned(),
        NodeKind::Define { name, value } => format!("(define {name} {})", expr(u, value)),
        NodeKind::Import { module, names: list, type_only, .. } => {
            let word = if *type_only { "import-type" } else { "import" };
            format!("({word} {module} [{}])", names(list))
        }
        NodeKind::Export { name, value } => format!("(export {name} {})", expr(u, value)),
        NodeKind::ExportFrom { module, names: list, .. } => {
            format!("(export-from {module} {})", list.as_ref().map_or_else(|| "all".to_owned(), |l| names(l)))
        }
        NodeKind::Opaque(parts) => format!("(?? {})", list(u, parts)),
        other => format!("{other:?}"),
    }
}

fn function(u: &Unit, f: &Function) -> String {
    let params = joined(f.params.iter().map(|p| {
        let rest = if p.rest { "..." } else { "" };
        let of = p.type_name.as_ref().map_or_else(String::new, |t| format!(":{t}"));
        let default = p.default.as_ref().map_or_else(String::new, |d| format!("={}", expr(u, d)));
        format!("{rest}{}{of}{default}", p.name)
    }));
    let mut words = String::new();
    for (on, word) in [(f.is_async, "async "), (f.is_generator, "gen "), (!f.lexical_this, "this ")] {
        words.push_str(if on { word } else { "" });
    }
    let name = f.name.as_deref().unwrap_or("_");
    format!("(fn {words}{name} [{params}] {})", block(u, &f.body))
}

fn class(u: &Unit, c: &Class) -> String {
    let mut out = format!("(class {}", c.name.as_deref().unwrap_or("_"));
    if let Some(base) = &c.base {
        let _ = write!(out, " <{}", expr(u, base));
    }
    for decorator in &c.decorators {
        let _ = write!(out, " @{}", expr(u, decorator));
    }
    if let Some(id) = c.constructor {
        let _ = write!(out, " new:{}", function(u, &u.functions[id.0 as usize]));
    }
    for m in &c.members {
        let of = m.type_name.as_ref().map_or_else(String::new, |t| format!(":{t}"));
        let word = if m.is_static { "static " } else { "" };
        let value = match &m.value {
            MemberValue::Method(id) => function(u, &u.functions[id.0 as usize]),
            MemberValue::Getter(id) => format!("get {}", function(u, &u.functions[id.0 as usize])),
            MemberValue::Field(value) => optional(u, value.as_ref()),
        };
        let decorators: String = joined(m.decorators.iter().map(|d| format!("@{} ", expr(u, d))));
        let _ = write!(out, " {decorators}{word}{}{of} {value};", m.name);
    }
    if !c.on_define.is_empty() {
        let _ = write!(out, " on-define {}", block(u, &c.on_define));
    }
    out + ")"
}

fn expr(u: &Unit, e: &Expr) -> String {
    match &*e.kind {
        ExprKind::Undefined => "undefined".to_owned(),
        ExprKind::Null => "null".to_owned(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Number(n) => n.to_string(),
        ExprKind::Text(t) => format!("{t:?}"),
        ExprKind::Name(n) => n.clone(),
        ExprKind::Default { value, other, or_empty } => {
            format!("({} {} {})", if *or_empty { ":-" } else { "??" }, expr(u, value), expr(u, other))
        }
        ExprKind::Member { of, name } => format!("{}.{name}", expr(u, of)),
        ExprKind::Index { of, key } => format!("{}[{}]", expr(u, of), expr(u, key)),
        ExprKind::Concat(parts) => format!("(+ {})", list(u, parts)),
        ExprKind::List(parts) => format!("[{}]", list(u, parts)),
        ExprKind::Object(properties) => {
            let parts = properties.iter().map(|p| match &p.key {
                PropertyKey::Named(name) => format!("{name}: {}", expr(u, &p.value)),
                PropertyKey::Computed(key) => format!("[{}]: {}", expr(u, key), expr(u, &p.value)),
                PropertyKey::Spread => format!("...{}", expr(u, &p.value)),
            });
            format!("(object {})", joined(parts))
        }
        ExprKind::Spread(e) => format!("...{}", expr(u, e)),
        ExprKind::Function(id) => function(u, &u.functions[id.0 as usize]),
        ExprKind::Class(id) => class(u, &u.classes[id.0 as usize]),
        ExprKind::Call(call) => {
            let word = match call.kind {
                CallKind::Plain => "",
                CallKind::New => "new ",
                CallKind::Tagged => "tag ",
            };
            let maybe = if call.optional { "?" } else { "" };
            let types = if call.type_args.is_empty() {
                String::new()
            } else {
                format!("<{}>", call.type_args.join(","))
            };
            format!("({word}{}{maybe}{types} {})", expr(u, &call.callee), list(u, &call.args))
        }
        ExprKind::Await(e) => format!("(await {})", expr(u, e)),
        ExprKind::Choose { test, then, other } => {
            format!("(? {} {} {})", expr(u, test), expr(u, then), expr(u, other))
        }
        ExprKind::And(a, b) => format!("(and {} {})", expr(u, a), expr(u, b)),
        ExprKind::Or(a, b) => format!("(or {} {})", expr(u, a), expr(u, b)),
        ExprKind::IsSet { value, .. } => format!("(set {})", expr(u, value)),
        ExprKind::Not(e) => format!("(not {})", expr(u, e)),
        ExprKind::Compare { op, left, right } => {
            let op = match op {
                Comparison::Equal => "==",
                Comparison::NotEqual => "!=",
                _ => "<>",
            };
            format!("({op} {} {})", expr(u, left), expr(u, right))
        }
        ExprKind::Assign { target, value } => format!("(:= {} {})", expr(u, target), expr(u, value)),
        ExprKind::Sequence(parts) => format!("(seq {})", list(u, parts)),
        ExprKind::Load { module, deferred } => {
            format!("({} {})", if *deferred { "import()" } else { "load" }, expr(u, module))
        }
        ExprKind::Group { body, .. } => format!("(group {})", block(u, body)),
        ExprKind::Opaque(parts) => format!("(?? {})", list(u, parts)),
        other => format!("{other:?}"),
    }
}
