//! Every difference between a mark and a database, and what it is called.

use serde_json::Map;

use super::*;
use crate::io::keys::SigningKey;
use crate::mark::anchor::Anchor;

fn anchors(parts: &[(Class, &str, &str)]) -> Anchors {
    Anchors(parts.iter().map(|(class, name, value)| Anchor::new(*class, name, *value)).collect())
}

fn usual() -> Anchors {
    anchors(&[
        (Class::Lineage, CLUSTER, "pg:1/2"),
        (Class::Lineage, COMMENT, "0a"),
        (Class::Placement, ENDPOINT, "db.shop.example:5432"),
        (Class::Placement, DATABASE, "shop"),
        (Class::Hint, "version", "15"),
    ])
}

fn payload(anchors: Anchors) -> Payload {
    Payload {
        v: 1,
        id: "5f0c".into(),
        environment: "prod".into(),
        project: "shop".into(),
        engine: "postgres".into(),
        anchors,
        generation: 1,
        issued_at: 1,
        issuer: Map::new(),
        kid: String::new(),
    }
}

fn seen_with(text: String, anchors: Anchors) -> Seen {
    Seen {
        engine: Engine::Postgres,
        anchors,
        held: Held::Row { environment: "prod".into(), fingerprint: text },
        standby: false,
        ledger: true,
        process: None,
        clock: None,
    }
}

fn seen(now: Anchors) -> Seen {
    seen_with(envelope::seal(payload(usual()), None), now)
}

fn url() -> DatabaseUrl {
    DatabaseUrl::parse("postgres://u@db.shop.example/shop").unwrap()
}

fn expected() -> Expected {
    Expected { environment: "prod".into(), project: "shop".into(), ..Expected::default() }
}

fn replaced(name: &str, value: Option<&str>) -> Anchors {
    let mut anchors = usual();
    match value {
        Some(value) => {
            anchors.0.iter_mut().filter(|it| it.name == name).for_each(|it| it.value = value.into());
        }
        None => anchors.0.retain(|it| it.name != name),
    }
    anchors
}

fn code(seen: &Seen, expected: &Expected) -> &'static str {
    judge(seen, &url(), expected).err().and_then(|ending| ending.code).map_or("ok", Code::name)
}

#[test]
fn every_anchor_has_its_verdict() {
    for (name, value, verdict) in [
        (CLUSTER, Some("pg:1/3"), "fingerprint/clone"),
        (CLUSTER, None, "fingerprint/clone"),
        (COMMENT, None, "ok"),
        (ENDPOINT, Some("localhost:5432"), "fingerprint/placement"),
        (ENDPOINT, Some("db.shop.example:6432"), "fingerprint/placement"),
        (DATABASE, Some("renamed"), "ok"),
        ("version", Some("16"), "ok"),
    ] {
        assert_eq!(code(&seen(replaced(name, value)), &expected()), verdict, "{name} {value:?}");
    }
}

#[test]
fn without_a_cluster_the_comment_and_the_name_decide() {
    let weak = replaced(CLUSTER, None);
    let mark = |now: Anchors| seen_with(envelope::seal(payload(weak.clone()), None), now);
    assert_eq!(code(&mark(weak.clone()), &expected()), "ok");
    let mut copied = weak.clone();
    copied.0.retain(|it| it.name != COMMENT);
    assert_eq!(code(&mark(copied), &expected()), "fingerprint/clone");
    let mut renamed = weak.clone();
    renamed.0.iter_mut().filter(|it| it.name == DATABASE).for_each(|it| it.value = "b".into());
    assert_eq!(code(&mark(renamed), &expected()), "fingerprint/placement");
}

#[test]
fn a_named_host_is_attested_and_another_port_never_is() {
    let hosts = Expected { hosts: vec!["db.shop.example".into()], ..expected() };
    assert_eq!(code(&seen(usual()), &hosts), "ok");
    let mut old = usual();
    old.0
        .iter_mut()
        .filter(|it| it.name == ENDPOINT)
        .for_each(|it| it.value = "old.shop.example:5432".into());
    assert_eq!(code(&seen_with(envelope::seal(payload(old), None), usual()), &hosts), "ok");
    assert_eq!(code(&seen(replaced(ENDPOINT, Some("db.shop.example:6"))), &hosts), "fingerprint/placement");
    let other = Expected { hosts: vec!["else.example".into()], ..expected() };
    assert_eq!(code(&seen(usual()), &other), "fingerprint/placement");
}

#[test]
fn pins_are_compared_after_the_copy_is_recognised() {
    let pinned = |mark: &str, lineage: &str| Expected {
        mark: Some(mark.into()),
        lineage: Some(lineage.into()),
        ..expected()
    };
    assert_eq!(code(&seen(usual()), &pinned("5f0c", "pg:1/2")), "ok");
    assert_eq!(code(&seen(usual()), &pinned("ffff", "pg:1/2")), "fingerprint/pinned");
    assert_eq!(code(&seen(usual()), &pinned("5f0c", "pg:9/9")), "fingerprint/pinned");
    assert_eq!(
        code(&seen(replaced(CLUSTER, Some("pg:9/9"))), &pinned("5f0c", "pg:1/2")),
        "fingerprint/clone"
    );
}

#[test]
fn only_a_key_of_the_contract_signs() {
    let (ours, theirs) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let keys = Expected { keys: vec![ours.public()], ..expected() };
    let by = |key: Option<&SigningKey>| seen_with(envelope::seal(payload(usual()), key), usual());
    assert_eq!(code(&by(Some(&ours)), &keys), "ok");
    assert_eq!(code(&by(Some(&theirs)), &keys), "fingerprint/signature");
    assert_eq!(code(&by(None), &keys), "fingerprint/signature");
    assert_eq!(code(&by(None), &expected()), "ok");
}

#[test]
fn what_stands_in_the_mark_s_place_is_named() {
    let with = |held: Held| Seen { held, ..seen(usual()) };
    let row = |environment: &str, fingerprint: &str| Held::Row {
        environment: environment.into(),
        fingerprint: fingerprint.into(),
    };
    let text = envelope::seal(payload(usual()), None);
    for (held, verdict) in [
        (Held::NoTable, "fingerprint/missing"),
        (Held::NoRow, "fingerprint/missing"),
        (Held::Odd("two".into()), "fingerprint/corrupt"),
        (row("prod", "my own text"), "fingerprint/legacy"),
        (row("dev", "my own text"), "fingerprint/environment"),
        (row("dev", &text), "fingerprint/corrupt"),
        (row("prod", &text.replace("sha256.", "sha256.0")), "fingerprint/corrupt"),
        (row("prod", "guard1.nonsense"), "fingerprint/corrupt"),
    ] {
        assert_eq!(code(&with(held.clone()), &expected()), verdict, "{held:?}");
    }
    assert_eq!(code(&Seen { standby: true, ..seen(usual()) }, &expected()), "database/standby");
    let dev = Expected { environment: "dev".into(), ..expected() };
    assert_eq!(code(&seen(usual()), &dev), "fingerprint/environment");
    let blog = Expected { project: "blog".into(), ..expected() };
    assert_eq!(code(&seen(usual()), &blog), "fingerprint/project");
}
