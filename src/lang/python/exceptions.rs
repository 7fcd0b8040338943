//! `try`, `raise` and `with`: what is caught, and what ends the program.
//!
//! The end of a program is an exception, too (`SystemExit`), which `except Exception` lets pass and
//! a bare `except` does not.

use ruff_python_ast as py;
use ruff_text_size::Ranged;

use super::{Lowering, last_name, local, node, opaque, platform};
use crate::words::flow::{Block, Catches, Expr, ExprKind, Handler, NodeKind};
use crate::words::span::Span;

/// What a clause catches.
#[derive(Clone, Copy, Debug, Default)]
struct Kinds {
    exits: bool,
    errors: bool,
    /// Some errors only, and none that a guard, a client or a command raises by itself.
    narrow: bool,
}

fn kinds(caught: Option<&py::Expr>) -> Kinds {
    let Some(caught) = caught else { return Kinds { exits: true, errors: true, narrow: false } };
    if let py::Expr::Tuple(all) = caught {
        return all.elts.iter().take(64).map(|one| kinds(Some(one))).fold(Kinds::default(), |a, b| Kinds {
            exits: a.exits || b.exits,
            errors: a.errors || b.errors,
            narrow: a.narrow || b.narrow,
        });
    }
    let named = last_name(caught).unwrap_or_default();
    match named {
        "BaseException" | "BaseExceptionGroup" => Kinds { exits: true, errors: true, narrow: false },
        "SystemExit" => Kinds { exits: true, ..Kinds::default() },
        _ if is_narrow(named) => Kinds { narrow: true, ..Kinds::default() },
        _ => Kinds { errors: true, ..Kinds::default() },
    }
}

/// Errors of looking something up or of reading data: neither the failure of a check nor of a change.
fn is_narrow(named: &str) -> bool {
    matches!(
        named,
        "KeyError"
            | "IndexError"
            | "LookupError"
            | "AttributeError"
            | "TypeError"
            | "ValueError"
            | "UnicodeDecodeError"
            | "JSONDecodeError"
            | "ImportError"
            | "ModuleNotFoundError"
            | "FileNotFoundError"
            | "FileExistsError"
            | "StopIteration"
            | "StopAsyncIteration"
            | "KeyboardInterrupt"
            | "GeneratorExit"
            | "NoReverseMatch"
            | "DoesNotExist"
            | "ObjectDoesNotExist"
            | "MultipleObjectsReturned"
            | "NoResultFound"
            | "UniqueViolation"
            | "DuplicateTable"
            | "DuplicateDatabase"
            | "DuplicateColumn"
            | "NameError"
            | "ZeroDivisionError"
            | "InvalidOperation"
    )
}

