//! What the contract's history allows: whole repositories, real keys, and the binary that users run.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up must fail")]

mod sandbox;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use sandbox::Sandbox;

const CONTRACT: &str = "contract/mutation.toml";
const LOCK: &str = "contract/mutation.lock";
const SIGNERS: &str = "contract/allowed_signers";

const POLICY: &str = r#"
[environments.prod]
database = "DATABASE_URL"
mark = "5f"
lineage = "pg:1"
hosts = ["db.shop.example"]
proof = "oidc"
keys = ["ed25519:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
[environments.prod.oidc]
provider = "github"
repository_id = "1"
ref = ["refs/heads/main"]
max_age = "5m"
"#;

const FROZEN: &str = r#"version = 1
project = "shop"

[environments]
known     = ["dev", "staging", "prod"]
protected = ["staging", "prod"]

[scope]
application = ["app/**"]
tests       = ["tests/**"]

[guards]
ci          = ["lib/ci.ts#requireCi"]
fingerprint = ["lib/fingerprint.ts#requireFingerprint"]

[[connection]]
path = "lib/db.ts"

[[script]]
path        = "scripts/rename.ts"
environment = "prod"
[script.tables.services]
operations  = ["update"]
columns     = ["name"]

[[retired]]
path = "scripts/old.sh"
use  = "scripts/rename.ts"

[[quarantine]]
path = "old/**"

[forbidden]
operations = ["delete", "truncate", "drop", "raw-sql", "bulk-import"]

[migrations]
path        = "migrations"
tool        = "sql"
destructive = "forbid"

[[sequence]]
steps = ["npm run a", "npm run b"]

[approval]
signers = "contract/allowed_signers"
"#;

const DB: &str = r#"import { requireFingerprint } from "./fingerprint";

requireFingerprint("prod");

export async function connect() {
  const { Client } = await import("pg");
  return new Client({ connectionString: process.env.DATABASE_URL, base: process.env.BASE_URL, token: process.env.TOKEN });
}
"#;

const GATES: &str = r#"[deploy]
required_env = ["DATABASE_URL", "BASE_URL"]
required_tables = ["services"]

[[service]]
name = "backend"
command = ["node", "app/server.js"]
port = 3001
required = true
[[service.ready]]
http = "/health"

[[smoke]]
name = "site"
url = "https://shop.example/"
contains = "Welcome"
"#;

const CHECK: &str = r"name: guard
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  guard:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - run: guard check
";

/// A repository whose first commit is frozen and clean.
struct Shop {
    it: Sandbox,
    folder: String,
}

struct Done {
    code: i32,
    out: String,
    err: String,
}

impl Done {
    #[track_caller]
    fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }
}

#[derive(Debug)]
struct Finding {
    rule: String,
    path: String,
    line: u64,
    column: u64,
    message: String,
    help: String,
}

/// Made once, and copied for each history.
fn template() -> &'static Shop {
    static TEMPLATE: OnceLock<Shop> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let shop = Shop { it: Sandbox::repository(), folder: "shop".into() };
        for name in ["dba", "eve", "new"] {
            shop.it.run("", "ssh-keygen", &["-q", "-N", "", "-t", "ed25519", "-C", name, "-f", name]);
        }
        let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kit");
        for path in ["scripts/rename.ts", "lib/ci.ts", "lib/fingerprint.ts"] {
            shop.write(path, &std::fs::read_to_string(kit.join(path)).unwrap());
        }
        shop.write(CONTRACT, FROZEN);
        shop.write(SIGNERS, &shop.signer("dba"));
        shop.write("lib/db.ts", DB);
        shop.write("guard.toml", GATES);
        shop.write("app/server.js", "require('http').createServer().listen(3001);\n");
        shop.write("scripts/old.sh", "#!/bin/sh\necho 'use scripts/rename.ts' >&2\nexit 1\n");
        shop.write("old/a.sh", "psql \"$DATABASE_URL\" -c 'DELETE FROM services'\n");
        shop.write("old/b.sh", "psql \"$DATABASE_URL\" -c 'DELETE FROM orders'\n");
        shop.write("tests/a.test.ts", "test('a', () => {});\n");
        shop.write(
            "migrations/001.sql",
            "CREATE TABLE services (id int, slug text, name text, price int);\nCREATE TABLE orders (id int);\n",
        );
        shop.write("migrations/002.sql", "ALTER TABLE orders ADD COLUMN note text;\n");
        shop.write(".github/workflows/guard.yml", CHECK);
        shop.freeze().exits(0);
        shop.commit("first");
        shop
    })
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

