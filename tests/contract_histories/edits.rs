//! Edits that only look like a weakening, and weakenings by another name.

use std::collections::BTreeSet;

use crate::project::{CONTRACT, LOCK, POLICY, SIGNERS};
use crate::shop::{Shop, each, history, weakened};

type Row = (&'static str, &'static str, &'static str);

/// Freezes after an edit; what history says then.
fn after(shop: &Shop, from: &str, to: &str) -> (i32, BTreeSet<String>) {
    shop.edit(CONTRACT, from, to);
    let done = shop.freeze();
    (done.code, shop.history())
}

const SECOND: &str = "[[script]]\npath        = \"scripts/rename.ts\"\nenvironment = \"staging\"\n[script.tables.services]\noperations  = [\"update\"]\ncolumns     = [\"name\"]\n\n";

#[test]
fn what_permits_less_or_the_same_needs_nobody() {
    let rows: &[Row] = &[
        ("a column less", "[\"name\"]", "[\"name\"] # only"),
        ("an operation forbidden", "[\"delete\", ", "[\"grant\", \"alter\", \"delete\", "),
        (
            "a longer sequence",
            "[\"npm run a\", \"npm run b\"]",
            "[\"npm run a\", \"npm run x\", \"npm run b\"]",
        ),
        (
            "a second sequence",
            "[approval]",
            "[[sequence]]\nsteps = [\"npm run c\", \"npm run d\"]\n\n[approval]",
        ),
        ("a connection more", "[[script]]", "[[connection]]\npath = \"lib/ci.ts\"\n\n[[script]]"),
        ("a touch asked for", "[approval]\n", "[approval]\npresence = true\n"),
        (
            "an environment more, protected",
            "[\"dev\", \"staging\", \"prod\"]\nprotected = [",
            "[\"dev\", \"staging\", \"prod\", \"eu\"]\nprotected = [\"eu\", ",
        ),
        ("protected as by default", "protected = [\"staging\", \"prod\"]\n", ""),
        (
            "dev protected, too",
            "protected = [\"staging\", \"prod\"]",
            "protected = [\"dev\", \"staging\", \"prod\"]",
        ),
        ("application narrower", "application = [\"app/**\"]", "application = [\"app/*.js\"]"),
        ("application wider over nothing", "[\"app/**\"]", "[\"app/**\", \"tests/**\"]"),
        ("tests not exempt", "tests       = [\"tests/**\"]\n", ""),
        ("the same glob twice as wide over nothing", "[\"tests/**\"]", "[\"tests/**\", \"**/*.test.ts\"]"),
        (
            "another guard",
            "[\"lib/ci.ts#requireCi\"]",
            "[\"lib/ci.ts#requireCi\", \"lib/fingerprint.ts#requireFingerprint\"]",
        ),
        (
            "a retired script more",
            "[[quarantine]]",
            "[[retired]]\npath = \"scripts/older.sh\"\n\n[[quarantine]]",
        ),
        ("another hint for a retired script", "use  = \"scripts/rename.ts\"", "use  = \"lib/ci.ts\""),
        ("a hint less", "use  = \"scripts/rename.ts\"\n", ""),
        ("a script as a list", "environment = \"prod\"", "environment = [\"prod\"]"),
        (
            "a quarantine in two globs",
            "path = \"old/**\"",
            "path = \"old/a.sh\"\n\n[[quarantine]]\npath = \"old/b.sh\"",
        ),
        ("inline said", "environment = \"prod\"\n", "environment = \"prod\"\nenforced    = \"inline\"\n"),
        ("forbid unsaid", "destructive = \"forbid\"\n", ""),
        ("tables quoted", "[script.tables.services]", "[script.tables.\"services\"]"),
    ];
    each(
        rows,
        |r| r.0.to_owned(),
        |(name, from, to)| {
            let shop = Shop::new();
            shop.write("scripts/older.sh", "#!/bin/sh\nexit 1\n");
            shop.commit("a file that an edit may name");
            let (code, found) = after(&shop, from, to);
            assert!(!found.contains("contract/weakened"), "{name}: {:#?}", shop.check());
            assert_eq!(code, 0, "{name}");
            assert!(!found.contains("contract/unfrozen"), "{name}: {found:?}");
        },
    );
}

#[test]
fn what_permits_more_by_another_name_is_weaker() {
    let rows: &[Row] = &[
        (
            "an environment that nobody protects",
            "environment = \"prod\"",
            "environment = [\"prod\", \"dev\"]",
        ),
        ("dev instead of prod", "environment = \"prod\"", "environment = \"dev\""),
        ("the script again for another environment", "[[retired]]", "SECOND[[retired]]"),
        ("columns emptied into all", "columns     = [\"name\"]\n", ""),
        ("any command", "environment = \"prod\"\n", "environment = \"prod\"\ncommands = [\"psql *\"]\n"),
        (
            "a table without limits",
            "[[retired]]",
            "[script.tables.orders]\noperations = [\"insert\", \"delete\"]\n\n[[retired]]",
        ),
        (
            "a shorter sequence",
            "steps = [\"npm run a\", \"npm run b\"]",
            "steps = [\"npm run b\", \"npm run c\"]",
        ),
        ("a reordered sequence", "[\"npm run a\", \"npm run b\"]", "[\"npm run b\", \"npm run a\"]"),
        ("another connection", "path = \"lib/db.ts\"", "path = \"lib/ci.ts\""),
        ("a guard for another", "[\"lib/ci.ts#requireCi\"]", "[\"lib/fingerprint.ts#requireFingerprint\"]"),
        ("another folder of migrations", "path        = \"migrations\"", "path        = \"old\""),
        ("forbidden without truncate", "\"truncate\", ", ""),
        ("forbidden emptied", "[\"delete\", \"truncate\", \"drop\", \"raw-sql\", \"bulk-import\"]", "[]"),
        ("application over everything", "[\"app/**\"]", "[\"**\"]"),
        ("tests over the scripts", "[\"tests/**\"]", "[\"tests/**\", \"**/*.ts\"]"),
        ("staging no longer protected", "[\"staging\", \"prod\"]\n\n[scope]", "[\"prod\"]\n\n[scope]"),
        ("nobody protected", "protected = [\"staging\", \"prod\"]", "protected = []"),
        ("another signers file", "signers = \"contract/allowed_signers\"", "signers = \"contract/others\""),
    ];
    each(
        rows,
        |r| r.0.to_owned(),
        |(name, from, to)| {
            let shop = Shop::new();
            shop.write("contract/others", &shop.signer("dba"));
            shop.commit("a file that an edit may name");
            let (code, found) = after(&shop, from, &to.replace("SECOND", SECOND));
            assert!(found.contains("contract/weakened"), "{name}: {:#?}", shop.check());
            assert_ne!(code, 0, "{name}");
            // It is so after the commit, too, and nobody but a signer changes that.
            shop.commit("weaker");
            assert!(shop.history().contains("contract/weakened"), "{name}, committed");
            assert_ne!(shop.approve("eve").code, 0, "{name}");
        },
    );
}

#[test]
fn tightening_a_policy_needs_nobody_and_its_opposite_does() {
    let rows: &[Row] = &[
        ("a host less", "[\"db.shop.example\", \"db2.shop.example\"]", "[\"db.shop.example\"]"),
        ("a claim more", "max_age", "environment = \"production\"\nmax_age"),
        ("a claim narrower", "ref = [\"refs/heads/main\", \"refs/heads/next\"]", "ref = \"refs/heads/main\""),
        ("younger", "max_age = \"5m\"", "max_age = \"30s\""),
        ("a key less", ", \"ed25519:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\"", ""),
    ];
    let policy = POLICY
        .replace("[\"db.shop.example\"]", "[\"db.shop.example\", \"db2.shop.example\"]")
        .replace("[\"refs/heads/main\"]", "[\"refs/heads/main\", \"refs/heads/next\"]")
        .replace("8=\"]", "8=\", \"ed25519:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\"]");
    each(
        rows,
        |r| r.0.to_owned(),
        |(name, from, to)| {
            let shop = Shop::new();
            shop.edit(CONTRACT, "\n[scope]", &format!("{policy}\n[scope]"));
            shop.freeze().exits(0);
            shop.commit("proof");
            let wide = shop.read(CONTRACT);
            let (code, found) = after(&shop, from, to);
            assert!(found.is_empty() && code == 0, "{name}: {code} {:#?}", shop.check());
            shop.commit("tighter");
            shop.says(&[]);
            shop.write(CONTRACT, &wide);
            shop.freeze().exits(2);
            shop.says(&["contract/weakened"]);
        },
    );
}

#[test]
fn a_signers_file_that_only_looks_different_is_the_same() {
    let rows = ["order", "comments", "blank lines", "comment of the key", "windows", "byte order mark"];
    each(
        &rows,
        |r| (*r).to_owned(),
        |row| {
            let shop = Shop::new();
            let (dba, new) = (shop.signer("dba"), shop.signer("new"));
            shop.write(SIGNERS, &format!("{dba}{new}"));
            shop.freeze().exits(2);
            shop.approve("dba").exits(0);
            shop.commit("two");
            let text = match *row {
                "order" => format!("{new}{dba}"),
                "comments" => format!("# one\n{dba}# two\n{new}"),
                "blank lines" => format!("\n{dba}\n\n{new}\n"),
                "comment of the key" => format!("{}{new}", dba.replace(" dba\n", " the administrator\n")),
                "windows" => format!("{dba}{new}").replace('\n', "\r\n"),
                _ => format!("\u{feff}{dba}{new}"),
            };
            shop.write(SIGNERS, &text);
            shop.freeze().exits(0);
            shop.says(&[]);
        },
    );
}

#[test]
fn a_signer_who_may_do_more_or_longer_is_another_signer() {
    let rows = [
        ("namespaces=\"guard-contract\"", "namespaces=\"guard-contract,git\""),
        ("namespaces=\"guard-contract\" ", ""),
        ("namespaces=\"guard-contract\"", "namespaces=\"guard-contract\",valid-before=\"20990101\""),
        ("dba@shop.example", "*@shop.example"),
        ("namespaces=", "cert-authority,namespaces="),
    ];
    each(
        &rows,
        |r| r.1.to_owned(),
        |(from, to)| {
            let shop = Shop::new();
            shop.edit(SIGNERS, from, to);
            shop.freeze().exits(2);
            shop.says(&["contract/weakened"]);
            shop.approve("dba").exits(0);
            shop.says(&[]);
        },
    );
}

#[test]
fn a_lock_edited_by_hand_is_found_out() {
    let rows: &[(&str, &str, &str, &[&str])] = &[
        ("a digest of a script", "digest = \"", "digest = \"0", &["contract/unfrozen"]),
        ("effects of a script", "effects = [\"", "effects = [\"delete users\", \"", &["contract/unfrozen"]),
        (
            "a digest of a migration",
            "\"migrations/001.sql\" = \"",
            "\"migrations/001.sql\" = \"0",
            &["contract/edited-migration"],
        ),
        ("a quarantined file", "\"old/a.sh\" = \"", "\"old/a.sh\" = \"0", &["contract/quarantine-changed"]),
        ("a gate", "= \"required\"", "= \"optional\"", &["contract/unfrozen"]),
        (
            "the digest of the signers",
            "allowed_signers\" = \"",
            "allowed_signers\" = \"0",
            &["contract/unfrozen", "contract/weakened"],
        ),
        ("the digest of the meaning", "contract = \"", "contract = \"0", &["contract/invalid"]),
        ("the meaning", "\"version 1\"", "\"version 2\"", &["contract/invalid"]),
        (
            "words at the top",
            "a change by hand is found out",
            "a change by hand is fine",
            &["contract/unfrozen"],
        ),
        ("a comment at the end", "[gates]", "# nothing\n[gates]", &["contract/unfrozen"]),
    ];
    each(
        rows,
        |r| r.0.to_owned(),
        |(name, from, to, rules)| {
            let shop = Shop::new();
            shop.edit(LOCK, from, to);
            let found = shop.check();
            let want: BTreeSet<String> = rules.iter().map(|r| (*r).to_owned()).collect();
            assert_eq!(history(&found), want, "{name}: {found:#?}");
            shop.guard(&["contract", "verify"]).exits(1);
            shop.freeze();
            shop.clean();
        },
    );
}

#[test]
fn gates_are_weaker_in_every_way_that_asks_for_less() {
    let whole = "\n[[external]]\nkind = \"http\"\nname = \"mail\"\nurl = \"https://mail.example/\"\nstatus = 200\nrequired = true\n";
    let rows: &[Row] = &[
        ("another variable", "\"BASE_URL\"", "\"TOKEN\""),
        ("another table", "[\"services\"]", "[\"orders\"]"),
        ("another path", "http = \"/health\"", "http = \"/\""),
        ("a status less", "status = 200\nrequired", "required"),
        ("another status", "status = 200", "status = 500"),
        ("an optional check", "status = 200\nrequired = true", "status = 200\nrequired = false"),
        ("another address", "https://mail.example/", "https://mail.example/ok"),
        ("another text", "contains = \"Welcome\"", "contains = \"e\""),
        ("another site", "https://shop.example/", "https://example.org/"),
    ];
    each(
        rows,
        |r| r.0.to_owned(),
        |(name, from, to)| {
            let shop = Shop::new();
            shop.write("guard.toml", &format!("{}{whole}", shop.read("guard.toml")));
            shop.freeze().exits(0);
            shop.commit("more gates");
            shop.edit("guard.toml", from, to);
            shop.freeze().exits(2);
            let found = shop.check();
            assert_eq!(weakened(&found).len(), 1, "{name}: {found:#?}");
            assert!(
                weakened(&found)[0].path == "guard.toml" && weakened(&found)[0].line > 1,
                "{name}: {found:#?}"
            );
            shop.approve("dba").exits(0);
            shop.says(&[]);
        },
    );
}

#[test]
fn the_encoding_of_the_contract_is_no_change_of_it() {
    for how in ["mark", "utf-16"] {
        let shop = Shop::new();
        let text = shop.read(CONTRACT);
        let bytes: Vec<u8> = if how == "mark" {
            format!("\u{feff}{text}").into_bytes()
        } else {
            [0xfe_ff].iter().copied().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
        };
        shop.it.write("shop/contract/mutation.toml", bytes);
        assert!(!shop.history().contains("contract/weakened"), "{how}: {:#?}", shop.check());
        assert!(!shop.history().contains("contract/unfrozen"), "{how}: {:#?}", shop.check());
    }
}
