//! Jobs of CI: what the provider says, and what is compared whatever it says.

use crate::project::CONTRACT;
use crate::shop::{Shop, history};

#[test]
fn jobs_of_other_providers_are_compared_with_their_base() {
    let shop = Shop::new();
    let base = shop.git(&["rev-parse", "HEAD"]);
    shop.git(&["checkout", "-qb", "side"]);
    shop.widen();
    shop.freeze().exits(2);
    shop.commit("wide");
    shop.write("README.md", "shop\n");
    let head = shop.commit("more");
    let zero = "0".repeat(40);
    let ci = ("CI", "true");
    let rows: Vec<(&str, Vec<(&str, &str)>)> = vec![
        (
            "gitlab merge request",
            vec![
                ("GITLAB_CI", "true"),
                ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
                ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base),
                ("CI_COMMIT_SHA", &head),
            ],
        ),
        (
            "gitlab with a base of one's own",
            vec![("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &head)],
        ),
        (
            "gitlab with a branch of one's own",
            vec![
                ("GITLAB_CI", "true"),
                ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "side"),
                ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &head),
            ],
        ),
        (
            "gitlab push",
            vec![("GITLAB_CI", "true"), ("CI_COMMIT_BEFORE_SHA", &base), ("CI_COMMIT_SHA", &head)],
        ),
        (
            "gitlab first push",
            vec![("GITLAB_CI", "true"), ("CI_COMMIT_BEFORE_SHA", &zero), ("CI_COMMIT_SHA", &head)],
        ),
        (
            "buildkite pull request",
            vec![
                ("BUILDKITE", "true"),
                ("BUILDKITE_PULL_REQUEST", "7"),
                ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main"),
                ("BUILDKITE_COMMIT", &head),
            ],
        ),
        (
            "buildkite push",
            vec![("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "false"), ("BUILDKITE_COMMIT", &head)],
        ),
        (
            "buildkite against itself",
            vec![
                ("BUILDKITE", "true"),
                ("BUILDKITE_PULL_REQUEST", "7"),
                ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "side"),
            ],
        ),
        ("circleci", vec![("CIRCLECI", "true"), ("CIRCLE_BRANCH", "side"), ("CIRCLE_SHA1", &head)]),
        (
            "jenkins",
            vec![
                ("JENKINS_URL", "https://ci.example/"),
                ("CHANGE_TARGET", "side"),
                ("GIT_PREVIOUS_COMMIT", &head),
            ],
        ),
        ("bitbucket", vec![("BITBUCKET_BUILD_NUMBER", "1"), ("BITBUCKET_PR_DESTINATION_BRANCH", "side")]),
        ("azure", vec![("TF_BUILD", "True"), ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/side")]),
        ("an unknown one", vec![]),
    ];
    for (name, mut variables) in rows {
        variables.push(ci);
        let found = history(&shop.view().check_with(&[], &variables));
        assert!(found.contains("contract/weakened"), "{name}: {found:?}");
    }
}

#[test]
fn a_push_of_several_commits_is_judged_as_a_whole() {
    let shop = Shop::new();
    let before = shop.git(&["rev-parse", "HEAD"]);
    let event = shop.it.at("event.json");
    let push = |after: &str| {
        std::fs::write(&event, format!(r#"{{"before":"{before}","after":"{after}"}}"#)).unwrap();
        let variables = [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_SHA", after),
            ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
        ];
        history(&shop.view().check_with(&[], &variables))
    };
    shop.widen();
    shop.freeze().exits(2);
    shop.commit("wide");
    shop.write("README.md", "shop\n");
    let second = shop.commit("hidden behind it");
    assert!(push(&second).contains("contract/weakened"));
    shop.git(&["rm", "-rq", "contract"]);
    let third = shop.commit("without a contract");
    assert!(push(&third).contains("contract/weakened"));
    shop.git(&["checkout", "-q", &second, "--", "contract"]);
    let fourth = shop.commit("and with one");
    assert!(push(&fourth).contains("contract/weakened"), "nothing is introduced twice");
    shop.git(&["checkout", "-q", &before, "--", CONTRACT]);
    shop.freeze().exits(0);
    let last = shop.commit("as it was");
    assert!(push(&last).is_empty(), "{:#?}", push(&last));
}

#[test]
fn a_merge_queue_is_compared_with_its_base() {
    let shop = Shop::new();
    let base = shop.git(&["rev-parse", "HEAD"]);
    shop.git(&["checkout", "-qb", "gh-readonly-queue/main/pr-7"]);
    shop.widen();
    shop.freeze().exits(2);
    let head = shop.commit("wide");
    let event = shop.it.at("event.json");
    for told in [base.as_str(), head.as_str()] {
        let text = format!(
            r#"{{"merge_group":{{"base_sha":"{told}","base_ref":"refs/heads/main","head_sha":"{head}"}}}}"#
        );
        std::fs::write(&event, text).unwrap();
        let variables = [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "merge_group"),
            ("GITHUB_SHA", head.as_str()),
            ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
        ];
        let found = history(&shop.view().check_with(&[], &variables));
        assert!(found.contains("contract/weakened"), "{told}: {found:?}");
    }
}
