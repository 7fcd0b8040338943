//! Where a guard and an effect stand in a program: the statements of one block, one after the other.

use crate::words::flow::{Block, ExprKind, Node, NodeKind, Unit};
use crate::words::span::Span;

/// Two statements of one block.
#[derive(Clone, Debug, Default)]
pub struct Seat {
    pub guard: Span,
    /// The statement behind it that leads to the effect; none where both are one statement.
    pub effect: Option<Span>,
    /// The guard's call alone, where the statement is one.
    pub call: Option<Span>,
    pub awaited: bool,
    /// It is the loading of a module.
    pub import: bool,
    /// The effect is a part of the very statement.
    pub one: bool,
}

impl Seat {
    /// The innermost block that holds both places, and the statements of it that do.
    #[must_use]
    pub fn of(unit: &Unit, guard: Span, effect: Option<Span>) -> Option<Self> {
        let mut block = innermost(unit, guard);
        loop {
            let held = holding(block, guard)?;
            let other = effect.and_then(|effect| holding(block, effect));
            if let Some(other) = other
                && std::ptr::eq(held, other)
                && let Some(inner) = blocks(held).into_iter().find(|b| holding(b, guard).is_some())
                && effect.is_some_and(|effect| holding(inner, effect).is_some())
            {
                block = inner;
                continue;
            }
            let distinct = other.filter(|other| !std::ptr::eq(held, *other));
            let mut seat = Self {
                guard: extent(held),
                effect: distinct.map(extent),
                one: other.is_some() && distinct.is_none(),
                ..Self::default()
            };
            match &held.kind {
                NodeKind::Eval(expr) => match &*expr.kind {
                    ExprKind::Await(inner) if matches!(&*inner.kind, ExprKind::Call(_)) => {
                        seat.awaited = true;
                        seat.call = Some(inner.span);
                    }
                    ExprKind::Call(_) => seat.call = Some(expr.span),
                    _ => {}
                },
                NodeKind::Import { .. } => seat.import = true,
                _ => {}
            }
            return Some(seat);
        }
    }
}

/// The statements of a program or of the function around a place that stand before it.
#[must_use]
pub fn before(unit: &Unit, at: Span) -> Vec<Span> {
    let block = innermost(unit, at);
    let plain = |node: &&Node| !matches!(node.kind, NodeKind::Define { .. } | NodeKind::Export { .. });
    let spans = block.iter().filter(plain).take_while(|node| !extent(node).contains(at)).map(extent);
    spans.collect()
}

/// The innermost statement around a place.
#[must_use]
pub fn within(unit: &Unit, at: Span) -> Option<Span> {
    let mut block = innermost(unit, at);
    let mut found = holding(block, at)?;
    while let Some(inner) = blocks(found).into_iter().find(|b| holding(b, at).is_some()) {
        block = inner;
        found = holding(block, at)?;
    }
    Some(extent(found))
}

/// A statement with everything in it: of a condition, some front ends name only the test.
fn extent(node: &Node) -> Span {
    let inner = blocks(node).into_iter().flatten().map(extent);
    inner.fold(node.span, |whole, inner| if inner.start >= whole.start { whole.to(inner) } else { whole })
}

/// What fails here is an exception.
#[must_use]
pub fn throws(unit: &Unit, at: Span) -> bool {
    let bodies = unit.functions.iter().map(|function| &function.body).chain([&unit.body]);
    bodies.into_iter().any(|body| {
        any(body, &|node| {
            matches!(node.kind, NodeKind::Throw(_)) && (node.span.contains(at) || at.contains(node.span))
        })
    })
}

fn any(block: &Block, test: &dyn Fn(&Node) -> bool) -> bool {
    block.iter().any(|node| test(node) || blocks(node).into_iter().any(|inner| any(inner, test)))
}

/// The body of the innermost function around a place, or of the program.
fn innermost(unit: &Unit, at: Span) -> &Block {
    let size = |span: Span| span.end - span.start;
    unit.functions
        .iter()
        .filter_map(|function| Some((size(extent(holding(&function.body, at)?)), &function.body)))
        .chain(holding(&unit.body, at).map(|node| (size(extent(node)), &unit.body)))
        .min_by_key(|(size, _)| *size)
        .map_or(&unit.body, |(_, body)| body)
}

/// Some statements stand for what surrounds others, so that the smallest is meant.
fn holding(block: &Block, at: Span) -> Option<&Node> {
    block
        .iter()
        .filter(|node| !matches!(node.kind, NodeKind::Define { .. } | NodeKind::Export { .. }))
        .map(|node| (extent(node), node))
        .filter(|(span, _)| span.contains(at))
        .min_by_key(|(span, _)| span.end - span.start)
        .map(|(_, node)| node)
}

/// The blocks right inside of a statement.
fn blocks(node: &Node) -> Vec<&Block> {
    match &node.kind {
        NodeKind::Branch { then, other, .. } => vec![then, other],
        NodeKind::Loop { body, .. } => vec![body],
        NodeKind::Scope(body) => vec![body],
        NodeKind::Try { body, handler, finally } => {
            let mut out = vec![body];
            out.extend(handler.iter().map(|handler| &handler.body));
            out.push(finally);
            out
        }
        NodeKind::Eval(expr) | NodeKind::Command(expr) => match &*expr.kind {
            ExprKind::Group { body, .. } => vec![body],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
