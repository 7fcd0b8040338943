//! What the reader understands, and what it says of everything else.

use proptest::prelude::*;

use super::super::canon::canonical;
use super::*;

pub(crate) const WHOLE: &str = r#"
version = 1
project = "shop"

[environments]
known     = ["dev", "staging", "prod"]
protected = ["staging", "prod"]

[environments.dev]
database = "DEV_DATABASE_URL"

[environments.prod]
database = "DATABASE_URL"
mark     = "5f0c"
lineage  = "pg:7301/16386"
hosts    = ["db.shop.example"]
proof    = "oidc"
keys     = ["ed25519:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
[environments.prod.oidc]
provider            = "github"
repository_id       = "123"
environment         = "production"
ref                 = ["refs/heads/main"]
event_name          = ["push", "workflow_dispatch"]
workflow            = ".github/workflows/deploy.yml"
max_age             = "5m"

[scope]
application = ["app/**", "lib/**"]
tests       = ["**/__tests__/**", "tests/**"]
built       = { "dist" = "src" }

[guards]
ci          = ["lib/ci-enforcement.ts#enforceCIOnlyExecution"]
fingerprint = ["lib/env-fingerprint.ts#validateEnvironmentFingerprint"]

[[connection]]
path = "lib/prisma.ts"

[[script]]
path        = "scripts/deploy-db.js"
environment = "prod"
commands    = ["prisma migrate deploy"]
enforced    = "wrapper"

[[script]]
path        = "./scripts/sync-reference-data.ts"
environment = ["prod", "staging"]
reads       = ["dev"]
[script.tables.services]
operations  = ["insert", "update"]
columns     = ["name", "description"]
[script.tables.audit]
operations  = ["insert"]

[[retired]]
path = "scripts/old.ts"
use  = "scripts/sync-reference-data.ts"

[[quarantine]]
path = "scripts/quarantine/**"

[forbidden]
operations = ["delete", "raw-sql"]

[migrations]
path        = "prisma/migrations"
tool        = "prisma"
commands    = ["prisma migrate deploy"]
destructive = "forbid"
[[migrations.allow]]
file       = "20260203130000_drop_legacy/migration.sql"
operations = ["drop-column"]
reason     = "column unread since release 41"

[[sequence]]
steps = ["npm run predeploy", "npm run deploy:db"]

[[nested]]
path = "examples/shop"

[approval]
signers  = "contract/allowed_signers"
presence = true
"#;

fn issues(text: &str) -> Vec<(String, String, String)> {
    let found = parse(text).expect_err("the contract is wrong");
    let of = |issue: Issue| (text[issue.span.range()].to_owned(), issue.message, issue.hint);
    found.into_iter().map(of).collect()
}

fn with(line: &str) -> String {
    format!("version = 1\n[environments]\nknown = [\"dev\", \"prod\"]\n{line}\n")
}

#[test]
fn the_contract_of_the_documentation_is_read_as_it_is_written() {
    let contract = parse(WHOLE).expect("a valid contract");
    assert_eq!(contract.project, "shop");
    assert_eq!(contract.environments.protected, ["staging", "prod"]);
    let prod = contract.policy("prod").expect("a policy");
    assert_eq!(prod.proof, super::super::model::Proof::Oidc);
    let oidc = prod.oidc.as_ref().expect("claims");
    assert_eq!(oidc.max_age, 300);
    assert_eq!(oidc.claims["event_name"], ["push", "workflow_dispatch"]);
    assert_eq!(contract.scope.built["dist"], "src");
    assert_eq!(contract.guards.ci[0].name, "enforceCIOnlyExecution");
    let sync = &contract.scripts[1];
    assert_eq!(sync.path.value, "scripts/sync-reference-data.ts");
    assert_eq!(sync.enforced, Enforced::Inline);
    assert_eq!(sync.tables["services"].operations.len(), 2);
    assert!(sync.tables["audit"].columns.is_none());
    let text = &WHOLE[sync.span.range()];
    assert!(text.starts_with("[[script]]") && text.ends_with("operations  = [\"insert\"]"), "{text}");
    assert!(contract.approval.presence);
}

#[test]
fn every_environment_but_dev_is_protected_where_the_contract_is_silent() {
    let contract = parse("version = 1\n[environments]\nknown = [\"dev\", \"qa\", \"prod\"]").expect("valid");
    assert_eq!(contract.environments.protected, ["qa", "prod"]);
}

#[test]
fn an_unknown_key_is_found_at_its_place_with_the_name_that_was_meant() {
    let text =
        with("[[script]]\npath = \"a.js\"\nenvironment = \"prod\"\n[script.tables.t]\ncolums = [\"a\"]");
    let found = issues(&text);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "colums");
    assert_eq!(found[0].2, "did you mean `columns`?");
}

