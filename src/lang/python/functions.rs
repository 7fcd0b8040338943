//! Functions, their parameters and decorators, lambdas and `yield`.

use ruff_python_ast as py;

use super::{Frame, Lowering, last_name, local, name, node, platform};
use crate::words::flow::{Block, Expr, ExprKind, Function, NodeKind, Param};
use crate::words::span::Span;

/// What a generator has yielded so far.
const YIELDED: &str = "%yielded";

/// The parameter that takes what no other names, before it gets its written name.
pub(super) const OTHERS: &str = "**";

impl Lowering<'_> {
    pub(super) fn function(&mut self, s: &py::StmtFunctionDef, span: Span, out: &mut Block) {
        let written = s.name.id.to_string();
        let function = self.function_value(s, span, None);
        let mut value = Expr::new(function, span);
        for decorator in s.decorator_list.iter().rev() {
            if is_plain(&decorator.expression) {
                continue;
            }
            let at = self.span_of(decorator);
            let by = self.expression(&decorator.expression);
            value = platform("%decorate", vec![by, value], at);
        }
        self.keep(&written, value, span, out);
    }

    /// `own`: what a method calls its object.
    pub(super) fn function_value(
        &mut self,
        s: &py::StmtFunctionDef,
        span: Span,
        own: Option<String>,
    ) -> ExprKind {
        let context = s
            .decorator_list
            .iter()
            .any(|d| matches!(last_name(&d.expression), Some("contextmanager" | "asynccontextmanager")));
        let is_method = own.is_some();
        let mut head = Block::new();
        let params = self.params(&s.parameters, usize::from(is_method), &mut head);
        let names = s.parameters.iter().map(|p| p.name().id.to_string()).collect();
        let reraises = std::mem::take(&mut self.reraises_exit);
        self.frames.push(Frame { own, params: names, ..Frame::default() });
        let mut body = head;
        self.block_into(&s.body, &mut body);
        let frame = self.frames.pop().unwrap_or_default();
        self.reraises_exit = reraises;
        if frame.yields {
            let given = name(YIELDED, span);
            // What a context manager yields is what it gives; what else yields gives several.
            let given = if context { given } else { Expr::new(ExprKind::List(vec![given]), span) };
            let given = if context { given } else { platform("%several", vec![given], span) };
            body.push(node(NodeKind::Return(Some(given)), span));
        }
        self.add_function(Function {
            name: Some(s.name.id.to_string()),
            params,
            body,
            is_async: s.is_async && !(frame.yields && context),
            is_generator: frame.yields && !context,
            lexical_this: !is_method,
            span,
        })
    }

    pub(super) fn lambda(&mut self, e: &py::ExprLambda, span: Span) -> ExprKind {
        let mut body = Block::new();
        let (params, names) = match &e.parameters {
            Some(parameters) => (
                self.params(parameters, 0, &mut body),
                parameters.iter().map(|p| p.name().id.to_string()).collect(),
            ),
            None => Default::default(),
        };
        self.frames.push(Frame { params: names, ..Frame::default() });
        let value = self.expression(&e.body);
        self.frames.pop();
        body.push(node(NodeKind::Return(Some(value)), span));
        self.add_function(Function {
            name: None,
            params,
            body,
            is_async: false,
            is_generator: false,
            lexical_this: true,
            span,
        })
    }

    /// In this order: positional ones, `*args`, those that must be named, `**others`.
    fn params(&mut self, parameters: &py::Parameters, skip: usize, head: &mut Block) -> Vec<Param> {
        let mut out = Vec::new();
        for param in parameters.posonlyargs.iter().chain(&parameters.args).skip(skip) {
            out.push(self.param(param));
        }
        if let Some(rest) = &parameters.vararg {
            let name = rest.name.id.to_string();
            out.push(Param { name, type_name: None, default: None, rest: true });
        } else if !parameters.kwonlyargs.is_empty() {
            out.push(Param { name: self.fresh(), type_name: None, default: None, rest: true });
        }
        for param in &parameters.kwonlyargs {
            out.push(self.param(param));
        }
        if let Some(others) = &parameters.kwarg {
            let span = self.span_of(&**others);
            let written = others.name.id.to_string();
            head.push(local(written.clone(), name(format!("{OTHERS}{written}"), span), span));
            out.push(Param {
                name: format!("{OTHERS}{written}"),
                type_name: None,
                default: None,
                rest: false,
            });
        }
        out
    }

    fn param(&mut self, param: &py::ParameterWithDefault) -> Param {
        let name = param.parameter.name.id.to_string();
        // What the runner of this file hands over is annotated by few, and by the name of another library's type.
        let handed = name == "session" && self.path.rsplit('/').next() == Some("noxfile.py");
        let annotated = || param.parameter.annotation.as_ref().and_then(|a| type_name(a));
        Param {
            name,
            type_name: if handed { Some("python:nox.Session".to_owned()) } else { annotated() },
            default: param.default.as_ref().map(|default| self.expression(default)),
            rest: false,
        }
    }

    /// `yield x`: kept, and given when the function ends.
    pub(super) fn yielded(&mut self, value: Option<&py::Expr>, span: Span) -> Expr {
        let value = match value {
            Some(value) => self.expression(value),
            None => Expr::new(ExprKind::Null, span),
        };
        if let Some(frame) = self.frame() {
            frame.yields = true;
        }
        let target = name(YIELDED, span);
        Expr::new(ExprKind::Assign { target, value }, span)
    }
}

/// The last name of an annotated type, with the dialect in front: `Session | None`,
/// `Optional[Session]` and `Annotated[Session, …]` are `python:Session`.
pub(super) fn type_name(annotation: &py::Expr) -> Option<String> {
    last_type(annotation, 0).map(|found| format!("python:{found}"))
}

fn last_type(annotation: &py::Expr, depth: usize) -> Option<String> {
    if depth > 16 {
        return None;
    }
    match annotation {
        py::Expr::Name(e) => Some(e.id.to_string()),
        py::Expr::Attribute(e) => Some(e.attr.id.to_string()),
        py::Expr::StringLiteral(e) => {
            let text = e.value.to_str();
            let text = text.split(['|', '[']).next().unwrap_or(text).trim();
            text.rsplit('.').next().map(str::to_owned)
        }
        py::Expr::BinOp(e) => last_type(&e.left, depth + 1).or_else(|| last_type(&e.right, depth + 1)),
        py::Expr::Subscript(e) => match last_name(&e.value) {
            Some("Optional" | "Annotated" | "Union" | "Awaitable" | "ClassVar" | "Final") => {
                match &*e.slice {
                    py::Expr::Tuple(all) => last_type(all.elts.first()?, depth + 1),
                    one => last_type(one, depth + 1),
                }
            }
            _ => last_type(&e.value, depth + 1),
        },
        _ => None,
    }
}

/// Decorators that leave the function as it is.
pub(super) fn is_plain(decorator: &py::Expr) -> bool {
    matches!(
        last_name(decorator),
        Some(
            "staticmethod"
                | "classmethod"
                | "property"
                | "abstractmethod"
                | "override"
                | "overload"
                | "contextmanager"
                | "asynccontextmanager"
                | "wraps"
                | "cached_property"
                | "lru_cache"
                | "cache"
                | "final"
        )
    )
}
