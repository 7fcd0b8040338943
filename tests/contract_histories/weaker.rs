//! What permits more, and what does not.

use crate::project::{CONTRACT, LOCK, POLICY};
use crate::shop::{Shop, each, history, weakened};

#[test]
fn what_is_frozen_and_unchanged_is_clean() {
    let shop = Shop::new();
    shop.clean();
    let before = shop.read(LOCK);
    shop.freeze().exits(0);
    assert_eq!(shop.read(LOCK), before);
    shop.guard(&["contract", "verify"]).exits(0);
    shop.guard(&["contract", "diff"]).exits(0);
}

/// One edit that permits more, and that permits less when it is taken back.
struct Edit(&'static str, &'static str, &'static str, &'static str);

const WEAKER: &[Edit] = &[
    Edit(
        "a script more",
        CONTRACT,
        "[[retired]]",
        "[[script]]\npath = \"scripts/more.ts\"\nenvironment = \"prod\"\n\n[[retired]]",
    ),
    Edit("a column more", CONTRACT, "[\"name\"]", "[\"name\", \"price\"]"),
    Edit("every column", CONTRACT, "columns     = [\"name\"]\n", ""),
    Edit("an operation more", CONTRACT, "[\"update\"]", "[\"update\", \"insert\"]"),
    Edit(
        "a table more",
        CONTRACT,
        "[[retired]]",
        "[script.tables.orders]\noperations = [\"insert\"]\n\n[[retired]]",
    ),
    Edit(
        "a command",
        CONTRACT,
        "environment = \"prod\"\n",
        "environment = \"prod\"\ncommands = [\"prisma migrate deploy\"]\n",
    ),
    Edit("another environment", CONTRACT, "environment = \"prod\"", "environment = [\"staging\", \"prod\"]"),
    Edit("another read", CONTRACT, "environment = \"prod\"\n", "environment = \"prod\"\nreads = [\"dev\"]\n"),
    Edit(
        "guards dropped for a wrapper",
        CONTRACT,
        "environment = \"prod\"\n",
        "environment = \"prod\"\nenforced = \"wrapper\"\n",
    ),
    Edit("forbidden less", CONTRACT, "\"delete\", ", ""),
    Edit(
        "nothing forbidden",
        CONTRACT,
        "[forbidden]\noperations = [\"delete\", \"truncate\", \"drop\", \"raw-sql\", \"bulk-import\"]\n",
        "",
    ),
    Edit(
        "retired no more",
        CONTRACT,
        "[[retired]]\npath = \"scripts/old.sh\"\nuse  = \"scripts/rename.ts\"\n",
        "",
    ),
    Edit("connection no more", CONTRACT, "[[connection]]\npath = \"lib/db.ts\"\n", ""),
    Edit("sequence dropped", CONTRACT, "[[sequence]]\nsteps = [\"npm run a\", \"npm run b\"]\n", ""),
    Edit("CI guard dropped", CONTRACT, "ci          = [\"lib/ci.ts#requireCi\"]\n", ""),
    Edit(
        "fingerprint guard dropped",
        CONTRACT,
        "fingerprint = [\"lib/fingerprint.ts#requireFingerprint\"]\n",
        "",
    ),
    Edit("protected less", CONTRACT, "[\"staging\", \"prod\"]\n\n[scope]", "[\"prod\"]\n\n[scope]"),
    Edit(
        "an environment forgotten",
        CONTRACT,
        "[\"dev\", \"staging\", \"prod\"]\nprotected = [\"staging\", \"prod\"]",
        "[\"dev\", \"prod\"]\nprotected = [\"prod\"]",
    ),
    Edit("application wider", CONTRACT, "[\"app/**\"]", "[\"app/**\", \"scripts/**\"]"),
    Edit("tests wider", CONTRACT, "[\"tests/**\"]", "[\"tests/**\", \"scripts/**\"]"),
    Edit("built wider", CONTRACT, "tests       =", "built = { \"scripts\" = \"app\" }\ntests       ="),
    Edit("destructive allowed", CONTRACT, "\"forbid\"", "\"allow\""),
    Edit(
        "a destructive migration allowed",
        CONTRACT,
        "[[sequence]]",
        "[[migrations.allow]]\nfile = \"002.sql\"\noperations = [\"drop-column\"]\nreason = \"unread since release 41\"\n\n[[sequence]]",
    ),
    Edit(
        "a migration command",
        CONTRACT,
        "destructive = \"forbid\"",
        "destructive = \"forbid\"\ncommands = [\"flyway migrate\"]",
    ),
    Edit(
        "migrations removed",
        CONTRACT,
        "[migrations]\npath        = \"migrations\"\ntool        = \"sql\"\ndestructive = \"forbid\"\n",
        "",
    ),
    Edit("approval dropped", CONTRACT, "[approval]\nsigners = \"contract/allowed_signers\"\n", ""),
    Edit("another project", CONTRACT, "project = \"shop\"\n", ""),
    Edit("a nested project", CONTRACT, "[approval]", "[[nested]]\npath = \"app\"\n\n[approval]"),
    Edit("a required variable dropped", "guard.toml", ", \"BASE_URL\"", ""),
    Edit("a required table dropped", "guard.toml", "required_tables = [\"services\"]\n", ""),
    Edit("a service optional", "guard.toml", "required = true", "required = false"),
    Edit("a probe dropped", "guard.toml", "[[service.ready]]\nhttp = \"/health\"\n", ""),
    Edit(
        "a smoke check dropped",
        "guard.toml",
        "[[smoke]]\nname = \"site\"\nurl = \"https://shop.example/\"\ncontains = \"Welcome\"\n",
        "",
    ),
    Edit("a smoke check that reads less", "guard.toml", "contains = \"Welcome\"\n", ""),
];

