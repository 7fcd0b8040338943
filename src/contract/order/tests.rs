//! Each item of what weakens a contract, one way and the other.

use super::super::model::Contract;
use super::super::parse::parse;
use super::*;

pub(super) struct Repository {
    surfaces: Vec<&'static str>,
    base: Vec<&'static str>,
    head: Vec<&'static str>,
}

impl World for Repository {
    fn surfaces(&self) -> Vec<String> {
        self.surfaces.iter().map(|&path| path.to_owned()).collect()
    }
    fn base_paths(&self) -> Vec<String> {
        self.base.iter().map(|&path| path.to_owned()).collect()
    }
    fn head_paths(&self) -> Vec<String> {
        self.head.iter().map(|&path| path.to_owned()).collect()
    }
}

const PATHS: [&str; 6] = ["app/a.ts", "dist/x.js", "old/a.js", "old/b.js", "scripts/a.js", "tests/t.ts"];

pub(super) fn world() -> Repository {
    Repository {
        surfaces: vec!["app/a.ts", "old/a.js", "scripts/a.js"],
        base: PATHS.to_vec(),
        head: PATHS.to_vec(),
    }
}

fn read(lines: &str) -> Contract {
    let text = format!("version = 1\n{lines}");
    parse(&text).unwrap_or_else(|issues| panic!("{issues:#?}\n{text}"))
}

const ENVIRONMENTS: &str = "[environments]\nknown = [\"dev\", \"staging\", \"prod\"]\n";

/// Directions with the environments in front, so that a case shows only what it is about.
fn from_to(base: &str, head: &str) -> Vec<(Direction, String)> {
    in_world(base, head, &world())
}

fn in_world(base: &str, head: &str, world: &Repository) -> Vec<(Direction, String)> {
    let (base, head) = (read(&format!("{ENVIRONMENTS}{base}")), read(&format!("{ENVIRONMENTS}{head}")));
    compare(&base, &head, world).into_iter().map(|change| (change.direction, change.what)).collect()
}

#[track_caller]
fn weaker_and_back(base: &str, head: &str) {
    let there = from_to(base, head);
    assert!(there.iter().any(|change| change.0 == Direction::Weaker), "{there:?}");
    assert!(there.iter().all(|change| change.0 == Direction::Weaker), "{there:?}");
    let back = from_to(head, base);
    assert!(!back.is_empty() && back.iter().all(|change| change.0 == Direction::Tighter), "{back:?}");
}

#[track_caller]
fn neutral(base: &str, head: &str) {
    for changes in [from_to(base, head), from_to(head, base)] {
        assert!(changes.iter().all(|change| change.0 == Direction::Neutral), "{changes:?}");
    }
}

const SCRIPT: &str = "[[script]]\npath = \"scripts/a.js\"\nenvironment = \"prod\"\n";
const TABLE: &str = "[script.tables.services]\noperations = [\"update\"]\ncolumns = [\"price\"]\n";

#[test]
fn a_script_its_environments_commands_reads_and_tables_are_permissions() {
    weaker_and_back("", SCRIPT);
    weaker_and_back(SCRIPT, &SCRIPT.replace("\"prod\"", "[\"prod\", \"staging\"]"));
    weaker_and_back(SCRIPT, &format!("{SCRIPT}commands = [\"prisma migrate deploy\"]"));
    weaker_and_back(SCRIPT, &format!("{SCRIPT}reads = \"dev\""));
    weaker_and_back(SCRIPT, &format!("{SCRIPT}enforced = \"wrapper\""));
    weaker_and_back(SCRIPT, &format!("{SCRIPT}{TABLE}"));
    let table = format!("{SCRIPT}{TABLE}");
    weaker_and_back(&table, &table.replace("[\"update\"]", "[\"update\", \"delete\"]"));
    weaker_and_back(&table, &table.replace("[\"price\"]", "[\"price\", \"name\"]"));
    weaker_and_back(&table, &table.replace("columns = [\"price\"]\n", ""));
}

#[test]
fn the_words_say_which_script_may_now_do_what() {
    let head = format!("{SCRIPT}{TABLE}").replace("[\"price\"]", "[\"price\", \"name\"]");
    let changes = from_to(&format!("{SCRIPT}{TABLE}"), &head);
    assert_eq!(changes, [(Direction::Weaker, "scripts/a.js (prod) may now write services.name".to_owned())]);
}

#[test]
fn a_change_points_at_the_line_in_either_contract() {
    let text = format!("version = 1\n{ENVIRONMENTS}{SCRIPT}{TABLE}");
    let after = text.replace("[\"price\"]", "[\"price\", \"name\"]");
    let (base, head) = (parse(&text).expect("valid"), parse(&after).expect("valid"));
    let changes = compare(&base, &head, &world());
    let span = changes[0].after.expect("a place");
    assert_eq!(&after[span.range()], "\"name\"");
}

