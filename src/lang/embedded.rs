//! Programs inside of other files: the scripts of a component, the cells of a notebook.

use jsonc_parser::ast::{StringLit, Value};

use super::{Input, js, json, python};
use crate::words::flow::{Dialect, Problem, Unit};
use crate::words::span::OffsetMap;

/// A component of Vue, Svelte or Astro: everything but its scripts becomes spaces.
#[must_use]
pub fn component(input: Input<'_>) -> Unit {
    let (text, jsx) = scripts(input.text, input.path.to_ascii_lowercase().ends_with(".astro"));
    js::lower(Input { path: if jsx { "component.tsx" } else { "component.ts" }, text: &text, ..input })
}

/// The file is such a component.
#[must_use]
pub fn is_component(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".vue", ".svelte", ".astro"].iter().any(|end| lower.ends_with(end))
}

/// The file is a notebook.
#[must_use]
pub fn is_notebook(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(".ipynb")
}

fn scripts(text: &str, fenced: bool) -> (String, bool) {
    let lower = text.to_ascii_lowercase();
    let mut kept: Vec<std::ops::Range<usize>> = Vec::new();
    let mut jsx = false;
    let mut from = 0;
    if fenced && let Some(start) = lower.find("---") {
        let start = start + 3;
        let end = lower.get(start..).and_then(|rest| rest.find("\n---")).map_or(text.len(), |at| start + at);
        kept.push(start..end);
        from = end;
    }
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find("<script")).map(|at| from + at) {
        let Some(open) = lower.get(at..).and_then(|rest| rest.find('>')).map(|end| at + end + 1) else {
            break;
        };
        let tag = lower.get(at..open).unwrap_or("");
        let end =
            lower.get(open..).and_then(|rest| rest.find("</script")).map_or(text.len(), |end| open + end);
        // Data for search engines and the like is no program.
        if !(tag.contains("json") || tag.contains("text/x-") || tag.ends_with("/>")) {
            kept.push(open..end);
            jsx |= tag.contains("tsx") || tag.contains("jsx");
        }
        from = end.max(open);
    }
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if c == '\n' || kept.iter().any(|range| range.contains(&at)) {
            out.push(c);
        } else {
            out.extend(std::iter::repeat_n(' ', c.len_utf8()));
        }
    }
    (out, jsx)
}

/// A notebook: its cells one after the other. Commands and SQL of its magic words are what they run.
#[must_use]
pub fn notebook(input: Input<'_>) -> Unit {
    let root = match json::parse(input) {
        Ok(Some(Value::Object(root))) => root,
        Ok(_) => return Unit::empty(Dialect::Python),
        Err(problem) => {
            let mut unit = Unit::empty(Dialect::Python);
            unit.problems.push(Problem { span: problem.span, what: problem.what });
            return unit;
        }
    };
    let mut out = Cells { text: String::new(), map: OffsetMap::builder() };
    out.made(0, "import os as __os, psycopg as __sql\n");
    for cell in root.get_array("cells").map(|cells| &cells.elements[..]).unwrap_or_default() {
        let Value::Object(cell) = cell else { continue };
        if cell.get_string("cell_type").is_none_or(|kind| kind.value != "code") {
            continue;
        }
        let lines: Vec<&StringLit<'_>> = match cell.get("source").map(|source| &source.value) {
            Some(Value::StringLit(one)) => vec![one],
            Some(Value::Array(all)) => all.elements.iter().filter_map(Value::as_string_lit).collect(),
            _ => continue,
        };
        let mut text = String::new();
        let mut map = OffsetMap::builder();
        for line in lines {
            let read = json::string(input, line);
            map.append(text.len(), &read.map);
            text.push_str(&read.decoded);
        }
        out.cell(&text, &map);
    }
    let mut unit = python::lower(Input { path: "notebook.py", text: &out.text, map: &out.map });
    // What a cell has printed is no part of the program.
    unit.shape = out.text.into_bytes();
    unit
}

struct Cells {
    text: String,
    map: OffsetMap,
}

impl Cells {
    /// Text that stands nowhere, at the place that it is made for.
    fn made(&mut self, host: usize, text: &str) {
        for (at, _) in text.char_indices() {
            self.map.push(self.text.len() + at, host);
        }
        self.text.push_str(text);
    }

    fn copied(&mut self, text: &str, map: &OffsetMap, range: std::ops::Range<usize>) {
        let part = text.get(range.clone()).unwrap_or("");
        for (at, _) in part.char_indices() {
            self.map.push(self.text.len() + at, map.host(range.start + at));
        }
        self.text.push_str(part);
    }

