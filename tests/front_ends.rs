//! No text makes a front end panic, hang or point outside the file: the seeds of `fuzz/`, cut and
//! stirred. The fuzz targets look further; this runs everywhere.

#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

use std::fs;
use std::path::Path;

use guard::lang::foreign::Language;
use guard::lang::platform::Platform;
use guard::lang::{self, Input, Kind};
use guard::words::span::{OffsetMap, Span};

fn lower(kind: Kind, path: &str, data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lowered = lang::lower(kind, Input { path, text: &text, map: &OffsetMap::identity() });
    let inside = |span: Span| {
        assert!(
            span.start <= span.end && span.end as usize <= text.len(),
            "{span:?} of {} in {path}",
            text.len()
        );
    };
    lowered.problems.iter().for_each(|problem| inside(problem.span));
    lowered.entries.iter().for_each(|entry| inside(entry.span));
    for unit in lowered.unit.iter().chain(lowered.entries.iter().map(|entry| &entry.unit)) {
        unit.problems.iter().for_each(|problem| inside(problem.span));
        unit.body.iter().for_each(|node| inside(node.span));
    }
}

/// On a stack of the size that `main` and its workers have at least.
fn every_seed(kind: Kind, folder: &str, path: &'static str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(folder);
    let mut seeds: Vec<_> =
        fs::read_dir(folder).expect("seeds").map(|entry| entry.expect("a file").path()).collect();
    seeds.sort();
    assert!(!seeds.is_empty());
    let all = std::thread::Builder::new().stack_size(64 << 20).spawn(move || {
        for seed in seeds {
            let data = fs::read(&seed).expect("it is readable");
            lower(kind, path, &data);
            let step = (data.len() / 64).max(1);
            for cut in (0..data.len()).step_by(step) {
                lower(kind, path, &data[..cut]);
                lower(kind, path, &data[cut..]);
                // The two halves the other way round: openings and closings that do not fit.
                lower(kind, path, &[&data[cut..], &data[..cut]].concat());
            }
        }
    });
    all.expect("a thread").join().expect("no front end panics");
}

#[test]
fn javascript_copes_with_every_seed() {
    every_seed(Kind::JavaScript, "js", "a.ts");
}

#[test]
fn python_copes_with_every_seed() {
    every_seed(Kind::Python, "python", "a.py");
}

#[test]
fn shell_copes_with_every_seed() {
    every_seed(Kind::Shell, "shell", "a.sh");
}

#[test]
fn powershell_copes_with_every_seed() {
    every_seed(Kind::PowerShell, "powershell", "a.ps1");
}

#[test]
fn batch_files_cope_with_every_seed() {
    every_seed(Kind::Batch, "batch", "a.bat");
}

#[test]
fn workflows_cope_with_every_seed() {
    every_seed(Kind::Workflow, "workflow", ".github/workflows/a.yml");
}

#[test]
fn rust_copes_with_every_seed() {
    every_seed(Kind::Rust, "rust", "a.rs");
}

#[test]
fn package_json_copes_with_every_seed() {
    every_seed(Kind::PackageJson, "package_json", "package.json");
}

#[test]
fn makefiles_cope_with_every_seed() {
    every_seed(Kind::Make, "make", "Makefile");
}

#[test]
fn dockerfiles_cope_with_every_seed() {
    every_seed(Kind::Docker, "docker", "Dockerfile");
}

#[test]
fn every_pipeline_and_platform_copes_with_its_seeds() {
    for (platform, folder, path) in [
        (Platform::GitLab, "gitlab", ".gitlab-ci.yml"),
        (Platform::CircleCi, "circle", ".circleci/config.yml"),
        (Platform::Buildkite, "buildkite", ".buildkite/pipeline.yml"),
        (Platform::Just, "just", "justfile"),
        (Platform::Crontab, "lines", "deploy/crontab"),
        (Platform::Procfile, "procfile", "Procfile"),
        (Platform::Systemd, "systemd", "x.service"),
        (Platform::Render, "hosting", "render.yaml"),
        (Platform::Vercel, "hosting", "vercel.json"),
        (Platform::HerokuApp, "hosting", "app.json"),
        (Platform::Railway, "hosting", "railway.json"),
        (Platform::Railway, "hosting_toml", "railway.toml"),
        (Platform::Fly, "hosting_toml", "fly.toml"),
        (Platform::PyProject, "pyproject", "pyproject.toml"),
        (Platform::Tox, "tox", "tox.ini"),
        (Platform::Kubernetes, "kubernetes", "k8s/a.yaml"),
        (Platform::Terraform, "terraform", "main.tf"),
        (Platform::Taskfile, "taskfile", "Taskfile.yml"),
        (Platform::Mise, "mise", "mise.toml"),
        (Platform::Deno, "deno", "deno.json"),
        (Platform::Composer, "composer", "composer.json"),
        (Platform::Jenkins, "jenkins", "Jenkinsfile"),
        (Platform::Steps, "steps", "azure-pipelines.yml"),
        (Platform::Supervisor, "supervisor", "ops/supervisord.conf"),
        (Platform::Playbook, "playbook", "ops/site.yml"),
        (Platform::Editor, "editor", ".vscode/tasks.json"),
        (Platform::DevContainer, "dev_container", ".devcontainer/devcontainer.json"),
        (Platform::Nx, "nx", "project.json"),
    ] {
        every_seed(Kind::Platform(platform), folder, path);
    }
}

#[test]
fn ruby_php_and_go_cope_with_every_seed() {
    for (language, folder, path) in [
        (Language::Ruby, "ruby", "bin/a.rb"),
        (Language::Php, "php", "bin/a.php"),
        (Language::Go, "go", "cmd/a/main.go"),
    ] {
        every_seed(Kind::Foreign(language), folder, path);
    }
}

#[test]
fn programs_inside_of_other_files_cope_with_every_seed() {
    every_seed(Kind::JavaScript, "component", "a.vue");
    every_seed(Kind::Python, "notebook", "a.ipynb");
    every_seed(Kind::Config, "surroundings", ".npmrc");
}
