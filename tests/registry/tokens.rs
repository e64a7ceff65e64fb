//! Tokens: got, kept, renewed, refused.

use super::*;
use cooperage::registry::{Lookup, RegistryError};
use support::faults::gate::Gate;

fn gated() -> Stage {
    let stage = Stage::set();
    stage.image.put(&stage.registry.address, None, "public/a", "1");
    stage.faults.gate(Gate::new("ann", "s3cret-word"));
    stage
}

fn ann(stage: &Stage) -> Client {
    member(&stage.faults.address, "ann", "s3cret-word")
}

#[tokio::test]
async fn tokens_open_what_the_sign_in_allows_and_are_kept() {
    let stage = gated();
    let client = ann(&stage);
    let found = Lookup::Found(stage.image.digest.clone());
    for _ in 0..3 {
        assert_eq!(client.head(&stage.at("team/a:1")).await.unwrap(), found);
    }
    assert_eq!(client.head(&stage.at("team/a:2")).await.unwrap(), Lookup::Absent);
    assert_eq!(stage.faults.count("GET", "/token"), 1);
    let asked = stage.faults.requests().into_iter().find(|one| one.path.starts_with("/token")).unwrap();
    assert!(asked.path.contains("service=faults") && asked.path.contains("scope=repository%3Ateam%2Fa%3Apull"), "{}", asked.path);
    client.put_manifest(&stage.at("team/a:latest"), &manifest_of(&stage.image)).await.unwrap();
    assert_eq!(stage.faults.count("GET", "/token"), 2, "writing needs a token of its own");
    assert_eq!(client.head(&stage.at("public/a:1")).await.unwrap(), found);
    let unsigned = stage.faults.requests().iter().filter(|one| one.path.starts_with("/v2/t") && one.authorization.is_none()).count();
    assert_eq!(unsigned, 1, "after the first challenge it is known where tokens are");
}

#[tokio::test]
async fn strangers_get_tokens_for_what_is_public() {
    let stage = gated();
    let client = stranger();
    assert_eq!(client.head(&stage.at("public/a:1")).await.unwrap(), Lookup::Found(stage.image.digest.clone()));
    assert_eq!(client.head(&stage.at("public/a:2")).await.unwrap(), Lookup::Absent);
    let error = client.head(&stage.at("team/a:1")).await.unwrap_err();
    assert!(matches!(&error, RegistryError::Denied { reason, .. } if reason.contains("no sign-in")), "{error}");
    let lenient = Client::new(RegistryOptions { denied_means_absent: true, ..quick() }, Arc::new(NoCredentials)).unwrap();
    assert_eq!(lenient.head(&stage.at("team/a:1")).await.unwrap(), Lookup::Absent);
}

#[tokio::test]
async fn what_a_signed_in_user_may_not_see_is_absent() {
    let stage = gated();
    assert_eq!(ann(&stage).head(&stage.at("hidden/a:1")).await.unwrap(), Lookup::Absent);
    let error = ann(&stage).put_manifest(&stage.at("hidden/a:1"), &manifest_of(&stage.image)).await.unwrap_err();
    assert!(matches!(&error, RegistryError::Denied { reason, .. } if reason.contains("signed in as ann")), "{error}");
}

#[tokio::test]
async fn a_revoked_token_is_renewed_once() {
    let stage = gated();
    let client = ann(&stage);
    let found = Lookup::Found(stage.image.digest.clone());
    assert_eq!(client.head(&stage.at("team/a:1")).await.unwrap(), found);
    stage.faults.revoke_tokens();
    assert_eq!(client.head(&stage.at("team/a:1")).await.unwrap(), found);
    assert_eq!(stage.faults.count("GET", "/token"), 2);
}

#[tokio::test]
async fn a_token_that_has_run_out_is_not_sent() {
    let stage = Stage::set();
    stage.faults.gate(Gate { expires_in: Some(0), ..Gate::new("ann", "s3cret-word") });
    let client = ann(&stage);
    for _ in 0..2 {
        assert!(client.head(&stage.at("team/a:1")).await.is_ok());
    }
    assert_eq!(stage.faults.count("GET", "/token"), 2);
}

