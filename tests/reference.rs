//! The reference pages and the schemas are written from what the code says. `GUARD_WRITE_DOCS=1 cargo test --test
//! reference` writes them anew; without it, a page that says something else fails.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use clap::CommandFactory as _;
use guard::rules::registry::RULES;
use guard::words::ending::Code;
use serde_json::Value;

const WRITTEN: &str =
    "<!-- Written by `GUARD_WRITE_DOCS=1 cargo test --test reference`; a change here is overwritten. -->\n";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default()
}

/// The file says this; or, where it is asked for, it does from now on.
fn holds(path: &str, text: &str) {
    if std::env::var_os("GUARD_WRITE_DOCS").is_some() {
        let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }
    let held = read(path);
    let differs = held.lines().zip(text.lines()).find(|(held, new)| held != new);
    assert!(
        held == text,
        "{path} is not what the code says ({differs:?}): GUARD_WRITE_DOCS=1 cargo test --test reference"
    );
}

fn guard(arguments: &[&str]) -> String {
    let done =
        Command::new(env!("CARGO_BIN_EXE_guard")).args(arguments).env_clear().output().expect("it starts");
    assert!(done.status.success(), "{arguments:?}");
    String::from_utf8(done.stdout).expect("text")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[test]
fn the_rules() {
    let mut out = format!("# Rules\n\n{WRITTEN}\n");
    let _ = writeln!(
        out,
        "{} rules. None can be turned off; the rank orders the output and lowers nothing. `guard explain RULE` prints a rule's page, and its examples are tests (`tests/rule_examples.rs`).\n",
        RULES.len()
    );
    let mut by_category: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for rule in RULES {
        by_category.entry(rule.category()).or_default().push(rule);
    }
    for (category, mut rules) in by_category {
        rules.sort_by_key(|rule| rule.rank);
        let _ = writeln!(out, "## {category}\n\n| rule | finds | rank |\n|---|---|---|");
        for rule in rules {
            let _ = writeln!(
                out,
                "| [`{}`](../../rules/{}.md) | {} | {} |",
                rule.id,
                rule.id,
                cell(rule.summary),
                rule.rank
            );
        }
        out.push('\n');
    }
    holds("docs/reference/rules.md", &format!("{}\n", out.trim_end()));
}

#[test]
fn the_schemas() {
    for of in ["contract", "config"] {
        holds(&format!("docs/schema/{of}.schema.json"), &guard(&["schema", of]));
    }
    assert_eq!(
        guard(&["schema", "config"]),
        guard(&["config", "schema"]),
        "there is one schema of guard.toml"
    );
}

/// What a value may be, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(value) = schema.get("const") {
        return format!("`{value}`");
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().map(|v| format!("`{v}`")).collect::<Vec<_>>().join(", ");
    }
    if let Some(ways) = schema.get("anyOf").and_then(Value::as_array) {
        return ways.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    match schema["type"].as_str() {
        Some("array") if schema["items"].get("properties").is_some() => "tables".to_owned(),
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some("object") => "table".to_owned(),
        Some("string") if schema["pattern"].as_str().is_some_and(|p| p.contains("ms")) => {
            "duration".to_owned()
        }
        Some("string") => "text".to_owned(),
        Some(other) => other.to_owned(),
        None => "any".to_owned(),
    }
}