impl Lowering<'_> {
    pub(super) fn try_statement(&mut self, s: &py::StmtTry, span: Span, out: &mut Block) {
        let mut body = self.block(&s.body);
        // Handlers of narrow errors do not hide what matters; what they do may happen.
        let mut besides = Block::new();
        let mut exits: Option<Handler> = None;
        let mut errors: Vec<(Handler, bool)> = Vec::new();
        let mut all_goes_on = false;
        for py::ExceptHandler::ExceptHandler(clause) in &s.handlers {
            let at = self.span(clause.range());
            let kinds = kinds(clause.type_.as_deref());
            let param = clause.name.as_ref().map(|name| name.id.to_string());
            self.reraises_exit.push(kinds.exits && !kinds.errors);
            let held = self.block(&clause.body);
            self.reraises_exit.pop();
            all_goes_on |= !leaves(&held);
            let handler = |catches| Handler { param: param.clone(), body: held.clone(), catches, span: at };
            if kinds.narrow && !kinds.errors && !kinds.exits {
                let mut then = Block::new();
                if let Some(param) = &param {
                    then.push(local(param.clone(), opaque(Vec::new(), at), at));
                }
                then.extend(held);
                let test = opaque(Vec::new(), at);
                besides.push(node(NodeKind::Branch { test, then, other: Block::new() }, at));
                continue;
            }
            if kinds.exits && kinds.errors && errors.is_empty() && exits.is_none() {
                errors.push((handler(Catches::All), true));
                exits = None;
                break;
            }
            if kinds.exits && exits.is_none() {
                exits = Some(handler(Catches::Exits));
            }
            if kinds.errors {
                errors.push((handler(Catches::Errors), kinds.exits || is_wide(clause.type_.as_deref())));
            }
        }
        if let Some(handler) = exits {
            let kind = NodeKind::Try { body, handler: Some(handler), finally: Block::new() };
            body = vec![node(kind, span)];
        }
        if let Some(handler) = joined(errors) {
            let kind = NodeKind::Try { body, handler: Some(handler), finally: Block::new() };
            body = vec![node(kind, span)];
        }
        body.extend(besides);
        if !s.orelse.is_empty() {
            let then = self.block(&s.orelse);
            if all_goes_on {
                // A handler that goes on leads past it.
                let test = opaque(Vec::new(), span);
                body.push(node(NodeKind::Branch { test, then, other: Block::new() }, span));
            } else {
                body.extend(then);
            }
        }
        if s.finalbody.is_empty() {
            out.extend(body);
            return;
        }
        let finally = self.block(&s.finalbody);
        out.push(node(NodeKind::Try { body, handler: None, finally }, span));
    }

    pub(super) fn raise(&mut self, s: &py::StmtRaise, span: Span, out: &mut Block) {
        let Some(raised) = &s.exc else {
            let kind = if self.reraises_exit.last() == Some(&true) {
                NodeKind::Exit(None)
            } else {
                NodeKind::Throw(opaque(Vec::new(), span))
            };
            out.push(node(kind, span));
            return;
        };
        if matches!(last_name(raised), Some("SystemExit")) {
            let status = match &**raised {
                py::Expr::Call(call) => call.arguments.args.first().map(|arg| self.expression(arg)),
                _ => None,
            };
            out.push(node(NodeKind::Exit(status), span));
            return;
        }
        let value = self.expression(raised);
        out.push(node(NodeKind::Throw(value), span));
    }

    pub(super) fn with(&mut self, items: &[py::WithItem], s: &py::StmtWith, out: &mut Block) {
        for (index, item) in items.iter().enumerate() {
            let at = self.span(item.range());
            let mut held = self.expression(&item.context_expr);
            if s.is_async {
                held = Expr::new(ExprKind::Await(held), at);
            }
            if let py::Expr::Call(call) = &item.context_expr
                && last_name(&call.func) == Some("suppress")
            {
                let all = call.arguments.args.iter().map(|arg| kinds(Some(arg)));
                let kinds = all.fold(Kinds::default(), |a, b| Kinds {
                    exits: a.exits || b.exits,
                    errors: a.errors || b.errors,
                    narrow: a.narrow || b.narrow,
                });
                let mut body = Block::new();
                let rest = items.get(index + 1..).unwrap_or_default();
                if self.deeper(at, |l| l.with(rest, s, &mut body)).is_none() {
                    body.push(node(NodeKind::Opaque(Vec::new()), at));
                }
                let catches = match (kinds.exits, kinds.errors) {
                    (true, true) => Catches::All,
                    (true, false) => Catches::Exits,
                    (false, true) => Catches::Errors,
                    (false, false) => {
                        out.extend(body);
                        return;
                    }
                };
                let handler = Some(Handler { param: None, body: Block::new(), catches, span: at });
                out.push(node(NodeKind::Try { body, handler, finally: Block::new() }, at));
                return;
            }
            let entered = platform("%enter", vec![held], at);
            match &item.optional_vars {
                Some(target) => self.bind_target(target, entered, out),
                None => out.push(node(NodeKind::Eval(entered), at)),
            }
        }
        self.block_into(&s.body, out);
    }
}

/// `except Exception`, and the roots under which clients and commands report that they failed.
fn is_wide(caught: Option<&py::Expr>) -> bool {
    let Some(caught) = caught else { return true };
    if let py::Expr::Tuple(all) = caught {
        return all.elts.iter().any(|one| is_wide(Some(one)));
    }
    matches!(
        last_name(caught),
        Some(
            "Exception"
                | "BaseException"
                | "ExceptionGroup"
                | "Error"
                | "DatabaseError"
                | "OperationalError"
                | "ProgrammingError"
                | "InterfaceError"
                | "SQLAlchemyError"
                | "DBAPIError"
                | "PostgresError"
                | "CalledProcessError"
                | "SubprocessError"
                | "CommandError"
                | "OSError"
                | "RuntimeError"
        )
    )
}

/// Several clauses as one: the first that fits, else it goes on upwards.
fn joined(clauses: Vec<(Handler, bool)>) -> Option<Handler> {
    let mut clauses = clauses.into_iter().rev();
    let (last, wide) = clauses.next()?;
    let only = clauses.len() == 0;
    if only && wide {
        return Some(last);
    }
    let at = last.span;
    let catches = last.catches;
    let rethrow = || vec![node(NodeKind::Throw(opaque(Vec::new(), at)), at)];
    let named = |handler: Handler| -> Block {
        let mut body = Block::new();
        if let Some(param) = handler.param {
            body.push(local(param, opaque(Vec::new(), handler.span), handler.span));
        }
        body.extend(handler.body);
        body
    };
    let choice = |then: Block, other: Block, at: Span| {
        let test = opaque(Vec::new(), at);
        vec![node(NodeKind::Branch { test, then, other }, at)]
    };
    let mut body = if wide { named(last) } else { choice(named(last), rethrow(), at) };
    for (handler, _) in clauses {
        let at = handler.span;
        body = choice(named(handler), body, at);
    }
    Some(Handler { param: None, body, catches, span: at })
}

/// Nothing that follows is reached from the end of this block.
fn leaves(body: &Block) -> bool {
    match body.last().map(|last| &last.kind) {
        Some(
            NodeKind::Return(_)
            | NodeKind::Throw(_)
            | NodeKind::Exit(_)
            | NodeKind::Break
            | NodeKind::Continue,
        ) => true,
        Some(NodeKind::Eval(value)) => match &*value.kind {
            ExprKind::Call(call) => match &*call.callee.kind {
                ExprKind::Member { name, .. } | ExprKind::Name(name) => {
                    matches!(name.as_str(), "exit" | "_exit" | "abort")
                }
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}
