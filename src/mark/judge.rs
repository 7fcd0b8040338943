//! Whether what a look showed is the database that the contract means: every way in which it is not has
//! a code of its own, and what cannot be told apart is said and not claimed.

use super::anchor::{Anchors, CLUSTER, COMMENT, Class, DATABASE, ENDPOINT, INODE};
use super::envelope::{self, Envelope, Payload, Reading, Seal};
use super::probe::Seen;
use super::table::Held;
use crate::io::database::url::{DatabaseUrl, Engine};
use crate::io::keys::PublicKey;
use crate::words::ending::{Code, Ending};

/// What the contract says of an environment's database.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    pub environment: String,
    pub project: String,
    /// Pins.
    pub mark: Option<String>,
    pub lineage: Option<String>,
    pub hosts: Vec<String>,
    /// Keys that may sign this environment's mark; empty: it need not be signed.
    pub keys: Vec<PublicKey>,
}

/// A mark that holds for the database on which it was found.
#[derive(Clone, Debug)]
pub struct Marked {
    pub payload: Payload,
    pub signed: bool,
    pub notices: Vec<String>,
}

/// The mark as it is written, whatever database it is on.
pub fn written(seen: &Seen) -> Result<Envelope, Ending> {
    match &seen.held {
        Held::NoTable | Held::NoRow => Err(Ending::refused(
            Code::FingerprintMissing,
            match seen.held {
                Held::NoTable => "this database has no mark: there is no table database_metadata",
                _ => "this database has no mark: the table database_metadata is empty",
            },
        )
        .next("make sure that the URL leads to the right database, then run `guard fingerprint init ENV`")),
        Held::Odd(why) => Err(corrupt(&format!("the mark's table is not as it must be: {why}"))),
        Held::Row { environment, fingerprint } => match envelope::open(fingerprint) {
            Reading::Legacy => Err(Ending::refused(
                Code::FingerprintLegacy,
                format!("this database has a mark from before guard, for `{}`", shown(environment)),
            )
            .detail("found", shown(environment))
            .next("upgrade it in CI: `guard fingerprint init ENV`")),
            Reading::Broken(why) => Err(corrupt(&format!("the mark cannot be read: {why}"))),
            Reading::Envelope(envelope) => {
                if envelope.payload.environment != *environment {
                    let (column, inside) = (shown(environment), shown(&envelope.payload.environment));
                    return Err(corrupt(&format!(
                        "the mark was edited: its column says `{column}` and its payload `{inside}`"
                    )));
                }
                if envelope.seal == (Seal::Checksum { holds: false }) {
                    return Err(corrupt("the mark was edited: its checksum does not hold"));
                }
                Ok(*envelope)
            }
        },
    }
}

fn corrupt(message: &str) -> Ending {
    // No command believes it, `reattest` neither: whoever edits a mark must not get a right one for it.
    Ending::refused(Code::FingerprintCorrupt, message)
        .next("find out who changed it, and put it back as it was: a backup has it")
        .next(
            "where nobody has it: drop database_metadata, take its pins out of the contract with an approval, \
             and in CI `guard fingerprint init ENV`",
        )
}

/// A foreign text in a message: short, on one line.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).take(60).collect()
}

/// The host must be one of those that the contract names. Asked before anything connects.
pub fn host(url: &DatabaseUrl, expected: &Expected) -> Result<(), Ending> {
    if url.engine == Engine::Sqlite || expected.hosts.is_empty() || attested(url, expected) {
        return Ok(());
    }
    Err(Ending::refused(
        Code::FingerprintPlacement,
        format!("the URL's host `{}` is none of those that the contract names", shown(&url.host)),
    )
    .detail("found", shown(&url.host))
    .detail("expected", expected.hosts.clone())
    .next("look at the URL; a host that is right is added to `hosts` in the contract"))
}

fn attested(url: &DatabaseUrl, expected: &Expected) -> bool {
    expected.hosts.iter().any(|host| {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        host == url.host || (url.is_loopback() && crate::io::database::url::is_loopback(&host))
    })
}

