//! YAML as a small tree of values, each with its exact place in the file.

mod node;
mod scalar;

use std::collections::BTreeMap;

use tree_sitter::{Node as Syntax, Parser};

pub use node::{Node, Pair, Scalar, Value};

use super::Input;
use crate::words::flow::Problem;
use crate::words::span::{OffsetMap, Span};

/// Deeper trees are not written by people, and would exhaust the stack.
const MAX_DEPTH: usize = 128;

/// How many nodes aliases may add to one file; more is an expansion attack.
const MAX_COPIES: usize = 50_000;

/// The grammar's scanner keeps its indentation levels in 1024 bytes, four a level, and aborts the
/// process when they do not fit; so what could need more is never given to it.
const MAX_LEVELS: usize = 240;

/// GitLab's tag for a value that stands elsewhere; read as a mapping with this one key.
pub const REFERENCE: &str = "!reference";

#[derive(Debug, Default)]
pub struct Parsed {
    pub documents: Vec<Node>,
    pub problems: Vec<Problem>,
}

impl Parsed {
    /// The first document's root, where there is one.
    #[must_use]
    pub fn root(&self) -> Option<&Node> {
        self.documents.first()
    }
}

#[must_use]
pub fn parse(input: Input<'_>) -> Parsed {
    let mut reader = Reader { input, anchors: BTreeMap::new(), copies: MAX_COPIES, out: Parsed::default() };
    if nesting(input.text) > MAX_LEVELS {
        reader.problem(0..input.text.len().min(1), "nested too deeply to be read");
        return reader.out;
    }
    let mut parser = Parser::new();
    let tree = match parser.set_language(&tree_sitter_yaml::LANGUAGE.into()) {
        Ok(()) => parser.parse(input.text, None),
        Err(_) => None,
    };
    let Some(tree) = tree else {
        reader.problem(0..input.text.len(), "the YAML parser gave up");
        return reader.out;
    };
    reader.stream(tree.root_node());
    reader.out
}

/// An upper bound of the indentation levels that are open at once: the longest chain of lines and
/// indicators whose columns grow.
fn nesting(text: &str) -> usize {
    const COLUMNS: usize = 512;
    // Per column the longest chain that ends there.
    let mut longest = [0_usize; COLUMNS];
    let mut most = 0;
    for line in text.split(['\n', '\r']) {
        let bytes = line.as_bytes();
        let indent = bytes.iter().position(|b| !matches!(b, b' ' | b'\t'));
        let Some(indent) = indent else { continue };
        let mut chain = longest.iter().take(indent).copied().max().unwrap_or(0) + 2;
        let mut note = |column: usize, chain: usize| {
            if let Some(slot) = longest.get_mut(column.min(COLUMNS - 1)) {
                *slot = (*slot).max(chain);
            }
            most = most.max(chain);
        };
        note(indent, chain);
        for (column, byte) in bytes.iter().enumerate().skip(indent) {
            let before = column == indent || matches!(bytes.get(column - 1), Some(b' ' | b'\t'));
            let after = matches!(bytes.get(column + 1), None | Some(b' ' | b'\t'));
            if after && before && matches!(byte, b'-' | b'?' | b':') {
                chain += 1;
                note(column, chain);
            }
        }
    }
    most
}

struct Reader<'a> {
    input: Input<'a>,
    anchors: BTreeMap<String, Node>,
    copies: usize,
    out: Parsed,
}

fn children(node: Syntax<'_>) -> Vec<Syntax<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect()
}

