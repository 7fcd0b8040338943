//! TLS to databases: who must vouch for the server is what the URL says, in libpq's words.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::failure::{Failure, Kind};
use super::url::{DatabaseUrl, Tls};

fn broken(why: impl std::fmt::Display) -> Failure {
    Failure::of(Kind::Tls, why.to_string())
}

fn roots(url: &DatabaseUrl) -> Result<RootCertStore, Failure> {
    let mut store = RootCertStore::empty();
    let Some(path) = &url.root_certificate else {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return Ok(store);
    };
    let text = std::fs::read(path)
        .map_err(|error| broken(format!("the root certificate {}: {error}", path.display())))?;
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|_| broken(format!("{} is no certificate", path.display())))?;
        store.add(certificate).map_err(broken)?;
    }
    if store.is_empty() {
        return Err(broken(format!("{} holds no certificate", path.display())));
    }
    Ok(store)
}

/// The client's side, for the mode that the URL asks for.
pub(super) fn client(url: &DatabaseUrl) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(broken)?;
    // libpq verifies the chain wherever a root certificate is named.
    let named = url.root_certificate.is_some();
    let verifier: Arc<dyn ServerCertVerifier> = match url.tls {
        Tls::VerifyFull => WebPkiServerVerifier::builder_with_provider(Arc::new(roots(url)?), provider)
            .build()
            .map_err(broken)?,
        Tls::VerifyCa => Arc::new(Loose { roots: Some(roots(url)?), provider }),
        Tls::Require if named => Arc::new(Loose { roots: Some(roots(url)?), provider }),
        _ => Arc::new(Loose { roots: None, provider }),
    };
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Does not ask for the name, and without roots not for the chain either: the modes below
/// `verify-full`. That this is the right database is for the fingerprint to say.
#[derive(Debug)]
struct Loose {
    roots: Option<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Loose {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(roots) = &self.roots {
            let parsed = ParsedCertificate::try_from(certificate)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, now, algorithms)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
