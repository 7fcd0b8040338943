//! Whether a job's matrix can come out without a row.

use crate::lang::yaml::{Node, Value};
use crate::words::pipeline::Matrix;

/// More combinations than this are not counted out; a provider allows 256 rows.
const MAX_ROWS: usize = 1000;

pub(super) fn read(node: &Node) -> Matrix {
    Matrix { span: node.span, may_be_empty: may_be_empty(node) }
}

fn may_be_empty(node: &Node) -> bool {
    if !node.is_mapping() {
        return true;
    }
    let include = node.get("include");
    // Rows that `include` adds stand whatever the axes say.
    if include.is_some_and(|list| list.items().iter().any(Node::is_mapping)) {
        return false;
    }
    let axes: Vec<_> =
        node.pairs().iter().filter(|p| !matches!(p.key.as_str(), Some("include" | "exclude"))).collect();
    if axes.is_empty() || axes.iter().any(|axis| axis.value.items().is_empty()) {
        return true;
    }
    let Some(exclude) = node.get("exclude") else { return false };
    if exclude.as_str().is_some() {
        return true;
    }
    let mut rows: Vec<Vec<(&str, &Node)>> = vec![Vec::new()];
    for axis in axes {
        let Some(name) = axis.key.as_str() else { continue };
        let values = axis.value.items();
        if rows.len().saturating_mul(values.len()) > MAX_ROWS {
            return false;
        }
        rows = rows
            .iter()
            .flat_map(|row| values.iter().map(|value| row.iter().copied().chain([(name, value)]).collect()))
            .collect();
    }
    rows.iter().all(|row| exclude.items().iter().any(|rule| excludes(rule, row)))
}

fn excludes(rule: &Node, row: &[(&str, &Node)]) -> bool {
    !rule.pairs().is_empty()
        && rule.pairs().iter().all(|pair| {
            row.iter().any(|(name, value)| pair.key.as_str() == Some(name) && same(&pair.value, value))
        })
}

fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Null, Value::Null) => true,
        (Value::Scalar(a), Value::Scalar(b)) => a.text == b.text,
        _ => false,
    }
}
