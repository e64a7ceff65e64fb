//! The registry room against Debian's docker-registry, and against a server that misbehaves.

#[path = "registry/answers.rs"]
mod answers;
#[path = "registry/blobs_and_tags.rs"]
mod blobs_and_tags;
#[path = "registry/certs_d.rs"]
mod certs_d;
#[path = "registry/jwt.rs"]
mod jwt;
#[path = "registry/passwords.rs"]
mod passwords;
#[path = "registry/proxies.rs"]
mod proxies;
#[path = "registry/schemes.rs"]
mod schemes;
mod support;
#[path = "registry/stale.rs"]
mod stale;
#[path = "registry/tokens.rs"]
mod tokens;
#[path = "registry/trying_again.rs"]
mod trying_again;

use cooperage::config::{Login, Secret};
use cooperage::name::{Digest, Reference};
use cooperage::registry::{
    Client, Credentials, FoundLogin, Keychain, KeychainSources, Manifest, NoCredentials, Origin, Registry as _, RegistryOptions, Retries,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use support::faults::{Action, Faults};
use support::registry::image::{MANIFEST_TYPE, TinyImage};
use support::registry::{Registry, RegistryKind};

/// Waits that do not hold tests up.
fn quick() -> RegistryOptions {
    let retries = Retries { tries: 3, first_wait: Duration::from_millis(1), patience: Duration::from_secs(3) };
    RegistryOptions { retries, ..RegistryOptions::default() }
}

/// A client without sign-ins.
fn stranger() -> Client {
    Client::new(quick(), Arc::new(NoCredentials)).unwrap()
}

fn login(user: &str, password: &str) -> FoundLogin {
    let login = Login { username: user.to_owned(), password: Secret::new(password.to_owned()) };
    FoundLogin { login, origin: Origin::Configuration("config.yaml".to_owned()) }
}

/// The sign-in that a configuration would hold for a registry.
fn keys(registry: &str, user: &str, password: &str) -> Arc<dyn Credentials> {
    let configured = BTreeMap::from([(registry.to_owned(), login(user, password))]);
    Arc::new(Keychain::load(KeychainSources { configured, ..KeychainSources::default() }).unwrap())
}

/// A client with a sign-in.
fn member(registry: &str, user: &str, password: &str) -> Client {
    Client::new(quick(), keys(registry, user, password)).unwrap()
}

fn reference(address: &str, rest: &str) -> Reference {
    Reference::parse(&format!("{address}/{rest}")).unwrap()
}

fn manifest_of(image: &TinyImage) -> Manifest {
    Manifest { media_type: MANIFEST_TYPE.to_owned(), bytes: image.manifest.clone().into(), digest: image.digest.clone() }
}

/// An open registry that holds `team/a:1`, and the misbehaving server in front of it.
struct Stage {
    registry: Registry,
    faults: Faults,
    image: TinyImage,
}

impl Stage {
    fn set() -> Self {
        let registry = Registry::start(RegistryKind::Plain);
        let image = TinyImage::new("a");
        image.put(&registry.address, None, "team/a", "1");
        let faults = Faults::in_front_of(&registry);
        Self { registry, faults, image }
    }

    /// A reference behind the misbehaving server.
    fn at(&self, rest: &str) -> Reference {
        reference(&self.faults.address, rest)
    }
}

fn other_digest() -> Digest {
    Digest::of(b"another")
}
