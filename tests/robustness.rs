//! Files as they come: whatever their bytes, names and places are, guard ends, and what they hold is
//! found or named as something that could not be read.

#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

mod sandbox;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::Sandbox;
use serde_json::Value;

const CONTRACT: &str = "version = 1\n\n[environments]\nknown = [\"dev\", \"prod\"]\nprotected = [\"prod\"]\n";

/// Changes a database, and is declared nowhere.
const SURFACE: &str = "import { Client } from \"pg\";\nconst client = new Client();\nawait client.query(\"DELETE FROM users\");\n";

const SHELL: &str = "#!/bin/sh\npsql \"$DATABASE_URL\" -c 'DELETE FROM users'\n";

fn repository() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("shop/contract/mutation.toml", CONTRACT);
    sandbox
}

struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the check, which must end in time, whatever it says.
fn check(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let started = Instant::now();
    let stdout = std::fs::File::create(sandbox.at("stdout")).expect("a file");
    let stderr = std::fs::File::create(sandbox.at("stderr")).expect("a file");
    let mut child = Command::new(env!("CARGO_BIN_EXE_guard"))
        .arg("check")
        .args(arguments)
        .current_dir(sandbox.at("shop"))
        .env_clear()
        .envs(sandbox.environment().iter())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(stderr)
        .spawn()
        .expect("it starts");
    let code = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status.code();
        }
        if started.elapsed() > Duration::from_secs(20) {
            child.kill().expect("it can be stopped");
            panic!("it hangs");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let read = |name| String::from_utf8(std::fs::read(sandbox.at(name)).expect("a file")).expect("text");
    let outcome = Outcome { code, stdout: read("stdout"), stderr: read("stderr") };
    assert!(matches!(outcome.code, Some(0 | 1)), "{:?}: {}", outcome.code, outcome.stderr);
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    outcome
}

fn findings(sandbox: &Sandbox) -> Vec<(String, String, String)> {
    let outcome = check(sandbox, &["--format", "json"]);
    let document: Value = serde_json::from_str(&outcome.stdout).expect(&outcome.stderr);
    document["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
            (text("rule"), text("path"), text("message"))
        })
        .collect()
}

/// The file is named by the rule on surfaces, or by the one on what could not be read.
fn assert_named(sandbox: &Sandbox, path: &str) {
    let found = findings(sandbox);
    let named = |(rule, at, _): &(String, String, String)| {
        at == path && (rule == "contract/undeclared-mutation" || rule == "contract/unverifiable")
    };
    assert!(found.iter().any(named), "{path} passes in silence: {found:#?}");
}

fn assert_file_is_named(path: &str, content: impl AsRef<[u8]>) {
    let sandbox = repository();
    sandbox.write(&format!("shop/{path}"), content);
    assert_named(&sandbox, path);
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    std::iter::once(0xFEFF)
        .chain(text.encode_utf16())
        .flat_map(|unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
        .collect()
}

#[test]
fn the_surface_is_one_in_a_plain_file() {
    assert_file_is_named("scripts/x.ts", SURFACE);
    assert_file_is_named("scripts/x.sh", SHELL);
}

#[test]
fn encodings_and_line_ends_hide_nothing() {
    for big in [false, true] {
        assert_file_is_named("scripts/x.ts", utf16(SURFACE, big));
        assert_file_is_named("scripts/x.sh", utf16(SHELL, big));
    }
    let latin = [b"// caf\xE9\n".as_slice(), SURFACE.as_bytes()].concat();
    assert_file_is_named("scripts/x.ts", latin);
    assert_file_is_named("scripts/x.sh", [SHELL.as_bytes(), b"# caf\xE9\n"].concat());
    assert_file_is_named("scripts/x.ts", SURFACE.replace('\n', "\r\n"));
    assert_file_is_named("scripts/x.sh", SHELL.replace('\n', "\r\n"));
    assert_file_is_named("scripts/x.ts", format!("\u{feff}{SURFACE}"));
}

#[test]
fn a_huge_file_is_named_and_not_read_for_ever() {
    let line = "export const filler = \"nothing of interest stands in this line at all\";\n";
    let text = format!("{}{SURFACE}", line.repeat((30 << 20) / line.len()));
    assert_file_is_named("scripts/x.ts", text);
}

#[test]
fn nesting_without_end_comes_to_an_end() {
    let deep = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(10_000), close.repeat(10_000))
    };
    assert_file_is_named("scripts/x.ts", format!("{SURFACE}const a = {};\n", deep("[", "1", "]")));
    assert_file_is_named("scripts/x.ts", format!("{SURFACE}{}\n", deep("{", "", "}")));
    assert_file_is_named("scripts/x.ts", format!("const a = {};\n{SURFACE}", deep("(", "1", ")")));
    assert_file_is_named("scripts/x.sh", format!("{SHELL}{}\n", deep("( ", "true", " )")));
    assert_file_is_named("scripts/x.sh", format!("{SHELL}echo {}\n", deep("$(", "x", ")")));
    assert_file_is_named(
        ".github/workflows/x.yml",
        format!(
            "on: push\njobs:\n  x:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: psql \"$DATABASE_URL\" -c 'DELETE FROM users'\nx: {}\n",
            deep("[", "1", "]")
        ),
    );
}

