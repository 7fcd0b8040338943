//! Files that no rule walks, and what hides in them all the same.

use crate::project::{CONTRACT, SIGNERS};
use crate::shop::Shop;

const WIPES: &str = "#!/bin/sh\npsql \"$DATABASE_URL\" -c 'DELETE FROM services'\n";

#[test]
fn a_glob_that_takes_a_new_surface_out_of_judgement_is_wider() {
    for (list, wider) in
        [("[\"tests/**\"]", "[\"tests/**\", \"other/**\"]"), ("[\"app/**\"]", "[\"app/**\", \"other/**\"]")]
    {
        let shop = Shop::new();
        shop.write("other/wipe.sh", WIPES);
        shop.edit(CONTRACT, list, wider);
        shop.freeze().exits(2);
        assert!(shop.history().contains("contract/weakened"), "{wider}: {:#?}", shop.check());
        shop.commit("wider");
        assert!(shop.history().contains("contract/weakened"), "{wider}: {:#?}", shop.check());
        shop.approve("dba").exits(0);
        assert!(!shop.history().contains("contract/weakened"), "{wider}: {:#?}", shop.check());
    }
    // A folder in which nothing changes a database is no permission.
    let shop = Shop::new();
    shop.write("other/read.sh", "#!/bin/sh\nls\n");
    shop.edit(CONTRACT, "[\"tests/**\"]", "[\"tests/**\", \"other/**\"]");
    shop.freeze().exits(0);
}

#[test]
fn a_signers_line_that_cannot_be_read_is_told_also_once_it_is_frozen() {
    for line in
        ["me@example.com ssh-ed25519 !!!\n", "me@example.com\n", "a@b colour=\"red\" ssh-ed25519 AAAA\n"]
    {
        let shop = Shop::new();
        shop.write(SIGNERS, &format!("{}{line}", shop.read(SIGNERS)));
        shop.freeze();
        shop.commit("signers");
        assert!(shop.history().contains("contract/invalid"), "{line}: {:#?}", shop.check());
    }
}

#[test]
fn a_comparison_that_was_asked_for_and_cannot_be_made_is_no_success() {
    let shop = Shop::new();
    shop.widen();
    let said = shop.guard(&["contract", "diff", "--base", "nowhere"]);
    said.exits(1);
}
