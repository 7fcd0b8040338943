//! What a careful stranger tries with git, with a job and with a signature.

use crate::project::{CONTRACT, LOCK, SIGNERS};
use crate::sandbox::Sandbox;
use crate::shop::{Shop, history};

#[test]
fn a_signer_may_sign_that_he_leaves_and_no_more_after_that() {
    let shop = Shop::new();
    shop.write(SIGNERS, &shop.signer("new"));
    shop.freeze().exits(2);
    assert_ne!(shop.approve("new").code, 0, "the one who comes cannot let himself in");
    shop.approve("dba").exits(0);
    shop.commit("handed over");
    shop.clean();
    shop.widen();
    shop.freeze().exits(2);
    assert_ne!(shop.approve("dba").code, 0);
    shop.approve("new").exits(0);
    shop.clean();
}

#[test]
fn an_approval_fits_one_lock_and_no_other() {
    let shop = Shop::new();
    shop.widen();
    shop.freeze().exits(2);
    shop.approve("dba").exits(0);
    let folder = shop.it.at("shop/contract/approvals");
    let first = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let signature = std::fs::read_to_string(&first).unwrap();
    // A second change in the same commit is not what was signed.
    shop.edit(CONTRACT, "\"price\"]", "\"price\", \"slug\"]");
    shop.freeze().exits(2);
    shop.says(&["contract/weakened"]);
    // Nor does the signature fit under the other lock's name.
    let name = shop.it.run("shop", "sha256sum", &[LOCK])[..64].to_owned();
    shop.write(&format!("contract/approvals/{name}.sig"), &signature);
    shop.says(&["contract/weakened"]);
    shop.write(&format!("contract/approvals/{name}.sig"), "");
    shop.says(&["contract/weakened"]);
    shop.write(
        &format!("contract/approvals/{name}.sig"),
        &signature.replace("SSH SIGNATURE", "PGP SIGNATURE"),
    );
    shop.says(&["contract/weakened"]);
    shop.approve("dba").exits(0);
    shop.clean();
    // White space and line ends of the armour say nothing.
    let good = shop.read(&format!("contract/approvals/{name}.sig"));
    shop.write(&format!("contract/approvals/{name}.sig"), &good.replace('\n', "\r\n"));
    shop.clean();
    // A name in capitals, a folder deeper, a link: not where an approval belongs.
    std::fs::remove_file(folder.join(format!("{name}.sig"))).unwrap();
    shop.write(&format!("contract/approvals/{}.sig", name.to_uppercase()), &good);
    shop.says(&["contract/weakened"]);
    shop.write(&format!("contract/approvals/more/{name}.sig"), &good);
    shop.says(&["contract/weakened"]);
}

#[test]
fn an_approved_change_may_be_picked_and_reverted_and_not_picked_again() {
    let shop = Shop::new();
    shop.git(&["checkout", "-qb", "side"]);
    shop.widen();
    shop.freeze().exits(2);
    shop.approve("dba").exits(0);
    let wide = shop.commit("wide");
    shop.git(&["checkout", "-q", "main"]);
    shop.write("README.md", "shop\n");
    shop.commit("meanwhile");
    shop.git(&["cherry-pick", &wide]);
    shop.clean();
    shop.git(&["revert", "--no-edit", "HEAD"]);
    // The old lock is back, with a serial that fell.
    shop.says(&["contract/weakened"]);
    shop.freeze().exits(0);
    shop.commit("frozen anew");
    shop.says(&[]);
    shop.git(&["checkout", "-q", &wide, "--", CONTRACT, LOCK, "contract/approvals"]);
    shop.says(&["contract/weakened"]);
    shop.commit("picked again");
    shop.says(&["contract/weakened"]);
}