#[test]
fn what_permits_more_needs_an_approval_and_its_opposite_does_not() {
    each(
        WEAKER,
        |e| e.0.to_owned(),
        |Edit(name, path, from, to)| {
            let shop = Shop::new();
            shop.write("scripts/more.ts", "export {};\n");
            shop.commit("a file that an edit may name");
            shop.edit(path, from, to);
            let line = shop.read(path);
            shop.freeze().exits(2);
            let found = shop.check();
            let mut rules = history(&found);
            // Some edits contradict the rest of the contract, too.
            rules.remove("contract/invalid");
            assert_eq!(rules, ["contract/weakened".to_owned()].into(), "{name}: {found:#?}");
            assert!(weakened(&found).iter().any(|f| f.path == *path), "{name}: {found:#?}");
            // An edit that leaves text points at it.
            if !to.is_empty() {
                let here = line[..line.find(to).unwrap()].matches('\n').count() as u64 + 1;
                let last = here + to.matches('\n').count() as u64;
                assert!(
                    weakened(&found).iter().any(|f| f.path == *path && (here..=last).contains(&f.line)),
                    "{name}: not in {here}..={last}: {found:#?}"
                );
            }
            shop.commit("weaker");
            shop.write(path, &shop.read(path).replacen(to, from, usize::from(!to.is_empty())));
            if to.is_empty() {
                shop.git(&["checkout", "-q", "HEAD~1", "--", path]);
            }
            shop.freeze().exits(0);
            let found = shop.check();
            assert!(history(&found).is_empty(), "{name}, back: {found:#?}");
        },
    );
}

