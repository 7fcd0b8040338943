use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::canon::canonical;
use super::super::model::*;
use super::super::parse::parse;
use super::*;
use crate::words::effect::{Destructive, Operation};

struct Repository {
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

fn world() -> Repository {
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

/// Reads choices off a list of bytes, so that shrinking a failing case shrinks the contract.
struct Dice<'a>(std::slice::Iter<'a, u8>);

impl Dice<'_> {
    fn roll(&mut self, sides: u8) -> u8 {
        self.0.next().copied().unwrap_or(0) % sides
    }
    fn some(&mut self, all: &[&str]) -> Vec<At<String>> {
        all.iter().filter(|_| self.roll(2) == 1).map(|word| at((*word).to_owned())).collect()
    }
    fn one(&mut self, all: &[&str]) -> Option<At<String>> {
        let index = self.roll(u8::try_from(all.len()).unwrap_or(1) + 1);
        all.get(usize::from(index).wrapping_sub(1)).map(|word| at((*word).to_owned()))
    }
}

fn at<T>(value: T) -> At<T> {
    At { value, span: Span::default() }
}

fn build(bytes: &[u8]) -> Contract {
    let mut dice = Dice(bytes.iter());
    let known = dice.some(&["dev", "qa", "prod"]);
    let protected = dice.some(&["dev", "qa", "prod"]).into_iter().map(|name| name.value).collect();
    let mut policies = BTreeMap::new();
    for name in ["dev", "prod"] {
        let oidc = (dice.roll(2) == 1).then(|| Oidc {
            provider: dice.one(&["github", "gitlab"]).map(|at| at.value).unwrap_or_default(),
            jwks: dice.one(&["k.json"]),
            claims: [("ref".to_owned(), vec!["main".to_owned(); usize::from(dice.roll(2))])].into(),
            max_age: u64::from(dice.roll(3)),
            ..Oidc::default()
        });
        let proof = [Proof::CiVariable, Proof::DeployKey, Proof::Oidc][usize::from(dice.roll(3))];
        let policy = Policy {
            database: dice.one(&["A", "B"]),
            mark: dice.one(&["m", "n"]),
            hosts: dice.some(&["h", "i"]),
            keys: dice.some(&["k", "l"]),
            deploy_keys: dice.some(&["k", "l"]),
            proof,
            oidc,
            ..Policy::default()
        };
        policies.insert(name.to_owned(), policy);
    }
    let mut contract = Contract {
        project: dice.one(&["shop", "store"]).map(|at| at.value).unwrap_or_default(),
        environments: Environments { known, protected, policies, ..Environments::default() },
        quarantine: dice.some(&["old/**", "old/a.js", "tests/*"]),
        nested: dice.some(&["n", "m"]),
        ..Contract::default()
    };
    contract.scope.application = dice.some(&["app/**", "scripts/**", "**/*.js"]);
    contract.scope.tests = dice.some(&["tests/**", "old/*"]);
    if let Some(source) = dice.one(&["src", "app"]) {
        contract.scope.built.insert("scripts".to_owned(), source.value);
    }
    contract.guards.ci = dice
        .some(&["a", "b"])
        .into_iter()
        .map(|name| at(Symbol { path: name.value, name: "f".to_owned() }))
        .collect();
    contract.connections = dice.some(&["c", "d"]).into_iter().map(|path| Connection { path }).collect();
    contract.retired =
        dice.some(&["old/a.js", "gone.js"]).into_iter().map(|path| Retired { path, instead: None }).collect();
    let forbidden = [Operation::Delete, Operation::Insert, Operation::Upsert];
    contract.forbidden = forbidden.into_iter().filter(|_| dice.roll(2) == 1).map(at).collect();
    for path in ["scripts/a.js", "scripts/b.js"] {
        let mut script = Script {
            span: Span::default(),
            path: at(path.to_owned()),
            environments: dice.some(&["dev", "prod"]),
            reads: dice.some(&["dev"]),
            commands: dice.some(&["x *", "x y", "z", "*"]),
            enforced: if dice.roll(2) == 0 { Enforced::Inline } else { Enforced::Wrapper },
            tables: BTreeMap::new(),
        };
        for table in ["t", "u"] {
            let operations = [Operation::Insert, Operation::Upsert, Operation::Delete];
            let operations = operations.into_iter().filter(|_| dice.roll(2) == 1).map(at).collect();
            let columns = (dice.roll(2) == 1).then(|| dice.some(&["a", "b"]));
            script.tables.insert(table.to_owned(), TableGrant { span: Span::default(), operations, columns });
        }
        contract.scripts.push(script);
    }
    contract.migrations = (dice.roll(2) == 1).then(|| Migrations {
        span: Span::default(),
        path: dice.one(&["m"]).unwrap_or(at("n".to_owned())),
        tool: if dice.roll(2) == 0 { Tool::Sql } else { Tool::Prisma },
        commands: dice.some(&["f *", "f g"]),
        destructive_allowed: dice.roll(2) == 1,
        allow: dice
            .some(&["1.sql", "2.sql"])
            .into_iter()
            .map(|file| Allow {
                span: Span::default(),
                file,
                operations: vec![at(Destructive::DropTable)],
                reason: None,
            })
            .collect(),
    });
    for _ in 0..dice.roll(3) {
        contract.sequences.push(Sequence { span: Span::default(), steps: dice.some(&["a", "b", "c", "a"]) });
    }
    contract.approval.signers = dice.one(&["s", "t"]);
    contract.approval.presence = dice.roll(2) == 1;
    contract
}

fn any_contract() -> impl Strategy<Value = Contract> {
    prop::collection::vec(any::<u8>(), 0..160).prop_map(|bytes| build(&bytes))
}

