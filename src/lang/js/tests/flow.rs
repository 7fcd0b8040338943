//! Statements and expressions.

use super::{printer, ts, unit};

/// Pairs of source and expected flow, so that a failure shows the source.
fn all(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(ts(source).trim(), *expected, "of {source}");
    }
}

#[test]
fn literals_and_names_are_kept_as_values() {
    all(&[
        (
            "f('a', `b`, 1, -1, true, null, undefined, 1n, /x/)",
            r#"(f "a" "b" 1 -1 true null undefined (?? ) (?? ))"#,
        ),
        ("this.x; import.meta.url", "this.x import.meta.url"),
        ("process.env.CI; process.env['CI']; process.env[k]", "process.env.CI process.env.CI process.env[k]"),
        (
            "[1, , ...x]; ({a, b: 1, ['c']: 2, [d]: 3, ...e})",
            "[1 undefined ...x] (object a: a b: 1 c: 2 [d]: 3 ...e)",
        ),
    ]);
}

#[test]
fn texts_are_joined_where_something_may_be_text() {
    all(&[
        ("f(`a${b}c`)", r#"(f (+ "a" b "c"))"#),
        ("f('a' + b + c)", r#"(f (+ "a" b c))"#),
        ("f(a + (b + 'c'))", r#"(f (+ a (+ b "c")))"#),
        ("f(i + 1, a - b)", "(f (?? i 1) (?? a b))"),
        ("sql`drop ${t}`; db.sql<Row>`x`", r#"(tag sql (+ "drop " t)) (tag db.sql<Row> (+ "x"))"#),
    ]);
}

#[test]
fn calls_keep_spreads_type_arguments_and_optionality() {
    all(&[
        ("a.b(...c, 1)", "(a.b ...c 1)"),
        ("ds.getRepository<ns.User>(User)", "(ds.getRepository<User> User)"),
        ("new Pool({ url })", "(new Pool (object url: url))"),
        ("f?.()", "(f? )"),
        ("a?.b.c()", "(a.b.c? )"),
        ("a?.b", "a.b"),
        ("(a as any)!.b(<T>c satisfies U)", "(a.b c)"),
        (
            "await import('x'); require('y'); require.resolve('z')",
            r#"(await (import() "x")) (load "y") (require.resolve "z")"#,
        ),
        ("/^true$/.test(x)", "((?? ).test x)"),
    ]);
}

#[test]
fn logic_and_comparisons_keep_their_order() {
    all(&[
        ("a && b || !c", "(or (and a b) (not c))"),
        ("a ?? b", "(?? a b)"),
        (
            "a === b; a == b; a !== b; a != b; a < b; a in b; a instanceof B",
            "(== a b) (== a b) (!= a b) (!= a b) (<> a b) (set b[a]) (<> a B)",
        ),
        ("a ? b : c", "(? a b c)"),
        ("x = (a, b); (0, a.b)(c)", "(= x (seq a b)) (a.b c)"),
        (
            "void main(); typeof a; delete process.env.CI",
            "(seq (main ) undefined) (?? a) (?? process.env.CI)",
        ),
    ]);
}

#[test]
fn assignments_of_every_kind_have_a_target_and_a_value() {
    all(&[
        ("a = 1; a.b = 2; a[c] = 3; a['d'] = 4", "(= a 1) (= a.b 2) (= a[c] 3) (= a.d 4)"),
        (
            "a ||= 1; a &&= 2; a ??= 3; a += 'x'; a -= 1; a++",
            r#"(= a (or a 1)) (= a (and a 2)) (= a (?? a 3)) (= a (+ a "x")) (= a (?? a 1)) (= a (?? a))"#,
        ),
        ("process.env.CI = 'true'", r#"(= process.env.CI "true")"#),
        ("a = b = f()", "(let %1 (f )) (= b %1) (= a %1)"),
        ("if (x = f()) g()", "(if (:= x (f )) {(g )} {})"),
        (
            "({ a, b: { c = 1 }, ...d } = f())",
            "(let %1 (f )) (= a %1.a) (let %2 %1.b) (= c (?? %2.c 1)) (= d (object ...%1))",
        ),
        ("[a, , b.c = 2, ...d] = e", "(let %1 e) (= a %1[0]) (= b.c (?? %1[2] 2)) (= d (%1.slice 3))"),
        ("f([a] = b)", "(f (seq (:= %1 b) (:= %2 %1) (:= a %2[0]) %1))"),
    ]);
}

#[test]
fn destructuring_binds_each_name_to_its_part() {
    all(&[
        (
            "const { a, b: c = 1, 'd-e': f, [g]: h, ...i } = j",
            "(let a j.a) (let c (?? j.b 1)) (let f j.d-e) (let h j[g]) (let i (object ...j a: undefined b: undefined d-e: undefined))",
        ),
        ("const { CI } = process.env", "(let CI process.env.CI)"),
        (
            "const { prisma } = await import('./db')",
            r#"(let %1 (await (import() "./db"))) (let prisma %1.prisma)"#,
        ),
        (
            "const [a, , [b], ...c] = f()",
            "(let %1 (f )) (let a %1[0]) (let %2 %1[2]) (let b %2[0]) (let c (%1.slice 3))",
        ),
        (
            "var { a } = a, b; let c: ns.Client | null",
            "(let %1 a) (var a %1.a) (var b _) (let c:ns.Client _)",
        ),
        ("const {} = f()", "(let %1 (f ))"),
        ("using a = f(); ", "(let a (f ))"),
    ]);
}

#[test]
fn functions_are_hoisted_and_take_the_name_that_they_are_bound_to() {
    all(&[
        ("f(); function f() { return 1 }", "(define f (fn this f [] (return 1))) (f )"),
        ("{ g(); async function* g() { yield 1 } }", "{(define g (fn async gen this g [] (?? 1))) (g )}"),
        ("const f = async (a: Pool, b = 1, ...c) => a", "(let f (fn async f [a:Pool b=1 ...c] (return a)))"),
        ("x.y = function () {}", "(= x.y (fn this y [] ))"),
        (
            "f({ up() {}, get v() { return 1 }, set v(x) {} })",
            "(f (object up: (fn this up [] ) get v: (fn this v [] (return 1)) set v: (fn this v [x] )))",
        ),
        (
            "const f = ({ a, b }: P = {}) => a",
            "(let f (fn f [%1:P=(object )] (let a %1.a) (let b %1.b) (return a)))",
        ),
        (
            "function f(): void; function f(a?: Promise<X>) {} declare function g(): void",
            "(define f (fn this f [a:Promise] ))",
        ),
        ("'use server'; 'use strict'", "\"use server\""),
    ]);
}

#[test]
fn classes_show_base_members_and_what_runs_when_they_are_defined() {
    all(&[
        (
            "@Injectable() class S extends B.C { constructor(private readonly db: PrismaClient, x) { super(); } }",
            "(define S (class S <B.C @(Injectable ) new:(fn this constructor [db:PrismaClient x] (= this.db db) (super )) db:PrismaClient _;))",
        ),
        (
            "class A { @Col() f: T = 1; static s = g(); static { h() } #p() {} get v() { return 1 } abstract q(): void; [k]() {} }",
            "(define A (class A @(Col ) f:T 1; static s (g ); #p (fn this #p [] ); v get (fn this v [] (return 1)); [computed] (fn this [computed] [] ); on-define {(h )} k))",
        ),
        ("const A = class {}; this.#x", "(let A (class A)) this.#x"),
    ]);
}

#[test]
fn enums_are_objects_and_namespaces_fill_theirs() {
    all(&[
        ("const enum E { A, B = 5, C, D = 'x' }", r#"(let E (object A: 0 B: 5 C: 6 D: "x"))"#),
        (
            "namespace N { export const a = 1; const b = 2; export function f() {} }",
            "(let N (object )) {(define f (fn this f [] )) (let a 1) (= N.a a) (let b 2) (= N.f f)}",
        ),
        (
            "namespace A.B { export const c = 1 }",
            "(let A (object )) {(let B (object )) {(let c 1) (= B.c c)} (= A.B B)}",
        ),
        ("declare module 'x' { const y: number } interface I {} type T = 1; declare const z: number", ""),
    ]);
}

#[test]
fn branches_and_loops_keep_their_parts() {
    all(&[
        ("if (a) b(); else if (c) { d() } else e()", "(if a {(b )} {(if c {(d )} {(e )})})"),
        ("for (let i = 0; i < 3; i++) { f(i) }", "{(let i 0) (loop (<> i 3) {(f i) (= i (?? i))})}"),
        ("for (;;) break", "{(loop _ {break})}"),
        ("while (true) { if (a) continue; b() }", "(loop true {(if a {continue} {}) (b )})"),
        ("do { a() } while (b)", "(loop+ b {(a )})"),
        ("for (const x of xs) f(x)", "(loop x of xs {(f x)})"),
        ("for await (const { a } of xs) f(a)", "(loop %1 of (await xs) {(let a %1.a) (f a)})"),
        ("for (x.y of xs) f()", "(loop %1 of xs {(= x.y %1) (f )})"),
        ("for (const k in o) f(k)", "(loop k of (Object.keys o) {(f k)})"),
        ("{ let a = 1 }", "{(let a 1)}"),
        ("try { a() } catch (e) { b(e) } finally { c() }", "(try {(a )} (catch e {(b e)}) (finally (c )))"),
        ("try { a() } catch ({ code }) {}", "(try {(a )} (catch %1 {(let code %1.code)}))"),
        ("try { a() } catch {}", "(try {(a )} (catch _ {}))"),
        ("throw new Error('x')", r#"(throw (new Error "x"))"#),
    ]);
}

#[test]
fn jumps_to_an_outer_loop_are_not_taken_for_exact() {
    all(&[
        (
            "o: for (const a of b) { for (const c of d) { continue o } }",
            "(loop a of b {(loop c of d {(?? ) break})})",
        ),
        ("o: for (const a of b) { break o }", "(loop a of b {break})"),
        ("b: { if (a) break b; c() } d()", "{(if a {} {(c )})} (d )"),
        ("b: { while (a) { break b } c() }", "{(loop a {(?? ) break}) (c )}"),
    ]);
}

#[test]
fn switches_are_chains_of_branches() {
    all(&[
        (
            "switch (x) { case 1: a(); break; case 2: case 3: b(); return; default: c() }",
            "{(if (== x 1) {(a )} {(if (or (== x 2) (== x 3)) {(b ) (return _)} {(c )})})}",
        ),
        ("switch (f()) { case 1: a() }", "(let %1 (f )) {(if (== %1 1) {(a )} {})}"),
        ("switch (true) { case a > 1: b() }", "{(if (<> a 1) {(b )} {})}"),
        // Falling through runs the next case as well.
        ("switch (x) { case 1: a(); case 2: b() }", "{(if (== x 1) {(a ) (b )} {(if (== x 2) {(b )} {})})}"),
        // A break in a branch skips only what follows it in the case.
        ("switch (x) { case 1: if (a) break; b() }", "{(if (== x 1) {(if a {} {(b )})} {})}"),
        (
            "switch (x) { case 1: { if (a) { c(); break } b(); break } } d()",
            "{(if (== x 1) {{(if a {(c )} {(b )})}} {})} (d )",
        ),
        // The default in the middle is still the last resort.
        ("switch (x) { default: a(); break; case 1: b() }", "{(if (== x 1) {(b )} {(a )})}"),
        (
            "for (const a of b) { switch (a) { case 1: continue } c() }",
            "(loop a of b {{(if (== a 1) {continue} {})} (c )})",
        ),
    ]);
}

#[test]
fn a_break_inside_a_try_leaves_a_loop_that_runs_once() {
    let flow = ts("switch (x) { case 1: try { if (a) break; b() } catch {} c() }");
    assert_eq!(
        flow,
        "{(if (== x 1) {(loop+ _ {(try {(if a {break} {}) (b )} (catch _ {})) (c ) break})} {})}"
    );
}

#[test]
fn elements_evaluate_component_attributes_and_children() {
    let text = "const p = <A.B x='t' on={() => f()} {...r}><div>text {g()} {/* no */}</div><></></A.B>";
    let unit = unit("p.tsx", text);
    assert_eq!(unit.problems, []);
    assert_eq!(printer::unit(&unit), r#"(let p (?? A.B "t" (fn _ [] (return (f ))) r (?? (g )) (?? )))"#);
}

#[test]
fn spans_are_those_of_the_host() {
    use crate::words::flow::NodeKind;
    use crate::words::span::{OffsetMap, Span};
    let map = OffsetMap::shifted(100);
    let unit = super::lower(crate::lang::Input { path: "package.json", text: "a(); b('x')", map: &map });
    assert_eq!(unit.problems, []);
    assert_eq!(unit.body[1].span, Span::new(105, 111));
    let NodeKind::Eval(call) = &unit.body[1].kind else { panic!("a call") };
    assert_eq!(call.span, Span::new(105, 111));
    assert!(unit.shape.is_empty(), "a snippet has no shape");
}