impl Shop {
    fn new() -> Self {
        let it = Sandbox::new();
        copy(&template().it.at(""), &it.at(""));
        let shop = Self { it, folder: "shop".into() };
        // The copies are other files than those that the index remembers.
        shop.git(&["update-index", "-q", "--refresh"]);
        shop
    }

    /// Another work tree or clone beside it.
    fn beside(&self, folder: &str) -> View<'_> {
        View { it: &self.it, folder: folder.to_owned() }
    }

    fn view(&self) -> View<'_> {
        self.beside(&self.folder)
    }

    fn write(&self, path: &str, text: &str) {
        self.it.write(&format!("{}/{path}", self.folder), text);
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.it.at(&format!("{}/{path}", self.folder))).unwrap()
    }

    fn remove(&self, path: &str) {
        std::fs::remove_file(self.it.at(&format!("{}/{path}", self.folder))).unwrap();
    }

    #[track_caller]
    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from}");
        self.write(path, &text.replacen(from, to, 1));
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.it.git(&self.folder, arguments)
    }

    fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn signer(&self, name: &str) -> String {
        let public = std::fs::read_to_string(self.it.at(&format!("{name}.pub"))).unwrap();
        format!("{name}@shop.example namespaces=\"guard-contract\" {}\n", public.trim())
    }

    fn guard(&self, arguments: &[&str]) -> Done {
        self.view().guard(arguments)
    }

    fn freeze(&self) -> Done {
        self.guard(&["contract", "freeze"])
    }

    fn approve(&self, key: &str) -> Done {
        let key = self.it.at(key);
        self.guard(&["contract", "approve", "--key", key.to_str().unwrap()])
    }

    fn check(&self) -> Vec<Finding> {
        self.view().check()
    }

    #[track_caller]
    fn clean(&self) {
        self.view().clean();
    }

    /// What the rules about history say, and no other.
    fn history(&self) -> BTreeSet<String> {
        history(&self.check())
    }

    #[track_caller]
    fn says(&self, rules: &[&str]) {
        let found = self.check();
        assert_eq!(history(&found), rules.iter().map(|&r| r.to_owned()).collect(), "{found:#?}");
    }

    /// The widening that most histories are about.
    fn widen(&self) {
        self.edit(CONTRACT, "[\"name\"]", "[\"name\", \"price\"]");
    }
}

struct View<'a> {
    it: &'a Sandbox,
    folder: String,
}

