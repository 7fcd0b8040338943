//! A JSON web token, taken apart. What its header says is never a reason to believe it: the algorithm
//! must be one of two, and the key one that was known before.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::{Map, Value};

use super::jwks::{Key, Material};
use crate::words::ending::{Code, Ending};

/// Longer than any provider's token.
const LONGEST: usize = 32 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Rs256,
    Es256,
}

pub(super) struct Token {
    algorithm: Algorithm,
    pub(super) kid: String,
    pub(super) claims: Map<String, Value>,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

fn no(code: Code, why: &str) -> Ending {
    Ending::refused(code, format!("the CI's token is not accepted: {why}")).next(
        "let the job hand over the token that its provider made, unchanged; `[environments.ENV.oidc]` says whose keys sign it",
    )
}

/// Takes it apart; believes nothing yet.
pub(super) fn read(text: &str) -> Result<Token, Ending> {
    let unreadable = || no(Code::ProofSignature, "it is not written as a signed token");
    if text.len() > LONGEST {
        return Err(no(Code::ProofSignature, "it is too long"));
    }
    let parts: Vec<&str> = text.trim().split('.').collect();
    let [head, body, signature] = parts.as_slice() else { return Err(unreadable()) };
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| unreadable());
    let object = |part: &str| -> Result<Map<String, Value>, Ending> {
        serde_json::from_slice(&decoded(part)?).map_err(|_| unreadable())
    };
    let header = object(head)?;
    let algorithm = match header.get("alg").and_then(Value::as_str) {
        Some("RS256") => Algorithm::Rs256,
        Some("ES256") => Algorithm::Es256,
        _ => return Err(no(Code::ProofAlgorithm, "its algorithm is neither RS256 nor ES256")),
    };
    if header.contains_key("crit") {
        return Err(no(Code::ProofAlgorithm, "its header asks for what guard does not know"));
    }
    let Some(kid) = header.get("kid").and_then(Value::as_str).filter(|kid| !kid.is_empty()) else {
        return Err(no(Code::ProofKey, "it does not say which key signed it"));
    };
    Ok(Token {
        algorithm,
        kid: kid.to_owned(),
        claims: object(body)?,
        signed: format!("{head}.{body}").into_bytes(),
        signature: decoded(signature)?,
    })
}

impl Token {
    /// Whether this key signed it, by the algorithm that the key is for.
    pub(super) fn verify(&self, key: &Key) -> Result<(), Ending> {
        let holds = match (&key.material, self.algorithm) {
            (Material::Rsa { n, e }, Algorithm::Rs256) => {
                let public = RsaPublicKeyComponents { n, e };
                public.verify(&RSA_PKCS1_2048_8192_SHA256, &self.signed, &self.signature).is_ok()
            }
            (Material::P256 { point }, Algorithm::Es256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(&self.signed, &self.signature)
                    .is_ok()
            }
            _ => return Err(no(Code::ProofAlgorithm, "its algorithm is not the one that its key is for")),
        };
        if holds { Ok(()) } else { Err(no(Code::ProofSignature, "its signature does not hold")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_text_makes_it_panic_and_none_is_signed(
            text in "[A-Za-z0-9_=.\\-\"{}: é\u{0}]{0,120}",
            head in proptest::sample::select(vec!["RS256", "ES256", "none", "HS256", "rs256", ""]),
            body in "[ -~]{0,60}",
        ) {
            let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
            let header = serde_json::json!({ "alg": head, "kid": "k" }).to_string();
            let mut keys = super::super::jwks::parse(
                br#"{"keys":[{"kty":"RSA","alg":"RS256","kid":"k","n":"AQAB","e":"AQAB"}]}"#,
            ).unwrap_or_default();
            for text in [text.clone(), format!("{}.{}.{text}", part(&header), part(&body))] {
                if let (Ok(token), Some(key)) = (read(&text), keys.pop()) {
                    proptest::prop_assert!(token.verify(&key).is_err());
                }
            }
        }
    }
}
