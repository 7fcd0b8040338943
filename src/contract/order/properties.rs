//! Laws that hold for all contracts, tried on made-up ones.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::canon::canonical;
use super::super::model::*;
use super::tests::world;
use super::*;
use crate::words::effect::{Destructive, Operation};

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
