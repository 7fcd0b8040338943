//! GitLab's ways to put a job together: files laid over each other, `extends`, `!reference`.

use crate::lang::yaml::{Node, Pair, REFERENCE, Value};

/// The provider allows eleven levels of `extends`, and ten of `!reference`.
const MAX_LEVELS: usize = 11;
/// How many nodes may be copied for one pipeline; more is an expansion attack.
const MAX_COPIES: usize = 100_000;

/// Counts what is copied.
pub(super) struct Copies(usize);

impl Copies {
    pub(super) fn new() -> Self {
        Self(MAX_COPIES)
    }

    /// A copy; nothing where the measure is full.
    fn of(&mut self, node: &Node) -> Node {
        let size = size(node);
        if self.0 < size {
            self.0 = 0;
            return Node { span: node.span, value: Value::Null };
        }
        self.0 -= size;
        node.clone()
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::Sequence(items) => items.iter().map(size).sum(),
        Value::Mapping(pairs) => pairs.iter().map(|pair| 1 + size(&pair.value)).sum(),
        _ => 0,
    }
}

/// `over` laid over `under`: mappings key by key, everything else replaced.
pub(super) fn laid_over(under: &Node, over: &Node, copies: &mut Copies) -> Node {
    let (Value::Mapping(below), Value::Mapping(above)) = (&under.value, &over.value) else {
        return copies.of(over);
    };
    if below.iter().chain(above).any(|pair| pair.key.as_str() == Some(REFERENCE)) {
        return copies.of(over);
    }
    let mut pairs: Vec<Pair> = Vec::new();
    for pair in below {
        let value = match over.get(pair.key.as_str().unwrap_or("")) {
            Some(value) => laid_over(&pair.value, value, copies),
            None => copies.of(&pair.value),
        };
        pairs.push(Pair { key: pair.key.clone(), value, merged: pair.merged });
    }
    for pair in above {
        if !below.iter().any(|have| have.key.as_str() == pair.key.as_str()) {
            let value = copies.of(&pair.value);
            pairs.push(Pair { key: pair.key.clone(), value, merged: pair.merged });
        }
    }
    Node { span: over.span, value: Value::Mapping(pairs) }
}

/// A job with what it extends under it, and its references filled in.
pub(super) fn job(root: &Node, body: &Node, copies: &mut Copies) -> Node {
    let extended = extended(root, body, copies, 0);
    filled(root, &extended, copies, 0)
}

fn extended(root: &Node, body: &Node, copies: &mut Copies, level: usize) -> Node {
    let bases = body.get("extends").map(Node::strings).unwrap_or_default();
    if bases.is_empty() || level >= MAX_LEVELS {
        return copies.of(body);
    }
    let mut under: Option<Node> = None;
    for (base, _) in bases {
        let Some(found) = root.get(base).filter(|node| node.is_mapping()) else { continue };
        let found = extended(root, found, copies, level + 1);
        under = Some(match under {
            Some(have) => laid_over(&have, &found, copies),
            None => found,
        });
    }
    match under {
        Some(under) => laid_over(&under, body, copies),
        None => copies.of(body),
    }
}

fn filled(root: &Node, node: &Node, copies: &mut Copies, level: usize) -> Node {
    if level > MAX_LEVELS * 3 {
        return Node { span: node.span, value: Value::Null };
    }
    let value = match &node.value {
        Value::Mapping(pairs) => {
            if let Some(path) = node.get(REFERENCE) {
                let keys: Vec<&str> = path.strings().into_iter().map(|(key, _)| key).collect();
                let held = keys.split_first().and_then(|(first, rest)| {
                    let body = extended(root, root.get(first)?, copies, 0);
                    body.path(rest).cloned()
                });
                return match held {
                    Some(held) => {
                        let copy = copies.of(&held);
                        filled(root, &copy, copies, level + 1)
                    }
                    None => Node { span: node.span, value: Value::Null },
                };
            }
            Value::Mapping(
                pairs
                    .iter()
                    .map(|pair| Pair {
                        key: pair.key.clone(),
                        value: filled(root, &pair.value, copies, level + 1),
                        merged: pair.merged,
                    })
                    .collect(),
            )
        }
        Value::Sequence(items) => {
            Value::Sequence(items.iter().map(|item| filled(root, item, copies, level + 1)).collect())
        }
        _ => return node.clone(),
    };
    Node { span: node.span, value }
}
