//! What each kind of file starts.

use super::*;
use crate::lang::probe::said;
use crate::words::span::OffsetMap;
use proptest::prelude::*;

fn read(platform: Platform, path: &str, text: &str) -> Vec<(String, String)> {
    let lowered = lower(platform, Input { path, text, map: &OffsetMap::identity() });
    assert!(lowered.problems.is_empty(), "{:?}", lowered.problems);
    lowered.entries.into_iter().map(|entry| (entry.title, said(&entry.unit))).collect()
}

fn rows(found: &[(String, String)]) -> Vec<(&str, &str)> {
    found.iter().map(|(title, said)| (title.as_str(), said.as_str())).collect()
}

#[test]
fn a_system_crontab_names_a_user_before_the_command() {
    let text = "MAILTO=x\n5 4 * * * root a b\n@daily c\n# 1 1 1 1 1 no\n";
    assert_eq!(
        rows(&read(Platform::Crontab, "cron.d/x", "5 4 * * 1-5 deploy a b\n")),
        [("cron 5 4 * * 1-5", "a b")]
    );
    assert_eq!(
        rows(&read(Platform::Crontab, "crontab", text)),
        [("cron 5 4 * * *", "a b"), ("cron @daily", "c")]
    );
}

#[test]
fn a_unit_executes_with_its_prefixes_and_its_directory() {
    let text = "[Unit]\nExecStart=no\n[Service]\nWorkingDirectory=/srv/x\nExecStartPre=-/bin/a \\\n  b\nExecStart=/usr/bin/node /srv/x/c.js\n";
    let lowered = lower(Platform::Systemd, Input { path: "x.service", text, map: &OffsetMap::identity() });
    let all: Vec<String> = lowered.entries.iter().map(|entry| said(&entry.unit)).collect();
    assert_eq!(all, ["/bin/a b", "/usr/bin/node c.js"]);
    assert!(lowered.entries[0].tolerated.is_some() && lowered.entries[1].tolerated.is_none());
}

#[test]
fn every_container_of_every_document_is_an_entry() {
    let text = "kind: A\nspec: {template: {spec: {initContainers: [{name: i, command: [a, b]}], containers: [{name: c, args: [d]}]}}}\n---\nkind: List\nitems: [{kind: B, spec: {containers: [{name: e, command: [f]}]}}]\n";
    let found = read(Platform::Kubernetes, "x.yaml", text);
    assert_eq!(rows(&found), [("A, container i", "a b"), ("A, container c", "d"), ("B, container e", "f")]);
}

#[test]
fn a_template_that_is_no_yaml_says_why() {
    let text = "kind: A\n  b: {{ c }}\n d: [\n";
    let lowered = lower(Platform::Kubernetes, Input { path: "x.yaml", text, map: &OffsetMap::identity() });
    assert!(lowered.problems.iter().any(|problem| problem.what.contains("Helm")));
}

#[test]
fn tasks_of_a_playbook_run_and_what_only_looks_like_one_does_not() {
    let text = "- hosts: db\n  tasks:\n    - name: a\n      ansible.builtin.shell: b c\n      ignore_errors: true\n    - block:\n        - command:\n            cmd: d {{ e }}\n    - community.postgresql.postgresql_query:\n        query: DELETE FROM x\n    - postgresql_db:\n        name: y\n        state: absent\n";
    let map = OffsetMap::identity();
    let lowered = lower(Platform::Playbook, Input { path: "x.yml", text, map: &map });
    let all: Vec<String> = lowered.entries.iter().map(|entry| said(&entry.unit)).collect();
    assert_eq!(all.len(), 4, "{all:?}");
    assert_eq!([&all[0], &all[2], &all[3]], ["b c", "psql -c DELETE FROM x", "dropdb y"]);
    assert!(lowered.entries[0].tolerated.is_some() && lowered.entries[2].tolerated.is_none());
    let of = |path: &str, text: &str| Platform::of(path, "x.yml", "yml", text.as_bytes());
    assert_eq!(of("x.yml", text), Some(Platform::Playbook));
    assert_eq!(of("roles/db/tasks/x.yml", "- shell: a\n"), Some(Platform::Playbook));
    assert_eq!(of("tasks/x.yml", "shell: a\nhosts: b\n"), None);
}

#[test]
fn a_playbook_starts_scripts_words_and_what_its_modules_execute() {
    let text = "- hosts: db\n  tasks:\n  - ansible.builtin.command: {argv: [psql, -c, 'DELETE FROM {{ t }}']}\n  - script: files/a.sh x\n  - community.docker.docker_container_exec: {container: c, command: psql -l}\n  - community.general.django_manage: {command: migrate --noinput, project_path: /srv}\n  - community.postgresql.postgresql_script: {path: a.sql}\n  - win_shell: Get-Item b\n";
    let found = read(Platform::Playbook, "ops/site.yml", text);
    assert_eq!(
        rows(&found),
        [
            ("ansible command", "psql -c DELETE FROM "),
            ("ansible script", "files/a.sh x"),
            ("ansible docker_container_exec", "psql -l"),
            ("ansible django_manage", "python manage.py migrate --noinput"),
            ("ansible postgresql_script", "psql -f a.sql"),
            ("ansible win_shell", "get-item b"),
        ]
    );
}

