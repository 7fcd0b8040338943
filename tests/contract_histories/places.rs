//! Clones, work trees, hooks, submodules, jobs: what is compared with what, wherever it runs.

use std::collections::BTreeSet;

use crate::project::{CONTRACT, FROZEN, GATES, LOCK};
use crate::sandbox::Sandbox;
use crate::shop::{Shop, copy, history};

#[test]
fn a_pull_request_is_checked_out_as_a_merge() {
    let shop = Shop::new();
    let base = shop.git(&["rev-parse", "HEAD"]);
    shop.git(&["checkout", "-qb", "side"]);
    shop.widen();
    shop.freeze().exits(2);
    let head = shop.commit("wide");
    shop.git(&["checkout", "-q", "--detach", "main"]);
    shop.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    let merge = shop.git(&["rev-parse", "HEAD"]);
    shop.git(&["branch", "pull"]);
    let event = shop.it.at("event.json");
    std::fs::write(
        &event,
        format!(r#"{{"pull_request":{{"base":{{"sha":"{base}","ref":"main"}},"head":{{"sha":"{head}"}}}}}}"#),
    )
    .unwrap();
    let variables = [
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_SHA", merge.as_str()),
        ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
    ];
    assert!(history(&shop.view().check_with(&[], &variables)).contains("contract/weakened"));
    let url = format!("file://{}", shop.it.at("shop").display());
    shop.it.git("", &["clone", "-q", "--depth", "1", "-b", "pull", &url, "clone"]);
    let found = shop.beside("clone").check_with(&[], &variables);
    assert!(
        found.iter().any(|f| f.rule == "contract/no-base" && f.help.contains("fetch-depth: 0")),
        "{found:#?}"
    );
}

#[test]
fn a_hook_in_a_linked_work_tree_judges_that_tree() {
    let shop = Shop::new();
    shop.git(&["worktree", "add", "-q", "../tree", "-b", "side"]);
    shop.write(
        ".git/hooks/pre-commit",
        &format!("#!/bin/sh\nexec '{}' check --staged\n", env!("CARGO_BIN_EXE_guard")),
    );
    shop.it.run("shop", "chmod", &["+x", ".git/hooks/pre-commit"]);
    let text = shop.read(CONTRACT).replace("[\"name\"]", "[\"name\", \"price\"]");
    shop.it.write("tree/contract/mutation.toml", &text);
    shop.beside("tree").guard(&["contract", "freeze"]).exits(2);
    let commit = |more: &[&str]| {
        let arguments = [&["commit", "-q", "-m", "wide"][..], more].concat();
        let run = || drop(shop.it.git("tree", &arguments));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_ok()
    };
    assert!(!commit(&["-a"]));
    assert!(!commit(&["--", CONTRACT, LOCK]));
    let key = shop.it.at("dba");
    shop.beside("tree").guard(&["contract", "approve", "--key", key.to_str().unwrap()]).exits(0);
    shop.it.git("tree", &["add", "-A"]);
    assert!(commit(&[]));
}

#[test]
fn a_shallow_clone_says_which_fetch_mends_it() {
    let shop = Shop::new();
    shop.write("README.md", "shop\n");
    shop.commit("second");
    let url = format!("file://{}", shop.it.at("shop").display());
    shop.it.git("", &["clone", "-q", "--depth", "1", &url, "clone"]);
    let clone = shop.beside("clone");
    let found = clone.check();
    assert_eq!(history(&found), ["contract/no-base".to_owned()].into(), "{found:#?}");
    assert!(found.iter().any(|f| f.help.contains("git fetch --unshallow")), "{found:#?}");
    clone.guard(&["contract", "verify"]).exits(1);
    clone.guard(&["contract", "diff"]).exits(1);
    shop.it.git("clone", &["fetch", "-q", "--unshallow"]);
    clone.clean();
}

#[test]
fn work_trees_detached_heads_and_folders_see_the_same() {
    let shop = Shop::new();
    shop.git(&["worktree", "add", "-q", "../tree", "-b", "side"]);
    let tree = shop.beside("tree");
    tree.clean();
    let text = shop.read(CONTRACT).replace("[\"name\"]", "[\"name\", \"price\"]");
    shop.it.write("tree/contract/mutation.toml", &text);
    tree.guard(&["contract", "freeze"]).exits(2);
    assert!(history(&tree.check()).contains("contract/weakened"));
    assert!(history(&shop.beside("tree/scripts").check()).contains("contract/weakened"));
    shop.clean();
    let key = shop.it.at("dba");
    tree.guard(&["contract", "approve", "--key", key.to_str().unwrap()]).exits(0);
    tree.clean();
    shop.it.git("tree", &["add", "-A"]);
    shop.it.git("tree", &["commit", "-q", "-m", "wide"]);
    shop.it.git("tree", &["checkout", "-q", "--detach"]);
    tree.clean();
    shop.beside("tree/contract").guard(&["contract", "verify"]).exits(0);
    shop.beside("tree/app").guard(&["contract", "freeze"]).exits(0);
    assert!(!shop.it.at("tree/app/contract").exists());
}

#[test]
fn a_hook_sees_the_index_whatever_git_exports() {
    let shop = Shop::new();
    let git = shop.it.at("shop/.git");
    let index = git.join("index");
    let exported = [("GIT_DIR", git.to_str().unwrap()), ("GIT_INDEX_FILE", index.to_str().unwrap())];
    let staged = |more: &[(&str, &str)]| history(&shop.view().check_with(&["--staged"], more));
    shop.widen();
    assert!(staged(&exported).is_empty(), "nothing is staged");
    shop.git(&["add", CONTRACT]);
    assert!(staged(&exported).contains("contract/weakened"));
    assert!(staged(&[("GIT_DIR", ".git"), ("GIT_INDEX_FILE", ".git/index")]).contains("contract/weakened"));
    assert!(staged(&[]).contains("contract/weakened"));
    shop.write(CONTRACT, FROZEN);
    assert!(staged(&exported).contains("contract/weakened"), "the work tree does not count");
    assert!(shop.history().is_empty());
    // `git commit FILE` gives the hook another index than the usual one.
    let other = shop.it.at("other-index");
    shop.git(&["reset", "-q"]);
    std::fs::copy(&index, &other).unwrap();
    assert!(staged(&[exported[0], ("GIT_INDEX_FILE", other.to_str().unwrap())]).is_empty());
    shop.write(
        ".git/hooks/pre-commit",
        &format!("#!/bin/sh\nexec '{}' check --staged\n", env!("CARGO_BIN_EXE_guard")),
    );
    shop.it.run("shop", "chmod", &["+x", ".git/hooks/pre-commit"]);
    shop.write("README.md", "shop\n");
    shop.commit("the hook lets it pass");
    shop.widen();
    shop.git(&["add", "-A"]);
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| shop.commit("the hook stops it")));
    assert!(refused.is_err());
}

