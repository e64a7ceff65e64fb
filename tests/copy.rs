//! Copies between registries and OCI layouts: blobs, mounts, faults on the way, and other tools that read them back.

#[path = "copy/copies.rs"]
mod copies;
#[path = "copy/downloads.rs"]
mod downloads;
#[path = "copy/engine.rs"]
mod engine;
#[path = "copy/killed.rs"]
mod killed;
#[path = "copy/layouts.rs"]
mod layouts;
#[path = "copy/mounts.rs"]
mod mounts;
mod support;
#[path = "copy/uploads.rs"]
mod uploads;

use bytes::Bytes;
use cooperage::config::{Login, Secret};
use cooperage::name::{Digest, Reference, Tag};
use cooperage::registry::{
    Blob, BlobSource, BlobStream, Client, Copied, CopyError, CopyOptions, FoundLogin, Keychain, KeychainSources, NoCredentials,
    ProgressSink, Registry as _, RegistryError, RegistryOptions, Repository, Retries, copy,
};
use futures_util::StreamExt as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use support::faults::{Action, Faults};
use support::registry::image::{INDEX_TYPE, MANIFEST_TYPE, TinyImage, index_of, put_manifest};
use support::registry::{Registry, RegistryKind};
use tokio_util::sync::CancellationToken;

/// Waits that do not hold tests up.
fn quick() -> RegistryOptions {
    let retries = Retries { tries: 3, first_wait: Duration::from_millis(1), patience: Duration::from_secs(3) };
    RegistryOptions { retries, ..RegistryOptions::default() }
}

fn stranger() -> Client {
    Client::new(quick(), Arc::new(NoCredentials)).unwrap()
}

/// A client with a sign-in for each of these registries.
fn member(registries: &[&str], user: &str, password: &str) -> Client {
    let login = Login { username: user.to_owned(), password: Secret::new(password.to_owned()) };
    let found = FoundLogin { login, origin: cooperage::registry::Origin::Configuration("config.yaml".to_owned()) };
    let configured: BTreeMap<String, FoundLogin> = registries.iter().map(|one| ((*one).to_owned(), found.clone())).collect();
    let keychain = Keychain::load(KeychainSources { configured, ..KeychainSources::default() }).unwrap();
    Client::new(quick(), Arc::new(keychain)).unwrap()
}

fn repository(client: &Client, address: &str, path: &str) -> Arc<dyn Repository> {
    client.repository(&Reference::parse(&format!("{address}/{path}")).unwrap()).unwrap()
}

fn blob_of(bytes: &[u8]) -> Blob {
    Blob { digest: Digest::of(bytes), size: bytes.len() as u64 }
}

fn tag(text: &str) -> Tag {
    Tag::parse(text).unwrap()
}

fn no_progress() -> ProgressSink {
    Arc::new(|_, _| {})
}

async fn copied(from: &dyn Repository, digest: &Digest, to: &dyn Repository) -> Result<Copied, CopyError> {
    copy(from, digest, to, &CopyOptions::default(), &no_progress(), &CancellationToken::new()).await
}

/// All bytes of a stream, or its error.
async fn all(mut stream: BlobStream) -> Result<Vec<u8>, RegistryError> {
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok(bytes)
}

/// Bytes that can be read from any place, in small pieces.
struct Bytewise(Bytes);

#[async_trait::async_trait]
impl BlobSource for Bytewise {
    async fn open(&self, offset: u64) -> Result<BlobStream, RegistryError> {
        let rest = self.0.slice(usize::try_from(offset).unwrap()..);
        let pieces: Vec<Result<Bytes, RegistryError>> = rest.chunks(10_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        Ok(futures_util::stream::iter(pieces).boxed())
    }
}

/// Two open registries, each behind a server that misbehaves on request; the first holds `team/a:1`.
struct Pair {
    source: Registry,
    destination: Registry,
    from: Faults,
    to: Faults,
    image: TinyImage,
}

impl Pair {
    fn set() -> Self {
        let [source, destination] = [0, 1].map(|_| Registry::start(RegistryKind::Plain));
        let image = TinyImage::of_size(1, 3 << 20);
        image.put(&source.address, None, "team/a", "1");
        let (from, to) = (Faults::in_front_of(&source), Faults::in_front_of(&destination));
        Self { source, destination, from, to, image }
    }

    /// `team/a` of the first and `other/b` of the second, through one client.
    fn repositories(&self) -> (Arc<dyn Repository>, Arc<dyn Repository>) {
        let client = stranger();
        (repository(&client, &self.from.address, "team/a"), repository(&client, &self.to.address, "other/b"))
    }
}