/// The two contracts differ in a few choices only: differences in everything hide each other.
fn neighbours() -> impl Strategy<Value = (Contract, Contract)> {
    let edits = prop::collection::vec((0_usize..160, any::<u8>()), 0..3);
    (prop::collection::vec(any::<u8>(), 160), edits).prop_map(|(bytes, edits)| {
        let mut other = bytes.clone();
        for (index, byte) in edits {
            other[index] = byte;
        }
        (build(&bytes), build(&other))
    })
}

type Grant = fn(&mut Contract);

/// Each of these permits something, whatever the contract says otherwise.
const GRANTS: [(&str, Grant); 12] = [
    ("script", |contract| {
        let mut script = build(&[]).scripts.remove(0);
        script.path = at("scripts/new.js".to_owned());
        script.environments = vec![at("prod".to_owned())];
        contract.scripts.push(script);
    }),
    ("environment", |contract| contract.scripts[0].environments.push(at("other".to_owned()))),
    ("command", |contract| on(contract, |script| script.commands.push(at("new command".to_owned())))),
    ("reads", |contract| on(contract, |script| script.reads.push(at("other".to_owned())))),
    ("table", |contract| {
        on(contract, |script| {
            let operations = vec![at(Operation::Update)];
            script
                .tables
                .insert("new".to_owned(), TableGrant { span: Span::default(), operations, columns: None });
        });
    }),
    ("operation", |contract| {
        on(contract, |script| {
            script.tables.values_mut().for_each(|table| table.operations.push(at(Operation::Truncate)));
        });
    }),
    ("allow", |contract| {
        let path = at("m".to_owned());
        let own = contract.migrations.get_or_insert(Migrations {
            span: Span::default(),
            path,
            tool: Tool::Sql,
            commands: Vec::new(),
            destructive_allowed: false,
            allow: Vec::new(),
        });
        own.commands.push(at("new command".to_owned()));
    }),
    ("nested", |contract| contract.nested.push(at("new".to_owned()))),
    ("deploy key", |contract| {
        contract.environments.known.push(at("prod".to_owned()));
        let policy = contract.environments.policies.entry("prod".to_owned()).or_default();
        policy.deploy_keys.push(at("new".to_owned()));
    }),
    ("signers", |contract| contract.approval.signers = Some(at("new".to_owned()))),
    ("application", |contract| {
        contract.scope.application = vec![at("**".to_owned())];
    }),
    ("max age", |contract| {
        contract.environments.known.push(at("prod".to_owned()));
        let policy = contract.environments.policies.entry("prod".to_owned()).or_default();
        policy.oidc.get_or_insert_default().max_age += 1;
    }),
];

fn on(contract: &mut Contract, edit: impl Fn(&mut Script)) {
    let script = &mut contract.scripts[0];
    script.environments.push(at("prod".to_owned()));
    edit(script);
}

/// What the grant needs to be one (an environment that is known, a script that is there), so that
/// the base has it too.
fn prepared(mut contract: Contract, kind: &str) -> Contract {
    match kind {
        "deploy key" | "max age" => {
            contract.environments.known.push(at("prod".to_owned()));
            let policy = contract.environments.policies.entry("prod".to_owned()).or_default();
            policy.oidc.get_or_insert_default();
        }
        "signers" => contract.approval.signers = Some(at("old".to_owned())),
        "application" => contract.scope.application.clear(),
        "command" => on(&mut contract, |script| script.commands.retain(|pattern| pattern.value != "*")),
        "operation" => on(&mut contract, |script| {
            script.tables.values_mut().for_each(|table| {
                table.operations.retain(|operation| operation.value != Operation::Truncate);
            });
        }),
        "script" | "environment" | "allow" | "nested" => {}
        _ => on(&mut contract, |_| {}),
    }
    contract
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_contract_compared_with_itself_has_no_changes(contract in any_contract()) {
        prop_assert_eq!(compare(&contract, &contract, &world()), []);
    }

    #[test]
    fn two_contracts_have_changes_exactly_when_their_canonical_forms_differ((base, head) in neighbours()) {
        let changes = compare(&base, &head, &world());
        prop_assert_eq!(changes.is_empty(), canonical(&base) == canonical(&head), "{:?}", changes);
    }

    #[test]
    fn what_is_weaker_one_way_is_not_neutral_the_other_way((base, head) in neighbours()) {
        let (there, back) = (compare(&base, &head, &world()), compare(&head, &base, &world()));
        let has = |changes: &[Change], wanted| changes.iter().any(|change| change.direction == wanted);
        if has(&there, Direction::Weaker) {
            prop_assert!(has(&back, Direction::Weaker) || has(&back, Direction::Tighter), "{:?} {:?}", there, back);
        }
        if has(&there, Direction::Tighter) && !has(&there, Direction::Weaker) {
            prop_assert!(has(&back, Direction::Weaker), "{:?} {:?}", there, back);
        }
    }

    #[test]
    fn to_permit_anything_more_is_always_weaker(contract in any_contract(), index in 0..GRANTS.len()) {
        let (kind, grant) = GRANTS[index];
        let base = prepared(contract, kind);
        let mut head = base.clone();
        grant(&mut head);
        let changes = compare(&base, &head, &world());
        prop_assert!(weakens(&changes), "{}: {:?}", kind, changes);
    }

    #[test]
    fn the_order_of_entries_means_nothing(contract in any_contract()) {
        let mut other = contract.clone();
        other.scripts.reverse();
        other.quarantine.reverse();
        other.forbidden.reverse();
        other.sequences.reverse();
        other.scope.application.reverse();
        other.environments.known.reverse();
        prop_assert_eq!(canonical(&contract), canonical(&other));
    }
}
