//! Which files are seen, and what is read from where.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up must fail")]

mod sandbox;

use guard::io::git::Repository;
use guard::io::tree::{EntryKind, Tree};
use sandbox::{Sandbox, found};

fn paths(tree: &Tree) -> Vec<&str> {
    tree.entries().iter().map(|entry| entry.path.as_str()).collect()
}

fn text(tree: &Tree, path: &str) -> String {
    String::from_utf8(tree.read(path).unwrap()).unwrap()
}

#[test]
fn the_work_tree_has_tracked_and_untracked_files_but_no_ignored_ones() {
    let it = Sandbox::repository();
    it.write("shop/.gitignore", "*.log\n");
    it.write("shop/forced.log", "tracked");
    it.git("shop", &["add", "-f", "forced.log"]);
    it.commit("shop", "a b/ü.txt", "x");
    it.write("shop/new.txt", "n");
    it.write("shop/ignored.log", "i");
    it.write("shop/gone.txt", "g");
    it.git("shop", &["add", "gone.txt"]);
    std::fs::remove_file(it.at("shop/gone.txt")).unwrap();
    let tree = Tree::worktree(&it.find("shop/a b")).unwrap();
    assert_eq!(paths(&tree), [".gitignore", "a b/ü.txt", "forced.log", "new.txt"]);
    assert_eq!(text(&tree, "forced.log"), "tracked");
    assert!(!tree.entry("new.txt").unwrap().tracked);
    assert!(tree.read("gone.txt").is_err());
}

#[test]
fn the_index_is_read_as_it_is_staged_whatever_the_work_tree_says() {
    let it = Sandbox::repository();
    it.commit("shop", "a.txt", "one");
    it.commit("shop", "b.txt", "bee");
    it.write("shop/a.txt", "two");
    it.git("shop", &["add", "a.txt"]);
    it.write("shop/a.txt", "six");
    it.write("shop/untracked.txt", "u");
    std::fs::remove_file(it.at("shop/b.txt")).unwrap();
    let tree = Tree::staged(&it.find("shop")).unwrap();
    assert_eq!(paths(&tree), ["a.txt", "b.txt"]);
    assert_eq!((text(&tree, "a.txt"), text(&tree, "b.txt")), ("two".into(), "bee".into()));
}

#[test]
fn a_file_that_git_was_told_not_to_look_at_is_read_from_the_index() {
    let it = Sandbox::repository();
    it.commit("shop", "a.txt", "bad");
    it.commit("shop", "b.txt", "sparse");
    it.git("shop", &["update-index", "--assume-unchanged", "a.txt"]);
    it.git("shop", &["update-index", "--skip-worktree", "b.txt"]);
    it.write("shop/a.txt", "good");
    std::fs::remove_file(it.at("shop/b.txt")).unwrap();
    let repository = it.find("shop");
    assert_eq!(text(&Tree::staged(&repository).unwrap(), "a.txt"), "bad");
    let tree = Tree::worktree(&repository).unwrap();
    assert_eq!((text(&tree, "a.txt"), text(&tree, "b.txt")), ("good".into(), "sparse".into()));
}

#[cfg(unix)]
#[test]
fn links_are_named_and_not_followed() {
    use std::os::unix::fs::symlink;
    let it = Sandbox::repository();
    it.write("outside.sh", "rm");
    it.write("shop/lib/real.sh", "x");
    symlink("lib/real.sh", it.at("shop/inner")).unwrap();
    symlink("../../outside.sh", it.at("shop/lib/outer")).unwrap();
    symlink("/etc/passwd", it.at("shop/absolute")).unwrap();
    it.git("shop", &["add", "-A"]);
    it.git("shop", &["commit", "-qm", "links"]);
    let repository = it.find("shop");
    let trees = [
        Tree::worktree(&repository).unwrap(),
        Tree::staged(&repository).unwrap(),
        Tree::revision(&repository, "HEAD").unwrap(),
    ];
    for tree in &trees {
        let kind = |path: &str| tree.entry(path).unwrap().kind.clone();
        assert_eq!(kind("inner"), EntryKind::Symlink { target: "lib/real.sh".into(), outside: false });
        assert_eq!(
            kind("lib/outer"),
            EntryKind::Symlink { target: "../../outside.sh".into(), outside: true }
        );
        assert!(matches!(kind("absolute"), EntryKind::Symlink { outside: true, .. }));
        assert!(tree.read("inner").is_err());
    }
    std::fs::rename(it.at("shop/lib"), it.at("elsewhere")).unwrap();
    symlink("../elsewhere", it.at("shop/lib")).unwrap();
    let tree = Tree::worktree(&repository).unwrap();
    assert!(!tree.contains("lib/real.sh"), "a file behind a link is not in the tree");
}

