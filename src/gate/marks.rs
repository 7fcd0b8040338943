//! `guard fingerprint`: make, show, verify, renew and lower the mark of a database.

use serde_json::{Map, Value, json};

use super::enter::{Entered, Proving, Request, Standing, enter, replayed};
use crate::io::clock;
use crate::io::database::Access;
use crate::io::database::url::Engine;
use crate::io::environment::Environment;
use crate::io::keys::{SigningKey, random_hex};
use crate::ledger::{self, Draft, LedgerError, Step, Tip};
use crate::mark::anchor::{Anchor, Anchors, COMMENT, Class};
use crate::mark::envelope::{self, Envelope, Payload, Seal};
use crate::mark::judge::{self, Expected};
use crate::mark::probe::{self, Seen};
use crate::mark::table::{self, Held};
use crate::words::ending::{Code, Ending};

const SIGNING: &str = "GUARD_SIGNING_KEY";

/// Runs inside, and gives whatever comes of it the environment and the notices.
pub(super) fn within(
    request: &Request<'_>,
    access: Access,
    proving: Proving,
    work: impl FnOnce(&mut Entered) -> Result<Ending, Ending>,
) -> Ending {
    let mut entered = match enter(request, access, proving) {
        Ok(entered) => entered,
        Err(ending) => return ending,
    };
    let ending = work(&mut entered).unwrap_or_else(|ending| {
        // What was begun is given back; the connection closes after this in any case.
        drop(entered.session.rollback());
        ending
    });
    entered.answer(ending)
}

/// The mark holds here.
#[must_use]
pub fn verify(request: &Request<'_>) -> Ending {
    within(request, Access::Read, Proving::WhereProtected, |entered| {
        let seen = entered.look()?;
        let marked = entered.verify(&seen)?;
        let (strength, why) = marked.payload.anchors.strength();
        Ok(Ending::ok(format!(
            "this is {} of the project `{}` ({}: {why})",
            marked.payload.environment,
            marked.payload.project,
            strength.name()
        ))
        .detail("mark", marked.payload.id)
        .detail("lineage", seen.anchors.lineage())
        .detail("signed", marked.signed)
        .detail("strength", strength.name()))
    })
}

/// What stands there, and what the server says of itself.
#[must_use]
pub fn show(request: &Request<'_>) -> Ending {
    within(request, Access::Read, Proving::WhereProtected, |entered| {
        let seen = entered.look()?;
        let verdict = judge::judge(&seen, &entered.url, &entered.target.expected);
        let legacy = matches!(&verdict, Err(ending) if ending.code == Some(Code::FingerprintLegacy));
        let envelope = match judge::written(&seen) {
            Ok(envelope) => envelope,
            Err(ending) if legacy => {
                return Ok(Ending::ok(ending.message.clone())
                    .detail("legacy", true)
                    .detail("found", ending.details.get("found").cloned().unwrap_or_default())
                    .next("upgrade it in CI: `guard fingerprint init ENV`"));
            }
            Err(ending) => return Err(ending),
        };
        // Nothing of another environment is shown to somebody who asked for this one.
        if let Err(ending) = verdict.as_ref()
            && matches!(ending.code, Some(Code::FingerprintEnvironment | Code::FingerprintProject))
        {
            return Err(ending.clone());
        }
        Ok(shown(&envelope, &seen, verdict.err().as_ref()))
    })
}

