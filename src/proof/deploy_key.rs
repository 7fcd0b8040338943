//! For CI without tokens: a key in the CI's secret store signs what is about to be done. Weaker than a
//! token, because whoever copies the key has it for good.

use serde_json::{Map, Value};

use super::{Asked, Proof, commit};
use crate::contract::model::Proof as Wanted;
use crate::io::keys::{PublicKey, SigningKey, random_hex};
use crate::words::digest::sha256_hex;
use crate::words::ending::{Code, Ending};

const VARIABLE: &str = "GUARD_DEPLOY_KEY";

pub(super) fn prove(asked: &Asked<'_>) -> Result<Proof, Ending> {
    let Some(text) = asked.variables.filled(VARIABLE) else {
        return Err(Ending::refused(
            Code::ProofUnavailable,
            format!("the contract wants a deploy key, and {VARIABLE} is not set"),
        )
        .next(format!("put the private half into the CI's secret store as {VARIABLE}")));
    };
    let key = SigningKey::parse(text).map_err(|error| {
        Ending::refused(Code::ProofKey, format!("{VARIABLE} holds no key: {error}"))
            .next("make a pair with `guard keys new`")
    })?;
    let public = key.public();
    let named: Vec<PublicKey> =
        asked.policy.deploy_keys.iter().filter_map(|key| PublicKey::parse(&key.value)).collect();
    let Some(accepted) = named.iter().find(|named| **named == public) else {
        return Err(Ending::refused(
            Code::ProofKey,
            format!("the contract does not name the public half of {VARIABLE} for {}", asked.environment),
        )
        .detail("key", public.text())
        .next("add it to `deploy_keys` of the environment, which widens the contract and is approved"));
    };
    let commit = commit::check(asked.repository, None)?;
    let nonce = random_hex(16)
        .ok_or_else(|| Ending::refused(Code::ProofUnavailable, "this machine gives no random bytes"))?;
    let challenge = format!(
        "guard deploy v1\n{}\n{}\n{commit}\n{}\n{nonce}",
        asked.project, asked.environment, asked.now
    );
    // Verified with the key that the contract names, not with the one that signed.
    if !accepted.verifies(challenge.as_bytes(), &key.sign(challenge.as_bytes())) {
        return Err(Ending::refused(Code::ProofSignature, "the deploy key's signature does not hold"));
    }
    let mut claims: Map<String, Value> = super::variables(asked.variables);
    claims.insert("key".into(), accepted.text().into());
    claims.insert("commit".into(), commit.into());
    Ok(Proof {
        kind: Wanted::DeployKey,
        claims,
        token: Some(sha256_hex(challenge.as_bytes())),
        notices: vec![
            "a deploy key is a weaker proof than a token: whoever copies it has it for good".into(),
        ],
        times: None,
    })
}
