//! The digest follows the meaning, and nothing else.

use super::unit;
use crate::lang::{Input, js};
use crate::words::span::OffsetMap;

fn shape(text: &str) -> Vec<u8> {
    assert_eq!(unit("a.tsx", text).problems, [], "{text}");
    shape_of("a.tsx", text)
}

fn shape_of(path: &str, text: &str) -> Vec<u8> {
    js::shape(Input { path, text, map: &OffsetMap::identity() })
}

#[test]
fn formatting_and_comments_do_not_change_the_shape() {
    for (one, other) in [
        ("f('a', [1, 2])", "// said\nf(\n  \"a\", /* or */ [1, 2,],\n);;"),
        ("const a = { b: 1 }", "const a = {\n  'b': 1,\n}"),
        ("if (a) { b() }", "if (a)\n{\n  b();\n}\n"),
        ("const f = (x) => (x)", "const f = x => x"),
        ("const a = <p>x y {z}</p>", "const a = (\n  <p>\n    x\n    y {z}\n    {/* c */}\n  </p>\n)"),
        ("f('\\x41')", "f('A')"),
        ("import { a, b } from 'c'", "import {\n  a,\n  b,\n} from \"c\";"),
    ] {
        assert_eq!(shape(one), shape(other), "{one} and {other}");
    }
}

#[test]
fn every_change_of_meaning_changes_the_shape() {
    let texts = [
        "f('a')",
        "f('b')",
        "g('a')",
        "f('a', 'b')",
        "f(['a', 'b'])",
        "f(`a`)",
        "f?.('a')",
        "new f('a')",
        "f('a' + b)",
        "f('a' - b)",
        "f(a, b)",
        "f((a, b))",
        "f(/a/)",
        "f(/a/i)",
        "f(/b/)",
        "f(1)",
        "f(2)",
        "f(1n)",
        "f(true)",
        "f(false)",
        "f(null)",
        "await f('a')",
        "!f('a')",
        "f.a",
        "f?.a",
        "f[a]",
        "f['a']",
        "if (a) b()",
        "if (a); b()",
        "if (b) a()",
        "if (a) b(); else c()",
        "if (a) { b() }",
        "for (a;;) b()",
        "for (;a;) b()",
        "for (;;a) b()",
        "a = b",
        "a += b",
        "a ||= b",
        "a ??= b",
        "a && b",
        "a || b",
        "a ?? b",
        "a === b",
        "a == b",
        "a !== b",
        "a++",
        "++a",
        "a--",
        "const a = 1",
        "let a = 1",
        "var a = 1",
        "const f = () => a",
        "const f = () => { a }",
        "const f = async () => a",
        "const f = function () { a }",
        "function f() { a }",
        "async function f() { a }",
        "function* f() { a }",
        "class A { b() {} }",
        "class A { static b() {} }",
        "class A { get b() { return 1 } }",
        "class A extends B { b() {} }",
        "import 'a'",
        "import {} from 'a'",
        "import a from 'a'",
        "import { a } from 'a'",
        "import type { a } from 'a'",
        "import * as a from 'a'",
        "export * from 'a'",
        "export { a } from 'a'",
        "export { a as b } from 'a'",
        "export { a }",
        "try { a } catch {}",
        "try { a } finally {}",
        "try { a } catch {} finally {}",
        "[, a] = b",
        "[a] = b",
        "const [, c] = b",
        "const [c] = b",
        "const { c } = b",
        "const { c = 1 } = b",
        "const { d: c } = b",
        "const { [d]: c } = b",
        "switch (a) { case b: c() }",
        "switch (a) { default: b; c() }",
        "while (a) b()",
        "do b(); while (a)",
        "for (a of b) c()",
        "for (a in b) c()",
        "break_: a()",
        "throw a",
        "'use strict'",
        "('use strict')",
        "<a b='c'/>",
        "<a b={c}/>",
        "<a>b</a>",
        "<a> b</a>",
        "<b>b</b>",
        "a ? b : c",
        "a.b.c()",
        "a.b?.c()",
        "(a?.b).c()",
        "a?.b.c()",
        "f(...a)",
        "f('a\\u{1f}b')",
        "f('a\\u{1d}?b')",
        "const x: A = b",
        "const x: B = b",
        "a as B",
        "typeof a",
        "void a",
        "delete a.b",
        "-a",
        "+a",
        "~a",
        "f`a`",
        "f`a${b}`",
        "enum A { b }",
        "const enum A { b }",
        "enum A { b = 1 }",
        "import('a')",
        "require('a')",
    ];
    let shapes: Vec<_> = texts.iter().map(|text| shape_of("a.tsx", text)).collect();
    for (at, one) in shapes.iter().enumerate() {
        assert!(!one.is_empty(), "{} has a shape", texts[at]);
        for (other_at, other) in shapes.iter().enumerate().skip(at + 1) {
            assert_ne!(one, other, "{} and {}", texts[at], texts[other_at]);
        }
    }
}

#[test]
fn a_broken_file_has_its_text_for_a_shape() {
    let [one, other] = ["f('a'; (", "f('b'; ("].map(|text| {
        assert!(!unit("a.ts", text).problems.is_empty());
        shape_of("a.ts", text)
    });
    assert!(!one.is_empty());
    assert_ne!(one, other);
}