#[test]
fn a_commit_is_read_as_it_was() {
    let it = Sandbox::repository();
    let first = it.commit("shop", "a.txt", "old\r\nbytes");
    it.commit("shop", "a.txt", "new");
    let tree = Tree::revision(&it.find("shop"), &first).unwrap();
    assert_eq!(text(&tree, "a.txt"), "old\r\nbytes");
}

#[test]
fn a_git_that_stays_says_what_one_for_each_question_says() {
    let it = Sandbox::repository();
    let first = it.commit("shop", "a.txt", "old\nbytes\n");
    it.write("shop/deep/er/ü b.sh", "#!/bin/sh\n");
    it.write("shop/empty", "");
    it.git("shop", &["add", "-A"]);
    it.git("shop", &["update-index", "--chmod=+x", "deep/er/ü b.sh"]);
    let second = it.commit("shop", "a.txt", "new");
    it.git("shop", &["tag", "-a", "-m", "t", "v1"]);
    let one_each = it.find("shop");
    let staying = one_each.keeping();
    let names = [
        "HEAD",
        "HEAD^",
        "v1",
        "main",
        &first[..9],
        "refs/heads/none",
        "HEAD:a.txt",
        "",
        "a b",
        "a\nHEAD",
        "-x",
    ];
    for name in names {
        assert_eq!(staying.commit(name).unwrap(), one_each.commit(name).unwrap(), "{name:?}");
    }
    let references = ["refs/heads/none", "HEAD", "refs/heads/main"];
    assert_eq!(staying.commits(&references).unwrap(), one_each.commits(&references).unwrap());
    assert_eq!(staying.parents(&second).unwrap(), one_each.parents(&second).unwrap());
    assert!(staying.parents(&"0".repeat(40)).is_err());
    let (few, each) = (staying.list("HEAD").unwrap(), one_each.list("HEAD").unwrap());
    let sorted = |mut files: Vec<guard::io::git::Listed>| {
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files
    };
    assert_eq!(sorted(few.clone()), sorted(each));
    let absent = "0".repeat(40);
    let oids: Vec<&str> = few.iter().map(|file| file.oid.as_str()).chain([absent.as_str()]).collect();
    assert_eq!(staying.blobs(oids.iter().copied()).unwrap(), one_each.blobs(oids).unwrap());
    // What is new is seen, and after its end the answers are the same.
    let third = it.commit("shop", "a.txt", "newer");
    assert_eq!(staying.commit("HEAD").unwrap().as_deref(), Some(third.as_str()));
    staying.rest();
    assert_eq!(staying.commit("HEAD").unwrap().as_deref(), Some(third.as_str()));
    assert_eq!(text(&Tree::revision(&staying, &first).unwrap(), "a.txt"), "old\nbytes\n");
}

#[test]
fn submodules_and_repositories_inside_are_marked() {
    let it = Sandbox::repository();
    it.commit("shop", "a.txt", "x");
    it.git("", &["clone", "-q", "shop", "library"]);
    it.git("shop", &["submodule", "add", "-q", "../library", "vendor"]);
    it.git("", &["clone", "-q", "library", "shop/inner"]);
    let tree = Tree::worktree(&it.find("shop")).unwrap();
    assert_eq!(tree.entry("vendor").unwrap().kind, EntryKind::Submodule);
    assert_eq!(tree.entry("inner").unwrap().kind, EntryKind::Repository);
    assert_eq!(it.find("shop/vendor").root(), it.at("shop/vendor"));
}

