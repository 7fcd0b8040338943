//! Imports and exports, of both module systems.

use super::{printer, ts, unit};

#[test]
fn imports_come_first_and_name_what_they_bind() {
    assert_eq!(
        ts("f(); import a, { b as c, default as d } from './x'; import * as e from 'y'; import 'z'"),
        "(import ./x [default:a b:c default:d]) (import y [*:e]) (import z []) (f )"
    );
}

#[test]
fn type_imports_are_marked_and_type_names_dropped() {
    assert_eq!(
        ts("import type { A } from 'a'; import { type B, c } from 'b'; import { type D } from 'd'"),
        "(import-type a [A:A]) (import b [c:c]) (import-type d [])"
    );
}

#[test]
fn an_import_by_require_loads() {
    assert_eq!(ts("import x = require('y'); import z = A.B.C"), "(let x (load \"y\")) (let z A.B.C)");
}

#[test]
fn every_form_of_export_names_its_value() {
    let cases = [
        ("export const a = 1, { b } = c", "(let a 1) (let b c.b) (export a a) (export b b)"),
        ("export function f() {}", "(define f (fn this f [] )) (export f f)"),
        ("export class C {}", "(define C (class C)) (export C C)"),
        ("export enum E { A }", "(let E (object A: 0)) (export E E)"),
        (
            "const a = 1; export { a, a as b, a as default }",
            "(let a 1) (export a a) (export b a) (export default a)",
        ),
        ("export default () => 1", "(export default (fn default [] (return 1)))"),
        ("export default function f() {}", "(define f (fn this f [] )) (export default f)"),
        ("export default class {}", "(export default (class default))"),
        (
            "f(); export * from 'a'; export * as n from 'b'; export { c as d } from 'e'",
            "(export-from a all) (export-from b *:n) (export-from e c:d) (f )",
        ),
        ("export type { T } from 'a'; export type * from 'b'; export interface I {}", ""),
        ("export = x", "(export * x)"),
    ];
    for (source, expected) in cases {
        assert_eq!(ts(source), expected, "of {source}");
    }
}

#[test]
fn common_js_exports_are_exports() {
    let text = "#!/usr/bin/env node\nmodule.exports = { a };\nexports.b = module.exports['c'] = () => 1;\nmodule.exports.d.e = 1";
    let unit = unit("a.cjs", text);
    assert_eq!(unit.problems, []);
    assert_eq!(
        printer::unit(&unit),
        "(export * (object a: a)) (let %1 (fn b [] (return 1))) (export c %1) (export b %1) (= module.exports.d.e 1)"
    );
}

#[test]
fn scripts_modules_and_types_in_plain_files_are_all_read() {
    for (path, text) in [
        ("a.js", "with (a) { b() }"),
        ("a.js", "var x = 010;"),
        ("a.cjs", "return 1"),
        ("a.mjs", "await f()"),
        ("a.js", "const a: string = 'x'"),
        ("a.js", "const a = <div/>"),
        ("a.ts", "const a = <T>b"),
        ("a.tsx", "const a = <T,>(b: T) => <div/>"),
        ("a.mts", "\u{feff}#!/usr/bin/env tsx\nimport x from 'y'"),
        ("run", "#!/usr/bin/env node\nf()"),
        ("a.ts", "\u{feff}const x = 1"),
    ] {
        let unit = unit(path, text);
        assert_eq!(unit.problems, [], "{path}: {text}");
        assert!(!unit.body.is_empty(), "{path}: {text}");
    }
}
