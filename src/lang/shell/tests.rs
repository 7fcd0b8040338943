//! What each construct lowers to.

use super::{lower, lower_text, print, run_of_words};
use crate::lang::Input;
use crate::words::flow::{ExprKind, NodeKind, Stdin, Unit};
use crate::words::span::{OffsetMap, Span};
use proptest::prelude::*;
use std::fmt::Write;

fn parse(text: &str) -> Unit {
    lower(Input { path: "x.sh", text, map: &OffsetMap::identity() })
}

fn flow(text: &str) -> String {
    print::unit(&parse(text))
}

/// Every line: a script, an arrow, its flow.
fn check(cases: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (text, expected) in cases {
        let got = flow(text);
        if got != *expected {
            let _ = write!(wrong, "\n{text}\n  expected {expected}\n  got      {got}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn words_keep_what_is_quoted_together_and_mark_what_may_split() {
    check(&[
        ("a 'b c' \"d $e\"f", r#"(run "a" "b c" (concat "d " $e "f"))"#),
        (
            "a $b \"$b\" $(c) \"$(c)\" \"$@\" $*",
            r#"(run "a" @$b $b @(capture (run "c")) (capture (run "c")) @$@ @$*)"#,
        ),
        ("a --f=$y ~/x *.sql \\$z e\\ f", r#"(run "a" (concat "--f=" $y) "~/x" "*.sql" "$z" "e f")"#),
        ("a `b \\`c\\``", r#"(run "a" @(capture (run "b" @(capture (run "c")))))"#),
        ("a $'b\\n\\x41'", r#"(run "a" "b\nA")"#),
        ("a \"`b \\\"c d\\\"`\"", r#"(run "a" (capture (run "b" "c d")))"#),
        ("a \"\" ''", r#"(run "a" "" "")"#),
        ("a \\\n  b \\\r\n  c", r#"(run "a" "b" "c")"#),
        ("a b#c # d", r#"(run "a" "b#c")"#),
        ("a \"x\\\"y\\z\"", r#"(run "a" "x\"y\\z")"#),
        ("diff <(a) <(b)", r#"(run "diff" (capture (run "a")) (capture (run "b")))"#),
        ("psql ${{ secrets.URL }}", r#"(run "psql" @(opaque "secrets.URL"))"#),
    ]);
}

#[test]
fn expansions_say_what_they_fall_back_to() {
    check(&[
        ("a \"${x:-y}\" \"${x-$y}\"", r#"(run "a" (default $x "y") (default-unset $x $y))"#),
        (": \"${X:=y}\"", r#"(run ":" (:= $X (default $X "y")))"#),
        (": \"${X:?need it}\"", r#"(run ":" (required $X))"#),
        (
            "a \"${x#*@}\" \"${x//a/b}\" \"${x,,}\" ${#x}",
            r#"(run "a" (opaque $x) (opaque $x) (opaque $x) @(opaque $x))"#,
        ),
        ("a ${X:+--force}", r#"(run "a" @(choose (not-empty $X) "--force" ""))"#),
        ("a \"${a[0]}\" \"${a[@]}\" \"${a[k]}\"", r#"(run "a" $a @$a (index $a "k"))"#),
        ("a $? $1 $# ${10}", r#"(run "a" @$? @$1 @$# @$10)"#),
        ("a $((x + 1)) $(( y ))", r#"(run "a" @(opaque $x "1") @(opaque $y))"#),
        ("a \"${x:-\"b c\"}\" \"${x:-it's}\"", r#"(run "a" (default $x "b c") (default $x "it's"))"#),
    ]);
}

#[test]
fn operators_bind_as_the_shell_binds_them() {
    check(&[
        ("a && b || c", r#"(or (and (run "a") (run "b")) (run "c"))"#),
        ("! a | b", r#"(not (pipe (run "a") (run "b")))"#),
        ("a | b && c &", r#"(detached (and (pipe (run "a") (run "b")) (run "c")))"#),
        ("a & b", r#"(detached (run "a")) (run "b")"#),
        ("a; b\nc", r#"(run "a") (run "b") (run "c")"#),
        ("(cd x; y) > z", r#"(subshell (run "cd" "x") (run "y"))"#),
        ("{ a; exit 1; }", r#"(group (run "a") (exit 1))"#),
        ("a || exit 1", r#"(or (run "a") (group (exit 1)))"#),
        ("a ||\n  b", r#"(or (run "a") (run "b"))"#),
        ("time -p a", r#"(run "a")"#),
        ("a 2>&1 | tee x", r#"(pipe (run "a") (run "tee" "x"))"#),
    ]);
}

#[test]
fn an_assignment_is_an_environment_only_on_its_own_line() {
    check(&[
        ("CI=true\nnpm run deploy", r#"(set $CI "true") (run "npm" "run" "deploy")"#),
        ("CI=true X= npm t", r#"(run CI="true" X="" "npm" "t")"#),
        ("X=1 Y=$x", r#"(set $X "1") (set $Y $x)"#),
        (
            "a=(1 \"$b\")\na+=(c) b+=d",
            r#"(set $a (list "1" $b)) (set $a (list @$a "c")) (set $b (concat $b "d"))"#,
        ),
        ("m[k]=v", r#"(set (index $m "k") "v")"#),
        ("export CI=true FOO", r#"(export CI "true") (export FOO -)"#),
        ("declare -x A=1; readonly B=2; typeset C=3", r#"(export A "1") (set $B "2") (set $C "3")"#),
        ("f() { local a b=$1; }", r"(fn f [(local a -) (local b $1)])"),
        ("unset A B", r"(set $A undefined) (set $B undefined)"),
        ("export -p", r#"(run "export" "-p")"#),
        ("export $(cat .env)", r#"(run "export" @(capture (run "cat" ".env")))"#),
        ("npm CI=true", r#"(run "npm" "CI=true")"#),
    ]);
}

#[test]
fn tests_become_comparisons() {
    check(&[
        ("[ \"$CI\" = true ]", r#"(Equal $CI "true")"#),
        (
            "[[ \"${CI:-}\" != \"true\" && -n $x ]]",
            r#"(and (NotEqual (default $CI "") "true") (not-empty $x))"#,
        ),
        ("test -z \"$x\"", r"(not (not-empty $x))"),
        ("[ ! -f x -a \"$y\" = 1 -o $z ]", r#"(or (and (not (opaque "x")) (Equal $y "1")) (not-empty $z))"#),
        ("[[ $x == y* || $x != \"z*\" ]]", r#"(or (glob $x "y*") (NotEqual $x "z*"))"#),
        ("[[ $x =~ ^(a|b)+$ ]]", r#"(regex $x "^(a|b)+$")"#),
        (
            "[ -n \"$a\" -a \\( \"$b\" = c -o \"$d\" \\) ]",
            r#"(and (not-empty $a) (or (Equal $b "c") (not-empty $d)))"#,
        ),
        ("[[ -v CI ]]", "(is-set $CI)"),
        ("[ -n \"${CI+x}\" ]", "(is-set $CI)"),
        ("[ \"x$CI\" = xtrue ]", r#"(Equal $CI "true")"#),
        ("[[ ! ( $a -eq 1 ) ]]", r#"(not (Equal $a "1"))"#),
        ("[[ $a < b ]]", r#"(Other $a "b")"#),
        ("[[ $CI ]]", "(not-empty $CI)"),
        ("(( x != 0 ))", r#"(NotEqual $x "0")"#),
        ("[[ $a == x &&\n $b == y ]]", r#"(and (Equal $a "x") (Equal $b "y"))"#),
    ]);
}

#[test]
fn compound_commands_branch_and_loop() {
    check(&[
        (
            "if a; then b; elif c; then d; else e; fi",
            r#"(if (run "a") [(run "b")] [(if (run "c") [(run "d")] [(run "e")])])"#,
        ),
        ("if ! a\nthen\n b\nfi", r#"(if (not (run "a")) [(run "b")] [])"#),
        ("for i in a $b; do c; done", r#"(loop+ - i in (list "a" @$b) [(run "c")])"#),
        ("for i; do c; done", r#"(loop - i in (list @$@) [(run "c")])"#),
        ("for f in *.sql\ndo c \"$f\"\ndone", r#"(loop - f in (list "*.sql") [(run "c" $f)])"#),
        ("for ((i=0;i<3;i++)); do a; done", r#"(loop (opaque $i "0" $i "3" $i) - [(run "a")])"#),
        ("until a; do b; done", r#"(loop (not (run "a")) - [(run "b")])"#),
        ("while true; do a; break; done", r#"(loop (run "true") - [(run "a") break])"#),
        (
            "case \"$1\" in a|b*) c ;; (\"d\") e;; *) f; esac",
            r#"(if (or (Equal $1 "a") (glob $1 "b*")) [(run "c")] [(if (Equal $1 "d") [(run "e")] [(run "f")])])"#,
        ),
        (
            "f() { echo $1; return 1; }\nfunction g { b; }",
            r#"(fn f [(run "echo" @$1) (return 1)]) (fn g [(run "b")])"#,
        ),
        ("f() (a)", r#"(fn f [(subshell (run "a"))])"#),
        ("x=$(case $a in b) c;; esac)", r#"(set $x (capture (if (Equal $a "b") [(run "c")] [])))"#),
    ]);
}

#[test]
fn commands_of_the_shell_itself_are_statements() {
    check(&[
        ("set -euo pipefail", "(options on on)"),
        ("set +e; set -o errexit; set -x", "(options off _) (options on _) (options _ _)"),
        ("#!/bin/bash -e\na", r#"(options on _) (run "a")"#),
        ("#!/usr/bin/env bash\na", r#"(run "a")"#),
        ("set -- a b", r#"(options _ _) (set $1 "a") (set $2 "b") (set $@ (list "a" "b"))"#),
        ("exit; exit 3; return $x", "(exit $?) (exit 3) (return $x)"),
        (
            ". ./lib.sh; source \"$(dirname \"$0\")/x\"",
            r#"(include "./lib.sh") (include (concat (capture (run "dirname" $0)) "/x"))"#,
        ),
        ("eval \"$x\" b", r#"(eval (concat $x " " "b"))"#),
        (
            "trap 'rm x' EXIT SIGINT 0; trap - ERR; trap '' ERR",
            r#"(trap "rm x" EXIT,INT,EXIT) (trap - ERR) (trap "" ERR)"#,
        ),
        ("exec a b; exec > log", r#"(run "a" "b") (exit $?) (run ":")"#),
        ("command -p a; builtin cd x; command -v y", r#"(run "a") (run "cd" "x") (run "command" "-v" "y")"#),
        (
            "read -r -p 'Sure?' x",
            r#"(seq (:= $x (capture (run "read" "-r" "-p" "Sure?" "x"))) (run "read" "-r" "-p" "Sure?" "x"))"#,
        ),
    ]);
}

#[test]
fn standard_input_comes_from_heredocs_and_files() {
    check(&[
        ("psql <<'SQL' \"$u\" && b\nx $y\nSQL\nc", r#"(and (run "psql" $u <<"x $y\n") (run "b")) (run "c")"#),
        (
            "psql <<EOF | tee\na $b $(c)\nEOF\n",
            r#"(pipe (run "psql" <<(concat "a " $b " " (capture (run "c")) "\n")) (run "tee"))"#,
        ),
        ("a <<-X\n\tb\n\t\tc\n\tX\nd", r#"(run "a" <<(concat "b\n" "c\n")) (run "d")"#),
        ("a < in <<< \"x $y\" b", r#"(run "a" "b" <<(concat "x " $y))"#),
        ("a < \"$f\" > out", r#"(run "a" <$f)"#),
        ("a <<X; b <<Y\n1\nX\n2\nY\nc", "(run \"a\" <<\"1\\n\") (run \"b\" <<\"2\\n\") (run \"c\")"),
        ("x=$(cat <<EOF\nhi\nEOF\n)\nb", r#"(set $x (capture (run "cat" <<"hi\n"))) (run "b")"#),
        ("f() {\n  cat <<EOF\nusage\nEOF\n}\nf", r#"(fn f [(run "cat" <<"usage\n")]) (run "f")"#),
        ("(psql x) <<S\nDROP\nS\n", r#"(subshell (run "psql" "x" <<"DROP\n"))"#),
        ("a > >(tee log)", r#"(seq (opaque (capture (run "tee" "log"))) (run "a"))"#),
        ("a <<EOF\nnever closed", r#"(run "a" <<"never closed")"#),
    ]);
}

#[test]
fn spans_are_those_of_the_host_file() {
    let text = "a <<'S'\r\nDROP TABLE x;\r\nS\r\n";
    let unit = parse(text);
    let Some(NodeKind::Command(run)) = unit.body.first().map(|node| &node.kind) else { panic!() };
    let ExprKind::Run(run) = run.kind.as_ref() else { panic!() };
    let Stdin::Text(sql) = &run.stdin else { panic!() };
    assert_eq!(text.get(sql.span.range()), Some("DROP TABLE x;\r\n"));
    let text = "psql -c \"DELETE FROM x\"";
    let unit = parse(text);
    let Some(NodeKind::Command(run)) = unit.body.first().map(|node| &node.kind) else { panic!() };
    let ExprKind::Run(run) = run.kind.as_ref() else { panic!() };
    let spans: Vec<_> = run.words.iter().map(|word| text.get(word.span.range())).collect();
    assert_eq!(spans, [Some("psql"), Some("-c"), Some("DELETE FROM x")]);
}

#[test]
fn what_cannot_be_read_is_a_problem_and_the_rest_is_still_read() {
    for text in ["a 'b", "if a; then b", "a )\nb", "fi", "a &&", "${}", "$(a", "case x in", "f() ", "[[ a"] {
        assert!(!parse(text).problems.is_empty(), "{text}");
    }
    assert!(flow("done\na b").starts_with("(run \"a\" \"b\")"));
}

#[test]
fn ordinary_scripts_have_no_problems() {
    for text in [
        "",
        "\n\n# only a comment",
        "a;\n\nb ;\n",
        "if [ -f x ]; then\n  # nothing\n  :\nfi\n",
        "case $x in\n  a) ;;\n  b)\n    c\n    ;;\nesac\n",
        "foo() {\n  a\n}\n\nbar () { b; }\n",
        "a=$(b | c)\n[[ $a =~ ^[0-9]+$ ]] || { echo no >&2; exit 1; }\n",
        "while IFS= read -r l; do x \"$l\"; done < <(y)\n",
        "echo \"$(( (a + b) * 2 ))\" $((1<<2))\n",
        "arr=(\n  a # one\n  b\n)\n",
        "echo \"a$\" $ %\n",
        "cat <<EOF > x\n`y`\nEOF\n",
        "ls !(a|b) @(c)\n",
        "a 2>/dev/null >&2 &>/dev/null {fd}>x 3<&-\n",
        "( a ) && ( b )\n",
        "((i++)) || true; (( a > 1 && b < 2 ))\n",
        "x=${y:-{\\}}\n",
        "select x in a b; do y; done\n",
        "for i in a b; do\\\n  if c; then \\\n d; \\\n fi; done\n",
    ] {
        let unit = parse(text);
        assert!(unit.problems.is_empty(), "{text}\n{:?}", unit.problems);
    }
}

#[test]
fn the_shape_ignores_comments_and_layout_but_nothing_else() {
    let shape = |text: &str| parse(text).shape;
    assert_eq!(shape("a b # c\nif d; then e; fi"), shape("a   b\n\nif d\nthen\n  e\nfi"));
    assert_eq!(shape("a \\\n b\n"), shape("a b\n"));
    assert_ne!(shape("a b"), shape("ab"));
    assert_ne!(shape("a 'b'"), shape("a 'c'"));
    assert_ne!(shape("a $(b c)d"), shape("a $(b c) d"));
    assert_ne!(shape("a <<E\nb\nE\n"), shape("a <<E\nc\nE\n"));
}

#[test]
fn a_snippet_starts_with_the_options_it_is_run_with() {
    let unit = lower_text(Input { path: "x", text: "a", map: &OffsetMap::shifted(10) }, true, false);
    assert_eq!(print::unit(&unit), r#"(options on off) (run "a")"#);
    assert_eq!(unit.body.get(1).map(|node| node.span), Some(Span::new(10, 11)));
    let unit = run_of_words(vec![("a b".to_owned(), Span::new(1, 4))], Span::new(0, 5));
    assert_eq!(print::unit(&unit), r#"(run "a b")"#);
}

#[test]
fn deep_and_long_texts_are_given_up_and_do_not_overflow() {
    for piece in [
        "(",
        "$(",
        "{ ",
        "if ",
        "\"$(",
        "${x:-",
        "[[ ( ",
        "[[ ! ",
        "a && ",
        "a | ",
        "((",
        "<(",
        "case x in a) ",
        "$((",
        "$[",
        "`echo $(",
        "echo $((1+$[2+",
    ] {
        let unit = parse(&piece.repeat(10_000));
        assert!(!unit.problems.is_empty(), "{piece}");
    }
    // Closed ones are no shallower.
    for (open, close) in [("$((", "))"), ("$[", "]"), ("$(", ")"), ("cat <(", ")"), ("${a:-", "}")] {
        let text = format!("echo {}1{}", open.repeat(10_000), close.repeat(10_000));
        assert!(!parse(&text).problems.is_empty(), "{open}");
    }
    assert!(parse("echo $(a $(b $(c $(d $(e $(f)))))) $(a $(b))\n").problems.is_empty());
    let elifs = format!("if a; then b; {} fi", "elif a; then b; ".repeat(5_000));
    assert!(!parse(&elifs).problems.is_empty());
}

#[test]
fn what_is_never_closed_ends_with_the_text_even_within_a_character() {
    for opening in ["$[", "$((", "x=([", "${a[", "((", "a[$"] {
        for text in ["é", "1 + é", "$[$[é", "$((é", "${b[$é", "\u{fffd}<{'<\u{fffd}"] {
            let whole = format!("{opening}{opening}{text}");
            let unit = parse(&whole);
            assert!(unit.body.iter().all(|node| node.span.end as usize <= whole.len()), "{whole}");
        }
    }
    let blanks = format!("[[ $x =~ ({} ]]", "a ".repeat(200_000));
    parse(&blanks);
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,80}") {
        parse(&text);
    }

    #[test]
    fn any_text_of_shell_pieces_is_read_without_panic(
        pieces in proptest::collection::vec(
            prop::sample::select(vec![
                "a", " ", "\n", "\r\n", "$", "$[", "{", "}", "(", ")", "((", "))", "[[", "]]", "[", "]", "'", "\"", "`",
                "\\", "<<E", "<<-E", "E", "\t", "|", "&", ";", ";;", "if", "then", "fi", "case", "in", "esac",
                "for", "do", "done", "=", "+=", "x=", "x[", "$(", "${", "${x:-", "#", "!", "é", "<", ">", "\0",
                "$'", "\\x", "function", "set", "trap", "eval", "read", "exec", "export", "=~", "==", "-a", "*",
            ]),
            0..40,
        )
    ) {
        let text = pieces.concat();
        let unit = parse(&text);
        for node in &unit.body {
            prop_assert!(node.span.end as usize <= text.len());
        }
    }
}
