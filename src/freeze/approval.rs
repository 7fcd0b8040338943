//! Approvals: ssh signatures over a lock, by somebody whom the base revision trusts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg, PublicKey, SshSig};

use crate::contract::signers::{NAMESPACE, Signer, Signers, is_hardware};
use crate::io::child::{Child, ChildError};
use crate::io::environment::Environment;

/// Who approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    pub principals: String,
    pub fingerprint: String,
}

/// Why a signature approves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the signature cannot be read: {0}")]
    Unreadable(String),
    #[error("the signature was made for `{0}`, not for `guard-contract`")]
    OtherPurpose(String),
    #[error("the base revision allows no signer at all")]
    NoSigners,
    #[error("the key {0} is not among the signers of the base revision")]
    Stranger(String),
    #[error("{0}")]
    NotNow(String),
    #[error("the contract asks for a hardware key, and {0} is none")]
    NoHardware(String),
    #[error("the signature shows no touch of the hardware key")]
    NoTouch,
    #[error("the signature does not fit this lock: the lock was changed after it was signed")]
    OtherLock,
}

/// Is `signature` an approval of a lock with these bytes? `signers` and `presence` are those of the
/// base revision, `lock_bytes` those that `lock::signed_bytes` gives.
pub fn verify(
    lock_bytes: &[u8],
    signature: &[u8],
    signers: &Signers,
    presence: bool,
    now: i64,
) -> Result<Approved, Refusal> {
    let signature = read(signature)?;
    if signature.namespace() != NAMESPACE {
        return Err(Refusal::OtherPurpose(signature.namespace().to_owned()));
    }
    if signers.signers.is_empty() {
        return Err(Refusal::NoSigners);
    }
    let key = PublicKey::from(signature.public_key().clone());
    let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    let mut not_now = None;
    let mut accepted: Option<&Signer> = None;
    for signer in signers.signers.iter().filter(|signer| signer.key.key_data() == key.key_data()) {
        match signer.refusal(now) {
            None => accepted = accepted.or(Some(signer)),
            Some(why) => not_now = not_now.or(Some(why)),
        }
    }
    let Some(signer) = accepted else {
        return Err(not_now.map_or(Refusal::Stranger(fingerprint), Refusal::NotNow));
    };
    if presence && !is_hardware(key.key_data()) {
        return Err(Refusal::NoHardware(fingerprint));
    }
    key.verify(NAMESPACE, lock_bytes, &signature).map_err(|_| Refusal::OtherLock)?;
    if presence && !was_touched(&signature) {
        return Err(Refusal::NoTouch);
    }
    Ok(Approved { principals: signer.principals.clone(), fingerprint })
}

/// A hardware key signs a byte of flags and a counter after the signature itself; the lowest flag
/// is the touch. The flags are covered by the signature.
fn was_touched(signature: &SshSig) -> bool {
    let bytes = signature.signature_bytes();
    let flags = bytes.len().checked_sub(5).and_then(|at| bytes.get(at));
    flags.is_some_and(|flags| flags & 1 == 1)
}

fn read(file: &[u8]) -> Result<SshSig, Refusal> {
    const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
    const END: &str = "-----END SSH SIGNATURE-----";
    let unreadable = |why: &str| Refusal::Unreadable(why.to_owned());
    if file.len() > 1 << 16 {
        return Err(unreadable("it is longer than any signature"));
    }
    let text = std::str::from_utf8(file).map_err(|_| unreadable("it is no text"))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    let body = text
        .strip_prefix(BEGIN)
        .and_then(|rest| rest.strip_suffix(END))
        .ok_or_else(|| unreadable("it is not one armoured SSH signature"))?;
    // Other programs than ssh-keygen break the lines elsewhere, and git may change their ends.
    let compact: String = body.split_whitespace().collect();
    let mut armoured = String::from(BEGIN);
    for (at, letter) in compact.chars().enumerate() {
        if at % 70 == 0 {
            armoured.push('\n');
        }
        armoured.push(letter);
    }
    armoured.push('\n');
    armoured.push_str(END);
    armoured.push('\n');
    let signature = SshSig::from_pem(armoured).map_err(|error| {
        // An RSA signature over SHA-1 stops here, too: its algorithm names no digest.
        Refusal::Unreadable(format!("{error} (RSA signatures need SHA-2)"))
    })?;
    let kinds_fit = match (signature.public_key(), signature.algorithm()) {
        (KeyData::Rsa(_), Algorithm::Rsa { hash }) => hash.is_some(),
        (key, algorithm) => key.algorithm() == algorithm,
    };
    if kinds_fit { Ok(signature) } else { Err(unreadable("key and signature are of different kinds")) }
}

