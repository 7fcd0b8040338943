//! Each rule on small workflows; a step "mutates" when it says `deploy`, and checks when it says
//! `guard check`, as the engine would tell.

use super::*;
use crate::lang::{Input, Kind, lower};
use crate::words::span::OffsetMap;

const CHECK: &str = "  guard:\n    runs-on: x\n    steps:\n      - run: guard check\n";
const ON: &str = "on:\n  pull_request:\n  push:\n    branches: [main]\n";
const DEPLOY: &str = "  deploy:\n    needs: [guard]\n    if: github.event_name == 'push'\n    environment: production\n    concurrency: { group: d, cancel-in-progress: false }\n    steps:\n      - run: deploy\n        env:\n          DATABASE_URL: ${{ secrets.PROD_DATABASE_URL }}\n";

fn run(files: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let pipelines: Vec<Pipeline> = files
        .iter()
        .map(|(path, text)| {
            let kind = if path.ends_with("action.yml") { Kind::Action } else { Kind::Workflow };
            let lowered = lower(kind, Input { path, text, map: &OffsetMap::identity() });
            assert!(lowered.problems.is_empty(), "{:?}", lowered.problems);
            lowered.pipeline.unwrap()
        })
        .collect();
    let workflows = pipelines
        .iter()
        .zip(files)
        .enumerate()
        .map(|(index, (pipeline, (path, _)))| {
            let mut steps = BTreeMap::new();
            for (j, job) in pipeline.jobs.iter().enumerate() {
                for (s, step) in job.steps.iter().enumerate() {
                    let facts = StepFacts {
                        runs_check: step.text.lines().any(|l| l == "guard check"),
                        narrowed_check: step.text.contains("guard check "),
                        mutates: step.text.lines().any(|l| l == "deploy"),
                    };
                    steps.insert((j, s), facts);
                }
            }
            let file = FileId(u32::try_from(index).unwrap());
            Workflow { file, path, pipeline, parts: Vec::new(), steps, tampered: BTreeMap::new() }
        })
        .collect();
    let facts = Facts {
        workflows,
        contract: None,
        default_branch: None,
        fallback: Place { file: FileId(99), span: Span::default() },
    };
    check(&facts)
        .into_iter()
        .map(|finding| {
            let text = files.get(finding.at.file.index()).map_or("", |(_, text)| text);
            let line =
                text.get(finding.at.span.range()).unwrap_or("").lines().next().unwrap_or("").to_owned();
            (finding.rule, line)
        })
        .collect()
}

fn one(jobs: &str) -> Vec<(&'static str, String)> {
    let text = format!("{ON}jobs:\n{jobs}");
    run(&[(".github/workflows/ci.yml", &text)])
}