#[test]
fn all_issues_are_told_and_not_only_the_first() {
    let text = with(
        "[forbiden]\noperations = []\n[forbidden]\noperations = [\"remove\", \"drpo\", \"select\"]\n\
         [guards]\nci = [\"lib/a.ts\"]\n[approval]\npresence = \"yes\"",
    );
    let places: Vec<String> = issues(&text).into_iter().map(|issue| issue.0).collect();
    assert_eq!(places, ["forbiden", "\"remove\"", "\"drpo\"", "\"select\"", "\"lib/a.ts\"", "\"yes\""]);
}

#[test]
fn a_version_is_required_and_it_is_one() {
    assert!(issues("").iter().any(|issue| issue.1.contains("version")));
    assert_eq!(issues("version = 2")[0].0, "2");
    assert_eq!(issues("version = \"1\"")[0].0, "\"1\"");
}

#[test]
fn an_environment_that_is_not_known_is_an_issue_wherever_it_stands() {
    let text = with(
        "protected = [\"prdo\"]\n[environments.prood]\n[[script]]\npath = \"a\"\nenvironment = [\"pord\"]\nreads = \"dve\"",
    );
    let found = issues(&text);
    let places: Vec<&str> = found.iter().map(|issue| issue.0.as_str()).collect();
    assert_eq!(places, ["\"prdo\"", "prood", "\"pord\"", "\"dve\""]);
    assert!(found.iter().all(|issue| issue.2.contains("did you mean")), "{found:?}");
}

#[test]
fn keys_variables_hosts_and_durations_have_a_form() {
    let text = with(
        "[environments.prod]\ndatabase = \"postgres://u:secret@h/d\"\nhosts = [\"10.0.0.1\", \"db:5432\"]\n\
         keys = [\"ed25519:AAAA\"]\n[environments.prod.oidc]\nprovider = \"githb\"\nmax_age = \"5 minutes\"\n\
         ref = []\nissuer = \"http://ci.example\"\nrepositoryid = \"1\"",
    );
    let found = issues(&text);
    assert_eq!(found.len(), 9, "{found:#?}");
    assert!(found.iter().all(|issue| !issue.1.contains("secret")));
    assert!(found.iter().any(|issue| issue.2 == "did you mean `repository_id`?"));
}

#[test]
fn broken_syntax_and_doubled_keys_have_their_span() {
    let found = issues("version = 1\nversion = 1\n[scope\n");
    assert!(found.len() >= 2, "{found:?}");
    assert!(found.iter().any(|issue| issue.0 == "version"), "{found:?}");
}

#[test]
fn line_ends_and_a_byte_order_mark_of_windows_change_nothing() {
    let text = format!("\u{feff}{}", WHOLE.replace('\n', "\r\n"));
    let contract = parse(&text).expect("a valid contract");
    let at = &contract.scripts[0].path;
    assert_eq!(&text[at.span.range()], "\"scripts/deploy-db.js\"");
    let plain = parse(WHOLE).expect("a valid contract");
    assert_eq!(canonical(&contract), canonical(&plain));
}

#[test]
fn the_canonical_form_is_one_fact_a_line() {
    let text = canonical(&parse(WHOLE).expect("a valid contract"));
    for line in [
        "environment prod oidc claim \"event_name\" may be \"push\"",
        "environment staging proof ci-variable",
        "script \"scripts/sync-reference-data.ts\" in staging table \"audit\" column any",
        "migrations allow \"20260203130000_drop_legacy/migration.sql\" drop-column",
        "sequence \"npm run predeploy\" then \"npm run deploy:db\"",
    ] {
        assert!(text.lines().any(|own| own == line), "{line}\n{text}");
    }
    assert!(!text.contains("release 41"), "a reason is no meaning");
}

#[test]
fn a_text_cannot_forge_a_line_of_the_canonical_form() {
    let text = with("[environments.prod]\nmark = \"a\\\"\\nenvironment prod open\"");
    let form = canonical(&parse(&text).expect("valid"));
    assert!(!form.lines().any(|line| line == "environment prod open"), "{form}");
}

#[test]
fn deep_nesting_is_an_issue_and_not_a_crash() {
    let text = format!("a = {}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(parse(&text).is_err());
    let text = format!("[{}a]\nb = 1", "a.".repeat(10_000));
    assert!(parse(&text).is_err());
}

#[test]
fn a_private_key_in_the_contract_is_named_and_not_repeated() {
    let text = with(
        "[environments.prod]\nkeys = [\"ed25519-private:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"]",
    );
    let found = issues(&text);
    assert!(found[0].1.contains("private key") && !found[0].1.contains("AAEC"));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        let _ = parse(&text);
    }

    #[test]
    fn no_piece_of_a_contract_makes_the_reader_panic(start in 0_usize..1800, end in 0_usize..1800, junk in "[\\[\\]=\"#.a\n]{0,6}") {
        let (start, end) = (start.min(end).min(WHOLE.len()), start.max(end).min(WHOLE.len()));
        let text = format!("{}{junk}{}", &WHOLE[..start], &WHOLE[end..]);
        if let Err(issues) = parse(&text) {
            prop_assert!(!issues.is_empty());
            prop_assert!(issues.iter().all(|issue| issue.span.range().end <= text.len()));
        }
    }
}
