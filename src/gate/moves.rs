//! `guard fingerprint reattest` and `adopt`: a new mark for a database that moved, and for a copy.

use serde_json::Map;

use super::enter::{Entered, Proving, Request};
use super::marks::{exists, mark, pinned_elsewhere, pins, signing_key, within};
use crate::io::database::Access;
use crate::io::keys::SigningKey;
use crate::mark::anchor::{COMMENT, DATABASE, ENDPOINT, INODE};
use crate::mark::envelope::{Envelope, Payload, Seal};
use crate::mark::judge::{self, Expected};
use crate::mark::probe::Seen;
use crate::words::ending::{Code, Ending};
use crate::words::secret::strike_urls;

/// What both begin with: the mark that is there, and what may sign the new one.
struct Found {
    expected: Expected,
    key: Option<SigningKey>,
    seen: Seen,
    envelope: Envelope,
    old: Payload,
}

fn found(entered: &mut Entered, request: &Request<'_>) -> Result<Found, Ending> {
    let expected = entered.target.expected.clone();
    let key = signing_key(request.variables, &expected, &mut entered.notices)?;
    let seen = entered.look()?;
    judge::standing(&seen)?;
    let envelope = judge::written(&seen)?;
    let old = envelope.payload.clone();
    Ok(Found { expected, key, seen, envelope, old })
}

/// A new mark after a planned move.
#[must_use]
pub fn reattest(request: &Request<'_>, reason: &str) -> Ending {
    if reason.trim().is_empty() {
        return Ending::usage("--reason says why the database moved, and cannot be empty");
    }
    within(request, Access::Write, Proving::Always, |entered| {
        let Found { expected, key, seen, envelope, old } = found(entered, request)?;
        if old.environment != expected.environment || old.project != expected.project {
            // The judgement says which, in its own words.
            return Err(judge::judge(&seen, &entered.url, &expected).err().unwrap_or_else(exists));
        }
        if matches!(envelope.seal, Seal::Signed { holds: false, .. }) {
            judge::signature(&envelope, &expected)?;
        }
        pinned_elsewhere(entered, &seen)?;
        let mut body = Map::new();
        body.insert("command".into(), "fingerprint reattest".into());
        body.insert("reason".into(), strike_urls(reason.trim()).into());
        body.insert("old".into(), serde_json::to_value(&old.anchors).unwrap_or_default());
        body.insert("old_mark".into(), old.id.clone().into());
        let generation = old.generation.saturating_add(1);
        let (payload, tip) = mark(entered, &seen, key.as_ref(), generation, body)?;
        entered.leave(&tip, &payload.id, "ok");
        Ok(pins(&format!("this database is {} again", expected.environment), &payload, &seen)
            .detail("old", serde_json::to_value(&old.anchors).unwrap_or_default()))
    })
}

/// A copy becomes a lower environment.
#[must_use]
pub fn adopt(request: &Request<'_>) -> Ending {
    within(request, Access::Write, Proving::WhereProtected, |entered| {
        let Found { expected, key, seen, envelope, old } = found(entered, request)?;
        if old.project != expected.project {
            let named = Expected { environment: old.environment.clone(), ..expected.clone() };
            return Err(judge::judge(&seen, &entered.url, &named).err().unwrap_or_else(exists));
        }
        // A mark that names keys of the contract is believed only with one of them.
        if let Ok(source) = entered.project.target(&old.environment) {
            judge::signature(&envelope, &source.expected)?;
        }
        lower(entered, &old.environment)?;
        original(entered, &old, &seen)?;
        let mut body = Map::new();
        body.insert("command".into(), "fingerprint adopt".into());
        body.insert("from".into(), old.environment.clone().into());
        body.insert("old".into(), serde_json::to_value(&old.anchors).unwrap_or_default());
        body.insert("old_mark".into(), old.id.clone().into());
        let (payload, tip) = mark(entered, &seen, key.as_ref(), 1, body)?;
        entered.leave(&tip, &payload.id, "ok");
        let done = format!("this copy of {} is now {}", old.environment, expected.environment);
        Ok(pins(&done, &payload, &seen).detail("from", old.environment))
    })
}

fn lower(entered: &Entered, from: &str) -> Result<(), Ending> {
    let to = entered.target.environment.as_str();
    let (was, will) = (entered.project.rank(from), entered.project.rank(to));
    let lowers = match (was, will) {
        (Some(was), Some(will)) => will < was,
        // An environment that the contract does not know may be as high as any.
        (None, Some((protected, _))) => !protected,
        _ => false,
    };
    if lowers {
        return Ok(());
    }
    let from: String = from.chars().filter(|c| !c.is_control()).take(60).collect();
    Err(Ending::refused(
        Code::FingerprintEnvironment,
        format!("`{to}` is not below `{from}`: a copy is only ever lowered"),
    )
    .detail("found", from)
    .detail("expected", to)
    .next("the order is that of `[environments] known`, unprotected ones lowest"))
}

/// Whatever is not certainly a copy may be the original, seen through a tunnel.
fn original(entered: &Entered, old: &Payload, seen: &Seen) -> Result<(), Ending> {
    let no = |why: &str| {
        Err(Ending::refused(
            Code::FingerprintOriginal,
            format!("this may be the original database of {}: {why}", old.environment),
        )
        .next("look at the URL; only a copy can be adopted"))
    };
    let lineage = seen.anchors.lineage();
    for (name, policy) in entered.project.protected() {
        let pinned = policy.and_then(|policy| policy.lineage.as_ref());
        if lineage.is_some() && pinned.map(|pinned| pinned.value.as_str()) == lineage {
            return no(&format!("the contract pins its lineage as that of {name}"));
        }
    }
    match (old.anchors.lineage(), lineage) {
        (Some(was), Some(is)) if was != is => return Ok(()),
        (Some(_), Some(_)) => return no("its lineage is that of the mark"),
        (Some(_), None) => return no("the server does not say which cluster it is"),
        (None, _) => {}
    }
    match (old.anchors.get(COMMENT), seen.anchors.get(COMMENT)) {
        (Some(was), is) if is != Some(was) => return Ok(()),
        (Some(_), _) => return no("the nonce in its comment is that of the mark"),
        (None, _) => {}
    }
    let differs = |name: &str| match (old.anchors.get(name), seen.anchors.get(name)) {
        (Some(was), Some(is)) => was != is,
        _ => false,
    };
    let same =
        |name: &str| old.anchors.get(name).is_some() && old.anchors.get(name) == seen.anchors.get(name);
    // The same server under another address, and the same database on it.
    if (same("server_uuid") || same("server_uid")) && same(DATABASE) {
        return no("it is the same database on the same server, at another address");
    }
    // Moved, mounted elsewhere, or linked.
    if same(INODE) {
        return no("it is the same file, under another path");
    }
    if differs(ENDPOINT) || differs(INODE) || differs(DATABASE) {
        return Ok(());
    }
    no("it is where the mark was made")
}