/// What opens a level is hidden from whoever believes quotes (they stand in a regular expression or a
/// template), and what closes it stands in a string, for whoever does not.
#[test]
fn nesting_that_hides_from_every_way_to_count_comes_to_an_end() {
    let rows = [
        ("ts", "x=/\"/+function(){/\"/;\"}\";", "", "}"),
        ("ts", "x=/\"/+(()=>{/\"/;\"}\";", "", ";})"),
        ("ts", "`\"${(()=>{`\"`;\"}\";", "", "})()}`;"),
        ("ts", "x=/[/*]/+function(){/*/;\"}\";*/\"}\";", "", "}"),
        ("tsx", "x=<a>\"{<b>\"{", "1", "}</b>}</a>"),
        ("ts", "class A{m(){`${function(){/`/;'}'", "", "}}`}}"),
    ];
    for (extension, open, inner, close) in rows {
        let text = format!("{SURFACE}{}{inner}{}\n", open.repeat(10_000), close.repeat(10_000));
        assert_file_is_named(&format!("scripts/x.{extension}"), text);
    }
}

#[test]
fn nesting_of_every_kind_in_a_shell_script_comes_to_an_end() {
    let rows = [
        ("$((", "1", "))"),
        ("$[", "1", "]"),
        ("$(echo ", "x", ")"),
        ("`echo $(", "x", ")`"),
        ("cat <(", "x", ")"),
        ("${a:-", "x", "}"),
        ("\"$(echo ", "x", ")\""),
        ("$(cat <<E\n$((", "1", "))\nE\n)"),
    ];
    for (open, inner, close) in rows {
        for depth in [11, 40, 10_000] {
            let text = format!("{SHELL}echo {}{inner}{}\n", open.repeat(depth), close.repeat(depth));
            assert_file_is_named("scripts/x.sh", text);
        }
    }
    for (open, inner, close) in [
        ("{ ", "true", "; }"),
        ("if true; then ", "true", "; fi"),
        ("case a in a) ", "true", ";; esac"),
        ("while true; do ( ", "true", " ); done"),
        ("f() { ", "true", "; }"),
        ("[[ ( ", "a", " ) ]]"),
        ("a && ", "b", ""),
        ("a | ", "b", ""),
        ("{ ( if a; then echo \"$( `echo ${a:-", "x", "}`)\"; fi ) ; }"),
    ] {
        let text = format!("{SHELL}{}{inner}{}\n", open.repeat(10_000), close.repeat(10_000));
        assert_file_is_named("scripts/x.sh", text);
    }
}

#[test]
fn nesting_in_what_configures_comes_to_an_end() {
    let deep = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(10_000), close.repeat(10_000))
    };
    for (path, text) in [
        ("guard.toml", format!("[deploy]\nx = {}\n", deep("[", "1", "]"))),
        ("guard.toml", format!("[deploy]\nx = {}\n", deep("{a=", "1", "}"))),
        ("contract/mutation.lock", format!("version = 1\nx = {}\n", deep("[{a=", "1", "}]"))),
        ("contract/mutation.toml", format!("{CONTRACT}x = {}\n", deep("[", "1", "]"))),
        ("contract/mutation.toml", format!("{CONTRACT}{} = 1\n", deep("a.", "b", ""))),
        ("nginx.conf", deep("a {\n", "b;", "}\n")),
        ("Caddyfile", deep("a {\n", "b", "}\n")),
        ("cloudflared.yml", format!("ingress:\n  - service: {}\n", deep("[", "a", "]"))),
        ("prisma/schema.prisma", format!("model A {{\n id Int @default({})\n}}\n", deep("(", "1", ")"))),
        (".env", format!("A={}\n", deep("${A:-", "x", "}"))),
        ("tsconfig.json", format!("{{\"compilerOptions\":{{\"paths\":{}}}}}", deep("{\"a\":", "1", "}"))),
        ("Makefile", format!("{}a: b{}\n", "ifeq (a,b)\n".repeat(10_000), "\nendif".repeat(10_000))),
        ("README.md", deep("> ", "x", "")),
        ("README.md", deep("postgres://", "x", "@")),
    ] {
        let sandbox = repository();
        sandbox.write("shop/scripts/x.sh", SHELL);
        sandbox.write(&format!("shop/{path}"), text);
        let found = findings(&sandbox);
        assert!(!found.is_empty(), "{path}");
    }
}

