//! User and password, and what a refusal means.

use super::*;
use cooperage::registry::{Lookup, RegistryError};

fn guarded() -> (Registry, Faults, TinyImage) {
    let registry = Registry::start(RegistryKind::htpasswd("ann", "s3cret-word"));
    let image = TinyImage::new("a");
    image.put(&registry.address, registry.kind.login(), "team/a", "1");
    let faults = Faults::in_front_of(&registry);
    (registry, faults, image)
}

#[tokio::test]
async fn a_good_password_opens_everything() {
    let (_registry, faults, image) = guarded();
    let client = member(&faults.address, "ann", "s3cret-word");
    let at = |rest: &str| reference(&faults.address, rest);
    assert_eq!(client.head(&at("team/a:1")).await.unwrap(), Lookup::Found(image.digest.clone()));
    assert_eq!(client.head(&at("team/a:2")).await.unwrap(), Lookup::Absent);
    client.put_manifest(&at("team/a:latest"), &manifest_of(&image)).await.unwrap();
    assert_eq!(client.tags(&at("team/a")).await.unwrap(), ["1", "latest"]);
    let unsigned = faults.requests().iter().filter(|one| one.path.contains("/manifests/") && one.authorization.is_none()).count();
    assert_eq!(unsigned, 1, "after the first challenge it is sent at once");
}

#[tokio::test]
async fn a_wrong_password_is_said_with_its_origin_and_without_itself() {
    let (_registry, faults, _) = guarded();
    let error = member(&faults.address, "ann", "wr0ng-word").head(&reference(&faults.address, "team/a:1")).await.unwrap_err();
    let RegistryError::Denied { status: 401, reason, .. } = &error else { panic!("{error}") };
    assert!(reason.contains("ann") && reason.contains("config.yaml") && reason.contains("wrong or has expired"), "{reason}");
    assert!(!format!("{error} {error:?}").contains("wr0ng-word"), "{error:?}");
    assert_eq!(faults.count("HEAD", "/manifests/"), 2, "a wrong password is not sent twice");
}

#[tokio::test]
async fn without_a_sign_in_it_is_denied_or_absent_where_that_is_set() {
    let (_registry, faults, _) = guarded();
    let at = reference(&faults.address, "team/a:1");
    let error = stranger().head(&at).await.unwrap_err();
    assert!(matches!(&error, RegistryError::Denied { status: 401, reason, .. } if reason.contains("no sign-in")), "{error}");
    let options = RegistryOptions { denied_means_absent: true, ..quick() };
    let lenient = Client::new(options, Arc::new(NoCredentials)).unwrap();
    assert_eq!(lenient.head(&at).await.unwrap(), Lookup::Absent);
    let image = TinyImage::new("x");
    let error = lenient.put_manifest(&at, &manifest_of(&image)).await.unwrap_err();
    assert!(matches!(error, RegistryError::Denied { .. }), "writing is never absent: {error}");
}

#[tokio::test]
async fn forbidden_means_absent_only_when_the_password_is_proven() {
    let (_registry, faults, _) = guarded();
    let at = reference(&faults.address, "other/b:1");
    faults.on("*", "/v2/other/", Action::error(403, "DENIED"));
    let client = member(&faults.address, "ann", "s3cret-word");
    assert_eq!(client.head(&at).await.unwrap(), Lookup::Absent, "let in at /v2/, kept out of this repository");
    let error = stranger().head(&at).await.unwrap_err();
    assert!(matches!(error, RegistryError::Denied { status: 403, .. }), "{error}");
    let error = member(&faults.address, "ann", "wr0ng-word").head(&at).await.unwrap_err();
    assert!(matches!(error, RegistryError::Denied { status: 403, .. }), "{error}");

    faults.on("GET", "/v2/", Action::error(403, "DENIED"));
    let error = client.head(&at).await.unwrap_err();
    assert!(matches!(error, RegistryError::Denied { .. }), "kept out everywhere: {error}");
}

#[tokio::test]
async fn forbidden_by_a_page_is_never_absent() {
    let (_registry, faults, _) = guarded();
    faults.on("HEAD", "/v2/other/", Action::reply(403, &[("Content-Type", "text/html")], "<h1>blocked</h1>"));
    let options = RegistryOptions { denied_means_absent: true, ..quick() };
    let client = Client::new(options, keys(&faults.address, "ann", "s3cret-word")).unwrap();
    assert!(client.head(&reference(&faults.address, "team/a:1")).await.is_ok());
    let error = client.head(&reference(&faults.address, "other/b:1")).await.unwrap_err();
    assert!(matches!(error, RegistryError::Denied { status: 403, .. }), "{error}");
}

#[tokio::test]
async fn a_sign_in_that_cannot_be_read_is_an_error_of_its_own() {
    let (_registry, faults, _) = guarded();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.json");
    std::fs::write(&path, format!(r#"{{"credHelpers":{{"{}":"nowhere"}}}}"#, faults.address)).unwrap();
    let keychain = Keychain::load(KeychainSources { authfile: Some(path), ..KeychainSources::default() }).unwrap();
    let client = Client::new(quick(), Arc::new(keychain)).unwrap();
    let error = client.head(&reference(&faults.address, "team/a:1")).await.unwrap_err();
    assert!(error.to_string().contains("docker-credential-nowhere") && error.to_string().contains("auth.json"), "{error}");
}

#[tokio::test]
async fn a_registry_that_never_asks_for_the_sign_in_proves_nothing() {
    let stage = Stage::set();
    stage.faults.on("*", "/v2/other/", Action::error(403, "DENIED"));
    let error = member(&stage.faults.address, "ann", "s3cret-word").head(&stage.at("other/b:1")).await.unwrap_err();
    assert!(matches!(&error, RegistryError::Denied { status: 403, reason, .. } if reason.contains("asked for no sign-in")), "{error}");
}
