//! What is left to a person, in the order in which it is safe.

use std::fmt::Write as _;

use super::{Ground, Piece, What, hook, workflow};
use crate::check::analysis::CONTRACT;
use crate::words::pipeline::Provider;

const SIGNERS: &str = "contract/allowed_signers";

/// GitHub Actions, as the rule names it: no other app can say that the check passed.
const ACTIONS: u32 = 15368;

pub(super) fn text(ground: &Ground<'_>, pieces: &[Piece], branch: &str, clean: bool) -> String {
    let mut steps: Vec<String> = Vec::new();
    if pieces.iter().any(|piece| piece.path == CONTRACT && piece.what != What::There) {
        steps.push(format!("Read {CONTRACT}, and decide what is listed above: `guard explain contract/undeclared-mutation`.\n"));
    }
    if !ground.paths().any(|path| path.ends_with("allowed_signers")) {
        steps.push(format!(
            "Say who may permit more than the contract does, one line a person, and name the file in the contract:\n\n    echo \"$(git config user.email) namespaces=\\\"guard-contract\\\" $(cut -d' ' -f1,2 ~/.ssh/id_ed25519.pub)\" >> {SIGNERS}\n    printf '\\n[approval]\\nsigners = \"{SIGNERS}\"\\n' >> {CONTRACT}\n"
        ));
    }
    let pinned = ground.has("contract/mutation.lock");
    if !pinned {
        let also = if clean {
            "Pin it, and commit all of it together:"
        } else {
            "Pin it, and commit; no hook asks yet:"
        };
        steps.push(format!(
            "{also}\n\n    guard contract freeze\n    git add -A && git commit -m 'Who may change the database'\n"
        ));
    }
    if !clean {
        steps.push(
            "Decide what is left, in as many commits as it takes: `guard check` shows it.\n".to_owned(),
        );
    }
    if pieces.iter().any(|piece| hook::rests(ground, piece)) {
        let when = if clean { "once a clone" } else { "once a clone, when nothing is left" };
        steps.push(format!("Let git find the hook, {when}:\n\n    git config core.hooksPath .githooks\n"));
    }
    if pieces.iter().any(|piece| matches!(piece.what, What::Later { .. })) {
        steps.push("When nothing is left, add the hook:\n\n    guard init\n".to_owned());
    }
    if ground.origin.is_none()
        && pieces.iter().any(|piece| piece.about == workflow::ABOUT && piece.what != What::There)
    {
        steps.push(
            "Put guard on the machines that run the job: it finds the program there, or fails. guard was not installed\nfrom a place that they could reach. Installed with `cargo install --locked --git URL`, or from a clone whose\ncommit is pushed, it writes a job that installs the same commit: remove the job, and run `guard init` again.\n"
                .to_owned(),
        );
    }
    steps.push(required(workflow::provider(ground), branch));
    steps.push(databases(workflow::provider(ground)));
    let mut out = String::from("\nNext\n");
    for (at, step) in steps.iter().enumerate() {
        let mut lines = step.lines();
        let _ = writeln!(out, "\n  {}. {}", at + 1, lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(out, "{}", format!("     {line}").trim_end());
        }
    }
    out
}

/// The rule of the hoster without which the check is only advice.
fn required(provider: Provider, branch: &str) -> String {
    let context = match provider {
        Provider::GitLab => {
            return format!(
                "Make it required: Settings > Merge requests > \"Pipelines must succeed\", and Settings > Repository >\nProtected branches: nobody pushes to {branch}. `glab api --method PUT projects/:id -f only_allow_merge_if_pipeline_succeeds=true`\nsays the first.\n"
            );
        }
        Provider::GitHub => format!("{{\"context\": \"guard\", \"integration_id\": {ACTIONS}}}"),
        Provider::CircleCi => "{\"context\": \"ci/circleci: guard\"}".to_owned(),
        Provider::Buildkite => "{\"context\": \"buildkite/PIPELINE\"}".to_owned(),
    };
    format!(
        "Make the check required once it passed: Settings > Rules > Rulesets, for the default branch, with nobody who\nmay bypass it. Or paste:\n\n    gh api --method POST 'repos/{{owner}}/{{repo}}/rulesets' --input - <<'JSON'\n    {{\n      \"name\": \"guard\", \"target\": \"branch\", \"enforcement\": \"active\", \"bypass_actors\": [],\n      \"conditions\": {{\"ref_name\": {{\"include\": [\"~DEFAULT_BRANCH\"], \"exclude\": []}}}},\n      \"rules\": [\n        {{\"type\": \"deletion\"}},\n        {{\"type\": \"non_fast_forward\"}},\n        {{\"type\": \"required_status_checks\", \"parameters\": {{\n          \"strict_required_status_checks_policy\": true,\n          \"required_status_checks\": [{context}]}}}}\n      ]\n    }}\n    JSON\n"
    )
}

/// Why this order: as long as production is not pinned, its database could be marked as dev by mistake.
fn databases(provider: Provider) -> String {
    let (name, claims) = match provider {
        Provider::GitHub => (
            "github",
            "repository_id = \"…\"        # gh api 'repos/{owner}/{repo}' --jq .id\nenvironment = \"production\"",
        ),
        Provider::GitLab => {
            ("gitlab", "project_id = \"…\"           # Settings > General\nref_protected = \"true\"")
        }
        Provider::CircleCi => (
            "circleci",
            "issuer = \"https://oidc.circleci.com/org/…\"   # Organization settings > Overview: its id\n\"oidc.circleci.com/project-id\" = \"…\"",
        ),
        Provider::Buildkite => ("buildkite", "organization_slug = \"…\"\npipeline_slug = \"…\""),
    };
    let mut out = String::from(
        "Mark the databases, production first: while it is not pinned, nothing can tell that a URL which somebody\ncalls dev leads there. Say in the contract which variables hold the URLs and how CI proves itself, freeze:\n\n",
    );
    let policy = format!(
        "[environments.prod]\ndatabase = \"DATABASE_URL\"   # a variable, never a URL\nproof = \"oidc\"\n[environments.prod.oidc]\nprovider = \"{name}\"\n{claims}\n[environments.dev]\ndatabase = \"DATABASE_URL\"\n"
    );
    for line in policy.lines() {
        let _ = writeln!(out, "    {line}");
    }
    out.push_str(
        "\na. in CI:       guard fingerprint init prod     prints two pins\nb. contract:    mark and lineage under [environments.prod], guard contract freeze, approve, merge\nc. by yourself: guard fingerprint init dev      refuses the database that is pinned as prod\n\nFrom then on `guard migrate --env prod` in CI, and `guard run --env dev -- COMMAND` by hand.\n",
    );
    out
}
