//! The issuer's public keys: pinned in the repository, or fetched from the issuer that the contract
//! names. Never from an address that a token or a variable gives.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::Asked;
use crate::contract::model::Oidc;
use crate::io::http::{self, Request};
use crate::words::ending::{Code, Ending};

pub(super) struct Key {
    kid: String,
    pub(super) material: Material,
}

pub(super) enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256 { point: Vec<u8> },
}

/// More keys than any issuer has.
const MOST: usize = 100;

/// Reads a key set; keys of other kinds and uses are left out. None where it is no key set.
pub(super) fn parse(bytes: &[u8]) -> Option<Vec<Key>> {
    let set: Value = serde_json::from_slice(bytes).ok()?;
    let list = set.get("keys")?.as_array()?;
    Some(list.iter().take(MOST).filter_map(key).collect())
}

fn key(entry: &Value) -> Option<Key> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let number =
        |name: &str| text(name).and_then(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok());
    if text("use").is_some_and(|usage| usage != "sig") {
        return None;
    }
    let kid = text("kid").filter(|kid| !kid.is_empty())?.to_owned();
    let material = match (text("kty")?, text("alg")) {
        ("RSA", None | Some("RS256")) => Material::Rsa { n: number("n")?, e: number("e")? },
        ("EC", None | Some("ES256")) if text("crv") == Some("P-256") => {
            let (x, y) = (number("x")?, number("y")?);
            if x.len() != 32 || y.len() != 32 {
                return None;
            }
            // The uncompressed form of a point.
            let mut point = vec![4];
            point.extend(x);
            point.extend(y);
            Material::P256 { point }
        }
        _ => return None,
    };
    Some(Key { kid, material })
}

/// The key of that id.
pub(super) fn find(asked: &Asked<'_>, oidc: &Oidc, issuer: &str, kid: &str) -> Result<Key, Ending> {
    let (keys, refresh) = match &oidc.jwks {
        Some(path) => (pinned(asked, path), format!("refresh the pinned keys in {}", path.value)),
        None => (fetched(asked, oidc, issuer), "ask the provider whether its keys changed".to_owned()),
    };
    let keys = keys?;
    let mut found = keys.into_iter().filter(|key| key.kid == kid);
    let Some(key) = found.next() else {
        return Err(Ending::refused(
            Code::ProofKey,
            "the CI's token is not accepted: the key that signed it is none of the issuer's known keys",
        )
        .next(refresh));
    };
    if found.next().is_some() {
        return Err(
            Ending::refused(Code::ProofKey, "the issuer's keys hold two of the same id").next(refresh)
        );
    }
    Ok(key)
}

fn pinned(asked: &Asked<'_>, path: &str) -> Result<Vec<Key>, Ending> {
    let no = |why: &str| {
        Ending::refused(Code::ProofKey, format!("the pinned keys {path}: {why}"))
            .next("write the issuer's key set there, as the issuer publishes it")
    };
    let bytes = std::fs::read(asked.root.join(path)).map_err(|error| no(&error.to_string()))?;
    parse(&bytes).ok_or_else(|| no("this is no key set"))
}

fn fetched(asked: &Asked<'_>, oidc: &Oidc, issuer: &str) -> Result<Vec<Key>, Ending> {
    let unreachable = |why: String| {
        Ending::refused(Code::ProofIssuerUnreachable, format!("the issuer's keys cannot be fetched: {why}"))
            .next(
                "try again; for machines without a way out, pin the keys: `jwks = \"contract/jwks/….json\"`",
            )
    };
    let authority = oidc.ca.as_ref().map(|path| asked.root.join(&path.value));
    let get = |url: String| {
        let request = Request { url, bearer: None, authority: authority.clone() };
        let told = http::get(&request, asked.variables).map_err(|error| unreachable(error.to_string()))?;
        asked.heard.set(asked.heard.get().max(told.date.unwrap_or_default()));
        Ok::<_, Ending>(told.body)
    };
    let base = issuer.trim_end_matches('/');
    let about: Value = serde_json::from_slice(&get(format!("{base}/.well-known/openid-configuration"))?)
        .map_err(|_| unreachable("its configuration cannot be read".into()))?;
    if about.get("issuer").and_then(Value::as_str) != Some(issuer) {
        return Err(Ending::refused(
            Code::ProofIssuer,
            "the issuer's own configuration names another issuer",
        )
        .next("compare `issuer` in the contract with what the issuer says of itself"));
    }
    let place = about.get("jwks_uri").and_then(Value::as_str).unwrap_or_default();
    // The keys lie with the issuer: the same scheme, host and port.
    if http::origin(place).is_none() || http::origin(place) != http::origin(issuer) {
        return Err(Ending::refused(Code::ProofIssuer, "the issuer's keys would lie on another host")
            .next("pin the keys: `jwks = \"contract/jwks/….json\"`"));
    }
    parse(&get(place.to_owned())?).ok_or_else(|| unreachable("its keys cannot be read".into()))
}
