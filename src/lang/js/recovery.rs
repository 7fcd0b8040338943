//! The second reader: what can still be seen in a text with a syntax error.
//!
//! Such a text is reported in any case. This pass is there so that the mistake does not hide what
//! the text does: calls with their arguments, imports, functions. It is a sketch of the control
//! flow, and nobody may take a guard in it for proven.

mod modules;
mod values;

use std::ops::ControlFlow;

use tree_sitter::{Node as Tree, Parser};

use super::{Input, Lowering, member, name, node};
use crate::words::flow::{
    Block, Catches, Class, Dialect, Expr, ExprKind, Function, Handler, Member, MemberValue, NodeKind, Param,
    Scope, Unit,
};
use crate::words::span::Span;

/// Recovery takes its time; nobody writes that much by hand.
const MAX_TEXT: usize = 2 << 20;

pub(super) fn lower(input: Input<'_>) -> Unit {
    let mut unit = Unit::empty(Dialect::JavaScript);
    // Without a tree, any change of the text is a change.
    input.text.as_bytes().clone_into(&mut unit.shape);
    if input.text.len() > MAX_TEXT {
        return unit;
    }
    let Some(tree) = tree(input.text, &tree_sitter_typescript::LANGUAGE_TSX.into()) else { return unit };
    let mut reader = Reader { l: Lowering::new(input.map), text: input.text };
    let mut body = Block::new();
    reader.statements(tree.root_node(), &mut body);
    let (mut first, rest): (Block, Block) = body
        .into_iter()
        .partition(|node| matches!(node.kind, NodeKind::Import { .. } | NodeKind::ExportFrom { .. }));
    first.extend(rest);
    unit.body = first;
    unit.functions = reader.l.gathered.functions;
    unit.classes = reader.l.gathered.classes;
    unit
}

