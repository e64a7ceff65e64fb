//! Certificates for one server: the folders `certs.d/HOST[:PORT]` of Docker and containers.
//!
//! Source: Docker's "Verify repository client with certificates" and containers-certs.d(5): `*.crt` are authorities,
//! `NAME.cert` and `NAME.key` a client's certificate and key.

use super::RegistryError;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The server and the folder that both stand for Docker Hub.
const HUB: (&str, &str) = ("registry-1.docker.io", "docker.io");

/// What a client shows: its certificate, then those that signed it, and its key.
pub(super) struct ClientPair {
    path: PathBuf,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl ClientPair {
    /// The pair, ready to be shown. The key must be that of the certificate.
    pub(super) fn certified(self, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, RegistryError> {
        let pair = CertifiedKey::from_der(self.chain, self.key, provider);
        pair.map(Arc::new).map_err(|e| wrong(&self.path, format!("with the key beside it: {e}")))
    }
}

/// What the folders of one server hold together.
#[derive(Default)]
pub(super) struct HostFolder {
    /// Files of authorities.
    pub authorities: Vec<PathBuf>,
    /// The first pair of a client, by folder and name.
    pub client: Option<ClientPair>,
}

impl HostFolder {
    /// Looks into the folders named after a server. Those that are not there or not ours to read count for nothing.
    pub(super) fn read(roots: &[PathBuf], authority: &str) -> Result<Self, RegistryError> {
        let mut found = Self::default();
        if authority.contains('/') || authority.starts_with('.') {
            return Ok(found);
        }
        let names = [Some(authority), (authority == HUB.0).then_some(HUB.1)];
        for folder in roots.iter().flat_map(|root| names.iter().flatten().map(move |name| root.join(name))) {
            found.add(&folder)?;
        }
        Ok(found)
    }

    /// Whether nothing is set for the server.
    pub(super) fn is_empty(&self) -> bool {
        self.authorities.is_empty() && self.client.is_none()
    }

    fn add(&mut self, folder: &Path) -> Result<(), RegistryError> {
        let mut paths = match std::fs::read_dir(folder) {
            Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect::<Vec<_>>(),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::NotADirectory) => return Ok(()),
            Err(e) => return Err(wrong(folder, e.to_string())),
        };
        paths.sort();
        for path in paths {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("crt") => self.authorities.push(path),
                Some("cert") => {
                    let pair = client_pair(&path)?;
                    self.client.get_or_insert(pair);
                }
                Some("key") if !path.with_extension("cert").exists() => {
                    return Err(wrong(&path, "there is no certificate NAME.cert beside this key".to_owned()));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn client_pair(certificate: &Path) -> Result<ClientPair, RegistryError> {
    let key = certificate.with_extension("key");
    if !key.exists() {
        let name = key.file_name().unwrap_or_default().to_string_lossy();
        return Err(wrong(certificate, format!("there is no key {name} beside it; an authority's certificate must end in .crt")));
    }
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|e| wrong(certificate, e.to_string()))?;
    if chain.is_empty() {
        return Err(wrong(certificate, "no certificate in it".to_owned()));
    }
    Ok(ClientPair {
        path: certificate.to_path_buf(),
        chain,
        key: PrivateKeyDer::from_pem_file(&key).map_err(|e| wrong(&key, e.to_string()))?,
    })
}

fn wrong(path: &Path, reason: String) -> RegistryError {
    RegistryError::HostCertificate { path: path.display().to_string(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn folders_are_named_after_the_server_and_its_port() {
        let root = tempfile::tempdir().unwrap();
        for name in ["r.example:5000/ca.crt", "r.example:5000/note.txt", "r.example/other.crt", "docker.io/hub.crt"] {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let roots = [root.path().join("none"), root.path().to_path_buf()];
        let names = |authority: &str| -> Vec<String> {
            let found = HostFolder::read(&roots, authority).unwrap().authorities;
            found.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names("r.example:5000"), ["ca.crt"]);
        assert_eq!(names("r.example"), ["other.crt"]);
        assert_eq!(names("registry-1.docker.io"), ["hub.crt"]);
        assert_eq!(names("s.example"), [""; 0]);
        assert_eq!(names("../r.example"), [""; 0], "nothing leads out of the folder");
    }

    #[test]
    fn half_a_client_pair_is_an_error_that_names_it() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("r.example");
        fs::create_dir(&folder).unwrap();
        let read = || HostFolder::read(&[root.path().to_path_buf()], "r.example").err().unwrap().to_string();
        fs::write(folder.join("me.cert"), "x").unwrap();
        let text = read();
        assert!(text.contains("me.cert") && text.contains("no key me.key") && text.contains(".crt"), "{text}");
        fs::rename(folder.join("me.cert"), folder.join("me.key")).unwrap();
        let text = read();
        assert!(text.contains("me.key") && text.contains("NAME.cert"), "{text}");
        fs::write(folder.join("me.cert"), "no certificate").unwrap();
        assert!(read().contains("no certificate in it"), "{}", read());
    }
}
