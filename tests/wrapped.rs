//! `guard migrate -- COMMAND` and declared scripts: started only when everything is proven, on the verified
//! database only, gone with guard, and believed only as far as the history agrees.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;

use std::process::Stdio;
use std::thread;

use servers::{Database, KINDS, Kind};
use shop::{CONTRACT, Shop, Told, wait_until};

/// A tool that keeps sqlx's history as far as guard looks at it: applies what the second argument says.
/// It leaves the traces by which a test sees that it was started, and with what.
const TOOL: &str = "#!/bin/sh
touch \"$HOME/started\"
env > \"$HOME/env\"
echo \"said $DATABASE_URL\"
echo \"complained $DATABASE_URL\" >&2
. \"$HOME/does\"
";

const PROD: [&str; 3] = ["migrate", "--env", "prod"];

/// A project whose one migration command is a tool of the team's, and its marked database.
fn ready(kind: Kind) -> Option<(Shop, Database)> {
    let database = Database::new(kind)?;
    let mut shop = Shop::checked();
    shop.sandbox.write("shop/migrations/1_orders.sql", "create table orders (id int primary key);");
    shop.sandbox.write("bin/sqlx", TOOL);
    executable(&shop, "bin/sqlx");
    does(&shop, "true");
    shop.contract(&format!(
        "{CONTRACT}\n[migrations]\npath = \"migrations\"\ntool = \"sqlx\"\ncommands = [\"sqlx migrate run\"]\n"
    ));
    shop.freeze();
    shop.everywhere(&database.url).ci();
    let path = format!("{}:{}", shop.sandbox.at("bin").display(), std::env::var("PATH").unwrap());
    shop.set("PATH", path);
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    Some((shop, database))
}

fn executable(shop: &Shop, path: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let file = shop.sandbox.at(path);
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn does(shop: &Shop, script: &str) {
    shop.sandbox.write("does", script);
}

/// SQL by the client that is at hand; guard's own test helper is no program, so the tool leaves a request
/// that the test answers.
fn asks(shop: &Shop, then: &str) {
    does(
        shop,
        &format!("touch \"$HOME/asked\"; while [ ! -e \"$HOME/answered\" ]; do sleep 0.05; done; {then}"),
    );
}

fn started(shop: &Shop) -> bool {
    shop.sandbox.at("started").exists()
}

fn wrapped(shop: &Shop, environment: &str, words: &[&str]) -> Told {
    for name in ["started", "asked", "answered", "env"] {
        drop(std::fs::remove_file(shop.sandbox.at(name)));
    }
    let front = ["migrate", "--env", environment, "--format", "json", "--"];
    let all: Vec<&str> = front.iter().copied().chain(words.iter().copied()).collect();
    let output = shop.run(&all);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let json = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}\n{stderr}"));
    Told { exit: output.status.code().unwrap(), json, stderr }
}

/// Runs it while the test does the tool's work on the database.
fn with_work(shop: &Shop, work: impl FnOnce() + Send) -> Told {
    thread::scope(|scope| {
        let asked = shop.sandbox.at("asked");
        let answered = shop.sandbox.at("answered");
        drop(std::fs::remove_file(&asked));
        scope.spawn(move || {
            wait_until("the command's question", || asked.exists());
            work();
            std::fs::write(answered, "").unwrap();
        });
        wrapped(shop, "prod", &["sqlx", "migrate", "run"])
    })
}

/// What sqlx would have written for the one migration.
fn record(kind: Kind) -> String {
    let sum = ring::digest::digest(&ring::digest::SHA384, b"create table orders (id int primary key);");
    let hex = guard::words::digest::hex(sum.as_ref());
    let (bytes, literal) = match kind {
        Kind::Postgres => ("bytea", format!("'\\x{hex}'")),
        _ => ("blob", format!("x'{hex}'")),
    };
    format!(
        "create table _sqlx_migrations (version bigint primary key, description text not null, \
         installed_on timestamp not null default current_timestamp, success boolean not null, \
         checksum {bytes} not null, execution_time bigint not null); \
         insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
         values (1, 'orders', true, {literal}, 5)"
    )
}

