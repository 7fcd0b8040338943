//! Files by which platforms, schedulers and runners start something: each command as an entry point.

mod composer;
mod crontab;
mod deno;
mod editor;
mod hosting;
mod jenkins;
mod just;
mod kubernetes;
mod mise;
mod nx;
mod playbook;
mod procfile;
mod pyproject;
mod start;
mod steps;
mod supervisor;
mod systemd;
mod taskfile;
mod terraform;
mod tox;

use super::platform::Platform;
use super::{Input, Lowered};

#[must_use]
pub fn lower(platform: Platform, input: Input<'_>) -> Lowered {
    match platform {
        Platform::Just => just::lower(input),
        Platform::Procfile => procfile::lower(input),
        Platform::Tox => tox::lower(input),
        Platform::Crontab => crontab::lower(input),
        Platform::Vercel | Platform::Render | Platform::HerokuApp => hosting::json_or_yaml(platform, input),
        Platform::Railway if input.path.rsplit('.').next() != Some("toml") => {
            hosting::json_or_yaml(platform, input)
        }
        Platform::Fly | Platform::Railway => hosting::toml(platform, input),
        Platform::Kubernetes => kubernetes::lower(input),
        Platform::Terraform => terraform::lower(input),
        Platform::Systemd => systemd::lower(input),
        Platform::Taskfile => taskfile::lower(input),
        Platform::Editor => editor::tasks_and_launches(input),
        Platform::DevContainer => editor::dev_container(input),
        Platform::Mise => mise::lower(input),
        Platform::Deno => deno::lower(input),
        Platform::Nx => nx::lower(input),
        Platform::Composer => composer::lower(input),
        Platform::Steps => steps::lower(input),
        Platform::Jenkins => jenkins::lower(input),
        Platform::PyProject => pyproject::lower(input),
        Platform::Playbook => playbook::lower(input),
        Platform::Supervisor => supervisor::lower(input),
        Platform::GitLab | Platform::CircleCi | Platform::Buildkite => Lowered::default(),
    }
}

#[cfg(test)]
mod tests;