    /// A call with a text as its argument.
    fn call(&mut self, name: &str, text: &str, map: &OffsetMap, range: std::ops::Range<usize>) {
        let host = map.host(range.start);
        self.made(host, &format!("{name}(r'''"));
        // No text may close the literal that it stands in.
        let plain = text.get(range.clone()).unwrap_or("").replace("'''", "   ");
        for (at, _) in plain.char_indices() {
            self.map.push(self.text.len() + at, map.host(range.start + at));
        }
        self.text.push_str(&plain);
        let apart = if plain.ends_with(['\'', '\\']) { " " } else { "" };
        self.made(host, &format!("{apart}''')\n"));
    }

    fn cell(&mut self, text: &str, map: &OffsetMap) {
        const SHELL: &str = "__os.system";
        const SQL: &str = "__sql.connect().execute";
        let first = text.trim_start().lines().next().unwrap_or("");
        if let Some(magic) = first.strip_prefix("%%") {
            let start = text.find('\n').map_or(text.len(), |at| at + 1);
            match magic.split_whitespace().next().unwrap_or("") {
                "bash" | "sh" | "script" | "!" | "system" | "sx" => {
                    self.call(SHELL, text, map, start..text.len());
                }
                "sql" | "read_sql" | "bigquery" => self.call(SQL, text, map, start..text.len()),
                "time" | "timeit" | "capture" | "prun" => self.lines(text, map, start),
                _ => {}
            }
            return;
        }
        self.lines(text, map, 0);
    }

    fn lines(&mut self, text: &str, map: &OffsetMap, from: usize) {
        let mut at = from;
        for line in text.get(from..).unwrap_or("").split_inclusive('\n') {
            let range = at..at + line.len();
            at = range.end;
            let body = line.trim_start();
            let indent = line.len() - body.len();
            let end = range.start + line.trim_end().len();
            let word = |magic: &str| {
                body.strip_prefix(magic).filter(|rest| rest.starts_with([' ', '\t', '\n'])).map(str::len)
            };
            if let Some(rest) = body.strip_prefix('!') {
                self.copied(text, map, range.start..range.start + indent);
                let start = range.start + line.len() - rest.len();
                self.call("__os.system", text, map, start.min(end)..end);
            } else if let Some(length) = word("%sql") {
                self.copied(text, map, range.start..range.start + indent);
                let start = range.start + line.len() - length;
                self.call("__sql.connect().execute", text, map, start.min(end)..end);
            } else if body.starts_with('%') || body.trim_end().ends_with('?') {
                self.copied(text, map, range.start..range.start + indent);
                self.made(map.host(range.start), "pass\n");
            } else {
                self.copied(text, map, range);
            }
        }
        if !self.text.ends_with('\n') {
            self.made(map.host(text.len().saturating_sub(1)), "\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_scripts_of_a_component_are_left() {
        let text = "<template>é{{ a }}</template>\n<script setup lang=\"ts\">\nlet b: X;\n</script>\n<script type=\"application/ld+json\">{}</script>";
        let (left, jsx) = scripts(text, false);
        assert_eq!((left.trim(), left.len(), jsx), ("let b: X;", text.len(), false));
        assert_eq!(scripts("---\nlet a;\n---\n<p>", true).0.trim(), "let a;");
    }

    #[test]
    fn the_cells_of_a_notebook_are_one_program() {
        let text = r#"{"cells":[{"cell_type":"markdown","source":"x ("},{"cell_type":"code","source":["import os\n","%matplotlib inline\n","!psql -c 'delete from a'\n","df?"],"outputs":[{"text":"y ("}]},{"cell_type":"code","source":"%%sql\ndelete from b"}]}"#;
        let unit = notebook(Input { path: "a.ipynb", text, map: &OffsetMap::identity() });
        assert!(unit.problems.is_empty(), "{:?}", unit.problems);
        let shape = String::from_utf8(unit.shape).unwrap();
        assert!(shape.contains("__os.system(r'''psql -c 'delete from a' ''')"), "{shape}");
        assert!(shape.contains("__sql.connect().execute(r'''delete from b''')"), "{shape}");
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(<script|</script>|>|---|\n| lang=\"tsx\"|[{}a'é(]){0,40}") {
            for path in ["a.vue", "a.astro"] {
                let _ = component(Input { path, text: &text, map: &OffsetMap::identity() });
            }
        }

        #[test]
        fn arbitrary_cells_never_panic(lines in proptest::collection::vec("(!|%sql |%%bash\n|%|\\?|'''|\\\\|[ a(é'\n]){0,20}", 0..4)) {
            let cells = serde_json::json!({"cells": [{"cell_type": "code", "source": lines}]});
            let _ = notebook(Input { path: "a.ipynb", text: &cells.to_string(), map: &OffsetMap::identity() });
        }

        #[test]
        fn arbitrary_json_never_panics(text in "(\\{|\\}|\"cells\"|\"source\"|\"cell_type\"|:|\"code\"|,|\\[|\\]|é){0,40}") {
            let _ = notebook(Input { path: "a.ipynb", text: &text, map: &OffsetMap::identity() });
        }
    }
}