#[test]
fn an_allowed_command_runs_on_the_verified_database_and_is_recorded() {
    for kind in KINDS {
        let Some((mut shop, database)) = ready(kind) else { continue };
        shop.set("SECRET_URL", "https://x").set("PRISMA_USER_CONSENT_FOR_DANGEROUS_AI_ACTION", "yes");
        asks(&shop, "exit 0");
        let told = with_work(&shop, || {
            database.ask("create table orders (id int primary key)");
            database.ask(&record(kind));
        })
        .ok();
        assert_eq!(told.json["details"]["applied"], serde_json::json!(["1_orders.sql"]), "{kind:?}");
        assert!(started(&shop));
        let seen = std::fs::read_to_string(shop.sandbox.at("env")).unwrap();
        assert!(seen.contains("DATABASE_URL=") && seen.contains("CI=true"), "{seen}");
        assert!(
            !seen.contains("SECRET_URL") && !seen.contains("CONSENT") && !seen.contains("STAGING"),
            "{seen}"
        );
        assert!(told.stderr.contains("said ") && told.stderr.contains("complained "), "{}", told.stderr);
        let rows = database.column("select kind from guard_ledger order by generation");
        assert_eq!(rows, ["begin", "end", "begin", "end"]);
        shop.guard(&["ledger", "verify", "prod"]).ok();
    }
}

#[test]
fn a_command_that_fails_ends_with_1_and_its_code_is_told() {
    for kind in KINDS {
        let Some((shop, database)) = ready(kind) else { continue };
        does(&shop, "exit 7");
        let told = wrapped(&shop, "prod", &["sqlx", "migrate", "run"]);
        assert_eq!(
            (told.code(), told.exit, told.json["outcome"].as_str()),
            ("command/failed", 1, Some("failed"))
        );
        assert_eq!(told.json["details"]["exit_code"], 7, "{kind:?}");
        does(&shop, "kill -9 $$");
        assert_eq!(wrapped(&shop, "prod", &["sqlx", "migrate", "run"]).json["details"]["exit_code"], 137);
        let outcomes =
            database.column("select outcome from guard_ledger where kind = 'end' order by generation");
        assert_eq!(outcomes, ["ok", "failed", "failed"]);
    }
}

#[test]
fn a_tool_that_says_yes_and_did_less_or_more_is_not_believed() {
    for kind in KINDS {
        let Some((shop, database)) = ready(kind) else { continue };
        does(&shop, "exit 0");
        let told = wrapped(&shop, "prod", &["sqlx", "migrate", "run"]);
        assert_eq!((told.code(), told.exit), ("migration/incomplete", 1), "{kind:?}");
        asks(&shop, "exit 0");
        let told = with_work(&shop, || {
            database.ask(&record(kind));
            database.ask(&record(kind).split_once("; ").unwrap().1.replace("(1, 'orders'", "(2, 'more'"));
        });
        assert_eq!(told.code(), "migration/unannounced", "{kind:?}");
        database.ask("delete from _sqlx_migrations where version = 2");
        asks(&shop, "exit 0");
        let told = with_work(&shop, || {
            database.ask("update database_metadata set environment = 'dev'");
        });
        assert_eq!(told.code(), "migration/mark-changed", "{kind:?}");
        database.ask("update database_metadata set environment = 'prod'");
        database.ask("create table kept (id int)");
        asks(&shop, "exit 0");
        let told = with_work(&shop, || database.ask("drop table kept"));
        assert_eq!(told.code(), "migration/table-lost", "{kind:?}");
        shop.guard(&["ledger", "verify", "prod"]).ok();
        // What ran is never told as refused, also where guard can no longer write down what came of it.
        asks(&shop, "exit 0");
        let told = with_work(&shop, || database.ask("drop table guard_ledger"));
        assert_eq!((told.code(), told.exit), ("ledger/broken", 1), "{kind:?}: {told:?}");
        assert_eq!(told.json["outcome"], "failed", "{told:?}");
        wrapped(&shop, "prod", &["sqlx", "migrate", "run"]).refused("fingerprint/rewound");
    }
}