#[test]
fn steps_of_other_providers_are_read_in_their_own_languages() {
    let text = "steps:\n- pwsh: Get-Item a\n- task: PowerShell@2\n  inputs: {targetType: inline, script: Get-Item b}\n- task: Bash@3\n  inputs: {filePath: $(Build.SourcesDirectory)/ops/a.sh, arguments: --now}\n- script: psql -l\n";
    let found = read(Platform::Steps, "azure-pipelines.yml", text);
    assert_eq!(
        rows(&found),
        [("pwsh", "get-item a"), ("script", "get-item b"), ("file", "ops/a.sh --now"), ("script", "psql -l")]
    );
    let text = "pipeline { steps {\n  sh 'psql -l'\n  bat 'sqlcmd -Q x'\n  powershell(script: \"Get-Item a\")\n} }\n";
    let found = read(Platform::Jenkins, "Jenkinsfile", text);
    let told: Vec<&str> = found.iter().map(|(title, _)| title.as_str()).collect();
    assert_eq!(told, ["sh", "bat", "powershell"]);
}

#[test]
fn a_supervised_program_and_an_image_with_arguments_are_started() {
    let text = "[supervisord]\ncommand=no\n[program:a]\ncommand = b 'c d' ; e\n";
    assert_eq!(rows(&read(Platform::Supervisor, "x.conf", text)), [("supervisor program:a", "b c d")]);
    let text = "steps:\n  - name: node:20\n    entrypoint: npx\n    args: [a, b]\n  - name: gcr.io/x/npm\n    args: [ci]\n";
    assert_eq!(
        rows(&read(Platform::Steps, "cloudbuild.yaml", text)),
        [("args", "npx a b"), ("args", "npm ci")]
    );
}

#[test]
fn provisioners_run_and_comments_do_not() {
    let text = "# provisioner \"local-exec\" { command = \"no\" }\nresource \"x\" \"y\" {\n  provisioner \"local-exec\" {\n    command = \"a ${path.module}/b\"\n  }\n  provisioner \"remote-exec\" {\n    inline = [\"c\", \"d\"]\n  }\n}\n";
    let found = read(Platform::Terraform, "main.tf", text);
    assert_eq!(
        rows(&found),
        [("terraform local-exec", "a ./b"), ("terraform remote-exec", "c"), ("terraform remote-exec", "d")]
    );
}

#[test]
fn the_commands_of_hosting_platforms_are_found_wherever_they_stand() {
    let json = "{\n\t\"deploy\": { \"preDeployCommand\": [\"a\"], \"startCommand\": \"b\" }\n}\n";
    assert_eq!(
        rows(&read(Platform::Railway, "railway.json", json)),
        [("railway preDeployCommand", "a"), ("railway startCommand", "b")]
    );
    let toml = "[deploy]\nrelease_command = \"a\"\n[processes]\nweb = \"b\"\n";
    let found = read(Platform::Fly, "fly.toml", toml);
    assert_eq!(rows(&found), [("fly release_command", "a"), ("fly process web", "b")]);
    let heroku = "{\"scripts\": {\"postdeploy\": \"a\"}, \"environments\": {\"test\": {\"scripts\": {\"postdeploy\": \"b\"}}}}";
    assert_eq!(rows(&read(Platform::HerokuApp, "app.json", heroku)), [("heroku postdeploy", "a")]);
}

#[test]
fn recipes_and_tasks_keep_their_names() {
    let text = "x := \"v\"\nexport Y := \"w\"\n\na b='c': d\n    @e {{x}} \\\n      f\n\nd:\n    -g\n";
    let lowered = lower(Platform::Just, Input { path: "justfile", text, map: &OffsetMap::identity() });
    let names: Vec<&str> = lowered.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["a", "d"]);
    assert_eq!(lowered.entries[0].needs, ["d"]);
    assert_eq!(lowered.entries[0].env[0].name, "Y");
    let task = "tasks:\n  a: b\n  c: {cmds: [d, {cmd: e}, {task: a}]}\n";
    let found = read(Platform::Taskfile, "Taskfile.yml", task);
    assert_eq!(rows(&found), [("task a", "b"), ("task c", "d"), ("task c", "e")]);
}

