//! Certificates for single servers, as Docker and containers keep them.

use super::*;
use cooperage::registry::{Lookup, RegistryError};
use std::fs;
use std::path::PathBuf;
use support::registry::certificates::{Ca, Leaf};
use tempfile::TempDir;

/// A folder like `/etc/docker/certs.d` with files for one server.
fn certs_d(server: &str, files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join(server)).unwrap();
    for (name, text) in files {
        fs::write(root.path().join(server).join(name), text).unwrap();
    }
    root
}

async fn ask(registry: &Registry, folders: Vec<PathBuf>, insecure: &[&str]) -> Result<Lookup, RegistryError> {
    let insecure = insecure.iter().map(|host| (*host).to_owned()).collect();
    let options = RegistryOptions { certificate_folders: folders, insecure, ..quick() };
    let client = Client::new(options, Arc::new(NoCredentials)).unwrap();
    client.head(&reference(&registry.address, "team/a:1")).await
}

#[tokio::test]
async fn an_authority_of_the_servers_folder_is_trusted_for_that_server_alone() {
    let ca = Ca::new();
    let registry = Registry::start(RegistryKind::Tls(ca.local()));
    let own = certs_d(&registry.address, &[("ca.crt", &ca.pem())]);
    assert_eq!(ask(&registry, vec![own.path().to_path_buf()], &[]).await.unwrap(), Lookup::Absent);
    let others = certs_d("127.0.0.1:1", &[("ca.crt", &ca.pem())]);
    let error = ask(&registry, vec![others.path().to_path_buf()], &[]).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, RegistryError::Certificate { .. }) && text.contains(&format!("certs.d/{}", registry.address)), "{text}");
    let folders = vec![others.path().to_path_buf(), own.path().to_path_buf()];
    assert_eq!(ask(&registry, folders, &[]).await.unwrap(), Lookup::Absent, "any of the folders");
}

fn clients(ca: &Ca, known: &Ca) -> Registry {
    Registry::start(RegistryKind::TlsClients { leaf: ca.local(), authority: known.pem() })
}

#[tokio::test]
async fn a_client_is_known_by_its_certificate() {
    let (ca, known) = (Ca::new(), Ca::named("known clients"));
    let registry = clients(&ca, &known);
    let Leaf { certificate, key } = known.client();
    let files = [("ca.crt", ca.pem()), ("me.cert", certificate.clone()), ("me.key", key.clone())];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let folder = certs_d(&registry.address, &files);
    assert_eq!(ask(&registry, vec![folder.path().to_path_buf()], &[]).await.unwrap(), Lookup::Absent);
    let unchecked = certs_d(&registry.address, &[("me.cert", &certificate), ("me.key", &key)]);
    assert_eq!(ask(&registry, vec![unchecked.path().to_path_buf()], &[&registry.address]).await.unwrap(), Lookup::Absent);
}

#[tokio::test]
async fn a_server_that_does_not_know_us_is_said() {
    let (ca, known) = (Ca::new(), Ca::named("known clients"));
    let registry = clients(&ca, &known);
    let stranger = Ca::named("others").client();
    let without = certs_d(&registry.address, &[("ca.crt", &ca.pem())]);
    let wrong = certs_d(&registry.address, &[("ca.crt", &ca.pem()), ("me.cert", &stranger.certificate), ("me.key", &stranger.key)]);
    for folder in [without, wrong] {
        let error = ask(&registry, vec![folder.path().to_path_buf()], &[]).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, RegistryError::ClientCertificate { .. }) && text.contains("NAME.cert"), "{text}");
    }
}

#[tokio::test]
async fn files_that_are_no_good_are_named() {
    let ca = Ca::new();
    let registry = Registry::start(RegistryKind::Tls(ca.local()));
    for (files, part) in [
        (vec![("ca.crt", "hello")], "ca.crt cannot be used: no certificate in it"),
        (vec![("me.cert", ca.pem().leak() as &str)], "me.cert cannot be used: there is no key me.key"),
        (vec![("me.cert", ca.pem().leak()), ("me.key", "hello")], "me.key cannot be used"),
        (vec![("me.cert", ca.pem().leak()), ("me.key", ca.local().key.leak())], "with the key beside it"),
    ] {
        let folder = certs_d(&registry.address, &files);
        let error = ask(&registry, vec![folder.path().to_path_buf()], &[]).await.unwrap_err();
        assert!(matches!(&error, RegistryError::HostCertificate { .. }) && error.to_string().contains(part), "{error}");
    }
}
