//! Pipelines of other CI providers than GitHub, in the notions of [`crate::words::pipeline`].

mod buildkite;
mod circle;
mod condition;
pub mod gitlab;
mod merge;
mod rules;
pub(crate) mod script;

use super::platform::Platform;
use super::{Input, Lowered};

#[must_use]
pub fn lower(platform: Platform, input: Input<'_>) -> Lowered {
    let (pipeline, problems) = match platform {
        Platform::GitLab => gitlab::single(input),
        Platform::CircleCi => circle::read(input),
        _ => buildkite::read(input),
    };
    let entries =
        pipeline.jobs.iter().flat_map(|job| job.steps.iter().filter_map(|step| step.run.clone())).collect();
    Lowered { entries, pipeline: Some(pipeline), problems, ..Lowered::default() }
}

#[cfg(test)]
mod tests;