#[test]
fn what_the_contract_does_not_name_is_not_started() {
    for kind in KINDS {
        let Some((mut shop, database)) = ready(kind) else { continue };
        let before = database.digest();
        for (words, code) in [
            (&["sqlx", "migrate", "run", "--dry-run"][..], "command/not-allowed"),
            (&["sqlx", "database", "reset"], "command/destructive"),
            (&["npx", "prisma", "migrate", "reset", "--force"], "command/destructive"),
            (&["prisma", "db", "push", "--accept-data-loss"], "command/destructive"),
            (&["sh", "-c", "sqlx migrate run; touch $HOME/started"], "command/not-allowed"),
            (&["touch", "started"], "command/not-allowed"),
            // Whoever wrote a secret into the command does not find it in the log as well.
            (&["sqlx", "migrate", "run", "--database-url", &database.url], "command/not-allowed"),
            (&["sqlx", "migrate", "run", "--password", servers::PASSWORD], "command/not-allowed"),
            (
                &["env", "DATABASE_URL=postgres://u@127.0.0.1:1/x", "sqlx", "migrate", "run"],
                "command/other-database",
            ),
        ] {
            wrapped(&shop, "prod", words).refused(code);
            assert!(!started(&shop), "{kind:?} {words:?}");
        }
        shop.unset("CI");
        wrapped(&shop, "prod", &["sqlx", "migrate", "run"]).refused("proof/not-ci");
        shop.ci();
        wrapped(&shop, "staging", &["sqlx", "migrate", "run"]).refused("fingerprint/environment");
        let path = shop.variables.iter().find(|(name, _)| name == "PATH").unwrap().1.clone();
        shop.set("PATH", std::env::var("PATH").unwrap());
        wrapped(&shop, "prod", &["sqlx", "migrate", "run"]).refused("command/not-found");
        shop.set("PATH", path);
        assert!(!started(&shop));
        assert_eq!(database.digest(), before);
        shop.guard(&["ledger", "verify", "prod"]).ok();
    }
}

#[test]
fn every_url_that_the_tool_would_read_must_lead_to_the_same_database() {
    for kind in KINDS {
        let Some((mut shop, _database)) = ready(kind) else { continue };
        let Some(other) = Database::new(kind) else { continue };
        does(&shop, "exit 3");
        shop.set("DIRECT_URL", &other.url);
        let told = wrapped(&shop, "prod", &["sqlx", "migrate", "run"]).refused("command/other-database");
        assert_eq!(told.detail("variable"), "DIRECT_URL", "{kind:?}");
        shop.unset("DIRECT_URL").set("PGSERVICE", "x");
        wrapped(&shop, "prod", &["sqlx", "migrate", "run"]).refused("command/other-database");
        shop.unset("PGSERVICE").set("PGHOST", "elsewhere.example");
        wrapped(&shop, "prod", &["sqlx", "migrate", "run"]).refused("command/other-database");
        shop.unset("PGHOST");
        shop.sandbox.write("shop/.env", format!("DATABASE_URL=\"{}\"\n", other.url));
        shop.sandbox.write("shop/.gitignore", ".guard/\n.env\n");
        let told = wrapped(&shop, "prod", &["sqlx", "migrate", "run"]);
        assert!(
            ["command/other-database", "contract/dirty", "contract/findings"].contains(&told.code()),
            "{told:?}"
        );
        assert!(!started(&shop));
        std::fs::remove_file(shop.root().join(".env")).unwrap();
        shop.sandbox.write("shop/.gitignore", ".guard/\n");
        // Whatever else lies in the environment is not handed on, and stops nothing.
        shop.set("REPORTS_URL", &other.url);
        assert_eq!(wrapped(&shop, "prod", &["sqlx", "migrate", "run"]).code(), "command/failed", "{kind:?}");
        assert!(!std::fs::read_to_string(shop.sandbox.at("env")).unwrap().contains("REPORTS_URL"));
    }
}

