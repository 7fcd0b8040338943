//! Workflows of a CI provider, in the few notions that the workflow rules judge.

use crate::words::entry::Entry;
use crate::words::span::{OffsetMap, Span};

/// Whose pipeline it is: what is called what there, and which notions there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    #[default]
    GitHub,
    GitLab,
    CircleCi,
    Buildkite,
}

/// One workflow file (GitHub workflow, composite action, `.gitlab-ci.yml` …).
///
/// Conditions and references to secrets are in GitHub's expression language; the front ends of
/// other providers translate theirs. What is known of a run there stands under `ci.`: `source`,
/// `branch`, `commit_branch` (empty for merge requests), `target`, `tag`, `merge_request`,
/// `default_branch`.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    pub provider: Provider,
    /// Branches that its conditions and filters name.
    pub branches: Vec<String>,
    pub name: String,
    pub span: Span,
    pub triggers: Vec<Trigger>,
    pub concurrency: Option<Concurrency>,
    pub env: Vec<Setting>,
    pub jobs: Vec<Job>,
    /// A composite action or a reusable workflow: runs only when something uses it.
    pub reusable: bool,
    /// It cannot gate a merge on this provider, or the notion is not modelled: workflow rules
    /// that need it stay silent for this file.
    pub partial: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trigger {
    /// `pull_request`, `push`, `pull_request_target`, `merge_group`, `workflow_dispatch`, …;
    /// `branch`: a push to a branch that somebody works on, where that stands for the merge request.
    pub event: String,
    pub span: Span,
    /// Branch patterns of this trigger; empty means every branch.
    pub branches: Vec<String>,
    pub branches_ignore: Vec<String>,
    /// `tags:` without `branches:`: branches do not trigger it.
    pub tags_only: bool,
    /// `paths:` or `paths-ignore:`, and where.
    pub paths: Option<Span>,
    /// `types:` as written; empty means the provider's default.
    pub types: Vec<String>,
    /// The workflows whose end starts this one (`workflow_run`), by their names.
    pub workflows: Vec<String>,
}

/// A name and a text with expressions left as written (`${{ secrets.X }}`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub name: String,
    pub value: String,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concurrency {
    pub span: Span,
    pub group: String,
    /// The value of `cancel-in-progress` as written; empty where absent.
    pub cancel: String,
    pub cancel_span: Option<Span>,
}

#[derive(Clone, Debug, Default)]
pub struct Job {
    pub id: String,
    /// It runs also when a job that it needs is not part of the run (GitLab's stages).
    pub runs_without: bool,
    /// The whole job.
    pub span: Span,
    pub id_span: Span,
    pub needs: Vec<String>,
    pub condition: Option<Setting>,
    /// The provider's protected environment, its name as written.
    pub environment: Option<Setting>,
    pub concurrency: Option<Concurrency>,
    /// `continue-on-error: …` as written.
    pub tolerated: Option<Setting>,
    pub env: Vec<Setting>,
    /// The job runs once a matrix row; `may_be_empty`: the rows come from an expression.
    pub matrix: Option<Matrix>,
    /// A reusable workflow that the job is, as written.
    pub uses: Option<Setting>,
    /// Secrets passed to `uses`; a single entry named `*` for `inherit`.
    pub secrets: Vec<Setting>,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    pub span: Span,
    pub may_be_empty: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Step {
    pub span: Span,
    pub name: String,
    pub condition: Option<Setting>,
    pub tolerated: Option<Setting>,
    pub env: Vec<Setting>,
    /// An action, as written (`./.github/actions/x`, `actions/checkout@v4`).
    pub uses: Option<Setting>,
    pub with: Vec<Setting>,
    /// What it runs, lowered; its `env` holds workflow, job and step settings together.
    pub run: Option<Entry>,
    /// The text of `run` as written, for rules on expressions in it.
    pub text: String,
    pub text_span: Span,
    /// From `text` to the file, where the front end knows it.
    pub text_map: Option<OffsetMap>,
}
