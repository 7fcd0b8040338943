//! A value of YAML with its place: what it holds, and how it is asked.

use crate::words::span::{OffsetMap, Span};

#[derive(Clone, Debug)]
pub struct Node {
    pub span: Span,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<Pair>),
}

#[derive(Clone, Debug)]
pub struct Scalar {
    /// Without quotes, escapes, folding and indentation.
    pub text: String,
    /// From the decoded text to the host file.
    pub map: OffsetMap,
    /// Written without quotes, so that `true` is a boolean and `3` is a number.
    pub plain: bool,
}

#[derive(Clone, Debug)]
pub struct Pair {
    pub key: Node,
    pub value: Node,
    /// Came in through `<<`.
    pub merged: bool,
}

impl Node {
    pub(super) fn null(span: Span) -> Self {
        Self { span, value: Value::Null }
    }

    /// The value of a key. Of duplicate keys the last one holds, as parsers that accept them do.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.pair(key).map(|pair| &pair.value)
    }

    #[must_use]
    pub fn pair(&self, key: &str) -> Option<&Pair> {
        self.pairs().iter().rev().find(|pair| pair.key.as_str() == Some(key))
    }

    #[must_use]
    pub fn path(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar().map(|scalar| scalar.text.as_str())
    }

    #[must_use]
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    #[must_use]
    pub fn is_mapping(&self) -> bool {
        matches!(self.value, Value::Mapping(_))
    }

    /// Its pairs; none where it is no mapping.
    #[must_use]
    pub fn pairs(&self) -> &[Pair] {
        match &self.value {
            Value::Mapping(pairs) => pairs,
            _ => &[],
        }
    }

    /// Its elements; none where it is no sequence.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// A scalar, or the scalars of a sequence: where a format takes one or many.
    #[must_use]
    pub fn strings(&self) -> Vec<(&str, Span)> {
        match &self.value {
            Value::Scalar(scalar) => vec![(scalar.text.as_str(), self.span)],
            Value::Sequence(items) => {
                items.iter().filter_map(|item| Some((item.as_str()?, item.span))).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn size(&self) -> usize {
        1 + match &self.value {
            Value::Sequence(items) => items.iter().map(Self::size).sum(),
            Value::Mapping(pairs) => pairs.iter().map(|p| p.key.size() + p.value.size()).sum(),
            _ => 0,
        }
    }
}

/// Resolves `<<`: what the mapping says itself wins over what is merged, earlier over later.
pub(super) fn merge(pairs: Vec<Pair>) -> Vec<Pair> {
    if !pairs.iter().any(|pair| pair.key.as_str() == Some("<<")) {
        return pairs;
    }
    let (merges, mut own): (Vec<_>, Vec<_>) =
        pairs.into_iter().partition(|pair| pair.key.as_str() == Some("<<"));
    for source in merges {
        let sources = match source.value.value {
            Value::Sequence(items) => items,
            value => vec![Node { span: source.value.span, value }],
        };
        for node in sources {
            if let Value::Mapping(pairs) = node.value {
                for pair in pairs {
                    if !own.iter().any(|have| have.key.as_str() == pair.key.as_str()) {
                        own.push(Pair { merged: true, ..pair });
                    }
                }
            }
        }
    }
    own
}
