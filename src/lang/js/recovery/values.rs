//! Expressions of a broken text.

use tree_sitter::Node as Tree;

use super::{Reader, is_statement, is_type, named};
use crate::lang::js::{member, name};
use crate::words::flow::{Block, Call, CallKind, Comparison, Expr, ExprKind, Property, PropertyKey};
use crate::words::span::Span;

impl Reader<'_, '_> {
    pub(super) fn expression(&mut self, tree: Tree<'_>) -> Expr {
        let span = self.span(tree);
        if !self.l.gathered.enter(span) {
            return Expr::new(ExprKind::Opaque(Vec::new()), span);
        }
        let out = self.expression_here(tree, span);
        self.l.gathered.leave();
        out
    }

    fn expression_here(&mut self, tree: Tree<'_>, span: Span) -> Expr {
        let kind = match tree.kind() {
            "identifier" | "this" | "super" | "shorthand_property_identifier" | "property_identifier" => {
                ExprKind::Name(self.source(tree).to_owned())
            }
            "undefined" => ExprKind::Undefined,
            "null" => ExprKind::Null,
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "number" => match self.source(tree).parse() {
                Ok(number) => ExprKind::Number(number),
                Err(_) => ExprKind::Opaque(Vec::new()),
            },
            "string" => ExprKind::Text(self.text_of(tree)),
            "template_string" => ExprKind::Concat(self.template(tree)),
            "member_expression" => {
                let of = self.field(tree, "object");
                let property = tree.child_by_field_name("property").map_or("", |p| self.source(p));
                return member(of, property, span);
            }
            "subscript_expression" => {
                let of = self.field(tree, "object");
                let key = self.field(tree, "index");
                match *key.kind {
                    ExprKind::Text(name) => return member(of, name, span),
                    kind => ExprKind::Index { of, key: Expr::new(kind, key.span) },
                }
            }
            "call_expression" => self.call(tree),
            "new_expression" => ExprKind::Call(Call {
                callee: self.field(tree, "constructor"),
                args: self.arguments(tree.child_by_field_name("arguments")),
                kind: CallKind::New,
                optional: false,
                type_args: Vec::new(),
            }),
            "await_expression" => ExprKind::Await(self.inner(tree, span)),
            "parenthesized_expression" | "as_expression" | "satisfies_expression" | "non_null_expression" => {
                return self.inner(tree, span);
            }
            "spread_element" => ExprKind::Spread(self.inner(tree, span)),
            "arrow_function" | "function_expression" | "generator_function" | "method_definition" => {
                return self.function(tree);
            }
            "class" => return self.class(tree),
            "object" => self.object(tree),
            "array" => ExprKind::List(self.parts(tree)),
            "sequence_expression" => ExprKind::Sequence(self.parts(tree)),
            "assignment_expression" => {
                let target = self.field(tree, "left");
                let value = self.field(tree, "right");
                match *target.kind {
                    ExprKind::Name(_) | ExprKind::Member { .. } | ExprKind::Index { .. } => {
                        ExprKind::Assign { target, value }
                    }
                    _ => ExprKind::Opaque(vec![target, value]),
                }
            }
            "ternary_expression" => ExprKind::Choose {
                test: self.field(tree, "condition"),
                then: self.field(tree, "consequence"),
                other: self.field(tree, "alternative"),
            },
            "unary_expression" if self.source(tree).starts_with('!') => {
                ExprKind::Not(self.field(tree, "argument"))
            }
            "binary_expression" => self.binary(tree),
            _ => ExprKind::Opaque(self.parts(tree)),
        };
        Expr::new(kind, span)
    }

    fn inner(&mut self, tree: Tree<'_>, span: Span) -> Expr {
        match named(tree).first() {
            Some(child) => self.expression(*child),
            None => Expr::new(ExprKind::Opaque(Vec::new()), span),
        }
    }

    /// Every value inside. Statements that ended up in an expression run, too.
    fn parts(&mut self, tree: Tree<'_>) -> Vec<Expr> {
        let mut out = Vec::new();
        for child in named(tree) {
            if is_type(child.kind()) {
                continue;
            }
            if is_statement(child.kind()) || child.kind() == "ERROR" {
                let mut body = Block::new();
                self.statement(child, &mut body);
                let span = self.span(child);
                out.push(Expr::new(ExprKind::Group { body, isolated: false }, span));
            } else {
                out.push(self.expression(child));
            }
        }
        out
    }

    fn arguments(&mut self, tree: Option<Tree<'_>>) -> Vec<Expr> {
        tree.map_or_else(Vec::new, |tree| self.parts(tree))
    }

