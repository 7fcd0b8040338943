//! Which commits the contract is compared with.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up must fail")]

mod sandbox;

use guard::freeze::base::{Bases, Judged, bases};
use guard::io::environment::Environment;
use sandbox::Sandbox;

fn ask(it: &Sandbox, folder: &str, environment: &Environment) -> Bases {
    bases(&it.find(folder), environment, Judged::WorkTree, &[]).unwrap()
}

fn oids(bases: &Bases) -> Vec<&str> {
    assert!(bases.missing.is_empty(), "{:?}", bases.missing);
    bases.found.iter().map(|base| base.oid.as_str()).collect()
}

fn plain() -> Environment {
    Environment::default()
}

/// main: one, two; side: one, three, four.
fn branched() -> (Sandbox, [String; 4]) {
    let it = Sandbox::repository();
    let one = it.commit("shop", "a", "1");
    let two = it.commit("shop", "a", "2");
    it.git("shop", &["checkout", "-qb", "side", &one]);
    let three = it.commit("shop", "b", "3");
    let four = it.commit("shop", "b", "4");
    (it, [one, two, three, four])
}

#[test]
fn without_commits_and_at_the_first_commit_there_is_nothing_before() {
    let it = Sandbox::repository();
    assert!(ask(&it, "shop", &plain()).is_introduction());
    it.commit("shop", "a", "1");
    assert!(ask(&it, "shop", &plain()).is_introduction());
    it.git("shop", &["branch", "-m", "trunk"]);
    assert!(ask(&it, "shop", &plain()).is_introduction());
}

#[test]
fn on_the_default_branch_it_is_head_while_files_differ_and_then_its_first_parent() {
    let it = Sandbox::repository();
    let one = it.commit("shop", "a", "1");
    let two = it.commit("shop", "a", "2");
    assert_eq!(oids(&ask(&it, "shop", &plain())), [&one]);
    it.write("shop/new", "x");
    assert_eq!(oids(&ask(&it, "shop", &plain())), [&two]);
    let staged = bases(&it.find("shop"), &plain(), Judged::Index, &[]).unwrap();
    assert_eq!(oids(&staged), [&one], "the index does not differ");
    it.git("shop", &["add", "new"]);
    let staged = bases(&it.find("shop"), &plain(), Judged::Index, &[]).unwrap();
    assert_eq!(oids(&staged), [&two]);
}

#[test]
fn on_a_branch_it_is_where_the_branch_left_the_default_branch() {
    let (it, [one, ..]) = branched();
    assert_eq!(oids(&ask(&it, "shop", &plain())), [&one]);
    it.write("shop/new", "x");
    assert_eq!(oids(&ask(&it, "shop", &plain())), [&one]);
}

#[test]
fn the_remote_default_branch_goes_before_the_local_one() {
    let (it, [_, two, ..]) = branched();
    it.git("", &["clone", "-q", "shop", "clone"]);
    it.git("clone", &["remote", "set-head", "origin", "main"]);
    it.git("clone", &["checkout", "-q", "-b", "work", "origin/main"]);
    let work = it.commit("clone", "c", "5");
    it.git("clone", &["branch", "-f", "main", &work]);
    assert_eq!(oids(&ask(&it, "clone", &plain())), [&two]);
}

