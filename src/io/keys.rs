//! Keys and chance: ed25519 pairs, each written as one line of text, and random bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::words::digest::hex;
use crate::words::secret::Secret;

const PUBLIC: &str = "ed25519:";
const PRIVATE: &str = "ed25519-private:";

/// The half that stands in the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// The half that stays in the CI's secret store.
pub struct SigningKey {
    seed: Secret,
    pair: Ed25519KeyPair,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "SigningKey({})", self.public().text())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("it is not written as `ed25519-private:` and the base64 of 32 bytes")]
    Private,
    #[error("this machine gives no random bytes")]
    Random,
}

impl PublicKey {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PUBLIC)?).ok()?;
        bytes.try_into().ok().map(Self)
    }

    #[must_use]
    pub fn text(&self) -> String {
        format!("{PUBLIC}{}", STANDARD.encode(self.0))
    }

    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }
}

impl SigningKey {
    /// A new one.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = zeroize::Zeroizing::new([0; 32]);
        SystemRandom::new().fill(&mut *seed).map_err(|_| KeyError::Random)?;
        Self::of_seed(&*seed)
    }

    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let encoded = text.trim().strip_prefix(PRIVATE).ok_or(KeyError::Private)?;
        let seed = zeroize::Zeroizing::new(STANDARD.decode(encoded).map_err(|_| KeyError::Private)?);
        Self::of_seed(&seed)
    }

    fn of_seed(seed: &[u8]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Private)?;
        Ok(Self { seed: Secret::new(STANDARD.encode(seed)), pair })
    }

    /// For a file with mode 600 or a secret store.
    #[must_use]
    pub fn text(&self) -> Secret {
        Secret::new(format!("{PRIVATE}{}", self.seed.expose()))
    }

    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(bytes)
    }

    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

/// Hexadecimal digits that nobody can foresee; none where the machine gives no random bytes.
#[must_use]
pub fn random_hex(bytes: usize) -> Option<String> {
    let mut raw = vec![0; bytes];
    SystemRandom::new().fill(&mut raw).ok()?;
    Some(hex(&raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_being_written_and_signs_as_before() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::parse(key.text().expose()).unwrap();
        let public = PublicKey::parse(&key.public().text()).unwrap();
        assert!(public.verifies(b"a", &again.sign(b"a")));
        assert!(!public.verifies(b"b", &again.sign(b"a")));
        assert!(!format!("{key:?}").contains(key.seed.expose()));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "ed25519-private:", "ed25519-private:AAAA", "ed25519:AAAA", "AAAA"] {
            assert!(SigningKey::parse(text).is_err(), "{text}");
            assert!(PublicKey::parse(text).is_none(), "{text}");
        }
    }
}