    fn call(&mut self, tree: Tree<'_>) -> ExprKind {
        let function = tree.child_by_field_name("function");
        let arguments = tree.child_by_field_name("arguments");
        let word = function.map_or("", |f| self.source(f));
        if word == "import" || word == "require" {
            let deferred = word == "import";
            if let Some(module) = self.arguments(arguments).into_iter().next() {
                return ExprKind::Load { module, deferred };
            }
        }
        let callee = self.field(tree, "function");
        let tagged = arguments.filter(|a| a.kind() == "template_string");
        let (kind, args) = match tagged {
            Some(text) => {
                let span = self.span(text);
                let parts = self.template(text);
                (CallKind::Tagged, vec![Expr::new(ExprKind::Concat(parts), span)])
            }
            None => (CallKind::Plain, self.arguments(arguments)),
        };
        let optional = self.source(tree).contains("?.");
        ExprKind::Call(Call { callee, args, kind, optional, type_args: Vec::new() })
    }

    fn object(&mut self, tree: Tree<'_>) -> ExprKind {
        let mut out = Vec::new();
        for child in named(tree) {
            let property = match child.kind() {
                "pair" => {
                    let key = child.child_by_field_name("key");
                    let value = self.field(child, "value");
                    let key = match key.map(|k| (k.kind(), k)) {
                        Some(("string", key)) => PropertyKey::Named(self.text_of(key)),
                        Some(("computed_property_name", key)) => PropertyKey::Computed(self.expression(key)),
                        Some((_, key)) => PropertyKey::Named(self.source(key).to_owned()),
                        None => PropertyKey::Named(String::new()),
                    };
                    Property { key, value }
                }
                "spread_element" => {
                    let span = self.span(child);
                    Property { key: PropertyKey::Spread, value: self.inner(child, span) }
                }
                "shorthand_property_identifier" => {
                    let own = self.source(child).to_owned();
                    Property { key: PropertyKey::Named(own.clone()), value: name(own, self.span(child)) }
                }
                _ => {
                    let own = child.child_by_field_name("name").map_or("", |n| self.source(n)).to_owned();
                    Property { key: PropertyKey::Named(own), value: self.expression(child) }
                }
            };
            out.push(property);
        }
        ExprKind::Object(out)
    }

    fn template(&mut self, tree: Tree<'_>) -> Vec<Expr> {
        let mut out = Vec::new();
        for child in named(tree) {
            let span = self.span(child);
            match child.kind() {
                "template_substitution" => out.push(self.inner(child, span)),
                "escape_sequence" => out.push(Expr::text(unescaped(self.source(child)), span)),
                _ => out.push(Expr::text(self.source(child), span)),
            }
        }
        out
    }

    fn binary(&mut self, tree: Tree<'_>) -> ExprKind {
        let operator = tree.child_by_field_name("operator").map_or("", |o| self.source(o));
        let left = self.field(tree, "left");
        let right = self.field(tree, "right");
        let compare = |op, left, right| ExprKind::Compare { op, left, right };
        match operator {
            "&&" => ExprKind::And(left, right),
            "||" => ExprKind::Or(left, right),
            "??" => ExprKind::Default { value: left, other: right, or_empty: false },
            "+" => ExprKind::Concat(vec![left, right]),
            "==" | "===" => compare(Comparison::Equal, left, right),
            "!=" | "!==" => compare(Comparison::NotEqual, left, right),
            "<" | ">" | "<=" | ">=" | "in" | "instanceof" => compare(Comparison::Other, left, right),
            _ => ExprKind::Opaque(vec![left, right]),
        }
    }

    /// What a string literal says.
    pub(super) fn text_of(&self, tree: Tree<'_>) -> String {
        named(tree)
            .into_iter()
            .map(|part| match part.kind() {
                "escape_sequence" => unescaped(self.source(part)),
                _ => self.source(part).to_owned(),
            })
            .collect()
    }
}

fn unescaped(escape: &str) -> String {
    let mut chars = escape.chars().skip(1);
    let code = |hex: &str| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
    match chars.next() {
        Some('n') => "\n".to_owned(),
        Some('t') => "\t".to_owned(),
        Some('r') => "\r".to_owned(),
        Some('x' | 'u') => {
            let hex: String = chars.filter(char::is_ascii_hexdigit).collect();
            code(&hex).map_or_else(|| escape.to_owned(), String::from)
        }
        Some('\n') | None => String::new(),
        Some(other) => other.to_string(),
    }
}