#[test]
fn what_git_is_told_to_overlook_is_seen() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let shop = Shop::new();
        shop.git(&["update-index", flag, CONTRACT, LOCK]);
        shop.widen();
        shop.freeze().exits(2);
        assert!(shop.history().contains("contract/weakened"), "{flag}: {:#?}", shop.check());
    }
    let shop = Shop::new();
    shop.write(".git/info/exclude", "contract/\nscripts/\n");
    shop.write(".gitattributes", "contract/** -diff -text merge=ours export-ignore\n");
    shop.git(&["config", "core.excludesFile", ".git/info/exclude"]);
    shop.git(&["config", "core.fileMode", "false"]);
    shop.git(&["config", "diff.ignoreSubmodules", "all"]);
    shop.widen();
    shop.freeze().exits(2);
    shop.says(&["contract/weakened"]);
}

#[test]
fn a_contract_that_is_not_checked_out_is_taken_from_the_index() {
    let shop = Shop::new();
    shop.widen();
    shop.freeze().exits(2);
    shop.commit("wide");
    shop.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/contract/"]);
    assert!(!shop.it.at("shop/contract").exists());
    shop.says(&["contract/weakened"]);
    shop.git(&["reset", "-q", "--hard", "HEAD^"]);
    assert!(!shop.it.at("shop/contract").exists());
    shop.clean();
}

#[test]
fn variables_of_git_that_lead_elsewhere_hide_nothing() {
    let shop = Shop::new();
    shop.widen();
    shop.freeze().exits(2);
    shop.commit("wide");
    shop.it.git("", &["init", "-q", "-b", "main", "other"]);
    shop.it.commit("other", "README.md", "other\n");
    let other = shop.it.at("other/.git");
    let other = other.to_str().unwrap();
    let objects = shop.it.at("other/.git/objects");
    let rows: &[(&str, &str)] = &[
        ("GIT_NAMESPACE", "none"),
        ("GIT_CEILING_DIRECTORIES", "/"),
        ("GIT_OBJECT_DIRECTORY", objects.to_str().unwrap()),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects.to_str().unwrap()),
        ("GIT_GRAFT_FILE", "/dev/null"),
        ("GIT_SHALLOW_FILE", "/dev/null"),
        ("GIT_REPLACE_REF_BASE", "refs/none"),
        ("GIT_WORK_TREE", "/"),
        ("GIT_COMMON_DIR", other),
        ("GIT_PREFIX", "app/"),
        ("GIT_LITERAL_PATHSPECS", "1"),
        ("GIT_DEFAULT_HASH", "sha256"),
    ];
    for (name, value) in rows {
        let done = shop.view().guard_with(&["check"], &[(name, value)]);
        assert_eq!(done.code, 1, "{name}: {}{}", done.out, done.err);
    }
}

#[test]
fn a_default_branch_of_any_name_is_the_base() {
    for name in ["master", "trunk"] {
        let shop = Shop::new();
        shop.git(&["branch", "-m", "main", name]);
        shop.it.git("", &["clone", "-q", "shop", "clone"]);
        shop.it.git("clone", &["checkout", "-qb", "side"]);
        let clone = shop.beside("clone");
        clone.clean();
        for at in 0..3 {
            let text = shop.read(CONTRACT).replace("[\"name\"]", "[\"name\", \"price\"]");
            shop.it.write("clone/contract/mutation.toml", text);
            shop.it.write("clone/README.md", format!("{at}\n"));
            clone.guard(&["contract", "freeze"]).exits(2);
            shop.it.git("clone", &["add", "-A"]);
            shop.it.git("clone", &["commit", "-q", "-m", "wide"]);
            assert!(history(&clone.check()).contains("contract/weakened"), "{name}");
        }
    }
}