#[test]
fn a_submodule_has_a_history_of_its_own() {
    let shop = Shop::new();
    shop.it.git("", &["init", "-q", "-b", "main", "outer"]);
    let url = shop.it.at("shop");
    shop.it.git("outer", &["submodule", "--quiet", "add", url.to_str().unwrap(), "inner"]);
    shop.it.git("outer", &["commit", "-q", "-m", "outer"]);
    let inner = shop.beside("outer/inner");
    inner.clean();
    let text = shop.read(CONTRACT).replace("[\"name\"]", "[\"name\", \"price\"]");
    shop.it.write("outer/inner/contract/mutation.toml", &text);
    inner.guard(&["contract", "freeze"]).exits(2);
    assert!(history(&inner.check()).contains("contract/weakened"));
    assert!(!shop.beside("outer").check().iter().any(|f| f.rule == "contract/weakened"));
}

#[test]
fn a_job_is_compared_with_what_its_event_says_and_no_friendlier() {
    let shop = Shop::new();
    let base = shop.git(&["rev-parse", "HEAD"]);
    shop.git(&["checkout", "-qb", "side"]);
    shop.widen();
    shop.freeze().exits(2);
    let wide = shop.commit("wide");
    shop.write("README.md", "shop\n");
    let head = shop.commit("more");
    let event = shop.it.at("event.json");
    let ask = |name: &str, text: String| {
        std::fs::write(&event, text).unwrap();
        let variables = [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_SHA", head.as_str()),
            ("GITHUB_BASE_REF", if name == "push" { "" } else { "main" }),
            ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
        ];
        history(&shop.view().check_with(&[], &variables))
    };
    let request = |base: &str, head: &str| {
        format!(r#"{{"pull_request":{{"base":{{"sha":"{base}","ref":"main"}},"head":{{"sha":"{head}"}}}}}}"#)
    };
    let weaker: BTreeSet<String> = ["contract/weakened".to_owned()].into();
    assert_eq!(ask("pull_request", request(&base, &head)), weaker);
    assert_eq!(ask("pull_request", request(&wide, &head)), weaker, "a base that is not main's");
    assert_eq!(ask("pull_request", request(&head, &head)), weaker, "HEAD compares nothing");
    assert_eq!(ask("pull_request", "{}".into()), weaker);
    let push = |before: &str| format!(r#"{{"before":"{before}","after":"{head}"}}"#);
    assert_eq!(ask("push", push(&base)), weaker);
    assert_eq!(ask("push", push(&"0".repeat(40))), weaker);
    assert!(ask("push", push(&"1".repeat(40))).contains("contract/no-base"));
    assert!(ask("push", push(&wide)).is_empty(), "the push before was judged then");
    assert_eq!(ask("workflow_dispatch", "{}".into()), weaker);
}

#[test]
fn the_first_contract_passes_and_says_so() {
    let shop = Shop::new();
    shop.git(&["checkout", "-q", "--orphan", "fresh"]);
    shop.git(&["branch", "-D", "main"]);
    shop.git(&["branch", "-m", "main"]);
    shop.clean();
    let root = shop.commit("root");
    shop.clean();
    assert!(shop.guard(&["contract", "diff"]).exits(0).out.contains("first"));
    shop.write("README.md", "shop\n");
    shop.commit("second");
    shop.clean();
    // A repository that gets its contract later.
    let it = Sandbox::repository();
    it.commit("shop", "README.md", "shop\n");
    let later = Shop { it, folder: "shop".into() };
    copy(&shop.it.at("shop/contract"), &later.it.at("shop/contract"));
    for folder in ["scripts", "lib", "app", "old", "tests", "migrations", ".github"] {
        copy(&shop.it.at(&format!("shop/{folder}")), &later.it.at(&format!("shop/{folder}")));
    }
    later.write("guard.toml", GATES);
    later.freeze().exits(0);
    later.clean();
    later.commit("the contract");
    later.clean();
    let said = later.guard(&["check"]);
    assert!(format!("{}{}", said.out, said.err).contains("first introduction passes"), "{}", said.out);
    assert!(!root.is_empty());
}

#[test]
fn windows_line_ends_are_no_change() {
    let shop = Shop::new();
    shop.it.git("", &["-c", "core.autocrlf=true", "clone", "-q", "shop", "clone"]);
    shop.it.git("clone", &["config", "core.autocrlf", "true"]);
    let text = std::fs::read_to_string(shop.it.at("clone/contract/mutation.lock")).unwrap();
    assert!(text.contains("\r\n"));
    let clone = shop.beside("clone");
    clone.clean();
    clone.guard(&["contract", "verify"]).exits(0);
    clone.guard(&["contract", "freeze"]).exits(0);
    let text = std::fs::read_to_string(shop.it.at("clone/contract/mutation.toml")).unwrap();
    shop.it.write("clone/contract/mutation.toml", text.replace("[\"name\"]", "[\"name\", \"price\"]"));
    clone.guard(&["contract", "freeze"]).exits(2);
    let key = shop.it.at("dba");
    clone.guard(&["contract", "approve", "--key", key.to_str().unwrap()]).exits(0);
    clone.clean();
    shop.it.git("clone", &["add", "-A"]);
    shop.it.git("clone", &["commit", "-q", "-m", "wide"]);
    shop.git(&["pull", "-q", "../clone", "main"]);
    shop.clean();
}

#[test]
fn without_git_nothing_can_be_compared() {
    let shop = Shop::new();
    std::fs::remove_dir_all(shop.it.at("shop/.git")).unwrap();
    shop.says(&["contract/no-base"]);
}