impl View<'_> {
    fn guard(&self, arguments: &[&str]) -> Done {
        self.guard_with(arguments, &[])
    }

    fn guard_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Done {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guard"));
        command.args(arguments).env_clear().envs(self.it.environment().iter());
        command.env("GIT_CONFIG_NOSYSTEM", "1").envs(variables.iter().copied());
        let Output { status, stdout, stderr } =
            command.current_dir(self.it.at(&self.folder)).output().unwrap();
        Done {
            code: status.code().unwrap(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    fn check(&self) -> Vec<Finding> {
        self.check_with(&[], &[])
    }

    #[track_caller]
    fn check_with(&self, more: &[&str], variables: &[(&str, &str)]) -> Vec<Finding> {
        let done = self.guard_with(&[&["check", "--format", "json"][..], more].concat(), variables);
        let report: serde_json::Value =
            serde_json::from_str(&done.out).unwrap_or_else(|e| panic!("{e}: {}{}", done.out, done.err));
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let found: Vec<Finding> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| Finding {
                rule: text(&f["rule"]),
                path: text(&f["path"]),
                line: f["line"].as_u64().unwrap(),
                column: f["column"].as_u64().unwrap(),
                message: text(&f["message"]),
                help: text(&f["help"]),
            })
            .collect();
        assert_eq!(done.code, i32::from(!found.is_empty()), "{}", done.out);
        found
    }

    #[track_caller]
    fn clean(&self) {
        let found = self.check();
        assert!(found.is_empty(), "{found:#?}");
    }
}

const OF_HISTORY: [&str; 6] = [
    "contract/weakened",
    "contract/unfrozen",
    "contract/edited-migration",
    "contract/quarantine-changed",
    "contract/no-base",
    "contract/invalid",
];

fn history(found: &[Finding]) -> BTreeSet<String> {
    found.iter().map(|f| f.rule.clone()).filter(|r| OF_HISTORY.contains(&r.as_str())).collect()
}

fn weakened(found: &[Finding]) -> Vec<&Finding> {
    found.iter().filter(|f| f.rule == "contract/weakened").collect()
}

/// Runs every row, on as many threads as help, and tells of all that fail.
fn each<T: Sync>(rows: &[T], name: impl Fn(&T) -> String + Sync, run: impl Fn(&T) + Sync) {
    template();
    let next = AtomicUsize::new(0);
    let failed = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let run = std::panic::AssertUnwindSafe(|| run(row));
                    if std::panic::catch_unwind(run).is_err() {
                        failed.lock().unwrap().push(name(row));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{failed:#?}");
}

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
                    *path != CONTRACT || weakened(&found).iter().any(|f| (here..=last).contains(&f.line)),
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
fn a_signer_of_the_base_approves() {
    let shop = Shop::new();
    shop.widen();
    shop.freeze().exits(2);
    shop.approve("dba").exits(0);
    shop.clean();
    let said = shop.guard(&["contract", "verify"]);
    assert!(said.exits(0).out.contains("dba@shop.example"), "{}", said.out);
    shop.freeze().exits(0);
    shop.commit("approved");
    shop.clean();
    shop.edit("app/server.js", "3001", "3001 ");
    shop.commit("later");
    shop.clean();
}

#[test]
fn nobody_else_approves() {
    let shop = Shop::new();
    shop.widen();
    shop.freeze().exits(2);
    assert_ne!(shop.approve("eve").code, 0);
    let sign = |key: &str, namespace: &str| {
        let lock = shop.it.at("shop/contract/mutation.lock");
        let key = shop.it.at(key);
        let (key, lock) = (key.to_str().unwrap(), lock.to_str().unwrap());
        shop.it.run("", "ssh-keygen", &["-q", "-Y", "sign", "-n", namespace, "-f", key, lock]);
        let name = shop.it.run("shop", "sha256sum", &[LOCK])[..64].to_owned();
        std::fs::create_dir_all(shop.it.at("shop/contract/approvals")).unwrap();
        let signature = shop.it.at("shop/contract/mutation.lock.sig");
        std::fs::rename(signature, shop.it.at(&format!("shop/contract/approvals/{name}.sig"))).unwrap();
    };
    sign("eve", "guard-contract");
    shop.says(&["contract/weakened"]);
    sign("dba", "git");
    shop.says(&["contract/weakened"]);
    sign("dba", "file");
    shop.says(&["contract/weakened"]);
    sign("dba", "guard-contract");
    shop.clean();
}

#[test]
fn a_key_that_the_same_change_adds_approves_nothing() {
    let shop = Shop::new();
    shop.widen();
    shop.write(SIGNERS, &format!("{}{}", shop.signer("dba"), shop.signer("new")));
    shop.freeze().exits(2);
    assert_ne!(shop.approve("new").code, 0);
    shop.says(&["contract/weakened"]);
    shop.approve("dba").exits(0);
    shop.clean();
    shop.commit("a signer more");
    shop.clean();
    shop.edit(CONTRACT, "\"delete\", ", "");
    shop.freeze().exits(2);
    shop.approve("new").exits(0);
    shop.clean();
}

#[test]
fn signers_are_added_removed_and_replaced_only_with_an_approval() {
    let rows = ["add", "replace", "comment", "remove"];
    each(
        &rows,
        |r| (*r).to_owned(),
        |row| {
            let shop = Shop::new();
            let (dba, new) = (shop.signer("dba"), shop.signer("new"));
            match *row {
                "add" => shop.write(SIGNERS, &format!("{dba}{new}")),
                "replace" => shop.write(SIGNERS, &new),
                "comment" => shop.write(SIGNERS, &format!("# who may\n{dba}")),
                _ => shop.write(SIGNERS, ""),
            }
            shop.freeze().exits(if *row == "comment" { 0 } else { 2 });
            let found = shop.history();
            assert_eq!(found.contains("contract/weakened"), *row != "comment", "{row}: {found:?}");
        },
    );
}

#[test]
fn a_lock_that_is_edited_after_signing_is_not_approved() {
    let shop = Shop::new();
    shop.widen();
    shop.freeze().exits(2);
    shop.approve("dba").exits(0);
    shop.edit(LOCK, "# Written", "# written");
    shop.says(&["contract/weakened"]);
    shop.edit(LOCK, "# written", "# Written");
    shop.clean();
    shop.edit(CONTRACT, "\"price\"]", "\"price\", \"slug\"]");
    shop.says(&["contract/unfrozen", "contract/weakened"]);
}

#[test]
fn an_approval_serves_once() {
    let shop = Shop::new();
    let narrow = shop.read(CONTRACT);
    shop.widen();
    let wide = shop.read(CONTRACT);
    shop.freeze().exits(2);
    shop.approve("dba").exits(0);
    let signed = shop.read(LOCK);
    shop.commit("wide");
    shop.clean();
    shop.write(CONTRACT, &narrow);
    shop.freeze().exits(0);
    shop.commit("narrow");
    shop.clean();
    assert!(shop.read(LOCK).contains("serial = 3"));
    shop.write(CONTRACT, &wide);
    shop.freeze().exits(2);
    shop.says(&["contract/weakened"]);
    shop.write(LOCK, &signed);
    shop.says(&["contract/weakened"]);
    shop.freeze().exits(2);
    shop.approve("dba").exits(0);
    shop.clean();
}

#[test]
fn the_keys_that_prove_ci_are_part_of_what_is_signed() {
    let shop = Shop::new();
    let policy = POLICY.replace(
        "max_age",
        "jwks = \"contract/jwks.json\"\nca = \"contract/ca.pem\"\nissuer = \"https://ci.example\"\nmax_age",
    );
    shop.edit(CONTRACT, "\n[scope]", &format!("{policy}\n[scope]"));
    shop.write("contract/jwks.json", "{\"keys\":[]}\n");
    shop.write("contract/ca.pem", "one\n");
    shop.freeze().exits(0);
    shop.commit("proof");
    for (path, text) in [("contract/jwks.json", "{\"keys\":[{}]}\n"), ("contract/ca.pem", "two\n")] {
        shop.write(path, text);
        assert!(shop.history().contains("contract/unfrozen"));
        shop.freeze().exits(2);
        let found = shop.check();
        assert_eq!(weakened(&found).len(), 1, "{found:#?}");
        assert_eq!(weakened(&found)[0].path, path);
        assert!(!history(&found).contains("contract/unfrozen"));
        shop.approve("dba").exits(0);
        assert!(weakened(&shop.check()).is_empty());
        shop.git(&["checkout", "-q", "HEAD", "--", "."]);
    }
}

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
fn an_expired_or_a_soft_key_approves_nothing() {
    let shop = Shop::new();
    let line = shop.signer("dba").replace("namespaces=", "valid-before=\"20200101\",namespaces=");
    shop.write(SIGNERS, &line);
    shop.freeze().exits(2);
    shop.commit("expired");
    shop.widen();
    shop.freeze().exits(2);
    assert_ne!(shop.approve("dba").code, 0);
    let shop = Shop::new();
    let touch = "signers = \"contract/allowed_signers\"\npresence = true\n";
    shop.edit(CONTRACT, "signers = \"contract/allowed_signers\"\n", touch);
    shop.freeze().exits(0);
    shop.commit("touch");
    shop.clean();
    shop.edit(CONTRACT, "presence = true\n", "");
    shop.freeze().exits(2);
    assert_ne!(shop.approve("dba").code, 0);
    shop.says(&["contract/weakened"]);
}

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
fn the_first_signers_need_nobody_and_a_lost_file_is_not_written_anew() {
    let shop = Shop::new();
    let named = "[approval]\nsigners = \"contract/allowed_signers\"\n";
    shop.edit(CONTRACT, named, "");
    shop.freeze().exits(2);
    shop.commit("nobody");
    shop.widen();
    shop.freeze().exits(2);
    assert_eq!(shop.approve("dba").code, 1, "nobody is named");
    shop.git(&["checkout", "-q", "HEAD", "--", "."]);
    shop.edit(CONTRACT, "[[sequence]]", &format!("{named}\n[[sequence]]"));
    shop.freeze().exits(0);
    shop.says(&[]);
    shop.widen();
    shop.freeze().exits(2);
    shop.says(&["contract/weakened"]);
    let shop = Shop::new();
    shop.remove(SIGNERS);
    shop.freeze();
    shop.commit("lost");
    shop.write(SIGNERS, &shop.signer("eve"));
    shop.freeze().exits(2);
    shop.says(&["contract/weakened"]);
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
    shop.says(&[]);
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
fn without_git_nothing_can_be_compared() {
    let shop = Shop::new();
    std::fs::remove_dir_all(shop.it.at("shop/.git")).unwrap();
    shop.says(&["contract/no-base"]);
}
