//! Texts that do not parse, and texts that are made to break a reader.

use proptest::prelude::*;

use super::{printer, unit};

#[test]
fn a_syntax_error_is_reported_where_it_is_and_hides_no_call() {
    let text = "import { db } from './db';\nasync function main() {\n  await db.user.deleteMany({ where: { id: 1 } });\n}\nmain();\nconst x = = 1;\n";
    let unit = unit("a.ts", text);
    let [problem] = unit.problems.as_slice() else { panic!("one problem: {:?}", unit.problems) };
    assert!(problem.what.starts_with("syntax error: "), "{}", problem.what);
    assert_eq!(&text[..problem.span.start as usize].lines().count(), &6);
    let flow = printer::unit(&unit);
    assert!(flow.starts_with("(import ./db [db:db]) (define main (fn async this main [] "), "{flow}");
    assert!(flow.contains("(await (db.user.deleteMany (object where: (object id: 1))))"), "{flow}");
    assert!(flow.contains("(main )"), "{flow}");
}

#[test]
fn calls_are_seen_in_texts_that_are_cut_off_or_garbled() {
    for text in [
        "prisma.user.deleteMany({",
        "function f( { prisma.user.deleteMany({}) }",
        "if (a { prisma.user.deleteMany() }",
        "const a = { b: prisma.user.deleteMany() ]",
        "class A { m() { prisma.user.deleteMany() }",
        "export const x = ;\nprisma.user.deleteMany()",
        "switch (a) { case 1: prisma.user.deleteMany(); break",
        "try { prisma.user.deleteMany() } catch {",
        "<<<<<<< HEAD\nprisma.user.deleteMany()\n=======\nx()\n>>>>>>> b\n",
    ] {
        let unit = unit("a.ts", text);
        assert!(!unit.problems.is_empty(), "{text}");
        assert!(printer::unit(&unit).contains(".user.deleteMany"), "{text}: {}", printer::unit(&unit));
    }
}

