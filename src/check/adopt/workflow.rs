//! The job that runs the check where nobody can forget it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Ground, Piece, What};
use crate::check::pipelines;
use crate::rules::workflow::missing_check;
use crate::words::pipeline::Provider;
use crate::words::span::{FileId, Place, Span};

pub(super) const ABOUT: &str = "the check on every pull request and on the branch that is deployed";
const PATHS: [&str; 2] = [".github/workflows/guard.yml", ".github/workflows/guard-check.yml"];
/// Said where no other machine can get the guard that wrote the job.
const UNKNOWN: &str = "# The guard that wrote this knows no place from which another machine could get it: runner or image has to bring it.
";

pub(super) fn piece(ground: &Ground<'_>, branch: &str) -> Piece {
    let provider = provider(ground);
    if runs(ground) {
        let place = match provider {
            Provider::GitHub => ".github/workflows",
            other => file(other),
        };
        return Piece::there(place, ABOUT);
    }
    if provider != Provider::GitHub {
        let why = "one file holds all jobs there";
        let what = What::Paste { why, text: job(ground, provider, branch) };
        return Piece { path: file(provider).to_owned(), about: ABOUT, what };
    }
    let text = job(ground, provider, &branches(ground, branch).join(", "));
    if let Some(path) = PATHS.iter().find(|path| !ground.has(path)) {
        return Piece::new(*path, ABOUT, text);
    }
    let why = "both names that guard would give it are taken";
    Piece { path: PATHS[0].to_owned(), about: ABOUT, what: What::Paste { why, text } }
}

/// A job runs the check on both events already: the rule that asks for it is silent.
fn runs(ground: &Ground<'_>) -> bool {
    let nowhere = Place { file: FileId(u32::MAX), span: Span::default() };
    !pipelines::findings(&ground.analysis.facts(), nowhere)
        .iter()
        .any(|finding| finding.rule == missing_check::ID)
}

/// Whose pipelines the repository has; GitHub's where there are none, or its own besides.
pub(super) fn provider(ground: &Ground<'_>) -> Provider {
    if ground.paths().any(|path| path.starts_with(".github/workflows/")) {
        return Provider::GitHub;
    }
    let others = [
        (".gitlab-ci.yml", Provider::GitLab),
        (".circleci/config.yml", Provider::CircleCi),
        (".buildkite/pipeline.yml", Provider::Buildkite),
        (".buildkite/pipeline.yaml", Provider::Buildkite),
    ];
    others.iter().find(|(path, _)| ground.has(path)).map_or(Provider::GitHub, |(_, provider)| *provider)
}

fn file(provider: Provider) -> &'static str {
    match provider {
        Provider::GitHub => PATHS[0],
        Provider::GitLab => ".gitlab-ci.yml",
        Provider::CircleCi => ".circleci/config.yml",
        Provider::Buildkite => ".buildkite/pipeline.yml",
    }
}

/// The default branch, and every other on whose pushes the workflows that are there start.
fn branches(ground: &Ground<'_>, branch: &str) -> Vec<String> {
    let mut others: BTreeSet<String> = BTreeSet::new();
    for file in
        ground.analysis.sources().files.iter().filter(|file| file.path.starts_with(".github/workflows/"))
    {
        let lowered = file.lowered();
        for trigger in lowered.pipeline.iter().flat_map(|p| &p.triggers).filter(|t| t.event == "push") {
            others.extend(trigger.branches.iter().filter(|name| is_plain(name)).cloned());
        }
    }
    others.remove(branch);
    std::iter::once(branch.to_owned()).chain(others).collect()
}

/// It needs no quotes, and is no pattern.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c))
}

/// How a machine of a CI gets this very guard: by a command, or it has it.
fn install(ground: &Ground<'_>) -> (String, &'static str) {
    match &ground.origin {
        Some(origin) => (origin.install(), ""),
        None => ("guard --version".to_owned(), UNKNOWN),
    }
}

fn job(ground: &Ground<'_>, provider: Provider, branches: &str) -> String {
    let (install, remark) = install(ground);
    let mut out = String::new();
    let _ = match provider {
        Provider::GitHub => write!(
            out,
            "# Who can change the database, and what gets around its guards: contract/mutation.toml says what may.
{remark}name: guard

on:
  pull_request:
  push:
    branches: [{branches}]

permissions:
  contents: read

jobs:
  guard:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          # The contract is compared with the base, which a shallow clone does not hold.
          fetch-depth: 0
          persist-credentials: false
      - name: Get guard
        run: {install}
      - name: Check what can change the database
        run: guard check --format github
"
        ),
        Provider::GitLab => write!(
            out,
            "{remark}guard:
  stage: .pre
  image: rust:1.95
  variables:
    GIT_DEPTH: \"0\"
  rules:
    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    - {install}
    - guard check
"
        ),
        Provider::CircleCi => write!(
            out,
            "{remark}jobs:
  guard:
    docker:
      - image: cimg/rust:1.95
    steps:
      - checkout
      - run: git fetch --unshallow || git fetch origin
      - run: {install}
      - run: guard check
workflows:
  guard:
    jobs:
      - guard
"
        ),
        Provider::Buildkite => write!(
            out,
            "{remark}steps:
  - label: guard
    key: guard
    commands:
      - {install}
      - guard check
  - wait
"
        ),
    };
    out
}
