//! Contradictions that are told, and where.

use std::collections::{BTreeMap, BTreeSet};

use super::super::parse::parse;
use super::*;

const START: &str = "version = 1\n[environments]\nknown = [\"dev\", \"prod\"]\n";

fn wrong(lines: &str) -> Vec<(String, String)> {
    let text = format!("{START}{lines}");
    let issues = parse(&text).expect_err("a contradiction");
    issues.into_iter().map(|issue| (text[issue.span.range()].to_owned(), issue.message)).collect()
}

#[test]
fn a_script_stands_once_for_an_environment() {
    let script = "[[script]]\npath = \"a.js\"\nenvironment = [\"dev\", \"prod\"]\n";
    let found = wrong(&format!("{script}{}", script.replace("\"a.js\"", "\"./a.js\"")));
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].0, "\"./a.js\"");
}

#[test]
fn a_proof_that_nothing_can_give_is_a_contradiction() {
    assert_eq!(wrong("[environments.prod]\nproof = \"oidc\"")[0].0, "\"oidc\"");
    assert_eq!(wrong("[environments.prod]\nproof = \"deploy-key\"").len(), 1);
    let found =
        wrong("[environments.prod]\nproof = \"oidc\"\n[environments.prod.oidc]\nrepository_id = \"1\"");
    assert!(found[0].1.contains("provider"), "{found:?}");
    let found =
        wrong("[environments.prod]\nproof = \"oidc\"\n[environments.prod.oidc]\nprovider = \"github\"");
    assert!(found[0].1.contains("every token"), "{found:?}");
}

#[test]
fn paths_stay_in_the_repository() {
    for path in ["/etc/a.js", "../a.js", "a/../../b.js", "a\\\\b.js", "C:/a.js", ".", "~/a.js"] {
        let found = wrong(&format!("[[connection]]\npath = \"{path}\""));
        assert_eq!(found.len(), 1, "{path}: {found:?}");
    }
    let text = format!("{START}[[connection]]\npath = \"a..b/c.js\"");
    assert!(parse(&text).is_ok(), "two dots in a name are a name");
}

#[test]
fn a_script_is_neither_retired_nor_in_quarantine() {
    let script = "[[script]]\npath = \"old/a.js\"\nenvironment = \"prod\"\n";
    assert!(wrong(&format!("{script}[[retired]]\npath = \"old/a.js\""))[0].1.contains("retired"));
    assert!(wrong(&format!("{script}[[quarantine]]\npath = \"old/**\""))[0].1.contains("quarantine"));
    assert!(wrong(&format!("{script}[[nested]]\npath = \"old\""))[0].1.contains("nested"));
}

#[test]
fn twins_bad_globs_and_lonely_steps_are_told() {
    assert_eq!(wrong("[[quarantine]]\npath = \"a/*\"\n[[quarantine]]\npath = \"a/*\"").len(), 1);
    assert_eq!(wrong("[[retired]]\npath = \"a\"\n[[retired]]\npath = \"a\"").len(), 1);
    assert_eq!(wrong("[scope]\ntests = [\"a[\"]")[0].0, "\"a[\"");
    assert_eq!(wrong("[[sequence]]\nsteps = [\"a\"]").len(), 1);
    assert_eq!(
        wrong("[[script]]\npath = \"a\"\nenvironment = \"prod\"\ncommands = [\"* x\"]")[0].0,
        "\"* x\""
    );
    assert_eq!(wrong("[[script]]\npath = \"a\"\nenvironment = []")[0].0, "\"a\"");
}

struct Files {
    paths: Vec<String>,
    texts: BTreeMap<String, String>,
    tables: Option<BTreeMap<String, BTreeSet<String>>>,
}

impl Repository for Files {
    fn paths(&self) -> &[String] {
        &self.paths
    }
    fn tables(&self) -> Option<&BTreeMap<String, BTreeSet<String>>> {
        self.tables.as_ref()
    }
    fn read(&self, path: &str) -> Option<String> {
        self.texts.get(path).cloned()
    }
}

fn files(list: &[(&str, &str)]) -> Files {
    let texts: BTreeMap<String, String> =
        list.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Files { paths: texts.keys().cloned().collect(), texts, tables: None }
}

fn missing(lines: &str, repository: &Files) -> Vec<(String, String)> {
    let text = format!("{START}{lines}");
    let contract = parse(&text).expect("valid");
    let issues = against(&contract, repository);
    issues.into_iter().map(|issue| (text[issue.span.range()].to_owned(), issue.hint)).collect()
}

#[test]
fn what_matches_nothing_is_told_with_what_was_meant() {
    let repository =
        files(&[("app/a.ts", ""), ("lib/guards.ts", ""), ("prisma/migrations/1_x/migration.sql", "")]);
    let found = missing(
        "[scope]\napplication = [\"app/**\", \"app\"]\ntests = [\"test/**\"]\n\
         [guards]\nci = [\"guards.ts#check\"]\n[[connection]]\npath = \"db.ts\"\n\
         [[script]]\npath = \"missing.js\"\nenvironment = \"prod\"\n\
         [migrations]\npath = \"prisma/migrations\"\ntool = \"prisma\"\n\
         [[migrations.allow]]\nfile = \"1_x\"\noperations = [\"drop-table\"]\n\
         [[nested]]\npath = \"app\"\n[approval]\nsigners = \"contract/allowed_signers\"",
        &repository,
    );
    let places: Vec<&str> = found.iter().map(|issue| issue.0.as_str()).collect();
    assert_eq!(
        places,
        [
            "\"app\"",
            "\"test/**\"",
            "\"guards.ts#check\"",
            "\"db.ts\"",
            "\"1_x\"",
            "\"app\"",
            "\"contract/allowed_signers\""
        ]
    );
    assert_eq!(found[0].1, "it is a folder: write `app/**`");
    assert_eq!(found[2].1, "did you mean `lib/guards.ts`?");
    assert_eq!(found[4].1, "did you mean `1_x/migration.sql`?");
}

#[test]
fn a_signers_file_that_cannot_be_read_is_told_with_its_line() {
    let repository = files(&[("contract/allowed_signers", "# who\nada@x ssh-ed25519 nonsense\n")]);
    let text = format!("{START}[approval]\nsigners = \"contract/allowed_signers\"");
    let issues = against(&parse(&text).expect("valid"), &repository);
    assert_eq!(issues.len(), 1);
    assert!(issues[0].message.contains("line 2"), "{issues:?}");
}

#[test]
fn tables_and_columns_are_those_of_the_schema_and_only_when_it_is_known() {
    let script = "[[script]]\npath = \"a.js\"\nenvironment = \"prod\"\n\
        [script.tables.servces]\noperations = [\"insert\"]\n\
        [script.tables.\"public.Services\"]\noperations = [\"insert\"]\ncolumns = [\"basePrice\", \"base_prize\"]";
    let mut repository = files(&[]);
    assert!(missing(script, &repository).is_empty());
    let columns: BTreeSet<String> = ["basePrice", "base_price"].map(str::to_owned).into();
    repository.tables = Some([("services".to_owned(), columns)].into());
    let found = missing(script, &repository);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].1, "did you mean `services`?");
    assert_eq!(found[1], ("\"base_prize\"".to_owned(), "did you mean `base_price`?".to_owned()));
}
