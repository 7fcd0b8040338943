//! The lock: the same bytes everywhere, read strictly, and a serial that only rises.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up must fail")]

use std::collections::BTreeMap;

use guard::freeze::lock::{Lock, Material, Part, ScriptPin, differences, file_digest, next};
use proptest::prelude::*;

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn material() -> Material {
    let script =
        ScriptPin { effects: vec!["update users".into(), "insert users".into()], digest: "d1".into() };
    Material {
        contract: "version = 1\nproject = \"shop\"\n".into(),
        files: map(&[("contract/allowed_signers", "f1")]),
        scripts: BTreeMap::from([("scripts/deploy.js".to_owned(), script)]),
        quarantine: map(&[("scripts/quarantine/old.js", "q1")]),
        migrations: map(&[("prisma/migrations/1/migration.sql", "m1")]),
        gates: map(&[("gate smoke /health", "required")]),
    }
}

#[test]
fn the_lock_file_reads_like_this() {
    let lock = next(None, None, &material());
    let digest = lock.contract_digest();
    assert_eq!(
        lock.render(),
        format!(
            r#"# Written by `guard contract freeze`; a change by hand is found out.
# It pins what contract/mutation.toml allows and what the allowed scripts do.
version = 1
serial = 1
contract = "{digest}"
meaning = [
  "version = 1",
  "project = \"shop\"",
]

[files]
"contract/allowed_signers" = "f1"

[scripts]
"scripts/deploy.js" = {{ effects = ["insert users", "update users"], digest = "d1" }}

[quarantine]
"scripts/quarantine/old.js" = "q1"

[migrations]
"prisma/migrations/1/migration.sql" = "m1"

[gates]
"gate smoke /health" = "required"
"#
        )
    );
}

#[test]
fn a_fresh_lock_differs_in_nothing_from_what_it_pins() {
    let lock = next(None, None, &material());
    assert_eq!(differences(&lock, &material()), vec![]);
    let crlf = lock.render().replace('\n', "\r\n");
    assert_eq!(Lock::parse(&crlf).unwrap(), lock);
    assert_eq!(Lock::parse(&format!("\u{feff}{}", lock.render())).unwrap(), lock);
}

#[test]
fn every_kind_of_change_is_a_difference_and_a_new_migration_is_none() {
    let lock = next(None, None, &material());
    let parts = |change: &dyn Fn(&mut Material)| {
        let mut now = material();
        change(&mut now);
        differences(&lock, &now).into_iter().map(|difference| difference.part).collect::<Vec<_>>()
    };
    let new = || (String::from("new"), String::from("x"));
    assert_eq!(parts(&|now| now.contract.push_str("x = 1")), [Part::Contract]);
    assert_eq!(parts(&|now| now.files.clear()), [Part::File]);
    assert_eq!(parts(&|now| now.scripts.clear()), [Part::Script]);
    assert_eq!(parts(&|now| now.scripts.values_mut().for_each(|pin| pin.digest.push('x'))), [Part::Script]);
    assert_eq!(parts(&|now| now.scripts.values_mut().for_each(|pin| pin.effects.clear())), [Part::Script]);
    assert_eq!(parts(&|now| now.quarantine.extend([new()])), [Part::Quarantine]);
    assert_eq!(parts(&|now| now.quarantine.clear()), [Part::Quarantine]);
    assert_eq!(parts(&|now| now.migrations.clear()), [Part::Migration]);
    assert_eq!(
        parts(&|now| now.migrations.values_mut().for_each(|digest| digest.push('x'))),
        [Part::Migration]
    );
    assert_eq!(parts(&|now| now.gates.clear()), [Part::Gate]);
    assert_eq!(parts(&|now| now.migrations.extend([new()])), []);
    assert_eq!(parts(&|now| now.scripts.values_mut().for_each(|pin| pin.effects.reverse())), []);
}

