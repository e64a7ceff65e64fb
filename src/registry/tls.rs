//! TLS: whom we trust. The provider is handed to rustls here, so nothing has to be installed for the process.

use super::RegistryError;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::Path;
use std::sync::Arc;

/// The two ways to speak TLS.
pub(super) struct Tls {
    /// With the system's roots and the bundle.
    pub verified: ClientConfig,
    /// Without verification, for hosts that are listed as insecure.
    pub unverified: ClientConfig,
    /// The bundle's path for messages, or "not set".
    pub bundle: String,
}

impl Tls {
    /// Reads the system's roots and the bundle. No roots at all is no error: plain HTTP needs none.
    pub(super) fn load(bundle: Option<&Path>) -> Result<Self, RegistryError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = bundle {
            add_bundle(&mut roots, path).map_err(|reason| RegistryError::CaBundle { path: path.display().to_string(), reason })?;
        }
        let setup = |e: rustls::Error| RegistryError::Setup { host: "over TLS".to_owned(), reason: e.to_string() };
        let builder = || ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().map_err(setup);
        let mut verified = builder()?.with_root_certificates(roots).with_no_client_auth();
        let trusting = Arc::new(Trusting(provider.clone()));
        let mut unverified = builder()?.dangerous().with_custom_certificate_verifier(trusting).with_no_client_auth();
        for config in [&mut verified, &mut unverified] {
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        Ok(Self { verified, unverified, bundle: bundle.map_or_else(|| "not set".to_owned(), |path| path.display().to_string()) })
    }
}

fn add_bundle(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        count += 1;
        let certificate = certificate.map_err(|e| format!("certificate {count}: {e}"))?;
        roots.add(certificate).map_err(|e| format!("certificate {count}: {e}"))?;
    }
    if count == 0 { Err("no certificate in it".to_owned()) } else { Ok(()) }
}

/// Accepts every certificate, but still checks that the server holds its key.
#[derive(Debug)]
struct Trusting(Arc<CryptoProvider>);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