#[test]
fn after_a_merge_it_is_the_first_parent() {
    let (it, [_, two, ..]) = branched();
    it.git("shop", &["checkout", "-q", "main"]);
    it.git("shop", &["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    assert_eq!(oids(&ask(&it, "shop", &plain())), [&two]);
}

#[test]
fn a_shallow_clone_has_no_base_and_says_how_to_get_it() {
    let it = Sandbox::repository();
    it.commit("shop", "a", "1");
    it.commit("shop", "a", "2");
    let url = format!("file://{}", it.at("shop").display());
    it.git("", &["clone", "-q", "--depth=1", &url, "clone"]);
    let answer = ask(&it, "clone", &plain());
    assert!(answer.found.is_empty());
    assert!(answer.missing[0].fetch_hint.contains("git fetch --unshallow"), "{:?}", answer.missing);
    it.git("clone", &["fetch", "-q", "--unshallow"]);
    assert_eq!(ask(&it, "clone", &plain()).found.len(), 1);
}

#[test]
fn a_clone_of_one_branch_has_no_base_and_says_how_to_get_it() {
    let (it, _) = branched();
    it.git("", &["clone", "-q", "--single-branch", "-b", "side", "shop", "clone"]);
    it.git("clone", &["remote", "set-head", "origin", "-d"]);
    let answer = ask(&it, "clone", &plain());
    assert_eq!(answer.missing[0].fetch_hint, "run `git fetch origin main`");
}

#[test]
fn unrelated_histories_have_no_base() {
    let it = Sandbox::repository();
    it.commit("shop", "a", "1");
    it.git("shop", &["checkout", "-q", "--orphan", "new"]);
    it.commit("shop", "a", "2");
    assert_eq!(ask(&it, "shop", &plain()).missing.len(), 1);
}

#[test]
fn a_revision_that_is_asked_for_adds_a_comparison() {
    let (it, [one, two, ..]) = branched();
    let repository = it.find("shop");
    let answer = bases(&repository, &plain(), Judged::WorkTree, &["main".into()]).unwrap();
    assert_eq!(oids(&answer), [&one, &two]);
    let answer = bases(&repository, &plain(), Judged::WorkTree, &["no-such".into(), "--all".into()]).unwrap();
    assert_eq!((answer.found.len(), answer.missing.len()), (1, 2));
}

fn github(it: &Sandbox, event: &str, payload: &str) -> Environment {
    it.write("event.json", payload);
    Environment::of([("CI", "true"), ("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", event)])
        .with("GITHUB_EVENT_PATH", it.at("event.json"))
        .with("GITHUB_SHA", it.head("shop"))
}

#[test]
fn a_pull_request_is_compared_with_its_own_base() {
    let (it, [.., three, four]) = branched();
    it.git("shop", &["branch", "release", &three]);
    let payload = format!(
        r#"{{"pull_request":{{"base":{{"ref":"release","sha":"{three}"}},"head":{{"sha":"{four}"}}}}}}"#
    );
    let environment = github(&it, "pull_request", &payload).with("GITHUB_BASE_REF", "release");
    assert_eq!(oids(&ask(&it, "shop", &environment)), [&three]);
}

#[test]
fn a_push_is_compared_with_the_commit_before_it() {
    let (it, [one, _, three, four]) = branched();
    let payload = |before: &str| format!(r#"{{"before":"{before}","after":"{four}"}}"#);
    assert_eq!(oids(&ask(&it, "shop", &github(&it, "push", &payload(&three)))), [&three]);
    let created = github(&it, "push", &payload(&"0".repeat(40)));
    assert_eq!(oids(&ask(&it, "shop", &created)), [&one]);
    let lost = "1234567890123456789012345678901234567890";
    let rewritten = ask(&it, "shop", &github(&it, "push", &payload(lost)));
    assert!(rewritten.missing[0].fetch_hint.contains("fetch-depth: 0"), "{:?}", rewritten.missing);
    assert!(rewritten.missing[0].fetch_hint.contains(lost));
}

#[test]
fn variables_that_do_not_fit_the_repository_never_choose_a_friendlier_base() {
    let (it, [one, _, three, four]) = branched();
    it.git("shop", &["branch", "weak", &three]);
    let claimed =
        Environment::of([("CI", "true"), ("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_BASE_REF", "weak")]);
    assert!(oids(&ask(&it, "shop", &claimed)).contains(&one.as_str()));
    let not_ci = claimed.with("CI", "1");
    assert_eq!(oids(&ask(&it, "shop", &not_ci)), [&one]);
    let other_head = github(&it, "push", &format!(r#"{{"before":"{three}","after":"{one}"}}"#))
        .with("GITHUB_SHA", one.clone());
    assert!(oids(&ask(&it, "shop", &other_head)).contains(&one.as_str()));
    let itself = github(&it, "push", &format!(r#"{{"before":"{four}","after":"{four}"}}"#));
    assert_eq!(oids(&ask(&it, "shop", &itself)), [&one]);
}

#[test]
fn gitlab_and_buildkite_say_their_base_in_variables() {
    let (it, [one, _, three, four]) = branched();
    let gitlab = Environment::of([("CI", "true"), ("GITLAB_CI", "true")]).with("CI_COMMIT_SHA", four.clone());
    let push = gitlab.clone().with("CI_COMMIT_BEFORE_SHA", three.clone());
    assert_eq!(oids(&ask(&it, "shop", &push)), [&three]);
    let first = gitlab.clone().with("CI_COMMIT_BEFORE_SHA", "0".repeat(40));
    assert_eq!(oids(&ask(&it, "shop", &first)), [&one]);
    let merge = gitlab
        .with("CI_MERGE_REQUEST_DIFF_BASE_SHA", one.clone())
        .with("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main");
    assert_eq!(oids(&ask(&it, "shop", &merge)), [&one]);
    let buildkite = Environment::of([
        ("CI", "true"),
        ("BUILDKITE", "true"),
        ("BUILDKITE_PULL_REQUEST", "7"),
        ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main"),
    ])
    .with("BUILDKITE_COMMIT", four);
    assert_eq!(oids(&ask(&it, "shop", &buildkite)), [&one]);
}

#[test]
fn in_ci_a_file_that_a_step_left_behind_hides_no_commit() {
    let it = Sandbox::repository();
    let one = it.commit("shop", "a", "1");
    it.commit("shop", "a", "2");
    it.write("shop/artefact", "x");
    let answer = ask(&it, "shop", &Environment::of([("CI", "true")]));
    assert!(oids(&answer).contains(&one.as_str()));
}

#[test]
fn the_merge_that_a_pull_request_job_checks_out_is_compared_with_the_side_of_the_base() {
    let (it, [_, two, _, four]) = branched();
    it.git("shop", &["checkout", "-q", "--detach", "main"]);
    it.git("shop", &["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    let payload =
        format!(r#"{{"pull_request":{{"base":{{"ref":"main","sha":"{two}"}},"head":{{"sha":"{four}"}}}}}}"#);
    let environment = github(&it, "pull_request", &payload).with("GITHUB_BASE_REF", "main");
    assert_eq!(oids(&ask(&it, "shop", &environment)), [&two]);
}

#[test]
fn the_base_branch_may_have_moved_on_since_the_event() {
    let (it, [one, two, _, four]) = branched();
    it.git("shop", &["checkout", "-q", "--detach", "main"]);
    it.git("shop", &["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    let payload =
        format!(r#"{{"pull_request":{{"base":{{"ref":"main","sha":"{one}"}},"head":{{"sha":"{four}"}}}}}}"#);
    let environment = github(&it, "pull_request", &payload).with("GITHUB_BASE_REF", "main");
    assert_eq!(oids(&ask(&it, "shop", &environment)), [&two]);
}

#[test]
fn a_pull_request_whose_base_was_not_fetched_says_which_fetch_mends_it() {
    let (it, _) = branched();
    let lost = "1234567890123456789012345678901234567890";
    let payload = format!(r#"{{"pull_request":{{"base":{{"ref":"release","sha":"{lost}"}}}}}}"#);
    let environment = github(&it, "pull_request", &payload).with("GITHUB_BASE_REF", "release");
    let answer = ask(&it, "shop", &environment);
    assert!(answer.missing[0].fetch_hint.contains("git fetch origin release"), "{answer:?}");
}

#[test]
fn a_base_that_is_head_itself_compares_nothing_and_is_not_enough() {
    let (it, [one, _, _, four]) = branched();
    let payload =
        format!(r#"{{"pull_request":{{"base":{{"ref":"side","sha":"{four}"}},"head":{{"sha":"{four}"}}}}}}"#);
    let environment = github(&it, "pull_request_target", &payload).with("GITHUB_BASE_REF", "side");
    assert!(oids(&ask(&it, "shop", &environment)).contains(&one.as_str()));
}

#[test]
fn in_a_hook_the_index_of_the_running_commit_decides_whether_anything_differs() {
    let it = Sandbox::repository();
    let one = it.commit("shop", "a", "1");
    let two = it.commit("shop", "a", "2");
    std::fs::copy(it.at("shop/.git/index"), it.at("before")).unwrap();
    it.write("shop/new", "x");
    it.git("shop", &["add", "new"]);
    std::fs::copy(it.at("shop/.git/index"), it.at("after")).unwrap();
    let staged = |index: &str| {
        let environment = it.environment().with("GIT_INDEX_FILE", it.at(index));
        let repository = sandbox::found(&it.at("shop"), &environment);
        bases(&repository, &plain(), Judged::Index, &[]).unwrap()
    };
    assert_eq!(oids(&staged("before")), [&one]);
    assert_eq!(oids(&staged("after")), [&two]);
}

#[test]
fn a_linked_work_tree_is_compared_by_its_own_branch() {
    let (it, [one, two, ..]) = branched();
    it.git("shop", &["worktree", "add", "-q", "../linked", "main"]);
    assert_eq!(oids(&ask(&it, "linked", &plain())), [&one]);
    it.write("linked/new", "x");
    assert_eq!(oids(&ask(&it, "linked", &plain())), [&two]);
}
