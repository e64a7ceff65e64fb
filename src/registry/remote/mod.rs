//! One repository of a registry, over HTTP.

use super::client::Client;
use super::{Blob, BlobSource, BlobStream, Lookup, Manifest, Named, Registry, RegistryError, Repository, Store, Written};
use crate::name::Reference;
use std::sync::Arc;

/// One repository of a registry.
pub(super) struct Remote {
    client: Client,
    /// Without tag and digest.
    reference: Reference,
    store: Arc<Store>,
}

impl Remote {
    pub(super) fn new(client: Client, reference: &Reference, store: Arc<Store>) -> Self {
        Self { client, reference: reference.clone(), store }
    }

    fn named(&self, name: Named<'_>) -> Reference {
        match name {
            Named::Tag(tag) => self.reference.with_tag(tag.clone()),
            Named::Digest(digest) => self.reference.with_digest(digest.clone()),
        }
    }
}

#[async_trait::async_trait]
impl Repository for Remote {
    fn name(&self) -> String {
        self.reference.name()
    }

    fn store(&self) -> &Arc<Store> {
        &self.store
    }

    fn path(&self) -> Option<String> {
        Some(self.reference.repository())
    }

    async fn head(&self, name: Named<'_>) -> Result<Lookup, RegistryError> {
        self.client.head(&self.named(name)).await
    }

    async fn manifest(&self, name: Named<'_>) -> Result<Manifest, RegistryError> {
        self.client.manifest(&self.named(name)).await
    }

    async fn put_manifest(&self, name: Named<'_>, manifest: &Manifest) -> Result<(), RegistryError> {
        self.client.put_manifest(&self.named(name), manifest).await
    }

    async fn has_blob(&self, _blob: &Blob) -> Result<bool, RegistryError> {
        unimplemented!()
    }

    async fn read_blob(&self, _blob: &Blob, _offset: u64) -> Result<BlobStream, RegistryError> {
        unimplemented!()
    }

    async fn write_blob(&self, _blob: &Blob, _source: &dyn BlobSource, _mount: &[String]) -> Result<Written, RegistryError> {
        unimplemented!()
    }

    async fn tags(&self) -> Result<Vec<String>, RegistryError> {
        self.client.tags(&self.reference).await
    }

    async fn delete(&self, _name: Named<'_>) -> Result<(), RegistryError> {
        unimplemented!()
    }
}