/// The whole judgement.
pub fn judge(seen: &Seen, url: &DatabaseUrl, expected: &Expected) -> Result<Marked, Ending> {
    host(url, expected)?;
    let envelope = match written(seen) {
        Ok(envelope) => envelope,
        Err(ending) => {
            // An old mark of another environment is first of all another environment.
            if let Held::Row { environment, .. } = &seen.held
                && ending.code == Some(Code::FingerprintLegacy)
                && *environment != expected.environment
            {
                return Err(other_environment(environment, expected));
            }
            return Err(ending);
        }
    };
    let payload = &envelope.payload;
    if matches!(envelope.seal, Seal::Signed { holds: false, .. }) {
        // Whatever it says, nobody has said it.
        signature(&envelope, expected)?;
    }
    if payload.environment != expected.environment {
        return Err(other_environment(&payload.environment, expected));
    }
    if payload.project != expected.project {
        return Err(Ending::refused(
            Code::FingerprintProject,
            format!(
                "this database belongs to the project `{}`, and the contract is that of `{}`",
                shown(&payload.project),
                expected.project
            ),
        )
        .detail("found", shown(&payload.project))
        .detail("expected", expected.project.clone())
        .next("look at the URL: two projects may not share a database"));
    }
    let signed = signature(&envelope, expected)?;
    standing(seen)?;
    let mut notices = Vec::new();
    if payload.engine != seen.engine.name() {
        return Err(clone("the mark was made on another kind of server", &payload.anchors, &seen.anchors));
    }
    lineage(&payload.anchors, &seen.anchors, &mut notices)?;
    pins(payload, seen, expected)?;
    placement(&payload.anchors, seen, url, expected, &mut notices)?;
    for anchor in payload.anchors.0.iter().filter(|anchor| anchor.class == Class::Hint) {
        match seen.anchors.get(&anchor.name) {
            Some(now) if now != anchor.value => {
                notices.push(format!(
                    "{} is now {}, and was {}",
                    anchor.name,
                    shown(now),
                    shown(&anchor.value)
                ));
            }
            _ => {}
        }
    }
    Ok(Marked { payload: envelope.payload, signed, notices })
}

fn other_environment(found: &str, expected: &Expected) -> Ending {
    let found = shown(found);
    Ending::refused(
        Code::FingerprintEnvironment,
        format!("this database is marked as `{found}`, and was to be `{}`", expected.environment),
    )
    .detail("found", found)
    .detail("expected", expected.environment.clone())
    .next("look at the URL: it leads to another environment's database")
}

/// Whether the right key signed it, where the contract names keys.
pub fn signature(envelope: &Envelope, expected: &Expected) -> Result<bool, Ending> {
    let no = |why: &str| {
        Err(Ending::refused(
            Code::FingerprintSignature,
            format!("the mark's signature is not accepted: {why}"),
        )
        .next(
            "find out who wrote it; a mark that is right is signed anew in CI: `guard fingerprint reattest ENV --reason …`",
        ))
    };
    match &envelope.seal {
        Seal::Signed { holds: false, .. } => no("it is not over this text"),
        Seal::Signed { key, .. } if expected.keys.is_empty() || expected.keys.contains(key) => Ok(true),
        Seal::Signed { .. } => no("the contract does not name its key"),
        Seal::Checksum { .. } if expected.keys.is_empty() => Ok(false),
        Seal::Checksum { .. } => no("there is none, and the contract names keys"),
    }
}

/// A standby's mark is right, and it is still not the place to change anything.
pub fn standing(seen: &Seen) -> Result<(), Ending> {
    if !seen.standby {
        return Ok(());
    }
    Err(Ending::refused(Code::DatabaseStandby, "this server is a standby: it takes no writes")
        .next("let the URL lead to the server that takes the writes"))
}

