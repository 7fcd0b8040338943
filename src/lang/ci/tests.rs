//! Pipelines as the rules see them.

use super::gitlab::{self, Part};
use super::*;
use crate::lang::Kind;
use crate::lang::probe::said;
use crate::words::pipeline::{Job, Pipeline};
use crate::words::span::OffsetMap;
use proptest::prelude::*;

fn read(platform: Platform, text: &str) -> Pipeline {
    let lowered = crate::lang::lower(
        Kind::Platform(platform),
        Input { path: "x.yml", text, map: &OffsetMap::identity() },
    );
    assert!(lowered.problems.is_empty(), "{:?}", lowered.problems);
    lowered.pipeline.unwrap()
}

fn whole(text: &str) -> Pipeline {
    gitlab::assembled(&[Part { path: ".gitlab-ci.yml", text, base: 0 }])
}

fn job<'p>(pipeline: &'p Pipeline, id: &str) -> &'p Job {
    pipeline.jobs.iter().find(|job| job.id == id).unwrap()
}

fn script(job: &Job) -> String {
    said(&job.steps[0].run.as_ref().unwrap().unit)
}

#[test]
fn a_gitlab_job_is_put_together_from_what_it_extends_and_refers_to() {
    let text = ".base:\n  script: [a, !reference [.more, script]]\n  environment: prod\n.more:\n  script: [b]\ndefault:\n  before_script: [c]\nx:\n  extends: .base\n  resource_group: r\n";
    let pipeline = whole(text);
    assert_eq!(pipeline.jobs.len(), 1);
    let x = job(&pipeline, "x");
    assert_eq!(x.environment.as_ref().unwrap().value, "prod");
    assert_eq!(x.concurrency.as_ref().unwrap().group, "r");
    assert_eq!(script(x), "c a b");
}

#[test]
fn without_needs_a_gitlab_job_waits_for_earlier_stages() {
    let text = "stages: [a, b]\none: {stage: a, script: x}\ntwo: {stage: b, script: x}\nthree: {stage: b, needs: [], script: x}\n";
    let pipeline = whole(text);
    assert_eq!(job(&pipeline, "two").needs, ["one"]);
    assert!(job(&pipeline, "three").needs.is_empty());
}

#[test]
fn spans_of_included_files_lie_behind_those_of_the_first() {
    let root = "include: [b.yml]\none: {script: x}\n";
    let other = "two: {script: y}\n";
    let parts = [Part { path: "a", text: root, base: 0 }, Part { path: "b.yml", text: other, base: 100 }];
    let pipeline = gitlab::assembled(&parts);
    assert!(job(&pipeline, "one").id_span.start < 100);
    assert_eq!(job(&pipeline, "two").id_span.start, 100);
    assert_eq!(gitlab::included(root), ["b.yml"]);
}

#[test]
fn a_gitlab_template_that_extends_itself_ends() {
    let pipeline =
        whole("a: {extends: [a, b], script: x}\nb: {extends: a}\nc: {script: !reference [c, script]}\n");
    assert!(!pipeline.jobs.is_empty());
}

#[test]
fn circle_commands_are_expanded_with_their_parameters() {
    let text = "commands:\n  run-it:\n    parameters: {tool: {default: a}}\n    steps: [{run: \"<< parameters.tool >> b\"}]\njobs:\n  x:\n    steps: [run-it, {run-it: {tool: c}}]\nworkflows:\n  w:\n    jobs: [x]\n";
    let pipeline = read(Platform::CircleCi, text);
    let x = job(&pipeline, "w/x");
    let said: Vec<String> = x.steps.iter().map(|step| said(&step.run.as_ref().unwrap().unit)).collect();
    assert_eq!(said, ["a b", "c b"]);
}

#[test]
fn a_buildkite_wait_stands_between_what_is_before_and_behind() {
    let text = "steps:\n  - {key: a, command: x}\n  - {key: b, command: y}\n  - wait\n  - {key: c, command: z}\n  - {key: d, command: z, depends_on: a}\n";
    let pipeline = read(Platform::Buildkite, text);
    assert_eq!(job(&pipeline, "c").needs, ["a", "b"]);
    assert_eq!(job(&pipeline, "d").needs, ["a"]);
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "(steps|jobs|script|rules|extends|if|run|!reference|<<|>>|[ :\\-\n{}\\[\\],'\"=$/é]){0,60}") {
        for platform in [Platform::GitLab, Platform::CircleCi, Platform::Buildkite] {
            let _ = lower(platform, Input { path: "x", text: &text, map: &OffsetMap::identity() });
        }
        let _ = gitlab::assembled(&[Part { path: "x", text: &text, base: 7 }]);
    }
}
