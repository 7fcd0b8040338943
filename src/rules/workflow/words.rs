//! What things are called at each provider, for messages.

use super::Facts;
use crate::words::pipeline::Provider;

pub(super) fn condition(provider: Provider) -> &'static str {
    match provider {
        Provider::GitHub | Provider::Buildkite => "an `if`",
        Provider::GitLab => "rules",
        Provider::CircleCi => "filters",
    }
}

pub(super) fn tolerance(provider: Provider) -> &'static str {
    match provider {
        Provider::GitHub => "`continue-on-error`",
        Provider::GitLab => "`allow_failure`",
        Provider::CircleCi => "its step",
        Provider::Buildkite => "`soft_fail`",
    }
}

/// What keeps secrets for a deploy alone; none where the pipeline's file does not say.
pub(super) fn environment(provider: Provider) -> Option<&'static str> {
    match provider {
        Provider::GitHub | Provider::GitLab => Some("`environment`"),
        Provider::CircleCi => Some("`context`"),
        Provider::Buildkite => None,
    }
}

/// What keeps two runs of a job apart, and how that is written; none where there is no such thing.
pub(super) fn exclusion(provider: Provider) -> Option<(&'static str, &'static str)> {
    match provider {
        Provider::GitHub => Some((
            "`concurrency` group",
            "give the job `concurrency: { group: deploy-<environment>, cancel-in-progress: false }`",
        )),
        Provider::GitLab => {
            Some(("`resource_group`", "give the job a `resource_group`, and leave it not `interruptible`"))
        }
        Provider::CircleCi => None,
        Provider::Buildkite => {
            Some(("`concurrency_group`", "give the step `concurrency: 1` and a `concurrency_group`"))
        }
    }
}

/// The provider whose pipelines the repository has; GitHub where there are none, or its own.
pub(super) fn provider(facts: &Facts<'_>) -> Provider {
    let providers = || facts.workflows.iter().filter(|w| w.starts()).map(|w| w.pipeline.provider);
    providers().min().unwrap_or_default()
}

pub(super) fn requests(provider: Provider) -> &'static str {
    if provider == Provider::GitLab { "merge requests" } else { "pull requests" }
}