#[test]
fn one_cause_is_one_finding() {
    // A gate goes with what belongs to it; signers that nobody names any more are not gone besides.
    let rows = [
        "[approval]\nsigners = \"contract/allowed_signers\"\n",
        "[[smoke]]\nname = \"site\"\nurl = \"https://shop.example/\"\ncontains = \"Welcome\"\n",
        "[[service.ready]]\nhttp = \"/health\"\nstatus = 200\n",
        "required_tables = [\"services\"]\n",
        "[[retired]]\npath = \"scripts/old.sh\"\nuse  = \"scripts/rename.ts\"\n",
    ];
    each(
        &rows,
        |r| (*r).to_owned(),
        |row| {
            let shop = Shop::new();
            shop.edit("guard.toml", "http = \"/health\"\n", "http = \"/health\"\nstatus = 200\n");
            shop.freeze().exits(0);
            shop.commit("a status");
            let path = if shop.read(CONTRACT).contains(row) { CONTRACT } else { "guard.toml" };
            let line = shop.read(path).split(row).next().unwrap().matches('\n').count() as u64 + 1;
            shop.edit(path, row, "");
            shop.freeze().exits(2);
            let found = shop.check();
            let weaker = weakened(&found);
            assert_eq!(weaker.len(), 1, "{found:#?}");
            // The line that stood before it, or the one that stands there now.
            assert_eq!(weaker[0].path, path);
            assert!(weaker[0].line + 2 >= line && weaker[0].line <= line + 1, "{line}: {found:#?}");
        },
    );
}

#[test]
fn a_gate_that_asks_for_more_needs_nobody() {
    let rows = [
        ("contains = \"Welcome\"", "contains = \"Welcome\"\nstable = \"1m\""),
        ("stable = \"10s\"", "stable = \"30s\""),
        ("required = false", "required = true"),
        ("[\"DATABASE_URL\", \"BASE_URL\"]", "[\"BASE_URL\", \"DATABASE_URL\"]"),
        ("http = \"/health\"\n", "http = \"/health\"\nstatus = 200\n"),
        (
            "command = [\"node\", \"app/server.js\"]",
            "command = [\"node\", \"--enable-source-maps\", \"app/server.js\"]",
        ),
    ];
    each(
        &rows,
        |r| r.1.to_owned(),
        |(from, to)| {
            let shop = Shop::new();
            if from.contains("stable") {
                shop.edit(
                    "guard.toml",
                    "contains = \"Welcome\"\n",
                    "contains = \"Welcome\"\nstable = \"10s\"\n",
                );
            }
            if from.contains("false") {
                shop.edit("guard.toml", "required = true", "required = false");
                shop.freeze();
                shop.approve("dba").exits(0);
            }
            shop.freeze().exits(0);
            shop.write("README.md", "shop\n");
            shop.commit("before");
            shop.edit("guard.toml", from, to);
            shop.freeze().exits(0);
            shop.says(&[]);
        },
    );
    let shop = Shop::new();
    shop.edit("guard.toml", "contains = \"Welcome\"\n", "contains = \"Welcome\"\nstable = \"10s\"\n");
    shop.freeze().exits(0);
    shop.commit("before");
    shop.edit("guard.toml", "\"10s\"", "\"9s\"");
    shop.freeze().exits(2);
    let found = shop.check();
    let line = shop.read("guard.toml").lines().position(|l| l.contains("9s")).unwrap() as u64 + 1;
    assert_eq!(
        (weakened(&found)[0].path.as_str(), weakened(&found)[0].line),
        ("guard.toml", line),
        "{found:#?}"
    );
    let said = shop.guard(&["contract", "diff"]);
    assert!(said.exits(0).out.contains("is line") && said.out.contains("10s"), "{}", said.out);
}

