//! Files of platforms and providers that start something: which they are, told by name, place and
//! first lines.

use super::lies_in;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// `.gitlab-ci.yml`, and what it includes from the repository.
    GitLab,
    /// `.circleci/*.yml`
    CircleCi,
    /// `.buildkite/*.yml`
    Buildkite,
    Just,
    Procfile,
    /// `tox.ini`
    Tox,
    Crontab,
    Vercel,
    Render,
    Fly,
    Railway,
    /// `app.json` of Heroku
    HerokuApp,
    /// Manifests, and Helm templates as far as they are YAML.
    Kubernetes,
    Terraform,
    Systemd,
    Taskfile,
    /// Tasks and launches of an editor.
    Editor,
    DevContainer,
    /// `mise.toml`
    Mise,
    /// `deno.json`
    Deno,
    /// A project of Nx, or its defaults.
    Nx,
    /// `composer.json`
    Composer,
    /// Pipelines of other providers, in which the commands alone are read.
    Steps,
    Jenkins,
    /// Tasks in `pyproject.toml`
    PyProject,
    /// Playbooks, roles and tasks of Ansible.
    Playbook,
    /// Programs of supervisord.
    Supervisor,
}

impl Platform {
    /// By path and the first bytes; `lower` is the file's name in lower case.
    #[must_use]
    pub fn of(path: &str, lower: &str, extension: &str, head: &[u8]) -> Option<Self> {
        let yaml = matches!(extension, "yml" | "yaml");
        let in_folder = |folder: &str| lies_in(path, folder);
        Some(match lower {
            _ if yaml && (lower.ends_with(".gitlab-ci.yml") || lower.ends_with(".gitlab-ci.yaml")) => {
                Self::GitLab
            }
            _ if yaml
                && (in_folder(".gitlab/") || in_folder(".gitlab-ci/"))
                && !in_folder(".gitlab/agents/") =>
            {
                Self::GitLab
            }
            _ if yaml && in_folder(".circleci/") => Self::CircleCi,
            _ if yaml && (in_folder(".buildkite/") || lower == "buildkite.yml") => Self::Buildkite,
            "justfile" | ".justfile" => Self::Just,
            _ if extension == "just" => Self::Just,
            "tox.ini" => Self::Tox,
            "procfile" => Self::Procfile,
            _ if lower.starts_with("procfile.") => Self::Procfile,
            "crontab" | "cronfile" => Self::Crontab,
            _ if matches!(extension, "crontab" | "cron") => Self::Crontab,
            _ if (in_folder("cron.d/") || in_folder("crontabs/"))
                && !matches!(extension, "md" | "sh" | "js" | "ts" | "py" | "rb") =>
            {
                Self::Crontab
            }
            "vercel.json" | "now.json" => Self::Vercel,
            "render.yaml" | "render.yml" => Self::Render,
            "fly.toml" => Self::Fly,
            _ if lower.starts_with("fly.") && extension == "toml" => Self::Fly,
            "railway.json" | "railway.toml" => Self::Railway,
            "app.json"
                if mentions(
                    head,
                    &["\"scripts\"", "postdeploy", "\"formation\"", "\"buildpacks\"", "heroku"],
                ) =>
            {
                Self::HerokuApp
            }
            _ if extension == "tf" => Self::Terraform,
            _ if matches!(extension, "service" | "timer")
                || extension == "conf" && path.contains(".service.d/") =>
            {
                Self::Systemd
            }
            "taskfile.yml" | "taskfile.yaml" | "taskfile.dist.yml" | "taskfile.dist.yaml" => Self::Taskfile,
            "tasks.json" | "launch.json" if in_folder(".vscode/") => Self::Editor,
            "devcontainer.json" | ".devcontainer.json" => Self::DevContainer,
            "mise.toml" | ".mise.toml" => Self::Mise,
            _ if extension == "toml" && (lower.starts_with("mise.") || lower.starts_with(".mise.")) => {
                Self::Mise
            }
            "config.toml" if in_folder("mise/") || in_folder(".mise/") => Self::Mise,
            "deno.json" | "deno.jsonc" => Self::Deno,
            "nx.json" => Self::Nx,
            "composer.json" => Self::Composer,
            "pyproject.toml" => Self::PyProject,
            "jenkinsfile" => Self::Jenkins,
            _ if lower.starts_with("jenkinsfile.") || extension == "jenkinsfile" => Self::Jenkins,
            "bitbucket-pipelines.yml"
            | ".drone.yml"
            | ".drone.yaml"
            | ".woodpecker.yml"
            | ".woodpecker.yaml"
            | ".travis.yml"
            | "appveyor.yml"
            | ".appveyor.yml"
            | ".cirrus.yml"
            | "cloudbuild.yaml"
            | "cloudbuild.yml"
            | "buildspec.yml"
            | "buildspec.yaml"
            | "codefresh.yml"
            | ".semaphore.yml" => Self::Steps,
            _ if yaml && (lower.starts_with("azure-pipelines") || in_folder(".azure-pipelines/")) => {
                Self::Steps
            }
            _ if yaml && (in_folder(".woodpecker/") || in_folder(".semaphore/") || in_folder(".tekton/")) => {
                Self::Steps
            }
            "project.json" if mentions(head, &["\"targets\"", "\"executor\""]) => Self::Nx,
            _ if yaml && lower.starts_with("cloudbuild") => Self::Steps,
            _ if yaml && is_manifest(head) => Self::Kubernetes,
            // A task definition of ECS: its containers are listed as in a manifest.
            _ if extension == "json" && mentions(head, &["\"containerDefinitions\""]) => Self::Kubernetes,
            _ if yaml && (is_playbook(head) || is_role(path)) => Self::Playbook,
            _ if matches!(extension, "conf" | "ini") && mentions(head, &["[program:"]) => Self::Supervisor,
            _ => return None,
        })
    }

    /// It gates merges and deploys: the rules on workflows are asked.
    #[must_use]
    pub fn is_pipeline(self) -> bool {
        matches!(self, Self::GitLab | Self::CircleCi | Self::Buildkite)
    }
}

fn mentions(head: &[u8], words: &[&str]) -> bool {
    let head = String::from_utf8_lossy(head);
    words.iter().any(|word| head.contains(word))
}

/// A list of plays: each names its hosts.
fn is_playbook(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    let hosts = |line: &str| line.starts_with("- hosts:") || line.starts_with("  hosts:");
    head.lines().any(hosts) && head.lines().any(|line| line.starts_with("- "))
}

/// Tasks and handlers of a role have no frame of their own.
fn is_role(path: &str) -> bool {
    let mut folders = path.rsplit('/').skip(1);
    matches!(folders.next(), Some("tasks" | "handlers")) && folders.any(|folder| folder == "roles")
}

/// The two keys that every manifest has, at the start of a line.
fn is_manifest(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    let has = |key: &str| head.lines().any(|line| line.starts_with(key));
    has("apiVersion:") && has("kind:")
}
