//! The fingerprint's text: a payload and what vouches for it, in one line that a text column holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::anchor::Anchors;
use crate::io::keys::{PublicKey, SigningKey};
use crate::words::digest::sha256_hex;

const HEAD: &str = "guard1.";

/// Longer than any mark.
const LONGEST: usize = 64 << 10;

/// What a mark says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payload {
    pub v: u32,
    /// The fingerprint's id; a copy carries it, too.
    pub id: String,
    pub environment: String,
    pub project: String,
    pub engine: String,
    pub anchors: Anchors,
    /// Raised by every re-attestation.
    pub generation: u64,
    pub issued_at: i64,
    /// What the proof said of the run that made it.
    pub issuer: Map<String, Value>,
    /// The key that signed it; empty where none did.
    pub kid: String,
}

/// Who vouches for the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seal {
    Signed {
        key: PublicKey,
        holds: bool,
    },
    /// Keeps accidents out and nobody else.
    Checksum {
        holds: bool,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    pub payload: Payload,
    pub seal: Seal,
}

/// What stands in the column.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    Envelope(Box<Envelope>),
    /// Somebody's own text, from before guard.
    Legacy,
    /// It begins as a mark does, and is none.
    Broken(String),
}

fn signed_text(payload: &str) -> Vec<u8> {
    // Named, so that no signature of another kind of text is one of a mark.
    format!("guard fingerprint v1\n{payload}").into_bytes()
}

/// Writes a mark. The payload's `kid` is set to the key that signs.
#[must_use]
pub fn seal(mut payload: Payload, key: Option<&SigningKey>) -> String {
    payload.kid = key.map(|key| key.public().text()).unwrap_or_default();
    // Serialising plain data to memory cannot fail; an empty payload would not be read back.
    let json = serde_json::to_string(&payload).unwrap_or_default();
    let body = URL_SAFE_NO_PAD.encode(&json);
    let tail = match key {
        Some(key) => format!("ed25519.{}", URL_SAFE_NO_PAD.encode(key.sign(&signed_text(&body)))),
        None => format!("sha256.{}", sha256_hex(body.as_bytes())),
    };
    format!("{HEAD}{body}.{tail}")
}

/// Reads the column.
#[must_use]
pub fn open(text: &str) -> Reading {
    let Some(rest) = text.strip_prefix(HEAD) else {
        // A mark that lost its head is not somebody's own text.
        return if text.to_ascii_lowercase().trim_start().starts_with("guard") {
            Reading::Broken("it is not written as this guard writes marks".into())
        } else {
            Reading::Legacy
        };
    };
    match envelope(rest) {
        Ok(envelope) => Reading::Envelope(Box::new(envelope)),
        Err(why) => Reading::Broken(why.to_owned()),
    }
}

fn envelope(rest: &str) -> Result<Envelope, &'static str> {
    if rest.len() > LONGEST {
        return Err("it is too long");
    }
    let parts: Vec<&str> = rest.split('.').collect();
    let [body, kind, tail] = parts.as_slice() else { return Err("it does not have its parts") };
    let json = URL_SAFE_NO_PAD.decode(body).map_err(|_| "its payload is not base64")?;
    let payload: Payload = serde_json::from_slice(&json).map_err(|_| "its payload cannot be read")?;
    if payload.v != 1 {
        return Err("it is of a version that this guard does not know");
    }
    // One payload has one text.
    if serde_json::to_vec(&payload).ok().as_deref() != Some(json.as_slice()) {
        return Err("its payload is not written as guard writes it");
    }
    let seal = match (*kind, payload.kid.as_str()) {
        ("sha256", "") => Seal::Checksum { holds: *tail == sha256_hex(body.as_bytes()) },
        ("ed25519", named) => {
            let key = PublicKey::parse(named).ok_or("the key that it names is none")?;
            let signature = URL_SAFE_NO_PAD.decode(tail).map_err(|_| "its signature is not base64")?;
            let holds = key.verifies(&signed_text(body), &signature);
            Seal::Signed { key, holds }
        }
        _ => return Err("what vouches for it is not known"),
    };
    Ok(Envelope { payload, seal })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mark::anchor::{Anchor, Class};

    fn payload() -> Payload {
        Payload {
            v: 1,
            id: "5f0c".into(),
            environment: "prod".into(),
            project: "shop".into(),
            engine: "postgres".into(),
            anchors: Anchors(vec![Anchor::new(Class::Lineage, "cluster", "pg:1/2")]),
            generation: 1,
            issued_at: 7,
            issuer: Map::new(),
            kid: String::new(),
        }
    }

    fn opened(text: &str) -> Envelope {
        match open(text) {
            Reading::Envelope(envelope) => *envelope,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_signed_mark_holds_until_a_letter_changes() {
        let key = SigningKey::generate().unwrap();
        let text = seal(payload(), Some(&key));
        let envelope = opened(&text);
        assert_eq!(envelope.seal, Seal::Signed { key: key.public(), holds: true });
        assert_eq!(envelope.payload.environment, "prod");
        let mut edited = envelope.payload.clone();
        edited.environment = "dev".into();
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_string(&edited).unwrap());
        let tail = text.splitn(3, '.').nth(2).unwrap();
        let forged = opened(&format!("{HEAD}{body}.{tail}"));
        assert_eq!(forged.seal, Seal::Signed { key: key.public(), holds: false });
    }

    #[test]
    fn an_unsigned_mark_carries_a_checksum() {
        let text = seal(payload(), None);
        assert_eq!(opened(&text).seal, Seal::Checksum { holds: true });
        let last = if text.ends_with('0') { '1' } else { '0' };
        let edited = format!("{}{last}", &text[..text.len() - 1]);
        assert_eq!(opened(&edited).seal, Seal::Checksum { holds: false });
    }

    #[test]
    fn a_signature_cannot_be_turned_into_a_checksum() {
        let key = SigningKey::generate().unwrap();
        let text = seal(payload(), Some(&key));
        let body = text.split('.').nth(1).unwrap();
        let forged = format!("{HEAD}{body}.sha256.{}", sha256_hex(body.as_bytes()));
        assert!(matches!(open(&forged), Reading::Broken(_)));
    }

    #[test]
    fn text_of_others_is_legacy_and_a_broken_mark_is_not() {
        assert_eq!(open("prod-7f3a"), Reading::Legacy);
        assert_eq!(open(""), Reading::Legacy);
        for text in ["guard1.", "guard1.a.b", "guard1.e30.sha256.00", "guard2.x.y.z", " GUARD1.x"] {
            assert!(matches!(open(text), Reading::Broken(_)), "{text}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_text_is_taken_for_a_mark_and_none_panics(text in "guard1\\.[A-Za-z0-9_.=-]{0,120}") {
            let taken = matches!(open(&text), Reading::Envelope(_));
            proptest::prop_assert!(!taken);
        }

        #[test]
        fn no_edit_of_a_mark_holds(at in 0usize..400, with in "[A-Za-z0-9._-]") {
            let key = SigningKey::generate().unwrap();
            let text = seal(payload(), Some(&key));
            let at = at % text.len();
            let edited = format!("{}{with}{}", &text[..at], &text[at + 1..]);
            if edited != text && let Reading::Envelope(envelope) = open(&edited) {
                let same = envelope.payload == opened(&text).payload
                    && envelope.seal == Seal::Signed { key: key.public(), holds: true };
                let holds = matches!(envelope.seal, Seal::Signed { holds: true, .. });
                proptest::prop_assert!(same || !holds);
            }
        }
    }
}