impl Reader<'_> {
    fn problem(&mut self, range: std::ops::Range<usize>, what: &str) {
        let span = self.input.map.span(range);
        // One line of nonsense gives many error nodes; the first few say enough.
        if self.out.problems.len() < 20 {
            self.out.problems.push(Problem { span, what: what.to_owned() });
        }
    }

    fn text(&self, node: Syntax<'_>) -> &str {
        self.input.text.get(node.byte_range()).unwrap_or("")
    }

    fn stream(&mut self, root: Syntax<'_>) {
        if root.has_error() {
            self.errors(root);
        }
        let documents = if root.kind() == "stream" { children(root) } else { vec![root] };
        for document in documents {
            self.anchors.clear();
            let mut found = None;
            for child in children(document) {
                match child.kind() {
                    "block_node" | "flow_node" => found = Some(self.node(child, 0)),
                    "block_mapping_pair" | "block_mapping" | "block_sequence" if found.is_none() => {
                        found = Some(self.content(child, 0));
                    }
                    // Below an error node the well-formed parts stand side by side.
                    "ERROR" if found.is_none() => {
                        let inner = children(child)
                            .into_iter()
                            .find(|c| matches!(c.kind(), "block_node" | "flow_node" | "block_mapping"));
                        found = inner.map(|inner| self.content(inner, 0));
                    }
                    _ => {}
                }
            }
            if let Some(node) = found {
                self.out.documents.push(node);
            }
        }
    }

    /// Reports the outermost error nodes without recursion: a broken file may be deep.
    fn errors(&mut self, root: Syntax<'_>) {
        // JSON is read as the YAML that it is, but whoever mends it thinks of JSON.
        let json = matches!(self.input.path.rsplit('.').next(), Some("json" | "jsonc"));
        let what = if json { "this is not valid JSON" } else { "this is not valid YAML" };
        let mut cursor = root.walk();
        loop {
            let node = cursor.node();
            let report = node.is_error() || node.is_missing();
            if report {
                let range = node.byte_range();
                let first = self
                    .input
                    .text
                    .get(range.clone())
                    .map_or(0, |text| text.find('\n').unwrap_or(text.len()));
                self.problem(range.start..range.start + first, what);
            }
            if !report && node.has_error() && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }

    /// A `block_node` or `flow_node`: an anchor and a tag, perhaps, and what they stand before.
    fn node(&mut self, node: Syntax<'_>, depth: usize) -> Node {
        let mut anchor = None;
        let mut content = None;
        let mut tag = None;
        for child in children(node) {
            match child.kind() {
                "anchor" => anchor = Some(self.text(child).trim_start_matches('&').to_owned()),
                "tag" => tag = Some(child),
                "alias" => content = Some(self.alias(child)),
                _ => content = Some(self.content(child, depth)),
            }
        }
        let mut value = content.unwrap_or_else(|| Node::null(self.input.map.span(node.byte_range())));
        if let Some(tag) = tag.filter(|tag| self.text(*tag) == REFERENCE) {
            let span = self.input.map.span(tag.byte_range());
            let map = self.input.map.compose(&OffsetMap::shifted(tag.start_byte()));
            let text = Scalar { text: REFERENCE.to_owned(), map, plain: true };
            let key = Node { span, value: Value::Scalar(text) };
            let whole = span.to(value.span);
            let pair = Pair { key, value, merged: false };
            value = Node { span: whole, value: Value::Mapping(vec![pair]) };
        }
        if let Some(name) = anchor
            && self.spend(&value, node)
        {
            self.anchors.insert(name, value.clone());
        }
        value
    }

    fn alias(&mut self, node: Syntax<'_>) -> Node {
        let name = self.text(node).trim_start_matches('*').to_owned();
        let span = self.input.map.span(node.byte_range());
        let Some(value) = self.anchors.get(&name).cloned() else {
            self.problem(node.byte_range(), "this alias has no anchor before it");
            return Node::null(span);
        };
        if self.spend(&value, node) { value } else { Node::null(span) }
    }

    fn spend(&mut self, value: &Node, at: Syntax<'_>) -> bool {
        if self.copies == 0 {
            return false;
        }
        if let Some(left) = self.copies.checked_sub(value.size()) {
            self.copies = left;
            true
        } else {
            self.copies = 0;
            self.problem(at.byte_range(), "the aliases of this file grow beyond every measure");
            false
        }
    }

    fn content(&mut self, node: Syntax<'_>, depth: usize) -> Node {
        let range = node.byte_range();
        let span = self.input.map.span(range.clone());
        if depth > MAX_DEPTH {
            self.problem(range, "nested too deeply to be read");
            return Node::null(span);
        }
        match node.kind() {
            "block_node" | "flow_node" => self.node(node, depth + 1),
            "block_mapping" | "flow_mapping" => {
                let mut pairs = Vec::new();
                for child in children(node) {
                    match child.kind() {
                        "block_mapping_pair" | "flow_pair" => pairs.push(self.pair(child, depth)),
                        // `{ a }` is a key without a value.
                        "flow_node" => {
                            let key = self.node(child, depth + 1);
                            let value = Node::null(key.span);
                            pairs.push(Pair { key, value, merged: false });
                        }
                        _ => {}
                    }
                }
                Node { span, value: Value::Mapping(node::merge(pairs)) }
            }
            "block_mapping_pair" | "flow_pair" => {
                let pair = self.pair(node, depth);
                Node { span, value: Value::Mapping(node::merge(vec![pair])) }
            }
            "block_sequence" | "flow_sequence" => {
                let mut items = Vec::new();
                for child in children(node) {
                    match child.kind() {
                        "block_sequence_item" => {
                            let inner = children(child).into_iter().next();
                            items.push(match inner {
                                Some(inner) => self.content(inner, depth + 1),
                                None => Node::null(self.input.map.span(child.byte_range())),
                            });
                        }
                        "flow_node" | "flow_pair" => items.push(self.content(child, depth + 1)),
                        _ => {}
                    }
                }
                Node { span, value: Value::Sequence(items) }
            }
            "plain_scalar" | "single_quote_scalar" | "double_quote_scalar" | "block_scalar" => {
                self.scalar(node, span)
            }
            _ => Node::null(span),
        }
    }

    fn pair(&mut self, node: Syntax<'_>, depth: usize) -> Pair {
        let here = self.input.map.span(node.byte_range());
        let key = match node.child_by_field_name("key") {
            Some(key) => self.content(key, depth + 1),
            None => Node::null(here),
        };
        let value = match node.child_by_field_name("value") {
            Some(value) => self.content(value, depth + 1),
            None => Node::null(key.span),
        };
        Pair { key, value, merged: false }
    }

    fn scalar(&self, node: Syntax<'_>, span: Span) -> Node {
        let range = node.byte_range();
        let raw = self.input.text.get(range.clone()).unwrap_or("");
        let decoded = match node.kind() {
            "single_quote_scalar" => scalar::single_quoted(raw, range.start),
            "double_quote_scalar" => scalar::double_quoted(raw, range.start),
            "block_scalar" => scalar::block(raw, range.start, parent_column(node)),
            _ => scalar::plain(raw, range.start),
        };
        let plain = node.kind() == "plain_scalar";
        if plain && matches!(decoded.text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
            return Node::null(span);
        }
        let map = self.input.map.compose(&decoded.map);
        Node { span, value: Value::Scalar(Scalar { text: decoded.text, map, plain }) }
    }
}