fn clone(why: &str, marked: &Anchors, seen: &Anchors) -> Ending {
    Ending::refused(Code::FingerprintClone, format!("this is a copy of the database that was marked: {why}"))
        .detail("marked", marked.lineage().map(shown))
        .detail("found", seen.lineage().map(shown))
        .next("a copy that is to be a lower environment: `guard fingerprint adopt` with that environment")
        .next("the original after a planned move: in CI, `guard fingerprint reattest ENV --reason …`")
}

/// The lineage anchors of the mark against those of the server.
fn lineage(marked: &Anchors, seen: &Anchors, notices: &mut Vec<String>) -> Result<(), Ending> {
    let known = marked.lineage().is_some();
    for anchor in marked.0.iter().filter(|anchor| anchor.class == Class::Lineage) {
        let now = seen.get(&anchor.name);
        if now == Some(anchor.value.as_str()) {
            continue;
        }
        match (anchor.name.as_str(), now) {
            (COMMENT, _) if known => {
                notices.push(
                    "the nonce in the database's comment is gone; the cluster is still the same".into(),
                );
            }
            (COMMENT, _) => {
                return Err(clone("the nonce in the database's comment did not come along", marked, seen));
            }
            (CLUSTER, None) => {
                return Err(clone("the server no longer says which cluster it is", marked, seen));
            }
            (CLUSTER, Some(_)) => {
                return Err(clone(
                    "it lies in another cluster, or is another database of the same",
                    marked,
                    seen,
                ));
            }
            _ => return Err(clone("it is on another timeline", marked, seen)),
        }
    }
    Ok(())
}

fn pins(payload: &Payload, seen: &Seen, expected: &Expected) -> Result<(), Ending> {
    let no = |what: &str, found: Option<&str>, pinned: &str| {
        Err(Ending::refused(
            Code::FingerprintPinned,
            format!("the database's {what} is not the one that the contract pins"),
        )
        .detail("found", found.map(shown))
        .detail("pinned", pinned)
        .next("look at the URL; after `guard fingerprint reattest ENV --reason …` the contract must name the new pins"))
    };
    if let Some(pinned) = &expected.mark
        && *pinned != payload.id
    {
        return no("mark", Some(&payload.id), pinned);
    }
    if let Some(pinned) = &expected.lineage
        && seen.anchors.lineage() != Some(pinned)
    {
        return no("lineage", seen.anchors.lineage(), pinned);
    }
    Ok(())
}

fn placement(
    marked: &Anchors,
    seen: &Seen,
    url: &DatabaseUrl,
    expected: &Expected,
    notices: &mut Vec<String>,
) -> Result<(), Ending> {
    let same_lineage = marked.lineage().is_some();
    for name in [ENDPOINT, DATABASE, INODE] {
        let (Some(was), Some(is)) = (marked.get(name), seen.anchors.get(name)) else { continue };
        if was == is {
            continue;
        }
        // The cluster vouches for a renamed database; the contract, where it names hosts, for another
        // name of the server. Nobody vouches for another port or file.
        let renamed = name == DATABASE && same_lineage;
        let port = |endpoint: &str| endpoint.rsplit_once(':').map(|(_, port)| port.to_owned());
        let named = name == ENDPOINT
            && seen.engine != Engine::Sqlite
            && port(was) == port(is)
            && !expected.hosts.is_empty()
            && attested(url, expected);
        if renamed || named {
            notices.push(format!(
                "the {name} is now {}, and was {} when it was marked",
                shown(is),
                shown(was)
            ));
            continue;
        }
        let (was, is) = (shown(was), shown(is));
        return Err(Ending::refused(
            Code::FingerprintPlacement,
            format!("the mark was made at another place: {name} {was}, and this is {is}"),
        )
        .detail("found", is)
        .detail("expected", was)
        .next("a tunnel or another address of the same server: add its name to `hosts`, or use the usual one")
        .next("after a planned move, in CI: `guard fingerprint reattest ENV --reason …`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
