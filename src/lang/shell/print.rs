//! The flow as compact text, for tests.

use crate::words::flow::{Block, EnvSetting, Expr, ExprKind, NodeKind, PatternSyntax, Stdin, Unit};

pub(crate) fn unit(unit: &Unit) -> String {
    let mut out = block(unit, &unit.body);
    for problem in &unit.problems {
        out = format!("{out} PROBLEM[{}]", problem.what);
    }
    out
}

fn block(unit: &Unit, body: &Block) -> String {
    body.iter().map(|node| kind(unit, &node.kind)).collect::<Vec<_>>().join(" ")
}

fn flag(value: Option<bool>) -> &'static str {
    match value {
        None => "_",
        Some(true) => "on",
        Some(false) => "off",
    }
}

fn kind(unit: &Unit, node: &NodeKind) -> String {
    let show = |e: &Expr| expr(unit, e);
    let maybe = |e: &Option<Expr>| e.as_ref().map_or("-".to_owned(), show);
    match node {
        NodeKind::Command(e) => show(e),
        NodeKind::Eval(e) => format!("(value {})", show(e)),
        NodeKind::Bind { name, value, .. } => format!("(local {name} {})", maybe(value)),
        NodeKind::Assign { target, value } => format!("(set {} {})", show(target), show(value)),
        NodeKind::Branch { test, then, other } => {
            format!("(if {} [{}] [{}])", show(test), block(unit, then), block(unit, other))
        }
        NodeKind::Loop { test, each, body, at_least_once } => {
            let each = each.as_ref().map_or("-".to_owned(), |e| format!("{} in {}", e.name, show(&e.over)));
            let once = if *at_least_once { "+" } else { "" };
            format!("(loop{once} {} {each} [{}])", maybe(test), block(unit, body))
        }
        NodeKind::Return(e) => format!("(return {})", maybe(e)),
        NodeKind::Exit(e) => format!("(exit {})", maybe(e)),
        NodeKind::Break => "break".to_owned(),
        NodeKind::Continue => "continue".to_owned(),
        NodeKind::Define { name, value } => match value.kind.as_ref() {
            ExprKind::Function(id) => {
                let body = unit.functions.get(id.0 as usize).map_or(String::new(), |f| block(unit, &f.body));
                format!("(fn {name} [{body}])")
            }
            _ => format!("(define {name})"),
        },
        NodeKind::Options { errexit, pipefail } => {
            format!("(options {} {})", flag(*errexit), flag(*pipefail))
        }
        NodeKind::Trap { action, signals } => format!("(trap {} {})", maybe(action), signals.join(",")),
        NodeKind::ExportVariable { name, value } => format!("(export {name} {})", maybe(value)),
        NodeKind::Opaque(parts) => format!("(opaque! {})", all(unit, parts)),
        other => format!("{other:?}"),
    }
}

fn all(unit: &Unit, parts: &[Expr]) -> String {
    parts.iter().map(|part| expr(unit, part)).collect::<Vec<_>>().join(" ")
}

fn env(unit: &Unit, settings: &[EnvSetting]) -> String {
    let shown: Vec<String> =
        settings.iter().map(|set| format!("{}={} ", set.name, expr(unit, &set.value))).collect();
    shown.concat()
}

pub(crate) fn expr(unit: &Unit, e: &Expr) -> String {
    let show = |e: &Expr| expr(unit, e);
    match e.kind.as_ref() {
        ExprKind::Text(text) => format!("{text:?}"),
        ExprKind::Number(number) => number.to_string(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Undefined => "undefined".to_owned(),
        ExprKind::Variable(name) => format!("${name}"),
        ExprKind::LastStatus => "$?".to_owned(),
        ExprKind::Default { value, other, or_empty } => {
            format!("(default{} {} {})", if *or_empty { "" } else { "-unset" }, show(value), show(other))
        }
        ExprKind::Required { value } => format!("(required {})", show(value)),
        ExprKind::Index { of, key } => format!("(index {} {})", show(of), show(key)),
        ExprKind::Concat(parts) => format!("(concat {})", all(unit, parts)),
        ExprKind::List(parts) => format!("(list {})", all(unit, parts)),
        ExprKind::Spread(inner) => format!("@{}", show(inner)),
        ExprKind::Choose { test, then, other } => {
            format!("(choose {} {} {})", show(test), show(then), show(other))
        }
        ExprKind::And(a, b) => format!("(and {} {})", show(a), show(b)),
        ExprKind::Or(a, b) => format!("(or {} {})", show(a), show(b)),
        ExprKind::Not(a) => format!("(not {})", show(a)),
        ExprKind::Compare { op, left, right } => format!("({op:?} {} {})", show(left), show(right)),
        ExprKind::Matches { value, pattern, syntax } => {
            let name = if *syntax == PatternSyntax::Glob { "glob" } else { "regex" };
            format!("({name} {} {})", show(value), show(pattern))
        }
        ExprKind::IsSet { value, set_only } => {
            format!("({} {})", if *set_only { "is-set" } else { "not-empty" }, show(value))
        }
        ExprKind::Assign { target, value } => format!("(:= {} {})", show(target), show(value)),
        ExprKind::Sequence(parts) => format!("(seq {})", all(unit, parts)),
        ExprKind::Include { file } => format!("(include {})", show(file)),
        ExprKind::EvalText(text) => format!("(eval {})", show(text)),
        ExprKind::Run(run) => {
            let stdin = match &run.stdin {
                Stdin::Inherit => String::new(),
                Stdin::Text(text) => format!(" <<{}", show(text)),
                Stdin::File(file) => format!(" <{}", show(file)),
            };
            format!("(run {}{}{stdin})", env(unit, &run.env), all(unit, &run.words))
        }
        ExprKind::Pipe(parts) => format!("(pipe {})", all(unit, parts)),
        ExprKind::Detached(inner) => format!("(detached {})", show(inner)),
        ExprKind::Group { body, isolated } => {
            format!("({} {})", if *isolated { "subshell" } else { "group" }, block(unit, body))
        }
        ExprKind::Capture(body) => format!("(capture {})", block(unit, body)),
        ExprKind::Opaque(parts) => format!("(opaque {})", all(unit, parts)),
        other => format!("{other:?}"),
    }
}