fn shown(envelope: &Envelope, seen: &Seen, verdict: Option<&Ending>) -> Ending {
    let payload = &envelope.payload;
    let (strength, why) = payload.anchors.strength();
    let signed = matches!(envelope.seal, Seal::Signed { .. });
    let anchors: Vec<Value> = payload
        .anchors
        .0
        .iter()
        .map(|anchor| {
            let found = seen.anchors.get(&anchor.name);
            json!({ "class": anchor.class.name(), "name": anchor.name, "value": anchor.value, "found": found })
        })
        .collect();
    let mut lines = vec![
        format!("{} of the project `{}`, on {}", payload.environment, payload.project, payload.engine),
        format!("  mark        {} (generation {})", payload.id, payload.generation),
        format!("  made        {}", clock::written(payload.issued_at)),
        format!(
            "  signed      {}",
            if signed { payload.kid.as_str() } else { "no; a checksum keeps accidents out" }
        ),
        format!("  strength    {}: {why}", strength.name()),
    ];
    for anchor in &payload.anchors.0 {
        let found = seen.anchors.get(&anchor.name);
        let same = if found == Some(anchor.value.as_str()) {
            String::new()
        } else {
            format!(" (now {})", found.unwrap_or("gone"))
        };
        lines.push(format!("  {:<11} {} = {}{same}", anchor.class.name(), anchor.name, anchor.value));
    }
    let code = verdict.and_then(|ending| ending.code).map_or("ok", Code::name);
    if let Some(ending) = verdict {
        lines.push(format!("  verdict     {code}: {}", ending.message));
    }
    Ending::ok(lines.join("\n"))
        .detail("legacy", false)
        .detail("mark", payload.id.clone())
        .detail("generation", payload.generation)
        .detail("project", payload.project.clone())
        .detail("marked", payload.environment.clone())
        .detail("issued_at", clock::written(payload.issued_at))
        .detail("issuer", Value::Object(payload.issuer.clone()))
        .detail("signed", signed)
        .detail("lineage", seen.anchors.lineage())
        .detail("strength", strength.name())
        .detail("why", why)
        .detail("anchors", anchors)
        .detail("verdict", code)
}

/// The first mark.
#[must_use]
pub fn init(request: &Request<'_>) -> Ending {
    within(request, Access::Write, Proving::WhereProtected, |entered| {
        let expected = entered.target.expected.clone();
        let name = expected.environment.clone();
        if expected.mark.is_some() || expected.lineage.is_some() {
            return Err(Ending::refused(
                Code::FingerprintPinned,
                format!("the contract pins the mark of {name}: it is not made a second time"),
            )
            .next("after a planned move, in CI: `guard fingerprint reattest ENV --reason …`"));
        }
        let key = signing_key(request.variables, &expected, &mut entered.notices)?;
        let seen = entered.look()?;
        judge::standing(&seen)?;
        let upgraded = match &seen.held {
            Held::NoTable | Held::NoRow => false,
            Held::Odd(_) => return Err(judge::written(&seen).err().unwrap_or_else(exists)),
            Held::Row { environment, .. } => match judge::judge(&seen, &entered.url, &expected) {
                Ok(marked) => {
                    return Ok(pins(
                        &format!("this database is already marked as {name}"),
                        &marked.payload,
                        &seen,
                    ));
                }
                Err(ending) if ending.code == Some(Code::FingerprintLegacy) && *environment == name => true,
                Err(ending) if ending.code == Some(Code::FingerprintCorrupt) => return Err(ending),
                Err(ending) => {
                    let found: String = environment.chars().filter(|c| !c.is_control()).take(60).collect();
                    return Err(exists()
                        .detail("found", found)
                        .detail("why", ending.code.map(Code::name))
                        .next("look at the URL; a copy becomes a lower environment with `guard fingerprint adopt`")
                        .next("the original after a planned move: in CI, `guard fingerprint reattest ENV --reason …`"));
                }
            },
        };
        pinned_elsewhere(entered, &seen)?;
        if !entered.target.protected {
            may_be_open(entered, request.variables, upgraded)?;
        }
        let mut body = Map::new();
        body.insert("command".into(), "fingerprint init".into());
        body.insert("legacy".into(), upgraded.into());
        let (payload, tip) = mark(entered, &seen, key.as_ref(), 1, body)?;
        entered.leave(&tip, &payload.id, "ok");
        let what = if upgraded { "upgraded the mark of" } else { "marked" };
        Ok(pins(&format!("{what} this database as {name}"), &payload, &seen))
    })
}