#[test]
fn another_way_into_the_same_cluster_is_the_same_database() {
    let Some((mut shop, database)) = ready(Kind::Postgres) else { return };
    let Some((_pooler, url)) = servers::pooled(&database) else { return };
    does(&shop, "exit 3");
    shop.set("DIRECT_URL", &url);
    assert_eq!(wrapped(&shop, "prod", &["sqlx", "migrate", "run"]).code(), "command/failed");
}

#[test]
fn a_plan_names_what_is_pending_and_starts_nothing() {
    for kind in KINDS {
        let Some((shop, database)) = ready(kind) else { continue };
        let words =
            ["migrate", "--env", "prod", "--plan", "--format", "json", "--", "sqlx", "migrate", "run"];
        let output = shop.run(&words);
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["details"]["pending"], serde_json::json!(["1_orders.sql"]), "{kind:?} {told}");
        assert!(!started(&shop));
        assert_eq!(database.column("select count(*) from guard_ledger"), ["2"]);
    }
}

/// Whether a process of this number is there and does not only wait to be collected.
fn lives(process: &str) -> bool {
    let about = std::fs::read_to_string(format!("/proc/{}/stat", process.trim())).unwrap_or_default();
    about.rsplit_once(") ").is_some_and(|(_, behind)| !behind.starts_with('Z'))
}

#[test]
fn a_command_does_not_outlive_a_guard_that_was_killed() {
    for kind in KINDS {
        let Some((shop, database)) = ready(kind) else { continue };
        // One in its group, one that left it for a session of its own.
        does(
            &shop,
            "sleep 600 & echo $! > \"$HOME/pid1\"; setsid sh -c 'echo $$ > \"$HOME/pid2\"; exec sleep 600' & \
             echo $$ > \"$HOME/pid0\"; while [ ! -s \"$HOME/pid2\" ]; do sleep 0.05; done; touch \"$HOME/asked\"; wait",
        );
        let pids = ["pid0", "pid1", "pid2"];
        for name in pids.iter().chain(&["asked"]) {
            drop(std::fs::remove_file(shop.sandbox.at(name)));
        }
        let words = ["migrate", "--env", "prod", "--", "sqlx", "migrate", "run"];
        let mut run = shop.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("the command's question", || shop.sandbox.at("asked").exists());
        let alive: Vec<String> =
            pids.iter().map(|name| std::fs::read_to_string(shop.sandbox.at(name)).unwrap()).collect();
        assert!(alive.iter().all(|process| lives(process)));
        run.kill().unwrap();
        run.wait().unwrap();
        wait_until("the end of all", || alive.iter().all(|process| !lives(process)));
        let told = shop.guard(&["ledger", "verify", "prod"]).ok();
        assert!(!told.detail("unfinished").is_empty());
        asks(&shop, "exit 0");
        let told = with_work(&shop, || {
            database.ask("create table orders (id int primary key)");
            database.ask(&record(kind));
        })
        .ok();
        assert!(told.stderr.contains("never said how it ended"), "{kind:?} {}", told.stderr);
    }
}

#[test]
fn a_command_ends_with_everything_that_it_left_behind() {
    let Some((shop, _database)) = ready(Kind::Sqlite) else { return };
    does(
        &shop,
        "setsid sh -c 'echo $$ > \"$HOME/pid2\"; exec sleep 600' & while [ ! -s \"$HOME/pid2\" ]; do sleep 0.05; done; exit 4",
    );
    let told = wrapped(&shop, "prod", &["sqlx", "migrate", "run"]);
    assert_eq!(told.json["details"]["exit_code"], 4);
    assert!(!lives(&std::fs::read_to_string(shop.sandbox.at("pid2")).unwrap()));
}

