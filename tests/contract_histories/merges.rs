//! Branches, merges, rebases.

use crate::project::{CONTRACT, LOCK};
use crate::shop::{Shop, each, history};

#[test]
fn an_approval_survives_a_merge_a_squash_and_a_rebase() {
    let rows = ["merge", "squash", "rebase"];
    each(
        &rows,
        |r| (*r).to_owned(),
        |how| {
            let shop = Shop::new();
            shop.git(&["checkout", "-qb", "side"]);
            shop.widen();
            shop.freeze().exits(2);
            shop.approve("dba").exits(0);
            shop.commit("wide");
            shop.git(&["checkout", "-q", "main"]);
            shop.write("README.md", "shop\n");
            shop.commit("meanwhile");
            match *how {
                "merge" => drop(shop.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"])),
                "squash" => {
                    shop.git(&["merge", "-q", "--squash", "side"]);
                    shop.commit("squashed");
                }
                _ => {
                    shop.git(&["rebase", "-q", "main", "side"]);
                    shop.git(&["checkout", "-q", "main"]);
                    shop.git(&["merge", "-q", "--ff-only", "side"]);
                }
            }
            shop.clean();
            shop.write("README.md", "the shop\n");
            shop.clean();
            shop.git(&["rm", "-rq", "contract/approvals"]);
            shop.clean();
        },
    );
}

#[test]
fn a_merge_that_loosens_is_found() {
    let shop = Shop::new();
    shop.git(&["checkout", "-qb", "side"]);
    shop.write("README.md", "shop\n");
    shop.commit("side");
    shop.git(&["checkout", "-q", "main"]);
    shop.edit(CONTRACT, "\"delete\", ", "\"delete\", \"grant\", ");
    shop.freeze().exits(0);
    shop.commit("tighter");
    shop.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    shop.git(&["checkout", "-q", "side", "--", CONTRACT, LOCK]);
    shop.says(&["contract/weakened"]);
    shop.commit("merge");
    shop.says(&["contract/weakened"]);
    // The other parent is no friendlier base.
    assert!(history(&shop.view().check_with(&["--base", "side"], &[])).contains("contract/weakened"));
}

#[test]
fn an_approval_of_a_branch_does_not_fit_after_main_changed_the_contract() {
    let shop = Shop::new();
    shop.git(&["checkout", "-qb", "side"]);
    shop.widen();
    shop.freeze().exits(2);
    shop.approve("dba").exits(0);
    shop.commit("wide");
    shop.git(&["checkout", "-q", "main"]);
    shop.edit(CONTRACT, "\"delete\", ", "\"delete\", \"grant\", ");
    shop.freeze().exits(0);
    shop.commit("tighter");
    let merge = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        shop.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    }));
    assert!(merge.is_err());
    shop.freeze().exits(2);
    shop.says(&["contract/weakened"]);
    shop.approve("dba").exits(0);
    shop.commit("merged");
    shop.clean();
}

#[test]
fn objects_that_are_replaced_here_change_no_base() {
    let shop = Shop::new();
    let first = shop.git(&["rev-parse", "HEAD"]);
    shop.widen();
    shop.freeze().exits(2);
    let wide = shop.commit("wide");
    shop.git(&["replace", "-f", &first, &wide]);
    shop.says(&["contract/weakened"]);
}

#[test]
fn a_branch_is_compared_with_where_it_left() {
    let shop = Shop::new();
    shop.git(&["checkout", "-qb", "side"]);
    shop.widen();
    shop.freeze().exits(2);
    shop.commit("wide");
    shop.says(&["contract/weakened"]);
    shop.write("README.md", "shop\n");
    shop.commit("more");
    shop.says(&["contract/weakened"]);
    shop.git(&["checkout", "-q", "main"]);
    shop.clean();
    shop.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    shop.says(&["contract/weakened"]);
}

#[test]
fn two_branches_that_tighten_are_merged_and_frozen_again() {
    let shop = Shop::new();
    shop.git(&["checkout", "-qb", "side"]);
    shop.edit(CONTRACT, "\"delete\", ", "\"delete\", \"grant\", ");
    shop.freeze().exits(0);
    shop.commit("no grants");
    shop.git(&["checkout", "-q", "main"]);
    shop.edit(CONTRACT, "steps = [\"npm run a\", ", "steps = [\"npm run z\", \"npm run a\", ");
    shop.freeze().exits(0);
    shop.commit("longer");
    let merge = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        shop.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    }));
    assert!(merge.is_err(), "both changed the serial and the digest");
    assert!(shop.history().contains("contract/invalid"));
    shop.freeze().exits(0);
    shop.commit("merged");
    shop.clean();
    assert!(shop.read(LOCK).contains("serial = 3"), "{}", shop.read(LOCK));
}