#[test]
fn the_serial_rises_with_the_meaning_above_the_locks_before() {
    let first = next(None, None, &material());
    let mut body = material();
    body.scripts.clear();
    body.migrations.extend([("new".into(), "x".into())]);
    assert_eq!(next(Some(&first), Some(&first), &body).serial, 1);
    let mut changed = material();
    changed.contract.push_str("more = 1\n");
    let second = next(Some(&first), Some(&first), &changed);
    assert_eq!(second.serial, 2);
    assert_eq!(next(Some(&second), Some(&first), &changed).serial, 2, "freezing again changes nothing");
    assert_eq!(next(Some(&second), Some(&first), &material()).serial, 3, "going back is a change");
    let ahead = Lock { serial: 9, ..first.clone() };
    assert_eq!(next(Some(&second), Some(&ahead), &changed).serial, 10);
    assert_eq!(next(None, Some(&ahead), &material()).serial, 9);
    let mut dropped = material();
    dropped.gates.clear();
    assert_eq!(next(Some(&first), None, &dropped).serial, 2);
}

#[test]
fn a_lock_that_was_touched_by_hand_is_refused_where_it_was() {
    let text = next(None, None, &material()).render();
    let place = |text: &str| {
        let error = Lock::parse(text).unwrap_err();
        (error.line, error.message)
    };
    let marks = text.replace("serial = 1\n", "<<<<<<< HEAD\nserial = 1\n=======\nserial = 2\n>>>>>>> side\n");
    assert_eq!(place(&marks).0, 4);
    assert!(place(&marks).1.contains("merge conflict"));
    assert_eq!(place(&text.replace("shop", "mall")).0, 5, "the digest is not that of the meaning");
    assert_eq!(place(&text.replace("serial = 1", "serial = 0")).0, 4);
    assert_eq!(place(&text.replace("version = 1\nserial", "version = 2\nserial")).0, 3);
    assert_eq!(place(&text.replace("[files]", "[flies]")).0, 11);
    assert!(Lock::parse(&format!("{text}\"gate smoke /health\" = \"twice\"\n")).is_err());
    assert!(Lock::parse("").is_err());
    assert!(Lock::parse(&format!("meaning = {}", "[".repeat(100_000))).is_err());
}

#[test]
fn a_digest_does_not_depend_on_line_ends() {
    assert_eq!(file_digest(b"a\r\nb\r\n"), file_digest(b"a\nb\n"));
    assert_ne!(file_digest(b"a\nb\n"), file_digest(b"a\nc\n"));
}

fn any_map() -> impl Strategy<Value = BTreeMap<String, String>> {
    proptest::collection::btree_map("(?s).{0,12}", "(?s).{0,12}", 0..4)
}

fn any_scripts() -> impl Strategy<Value = BTreeMap<String, ScriptPin>> {
    let pin = (proptest::collection::vec("(?s).{0,10}", 0..4), ".{0,8}")
        .prop_map(|(effects, digest)| ScriptPin { effects, digest });
    proptest::collection::btree_map("(?s).{0,12}", pin, 0..4)
}

proptest! {
    #[test]
    fn what_is_rendered_is_read_back(
        contract in "(?s).{0,60}",
        parts in (any_map(), any_map(), any_map(), any_map()),
        scripts in any_scripts(),
        serial in 1_u64..9_000_000_000,
    ) {
        let (files, quarantine, migrations, gates) = parts;
        let pinned = Material { contract, files, scripts, quarantine, migrations, gates };
        let mut lock = next(None, None, &pinned);
        lock.serial = serial;
        let text = lock.render();
        prop_assert_eq!(Lock::parse(&text).unwrap(), lock.clone());
        prop_assert_eq!(Lock::parse(&text.replace('\n', "\r\n")).unwrap(), lock);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(?s).{0,200}", at in 0_usize..400) {
        let _ = Lock::parse(&text);
        let mut lock = next(None, None, &material()).render();
        let cut = (0..=at.min(lock.len())).rev().find(|at| lock.is_char_boundary(*at)).unwrap_or(0);
        lock.insert_str(cut, &text);
        let _ = Lock::parse(&lock);
    }
}
