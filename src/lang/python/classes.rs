//! Classes: methods, fields, and the table that a model names.

use ruff_python_ast as py;

use super::functions::{is_plain, type_name};
use super::{Lowering, dotted_name, last_name, member, name, node, plain_call, platform};
use crate::words::flow::{
    Block, Class, Expr, ExprKind, Member, MemberValue, NodeKind, Property, PropertyKey,
};
use crate::words::span::Span;

impl Lowering<'_> {
    pub(super) fn class(&mut self, s: &py::StmtClassDef, span: Span, out: &mut Block) {
        let written = s.name.id.to_string();
        let value = self.class_value(s, span);
        self.keep(&written, value, span, out);
    }

    fn class_value(&mut self, s: &py::StmtClassDef, span: Span) -> Expr {
        let mut class = Class {
            name: Some(s.name.id.to_string()),
            base: None,
            decorators: Vec::new(),
            constructor: None,
            members: Vec::new(),
            on_define: Block::new(),
            span,
        };
        if let Some(arguments) = &s.arguments {
            // Mixins come first; what the class is comes last.
            let bases = arguments.args.iter().rev();
            let real = |base: &&py::Expr| !matches!(last_name(base), Some("object" | "ABC" | "Protocol"));
            class.base = bases.clone().find(real).map(|base| match base {
                py::Expr::Subscript(generic) => self.expression(&generic.value),
                base => self.expression(base),
            });
        }
        for decorator in &s.decorator_list {
            if !is_plain(&decorator.expression) && last_name(&decorator.expression) != Some("dataclass") {
                class.decorators.push(self.expression(&decorator.expression));
            }
        }
        for statement in &s.body {
            let at = self.span_of(statement);
            if self.deeper(at, |l| l.class_statement(statement, at, &mut class)).is_none() {
                class.on_define.push(node(NodeKind::Opaque(Vec::new()), at));
            }
        }
        class.decorators.extend(Self::table_of(s, span));
        if class.base.is_some() && s.name.id == "Migration" {
            // Whoever loads the file of a migration is about to run what it lists.
            let lists = class.members.iter().filter(|m| m.is_static && m.name == "operations");
            let lists: Vec<Expr> = lists
                .filter_map(|m| match &m.value {
                    MemberValue::Field(Some(value)) => Some(value.clone()),
                    _ => None,
                })
                .collect();
            class.on_define.extend(lists.into_iter().map(|list| node(NodeKind::Eval(list), span)));
        }
        let kind = self.add_class(class);
        Expr::new(kind, span)
    }

    fn class_statement(&mut self, statement: &py::Stmt, at: Span, class: &mut Class) {
        match statement {
            py::Stmt::FunctionDef(s) => self.method(s, at, class),
            py::Stmt::ClassDef(s) => {
                let value = self.class_value(s, at);
                field(class, s.name.id.as_str(), Some(&value), None);
            }
            py::Stmt::Assign(s) => {
                let value = self.expression(&s.value);
                for target in &s.targets {
                    if let py::Expr::Name(target) = target {
                        field(class, target.id.as_str(), Some(&value), None);
                    }
                }
            }
            py::Stmt::AnnAssign(s) => {
                let value = s.value.as_ref().map(|value| self.expression(value));
                if let py::Expr::Name(target) = &*s.target {
                    let held = type_name(&s.annotation);
                    field(class, target.id.as_str(), value.as_ref(), held.as_deref());
                }
            }
            py::Stmt::Pass(_) => {}
            other => {
                let mut body = Block::new();
                self.block_into(std::slice::from_ref(other), &mut body);
                class.on_define.extend(body);
            }
        }
    }

    fn method(&mut self, s: &py::StmtFunctionDef, at: Span, class: &mut Class) {
        let has = |wanted: &str| s.decorator_list.iter().any(|d| last_name(&d.expression) == Some(wanted));
        let first = s.parameters.iter_non_variadic_params().next().map(|p| p.parameter.name.id.to_string());
        let is_static = has("staticmethod");
        let own = first.filter(|_| !is_static);
        let ExprKind::Function(id) = self.function_value(s, at, own) else { return };
        let written = s.name.id.to_string();
        let decorators: Vec<Expr> = s
            .decorator_list
            .iter()
            .filter(|d| !is_plain(&d.expression))
            .map(|d| self.expression(&d.expression))
            .collect();
        if written == "__init__" {
            class.constructor = Some(id);
            return;
        }
        let getter = has("property") || has("cached_property") || has("hybrid_property");
        let mut push = |is_static: bool, decorators: Vec<Expr>| {
            let value = if getter { MemberValue::Getter(id) } else { MemberValue::Method(id) };
            class.members.push(Member {
                name: written.clone(),
                is_static,
                value,
                type_name: None,
                decorators,
            });
        };
        push(false, decorators);
        if is_static || has("classmethod") {
            push(true, Vec::new());
        }
    }

    /// The table that the class body names, as a decorator that the knowledge reads.
    fn table_of(s: &py::StmtClassDef, span: Span) -> Option<Expr> {
        let mut table = None;
        let mut columns = Vec::new();
        for statement in &s.body {
            let (target, value) = match statement {
                py::Stmt::Assign(s) => (s.targets.first()?, Some(&*s.value)),
                py::Stmt::AnnAssign(s) => (&*s.target, s.value.as_deref()),
                py::Stmt::ClassDef(meta) if matches!(meta.name.id.as_str(), "Meta" | "meta") => {
                    table = table.or_else(|| named_table(&meta.body));
                    continue;
                }
                _ => continue,
            };
            let (py::Expr::Name(target), Some(value)) = (target, value) else { continue };
            let field = target.id.as_str();
            if matches!(field, "__tablename__" | "__table__") {
                table = table.or_else(|| text_or_first(value));
                continue;
            }
            if let Some(column) = column_of(value) {
                let key = PropertyKey::Named(field.to_owned());
                columns.push(Property { key, value: Expr::text(column, span) });
            }
        }
        let table = table?;
        let columns = Expr::new(ExprKind::Object(columns), span);
        Some(platform("%table", vec![Expr::text(table, span), columns], span))
    }

    /// `python manage.py NAME` builds the file's `Command` and calls its `handle`.
    pub(super) fn management_command(&mut self, body: &[py::Stmt], out: &mut Block) {
        if !self.path.contains("management/commands/") {
            return;
        }
        let found = body.iter().find_map(|statement| match statement {
            py::Stmt::ClassDef(s) if s.name.id == "Command" => Some(s),
            _ => None,
        });
        let Some(command) = found else { return };
        let span = self.span_of(command);
        let object = plain_call(name("Command", span), Vec::new(), span);
        let given = name("%arguments", span);
        let mark = Expr::new(ExprKind::Undefined, span);
        let named = vec![
            Property { key: PropertyKey::Spread, value: given.clone() },
            Property { key: PropertyKey::Named(super::calls::NAMED.to_owned()), value: mark },
        ];
        let args = vec![Expr::new(ExprKind::Object(named), span)];
        let call = plain_call(member(object, "handle", span), args, span);
        let then = vec![node(NodeKind::Eval(call), span)];
        out.push(node(NodeKind::Branch { test: name("%main", span), then, other: Block::new() }, span));
    }
}

