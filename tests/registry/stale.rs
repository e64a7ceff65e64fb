//! Stored sign-ins that have expired: what is public is read without them, nothing is written so, and it is told once.

use super::*;
use cooperage::registry::{Lookup, RegistryError};
use support::faults::gate::Gate;

/// A keychain with one sign-in, in a file.
fn stored(stage: &Stage, user: &str, password: &str) -> (tempfile::TempDir, Arc<Keychain>) {
    use base64::Engine as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.json");
    let auth = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    std::fs::write(&path, format!(r#"{{"auths":{{"{}":{{"auth":"{auth}"}}}}}}"#, stage.faults.address)).unwrap();
    (folder, Arc::new(Keychain::load(KeychainSources { authfile: Some(path), ..KeychainSources::default() }).unwrap()))
}

fn gated() -> Stage {
    let stage = Stage::set();
    stage.image.put(&stage.registry.address, None, "public/a", "1");
    stage.faults.gate(Gate::new("ann", "s3cret-word"));
    stage
}

fn told(keychain: &Keychain) -> Vec<String> {
    keychain.stale().unwrap().take().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn what_is_public_is_read_without_and_told_once() {
    let stage = gated();
    let (_folder, keychain) = stored(&stage, "ann", "0ld-word");
    let client = Client::new(quick(), keychain.clone()).unwrap();
    let found = Lookup::Found(stage.image.digest.clone());
    for _ in 0..3 {
        assert_eq!(client.head(&stage.at("public/a:1")).await.unwrap(), found);
    }
    assert_eq!(client.head(&stage.at("public/a:2")).await.unwrap(), Lookup::Absent);
    assert_eq!(client.tags(&stage.at("public/a")).await.unwrap(), ["1"]);
    let told = told(&keychain);
    assert_eq!(told.len(), 1, "{told:?}");
    let parts =
        ["ann", "auth.json", "wrong or has expired", "cooperage login --authfile", "cooperage logout --authfile", &stage.faults.address];
    assert!(parts.iter().all(|part| told[0].contains(part)) && !told[0].contains("0ld-word"), "{told:?}");
    let signed = stage.faults.requests().iter().filter(|one| one.path.starts_with("/token") && one.authorization.is_some()).count();
    assert_eq!(signed, 1, "what was refused is not sent again");
}

#[tokio::test]
async fn what_is_not_public_says_that_the_sign_in_has_expired() {
    let stage = gated();
    let (_folder, keychain) = stored(&stage, "ann", "0ld-word");
    let client = Client::new(quick(), keychain.clone()).unwrap();
    let denied = async |rest: &str| match client.head(&stage.at(rest)).await {
        Err(RegistryError::Denied { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    let first = denied("team/a:1").await;
    assert!(first.contains("wrong or has expired") && first.contains("auth.json"), "{first}");
    assert_eq!(told(&keychain), [""; 0], "nothing went on without it");
    client.head(&stage.at("public/a:1")).await.unwrap();
    let later = denied("team/a:1").await;
    assert!(later.contains("wrong or has expired") && later.contains("auth.json") && !later.contains("there is no sign-in"), "{later}");
    let lenient = RegistryOptions { denied_means_absent: true, ..quick() };
    let client = Client::new(lenient, keychain.clone()).unwrap();
    for rest in ["team/a:1", "public/a:1", "team/a:1"] {
        let answer = client.head(&stage.at(rest)).await;
        assert!(rest.starts_with("public") || answer.is_err(), "an expired sign-in proves no absence, whatever is set: {answer:?}");
    }
}

#[tokio::test]
async fn nothing_is_written_without_it() {
    let stage = gated();
    let (_folder, keychain) = stored(&stage, "ann", "0ld-word");
    let client = Client::new(quick(), keychain).unwrap();
    client.head(&stage.at("public/a:1")).await.unwrap();
    stage.faults.clear();
    let error = client.put_manifest(&stage.at("public/a:9"), &manifest_of(&stage.image)).await.unwrap_err();
    assert!(matches!(&error, RegistryError::Denied { reason, .. } if reason.contains("wrong or has expired")), "{error}");
    let strangers = stage.faults.requests().iter().filter(|one| one.path.starts_with("/token") && one.authorization.is_none()).count();
    assert_eq!(strangers, 0, "{:?}", stage.faults.requests());
    assert_eq!(stage.registry.tags("public/a"), ["1"]);
}

#[tokio::test]
async fn a_password_for_everything_that_has_expired_is_tried_without_once() {
    let stage = Stage::set();
    let challenge = [("WWW-Authenticate", "Basic realm=\"x\""), ("Content-Type", "application/json")];
    let (_folder, keychain) = stored(&stage, "ann", "0ld-word");
    let client = Client::new(quick(), keychain.clone()).unwrap();
    // One repository wants a password; then the registry is known to want one, and refuses it elsewhere, too.
    stage.faults.on("*", "/v2/closed/", Action::reply(401, &challenge, "{}"));
    assert!(client.head(&stage.at("closed/a:1")).await.is_err());
    assert_eq!(stage.faults.count("HEAD", "/v2/closed/"), 2, "a stranger had been refused already");
    stage.faults.times(1, "HEAD", "/v2/team/", Action::reply(401, &challenge, "{}"));
    assert_eq!(client.head(&stage.at("team/a:1")).await.unwrap(), Lookup::Found(stage.image.digest.clone()));
    assert_eq!(told(&keychain).len(), 1);
}

#[tokio::test]
async fn never_signed_in_and_expired_are_different_messages() {
    let stage = gated();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.json");
    std::fs::write(&path, "{}").unwrap();
    let environment = BTreeMap::from([("REGISTRY_AUTH_FILE".to_owned(), path.display().to_string())]);
    let keychain = Keychain::load(KeychainSources { environment, ..KeychainSources::default() }).unwrap();
    let error = Client::new(quick(), Arc::new(keychain)).unwrap().head(&stage.at("team/a:1")).await.unwrap_err();
    let RegistryError::Denied { reason, .. } = &error else { panic!("{error}") };
    let never = format!(
        "there is no sign-in for {0} in {1} (REGISTRY_AUTH_FILE); sign in with: cooperage login {0}",
        stage.faults.address,
        path.display()
    );
    assert!(reason.contains(&never) && !reason.contains("expired"), "{reason}");
}