#[test]
fn a_renamed_script_is_a_new_one() {
    let changes = from_to(SCRIPT, &SCRIPT.replace("a.js", "b.js"));
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0].0, Direction::Weaker);
}

#[test]
fn a_command_that_a_star_already_admits_is_no_weakening() {
    let wide = format!("{SCRIPT}commands = [\"prisma migrate *\"]");
    let both = format!("{SCRIPT}commands = [\"prisma migrate *\", \"prisma migrate deploy\"]");
    let narrow = format!("{SCRIPT}commands = [\"prisma migrate deploy\"]");
    neutral(&wide, &both);
    weaker_and_back(&narrow, &wide);
}

#[test]
fn entries_that_demand_something_may_not_go() {
    weaker_and_back(
        "[forbidden]\noperations = [\"delete\", \"drop\"]",
        "[forbidden]\noperations = [\"drop\"]",
    );
    weaker_and_back("[[connection]]\npath = \"lib/db.ts\"", "");
    weaker_and_back("[guards]\nci = [\"lib/a.ts#check\"]", "[guards]\nci = []");
    weaker_and_back("[guards]\nfingerprint = [\"lib/a.ts#check\"]", "");
    weaker_and_back("[[retired]]\npath = \"old/a.js\"", "");
    weaker_and_back("[[sequence]]\nsteps = [\"a\", \"b\", \"c\"]", "[[sequence]]\nsteps = [\"a\", \"c\"]");
    weaker_and_back(
        "[approval]\nsigners = \"contract/allowed_signers\"\npresence = true",
        "[approval]\nsigners = \"contract/allowed_signers\"",
    );
    weaker_and_back(
        "[environments.prod]\nproof = \"deploy-key\"\ndeploy_keys = [\"ed25519:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"]",
        "[environments.prod]\ndeploy_keys = [\"ed25519:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"]",
    );
}

#[test]
fn a_sequence_may_grow_and_may_not_be_reordered() {
    let changes =
        from_to("[[sequence]]\nsteps = [\"a\", \"b\", \"c\"]", "[[sequence]]\nsteps = [\"b\", \"a\", \"c\"]");
    assert_eq!(changes[0].0, Direction::Weaker);
    let changes =
        from_to("[[sequence]]\nsteps = [\"a\", \"c\"]", "[[sequence]]\nsteps = [\"a\", \"c\", \"d\"]");
    assert_eq!(changes[0].0, Direction::Weaker);
}

#[test]
fn migrations_may_be_dropped_loosened_and_allowed_only_with_an_approval() {
    let own = "[migrations]\npath = \"m\"\ntool = \"sql\"\n";
    weaker_and_back(own, "");
    weaker_and_back(own, &format!("{own}destructive = \"allow\""));
    weaker_and_back(own, &format!("{own}commands = [\"flyway migrate\"]"));
    let allow = format!("{own}[[migrations.allow]]\nfile = \"1.sql\"\noperations = [\"drop-column\"]\n");
    weaker_and_back(own, &allow);
    weaker_and_back(&allow, &allow.replace("[\"drop-column\"]", "[\"drop-column\", \"drop-table\"]"));
    neutral(&allow, &format!("{allow}reason = \"unread\""));
    let moved = from_to(own, &own.replace("\"m\"", "\"n\""));
    assert_eq!(moved[0].0, Direction::Weaker);
}

#[test]
fn a_glob_is_weaker_only_where_it_covers_a_surface_more() {
    weaker_and_back(
        "[scope]\napplication = [\"lib/**\"]",
        "[scope]\napplication = [\"lib/**\", \"scripts/**\"]",
    );
    neutral("[scope]\napplication = [\"lib/**\"]", "[scope]\napplication = [\"lib/**\", \"web/**\"]");
    weaker_and_back("", "[scope]\ntests = [\"**/*.js\"]");
    neutral("[scope]\napplication = [\"app/**\"]", "[scope]\napplication = [\"app/*\"]");
    weaker_and_back("", "[scope]\nbuilt = { \"scripts\" = \"src\" }");
    neutral("", "[scope]\nbuilt = { \"dist\" = \"src\" }");
}

#[test]
fn a_quarantine_may_shrink_only_together_with_its_files() {
    let (wide, narrow) = ("[[quarantine]]\npath = \"old/**\"", "[[quarantine]]\npath = \"old/a.js\"");
    let changes = from_to(wide, narrow);
    assert_eq!(changes, [(Direction::Weaker, "old/b.js left the quarantine".to_owned())]);
    let mut gone = world();
    gone.head.retain(|path| *path != "old/b.js");
    let changes = in_world(wide, narrow, &gone);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].0, Direction::Neutral);
}

