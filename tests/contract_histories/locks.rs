//! The lock and the contract as files: deleted, broken, hidden, written by hand.

use crate::project::{CONTRACT, LOCK, SIGNERS};
use crate::sandbox::Sandbox;
use crate::shop::{Finding, Shop, each, history};

#[test]
fn a_contract_that_is_hidden_is_gone() {
    let rows: [(&str, &[&str]); 4] = [
        ("ignored", &["contract/weakened"]),
        ("linked", &["contract/invalid"]),
        ("renamed", &["contract/weakened"]),
        ("binary", &["contract/invalid"]),
    ];
    each(
        &rows,
        |r| r.0.to_owned(),
        |(how, rules)| {
            let shop = Shop::new();
            match *how {
                "ignored" => {
                    shop.write(".gitignore", "contract/mutation.*\n");
                    shop.git(&["rm", "-q", "--cached", CONTRACT, LOCK]);
                }
                "linked" => {
                    shop.git(&["mv", CONTRACT, "contract/real.toml"]);
                    shop.it.run("shop", "ln", &["-s", "real.toml", CONTRACT]);
                }
                "renamed" => drop(shop.git(&["mv", "contract", "Contract"])),
                _ => shop.it.write("shop/contract/mutation.toml", [0xff, 0xfe, 0, 0, 1]),
            }
            let found = shop.check();
            assert!(rules.iter().all(|r| history(&found).contains(*r)), "{found:#?}");
            shop.commit("hidden");
            let found = shop.check();
            assert!(rules.iter().all(|r| history(&found).contains(*r)), "{found:#?}");
        },
    );
}

#[test]
fn refusals_of_the_commands_are_no_success() {
    let shop = Shop::new();
    shop.widen();
    let said = shop.approve("dba");
    assert!(said.code == 1 && said.err.contains("freeze"), "{} {}", said.code, said.err);
    let found = shop.view().check_with(&["--base", "no-such"], &[]);
    assert!(history(&found).contains("contract/no-base"), "{found:#?}");
    let empty = Shop { it: Sandbox::repository(), folder: "shop".into() };
    empty.write("README.md", "shop\n");
    for command in ["freeze", "approve", "verify"] {
        let said = empty.guard(&["contract", command]);
        assert!(said.code == 1 && !said.err.is_empty(), "{command}: {} {}", said.code, said.err);
    }
}

#[test]
fn a_serial_may_not_stay_nor_fall() {
    let shop = Shop::new();
    shop.edit(CONTRACT, "operations = [\"delete\",", "operations = [\"delete\", \"grant\",");
    shop.freeze().exits(0);
    shop.edit(LOCK, "serial = 2", "serial = 1");
    shop.says(&["contract/weakened"]);
    shop.freeze().exits(0);
    shop.commit("tighter");
    shop.edit(LOCK, "serial = 2", "serial = 1");
    shop.says(&["contract/weakened"]);
}

#[test]
fn contract_lock_and_signers_are_not_deleted() {
    let rows: &[(&[&str], &[&str])] = &[
        (&[CONTRACT], &["contract/weakened"]),
        (&[LOCK], &["contract/unfrozen", "contract/weakened"]),
        (&[SIGNERS], &["contract/invalid", "contract/unfrozen", "contract/weakened"]),
        (&[CONTRACT, LOCK], &["contract/weakened"]),
        (&[CONTRACT, LOCK, SIGNERS], &["contract/weakened"]),
    ];
    each(
        rows,
        |r| format!("{:?}", r.0),
        |(paths, rules)| {
            let shop = Shop::new();
            for path in *paths {
                shop.remove(path);
            }
            shop.says(rules);
            shop.commit("gone");
            shop.says(rules);
            let side = shop.view().check_with(&["--base", "HEAD"], &[]);
            assert!(history(&side).contains("contract/weakened"), "another base replaces none: {side:#?}");
        },
    );
}

#[test]
fn a_deleted_lock_written_anew_keeps_its_serial() {
    let shop = Shop::new();
    shop.edit(CONTRACT, "operations = [\"delete\",", "operations = [\"delete\", \"grant\",");
    shop.freeze().exits(0);
    shop.commit("tighter");
    shop.remove(LOCK);
    shop.freeze().exits(0);
    assert!(shop.read(LOCK).contains("serial = 2"));
    shop.clean();
}

#[test]
fn what_is_invalid_is_said_where_it_stands() {
    let rows: &[(&str, &str, &str)] = &[
        ("project = \"shop\"", "projct = \"shop\"", "projct"),
        ("\"delete\", ", "\"delte\", ", "\"delte\""),
        ("[\"update\"]", "[\"updat\"]", "\"updat\""),
        ("version = 1", "version = 2", "2"),
        ("path = \"old/**\"", "path = \"older/**\"", "\"older/**\""),
        ("[script.tables.services]", "[script.tables.servics]", "[script"),
        ("\"lib/ci.ts#requireCi\"", "\"lib/ci.ts\"", "\"lib/ci.ts\""),
        ("environment = \"prod\"", "environment = \"prd\"", "\"prd\""),
        ("tool        = \"sql\"", "tool        = \"sqlite\"", "\"sqlite\""),
        ("destructive = \"forbid\"", "destructive = \"never\"", "\"never\""),
        ("[\"app/**\"]", "[\"web/**\"]", "\"web/**\""),
    ];
    each(
        rows,
        |r| r.1.to_owned(),
        |(from, to, at)| {
            let shop = Shop::new();
            shop.edit(CONTRACT, from, to);
            let text = shop.read(CONTRACT);
            let start = text.find(to).unwrap() + to.find(at).unwrap();
            let line = text[..start].matches('\n').count() as u64 + 1;
            let column = (start - text[..start].rfind('\n').map_or(0, |n| n + 1)) as u64 + 1;
            let found = shop.check();
            let here = |f: &&Finding| f.rule == "contract/invalid" && f.path == CONTRACT;
            let invalid: Vec<_> = found.iter().filter(here).collect();
            assert!(
                invalid.iter().any(|f| (f.line, f.column) == (line, column) && !f.help.is_empty()),
                "not at {line}:{column}: {found:#?}"
            );
        },
    );
}

#[test]
fn a_lock_that_cannot_be_read_is_invalid() {
    let rows = [
        ("serial = 1", "serial = 0"),
        ("serial = 1", "serial = 1\nskip = true"),
        ("serial = 1", "<<<<<<< HEAD\nserial = 1"),
        ("version = 1", "version = 9"),
    ];
    each(
        &rows,
        |r| r.1.to_owned(),
        |(from, to)| {
            let shop = Shop::new();
            shop.edit(LOCK, from, to);
            assert!(shop.history().contains("contract/invalid"), "{:#?}", shop.check());
            shop.guard(&["contract", "verify"]).exits(1);
            shop.freeze().exits(0);
            shop.clean();
        },
    );
}

#[test]
fn an_invalid_contract_in_between_launders_nothing() {
    let shop = Shop::new();
    let good = shop.read(CONTRACT);
    shop.edit(CONTRACT, "version = 1", "version = one");
    shop.commit("broken");
    assert!(shop.history().contains("contract/invalid"));
    shop.write(CONTRACT, &good.replace("[\"name\"]", "[\"name\", \"price\"]"));
    shop.freeze().exits(2);
    shop.says(&["contract/weakened"]);
    shop.write(CONTRACT, &good);
    shop.freeze().exits(0);
    shop.clean();
}