#[tokio::test]
async fn a_token_the_registry_cannot_read_proves_nothing() {
    let stage = gated();
    let challenge = format!("Bearer realm=\"http://{}/token\",service=\"faults\",error=\"invalid_token\"", stage.faults.address);
    let kind = [("WWW-Authenticate", challenge.as_str()), ("Content-Type", "application/json")];
    stage.faults.on("*", "/v2/team/", Action::reply(401, &kind, "{}"));
    let error = ann(&stage).head(&stage.at("team/a:1")).await.unwrap_err();
    assert!(matches!(error, RegistryError::Denied { status: 401, .. }), "{error}");
    assert_eq!(stage.faults.count("HEAD", "/v2/team/"), 2, "once without, once with a token");
}

#[tokio::test]
async fn a_wrong_password_at_the_token_server_is_denied_whatever_is_set() {
    let stage = gated();
    for denied_means_absent in [false, true] {
        let options = RegistryOptions { denied_means_absent, ..quick() };
        let client = Client::new(options, keys(&stage.faults.address, "ann", "wr0ng-word")).unwrap();
        let error = client.head(&stage.at("team/a:1")).await.unwrap_err();
        let RegistryError::Denied { status: 401, reason, .. } = &error else { panic!("{error}") };
        assert!(reason.contains("token server") && reason.contains("config.yaml") && reason.contains("expired"), "{reason}");
        assert!(!format!("{error:?}").contains("wr0ng"), "{error:?}");
    }
}

#[tokio::test]
async fn an_identity_token_is_changed_for_a_token() {
    let stage = Stage::set();
    stage.faults.gate(Gate { identity_token: Some("long-lived".to_owned()), ..Gate::new("ann", "s3cret-word") });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    let entry = r#"{"auth":"PHRva2VuPjo=","identitytoken":"long-lived"}"#;
    std::fs::write(&path, format!(r#"{{"auths":{{"{}":{entry}}}}}"#, stage.faults.address)).unwrap();
    let keychain = Keychain::load(KeychainSources { authfile: Some(path), ..KeychainSources::default() }).unwrap();
    let client = Client::new(quick(), Arc::new(keychain)).unwrap();
    assert_eq!(client.head(&stage.at("team/a:1")).await.unwrap(), Lookup::Found(stage.image.digest.clone()));
    assert_eq!((stage.faults.count("POST", "/token"), stage.faults.count("GET", "/token")), (1, 0));
    assert!(stage.faults.requests().iter().all(|one| !one.path.contains("long-lived")), "never in an address");
}

#[tokio::test]
async fn a_token_server_in_trouble_is_unclear() {
    let stage = gated();
    let html = Action::reply(200, &[("Content-Type", "text/html")], "<h1>hello</h1>");
    for trouble in
        [Action::status(500), Action::status(404), html, Action::reply(200, &[], "{}"), Action::reply(200, &[], "{\"token\":\"\"}")]
    {
        stage.faults.clear();
        stage.faults.on("*", "/token", trouble.clone());
        let error = ann(&stage).head(&stage.at("team/a:1")).await.unwrap_err();
        assert!(matches!(error, RegistryError::Unclear { .. }), "{trouble:?}: {error}");
    }
    stage.faults.clear();
    stage.faults.times(2, "*", "/token", Action::status(503));
    assert!(ann(&stage).head(&stage.at("team/a:1")).await.is_ok(), "tried again");
}

#[tokio::test]
async fn passwords_do_not_go_to_a_token_server_without_tls() {
    let stage = Stage::set();
    stage.faults.gate(Gate { realm: Some("http://user:pw@tokens.example/token".to_owned()), ..Gate::new("ann", "s3cret-word") });
    let error = ann(&stage).head(&stage.at("team/a:1")).await.unwrap_err();
    let RegistryError::Unclear { reason, .. } = &error else { panic!("{error}") };
    assert!(reason.contains("tokens.example has no TLS") && !reason.contains("pw"), "{reason}");
}

#[tokio::test]
async fn nothing_secret_is_in_any_message() {
    let stage = gated();
    let client = ann(&stage);
    assert!(client.head(&stage.at("team/a:1")).await.is_ok());
    for trouble in [Action::status(500), Action::Close, Action::error(400, "X"), Action::status(429)] {
        stage.faults.clear();
        stage.faults.on("*", "/v2/", trouble);
        let error = client.manifest(&stage.at("team/a:1")).await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(!text.contains("s3cret-word") && !text.contains("secret-token") && !text.contains("YW5u"), "{text}");
    }
}
