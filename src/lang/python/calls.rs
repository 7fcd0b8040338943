//! Calls: their arguments, and the few built-in functions that are syntax in other languages.

use ruff_python_ast as py;

use super::{Lowering, last_name, member, opaque, plain_call};
use crate::words::flow::{Expr, ExprKind, Property, PropertyKey};
use crate::words::span::Span;

/// The key that tells an object of named arguments from one that is written as an argument.
pub(super) const NAMED: &str = "%named";

impl Lowering<'_> {
    pub(super) fn call(&mut self, e: &py::ExprCall, span: Span) -> Expr {
        let args = &e.arguments;
        match &*e.func {
            py::Expr::Name(callee) => {
                if let Some(done) = self.built_in(callee.id.as_str(), args, span) {
                    return done;
                }
            }
            py::Expr::Attribute(callee) => {
                if let py::Expr::StringLiteral(text) = &*callee.value {
                    match (callee.attr.id.as_str(), &*args.args) {
                        ("format", _) => return self.formatted(text.value.to_str(), e, span),
                        ("join", [list]) => {
                            // The glue comes first here, and last everywhere else.
                            let of = self.expression(list);
                            let glue = self.expression(&callee.value);
                            return plain_call(member(of, "join", span), vec![glue], span);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        if last_name(&e.func) == Some("SeparateDatabaseAndState") {
            // What is said of the state alone is done to no database.
            let done = args.find_argument_value("database_operations", 0);
            return opaque(done.map(|done| self.expression(done)).into_iter().collect(), span);
        }
        let callee = self.expression(&e.func);
        let args = self.arguments(args, span);
        plain_call(callee, args, span)
    }

    /// The positional ones, then one object with the named ones.
    pub(super) fn arguments(&mut self, arguments: &py::Arguments, span: Span) -> Vec<Expr> {
        let mut out = self.expressions(&arguments.args);
        if !arguments.keywords.is_empty() {
            let mut properties = self.keywords(&arguments.keywords);
            let mark = Expr::new(ExprKind::Undefined, span);
            properties.push(Property { key: PropertyKey::Named(NAMED.to_owned()), value: mark });
            out.push(Expr::new(ExprKind::Object(properties), span));
        }
        out
    }

    fn keywords(&mut self, keywords: &[py::Keyword]) -> Vec<Property> {
        let mut out = Vec::new();
        for keyword in keywords {
            let key = match &keyword.arg {
                Some(arg) => PropertyKey::Named(arg.id.to_string()),
                None => PropertyKey::Spread,
            };
            out.push(Property { key, value: self.expression(&keyword.value) });
        }
        out
    }

    fn built_in(&mut self, callee: &str, args: &py::Arguments, span: Span) -> Option<Expr> {
        let kind = match (callee, &*args.args) {
            ("getattr", [of, key] | [of, key, _]) => {
                let of = self.expression(of);
                ExprKind::Index { of, key: self.expression(key) }
            }
            ("setattr", [of, key, value]) => {
                let of = self.expression(of);
                let key = self.expression(key);
                let target = Expr::new(ExprKind::Index { of, key }, span);
                ExprKind::Assign { target, value: self.expression(value) }
            }
            ("super", positional) => {
                // With or without arguments it is the object of the method at hand.
                let own = self.frames.iter().rev().find_map(|frame| frame.own.clone())?;
                let of = self.named(&own, span);
                let _ = positional;
                ExprKind::Member { of, name: "%super".to_owned() }
            }
            ("dict", positional) if positional.len() <= 1 => {
                let mut properties = Vec::new();
                for part in positional {
                    properties.push(Property { key: PropertyKey::Spread, value: self.expression(part) });
                }
                properties.extend(self.keywords(&args.keywords));
                ExprKind::Object(properties)
            }
            _ => return None,
        };
        Some(Expr::new(kind, span))
    }
}