pub(super) fn exists() -> Ending {
    Ending::refused(Code::FingerprintExists, "this database has a mark, and it is another one")
}

/// A database that the contract pins for a protected environment gets no other name.
pub(super) fn pinned_elsewhere(entered: &Entered, seen: &Seen) -> Result<(), Ending> {
    let Some(lineage) = seen.anchors.lineage() else { return Ok(()) };
    for (name, policy) in entered.project.protected() {
        let pinned = policy.and_then(|policy| policy.lineage.as_ref());
        if name != entered.target.environment && pinned.is_some_and(|pinned| pinned.value == lineage) {
            return Err(Ending::refused(
                Code::FingerprintPinned,
                format!("the contract pins this very database as {name}"),
            )
            .next("look at the URL"));
        }
    }
    Ok(())
}

/// Whether an unprotected environment's database may be marked by anybody: when it is empty, or when no
/// database of a protected environment could be mistaken for it.
pub(super) fn may_be_open(
    entered: &mut Entered,
    variables: &Environment,
    upgraded: bool,
) -> Result<(), Ending> {
    let tables = probe::tables(&mut entered.session, 3)?;
    let unpinned: Vec<String> = entered
        .project
        .protected()
        .filter(|(_, policy)| policy.is_some_and(|policy| policy.database.is_some() && policy.mark.is_none()))
        .map(|(name, _)| name.to_owned())
        .collect();
    let in_ci = variables.get("CI") == Some("true");
    if tables.is_empty() || unpinned.is_empty() || (upgraded && in_ci) {
        return Ok(());
    }
    Err(Ending::refused(
        Code::FingerprintNotEmpty,
        format!(
            "this database has tables, and could be that of {}, which is not pinned yet",
            unpinned.join(" or ")
        ),
    )
    .detail("tables", tables)
    .detail("unpinned", unpinned)
    .next("mark and pin the protected environments first, or start with an empty database"))
}

/// The key that signs, where the contract names keys.
pub(super) fn signing_key(
    variables: &Environment,
    expected: &Expected,
    notices: &mut Vec<String>,
) -> Result<Option<SigningKey>, Ending> {
    if expected.keys.is_empty() {
        if variables.filled(SIGNING).is_some() {
            notices.push(format!(
                "{SIGNING} is set and was not used: the contract names no `keys` for {}, and the mark is not signed",
                expected.environment
            ));
        }
        return Ok(None);
    }
    let no = |why: String| {
        Err(Ending::refused(Code::FingerprintSigningKey, why)
            .next(format!("put the private half of a key that the contract names into {SIGNING}")))
    };
    let Some(text) = variables.filled(SIGNING) else {
        return no(format!("the mark of {} must be signed, and {SIGNING} is not set", expected.environment));
    };
    match SigningKey::parse(text) {
        Ok(key) if expected.keys.contains(&key.public()) => Ok(Some(key)),
        Ok(_) => no(format!("the contract does not name the public half of {SIGNING}")),
        Err(error) => no(format!("{SIGNING} holds no key: {error}")),
    }
}

/// Writes the mark. The transaction of the look is open; it is committed.
pub(super) fn write(
    entered: &mut Entered,
    seen: &Seen,
    key: Option<&SigningKey>,
    generation: u64,
) -> Result<Payload, Ending> {
    let payload = put(entered, seen, key, generation)?;
    entered.session.commit()?;
    Ok(payload)
}