/// One row a key, and the tables below it.
fn rows(schema: &Value, path: &str, out: &mut String, undescribed: &mut Vec<String>) {
    let held = if schema["items"].get("properties").is_some() { &schema["items"] } else { schema };
    let required: Vec<&str> =
        held["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = held["properties"].as_object().cloned().unwrap_or_default();
    let mut keys: Vec<(String, &Value, bool)> = properties
        .iter()
        .map(|(key, value)| (key.clone(), value, required.contains(&key.as_str())))
        .collect();
    if held["additionalProperties"].is_object() {
        keys.push(("NAME".to_owned(), &held["additionalProperties"], false));
    }
    for (key, value, needed) in keys {
        let full = if path.is_empty() { key } else { format!("{path}.{key}") };
        let text = value["description"].as_str().unwrap_or_default();
        // Claims are the provider's words; they are listed together.
        if path.rsplit('.').next() == Some("oidc") && text.is_empty() {
            continue;
        }
        if text.is_empty() {
            undescribed.push(full.clone());
        }
        let default = value.get("default").map(|v| format!(" Default: `{v}`.")).unwrap_or_default();
        let needed = if needed { " Required." } else { "" };
        let _ = writeln!(out, "| `{full}` | {} | {}{default}{needed} |", cell(&kind(value)), cell(text));
        rows(value, &full, out, undescribed);
    }
}

#[test]
fn the_configuration() {
    let mut out = format!(
        "# Configuration\n\n{WRITTEN}\nTwo files, and nothing else: no variable, comment or flag changes what they say. A key that guard does not know is an error. `tables` are written as `[[name]]`; a duration is `500ms`, `30s`, `5m` or `1h`.\n"
    );
    for (title, of, about) in [
        (
            "contract/mutation.toml",
            "contract",
            "What may change a protected database. A change that permits more needs a signature; see [the contract](../contract.md).",
        ),
        (
            "guard.toml",
            "config",
            "What a rollout needs, starts, probes and looks at; see [the runbook](../runbook.md).",
        ),
    ] {
        let schema: Value = serde_json::from_str(&guard(&["schema", of])).unwrap();
        let mut undescribed = Vec::new();
        let _ = write!(out, "\n## {title}\n\n{about}\n\n| key | value | meaning |\n|---|---|---|\n");
        rows(&schema, "", &mut out, &mut undescribed);
        assert_eq!(undescribed, Vec::<String>::new(), "{of}");
        if of == "contract" {
            let claims = schema["properties"]["environments"]["additionalProperties"]["properties"]["oidc"]["properties"]
                .as_object()
                .unwrap();
            let claims: Vec<String> = claims
                .iter()
                .filter(|(_, value)| value["description"].is_null())
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            let _ = write!(
                out,
                "\nClaims that the compiled-in providers' tokens carry: {}.\n",
                claims.join(", ")
            );
        }
    }
    out.push_str("\n## In an editor\n\nEditors that read TOML (taplo, Even Better TOML, tombi) take the schema from a line of the file:\n\n```console\n$ guard init > /dev/null\n$ guard schema contract > contract/mutation.schema.json\n$ sed -i '1i #:schema ./mutation.schema.json' contract/mutation.toml\n$ guard schema config > guard.schema.json\n$ sed -i '1i #:schema ./guard.schema.json' guard.toml\n```\n");
    holds("docs/reference/configuration.md", &out);
}

#[test]
fn the_command_line() {
    fn page(command: &mut clap::Command, name: &str, depth: usize, out: &mut String) {
        if depth > 0 {
            let _ = writeln!(out, "\n{} {name}\n", "#".repeat(depth + 1));
            let help = command.clone().term_width(100).render_long_help().to_string();
            let help: Vec<&str> = help.lines().map(str::trim_end).collect();
            let _ = writeln!(out, "```text\n{}\n```", help.join("\n").trim_end());
        }
        let names: Vec<String> =
            command.get_subcommands().filter(|c| !c.is_hide_set()).map(|c| c.get_name().to_owned()).collect();
        for below in names {
            let found = command.find_subcommand_mut(&below).unwrap();
            page(found, &format!("{name} {below}"), depth + 1, out);
        }
    }
    let mut command = guard::cli::Cli::command();
    command.build();
    let mut out = format!("# Command line\n\n{WRITTEN}\n");
    out.push_str("Exit codes are the same in every format of the output:\n\n| code | meaning |\n|---|---|\n| 0 | clean, or done |\n| 1 | findings, or it was refused or could not be done |\n| 2 | `guard contract freeze`: the change permits more and needs a signature; `guard deploy`: it serves, and something optional is outstanding |\n| 64 | wrong usage |\n\n`guard run` ends with the code of what it ran.\n");
    page(&mut command, "guard", 0, &mut out);
    holds("docs/reference/command-line.md", &out);
}

/// Codes by their part, with what the runbook and the runtime page say of them.
#[test]
fn the_reason_codes() {
    let mut out = format!(
        "# Reason codes\n\n{WRITTEN}\nEvery refusal of the runtime half has one, in text and in JSON (`code`); they are public and never renamed. What to do stands beside each in [the runbook](../runbook.md) and in [the runtime page](../runtime.md), and in the `next` line of the refusal itself.\n"
    );
    let mut by_part: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for code in Code::ALL {
        let (part, word) = code.name().split_once('/').unwrap();
        by_part.entry(part).or_default().push(word);
    }
    out.push_str("\n| part | codes |\n|---|---|\n");
    for (part, words) in by_part {
        let words: Vec<String> = words.iter().map(|word| format!("`{part}/{word}`")).collect();
        let _ = writeln!(out, "| {part} | {} |", words.join(" "));
    }
    holds("docs/reference/codes.md", &out);
}

#[test]
fn every_code_that_a_page_names_exists() {
    let parts: Vec<&str> =
        Code::ALL.iter().filter_map(|code| code.name().split_once('/')).map(|(p, _)| p).collect();
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    for path in [
        "README.md",
        "docs/runbook.md",
        "docs/runtime.md",
        "docs/oidc.md",
        "docs/moving.md",
        "docs/contract.md",
    ] {
        for word in read(path).split('`').skip(1).step_by(2) {
            let Some((part, rest)) = word.split_once('/') else { continue };
            let plain = rest.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !rest.is_empty();
            if plain && parts.contains(&part) && !rules.contains(&word) {
                assert!(Code::parse(word).is_some() || Path::new(word).exists(), "{path}: {word}");
            }
        }
    }
}

/// Every page of docs/ is named by a page that somebody starts from.
#[test]
fn every_page_has_a_way_to_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = Vec::new();
    for folder in ["docs", "docs/reference"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "md") {
                pages.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let starts = ["README.md", "CONTRIBUTING.md", "docs/README.md"].map(read).join("\n");
    for page in pages.iter().filter(|page| *page != "README.md") {
        assert!(starts.contains(page.as_str()), "nothing leads to {page}");
    }
}

/// What the pages show of a contract is read by guard as they mean it.
#[test]
fn every_policy_that_a_page_shows_can_be_read() {
    let mut read_ones = 0;
    for path in ["docs/oidc.md", "docs/contract.md", "docs/adopting.md"] {
        for block in read(path)
            .split("```toml\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next().map(str::to_owned))
        {
            let text = format!("version = 1\n[environments]\nknown = [\"dev\", \"prod\"]\n{block}");
            if let Err(issues) = guard::contract::parse::parse(&text) {
                panic!("{path}: {issues:?}\n{text}");
            }
            read_ones += 1;
        }
    }
    assert!(read_ones >= 5, "{read_ones}");
}

/// A claim names the test that shows it: `tests/x.rs::name`, or a file.
#[test]
fn every_test_that_a_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named = 0;
    for path in
        ["README.md", "docs/threat-model.md", "docs/adopting.md", "docs/runbook.md", "docs/runtime.md"]
    {
        for word in
            read(path).split(['`', '(', ')', ' ', ',', '\n']).filter(|word| word.starts_with("tests/"))
        {
            let (file, test) = word.split_once("::").map_or((word, None), |(file, test)| (file, Some(test)));
            assert!(root.join(file).exists(), "{path}: {word}");
            if let Some(test) = test {
                assert!(read(file).contains(&format!("fn {test}()")), "{path}: {word}");
            }
            named += 1;
        }
    }
    assert!(named > 20, "{named}");
}

/// Links between the pages lead somewhere.
#[test]
fn no_link_leads_nowhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md"), root.join("SECURITY.md")];
    for folder in ["docs", "docs/reference"] {
        pages.extend(fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    for page in pages.iter().filter(|page| page.extension().is_some_and(|e| e == "md")) {
        let text = fs::read_to_string(page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.contains(' ') {
                continue;
            }
            assert!(page.parent().unwrap().join(target).exists(), "{}: {link}", page.display());
        }
    }
}
