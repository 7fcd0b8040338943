//! What Dockerfiles lower to.

use super::lower;
use crate::lang::shell::print;
use crate::lang::{Input, Lowered};
use crate::words::span::OffsetMap;
use proptest::prelude::*;

fn parse(text: &str) -> Lowered {
    lower(Input { path: "Dockerfile", text, map: &OffsetMap::identity() })
}

fn flows(text: &str) -> Vec<String> {
    let lowered = parse(text);
    assert!(lowered.problems.is_empty(), "{text}: {:?}", lowered.problems);
    lowered
        .entries
        .iter()
        .map(|entry| {
            let flow = print::unit(&entry.unit).replace("(options off off) ", "");
            format!("{}: {flow}", entry.title.trim_start_matches("docker "))
        })
        .collect()
}

#[test]
fn each_form_of_a_command_is_read() {
    assert_eq!(flows("FROM x\nRUN a && \\\n  # note\n  b\n"), [r#"RUN: (and (run "a") (run "b"))"#]);
    assert_eq!(flows("FROM x\nRUN [\"a\", \"b \\\"c\"]\n"), [r#"RUN: (run "a" "b \"c")"#]);
    assert_eq!(flows("FROM x\nRUN --mount=type=cache,target=/x npm ci\n"), [r#"RUN: (run "npm" "ci")"#]);
    assert_eq!(
        flows("FROM x\nRUN <<EOF\na\n# c\nb\nEOF\nCMD c\n"),
        [r#"RUN: (run "a") (run "b")"#, r#"CMD: (run "c")"#]
    );
    assert_eq!(flows("FROM x\nRUN psql <<EOF\nDROP\nEOF\n"), [r#"RUN: (run "psql" <<"DROP\n")"#]);
    assert_eq!(
        flows("FROM x\nRUN <<EOF\n#!/usr/bin/env python3\nx\nEOF\n"),
        [r##"RUN: (run "python3" <<"#!/usr/bin/env python3\nx\n")"##]
    );
    assert_eq!(
        flows("FROM x\nHEALTHCHECK --interval=5s CMD curl x || exit 1\n"),
        [r#"HEALTHCHECK: (or (run "curl" "x") (group (exit 1)))"#]
    );
    assert_eq!(
        flows("FROM x\nSHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\nRUN a | b\n"),
        [r#"RUN: (options on on) (pipe (run "a") (run "b"))"#]
    );
}

#[test]
fn entrypoint_and_cmd_are_joined_as_docker_joins_them() {
    assert_eq!(
        flows("FROM x\nENTRYPOINT [\"npx\", \"prisma\"]\nCMD [\"migrate\", \"reset\"]\n"),
        [r#"ENTRYPOINT: (run "npx" "prisma" "migrate" "reset")"#]
    );
    assert_eq!(flows("FROM x\nENTRYPOINT a\nCMD [\"b\"]\n"), [r#"ENTRYPOINT: (run "a")"#]);
    assert_eq!(flows("FROM x\nCMD a\nCMD b\n"), [r#"CMD: (run "b")"#]);
    assert_eq!(
        flows(
            "FROM x\nCOPY entrypoint.sh /usr/bin/entrypoint.sh\nENTRYPOINT [\"/usr/bin/entrypoint.sh\"]\nCMD [\"node\", \"x.js\"]\n"
        ),
        [r#"ENTRYPOINT: (run "./entrypoint.sh" "node" "x.js")"#, r#"CMD: (run "node" "x.js")"#]
    );
    assert_eq!(
        flows("FROM x AS a\nCMD b\nFROM a\nRUN c\n"),
        [r#"CMD: (run "b")"#, r#"RUN: (run "c")"#, r#"CMD: (run "b")"#]
    );
}

#[test]
fn paths_of_the_image_are_found_in_the_repository() {
    let start =
        |lines: &str, command: &str| flows(&format!("FROM x\nWORKDIR /srv\n{lines}\nCMD {command}\n"));
    assert_eq!(
        start("COPY . .", "[\"node\", \"/srv/scripts/x.js\"]"),
        [r#"CMD: (run "node" "scripts/x.js")"#]
    );
    assert_eq!(start("COPY . .", "node scripts/x.js"), [r#"CMD: (run "node" "scripts/x.js")"#]);
    assert_eq!(start("COPY server/ ./", "node index.js"), [r#"CMD: (run "node" "server/index.js")"#]);
    assert_eq!(start("COPY docker/start.sh /start.sh", "/start.sh"), [r#"CMD: (run "docker/start.sh")"#]);
    assert_eq!(start("COPY ops/a.sh ops/b.sh /bin/", "sh /bin/b.sh"), [r#"CMD: (run "sh" "ops/b.sh")"#]);
    assert_eq!(start("", "/bin/sh -c x"), [r#"CMD: (run "/bin/sh" "-c" "x")"#]);
    assert_eq!(
        flows("FROM x AS b\nWORKDIR /w\nCOPY app .\nFROM y\nCOPY --from=b /w/m.js /m.js\nCMD node /m.js\n"),
        [r#"CMD: (run "node" "app/m.js")"#]
    );
}

#[test]
fn settings_reach_what_they_are_for() {
    let text = "FROM x\nARG CI=true\nENV A=1 B=\"x y\"\nENV C some text\nRUN a\nCMD b\nENV D=$A\n";
    let lowered = parse(text);
    let names =
        |at: usize| -> Vec<&str> { lowered.entries[at].env.iter().map(|set| set.name.as_str()).collect() };
    assert_eq!(names(0), ["A", "B", "C", "CI"]);
    assert_eq!(names(1), ["A", "B", "C", "D"]);
    let unit = crate::words::flow::Unit::empty(crate::words::flow::Dialect::Shell);
    let values: Vec<String> = lowered.settings.iter().map(|set| print::expr(&unit, &set.value)).collect();
    assert_eq!(values, ["\"1\"", "\"x y\"", "\"some text\"", "$A"]);
    let spans: Vec<_> = lowered.settings.iter().map(|set| text.get(set.span.range()).unwrap_or("")).collect();
    assert_eq!(spans, ["A=1", "B=\"x y\"", "C some text", "D=$A"]);
}

#[test]
fn what_is_no_instruction_is_a_problem() {
    assert!(!parse("FROM x\nFOO bar\nRUN a\n").problems.is_empty());
    assert!(parse("").problems.is_empty());
    assert!(parse("# only a comment\n").problems.is_empty());
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "(FROM |RUN |CMD |ENV |COPY |ENTRYPOINT |[a-z\\[\\]\"$=<\\\\ \n#/.]|EOF|é){0,40}") {
        parse(&text);
    }
}