#[test]
fn what_proves_and_pins_an_environment_may_not_get_looser() {
    let rows: &[(&str, &str)] = &[
        ("database = \"DATABASE_URL\"", "database = \"OTHER_URL\""),
        ("mark = \"5f\"\n", ""),
        ("lineage = \"pg:1\"", "lineage = \"pg:2\""),
        ("hosts = [\"db.shop.example\"]", "hosts = [\"db.shop.example\", \"db.other.example\"]"),
        ("proof = \"oidc\"", "proof = \"ci-variable\""),
        ("keys = [\"ed25519:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"]\n", ""),
        ("repository_id = \"1\"", "repository_id = \"2\""),
        ("ref = [\"refs/heads/main\"]\n", ""),
        ("[\"refs/heads/main\"]", "[\"refs/heads/main\", \"refs/heads/next\"]"),
        ("max_age = \"5m\"", "max_age = \"1h\""),
    ];
    each(
        rows,
        |r| format!("{r:?}"),
        |(from, to)| {
            let shop = Shop::new();
            shop.edit(CONTRACT, "\n[scope]", &format!("{POLICY}\n[scope]"));
            shop.freeze().exits(0);
            shop.commit("proof");
            shop.edit(CONTRACT, from, to);
            shop.freeze().exits(2);
            shop.says(&["contract/weakened"]);
        },
    );
    let shop = Shop::new();
    shop.edit(CONTRACT, "\n[scope]", &format!("{POLICY}\n[scope]"));
    shop.freeze().exits(0);
    shop.says(&[]);
    shop.commit("proof");
    shop.edit(CONTRACT, "\"5m\"", "\"1m\"");
    shop.freeze().exits(0);
    shop.says(&[]);
}

#[test]
fn comments_order_and_white_space_are_no_change() {
    let rows = [
        ("known     = [\"dev\", \"staging\", \"prod\"]", "# all\nknown = [ \"prod\",\"dev\" , \"staging\"]"),
        (
            "[\"delete\", \"truncate\", \"drop\", \"raw-sql\", \"bulk-import\"]",
            "[\"drop\", \"delete\", \"bulk-import\", \"raw-sql\", \"truncate\"]",
        ),
        ("environment = \"prod\"\n", "environment = [\"prod\"]\nenforced = \"inline\"\n"),
        ("version = 1\n", "# The contract.\nversion = 1\n\n\n"),
        ("project = \"shop\"", "\"project\" = 'shop'"),
    ];
    each(
        &rows,
        |r| r.1.to_owned(),
        |(from, to)| {
            let shop = Shop::new();
            shop.edit(CONTRACT, from, to);
            shop.clean();
            let lock = shop.read(LOCK);
            shop.freeze().exits(0);
            assert_eq!(lock, shop.read(LOCK));
        },
    );
}

#[test]
fn a_meaning_without_a_freeze_is_unfrozen() {
    let shop = Shop::new();
    shop.edit(CONTRACT, "operations = [\"delete\",", "operations = [\"delete\", \"grant\",");
    shop.says(&["contract/unfrozen"]);
    shop.guard(&["contract", "verify"]).exits(1);
    shop.freeze().exits(0);
    shop.clean();
    assert!(shop.read(LOCK).contains("serial = 2"));
    shop.widen();
    shop.says(&["contract/unfrozen", "contract/weakened"]);
}

#[test]
fn a_weakening_points_at_its_line() {
    let shop = Shop::new();
    shop.widen();
    shop.freeze().exits(2);
    let found = shop.check();
    let one = weakened(&found)[0];
    let text = shop.read(CONTRACT);
    let line = text.lines().nth(usize::try_from(one.line).unwrap() - 1).unwrap();
    assert_eq!(&line[usize::try_from(one.column).unwrap() - 1..], "\"price\"]", "{one:?}");
    assert!(one.message.contains("services.price"), "{one:?}");
    let said = shop.guard(&["contract", "diff"]);
    assert!(said.exits(0).out.contains("services.price"), "{}", said.out);
}

#[test]
fn a_weakening_that_removes_points_at_where_it_stood() {
    let shop = Shop::new();
    shop.edit(CONTRACT, "\"delete\", ", "");
    shop.freeze().exits(2);
    let found = shop.check();
    let line = shop.read(CONTRACT).lines().position(|l| l.contains("\"truncate\"")).unwrap() as u64 + 1;
    let near = weakened(&found).iter().all(|f| f.line + 1 >= line && f.line <= line);
    assert!(near, "{line}: {found:#?}");
}