#[test]
fn a_clone_of_some_depth_says_when_the_base_is_missing_and_when_not() {
    let shop = Shop::new();
    for at in 0..4 {
        shop.write("README.md", &format!("{at}\n"));
        shop.commit("more");
    }
    shop.git(&["checkout", "-qb", "side"]);
    shop.widen();
    shop.freeze().exits(2);
    shop.commit("wide");
    let url = format!("file://{}", shop.it.at("shop").display());
    shop.it.git("", &["clone", "-q", "--depth", "1", "-b", "side", &url, "one"]);
    let found = history(&shop.beside("one").check());
    assert_eq!(found, ["contract/no-base".to_owned()].into(), "only the tip is there");
    shop.it.git("", &["clone", "-q", "--depth", "3", "--no-single-branch", "-b", "side", &url, "three"]);
    assert!(history(&shop.beside("three").check()).contains("contract/weakened"));
    shop.it.git("", &["clone", "-q", "--filter=blob:none", "-b", "side", &url, "partial"]);
    let found = history(&shop.beside("partial").check());
    assert!(!found.is_empty(), "a base whose files are missing is no base");
    shop.it.git("", &["clone", "-q", "--bare", &url, "bare.git"]);
    let done = shop.beside("bare.git").guard(&["check"]);
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
}

#[test]
fn a_tree_in_the_middle_of_something_is_judged_as_it_stands() {
    // A rebase that stopped, a conflict in the contract, a stash: none is a way past.
    let shop = Shop::new();
    shop.git(&["checkout", "-qb", "side"]);
    shop.edit(CONTRACT, "[\"name\"]", "[\"name\", \"price\"]");
    shop.freeze().exits(2);
    shop.commit("wide");
    shop.git(&["checkout", "-q", "main"]);
    shop.edit(CONTRACT, "[\"name\"]", "[\"name\", \"slug\"]");
    shop.freeze().exits(2);
    shop.approve("dba").exits(0);
    shop.commit("wide otherwise");
    shop.clean();
    let rebase = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        shop.git(&["rebase", "main", "side"]);
    }));
    assert!(rebase.is_err());
    assert!(shop.history().contains("contract/invalid"), "conflict marks");
    let text = shop.read(CONTRACT);
    let resolved = text
        .lines()
        .filter(|line| {
            !line.starts_with("<<<<<<<") && !line.starts_with("=======") && !line.starts_with(">>>>>>>")
        })
        .filter(|line| !line.contains("\"slug\"]"))
        .collect::<Vec<_>>()
        .join("\n");
    shop.write(CONTRACT, &format!("{resolved}\n"));
    shop.freeze().exits(2);
    assert!(shop.history().contains("contract/weakened"));
    shop.git(&["add", "-A"]);
    assert!(history(&shop.view().check_with(&["--staged"], &[])).contains("contract/weakened"));
    shop.git(&["-c", "core.editor=true", "rebase", "--continue"]);
    shop.says(&["contract/weakened"]);
    let shop = Shop::new();
    shop.widen();
    shop.freeze().exits(2);
    shop.git(&["stash", "-q"]);
    shop.clean();
    shop.git(&["stash", "pop", "-q"]);
    shop.says(&["contract/weakened"]);
}

#[test]
fn an_amended_commit_is_judged_as_it_is_now() {
    let shop = Shop::new();
    shop.write("README.md", "shop\n");
    shop.commit("second");
    shop.widen();
    shop.freeze().exits(2);
    shop.git(&["add", "-A"]);
    shop.git(&["commit", "-q", "--amend", "--no-edit"]);
    shop.says(&["contract/weakened"]);
    shop.approve("dba").exits(0);
    shop.git(&["add", "-A"]);
    shop.git(&["commit", "-q", "--amend", "--no-edit"]);
    shop.clean();
}

#[test]
fn another_repository_inside_is_not_this_one() {
    let shop = Shop::new();
    shop.it.git("", &["init", "-q", "-b", "main", "shop/vendor"]);
    shop.it.write("shop/vendor/contract/mutation.toml", "version = 1\n");
    shop.it.write("shop/vendor/scripts/x.sh", "psql -c 'DELETE FROM users'\n");
    let it: &Sandbox = &shop.it;
    it.git("shop/vendor", &["add", "-A"]);
    it.git("shop/vendor", &["commit", "-q", "-m", "vendor"]);
    let found = shop.check();
    assert!(history(&found).is_empty(), "{found:#?}");
    let inner = history(&shop.beside("shop/vendor").check());
    assert!(inner.contains("contract/unfrozen"), "{inner:?}");
}
