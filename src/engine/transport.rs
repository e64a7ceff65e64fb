//! Connections to an engine: one for every call, gone when its answer is dropped.
//!
//! Our own, because bollard's clients keep a descriptor of every BuildKit session open, and because a session that
//! serves secrets needs an upgraded connection that bollard does not give away.

use super::address::{Address, TlsFiles};
use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use hyper::Response;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

/// Any byte stream.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection to an engine.
pub type Connection = Box<dyn Stream>;

impl Address {
    /// Opens a connection to the engine there.
    ///
    /// # Errors
    /// When nobody listens there, or the certificates cannot be used.
    pub async fn dial(&self) -> io::Result<Connection> {
        Transport::new(self.clone()).map_err(io::Error::other)?.dial().await
    }
}

/// How an engine is dialled; cheap to clone.
#[derive(Clone)]
pub(super) struct Transport {
    address: Address,
    tls: Option<tokio_rustls::TlsConnector>,
}

impl Transport {
    /// Reads the certificates, where there are any.
    pub(super) fn new(address: Address) -> Result<Self, String> {
        let tls = match &address {
            Address::Tcp { tls: Some(files), .. } => Some(tls_connector(files)?),
            _ => None,
        };
        Ok(Self { address, tls })
    }

    /// A client that dials through this transport. The timeout counts until an answer begins, not until it ends.
    pub(super) fn client(&self, timeout_seconds: u64) -> Result<Docker, Error> {
        let transport = self.clone();
        let send = move |request: BollardRequest| {
            let transport = transport.clone();
            async move { transport.send(request).await }
        };
        let host = match &self.address {
            Address::Unix(_) => "http://localhost".to_owned(),
            Address::Tcp { authority, .. } => format!("http://{authority}"),
        };
        Docker::connect_with_custom_transport(send, Some(host), timeout_seconds, API_DEFAULT_VERSION)
    }

    /// Sends one request on a connection of its own. The connection closes with the answer's body, or stays for an upgrade.
    pub(super) async fn send(&self, mut request: BollardRequest) -> Result<Response<Incoming>, Error> {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(self.dial().await?)).await?;
        tokio::spawn(connection.with_upgrades());
        to_origin_form(&mut request);
        Ok(sender.send_request(request).await?)
    }

    async fn dial(&self) -> io::Result<Connection> {
        match &self.address {
            Address::Unix(path) => Ok(Box::new(tokio::net::UnixStream::connect(path).await?)),
            Address::Tcp { authority, .. } => {
                let stream = tokio::net::TcpStream::connect(authority).await?;
                stream.set_nodelay(true)?;
                let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
                let host = authority.rsplit_once(':').map_or(authority.as_str(), |(host, _)| host);
                let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).map_err(io::Error::other)?;
                Ok(Box::new(tls.connect(name, stream).await?))
            }
        }
    }
}

/// `/path?query` with a `Host` header instead of a whole URL, as servers expect it.
fn to_origin_form(request: &mut BollardRequest) {
    let host = request.uri().authority().and_then(|a| a.as_str().parse().ok());
    let path = request.uri().path_and_query().and_then(|p| p.as_str().parse().ok());
    if let Some(path) = path {
        *request.uri_mut() = path;
    }
    if let Some(host) = host {
        request.headers_mut().insert("host", host);
    }
}

/// A connector for `ca.pem`, `cert.pem` and `key.pem` of a folder; what is missing is left to the system.
fn tls_connector(files: &TlsFiles) -> Result<tokio_rustls::TlsConnector, String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(authorities(&files.folder.join("ca.pem"))?);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|e| e.to_string())?.with_root_certificates(roots);
    let (certificate, key) = (files.folder.join("cert.pem"), files.folder.join("key.pem"));
    let config = if certificate.is_file() && key.is_file() {
        let chain = pem(&certificate)?;
        let key_der = PrivateKeyDer::from_pem_file(&key).map_err(|e| format!("{}: {e}", key.display()))?;
        builder.with_client_auth_cert(chain, key_der).map_err(|e| format!("{}: {e}", certificate.display()))?
    } else {
        builder.with_no_client_auth()
    };
    Ok(tokio_rustls::TlsConnector::from(Arc::new(config)))
}

fn authorities(own: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    if own.is_file() { pem(own) } else { Ok(rustls_native_certs::load_native_certs().certs) }
}

fn pem(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if certificates.is_empty() => Err(format!("{} holds no certificate", file.display())),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("{}: {error}", file.display())),
    }
}
