//! What the contract names: scripts, migrations, quarantine, gates, nested projects, and a first proposal.

use std::path::Path;

use crate::project::{CONTRACT, LOCK, SIGNERS};
use crate::sandbox::Sandbox;
use crate::shop::{Finding, Shop, each, history, weakened};

#[test]
fn the_file_with_gates_is_not_deleted_broken_nor_moved() {
    let rows: [(&str, &[&str]); 3] = [("deleted", &[]), ("broken", &["contract/invalid"]), ("moved", &[])];
    each(
        &rows,
        |r| r.0.to_owned(),
        |(how, more)| {
            let shop = Shop::new();
            match *how {
                "deleted" => shop.remove("guard.toml"),
                "broken" => shop.write("guard.toml", "[deploy\n"),
                _ => drop(shop.git(&["mv", "guard.toml", "app/guard.toml"])),
            }
            shop.freeze();
            shop.says(&[&["contract/weakened"], *more].concat());
        },
    );
    let shop = Shop::new();
    shop.edit("guard.toml", "app/server.js\"", "app/server.js\", \"-v\"");
    shop.says(&["contract/unfrozen"]);
    shop.freeze().exits(0);
    shop.says(&[]);
    shop.edit("guard.toml", "\"BASE_URL\"", "\"BASE_URL\", \"TOKEN\"");
    shop.freeze().exits(0);
    assert!(!shop.history().contains("contract/weakened"));
}

#[test]
fn a_script_goes_with_its_entry_and_does_not_move_alone() {
    let shop = Shop::new();
    shop.git(&["mv", "scripts/rename.ts", "scripts/name.ts"]);
    assert!(shop.history().contains("contract/unfrozen"));
    shop.edit(CONTRACT, "path        = \"scripts/rename.ts\"", "path        = \"scripts/name.ts\"");
    shop.edit(CONTRACT, "use  = \"scripts/rename.ts\"", "use  = \"scripts/name.ts\"");
    shop.freeze().exits(2);
    shop.says(&["contract/weakened"]);
    let shop = Shop::new();
    shop.remove("scripts/rename.ts");
    let text = shop.read(CONTRACT);
    let (start, end) = (text.find("[[script]]").unwrap(), text.find("[[quarantine]]").unwrap());
    shop.write(CONTRACT, &format!("{}{}", &text[..start], &text[end..]));
    shop.remove("scripts/old.sh");
    shop.freeze().exits(0);
    shop.clean();
}

#[test]
fn a_new_migration_may_be_mended_until_the_base_holds_it() {
    let shop = Shop::new();
    shop.git(&["checkout", "-qb", "side"]);
    shop.write("migrations/003.sql", "ALTER TABLE orders ADD COLUMN paid int;\n");
    shop.freeze().exits(0);
    shop.commit("new");
    shop.write("migrations/003.sql", "ALTER TABLE orders ADD COLUMN paid bigint;\n");
    shop.says(&["contract/edited-migration"]);
    shop.freeze().exits(0);
    shop.clean();
    shop.commit("mended");
    shop.clean();
    shop.write("migrations/001.sql", &shop.read("migrations/001.sql").replace('\n', "\r\n"));
    shop.clean();
    shop.git(&["checkout", "-q", "HEAD", "--", "."]);
    shop.git(&["mv", "migrations/001.sql", "migrations/000.sql"]);
    shop.freeze().exits(0);
    shop.says(&["contract/edited-migration"]);
}

#[test]
fn a_changed_script_is_frozen_again_and_needs_nobody() {
    let shop = Shop::new();
    shop.edit("scripts/rename.ts", "'Laboratory'", "'Workshop'");
    shop.says(&["contract/unfrozen"]);
    shop.freeze().exits(0);
    shop.clean();
    assert!(shop.read(LOCK).contains("serial = 1"), "a body does not count");
    shop.commit("body");
    shop.clean();
    shop.edit("lib/ci.ts", "in CI only", "in CI, only");
    shop.says(&["contract/unfrozen"]);
}

