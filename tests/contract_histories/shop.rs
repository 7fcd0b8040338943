//! A repository with a frozen contract, made once and copied for each history.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::project::{CHECK, CONTRACT, DB, FROZEN, GATES, SIGNERS};
use crate::sandbox::Sandbox;

/// A repository whose first commit is frozen and clean.
pub(crate) struct Shop {
    pub(crate) it: Sandbox,
    pub(crate) folder: String,
}

pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }
}

#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) path: String,
    pub(crate) line: u64,
    pub(crate) column: u64,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// Made once, and copied for each history.
pub(crate) fn template() -> &'static Shop {
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

pub(crate) fn copy(from: &Path, to: &Path) {
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
    pub(crate) fn new() -> Self {
        let it = Sandbox::new();
        copy(&template().it.at(""), &it.at(""));
        let shop = Self { it, folder: "shop".into() };
        // The copies are other files than those that the index remembers.
        shop.git(&["update-index", "-q", "--refresh"]);
        shop
    }

    /// Another work tree or clone beside it.
    pub(crate) fn beside(&self, folder: &str) -> View<'_> {
        View { it: &self.it, folder: folder.to_owned() }
    }

    pub(crate) fn view(&self) -> View<'_> {
        self.beside(&self.folder)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        self.it.write(&format!("{}/{path}", self.folder), text);
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.it.at(&format!("{}/{path}", self.folder))).unwrap()
    }

    pub(crate) fn remove(&self, path: &str) {
        std::fs::remove_file(self.it.at(&format!("{}/{path}", self.folder))).unwrap();
    }

    #[track_caller]
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from}");
        self.write(path, &text.replacen(from, to, 1));
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.it.git(&self.folder, arguments)
    }

    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn signer(&self, name: &str) -> String {
        let public = std::fs::read_to_string(self.it.at(&format!("{name}.pub"))).unwrap();
        format!("{name}@shop.example namespaces=\"guard-contract\" {}\n", public.trim())
    }

    pub(crate) fn guard(&self, arguments: &[&str]) -> Done {
        self.view().guard(arguments)
    }

    pub(crate) fn freeze(&self) -> Done {
        self.guard(&["contract", "freeze"])
    }

    pub(crate) fn approve(&self, key: &str) -> Done {
        let key = self.it.at(key);
        self.guard(&["contract", "approve", "--key", key.to_str().unwrap()])
    }

    pub(crate) fn check(&self) -> Vec<Finding> {
        self.view().check()
    }

    #[track_caller]
    pub(crate) fn clean(&self) {
        self.view().clean();
    }

    /// What the rules about history say, and no other.
    pub(crate) fn history(&self) -> BTreeSet<String> {
        history(&self.check())
    }

    #[track_caller]
    pub(crate) fn says(&self, rules: &[&str]) {
        let found = self.check();
        assert_eq!(history(&found), rules.iter().map(|&r| r.to_owned()).collect(), "{found:#?}");
    }

    /// The widening that most histories are about.
    pub(crate) fn widen(&self) {
        self.edit(CONTRACT, "[\"name\"]", "[\"name\", \"price\"]");
    }
}

pub(crate) struct View<'a> {
    pub(crate) it: &'a Sandbox,
    pub(crate) folder: String,
}

impl View<'_> {
    pub(crate) fn guard(&self, arguments: &[&str]) -> Done {
        self.guard_with(arguments, &[])
    }

    pub(crate) fn guard_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Done {
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

    pub(crate) fn check(&self) -> Vec<Finding> {
        self.check_with(&[], &[])
    }

    #[track_caller]
    pub(crate) fn check_with(&self, more: &[&str], variables: &[(&str, &str)]) -> Vec<Finding> {
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
    pub(crate) fn clean(&self) {
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

pub(crate) fn history(found: &[Finding]) -> BTreeSet<String> {
    found.iter().map(|f| f.rule.clone()).filter(|r| OF_HISTORY.contains(&r.as_str())).collect()
}

pub(crate) fn weakened(found: &[Finding]) -> Vec<&Finding> {
    found.iter().filter(|f| f.rule == "contract/weakened").collect()
}

/// Runs every row, on as many threads as help, and tells of all that fail.
pub(crate) fn each<T: Sync>(rows: &[T], name: impl Fn(&T) -> String + Sync, run: impl Fn(&T) + Sync) {
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
