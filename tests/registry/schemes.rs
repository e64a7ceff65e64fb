//! HTTP, HTTPS, and whom we trust.

use super::*;
use cooperage::registry::{Lookup, RegistryError};
use support::registry::certificates::Ca;

/// A registry with this certificate, and a client that trusts `ca`.
async fn ask(kind: RegistryKind, ca: &Ca, host: &str) -> Result<Lookup, RegistryError> {
    let registry = Registry::start(kind);
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("ca.pem");
    ca.write_to(&bundle);
    let client = Client::new(RegistryOptions { ca_bundle: Some(bundle), ..quick() }, Arc::new(NoCredentials)).unwrap();
    client.head(&reference(&format!("{host}:{}", registry.port()), "team/a:1")).await
}

fn reason(result: Result<Lookup, RegistryError>) -> String {
    match result {
        Err(error @ RegistryError::Certificate { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_certificate_of_the_bundle_is_trusted() {
    let ca = Ca::new();
    for host in ["127.0.0.1", "localhost"] {
        assert_eq!(ask(RegistryKind::Tls(ca.local()), &ca, host).await.unwrap(), Lookup::Absent);
    }
}

#[tokio::test]
async fn certificates_that_are_no_good_are_refused_with_the_reason() {
    let ca = Ca::new();
    let text = reason(ask(RegistryKind::Tls(Ca::named("strangers").local()), &ca, "127.0.0.1").await);
    assert!(text.contains("authority that is not trusted") && text.contains("127.0.0.1:") && text.contains("ca.pem"), "{text}");
    let text = reason(ask(RegistryKind::Tls(Ca::new().local()), &ca, "127.0.0.1").await);
    assert!(text.contains("made anew"), "{text}");
    let text = reason(ask(RegistryKind::Tls(ca.expired()), &ca, "127.0.0.1").await);
    assert!(text.contains("expired"), "{text}");
    let text = reason(ask(RegistryKind::Tls(ca.for_names(&["registry.example"])), &ca, "localhost").await);
    assert!(text.contains("another name") && text.contains("registry.example"), "{text}");
    let text = reason(ask(RegistryKind::Tls(ca.own()), &ca, "127.0.0.1").await);
    assert!(text.contains("authority's own certificate"), "{text}");
}

#[tokio::test]
async fn without_a_bundle_the_message_says_so() {
    let registry = Registry::start(RegistryKind::Tls(Ca::new().local()));
    let error = stranger().head(&reference(&registry.address, "a:1")).await.unwrap_err();
    assert!(matches!(&error, RegistryError::Certificate { ca_bundle, .. } if ca_bundle == "not set"), "{error}");
    assert!(!registry.log().contains("GET"), "a bad certificate is never a reason for HTTP");
}

#[tokio::test]
async fn a_listed_registry_needs_no_good_certificate() {
    for listed in ["127.0.0.1".to_owned(), String::new()] {
        let registry = Registry::start(RegistryKind::TlsHtpasswd {
            leaf: Ca::new().expired(),
            user: "ann".to_owned(),
            password: "s3cret-word".to_owned(),
        });
        let insecure = vec![if listed.is_empty() { registry.address.clone() } else { listed }];
        let client = Client::new(RegistryOptions { insecure, ..quick() }, keys(&registry.address, "ann", "s3cret-word")).unwrap();
        assert_eq!(client.head(&reference(&registry.address, "a:1")).await.unwrap(), Lookup::Absent);
    }
}

#[tokio::test]
async fn a_tls_registry_that_stumbles_at_first_is_not_taken_for_plain() {
    let ca = Ca::new();
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("ca.pem");
    ca.write_to(&bundle);
    let registry = Registry::start(RegistryKind::Tls(ca.local()));
    // HTTP to this port is answered with 400 by the registry itself.
    let plain = support::registry::plain::request(&registry.address, "GET", "/v2/", None, None);
    assert_eq!(plain.status, 400);
    let client = Client::new(RegistryOptions { ca_bundle: Some(bundle), ..quick() }, Arc::new(NoCredentials)).unwrap();
    assert_eq!(client.head(&reference(&registry.address, "a:1")).await.unwrap(), Lookup::Absent);
}

#[tokio::test]
async fn plain_http_elsewhere_must_be_listed() {
    let stage = Stage::set();
    // This address leads to this machine, but is none of its loopback names.
    let host = format!("0.0.0.0:{}", stage.registry.port());
    let at = reference(&host, "team/a:1");
    let error = stranger().head(&at).await.unwrap_err();
    assert!(matches!(&error, RegistryError::Unreachable { reason, .. } if reason.contains("insecure_registries")), "{error}");
    for listed in [host.as_str(), "0.0.0.0"] {
        let client = Client::new(RegistryOptions { insecure: vec![listed.to_owned()], ..quick() }, Arc::new(NoCredentials)).unwrap();
        assert_eq!(client.head(&at).await.unwrap(), Lookup::Found(stage.image.digest.clone()));
    }
}

#[test]
fn a_bundle_that_is_none_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let bundles = [write("empty.pem", ""), write("text.pem", "hello"), write("garbage.pem", garbage), folder.path().join("missing.pem")];
    for bundle in bundles {
        let name = bundle.file_name().unwrap().to_str().unwrap().to_owned();
        let error = Client::new(RegistryOptions { ca_bundle: Some(bundle), ..quick() }, Arc::new(NoCredentials)).err().unwrap();
        assert!(matches!(error, RegistryError::CaBundle { .. }) && error.to_string().contains(&name), "{error}");
    }
}

#[tokio::test]
async fn many_at_once_share_connections_and_all_are_answered() {
    let stage = Stage::set();
    let client = Arc::new(stranger());
    let asked: Vec<_> = (0..125)
        .map(|at| {
            let (client, reference) = (client.clone(), stage.at(&format!("team/a:{at}")));
            tokio::spawn(async move { client.head(&reference).await.unwrap() })
        })
        .collect();
    let mut found = 0;
    for one in asked {
        found += usize::from(one.await.unwrap() != Lookup::Absent);
    }
    assert_eq!(found, 1);
    assert_eq!(stage.faults.count("HEAD", "/manifests/"), 125);
}