#[test]
fn formatting_and_comments_of_a_script_are_no_change() {
    let shop = Shop::new();
    shop.edit("scripts/rename.ts", "async function main() {", "// Renames.\nasync function main()\n{\n\n");
    shop.edit("lib/ci.ts", "process.exit(1);", "process.exit( 1 ) ; /* stop */");
    shop.clean();
}

#[test]
fn migrations_are_added_and_never_edited_nor_removed() {
    let shop = Shop::new();
    shop.write("migrations/003.sql", "ALTER TABLE orders ADD COLUMN paid int;\n");
    shop.clean();
    shop.commit("new");
    shop.clean();
    shop.freeze().exits(0);
    shop.commit("pinned");
    shop.clean();
    shop.edit("migrations/001.sql", "price int", "price bigint");
    shop.says(&["contract/edited-migration"]);
    shop.git(&["checkout", "-q", "--", "."]);
    shop.remove("migrations/001.sql");
    shop.remove("migrations/002.sql");
    let found = shop.check();
    let edited: Vec<_> = found.iter().filter(|f| f.rule == "contract/edited-migration").collect();
    assert_eq!(edited.len(), 2, "{found:#?}");
    shop.freeze().exits(0);
    shop.says(&["contract/edited-migration"]);
}

#[test]
fn a_freeze_does_not_hide_an_edited_migration() {
    let shop = Shop::new();
    shop.edit("migrations/002.sql", "note text", "note varchar(9)");
    shop.freeze();
    shop.says(&["contract/edited-migration"]);
    shop.commit("edited");
    shop.says(&["contract/edited-migration"]);
}

#[test]
fn quarantined_files_stay_as_they_are_or_go() {
    let shop = Shop::new();
    shop.edit("old/a.sh", "DELETE", "delete");
    shop.says(&["contract/quarantine-changed", "contract/weakened"]);
    shop.freeze().exits(2);
    shop.says(&["contract/weakened"]);
    shop.approve("dba").exits(0);
    shop.clean();
    shop.git(&["checkout", "-q", "--", "."]);
    shop.write("old/c.sh", "psql -c 'DELETE FROM services'\n");
    shop.says(&["contract/quarantine-changed", "contract/weakened"]);
    shop.remove("old/c.sh");
    shop.git(&["clean", "-fdq"]);
    shop.remove("old/a.sh");
    shop.freeze().exits(0);
    shop.clean();
}

#[test]
fn a_quarantine_goes_together_with_its_files() {
    let shop = Shop::new();
    shop.edit(CONTRACT, "\"old/**\"", "\"old/a.sh\"");
    shop.freeze().exits(2);
    shop.says(&["contract/weakened"]);
    shop.remove("old/b.sh");
    shop.freeze().exits(0);
    shop.says(&[]);
    shop.remove("old/a.sh");
    shop.edit(CONTRACT, "[[quarantine]]\npath = \"old/a.sh\"\n", "");
    shop.freeze().exits(0);
    shop.clean();
}

#[test]
fn a_nested_project_is_frozen_and_judged_by_itself() {
    let shop = Shop::new();
    shop.edit(CONTRACT, "[approval]", "[[nested]]\npath = \"inner\"\n\n[approval]");
    for path in ["scripts/rename.ts", "lib/ci.ts", "lib/fingerprint.ts", SIGNERS] {
        shop.write(&format!("inner/{path}"), &shop.read(path));
    }
    let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kit/contract/mutation.toml");
    shop.write("inner/contract/mutation.toml", &std::fs::read_to_string(kit).unwrap());
    shop.freeze().exits(2);
    shop.approve("dba").exits(0);
    let inner = shop.beside("shop/inner");
    inner.guard(&["contract", "freeze"]).exits(0);
    assert!(shop.it.at("shop/inner/contract/mutation.lock").exists());
    shop.says(&[]);
    shop.commit("nested");
    // The check of the whole repository judges it, too: it needs no pipeline of its own, which nobody would run.
    shop.clean();
    shop.edit("inner/contract/mutation.toml", "[\"name\"]", "[\"name\", \"price\"]");
    shop.beside("shop/inner/scripts").guard(&["contract", "freeze"]).exits(2);
    let found = shop.check();
    assert_eq!(history(&found), ["contract/weakened".to_owned()].into(), "{found:#?}");
    assert!(weakened(&found).iter().all(|f| f.path == "inner/contract/mutation.toml"), "{found:#?}");
    let key = shop.it.at("dba");
    inner.guard(&["contract", "approve", "--key", key.to_str().unwrap()]).exits(0);
    shop.says(&[]);
    inner.guard(&["contract", "verify"]).exits(0);
}