#[test]
fn tasks_of_mise_run_in_order_with_what_they_need_and_are_given() {
    let text = "[env]\nA = 'x'\n_.file = '.env'\n[tasks]\nlint = 'a {{arg()}}'\n[tasks.ship]\ndepends = ['lint']\ndir = 'ops'\nenv = {B = 'y'}\nrun = ['b', {task = 'other'}, \"\"\"\nc \\\\\n  d\n\"\"\"]\n[tasks.file]\nfile = 'tools/e.sh'\n";
    let lowered = lower(Platform::Mise, Input { path: "mise.toml", text, map: &OffsetMap::identity() });
    assert!(lowered.problems.is_empty(), "{:?}", lowered.problems);
    let found: Vec<(&str, String)> =
        lowered.entries.iter().map(|entry| (entry.title.as_str(), said(&entry.unit))).collect();
    let told: Vec<(&str, &str)> = found.iter().map(|(title, said)| (*title, said.as_str())).collect();
    assert_eq!(
        told,
        [("mise file", "tools/e.sh"), ("mise lint", "a"), ("mise ship", "b"), ("mise ship", "c d")]
    );
    let ship = &lowered.entries[2];
    assert_eq!(ship.needs, ["lint", "other"]);
    assert_eq!(ship.directory.as_deref(), Some("ops"));
    let names: Vec<&str> = ship.env.iter().map(|set| set.name.as_str()).collect();
    assert_eq!(names, ["A", "B"]);
    assert_eq!(ship.env_files[0].0, ".env");
    let own = lower(
        Platform::Mise,
        Input { path: "a/.config/mise/config.toml", text: "[tasks]\nx = 'y'\n", map: &OffsetMap::identity() },
    );
    assert_eq!(own.entries[0].directory.as_deref(), Some("a"));
}

#[test]
fn tasks_of_deno_are_texts_or_objects() {
    let text = "{\n  // JSON with comments\n  \"tasks\": {\n    \"a\": \"b \\\"c\\\"\",\n    \"d\": { \"command\": \"e\", \"dependencies\": [\"a\"], },\n    \"f\": { \"dependencies\": [\"d\"] }\n  },\n}\n";
    let lowered = lower(Platform::Deno, Input { path: "deno.jsonc", text, map: &OffsetMap::identity() });
    assert!(lowered.problems.is_empty(), "{:?}", lowered.problems);
    let told: Vec<(&str, String)> =
        lowered.entries.iter().map(|entry| (entry.name.as_str(), said(&entry.unit))).collect();
    assert_eq!(told, [("a", "b c".to_owned()), ("d", "e".to_owned())]);
    assert_eq!(lowered.entries[1].needs, ["a"]);
}

#[test]
fn a_file_that_is_broken_says_so_whoever_reads_it() {
    for (platform, path) in [
        (Platform::Mise, "mise.toml"),
        (Platform::PyProject, "pyproject.toml"),
        (Platform::Fly, "fly.toml"),
        (Platform::Railway, "railway.toml"),
        (Platform::Railway, "railway.json"),
        (Platform::Vercel, "vercel.json"),
        (Platform::HerokuApp, "app.json"),
        (Platform::Render, "render.yaml"),
        (Platform::Deno, "deno.json"),
        (Platform::Nx, "project.json"),
        (Platform::Composer, "composer.json"),
        (Platform::Editor, ".vscode/tasks.json"),
        (Platform::DevContainer, ".devcontainer/devcontainer.json"),
        (Platform::Taskfile, "Taskfile.yml"),
        (Platform::Kubernetes, "k8s/a.yaml"),
        (Platform::Playbook, "ops/site.yml"),
        (Platform::Steps, "azure-pipelines.yml"),
    ] {
        let text = "{\"tasks\": [\n";
        let lowered = lower(platform, Input { path, text, map: &OffsetMap::identity() });
        assert!(!lowered.problems.is_empty(), "{path}");
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "(tasks|run|depends|provisioner|\"local-exec\"|command|inline|containers|ExecStart|<<E|\\{\\{|\\}\\}|[ :\\-\n{}\\[\\],'\"=$%*@#\\\\é]){0,60}") {
        for platform in [
            Platform::Just, Platform::Procfile, Platform::Tox, Platform::Crontab, Platform::Vercel, Platform::Render, Platform::Fly,
            Platform::Railway, Platform::HerokuApp, Platform::Kubernetes, Platform::Terraform, Platform::Systemd,
            Platform::Playbook, Platform::Supervisor,
            Platform::Taskfile, Platform::Mise, Platform::Deno, Platform::Nx, Platform::Composer, Platform::Editor,
            Platform::DevContainer, Platform::PyProject, Platform::Steps, Platform::Jenkins,
        ] {
            let _ = lower(platform, Input { path: "x", text: &text, map: &OffsetMap::identity() });
        }
    }
}