#[test]
fn a_merge_that_is_not_resolved_cannot_be_read_from_the_index() {
    let it = Sandbox::repository();
    it.commit("shop", "a.txt", "base");
    it.git("shop", &["checkout", "-qb", "other"]);
    it.commit("shop", "a.txt", "theirs");
    it.git("shop", &["checkout", "-q", "main"]);
    it.commit("shop", "a.txt", "ours");
    let merged = std::process::Command::new("git")
        .args(["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "merge", "-q", "other"])
        .env_clear()
        .envs(it.environment().iter())
        .current_dir(it.at("shop"))
        .output()
        .unwrap();
    assert!(!merged.status.success());
    let repository = it.find("shop");
    let staged = Tree::staged(&repository).unwrap();
    assert_eq!(paths(&staged), ["a.txt"]);
    assert!(matches!(staged.entry("a.txt").unwrap().kind, EntryKind::Unreadable { .. }));
    assert!(text(&Tree::worktree(&repository).unwrap(), "a.txt").contains("<<<<<<<"));
}

#[test]
fn a_folder_outside_git_is_walked() {
    let it = Sandbox::new();
    it.write("plain/src/a.sh", "x");
    it.write("plain/node_modules/p/b.js", "x");
    assert!(Repository::find(&it.at("plain"), &it.environment()).unwrap().is_none());
    let tree = Tree::around(&it.at("plain"), &it.environment()).unwrap();
    assert_eq!(paths(&tree), ["src/a.sh"]);
    assert_eq!(text(&tree, "src/a.sh"), "x");
}

#[test]
fn variables_of_another_repository_misdirect_nothing() {
    let it = Sandbox::repository();
    it.commit("shop", "a.txt", "x");
    it.git("", &["clone", "-q", "shop", "other"]);
    it.commit("other", "b.txt", "x");
    let environment = it
        .environment()
        .with("GIT_DIR", it.at("other/.git"))
        .with("GIT_WORK_TREE", it.at("other"))
        .with("GIT_INDEX_FILE", it.at("other/.git/index"));
    let repository = found(&it.at("shop"), &environment);
    assert_eq!(repository.root(), it.at("shop"));
    assert_eq!(paths(&Tree::staged(&repository).unwrap()), ["a.txt"]);
    let only_index = it.environment().with("GIT_INDEX_FILE", it.at("other/.git/index"));
    assert_eq!(paths(&Tree::staged(&found(&it.at("shop"), &only_index)).unwrap()), ["a.txt"]);
}

#[test]
fn a_hook_sees_the_index_of_the_running_commit() {
    let it = Sandbox::repository();
    it.commit("shop", "a.txt", "x");
    std::fs::copy(it.at("shop/.git/index"), it.at("shop/.git/next-index-1.lock")).unwrap();
    it.write("shop/b.txt", "x");
    it.git("shop", &["add", "b.txt"]);
    let environment =
        it.environment().with("GIT_INDEX_FILE", ".git/next-index-1.lock").with("GIT_DIR", ".git");
    assert_eq!(paths(&Tree::staged(&found(&it.at("shop"), &environment)).unwrap()), ["a.txt"]);
    assert_eq!(paths(&Tree::staged(&it.find("shop")).unwrap()), ["a.txt", "b.txt"]);
    std::fs::copy(it.at("shop/.git/next-index-1.lock"), it.at("mine")).unwrap();
    let environment = it.environment().with("GIT_INDEX_FILE", it.at("mine"));
    let repository = found(&it.at("shop"), &environment);
    assert_eq!(paths(&Tree::staged(&repository).unwrap()), ["a.txt"]);
    assert_eq!(paths(&Tree::worktree(&repository).unwrap()), ["a.txt", "b.txt"]);
}

#[test]
fn a_linked_work_tree_has_its_own_files() {
    let it = Sandbox::repository();
    it.commit("shop", "a.txt", "x");
    it.git("shop", &["worktree", "add", "-q", "-b", "side", "../side"]);
    it.commit("side", "b.txt", "x");
    let environment = it
        .environment()
        .with("GIT_DIR", it.at("shop/.git/worktrees/side"))
        .with("GIT_INDEX_FILE", it.at("shop/.git/worktrees/side/index"));
    let repository = found(&it.at("side"), &environment);
    assert_eq!(paths(&Tree::staged(&repository).unwrap()), ["a.txt", "b.txt"]);
    assert_eq!(paths(&Tree::worktree(&repository).unwrap()), ["a.txt", "b.txt"]);
    // The same variables, left over in the main work tree.
    assert_eq!(paths(&Tree::staged(&found(&it.at("shop"), &environment)).unwrap()), ["a.txt"]);
}

#[test]
fn replaced_objects_and_configuration_in_variables_change_nothing() {
    let it = Sandbox::repository();
    it.commit("shop", "a.txt", "bad");
    let bad = it.git("shop", &["rev-parse", "HEAD:a.txt"]);
    it.write("good", "good");
    let good = it.git("shop", &["hash-object", "-w", "../good"]);
    it.git("shop", &["replace", &bad, &good]);
    let environment = it
        .environment()
        .with("GIT_CONFIG_COUNT", "1")
        .with("GIT_CONFIG_KEY_0", "core.excludesFile")
        .with("GIT_CONFIG_VALUE_0", it.at("excludes"));
    it.write("excludes", "*\n");
    it.write("shop/new.txt", "x");
    let repository = found(&it.at("shop"), &environment);
    assert_eq!(text(&Tree::revision(&repository, "HEAD").unwrap(), "a.txt"), "bad");
    assert!(Tree::worktree(&repository).unwrap().contains("new.txt"));
}

#[test]
fn a_repository_that_git_refuses_to_read_is_no_loose_folder() {
    let it = Sandbox::new();
    it.write("broken/.git", "gitdir: /no/such/place\n");
    assert!(Repository::find(&it.at("broken"), &it.environment()).is_err());
    it.git("", &["init", "-q", "--bare", "bare"]);
    assert!(Repository::find(&it.at("bare"), &it.environment()).is_err());
}

#[test]
fn a_work_tree_whose_git_directory_stands_elsewhere_is_found_by_the_variables_of_its_hook() {
    let it = Sandbox::repository();
    it.commit("shop", "a.txt", "x");
    std::fs::rename(it.at("shop/.git"), it.at("elsewhere.git")).unwrap();
    let environment =
        it.environment().with("GIT_DIR", it.at("elsewhere.git")).with("GIT_WORK_TREE", it.at("shop"));
    let repository = found(&it.at("shop"), &environment);
    assert_eq!(paths(&Tree::staged(&repository).unwrap()), ["a.txt"]);
    assert!(Repository::find(&it.at(""), &environment).unwrap().is_none(), "the folder above is not in it");
}

#[cfg(unix)]
#[test]
fn what_is_untracked_is_what_git_says_in_every_odd_place() {
    use std::os::unix::fs::symlink;
    let it = Sandbox::repository();
    for path in ["a/b/c.txt", "file", "linked/x.txt", "ignored/forced.txt", "deep/.keep", "Mixed/one.txt"] {
        it.write(&format!("shop/{path}"), "tracked");
    }
    it.write("shop/.gitignore", "*.log\n!kept.log\nignored/\n/only-here\n");
    it.git("shop", &["add", "-f", "."]);
    it.git("shop", &["commit", "-qm", "all"]);
    it.git("", &["clone", "-q", "shop", "library"]);
    it.git("shop", &["submodule", "add", "-q", "../library", "vendor"]);
    it.git("", &["clone", "-q", "library", "shop/a/inner"]);
    for path in [
        "a/new.txt",
        "a/b/x.log",
        "a/b/kept.log",
        "ignored/new.txt",
        "only-here/x",
        "a/only-here/x",
        "vendor/new.txt",
        "new/deeper/x.txt",
        "new/deeper/y.log",
        "new/.gitignore",
        "mixed/one.txt",
        "Mixed/two.txt",
        "é/ü.txt",
        "a/.gitignore",
        "a/secret/x",
        "excluded/x",
        "deep/b.txt",
        "[a]/x*.txt",
        "two  words/ x",
        ":(top)x",
    ] {
        it.write(&format!("shop/{path}"), "new");
    }
    it.write("shop/a/.gitignore", "secret\n");
    it.write("shop/new/.gitignore", "!y.log\n");
    it.write("shop/.git/info/exclude", "excluded\n");
    std::fs::create_dir_all(it.at("shop/empty/inside")).unwrap();
    // A tracked file that is a folder now, and a tracked folder that is a link now.
    std::fs::remove_file(it.at("shop/file")).unwrap();
    it.write("shop/file/x.txt", "new");
    std::fs::rename(it.at("shop/linked"), it.at("elsewhere")).unwrap();
    symlink("../elsewhere", it.at("shop/linked")).unwrap();
    symlink("nowhere", it.at("shop/a/dangling")).unwrap();
    let said = it.git("shop", &["ls-files", "--others", "--exclude-standard", "-z"]);
    let mut said: Vec<&str> = said.split('\0').filter(|path| !path.is_empty()).collect();
    said.sort_unstable();
    let found = it.find("shop").untracked().unwrap();
    let found: Vec<&str> = found.iter().map(|path| std::str::from_utf8(path).unwrap()).collect();
    assert_eq!(found, said);
    assert!(found.contains(&"a/inner/") && found.contains(&"file/x.txt") && !found.contains(&"a/secret/x"));
}
