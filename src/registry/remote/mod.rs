//! One repository of a registry, over HTTP.

mod download;
mod flow;
mod session;
mod upload;

use super::client::{Client, PAGE_LIMIT, Place};
use super::manifest::MANIFEST_LIMIT;
use super::{Blob, BlobSource, BlobStream, Lookup, Manifest, Named, Registry, RegistryError, Repository, Store, Written, answer};
use crate::name::{Digest, Reference, Tag};
use bytes::Bytes;
use reqwest::Method;
use reqwest::header::CONTENT_LENGTH;
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

    async fn put_tag(&self, tag: &Tag, manifest: &Manifest, held: Option<&Digest>) -> Result<(), RegistryError> {
        self.client.put_tag(&self.reference.with_tag(tag.clone()), manifest, held).await
    }

    async fn has_blob(&self, blob: &Blob) -> Result<bool, RegistryError> {
        let mut place = self.client.place(&self.reference).await?;
        place.subject = format!("the blob {} of {}", blob.digest, self.reference.name());
        has_blob(&self.client, &place, blob).await
    }

    async fn read_blob(&self, blob: &Blob, offset: u64) -> Result<BlobStream, RegistryError> {
        download::open(&self.client, &self.reference, blob, offset).await
    }

    async fn write_blob(&self, blob: &Blob, source: &dyn BlobSource, mount: &[String]) -> Result<Written, RegistryError> {
        upload::Upload::new(&self.client, &self.reference, blob, source).await?.write(mount).await
    }

    async fn tags(&self) -> Result<Vec<String>, RegistryError> {
        self.client.tags(&self.reference).await
    }

    async fn referrers(&self, digest: &Digest) -> Result<Option<Vec<Bytes>>, RegistryError> {
        let mut place = self.client.place(&self.reference).await?;
        place.subject = format!("the referrers of {}@{digest}", self.reference.name());
        let mut call = place.call(Method::GET, &format!("{}/referrers/{digest}", place.repository), PAGE_LIMIT);
        match self.client.pages(&place, &mut call).await {
            // Old registries do not know the address at all.
            Err(RegistryError::Unclear { reason, .. }) if reason.starts_with("400") || reason.starts_with("405") => Ok(None),
            other => other,
        }
    }

    async fn delete(&self, name: Named<'_>) -> Result<(), RegistryError> {
        let mut place = self.client.place(&self.reference).await?;
        place.subject = self.named(name).to_string();
        let call = place.manifest_call(Method::DELETE, name.as_str());
        let reply = self.client.door.ask(place.aim("pull,push,delete"), &call).await?;
        match reply.answer.status.as_u16() {
            200 | 202 | 204 => Ok(()),
            404 => self.client.believe_absent(&place, &reply).await,
            401 | 403 => Err(self.client.denied(&place, &reply)),
            400 | 405 => {
                let (host, reference) = (place.registry.to_owned(), place.subject.clone());
                Err(RegistryError::CannotDelete { host, reference, reason: answer::said(&reply.answer) })
            }
            _ => Err(place.unclear(answer::said(&reply.answer))),
        }
    }
}

/// Whether a blob is there, as one who writes sees it. A registry that says another size has another blob.
async fn has_blob(client: &Client, place: &Place<'_>, blob: &Blob) -> Result<bool, RegistryError> {
    let mut call = download::blob_call(place, Method::HEAD, blob);
    call.limit = MANIFEST_LIMIT;
    let Some(answer) = client.read_as(place, "pull,push", &call).await? else { return Ok(false) };
    let stated = answer.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<u64>().ok());
    Ok(stated.is_none_or(|stated| stated == blob.size))
}