#[test]
fn files_that_start_things_are_named_however_deep_they_are() {
    let deep = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(10_000), close.repeat(10_000))
    };
    let script = "{ \"scripts\": { \"fix\": \"psql -c 'DELETE FROM users'\" }, \"x\": ";
    assert_file_is_named("package.json", format!("{script}{} }}\n", deep("[", "1", "]")));
    assert_file_is_named("package.json", format!("{script}\n"));
    assert_file_is_named(
        "Makefile",
        format!("fix:\n\tpsql -c 'DELETE FROM users'\nX := {}\n", deep("$(subst a,b,", "x", ")")),
    );
    assert_file_is_named(
        "Dockerfile",
        format!("FROM x\nRUN psql -c 'DELETE FROM users'\nRUN {}\n", deep("(", "true", ")")),
    );
    assert_file_is_named(
        "compose.yaml",
        format!("services:\n  a:\n    command: psql -c 'DELETE FROM users'\nx: {}\n", deep("{a: ", "1", "}")),
    );
}

#[test]
fn migrations_are_read_or_named_whatever_they_are() {
    let drop = "DROP TABLE users;\n";
    let deep = format!("SELECT {}1{};\n{drop}", "(".repeat(10_000), ")".repeat(10_000));
    let huge = format!("{}{drop}", "-- nothing of interest stands in this line\n".repeat(250_000));
    for content in [
        drop.as_bytes().to_vec(),
        deep.into_bytes(),
        huge.into_bytes(),
        utf16(drop, false),
        utf16(drop, true),
        drop.replace('\n', "\r\n").into_bytes(),
        [b"-- caf\xE9\n", drop.as_bytes()].concat(),
        vec![0x01, 0x00, 0xFF, 0x80, 0x00, 0x02],
    ] {
        let sandbox = repository();
        let contract = format!("{CONTRACT}\n[migrations]\npath = \"db\"\ntool = \"sql\"\n");
        sandbox.write("shop/contract/mutation.toml", contract);
        sandbox.write("shop/db/1.sql", &content);
        let found = findings(&sandbox);
        let named = |(rule, path, _): &(String, String, String)| {
            path == "db/1.sql"
                && (rule == "contract/destructive-migration" || rule == "contract/unverifiable")
        };
        assert!(found.iter().any(named), "{:?}: {found:#?}", content.get(..20));
    }
}

#[test]
fn nesting_without_end_in_sql_comes_to_an_end() {
    let deep = format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000));
    let sandbox = repository();
    sandbox.write("shop/db/x.sql", format!("SELECT {deep};\nDELETE FROM users;\n"));
    sandbox.write("shop/scripts/x.sh", "#!/bin/sh\npsql \"$DATABASE_URL\" -f db/x.sql\n");
    let found = findings(&sandbox);
    assert!(found.iter().any(|(rule, _, _)| rule == "contract/undeclared-mutation"), "{found:#?}");
}

