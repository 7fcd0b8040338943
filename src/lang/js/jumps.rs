//! `break` and `continue`: which loop they mean, and how a `break` out of something that is no
//! loop (a `switch`, a labelled block) is made part of the branches around it.

use oxc_ast::ast as js;

use super::{Lowering, node};
use crate::words::flow::{Block, Node, NodeKind};
use crate::words::span::Span;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TargetKind {
    Loop,
    Switch,
    Labelled,
}

pub(super) struct Target {
    pub(super) kind: TargetKind,
    pub(super) labels: Vec<String>,
}

impl Lowering<'_> {
    pub(super) fn breaks(&self, label: Option<&js::LabelIdentifier<'_>>, span: Span, out: &mut Block) {
        let exact = self.targets.last().is_some_and(|last| match label {
            None => last.kind != TargetKind::Labelled,
            Some(label) => last.labels.iter().any(|l| l == label.name.as_str()),
        });
        Self::jump(exact, NodeKind::Break, span, out);
    }

    pub(super) fn continues(&self, label: Option<&js::LabelIdentifier<'_>>, span: Span, out: &mut Block) {
        let innermost = self.targets.iter().rev().find(|target| target.kind == TargetKind::Loop);
        let exact = match label {
            None => true,
            Some(label) => innermost.is_some_and(|t| t.labels.iter().any(|l| l == label.name.as_str())),
        };
        // Going on with an outer loop leaves the inner one.
        let kind = if exact { NodeKind::Continue } else { NodeKind::Break };
        Self::jump(exact, kind, span, out);
    }

    fn jump(exact: bool, kind: NodeKind, span: Span, out: &mut Block) {
        if !exact {
            out.push(node(NodeKind::Opaque(Vec::new()), span));
        }
        out.push(node(kind, span));
    }
}

/// How often what follows a branch may be written into both of its sides.
const MAX_COPIES: usize = 24;

/// The block without the breaks that leave it: what follows a branch with a break in it moves
/// into the sides that go on. Where that cannot be said, a loop that runs once takes its place.
pub(super) fn without_breaks(block: Block, span: Span) -> Block {
    if !block.iter().any(has_break) {
        return block;
    }
    let mut copies = 0;
    if let Some(cut) = cut(block.clone(), &mut copies) {
        return cut;
    }
    let mut body = block;
    body.push(node(NodeKind::Break, span));
    vec![node(NodeKind::Loop { test: None, each: None, body, at_least_once: true }, span)]
}

fn cut(block: Block, copies: &mut usize) -> Option<Block> {
    let mut out = Block::new();
    let mut rest = block.into_iter();
    while let Some(next) = rest.next() {
        if matches!(next.kind, NodeKind::Break) {
            return Some(out);
        }
        if !has_break(&next) {
            out.push(next);
            continue;
        }
        *copies += 1;
        if *copies > MAX_COPIES {
            return None;
        }
        let tail: Block = rest.collect();
        let joined = |first: Block| first.into_iter().chain(tail.iter().cloned()).collect::<Block>();
        let kind = match next.kind {
            NodeKind::Branch { test, then, other } => {
                let then = cut(joined(then), copies)?;
                let other = cut(joined(other), copies)?;
                NodeKind::Branch { test, then, other }
            }
            NodeKind::Scope(body) => NodeKind::Scope(cut(joined(body), copies)?),
            // What follows must not move into the `try`, so that nothing may follow.
            NodeKind::Try { body, handler, finally } if tail.is_empty() => {
                let body = cut(body, copies)?;
                let handler = match handler {
                    Some(mut handler) => {
                        handler.body = cut(handler.body, copies)?;
                        Some(handler)
                    }
                    None => None,
                };
                let finally = cut(finally, copies)?;
                NodeKind::Try { body, handler, finally }
            }
            _ => return None,
        };
        out.push(node(kind, next.span));
        return Some(out);
    }
    Some(out)
}

/// A break in it leaves it.
fn has_break(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Break => true,
        NodeKind::Branch { then, other, .. } => then.iter().chain(other).any(has_break),
        NodeKind::Scope(body) => body.iter().any(has_break),
        NodeKind::Try { body, handler, finally } => {
            body.iter().chain(finally).any(has_break)
                || handler.as_ref().is_some_and(|h| h.body.iter().any(has_break))
        }
        _ => false,
    }
}

/// Nothing after the block runs.
pub(super) fn ends(block: &Block) -> bool {
    block.iter().any(|node| match &node.kind {
        NodeKind::Break | NodeKind::Continue | NodeKind::Return(_) | NodeKind::Throw(_) => true,
        NodeKind::Branch { then, other, .. } => ends(then) && ends(other),
        NodeKind::Scope(body) => ends(body),
        _ => false,
    })
}
