//! Proxies: what goes through them, what does not, and what they never see.

use super::*;
use cooperage::registry::{Lookup, RegistryError};
use support::proxy::Proxy;
use support::registry::certificates::Ca;

fn through(proxy: &Proxy) -> RegistryOptions {
    RegistryOptions { proxy: Some(proxy.url.clone()), ..quick() }
}

#[tokio::test]
async fn https_goes_through_a_tunnel_that_hides_the_sign_in() {
    let ca = Ca::new();
    let (user, password) = ("ann".to_owned(), "s3cret-word".to_owned());
    let registry = Registry::start(RegistryKind::TlsHtpasswd { leaf: ca.for_names(&["registry.test"]), user, password });
    let proxy = Proxy::to(&registry.address);
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("ca.pem");
    ca.write_to(&bundle);
    let options = RegistryOptions { ca_bundle: Some(bundle), ..through(&proxy) };
    let client = Client::new(options, keys("registry.test", "ann", "s3cret-word")).unwrap();
    assert_eq!(client.head(&reference("registry.test", "team/a:1")).await.unwrap(), Lookup::Absent);
    assert!(!proxy.asked().is_empty() && proxy.asked().iter().all(|one| one == "CONNECT registry.test:443"), "{:?}", proxy.asked());
}

#[tokio::test]
async fn http_goes_through_where_it_is_allowed() {
    let stage = Stage::set();
    let proxy = Proxy::to(&stage.registry.address);
    let options = RegistryOptions { insecure: vec!["registry.test:80".to_owned()], ..through(&proxy) };
    let client = Client::new(options, Arc::new(NoCredentials)).unwrap();
    let found = client.head(&reference("registry.test:80", "team/a:1")).await.unwrap();
    assert_eq!(found, Lookup::Found(stage.image.digest.clone()));
    assert!(proxy.asked().contains(&"HEAD http://registry.test/v2/team/a/manifests/1".to_owned()), "{:?}", proxy.asked());
}

#[tokio::test]
async fn no_proxy_and_this_machine_are_asked_directly() {
    let stage = Stage::set();
    let proxy = Proxy::to(&stage.registry.address);
    // This address leads to this machine, but is none of its loopback names.
    let host = format!("0.0.0.0:{}", stage.registry.port());
    let options = RegistryOptions { insecure: vec![host.clone()], no_proxy: Some("0.0.0.0,.example".to_owned()), ..through(&proxy) };
    let client = Client::new(options, Arc::new(NoCredentials)).unwrap();
    for at in [reference(&host, "team/a:1"), reference(&stage.registry.address, "team/a:1")] {
        assert_eq!(client.head(&at).await.unwrap(), Lookup::Found(stage.image.digest.clone()));
    }
    assert_eq!(proxy.asked(), [""; 0]);
    let options = RegistryOptions { insecure: vec![host.clone()], ..through(&proxy) };
    let client = Client::new(options, Arc::new(NoCredentials)).unwrap();
    client.head(&reference(&host, "team/a:1")).await.unwrap();
    assert!(!proxy.asked().is_empty(), "without NO_PROXY it is asked");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_a_registry_that_cannot_be_reached() {
    let address = format!("http://127.0.0.1:{}", support::registry::free_port());
    let client = Client::new(RegistryOptions { proxy: Some(address), ..quick() }, Arc::new(NoCredentials)).unwrap();
    let error = client.head(&reference("registry.test", "team/a:1")).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unreachable { .. }), "{error}");
}
