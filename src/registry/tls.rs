//! TLS: whom we trust. The provider is handed to rustls here, so nothing has to be installed for the process.

use super::certificates::HostFolder;
use super::{RegistryError, RegistryOptions};
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whom we trust, and who we are, for each server.
pub(super) struct Tls {
    provider: Arc<CryptoProvider>,
    roots: RootCertStore,
    folders: Vec<PathBuf>,
    plain: Ways,
    /// The bundle's path for messages, or "not set".
    pub bundle: String,
}

/// The two ways to speak TLS to a server.
#[derive(Clone)]
pub(super) struct Ways {
    /// With the system's roots, the bundle and the server's own authorities.
    pub verified: ClientConfig,
    /// Without verification, for hosts that are listed as insecure.
    pub unverified: ClientConfig,
    /// Whether the server has asked who we are.
    pub asked: Arc<AtomicBool>,
}

impl Tls {
    /// Reads the system's roots and the bundle. No roots at all is no error: plain HTTP needs none.
    pub(super) fn load(options: &RegistryOptions) -> Result<Self, RegistryError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let bundle = options.ca_bundle.as_deref();
        if let Some(path) = bundle {
            let error = |reason| RegistryError::CaBundle { path: path.display().to_string(), reason };
            add_bundle(&mut roots, path).map_err(error)?;
        }
        let plain = ways(&provider, roots.clone()).map_err(|e| setup("over TLS", &e))?;
        let bundle = bundle.map_or_else(|| "not set".to_owned(), |path| path.display().to_string());
        Ok(Self { provider, roots, folders: options.certificate_folders.clone(), plain, bundle })
    }

    /// How to speak to a server: as to all, or with what the folders named after it hold.
    pub(super) fn ways_to(&self, authority: &str) -> Result<Ways, RegistryError> {
        let own = HostFolder::read(&self.folders, authority)?;
        if own.is_empty() {
            return Ok(self.plain.clone().shown_by(None));
        }
        let mut roots = self.roots.clone();
        for path in &own.authorities {
            let error = |reason| RegistryError::HostCertificate { path: path.display().to_string(), reason };
            add_bundle(&mut roots, path).map_err(error)?;
        }
        let pair = own.client.map(|pair| pair.certified(&self.provider)).transpose()?;
        Ok(ways(&self.provider, roots).map_err(|e| setup(authority, &e))?.shown_by(pair))
    }
}

impl Ways {
    /// With what we show where a server asks who we are; and a memory of its own of that question.
    fn shown_by(mut self, pair: Option<Arc<CertifiedKey>>) -> Self {
        self.asked = Arc::default();
        let shown = Arc::new(Shown { pair, asked: self.asked.clone() });
        self.verified.client_auth_cert_resolver = shown.clone();
        self.unverified.client_auth_cert_resolver = shown;
        self
    }
}

/// Our certificate, shown where a server asks for one. The question is kept, because a connection that ends over the
/// answer often breaks without a word.
#[derive(Debug)]
struct Shown {
    pair: Option<Arc<CertifiedKey>>,
    asked: Arc<AtomicBool>,
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _root_hint_subjects: &[&[u8]], _sigschemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.pair.clone()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn setup(host: &str, error: &rustls::Error) -> RegistryError {
    RegistryError::Setup { host: host.to_owned(), reason: error.to_string() }
}

fn ways(provider: &Arc<CryptoProvider>, roots: RootCertStore) -> Result<Ways, rustls::Error> {
    let builder = || ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let trusting = Arc::new(Trusting(provider.clone()));
    let mut verified = builder()?.with_root_certificates(roots).with_no_client_auth();
    let mut unverified = builder()?.dangerous().with_custom_certificate_verifier(trusting).with_no_client_auth();
    for config in [&mut verified, &mut unverified] {
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    }
    Ok(Ways { verified, unverified, asked: Arc::default() })
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