/// The syntax tree; none where that takes too long.
pub(super) fn tree(text: &str, grammar: &tree_sitter::Language) -> Option<tree_sitter::Tree> {
    let mut parser = Parser::new();
    parser.set_language(grammar).ok()?;
    // Some texts make the grammar's recovery quadratic. The limit counts steps, not time, so that
    // the outcome is the same on every machine.
    let mut steps = 20_000 + text.len();
    let mut within = |_: &tree_sitter::ParseState| {
        steps = steps.saturating_sub(20);
        if steps == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = tree_sitter::ParseOptions::new().progress_callback(&mut within);
    let bytes = text.as_bytes();
    let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
    parser.parse_with_options(&mut read, None, Some(options))
}

struct Reader<'m, 't> {
    l: Lowering<'m>,
    text: &'t str,
}

fn named(tree: Tree<'_>) -> Vec<Tree<'_>> {
    let mut cursor = tree.walk();
    tree.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect()
}

fn is_statement(kind: &str) -> bool {
    kind.ends_with("_statement") || kind.ends_with("_declaration") || kind == "statement_block"
}

/// What has no value at run time.
fn is_type(kind: &str) -> bool {
    kind.ends_with("_type")
        || matches!(
            kind,
            "type_annotation"
                | "type_arguments"
                | "type_parameters"
                | "type_identifier"
                | "interface_declaration"
                | "type_alias_declaration"
                | "ambient_declaration"
                | "comment"
        )
}

impl<'t> Reader<'_, 't> {
    fn span(&self, tree: Tree<'_>) -> Span {
        self.l.map.span(tree.byte_range())
    }

    fn source(&self, tree: Tree<'_>) -> &'t str {
        self.text.get(tree.byte_range()).unwrap_or_default()
    }

    fn statements(&mut self, tree: Tree<'_>, out: &mut Block) {
        let children = named(tree);
        let (functions, others): (Vec<_>, Vec<_>) =
            children.into_iter().partition(|child| is_function_declaration(*child));
        for child in functions.into_iter().chain(others) {
            self.statement(child, out);
        }
    }

    fn block(&mut self, tree: Tree<'_>) -> Block {
        let mut out = Block::new();
        if tree.kind() == "statement_block" || tree.kind() == "else_clause" {
            self.statements(tree, &mut out);
        } else {
            self.statement(tree, &mut out);
        }
        out
    }

    fn field_block(&mut self, tree: Tree<'_>, field: &str) -> Block {
        tree.child_by_field_name(field).map_or_else(Block::new, |child| self.block(child))
    }

    fn field(&mut self, tree: Tree<'_>, field: &str) -> Expr {
        match tree.child_by_field_name(field) {
            Some(child) => self.expression(child),
            None => Expr::new(ExprKind::Opaque(Vec::new()), self.span(tree)),
        }
    }

    fn statement(&mut self, tree: Tree<'_>, out: &mut Block) {
        let span = self.span(tree);
        // The depth is counted in `l`; the closure that `deeper` asks for cannot borrow the rest.
        if !self.l.gathered.enter(span) {
            return;
        }
        self.statement_here(tree, span, out);
        self.l.gathered.leave();
    }

    fn statement_here(&mut self, tree: Tree<'_>, span: Span, out: &mut Block) {
        match tree.kind() {
            kind if is_type(kind) => {}
            "import_statement" => self.import(tree, span, out),
            "export_statement" => self.export(tree, span, out),
            "lexical_declaration" | "variable_declaration" => {
                for declarator in named(tree) {
                    self.declarator(declarator, out);
                }
            }
            "function_declaration" | "generator_function_declaration" => {
                let value = self.function(tree);
                let name = tree.child_by_field_name("name").map_or("", |n| self.source(n)).to_owned();
                out.push(node(NodeKind::Define { name, value }, span));
            }
            "class_declaration" | "abstract_class_declaration" => {
                let value = self.class(tree);
                let name = tree.child_by_field_name("name").map_or("", |n| self.source(n)).to_owned();
                out.push(node(NodeKind::Define { name, value }, span));
            }
            "expression_statement" => {
                for child in named(tree) {
                    self.evaluated(child, out);
                }
            }
            "if_statement" => {
                let test = self.field(tree, "condition");
                let then = self.field_block(tree, "consequence");
                let other = self.field_block(tree, "alternative");
                out.push(node(NodeKind::Branch { test, then, other }, span));
            }
            "statement_block" => {
                let body = self.block(tree);
                out.push(node(NodeKind::Scope(body), span));
            }
            "return_statement" => {
                let value = named(tree).first().map(|child| self.expression(*child));
                out.push(node(NodeKind::Return(value), span));
            }
            "throw_statement" => {
                let value = named(tree).first().map(|child| self.expression(*child));
                let value = value.unwrap_or_else(|| Expr::new(ExprKind::Opaque(Vec::new()), span));
                out.push(node(NodeKind::Throw(value), span));
            }
            "try_statement" => {
                let body = self.field_block(tree, "body");
                let handler = tree.child_by_field_name("handler").map(|clause| Handler {
                    param: clause.child_by_field_name("parameter").map(|p| self.source(p).to_owned()),
                    body: self.field_block(clause, "body"),
                    catches: Catches::Errors,
                    span: self.span(clause),
                });
                let finally = match tree.child_by_field_name("finalizer") {
                    Some(clause) => self.field_block(clause, "body"),
                    None => Block::new(),
                };
                out.push(node(NodeKind::Try { body, handler, finally }, span));
            }
            "for_statement" | "for_in_statement" | "while_statement" | "do_statement" => {
                self.repeated(tree, span, out);
            }
            // Where they lead is not followed here.
            "break_statement" | "continue_statement" | "empty_statement" | "debugger_statement" => {}
            "ERROR" => self.broken(tree, out),
            kind if is_statement(kind) => {
                for child in named(tree) {
                    self.statement(child, out);
                }
            }
            "switch_body" | "switch_case" | "switch_default" | "internal_module" | "module" => {
                let mut then = Block::new();
                self.statements(tree, &mut then);
                let test = Expr::new(ExprKind::Opaque(Vec::new()), span);
                out.push(node(NodeKind::Branch { test, then, other: Block::new() }, span));
            }
            _ => self.evaluated(tree, out),
        }
    }

    fn evaluated(&mut self, tree: Tree<'_>, out: &mut Block) {
        let span = self.span(tree);
        let value = self.expression(tree);
        let kind = match *value.kind {
            ExprKind::Assign { target, value } => NodeKind::Assign { target, value },
            kind => NodeKind::Eval(Expr::new(kind, value.span)),
        };
        out.push(node(kind, span));
    }

    /// What the grammar could make nothing of: a callee whose brackets never close is a call.
    fn broken(&mut self, tree: Tree<'_>, out: &mut Block) {
        let mut cursor = tree.walk();
        let children: Vec<Tree<'_>> = tree.children(&mut cursor).collect();
        let mut at = 0;
        while let Some(child) = children.get(at).copied() {
            at += 1;
            if !child.is_named() || is_type(child.kind()) {
                continue;
            }
            let callee = matches!(child.kind(), "member_expression" | "identifier" | "call_expression");
            let open = children.get(at).is_some_and(|next| self.source(*next) == "(");
            if callee && open {
                let callee = self.expression(child);
                let rest = children.get(at..).unwrap_or_default();
                let args =
                    rest.iter().filter(|t| t.is_named() && !is_statement(t.kind()) && !is_type(t.kind()));
                let args = args.map(|arg| self.expression(*arg)).collect();
                let span = self.span(tree);
                let call = super::expressions::plain_call(callee, args, span);
                out.push(node(NodeKind::Eval(call), span));
                at += 1;
                continue;
            }
            self.statement(child, out);
        }
    }

    fn repeated(&mut self, tree: Tree<'_>, span: Span, out: &mut Block) {
        let body = tree.child_by_field_name("body");
        for child in named(tree) {
            if Some(child) != body {
                self.statement(child, out);
            }
        }
        let body = body.map_or_else(Block::new, |body| self.block(body));
        let test = Some(Expr::new(ExprKind::Opaque(Vec::new()), span));
        out.push(node(NodeKind::Loop { test, each: None, body, at_least_once: false }, span));
    }

    fn declarator(&mut self, tree: Tree<'_>, out: &mut Block) {
        let Some(target) = tree.child_by_field_name("name") else {
            self.statement(tree, out);
            return;
        };
        let span = self.span(tree);
        let value = tree.child_by_field_name("value").map(|value| self.expression(value));
        let mut bind = |name: String, value: Option<Expr>, span: Span| {
            let kind = NodeKind::Bind { name, value, scope: Scope::Block, type_name: None };
            out.push(node(kind, span));
        };
        if target.kind() != "object_pattern" {
            bind(self.source(target).to_owned(), value, span);
            return;
        }
        let fresh = self.l.fresh();
        bind(fresh.clone(), value, span);
        for part in named(target) {
            let key = part.child_by_field_name("key").unwrap_or(part);
            let local = part.child_by_field_name("value").unwrap_or(key);
            let at = self.span(part);
            let value = member(name(fresh.clone(), at), self.source(key), at);
            bind(self.source(local).to_owned(), Some(value), at);
        }
    }

    fn function(&mut self, tree: Tree<'_>) -> Expr {
        let span = self.span(tree);
        let own = tree.child_by_field_name("name").map(|n| self.source(n).to_owned());
        let mut params = Vec::new();
        if let Some(list) = tree.child_by_field_name("parameters") {
            for param in named(list) {
                let pattern = param.child_by_field_name("pattern").unwrap_or(param);
                params.push(self.param(pattern));
            }
        } else if let Some(only) = tree.child_by_field_name("parameter") {
            params.push(self.param(only));
        }
        let body = match tree.child_by_field_name("body") {
            Some(body) if body.kind() == "statement_block" => self.block(body),
            Some(value) => {
                let value = self.expression(value);
                vec![node(NodeKind::Return(Some(value)), span)]
            }
            None => Block::new(),
        };
        let head = self.source(tree).trim_start();
        let kind = self.l.add_function(Function {
            name: own,
            params,
            body,
            is_async: head.starts_with("async"),
            is_generator: tree.kind().starts_with("generator"),
            lexical_this: tree.kind() == "arrow_function",
            span,
        });
        Expr::new(kind, span)
    }

    fn param(&mut self, tree: Tree<'_>) -> Param {
        let name = if tree.kind() == "identifier" { self.source(tree).to_owned() } else { self.l.fresh() };
        Param { name, type_name: None, default: None, rest: tree.kind() == "rest_pattern" }
    }

    fn class(&mut self, tree: Tree<'_>) -> Expr {
        let span = self.span(tree);
        let own = tree.child_by_field_name("name").map(|n| self.source(n).to_owned());
        let mut class = Class {
            name: own,
            base: None,
            decorators: Vec::new(),
            constructor: None,
            members: Vec::new(),
            on_define: Block::new(),
            span,
        };
        for element in tree.child_by_field_name("body").map(named).unwrap_or_default() {
            let own = element.child_by_field_name("name").map_or("", |n| self.source(n)).to_owned();
            let value = match element.kind() {
                "method_definition" => {
                    let value = self.function(element);
                    let ExprKind::Function(id) = *value.kind else { continue };
                    if own == "constructor" {
                        class.constructor = Some(id);
                        continue;
                    }
                    MemberValue::Method(id)
                }
                "public_field_definition" => MemberValue::Field(
                    element.child_by_field_name("value").map(|value| self.expression(value)),
                ),
                _ => {
                    self.statement(element, &mut class.on_define);
                    continue;
                }
            };
            class.members.push(Member {
                name: own,
                is_static: self.source(element).starts_with("static"),
                value,
                type_name: None,
                decorators: Vec::new(),
            });
        }
        let kind = self.l.add_class(class);
        Expr::new(kind, span)
    }
}

/// Declared functions are there before the first statement, exported ones too.
fn is_function_declaration(tree: Tree<'_>) -> bool {
    matches!(tree.kind(), "function_declaration" | "generator_function_declaration")
        || (tree.kind() == "export_statement"
            && tree.child_by_field_name("declaration").is_some_and(|d| d.kind() == "function_declaration"))
}