/// Reached through the class and through its objects.
fn field(class: &mut Class, name: &str, value: Option<&Expr>, type_name: Option<&str>) {
    for is_static in [true, false] {
        class.members.push(Member {
            name: name.to_owned(),
            is_static,
            value: MemberValue::Field(value.cloned()),
            type_name: type_name.map(str::to_owned),
            decorators: Vec::new(),
        });
    }
}

/// `db_table`, `table` and `table_name` of an inner `Meta`.
fn named_table(body: &[py::Stmt]) -> Option<String> {
    body.iter().find_map(|statement| match statement {
        py::Stmt::Assign(s) => match s.targets.first() {
            Some(py::Expr::Name(n)) if matches!(n.id.as_str(), "db_table" | "table" | "table_name") => {
                text_or_first(&s.value)
            }
            _ => None,
        },
        _ => None,
    })
}

/// `"name"`, or the first argument of `Table("name", …)`.
fn text_or_first(value: &py::Expr) -> Option<String> {
    match value {
        py::Expr::StringLiteral(text) => Some(text.value.to_str().trim_matches('"').to_owned()),
        py::Expr::Call(call) => match call.arguments.args.first() {
            Some(py::Expr::StringLiteral(text)) => Some(text.value.to_str().to_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// `Column("name", …)`, `mapped_column("name")`, `CharField(db_column="name")`.
fn column_of(value: &py::Expr) -> Option<String> {
    let py::Expr::Call(call) = value else { return None };
    let named = call.arguments.keywords.iter().find_map(|keyword| {
        let arg = keyword.arg.as_ref()?;
        match &keyword.value {
            py::Expr::StringLiteral(text)
                if matches!(arg.id.as_str(), "db_column" | "column_name" | "source_field" | "name") =>
            {
                Some(text.value.to_str().to_owned())
            }
            _ => None,
        }
    });
    let callee = dotted_name(&call.func)?;
    let is_column = matches!(callee.rsplit('.').next(), Some("Column" | "mapped_column"));
    named.or_else(|| match call.arguments.args.first() {
        Some(py::Expr::StringLiteral(text)) if is_column => Some(text.value.to_str().to_owned()),
        _ => None,
    })
}