fn put(
    entered: &mut Entered,
    seen: &Seen,
    key: Option<&SigningKey>,
    generation: u64,
) -> Result<Payload, Ending> {
    let chance = || Ending::refused(Code::DatabaseUnreachable, "this machine gives no random bytes");
    let id = random_hex(16).ok_or_else(chance)?;
    let nonce = random_hex(16).ok_or_else(chance)?;
    let widened;
    if entered.session.engine() == Engine::Mysql {
        // Its tables cannot be made inside a transaction.
        entered.session.rollback()?;
        table::install(&mut entered.session)?;
        widened = table::widen(&mut entered.session)?;
        entered.session.begin()?;
    } else {
        table::install(&mut entered.session)?;
        widened = table::widen(&mut entered.session)?;
    }
    if widened {
        entered.notices.push(
            "database_metadata.fingerprint is a text without a limit now: let the repository's own schema say so".into(),
        );
    }
    let kept = seen.anchors.0.iter().filter(|anchor| anchor.name != COMMENT).cloned();
    let mut anchors = Anchors(kept.collect());
    if probe::write_nonce(&mut entered.session, &nonce)? {
        anchors.0.insert(0, Anchor::new(Class::Lineage, COMMENT, nonce));
    } else if let Some(nonce) = seen.anchors.get(COMMENT) {
        anchors.0.insert(0, Anchor::new(Class::Lineage, COMMENT, nonce));
    }
    let mut payload = Payload {
        v: 1,
        id,
        environment: entered.target.environment.clone(),
        project: entered.project.contract.project.clone(),
        engine: seen.engine.name().to_owned(),
        anchors,
        generation,
        issued_at: clock::now(),
        issuer: entered.standing.proof().map(crate::proof::Proof::record).unwrap_or_default(),
        kid: String::new(),
    };
    let text = envelope::seal(payload.clone(), key);
    payload.kid = key.map(|key| key.public().text()).unwrap_or_default();
    table::write(&mut entered.session, &payload.environment, &text)?;
    Ok(payload)
}

/// Writes mark and ledger together. The transaction of the look is still open.
pub(super) fn mark(
    entered: &mut Entered,
    seen: &Seen,
    key: Option<&SigningKey>,
    generation: u64,
    mut body: Map<String, Value>,
) -> Result<(Payload, Tip), Ending> {
    let payload = put(entered, seen, key, generation)?;
    body.insert("issuer".into(), Value::Object(payload.issuer.clone()));
    body.insert("mark".into(), payload.id.clone().into());
    body.insert("anchors".into(), serde_json::to_value(&payload.anchors).unwrap_or_default());
    entered.project.remember(&mut body);
    let token = match &entered.standing {
        Standing::Proven(proof) => proof.token().map(str::to_owned),
        Standing::NotRequired => None,
    };
    let begin = Draft { step: Step::Begin, run: entered.run.clone(), outcome: "begun".into(), body, token };
    let end = Draft {
        step: Step::End,
        run: entered.run.clone(),
        outcome: "ok".into(),
        body: Map::new(),
        token: None,
    };
    ledger::append(&mut entered.session, begin).map_err(added)?;
    let tip = ledger::append(&mut entered.session, end).map_err(added)?;
    entered.session.commit()?;
    Ok((payload, tip))
}

pub(super) fn added(error: LedgerError) -> Ending {
    match error {
        LedgerError::Replayed => replayed(),
        LedgerError::Database(failure) => failure.into(),
    }
}

/// What the contract must now name.
pub(super) fn pins(done: &str, payload: &Payload, seen: &Seen) -> Ending {
    let (strength, why) = payload.anchors.strength();
    let lineage = seen.anchors.lineage();
    let mut text = format!(
        "{done} ({}: {why})\n\nPin it in contract/mutation.toml:\n\n[environments.{}]\nmark    = \"{}\"\n",
        strength.name(),
        payload.environment,
        payload.id
    );
    if let Some(lineage) = lineage {
        text.extend(["lineage = \"", lineage, "\"\n"]);
    }
    Ending::ok(text.trim_end().to_owned())
        .detail("mark", payload.id.clone())
        .detail("lineage", lineage)
        .detail("strength", strength.name())
        .detail("why", why)
        .detail("signed", !payload.kid.is_empty())
        .detail("generation", payload.generation)
        .next("write the pins into the contract and run `guard contract freeze`")
}