#[test]
fn a_file_with_surfaces_joins_the_quarantine_only_with_an_approval() {
    let changes = from_to("", "[[quarantine]]\npath = \"old/a.js\"");
    assert_eq!(changes[0].0, Direction::Weaker);
    let changes = from_to(SCRIPT, "[[quarantine]]\npath = \"scripts/a.js\"");
    assert!(changes.iter().all(|change| change.0 == Direction::Tighter), "{changes:?}");
}

#[test]
fn a_retired_entry_may_go_together_with_its_file() {
    let changes = from_to("[[retired]]\npath = \"gone.js\"", "");
    assert!(changes.iter().all(|change| change.0 == Direction::Neutral), "{changes:?}");
}

#[test]
fn nested_projects_and_other_names_are_weaker() {
    weaker_and_back("", "[[nested]]\npath = \"examples/shop\"");
    let named = |name: &str| read(&format!("project = \"{name}\""));
    assert!(weakens(&compare(&named("shop"), &named("store"), &world())));
    assert!(weakens(&compare(&named("shop"), &read(""), &world())));
    assert!(!weakens(&compare(&read(""), &named("shop"), &world())));
}

#[test]
fn an_environment_stays_known_and_protected() {
    let with = |lines: &str| read(&format!("[environments]\n{lines}"));
    let all = with("known = [\"dev\", \"staging\", \"prod\"]");
    let open = with("known = [\"dev\", \"staging\", \"prod\"]\nprotected = [\"prod\"]");
    let less = with("known = [\"dev\", \"prod\"]");
    assert!(weakens(&compare(&all, &open, &world())));
    assert!(!weakens(&compare(&open, &all, &world())));
    assert!(weakens(&compare(&all, &less, &world())));
    let more = with("known = [\"dev\", \"prod\", \"staging\", \"qa\"]");
    let changes = compare(&all, &more, &world());
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].direction, Direction::Tighter);
}

const POLICY: &str = "[environments.prod]\ndatabase = \"DATABASE_URL\"\nmark = \"5f\"\nlineage = \"pg:1\"\nhosts = [\"db.example\"]\nproof = \"oidc\"\nkeys = [\"ed25519:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"]\n[environments.prod.oidc]\nprovider = \"github\"\nrepository_id = \"1\"\nref = [\"refs/heads/main\"]\nmax_age = \"5m\"\n";

#[test]
fn every_pin_proof_and_claim_of_a_policy_holds() {
    let edits = [
        ("database = \"DATABASE_URL\"", "database = \"OTHER_URL\""),
        ("mark = \"5f\"\n", ""),
        ("mark = \"5f\"", "mark = \"60\""),
        ("lineage = \"pg:1\"\n", ""),
        ("hosts = [\"db.example\"]\n", ""),
        ("hosts = [\"db.example\"]", "hosts = [\"db.example\", \"other.example\"]"),
        ("proof = \"oidc\"", "proof = \"ci-variable\""),
        ("keys = [\"ed25519:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"]\n", ""),
        ("provider = \"github\"", "provider = \"gitlab\""),
        ("provider = \"github\"", "provider = \"github\"\nissuer = \"https://ci.example\""),
        ("ref = [\"refs/heads/main\"]\n", ""),
        ("[\"refs/heads/main\"]", "[\"refs/heads/main\", \"refs/heads/next\"]"),
        ("max_age = \"5m\"", "max_age = \"1h\""),
        (POLICY, ""),
    ];
    for (old, new) in edits {
        assert!(POLICY.contains(old), "{old}");
        let changes = from_to(POLICY, &POLICY.replace(old, new));
        assert!(changes.iter().any(|change| change.0 == Direction::Weaker), "{old} -> {new}: {changes:?}");
    }
    let shorter = from_to(POLICY, &POLICY.replace("5m", "1m"));
    assert!(shorter.iter().all(|change| change.0 == Direction::Tighter), "{shorter:?}");
    neutral(POLICY, &POLICY.replace("\"5m\"", "\"300s\""));
}

#[test]
fn the_same_meaning_written_in_another_way_is_no_change() {
    neutral(
        &format!("{SCRIPT}[script.tables.t]\noperations = [\"upsert\"]"),
        &format!(
            "# said otherwise\n{SCRIPT}enforced = \"inline\"\n[script.tables.t]\noperations = [\"update\", \"insert\"]"
        ),
    );
    let both = SCRIPT.replace("\"prod\"", "[\"staging\", \"prod\"]");
    let two = format!("{SCRIPT}{}", SCRIPT.replace("\"prod\"", "\"staging\""));
    assert!(from_to(&both, &two).is_empty());
}