/// The column of the collection that a block scalar stands in: its indentation indicator counts
/// from there.
fn parent_column(node: Syntax<'_>) -> usize {
    let mut at = node.parent();
    while let Some(parent) = at {
        if matches!(parent.kind(), "block_mapping" | "block_sequence") {
            return parent.start_position().column;
        }
        at = parent.parent();
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Parsed {
        parse(Input { path: "x.yml", text, map: &OffsetMap::identity() })
    }

    fn root(text: &str) -> Node {
        let parsed = read(text);
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        parsed.root().cloned().unwrap()
    }

    #[test]
    fn keys_lists_and_nulls_are_read_with_their_places() {
        let text = "on:\n  push:\n    branches: [main, \"rel\"]\n  pull_request:\n";
        let node = root(text);
        let branches = node.path(&["on", "push", "branches"]).unwrap();
        assert_eq!(branches.strings().iter().map(|s| s.0).collect::<Vec<_>>(), ["main", "rel"]);
        assert_eq!(&text[branches.items()[1].span.range()], "\"rel\"");
        assert!(node.path(&["on", "pull_request"]).unwrap().is_null());
    }

    #[test]
    fn a_block_scalar_maps_every_line_to_the_host() {
        let text = "a:\n  run: |\n    one\n\n      two\n    thrée $x\n  next: 1\n";
        let node = root(text);
        let run = node.path(&["a", "run"]).unwrap().as_scalar().unwrap();
        assert_eq!(run.text, "one\n\n  two\nthrée $x\n");
        let at = run.text.find("$x").unwrap();
        assert_eq!(run.map.host(at), text.find("$x").unwrap());
        assert_eq!(run.map.host(run.text.find("two").unwrap()), text.find("two").unwrap());
        assert_eq!(node.path(&["a", "next"]).unwrap().as_str(), Some("1"));
    }

    #[test]
    fn no_scalar_reaches_behind_the_end_of_the_file() {
        for text in
            ["a: |\n  bé", "a: |+\n  b\n\n\n", "a: >\n  b\n  c", "a: \"b\\L\"", "a: \"\\P\\L\"", "a: |\n  é"]
        {
            let root = root(text);
            let scalar = root.get("a").and_then(Node::as_scalar).expect(text);
            let end = scalar.map.span(0..scalar.text.len()).end as usize;
            assert!(end <= text.len(), "{end} of {}: {text:?}", text.len());
        }
    }

    #[test]
    fn chomping_and_folding_follow_the_header() {
        assert_eq!(root("a: |-\n  x\n  y\n").get("a").unwrap().as_str(), Some("x\ny"));
        assert_eq!(root("a: >-\n  x\n  y\n\n  z\n").get("a").unwrap().as_str(), Some("x y\nz"));
        assert_eq!(root("a: >\n  x\n    y\n  z\n").get("a").unwrap().as_str(), Some("x\n  y\nz\n"));
        assert_eq!(root("a: |2\n    x\n").get("a").unwrap().as_str(), Some("  x\n"));
    }

    #[test]
    fn quotes_and_escapes_are_decoded() {
        let text = "a: 'it''s'\nb: \"x\\n\\u0041 \\\"q\\\"\"\nc: plain # no\n";
        let node = root(text);
        assert_eq!(node.get("a").unwrap().as_str(), Some("it's"));
        assert_eq!(node.get("b").unwrap().as_str(), Some("x\nA \"q\""));
        assert_eq!(node.get("c").unwrap().as_str(), Some("plain"));
        let b = node.get("b").unwrap().as_scalar().unwrap();
        assert_eq!(b.map.host(b.text.find('q').unwrap()), text.find("q\\").unwrap());
    }

    #[test]
    fn anchors_and_merge_keys_are_resolved_and_own_keys_win() {
        let node = root("x: &d\n  A: 1\n  B: 2\ny:\n  <<: *d\n  B: 3\nz: *d\n");
        assert_eq!(node.path(&["y", "A"]).unwrap().as_str(), Some("1"));
        assert_eq!(node.path(&["y", "B"]).unwrap().as_str(), Some("3"));
        assert_eq!(node.path(&["z", "B"]).unwrap().as_str(), Some("2"));
    }

    #[test]
    fn duplicate_keys_are_kept() {
        let node = root("a: 1\na: 2\n");
        assert_eq!(node.pairs().len(), 2);
        assert_eq!(node.get("a").unwrap().as_str(), Some("2"));
    }

    #[test]
    fn syntax_errors_are_problems() {
        assert!(!read("a: [1, 2\nb: }\n").problems.is_empty());
    }

    #[test]
    fn a_laughing_file_ends_in_a_problem() {
        use std::fmt::Write as _;
        let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for i in 1..12 {
            let list = vec![format!("*a{}", i - 1); 9].join(",");
            writeln!(text, "a{i}: &a{i} [{list}]").unwrap();
        }
        assert!(!read(&text).problems.is_empty());
    }

    #[test]
    fn ten_thousand_brackets_do_not_overflow() {
        read(&"[".repeat(10_000));
        read(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)));
        read(&"- ".repeat(10_000));
        read(&"{a: ".repeat(10_000));
        read(&"? ".repeat(10_000));
        let stairs: Vec<String> = (0..400).map(|n| format!("{}k:", " ".repeat(n))).collect();
        assert!(!read(&stairs.join("\n")).problems.is_empty());
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "[a-z:\\-|>&*<\\[\\]{}'\"\\\\ \n\t#é]{0,80}") {
            read(&text);
        }
    }
}