#[test]
fn texts_of_a_broken_file_are_read_as_they_mean() {
    let flow = printer::unit(&unit("a.ts", "exec('a\\n\\'b', `c${d}e`); sql`drop ${t}`; let = ;"));
    assert!(flow.contains(r#"(exec "a\n'b" (+ "c" d "e"))"#), "{flow}");
    assert!(flow.contains(r#"(tag sql (+ "drop " t))"#), "{flow}");
}

#[test]
fn nesting_without_end_is_a_problem_and_no_crash() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("((", ""),
        ("f(", ")"),
        ("!", ""),
        ("-", ""),
        ("a=>", ""),
        ("a?b:", ""),
        ("a=", ""),
        ("if(a)", ""),
        ("a:", ""),
        ("else ", ""),
        ("if(a){}else ", ""),
        ("await ", ""),
        ("typeof ", ""),
        ("new ", ""),
        ("`${", "}`"),
        ("<a>", "</a>"),
        ("{a:", "}"),
        ("()=>{", "}"),
        ("class A{m(){", "}}"),
        ("a**", ""),
        ("async()=>", ""),
        ("function f(){", "}"),
        ("x as A<", ">"),
        ("a.b(", ""),
        ("a+", ""),
        ("a&&", ""),
        ("a.", ""),
        ("a?.b", ""),
        ("do ", ""),
        ("while(a)\n", ""),
        ("return\n", ""),
        ("(\")\",", ""),
        ("('(',", ""),
        ("a\n", ""),
        ("f()", ""),
        ("[a,", "]"),
        ("a[", "]"),
        ("@a ", ""),
        ("switch(a){case ", "}"),
        ("...", ""),
        ("type A=keyof ", ""),
        ("type A=[", "]"),
        ("let[", "]"),
        ("({a:", "})"),
        ("for(;;)", ""),
        ("with(a)", ""),
        ("if(a)b;else ", ""),
        ("if(a)b\nelse ", ""),
        ("for await(a of b)\n", ""),
        ("if(a);//\nelse ", ""),
        ("f``", ""),
        ("a!", ""),
        ("a as ", ""),
        ("type A=B extends C?D:", ""),
        ("let a:(b:", ")"),
        ("/*", ""),
        ("\"", ""),
        ("'", ""),
        ("/", ""),
        ("<", ""),
        ("a\nelse ", ""),
        ("async ", ""),
        ("yield ", ""),
    ] {
        for count in [10, 50, 790, 8_000] {
            let text = format!("{}1{}", open.repeat(count), close.repeat(count));
            for path in ["a.ts", "a.js"] {
                let unit = unit(path, &text);
                assert!(
                    count < 20_000
                        || !unit.body.is_empty()
                        || !unit.problems.is_empty()
                        || text.starts_with("/*")
                );
            }
        }
    }
}

/// Each level opens where quotes are believed (the quotes stand in regular expressions), and closes
/// where they are not (a string holds the bracket), so that neither way to count sees any.
#[test]
fn nesting_that_no_scan_sees_needs_no_stack_that_is_not_there() {
    let levels: [(&str, &str); 4] = [
        ("x=/\"/+function(){/\"/;\"}\";", "}"),
        ("x=/\"/+(()=>{/\"/;\"}\";", ";})"),
        ("`\"${(()=>{`\"`;\"}\";", "})()}`;"),
        ("x=/[/*]/+function(){/*/;\"}\";*/\"}\";", "}"),
    ];
    for (open, close) in levels {
        for depth in [2_000, 14_000] {
            let text = format!("{}{}\n", open.repeat(depth), close.repeat(depth));
            let unit = unit("a.ts", &text);
            assert!(!unit.problems.is_empty(), "{open} {depth}");
        }
    }
}

/// The tree behind `a+b+c` is as deep as the chain is long, although no parser recurses for it.
#[test]
fn a_chain_of_operators_has_room_for_its_tree() {
    for operator in ["+", "-", "*", "/", "%", "&", "|", "^"] {
        for links in [5_000, 90_000, 200_000] {
            let text = format!("const x = {}", vec!["a"; links].join(operator));
            let map = crate::words::span::OffsetMap::identity();
            let shape = crate::lang::js::shape(crate::lang::Input { path: "a.ts", text: &text, map: &map });
            let unit = unit("a.ts", &text);
            assert!(!unit.problems.is_empty() || shape.len() > links, "{operator} {links}");
        }
    }
}

#[test]
fn what_nests_without_brackets_is_too_deep_whatever_the_quotes_say() {
    for text in [format!("x=/\"/;{}x;\"", "!".repeat(14_000)), format!("'{}x'", "void+".repeat(14_000))] {
        let depth = crate::lang::js::depth::Depth::of(&text);
        assert_eq!(depth.levels(false), None, "{}", text.get(..20).unwrap_or_default());
    }
}

#[test]
fn a_long_file_is_not_deep_because_it_is_long() {
    let lines = "const a = <Foo>b.c(/[\"']/, `\"${d ? `'` : e}`, \"}\");\nif (a < b && c > d) { f(a / 2, \"it's\"); }\n\
        // don't\nexport const g = (h: Map<string, number[]>) => ({ ...h, i: h!.get('{')! as any });\n";
    let text = lines.repeat(2_000);
    assert_eq!(unit("a.ts", &text).problems, []);
    let lines = "const A = () => <p title=\"a\">it's {b ? <i>\"</i> : null} / </p>;\nconst c = d / e / f;\n";
    assert_eq!(unit("a.tsx", &lines.repeat(2_000)).problems, []);
}

#[test]
fn an_image_in_a_string_is_not_deep() {
    let image = "iVBORw0KGgo+AAA/NSUhEUg++AAA/xKLi//8".repeat(2_000);
    let text =
        format!("export const logo = \"data:image/png;base64,{image}==\";\nprisma.user.deleteMany();\n");
    for path in ["a.ts", "a.tsx", "a.js"] {
        let unit = unit(path, &text);
        assert_eq!(unit.problems, [], "{path}");
        assert!(printer::unit(&unit).contains("prisma.user.deleteMany"), "{path}");
    }
}

#[test]
fn deep_but_sane_code_is_read_completely() {
    let depth = 60;
    let text = format!("{}prisma.user.deleteMany(){}", "if (a) { ".repeat(depth), " }".repeat(depth));
    let unit = unit("a.ts", &text);
    assert_eq!(unit.problems, []);
    assert!(printer::unit(&unit).contains("(prisma.user.deleteMany )"));
}

#[test]
fn long_sums_and_long_lists_are_not_deep() {
    let sum = format!("const a = {}", vec!["'x'"; 5_000].join(" + "));
    let list = format!("const a = [{}]", vec!["{ b: 1 }"; 5_000].join(", "));
    let lines = "f(a)\nconst b = g(c).d\n".repeat(3_000);
    for text in [sum, list, lines] {
        let unit = unit("a.ts", &text);
        assert_eq!(unit.problems, [], "{}", text.get(..60).unwrap_or_default());
    }
}

#[test]
fn binary_text_is_no_crash() {
    let text: String = (0..4000_u32).filter_map(|n| char::from_u32(n * 37 % 0x3000)).collect();
    assert!(!unit("a.js", &text).problems.is_empty());
}

#[test]
fn the_samples_of_the_corpus_parse_or_say_why() {
    fn walk(folder: &std::path::Path, seen: &mut usize) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, seen);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let name = path.to_string_lossy().into_owned();
                if crate::lang::Kind::of(&name, text.as_bytes()) == crate::lang::Kind::JavaScript {
                    let unit = unit(&name, &text);
                    for problem in &unit.problems {
                        eprintln!("{name}: {} {:?}", problem.what, problem.span);
                    }
                    assert!(unit.problems.is_empty() || !unit.body.is_empty(), "{name}");
                    *seen += 1;
                }
            }
        }
    }
    let corpus = std::path::Path::new("/work/shared/corpus");
    if corpus.exists() {
        let mut seen = 0;
        walk(corpus, &mut seen);
        assert!(seen > 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_lowered_without_panic(text in ".{0,200}") {
        let _ = unit("a.ts", &text);
    }

    #[test]
    fn any_pieces_of_code_are_lowered_without_panic(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "function f", "(", ")", "{", "}", "[", "]", "=>", "a", "b.c", "'x'", "`${", "`", "=", "+", "await ",
            "async ", "class A ", "extends ", "if", "else ", "switch", "case ", "default:", "break;", "for", "of ",
            "try", "catch", "import ", "export ", "from ", "...", "?.", "<div>", "</div>", ",", ";", "\n", ":", "é",
            "return ", "label:", "const ", "let ", "enum E", "namespace N", "@d", "static ", "get ", "#p", "/r/", "!",
        ]), 0..40),
    ) {
        let text = pieces.concat();
        let _ = unit("a.tsx", &text);
        let _ = unit("a.js", &text);
    }
}

#[test]
fn long_lines_of_quotes_take_no_longer_than_others() {
    let text = "\\'".repeat(200_000);
    let start = std::time::Instant::now();
    assert!(!unit("a.ts", &text).problems.is_empty());
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn a_long_broken_file_is_recovered_to_its_end() {
    let lines = "f(a, { b: 'c' });\nconst d = async () => { await e.f(g) }\n".repeat(2_000);
    let unit = unit("a.ts", &format!("{lines}const x = = 1\nprisma.user.deleteMany()\n"));
    assert!(!unit.problems.is_empty());
    assert!(printer::unit(&unit).ends_with("(prisma.user.deleteMany )"));
}