#[test]
fn what_is_no_text_but_is_called_a_program_is_named() {
    let garbage: Vec<u8> = (0..50_000_u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    assert_file_is_named("scripts/x.ts", &garbage);
    assert_file_is_named("scripts/x.sh", &garbage);
    let sandbox = repository();
    sandbox.write("shop/public/logo.png", &garbage);
    let found = findings(&sandbox);
    assert!(found.iter().all(|(_, path, _)| path != "public/logo.png"), "{found:#?}");
}

/// A name that two modules pass on to each other, and one that is passed on further than anybody would.
#[test]
fn names_that_are_passed_on_without_end_come_to_an_end() {
    let sandbox = repository();
    sandbox.write("shop/lib/a.ts", "export { x } from \"./b\";\nexport * from \"./b\";\n");
    sandbox.write("shop/lib/b.ts", "export { x } from \"./a\";\nexport * from \"./a\";\nimport \"./db\";\n");
    sandbox.write("shop/lib/db.ts", "import { Client } from \"pg\";\nexport const client = new Client();\n");
    for at in 0..400 {
        let next = format!("export {{ deep }} from \"./m{}\";\n", at + 1);
        sandbox.write(&format!("shop/lib/m{at}.ts"), next);
    }
    sandbox.write("shop/lib/m400.ts", "export { client as deep } from \"./db\";\n");
    let uses = |name: &str, from: &str| {
        format!(
            "import {{ {name} }} from \"../lib/{from}\";\nimport {{ Client }} from \"pg\";\nawait {name}.query(\"DELETE FROM users\");\nawait new Client().query(\"DELETE FROM users\");\n"
        )
    };
    sandbox.write("shop/scripts/circle.ts", uses("x", "a"));
    sandbox.write("shop/scripts/deep.ts", uses("deep", "m0"));
    assert_named(&sandbox, "scripts/circle.ts");
    assert_named(&sandbox, "scripts/deep.ts");
}

#[cfg(unix)]
/// Each starts all of them, preloaded by all of them.
#[test]
fn programs_that_start_each_other_come_to_an_end() {
    const COUNT: usize = 24;
    let sandbox = repository();
    let names: Vec<String> = (0..COUNT).map(|at| format!("scripts/p{at}.js")).collect();
    let mut contract = CONTRACT.to_owned();
    for name in &names {
        let starts: Vec<String> =
            names.iter().map(|other| format!("execSync('node -r ./{other} {other}');")).collect();
        let starts = starts.join("\n");
        let text =
            format!("const {{ execSync }} = require('child_process');\n{starts}execSync(process.argv[2]);");
        sandbox.write(&format!("shop/{name}"), text);
        let script =
            format!("\n[[script]]\npath = \"{name}\"\nenvironment = \"prod\"\nenforced = \"inline\"\n");
        contract.push_str(&script);
    }
    sandbox.write("shop/contract/mutation.toml", contract);
    let found = findings(&sandbox);
    for name in &names {
        assert!(found.iter().any(|(_, at, _)| at == name), "{name} passes in silence: {found:#?}");
    }
}

#[test]
fn a_link_out_of_the_repository_is_named() {
    let sandbox = repository();
    sandbox.write("elsewhere/x.ts", SURFACE);
    std::fs::create_dir(sandbox.at("shop/scripts")).expect("a folder");
    std::os::unix::fs::symlink("../../elsewhere/x.ts", sandbox.at("shop/scripts/x.ts")).expect("a link");
    assert_named(&sandbox, "scripts/x.ts");
}

#[cfg(unix)]
#[test]
fn a_folder_that_links_out_of_the_repository_is_named_where_it_is_used() {
    let sandbox = repository();
    sandbox.write("elsewhere/x.sh", SHELL);
    std::os::unix::fs::symlink("../elsewhere", sandbox.at("shop/scripts")).expect("a link");
    sandbox.write("shop/package.json", "{ \"scripts\": { \"fix\": \"sh scripts/x.sh\" } }\n");
    let found = findings(&sandbox);
    let named = |(rule, path, _): &(String, String, String)| {
        rule == "contract/unverifiable" && (path == "scripts" || path == "package.json")
    };
    assert!(found.iter().any(named), "{found:#?}");
}

#[cfg(unix)]
#[test]
fn a_link_inside_the_repository_is_followed() {
    for (link, target, started) in
        [("run.sh", "old/x.sh", "run.sh"), ("now", "old", "now/x.sh"), ("now", "old/", "now/x.sh")]
    {
        let sandbox = repository();
        let contract = format!("{CONTRACT}\n[[quarantine]]\npath = \"old/**\"\n");
        sandbox.write("shop/contract/mutation.toml", contract);
        sandbox.write("shop/old/x.sh", SHELL);
        std::os::unix::fs::symlink(target, sandbox.at("shop").join(link)).expect("a link");
        sandbox.write("shop/package.json", format!("{{ \"scripts\": {{ \"fix\": \"sh {started}\" }} }}\n"));
        let found = findings(&sandbox);
        assert!(found.iter().any(|(rule, _, _)| rule == "contract/quarantine-reached"), "{link}: {found:#?}");
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_come_to_an_end() {
    let sandbox = repository();
    for (link, target) in [("a", "b"), ("b", "a"), ("self", "."), ("deep", "self/self/deep")] {
        std::os::unix::fs::symlink(target, sandbox.at("shop").join(link)).expect("a link");
    }
    sandbox.write(
        "shop/package.json",
        "{ \"scripts\": { \"a\": \"sh a/x.sh\", \"b\": \"sh self/deep/x.sh\" } }\n",
    );
    findings(&sandbox);
}

#[test]
fn a_tracked_file_is_seen_although_git_ignores_it() {
    let sandbox = repository();
    sandbox.write("shop/.gitignore", "scripts/\n");
    sandbox.write("shop/scripts/x.ts", SURFACE);
    sandbox.git("shop", &["add", "-A", "-f"]);
    sandbox.git("shop", &["commit", "-q", "-m", "all"]);
    assert_named(&sandbox, "scripts/x.ts");
}

#[test]
fn attributes_hide_nothing() {
    let sandbox = repository();
    sandbox.write(
        "shop/.gitattributes",
        "scripts/** binary linguist-generated linguist-vendored export-ignore -diff -text\n",
    );
    sandbox.write("shop/scripts/x.ts", SURFACE);
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "all"]);
    assert_named(&sandbox, "scripts/x.ts");
    let staged = check(&sandbox, &["--staged", "--format", "json"]);
    assert!(staged.stdout.contains("scripts/x.ts"), "{}", staged.stdout);
}

#[cfg(unix)]
#[test]
fn names_of_files_hide_nothing() {
    for name in ["a b.ts", "größe-名.ts", "new\nline.ts", "-rf.ts", "quo\"te'.ts", "per%cent,colon:.ts"] {
        let sandbox = repository();
        let path = format!("scripts/{name}");
        sandbox.write(&format!("shop/{path}"), SURFACE);
        assert_named(&sandbox, &path);
        sandbox.git("shop", &["add", "-A"]);
        sandbox.git("shop", &["commit", "-q", "-m", "all"]);
        assert_named(&sandbox, &path);
        for format in ["text", "github", "sarif", "agent"] {
            assert_eq!(check(&sandbox, &["--format", format]).code, Some(1), "{format} {name}");
        }
        let lines = check(&sandbox, &["--format", "github"]).stdout;
        assert!(lines.lines().all(|line| !line.starts_with("line.ts")), "{lines}");
    }
}

#[test]
fn no_file_at_all_is_an_error_and_no_pass() {
    let sandbox = Sandbox::repository();
    let outcome = check(&sandbox, &[]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("no file"), "{}", outcome.stderr);
    for format in ["json", "sarif", "github", "agent"] {
        assert_eq!(check(&sandbox, &["--format", format]).code, Some(1), "{format}");
    }
}

#[test]
fn an_invalid_contract_is_found_with_its_place_and_hides_nothing() {
    let sandbox = repository();
    sandbox.write("shop/contract/mutation.toml", "version = 1\n[environments]\nknwon = [\"dev\"]\n");
    sandbox.write("shop/scripts/x.sh", format!("{SHELL}git push --no-verify\n"));
    let outcome = check(&sandbox, &["--format", "json"]);
    let document: Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
    let all = document["findings"].as_array().expect("a list");
    let invalid = all.iter().find(|f| f["rule"] == "contract/invalid").expect("it is invalid");
    assert_eq!((&invalid["line"], &invalid["column"]), (&Value::from(3), &Value::from(1)), "{invalid}");
    assert!(all.iter().any(|f| f["rule"] == "bypass/hook-skip"), "{all:#?}");
    sandbox.write("shop/contract/mutation.toml", "version = = 1\n");
    let found = findings(&sandbox);
    assert!(found.iter().any(|(rule, _, _)| rule == "contract/invalid"), "{found:#?}");
    sandbox.write("shop/contract/mutation.toml", [0xFF, 0x00, 0x01, 0x02]);
    let found = findings(&sandbox);
    assert!(found.iter().any(|(rule, _, _)| rule == "contract/invalid"), "{found:#?}");
}

#[test]
fn a_folder_outside_git_is_checked() {
    let sandbox = Sandbox::new();
    sandbox.write("shop/contract/mutation.toml", CONTRACT);
    sandbox.write("shop/scripts/x.ts", SURFACE);
    assert_named(&sandbox, "scripts/x.ts");
}

#[test]
fn texts_and_lists_that_double_and_double_come_to_an_end() {
    use std::fmt::Write;
    let mut program =
        "import pg from \"pg\";\nlet s = \"x\";\nlet r = \"aaaaaaaa\";\nconst l0 = [1];\n".to_owned();
    for turn in 0..60 {
        writeln!(
            program,
            "s = s + s;\nr = r.replaceAll(\"a\", \"aa\");\nconst l{} = [...l{turn}, ...l{turn}];",
            turn + 1
        )
        .expect("text");
    }
    program.push_str("new pg.Pool().query(\"delete from \" + s);\n");
    assert_file_is_named("scripts/doubles.ts", program);
}

#[test]
fn a_path_that_is_not_there_is_an_error_and_no_pass() {
    let sandbox = repository();
    sandbox.write("a.sh", "echo\n");
    let outcome = check(&sandbox, &["no-such-folder"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("neither a file nor a folder"), "{}", outcome.stderr);
}
