use proptest::prelude::*;

use super::step::Shell;
use super::*;
use crate::lang::probe::written;
use crate::words::flow::{Dialect, ExprKind};
use crate::words::span::OffsetMap;

fn read_as(kind: Kind, text: &str) -> Lowered {
    lower(kind, Input { path: ".github/workflows/ci.yml", text, map: &OffsetMap::identity() })
}

fn pipeline(text: &str) -> Pipeline {
    let lowered = read_as(Kind::Workflow, text);
    assert!(lowered.problems.is_empty(), "{:?}", lowered.problems);
    lowered.pipeline.unwrap()
}

#[test]
fn triggers_are_read_in_all_three_forms() {
    assert_eq!(pipeline("on: push\njobs: {}\n").triggers[0].event, "push");
    let list = pipeline("on: [push, pull_request]\njobs: {}\n");
    assert_eq!(list.triggers.iter().map(|t| t.event.as_str()).collect::<Vec<_>>(), ["push", "pull_request"]);
    let text = "on:\n  push:\n    tags: [v*]\n  pull_request:\n    types: [opened]\n    paths:\n      - 'src/**'\n  workflow_call:\n";
    let map = pipeline(text);
    assert!(map.triggers[0].tags_only && map.reusable);
    assert_eq!(map.triggers[1].types, ["opened"]);
    assert!(text[map.triggers[1].paths.unwrap().range()].starts_with("paths:"));
}

#[test]
fn a_job_carries_all_that_the_rules_judge() {
    let text = "on: push\nconcurrency: all\njobs:\n  deploy:\n    needs: check\n    if: github.ref == 'refs/heads/main'\n    environment:\n      name: production\n    concurrency:\n      group: d\n      cancel-in-progress: true\n    continue-on-error: true\n    strategy:\n      matrix: ${{ fromJSON(needs.x.outputs.y) }}\n    uses: ./.github/workflows/r.yml\n    secrets: inherit\n";
    let p = pipeline(text);
    let job = &p.jobs[0];
    assert_eq!(p.concurrency.as_ref().unwrap().group, "all");
    assert_eq!(job.needs, ["check"]);
    assert_eq!(job.environment.as_ref().unwrap().value, "production");
    let concurrency = job.concurrency.as_ref().unwrap();
    assert_eq!(&text[concurrency.cancel_span.unwrap().range()], "cancel-in-progress: true");
    assert!(job.matrix.as_ref().unwrap().may_be_empty);
    assert_eq!(job.secrets[0].name, "*");
    assert_eq!(&text[job.id_span.range()], "deploy");
}

#[test]
fn matrices_that_cannot_be_empty_are_told_apart() {
    let matrix = |body: &str| {
        let text = format!("on: push\njobs:\n  a:\n    strategy:\n      matrix: {body}\n");
        pipeline(&text).jobs[0].matrix.as_ref().unwrap().may_be_empty
    };
    assert!(!matrix("{ node: [18, 20] }"));
    assert!(matrix("{ node: [] }"));
    assert!(matrix("{ node: '${{ fromJSON(x) }}' }"));
    assert!(matrix("{ node: [18], exclude: [{ node: 18 }] }"));
    assert!(!matrix("{ node: [18, 20], exclude: [{ node: 18 }] }"));
    assert!(!matrix("{ include: [{ node: 18 }] }"));
}

#[test]
fn the_shell_decides_what_a_failure_does() {
    let posix = |errexit, pipefail| Shell::Posix { errexit, pipefail };
    for (name, expected) in [
        (None, posix(true, false)),
        (Some("bash"), posix(true, true)),
        (Some("sh"), posix(true, false)),
        (Some("bash {0}"), posix(false, false)),
        (Some("bash --noprofile --norc -eo pipefail {0}"), posix(true, true)),
        (Some("/usr/bin/env bash -e {0}"), posix(true, false)),
        (Some("pwsh"), Shell::Foreign(Dialect::PowerShell)),
        (Some("perl {0}"), Shell::Unknown),
    ] {
        assert_eq!(Shell::of(name, false), expected, "{name:?}");
    }
    assert_eq!(Shell::of(None, true), Shell::Foreign(Dialect::PowerShell));
    let text = "on: push\ndefaults:\n  run:\n    shell: pwsh\njobs:\n  a:\n    steps:\n      - run: a\n      - run: a\n        shell: bash\n";
    let job = &pipeline(text).jobs[0];
    let dialects: Vec<_> = job.steps.iter().map(|s| s.run.as_ref().unwrap().unit.dialect).collect();
    assert_eq!(dialects, [Dialect::PowerShell, Dialect::Shell]);
}

#[test]
fn env_of_workflow_job_and_step_are_merged_and_the_innermost_holds() {
    let text = "on: push\nenv: { A: 1, B: 1 }\njobs:\n  a:\n    env: { B: 2 }\n    steps:\n      - run: x\n        env:\n          C: pre-${{ secrets.C }}\n        working-directory: ./web/\n        continue-on-error: false\n";
    let p = pipeline(text);
    let entry = p.jobs[0].steps[0].run.as_ref().unwrap();
    let names: Vec<_> = entry.env.iter().map(|e| (e.name.as_str(), &text[e.span.range()])).collect();
    assert_eq!(names, [("A", "A: 1"), ("B", "B: 2"), ("C", "C: pre-${{ secrets.C }}")]);
    let ExprKind::Concat(parts) = entry.env[2].value.kind.as_ref() else { panic!() };
    assert!(matches!(parts[1].kind.as_ref(), ExprKind::Variable(name) if name == "secrets.C"));
    assert_eq!(&text[parts[1].span.range()], "${{ secrets.C }}");
    assert_eq!(entry.directory.as_deref(), Some("web"));
    assert_eq!(entry.tolerated, None);
}

#[test]
fn expressions_in_a_text_become_variables_with_exact_places() {
    let text = "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          echo ${{ github.sha }} 'x ${{ inputs.y }}'\n          guard check\n";
    let p = pipeline(text);
    let step = &p.jobs[0].steps[0];
    let unit = &step.run.as_ref().unwrap().unit;
    assert_eq!(written(unit, text, "check"), "check");
    let (shell, _) = placeholders(&step.text, &OffsetMap::identity());
    assert_eq!(shell, "echo ${__EXPR_0} 'x '\"${__EXPR_1}\"''\nguard check\n");
    let (replaced, map) = placeholders("a ${{ b }} c", &OffsetMap::shifted(100));
    assert_eq!(replaced, "a ${__EXPR_0} c");
    assert_eq!(map.host(replaced.find('c').unwrap()), 111);
}

#[test]
fn a_composite_action_is_one_job_that_something_uses() {
    let text = "name: x\nruns:\n  using: composite\n  steps:\n    - run: guard check\n      shell: bash\n";
    let p = read_as(Kind::Action, text).pipeline.unwrap();
    assert!(p.reusable);
    assert_eq!(p.jobs[0].steps[0].text, "guard check");
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "(on|jobs|steps|run|env|if|needs|strategy|matrix|[ :\\-\n{}'\"$|>]|\\$\\{\\{|\\}\\}|é){0,40}") {
        read_as(Kind::Workflow, &text);
        read_as(Kind::Action, &text);
    }
}