#[test]
fn a_signal_is_handed_on_and_the_run_says_how_it_ended() {
    for kind in KINDS {
        let Some((shop, _database)) = ready(kind) else { continue };
        drop(std::fs::remove_file(shop.sandbox.at("asked")));
        does(&shop, "trap 'echo tidied; exit 9' TERM; touch \"$HOME/asked\"; while :; do sleep 0.05; done");
        let words = ["migrate", "--env", "prod", "--format", "json", "--", "sqlx", "migrate", "run"];
        let run = shop.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until("the command's question", || shop.sandbox.at("asked").exists());
        let killed =
            std::process::Command::new("kill").args(["-TERM", &run.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let output = run.wait_with_output().unwrap();
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (
                told["code"].as_str(),
                told["details"]["exit_code"].as_u64(),
                told["details"]["signal"].as_str()
            ),
            (Some("command/failed"), Some(9), Some("SIGTERM")),
            "{kind:?}"
        );
        assert!(String::from_utf8_lossy(&output.stderr).contains("tidied"));
        shop.guard(&["ledger", "verify", "prod"]).ok();
    }
}

#[test]
fn two_wrapped_runs_follow_each_other() {
    for kind in KINDS {
        let Some((mut shop, _database)) = ready(kind) else { continue };
        drop(std::fs::remove_file(shop.sandbox.at("asked")));
        drop(std::fs::remove_file(shop.sandbox.at("answered")));
        asks(&shop, "exit 3");
        let words = ["migrate", "--env", "prod", "--", "sqlx", "migrate", "run"];
        let mut first = shop.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("the command's question", || shop.sandbox.at("asked").exists());
        shop.set("GUARD_LEASE_TIMEOUT", "300ms");
        let told = shop.guard(&PROD).refused("lease/held");
        assert!(told.detail("holder").contains("guard:"), "{kind:?}");
        std::fs::write(shop.sandbox.at("answered"), "").unwrap();
        assert_eq!(first.wait().unwrap().code(), Some(1));
    }
}

#[test]
fn a_tool_at_work_past_guard_is_waited_for_and_named() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let Some((mut shop, database)) = ready(kind) else { continue };
        shop.set("GUARD_LEASE_TIMEOUT", "300ms");
        let sum = i64::from(guard::words::digest::crc32(database.name.as_bytes()));
        let key = 0x3d32_ad9e_i64.wrapping_mul(sum);
        let mut other = servers::session(&database.url);
        match kind {
            Kind::Postgres => other.script(&format!("select pg_advisory_lock({key})")).unwrap(),
            _ => other.script(&format!("select get_lock('{key:x}', 0)")).unwrap(),
        }
        let told = wrapped(&shop, "prod", &["sqlx", "migrate", "run"]).refused("lease/held");
        assert!(!told.detail("holder").is_empty() && !started(&shop), "{kind:?} {told:?}");
    }
}