fn rules(found: &[(&'static str, String)]) -> Vec<&'static str> {
    found.iter().map(|(rule, _)| *rule).collect()
}

#[test]
fn a_complete_pipeline_is_clean() {
    assert_eq!(one(&format!("{CHECK}{DEPLOY}")), []);
}

#[test]
fn no_check_anywhere_is_said_once() {
    assert_eq!(rules(&run(&[])), [missing_check::ID]);
    assert_eq!(rules(&one("  t:\n    steps:\n      - run: npm test\n")), [missing_check::ID]);
    assert_eq!(rules(&one("  t:\n    steps:\n      - run: guard check src\n")), [missing_check::ID]);
    let pull_only = format!("on: pull_request\njobs:\n{CHECK}");
    assert_eq!(rules(&run(&[("ci.yml", &pull_only)])), [missing_check::ID]);
    let tags = format!("on:\n  pull_request:\n  push:\n    tags: [v1]\njobs:\n{CHECK}");
    assert_eq!(rules(&run(&[("ci.yml", &tags)])), [missing_check::ID]);
}

#[test]
fn filters_conditions_and_tolerance_make_the_check_skippable() {
    let found =
        run(&[("ci.yml", &format!("on:\n  pull_request:\n    paths: [src]\n  push:\njobs:\n{CHECK}"))]);
    assert_eq!(found, [(skippable_check::ID, "paths: [src]".to_owned())]);
    let found =
        run(&[("ci.yml", &format!("on:\n  pull_request:\n    types: [opened]\n  push:\njobs:\n{CHECK}"))]);
    assert_eq!(rules(&found), [skippable_check::ID]);
    for (extra, line) in [
        ("    if: github.actor != 'bot'\n", "if: github.actor != 'bot'"),
        ("    if: github.event_name == 'push'\n", "if: github.event_name == 'push'"),
        ("    continue-on-error: true\n", "continue-on-error: true"),
        ("    strategy: { matrix: { a: [] } }\n", "{ a: [] }"),
    ] {
        let job = CHECK.replace("    runs-on: x\n", extra);
        assert_eq!(one(&job), [(skippable_check::ID, line.to_owned())]);
    }
    let step = format!("{CHECK}        continue-on-error: true\n");
    assert_eq!(rules(&one(&step)), [skippable_check::ID]);
    let needs = CHECK.replace("    runs-on: x\n", "    needs: pre\n");
    let needs = format!("{needs}  pre:\n    if: vars.RUN\n    steps: []\n");
    assert_eq!(one(&needs), [(skippable_check::ID, "if: vars.RUN".to_owned())]);
}

#[test]
fn conditions_that_always_hold_and_second_checks_are_silent() {
    for condition in [
        "always()",
        "${{ !cancelled() }}",
        "github.event_name == 'push' || github.event_name == 'pull_request'",
        "success()",
    ] {
        let job = CHECK.replace("    runs-on: x\n", &format!("    if: {condition}\n"));
        let job = job.replace("if: !", "if: '!'");
        assert_eq!(one(&job), [], "{condition}");
    }
    let second = format!("{CHECK}{}", CHECK.replace("guard:", "docs:").replace("runs-on: x", "if: vars.X"));
    assert_eq!(one(&second), []);
}

#[test]
fn a_deploy_must_wait_for_the_check() {
    let found = one(&format!("{CHECK}{}", DEPLOY.replace("[guard]", "[]")));
    assert_eq!(found, [(ungated_deploy::ID, "deploy".to_owned())]);
    let always = DEPLOY.replace("if: github", "if: always() && github");
    assert_eq!(rules(&one(&format!("{CHECK}{always}"))), [ungated_deploy::ID]);
    let asked = DEPLOY.replace("if: github", "if: always() && needs.guard.result == 'success' && github");
    assert_eq!(one(&format!("{CHECK}{asked}")), []);
    let through =
        format!("{CHECK}  mid:\n    needs: guard\n    steps: []\n{}", DEPLOY.replace("[guard]", "mid"));
    assert_eq!(one(&through), []);
    let hole =
        through.replace("    needs: guard\n    steps", "    needs: guard\n    if: always()\n    steps");
    assert_eq!(rules(&one(&hole)), [ungated_deploy::ID]);
    let same_job = DEPLOY.replace("[guard]", "[]").replace("steps:\n", "steps:\n      - run: guard check\n");
    assert_eq!(one(&format!("{CHECK}{same_job}")), []);
}

#[test]
fn a_workflow_after_the_checked_one_must_ask_for_success() {
    let ci = format!("name: ci\n{ON}jobs:\n{CHECK}");
    let deploy = DEPLOY.replace("    needs: [guard]\n", "");
    let head = "on:\n  workflow_run:\n    workflows: [ci]\n    types: [completed]\njobs:\n";
    let bad = format!("{head}{deploy}");
    assert_eq!(rules(&run(&[("ci.yml", &ci), ("d.yml", &bad)])), [ungated_deploy::ID]);
    let good = format!(
        "{head}{}",
        deploy.replace("event_name == 'push'", "event.workflow_run.conclusion == 'success'")
    );
    assert_eq!(run(&[("ci.yml", &ci), ("d.yml", &good)]), []);
}

#[test]
fn deploys_must_exclude_each_other_and_run_to_their_end() {
    let none = DEPLOY.replace("    concurrency: { group: d, cancel-in-progress: false }\n", "");
    assert_eq!(rules(&one(&format!("{CHECK}{none}"))), [overlapping_deploys::ID]);
    let cancels = DEPLOY.replace("progress: false", "progress: true");
    assert_eq!(
        one(&format!("{CHECK}{cancels}")),
        [(overlapping_deploys::ID, "cancel-in-progress: true".to_owned())]
    );
    let unique = DEPLOY.replace("group: d", "group: 'd-${{ github.run_id }}'");
    assert_eq!(rules(&one(&format!("{CHECK}{unique}"))), [overlapping_deploys::ID]);
    let only_pulls =
        DEPLOY.replace("progress: false", "progress: \"${{ github.event_name == 'pull_request' }}\"");
    assert_eq!(one(&format!("{CHECK}{only_pulls}")), []);
}

#[test]
fn secrets_of_protected_databases_stay_in_gated_jobs() {
    let job = "  t:\n    steps:\n      - run: npm test\n        env:\n          DATABASE_URL: ${{ secrets.NAME }}\n";
    let with = |name: &str| one(&format!("{CHECK}{}", job.replace("NAME", name)));
    assert_eq!(
        with("PROD_DATABASE_URL"),
        [(exposed_secret::ID, "DATABASE_URL: ${{ secrets.PROD_DATABASE_URL }}".to_owned())]
    );
    assert_eq!(rules(&with("DATABASE_URL")), [exposed_secret::ID]);
    assert_eq!(with("TEST_DATABASE_URL"), []);
    assert_eq!(with("NPM_TOKEN"), []);
    let on_pull = DEPLOY.replace("    if: github.event_name == 'push'\n", "");
    assert_eq!(rules(&one(&format!("{CHECK}{on_pull}"))), [exposed_secret::ID]);
    let whole = format!("{ON}env:\n  DATABASE_URL: ${{{{ secrets.PROD_DATABASE_URL }}}}\njobs:\n{CHECK}");
    assert_eq!(rules(&run(&[("ci.yml", &whole)])), [exposed_secret::ID]);
}

#[test]
fn steps_that_print_a_secret_are_found_on_their_line() {
    for (text, shown) in [
        ("echo \"$DATABASE_URL\"", true),
        ("printenv", true),
        ("env | sort", true),
        ("echo ${DATABASE_URL} | base64", true),
        ("echo $DATABASE_URL > .env", false),
        ("echo ${DATABASE_URL:+set}", false),
        ("echo $DATABASE_URL_NAME", false),
        ("env FOO=1 npm start", false),
        ("set -x\n          psql $DATABASE_URL", true),
        ("psql $DATABASE_URL", false),
    ] {
        let job = DEPLOY.replace("run: deploy\n", &format!("run: |\n          {text}\n          deploy\n"));
        let found = one(&format!("{CHECK}{job}"));
        let last = text.lines().last().unwrap().trim();
        let expected = if shown { vec![(exposed_secret::ID, last.to_owned())] } else { vec![] };
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn reusable_workflows_and_actions_are_followed() {
    let caller = format!("{ON}jobs:\n  guard:\n    uses: ./.github/workflows/check.yml\n{DEPLOY}");
    let check = format!("on: workflow_call\njobs:\n{CHECK}");
    assert_eq!(run(&[(".github/workflows/ci.yml", &caller), (".github/workflows/check.yml", &check)]), []);
    let action = "runs:\n  using: composite\n  steps:\n    - run: guard check\n      shell: bash\n";
    let user = format!("{ON}jobs:\n  guard:\n    steps:\n      - uses: ./.github/actions/guard\n{DEPLOY}");
    assert_eq!(run(&[(".github/workflows/ci.yml", &user), (".github/actions/guard/action.yml", action)]), []);
}
