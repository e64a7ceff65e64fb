//! Signed tokens that a real registry verifies: scopes, life, renewal, identity tokens.

use super::*;
use cooperage::registry::{Lookup, RegistryError, Welcome, sign_in};
use std::fs;
use support::tokens::{Asked, TokenServer};

const PASSWORD: &str = "s3cret-word";

/// A token server with one user, a registry that believes it, and an image in it.
struct Hall {
    tokens: TokenServer,
    registry: Registry,
    image: TinyImage,
}

impl Hall {
    async fn open() -> Self {
        let tokens = TokenServer::start("ann", PASSWORD);
        let registry = Registry::start(RegistryKind::tokens(&tokens));
        Self { tokens, registry, image: TinyImage::new("a") }
    }

    fn at(&self, rest: &str) -> Reference {
        reference(&self.registry.address, rest)
    }

    fn ann(&self) -> Client {
        member(&self.registry.address, "ann", PASSWORD)
    }

    /// A client whose only sign-in is an identity token.
    fn with_identity(&self, token: &str) -> Client {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        let entry = format!(r#"{{"auth":"PHRva2VuPjo=","identitytoken":"{token}"}}"#);
        fs::write(&path, format!(r#"{{"auths":{{"{}":{entry}}}}}"#, self.registry.address)).unwrap();
        let keychain = Keychain::load(KeychainSources { authfile: Some(path), ..KeychainSources::default() }).unwrap();
        Client::new(quick(), Arc::new(keychain)).unwrap()
    }

    fn granted(&self) -> Vec<Asked> {
        self.tokens.asked().into_iter().filter(|asked| asked.status == 200).collect()
    }
}

#[tokio::test]
async fn a_token_for_each_scope_is_kept_and_believed() {
    let hall = Hall::open().await;
    let ann = hall.ann();
    for _ in 0..2 {
        assert_eq!(ann.head(&hall.at("team/a:1")).await.unwrap(), Lookup::Absent);
    }
    // The registry has no blobs for it, so it says no after it has let us in.
    let error = ann.put_manifest(&hall.at("team/a:1"), &manifest_of(&hall.image)).await.unwrap_err();
    assert!(matches!(error, RegistryError::Incomplete { .. }), "{error}");
    let scopes: Vec<Vec<String>> = hall.granted().into_iter().map(|asked| asked.scopes).collect();
    assert_eq!(scopes, [vec!["repository:team/a:pull"], vec!["repository:team/a:pull,push"]]);
}

#[tokio::test]
async fn strangers_read_what_is_public_and_are_told_to_sign_in_for_the_rest() {
    let hall = Hall::open().await;
    assert_eq!(stranger().head(&hall.at("public/a:1")).await.unwrap(), Lookup::Absent);
    let error = stranger().head(&hall.at("team/a:1")).await.unwrap_err();
    let RegistryError::Denied { reason, .. } = &error else { panic!("{error}") };
    assert!(
        reason.contains(&format!("sign in with: cooperage login {}", hall.registry.address)) && !reason.contains("expired"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_token_is_not_used_longer_than_it_says() {
    let hall = Hall::open().await;
    hall.tokens.life(1, 300);
    let ann = hall.ann();
    ann.head(&hall.at("team/a:1")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    ann.head(&hall.at("team/a:1")).await.unwrap();
    assert_eq!(hall.granted().len(), 2);
    let refused = hall.registry.log().matches("\"http.response.status\":401").count() + hall.registry.log().matches("status=401").count();
    assert!(refused <= 1, "only the first question was without a good token: {}", hall.registry.log());
}

#[tokio::test]
async fn a_token_that_ends_before_it_says_is_renewed_once() {
    let hall = Hall::open().await;
    // The registry forgives a minute: this one lives two seconds and says five minutes.
    hall.tokens.life(300, -58);
    let ann = hall.ann();
    ann.head(&hall.at("team/a:1")).await.unwrap();
    assert_eq!(hall.granted().len(), 1);
    tokio::time::sleep(Duration::from_secs(4)).await;
    hall.tokens.life(300, 300);
    ann.head(&hall.at("team/a:1")).await.unwrap();
    assert_eq!(hall.granted().len(), 2);
    hall.tokens.life(300, -600);
    let ann = hall.ann();
    let error = ann.head(&hall.at("team/a:1")).await.unwrap_err();
    assert!(matches!(error, RegistryError::Denied { status: 401, .. }), "a token that never was good is no proof of absence: {error}");
    assert_eq!(hall.granted().len(), 3, "once");
}

#[tokio::test]
async fn an_identity_token_signs_in_until_it_expires() {
    let hall = Hall::open().await;
    hall.tokens.identity("ann", "long-lived");
    assert_eq!(hall.with_identity("long-lived").head(&hall.at("team/a:1")).await.unwrap(), Lookup::Absent);
    let asked = hall.granted();
    assert!(asked.iter().all(|one| one.method == "POST" && one.user.as_deref() == Some("ann")), "{asked:?}");
    hall.tokens.expire_all();
    let error = hall.with_identity("long-lived").head(&hall.at("team/a:1")).await.unwrap_err();
    let RegistryError::Denied { reason, .. } = &error else { panic!("{error}") };
    let parts = ["an identity token", "config.json", "wrong or has expired", "cooperage logout --authfile"];
    assert!(parts.iter().all(|part| reason.contains(part)) && !reason.contains("long-lived"), "{reason}");
}

#[tokio::test]
async fn a_sign_in_is_tried_before_it_is_stored() {
    let hall = Hall::open().await;
    hall.tokens.identity("ann", "long-lived");
    let registry = hall.registry.address.as_str();
    let given = |user: &str, password: &str| login(user, password).login;
    assert_eq!(sign_in(quick(), registry, given("ann", PASSWORD)).await.unwrap(), Welcome::LetIn);
    assert_eq!(sign_in(quick(), registry, given("<token>", "long-lived")).await.unwrap(), Welcome::LetIn);
    for (user, password) in [("ann", "wr0ng"), ("bob", PASSWORD), ("<token>", "short-lived")] {
        let error = sign_in(quick(), registry, given(user, password)).await.unwrap_err();
        assert!(matches!(&error, RegistryError::Denied { reason, .. } if reason.contains("password is wrong")), "{error}");
        assert!(!format!("{error} {error:?}").contains("wr0ng"), "{error:?}");
    }
    let open = Registry::start(RegistryKind::Plain);
    assert_eq!(sign_in(quick(), &open.address, given("ann", PASSWORD)).await.unwrap(), Welcome::OpenToAll);
    let page = Faults::alone();
    let error = sign_in(quick(), &page.address, given("ann", PASSWORD)).await.unwrap_err();
    assert!(matches!(&error, RegistryError::Unclear { reason, .. } if reason.contains("is this a registry?")), "{error}");
}
