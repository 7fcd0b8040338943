//! What makefiles lower to.

use super::lower;
use crate::lang::shell::print;
use crate::lang::{Input, Lowered};
use crate::words::span::OffsetMap;
use proptest::prelude::*;

fn parse(text: &str) -> Lowered {
    lower(Input { path: "db/Makefile", text, map: &OffsetMap::identity() })
}

/// The target's flow, without the options that every recipe starts with.
fn flow(text: &str, target: &str) -> String {
    let lowered = parse(text);
    let entry = lowered.entries.iter().find(|entry| entry.name == target).expect("target");
    print::unit(&entry.unit).replace("(options on off) ", "").replace("(options off off) ", "")
}

#[test]
fn every_recipe_line_is_a_shell_of_its_own() {
    let text = "deploy: build lib.c\n\tcd x && y\n\t@echo hi; z\nbuild:\n\tnpm i\n";
    let expected = r#"(subshell (and (run "cd" "x") (run "y"))) (subshell (run "echo" "hi") (run "z"))"#;
    assert_eq!(flow(text, "deploy"), expected);
    let lowered = parse(text);
    let entry = lowered.entries.iter().find(|entry| entry.name == "deploy").expect("target");
    assert_eq!(entry.title, "make deploy");
    assert_eq!(entry.needs, ["build"]);
    assert_eq!(entry.directory.as_deref(), Some("db"));
    assert!(print::unit(&entry.unit).starts_with("(options on off) (subshell (options off off) "));
}

#[test]
fn a_dash_tolerates_exactly_its_line() {
    let text = "deploy:\n\t-guard check\n\t@-a\n\tb\n";
    let tolerated = |name: &str| format!("(or (subshell {name}) (run \"true\"))");
    let expected = [
        tolerated("(run \"guard\" \"check\")"),
        tolerated("(run \"a\")"),
        "(subshell (run \"b\"))".to_owned(),
    ];
    assert_eq!(flow(text, "deploy"), expected.join(" "));
    let lowered = parse(text);
    let node = lowered.entries[0].unit.body.get(1).expect("line");
    assert_eq!(text.get(node.span.range()), Some("-guard check"));
}

#[test]
fn ignore_tolerates_every_line_and_oneshell_joins_them() {
    assert_eq!(flow(".IGNORE:\na:\n\tb\n", "a"), r#"(or (subshell (run "b")) (run "true"))"#);
    assert_eq!(flow(".ONESHELL:\na:\n\tb\n\tc $$x\n", "a"), r#"(subshell (run "b") (run "c" @$x))"#);
}

#[test]
fn variables_of_make_are_put_in_before_the_shell_reads() {
    let text = "A = x $(B)\nB := y\nC ?= z\nC2 += w\na: p\n\t$(A) ${C} $(C2) $(ENV) $$sh '$(ENV)' $@ $<\n";
    assert_eq!(flow(text, "a"), r#"(subshell (run "x" "y" "z" "w" @$ENV @$sh $ENV "a" "p"))"#);
    assert_eq!(flow("a:\n\tnode $(CURDIR)/x.js\n", "a"), r#"(subshell (run "node" "./x.js"))"#);
    assert_eq!(
        flow("Q = $(subst ','\\'',x)\na:\n\tb '$(Q)' c\n", "a"),
        r#"(subshell (run "b" "${{ subst ,,x }}" "c"))"#
    );
    assert_eq!(flow("a:\n\t$(MAKE) b\n", "a"), r#"(subshell (run "make" "b"))"#);
    assert_eq!(
        flow("V := $(shell git x)\na:\n\tb $(V)\n", "a"),
        r#"(subshell (run "b" @(capture (run "git" "x"))))"#
    );
    assert_eq!(
        flow("a:\n\tb $(patsubst x,y,z)\n", "a"),
        r#"(subshell (run "b" @(opaque "patsubst x,y,z")))"#
    );
    assert_eq!(
        flow("S ?= 0\na:\n\t[ \"$(S)\" = 1 ] || b\n", "a"),
        r#"(subshell (or (Equal (default-unset $S "0") "1") (run "b")))"#
    );
}

#[test]
fn continued_lines_are_one_command_with_exact_spans() {
    let text = "a:\n\tpsql -c \\\n\t  'DROP TABLE x'\n\tif b; then \\\n\t\tc; \\\n\tfi\n";
    assert_eq!(
        flow(text, "a"),
        r#"(subshell (run "psql" "-c" "DROP TABLE x")) (subshell (if (run "b") [(run "c")] []))"#
    );
    let lowered = parse(text);
    let crate::words::flow::NodeKind::Command(group) = &lowered.entries[0].unit.body[1].kind else {
        panic!()
    };
    let crate::words::flow::ExprKind::Group { body, .. } = group.kind.as_ref() else { panic!() };
    let crate::words::flow::NodeKind::Command(run) = &body[1].kind else { panic!() };
    let crate::words::flow::ExprKind::Run(run) = run.kind.as_ref() else { panic!() };
    assert_eq!(text.get(run.words[2].span.range()), Some("DROP TABLE x"));
}

#[test]
fn exported_variables_are_set_for_every_target_and_own_ones_for_theirs() {
    let text =
        "export CI=true\nA := 1\nB := 2\nexport A\ndeploy: export CI2 = yes\ndeploy:\n\tx\nother: ; y\n";
    let lowered = parse(text);
    let names = |target: &str| -> Vec<String> {
        let entry = lowered.entries.iter().find(|entry| entry.name == target).expect("target");
        entry.env.iter().map(|set| set.name.clone()).collect()
    };
    assert_eq!(names("deploy"), ["A", "CI", "CI2"]);
    assert_eq!(names("other"), ["A", "CI"]);
    assert_eq!(lowered.settings.len(), 2);
    let ci = lowered.settings.iter().find(|set| set.name == "CI").expect("CI");
    assert_eq!(text.get(ci.span.range()), Some("CI=true"));
    assert_eq!(flow(text, "other"), r#"(subshell (run "y"))"#);
}

#[test]
fn conditionals_includes_and_comments_are_no_targets() {
    let text = ".PHONY: a\ninclude x.mk\n# c: d\nifeq ($(X),y)\na: # z\n\tb\nelse\na:\n\tc\nendif\n";
    let lowered = parse(text);
    assert_eq!(lowered.entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["a"]);
    assert!(lowered.problems.is_empty());
    assert_eq!(flow(text, "a"), r#"(subshell (run "b")) (subshell (run "c"))"#);
    assert_eq!(
        flow(".SHELLFLAGS = -eu -o pipefail -c\na:\n\tb | c\n", "a"),
        r#"(subshell (options on on) (pipe (run "b") (run "c")))"#
    );
}

#[test]
fn a_lone_dollar_at_the_end_of_the_file_is_inside_it() {
    let text = "a:\n\t$$(case 2c\t$";
    let lowered = parse(text);
    let problems = lowered.entries.iter().flat_map(|entry| &entry.unit.problems).chain(&lowered.problems);
    assert!(problems.into_iter().all(|problem| problem.span.end as usize <= text.len()), "{lowered:?}");
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "([a-z$(){}:=\\\\ \t\n;#'\"@?+-]|export |define |endef|é|\\r\\n){0,60}") {
        parse(&text);
    }
}
