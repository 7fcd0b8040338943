//! A provider of tokens on this machine: its keys, and the page on which it publishes them.
#![allow(unreachable_pub, clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::rsa::PublicKeyComponents;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use serde_json::{Value, json};

pub enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl Pair {
    /// The one RSA pair of this file: making one takes a while.
    pub fn rsa() -> &'static Self {
        static PAIR: OnceLock<Pair> = OnceLock::new();
        PAIR.get_or_init(Self::new_rsa)
    }

    pub fn new_rsa() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let words = ["-q", "-t", "rsa", "-b", "2048", "-m", "PKCS8", "-N", "", "-f"];
        let done = std::process::Command::new("ssh-keygen").args(words).arg(&file).status().unwrap();
        assert!(done.success());
        let pem = std::fs::read_to_string(&file).unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        Self::Rsa(RsaKeyPair::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap())
    }

    pub fn p256() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random);
        Self::P256(pair.unwrap())
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::P256(_) => "ES256",
        }
    }

    pub fn jwk(&self, kid: &str) -> Value {
        match self {
            Self::Rsa(pair) => {
                let public: PublicKeyComponents<Vec<u8>> = pair.public().into();
                json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
                        "n": URL_SAFE_NO_PAD.encode(public.n), "e": URL_SAFE_NO_PAD.encode(public.e) })
            }
            Self::P256(pair) => {
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "use": "sig", "kid": kid,
                        "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]) })
            }
        }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
            Self::P256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
        }
    }

    pub fn token(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let body = format!("{}.{}", part(header), part(claims));
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(self.sign(body.as_bytes())))
    }
}

/// What a provider is to a job: it hands out the token that the test put there, and publishes keys.
pub struct Provider {
    pub port: u16,
    pub token: Arc<Mutex<String>>,
    pub asked: Arc<Mutex<Vec<String>>>,
    /// What the answers say of the time, where they do.
    pub date: Arc<Mutex<String>>,
}

pub const BEARER: &str = "canary-bearer-5521";

impl Provider {
    pub fn start(keys: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (token, asked) = (Arc::new(Mutex::new(String::new())), Arc::new(Mutex::new(Vec::new())));
        let (given, seen) = (Arc::clone(&token), Arc::clone(&asked));
        let date = Arc::new(Mutex::new(String::new()));
        let dated = Arc::clone(&date);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                seen.lock().unwrap().push(first.clone());
                let body = if first.contains("/.well-known/openid-configuration") {
                    json!({ "issuer": format!("http://127.0.0.1:{port}"),
                            "jwks_uri": format!("http://127.0.0.1:{port}/keys") })
                    .to_string()
                } else if first.contains("/keys") {
                    keys.to_string()
                } else if head
                    .iter()
                    .any(|line| line.to_lowercase() == format!("authorization: bearer {BEARER}"))
                {
                    json!({ "count": 1, "value": given.lock().unwrap().clone() }).to_string()
                } else {
                    "{}".to_owned()
                };
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{}connection: close\r\n\r\n{body}",
                    body.len(),
                    dated.lock().unwrap()
                );
                drop((&stream).write_all(answer.as_bytes()));
            }
        });
        Self { port, token, asked, date }
    }

    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn give(&self, token: String) {
        *self.token.lock().unwrap() = token;
    }
}

pub fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}