const SCRIPT: &str = "
[[script]]
path = \"scripts/sync.sh\"
environment = \"prod\"
reads = [\"dev\"]
enforced = \"wrapper\"
commands = [\"sqlx migrate run\"]
";

/// A project with a declared wrapper script.
fn scripted(kind: Kind) -> Option<(Shop, Database)> {
    let database = Database::new(kind)?;
    let mut shop = Shop::checked();
    shop.sandbox.write("bin/sqlx", TOOL);
    executable(&shop, "bin/sqlx");
    does(&shop, "true");
    shop.sandbox.write("shop/scripts/sync.sh", "#!/bin/sh\nset -e\nsqlx migrate run\n");
    shop.sandbox.write(
        "shop/.github/workflows/sync.yml",
        "name: sync\non: { push: { branches: [main] } }\njobs:\n  check:\n    runs-on: ubuntu-latest\n    steps:\n      \
         - uses: actions/checkout@v4\n        with: { fetch-depth: 0 }\n      - run: guard check\n  \
         sync:\n    needs: check\n    runs-on: ubuntu-latest\n    environment: production\n    concurrency: prod\n    steps:\n      - uses: actions/checkout@v4\n      \
         - run: guard run --env prod -- sh scripts/sync.sh\n",
    );
    shop.contract(&format!("{CONTRACT}{SCRIPT}"));
    shop.freeze();
    shop.set("DATABASE_URL", &database.url).ci();
    let path = format!("{}:{}", shop.sandbox.at("bin").display(), std::env::var("PATH").unwrap());
    shop.set("PATH", path);
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    Some((shop, database))
}

fn run(shop: &Shop, words: &[&str]) -> Told {
    drop(std::fs::remove_file(shop.sandbox.at("started")));
    let front = ["run", "--env", "prod", "--format", "json", "--"];
    let all: Vec<&str> = front.iter().copied().chain(words.iter().copied()).collect();
    let output = shop.run(&all);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let json = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}\n{stderr}"));
    Told { exit: output.status.code().unwrap(), json, stderr }
}

#[test]
fn a_declared_script_runs_on_a_protected_environment_and_nothing_else_does() {
    for kind in KINDS {
        let Some((mut shop, database)) = scripted(kind) else { continue };
        run(&shop, &["sh", "scripts/sync.sh"]).ok();
        assert!(started(&shop), "{kind:?}");
        let rows = database.column("select outcome from guard_ledger order by generation");
        assert_eq!(rows, ["begun", "ok", "begun", "ok"]);
        does(&shop, "exit 6");
        let told = run(&shop, &["sh", "scripts/sync.sh"]);
        assert_eq!((told.exit, told.json["details"]["exit_code"].as_u64()), (6, Some(6)));
        for words in [&["sqlx", "migrate", "run"][..], &["true"], &["sh", "-c", "sh scripts/sync.sh; true"]] {
            run(&shop, words).refused("command/not-allowed");
            assert!(!started(&shop), "{words:?}");
        }
        // A second URL must be of an environment that the script reads.
        let (Some(dev), Some(unmarked)) = (Database::new(kind), Database::new(kind)) else { continue };
        shop.set("DEV_DATABASE_URL", &dev.url);
        run(&shop, &["sh", "scripts/sync.sh"]).refused("run/unmarked-url");
        shop.guard(&["fingerprint", "init", "dev"]).ok();
        does(&shop, "true");
        run(&shop, &["sh", "scripts/sync.sh"]).ok();
        shop.set("OTHER_URL", &unmarked.url);
        assert_eq!(
            run(&shop, &["sh", "scripts/sync.sh"]).refused("run/unmarked-url").detail("variable"),
            "OTHER_URL"
        );
        shop.guard(&["ledger", "verify", "prod"]).ok();
        shop.unset("CI");
        run(&shop, &["sh", "scripts/sync.sh"]).refused("proof/not-ci");
        assert!(!started(&shop));
    }
}

#[test]
fn the_words_that_guard_says_to_itself_run_nothing_for_anybody_else() {
    let Some((shop, _database)) = ready(Kind::Sqlite) else { return };
    for word in ["__keep", "__tend", "__leaf"] {
        let output = shop.run(&[word, "1", "sqlx"]);
        assert_eq!(output.status.code(), Some(64));
        assert!(!started(&shop));
    }
    let workflow = "on: { push: { branches: [main] } }\njobs:\n  x:\n    runs-on: ubuntu-latest\n    steps:\n      \
                    - run: guard __keep npx prisma migrate deploy\n";
    shop.sandbox.write("shop/.github/workflows/x.yml", workflow);
    shop.commit();
    let output = shop.run(&["check"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("unverifiable"), "{output:?}");
}