#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error(transparent)]
    Child(#[from] ChildError),
    #[error("none of the keys of the ssh agent or in ~/.ssh is among the signers of the base revision")]
    NoKey,
    #[error("ssh-keygen did not sign with {}", key.display())]
    Failed { key: PathBuf },
    #[error("the signature would not count: {0}")]
    WouldNotCount(#[from] Refusal),
    #[error("{}: {why}", path.display())]
    File { path: PathBuf, why: std::io::Error },
}

/// Who signs, and on whose behalf.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    pub environment: &'a Environment,
    /// A private key, or a public key whose private half the agent holds.
    pub key: Option<&'a Path>,
    /// Where the public key of an agent's key may be written for a moment: the git directory.
    pub scratch: &'a Path,
    pub signers: &'a Signers,
    pub presence: bool,
    pub now: i64,
}

/// Signs a lock. ssh-keygen asks for a passphrase or a touch on the terminal by itself.
pub fn sign(lock_bytes: &[u8], how: Signing<'_>) -> Result<Vec<u8>, SignError> {
    let signature = match how.key {
        Some(key) => sign_with(lock_bytes, key, how.environment)?,
        None => sign_with_any(lock_bytes, how)?,
    };
    verify(lock_bytes, &signature, how.signers, how.presence, how.now)?;
    Ok(signature)
}

fn sign_with_any(lock_bytes: &[u8], how: Signing<'_>) -> Result<Vec<u8>, SignError> {
    let counts = |key: &PublicKey| {
        how.signers.signers.iter().any(|signer| {
            signer.key.key_data() == key.key_data()
                && signer.refusal(how.now).is_none()
                && (!how.presence || signer.is_hardware())
        })
    };
    if how.environment.filled("SSH_AUTH_SOCK").is_some() {
        let listed = Child::new("ssh-add", how.environment.clone()).arguments(["-L"]).run();
        let text =
            listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        let held = text.lines().find(|line| PublicKey::from_openssh(line).is_ok_and(|key| counts(&key)));
        if let Some(line) = held {
            let path = how.scratch.join(format!("guard-approve-{}.pub", std::process::id()));
            let file = |why| SignError::File { path: path.clone(), why };
            std::fs::write(&path, format!("{line}\n")).map_err(file)?;
            let signed = sign_with(lock_bytes, &path, how.environment);
            std::fs::remove_file(&path).map_err(file)?;
            return signed;
        }
    }
    let home = how.environment.path("HOME").or_else(|| how.environment.path("USERPROFILE"));
    for name in ["id_ed25519", "id_ed25519_sk", "id_ecdsa", "id_ecdsa_sk", "id_rsa"] {
        let Some(private) = home.as_ref().map(|home| home.join(".ssh").join(name)) else { break };
        let public = std::fs::read_to_string(private.with_extension("pub")).unwrap_or_default();
        if PublicKey::from_openssh(public.trim()).is_ok_and(|key| counts(&key)) {
            return sign_with(lock_bytes, &private, how.environment);
        }
    }
    Err(SignError::NoKey)
}

fn sign_with(lock_bytes: &[u8], key: &Path, environment: &Environment) -> Result<Vec<u8>, SignError> {
    let output = Child::new("ssh-keygen", environment.clone())
        .arguments(["-Y", "sign", "-n", NAMESPACE, "-f"])
        .arguments([key])
        .input(lock_bytes.to_vec())
        .complaints_on_terminal()
        .at_most(1 << 16, Duration::from_mins(5))
        .run()?;
    if output.succeeded() && !output.stdout.is_empty() {
        Ok(output.stdout)
    } else {
        Err(SignError::Failed { key: key.to_owned() })
    }
}