#[test]
fn a_proposed_contract_freezes_and_passes() {
    let it = Sandbox::repository();
    let shop = Shop { it, folder: "shop".into() };
    shop.write("scripts/fix.js", "const { Client } = require('pg');\nasync function main() {\n  const c = new Client({ connectionString: process.env.DATABASE_URL });\n  await c.connect();\n  await c.query(\"UPDATE services SET name = 'x'\");\n  await c.end();\n}\nmain();\n");
    shop.write("scripts/wipe.sh", "#!/bin/sh\npsql \"$DATABASE_URL\" -c 'DELETE FROM orders'\n");
    shop.write("app/server.js", "require('http').createServer().listen(3001);\n");
    shop.write(
        "migrations/001.sql",
        "CREATE TABLE services (id int, name text);\nCREATE TABLE orders (id int);\n",
    );
    shop.write("migrations/002.sql", "ALTER TABLE services DROP COLUMN name;\n");
    shop.commit("old");
    shop.guard(&["contract", "init"]).exits(0);
    assert!(shop.read(CONTRACT).contains("scripts/wipe.sh"), "{}", shop.read(CONTRACT));
    assert_ne!(shop.guard(&["contract", "init"]).code, 0, "it never overwrites");
    shop.freeze().exits(0);
    let ours = |found: &[Finding]| -> Vec<String> {
        let of = |r: &str| r.starts_with("contract/") || r.starts_with("guard/") || r.starts_with("bypass/");
        found.iter().filter(|f| of(&f.rule)).map(|f| format!("{f:?}")).collect()
    };
    assert!(ours(&shop.check()).is_empty(), "{:#?}", ours(&shop.check()));
    shop.commit("contract");
    assert!(ours(&shop.check()).is_empty(), "{:#?}", ours(&shop.check()));
}

#[test]
fn a_proposal_is_about_the_project_that_the_folder_belongs_to() {
    let it = Sandbox::repository();
    let shop = Shop { it, folder: "shop".into() };
    let wipe = "#!/bin/sh\npsql \"$DATABASE_URL\" -c 'DELETE FROM orders'\n";
    shop.write("scripts/outer.sh", wipe);
    shop.write("inner/scripts/wipe.sh", wipe);
    shop.write("inner/app/server.js", "require('http').createServer().listen(3001);\n");
    shop.commit("old");
    // A folder without a contract of its own belongs to the repository's.
    let said = shop.beside("shop/inner/app").guard(&["contract", "init"]);
    assert!(said.exits(0).out.contains("whole repository"), "{}", said.out);
    assert!(!shop.it.at("shop/inner/contract").exists() && !shop.it.at("shop/inner/app/contract").exists());
    let text = shop.read(CONTRACT);
    assert!(text.contains("inner/scripts/wipe.sh") && text.contains("scripts/outer.sh"), "{text}");
    shop.write(CONTRACT, &format!("{text}\n[[nested]]\npath = \"inner\"\n"));
    let said = shop.beside("shop/inner/scripts").guard(&["contract", "init"]);
    assert!(said.exits(0).out.contains("inner/contract/mutation.toml"), "{}", said.out);
    let inner = shop.read("inner/contract/mutation.toml");
    assert!(inner.contains("\"scripts/wipe.sh\"") && !inner.contains("outer"), "{inner}");
    assert_eq!(shop.read(CONTRACT), format!("{text}\n[[nested]]\npath = \"inner\"\n"));
    assert_ne!(shop.beside("shop/inner").guard(&["contract", "init"]).code, 0, "it never overwrites");
}
