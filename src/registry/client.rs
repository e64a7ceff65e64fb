//! The client: what each call asks, and what the answers mean.

use super::auth::{Aim, Door, Reply, Standing};
use super::host::Host;
use super::lists::{Rest, tag_list, tags_in};
use super::manifest::{MANIFEST_LIMIT, is_manifest};
use super::patience::Patience;
use super::remote::Remote;
use super::transport::{Answer, Call, Transport, after_answer, is_clear};
use super::trouble::Trouble;
use super::verify::digest_like;
use super::{Credentials, Lookup, Manifest, Registry, RegistryError, RegistryOptions, Repository, answer, refusal};
use crate::name::{Digest, Reference};
use bytes::Bytes;
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use std::sync::Arc;

/// The server behind the name `docker.io`.
const DOCKER_HUB_SERVER: &str = "registry-1.docker.io";

/// The most bytes of one page of a list.
pub(super) const PAGE_LIMIT: u64 = 16 << 20;

/// What registries say where a manifest names something they do not have.
const INCOMPLETE: [&str; 3] = ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"];

/// A client for all registries. Cheap to clone; it keeps connections and tokens.
#[derive(Clone)]
pub struct Client {
    pub(super) door: Arc<Door>,
}

/// Where one reference stands.
pub(super) struct Place<'a> {
    pub host: Arc<Host>,
    pub base: Url,
    pub registry: &'a str,
    pub repository: String,
    pub subject: String,
}

impl<'a> Place<'a> {
    pub(super) fn call(&self, method: Method, path: &str, limit: u64) -> Call {
        let mut url = self.base.clone();
        url.set_path(&format!("/v2/{path}"));
        Call {
            method,
            url,
            body: None,
            limit,
            bounded: true,
            once: false,
            registry: self.registry.to_owned(),
            subject: self.subject.clone(),
        }
    }

    pub(super) fn manifest_call(&self, method: Method, name: &str) -> Call {
        self.call(method, &format!("{}/manifests/{name}", self.repository), MANIFEST_LIMIT)
    }

    pub(super) fn aim(&'a self, actions: &'static str) -> Aim<'a> {
        let (registry, repository, subject) = (self.registry, self.repository.as_str(), self.subject.as_str());
        Aim { host: &self.host, registry, repository, actions, subject, also: None, as_stranger: false }
    }

    pub(super) fn unclear(&self, reason: impl Into<String>) -> RegistryError {
        answer::unclear(self.registry, &self.subject, reason.into())
    }

    pub(super) fn wrong_digest(&self, expected: Digest, found: Digest) -> RegistryError {
        RegistryError::WrongDigest { host: self.registry.to_owned(), reference: self.subject.clone(), expected, found }
    }

    pub(super) fn not_found(&self) -> RegistryError {
        RegistryError::NotFound { host: self.registry.to_owned(), reference: self.subject.clone() }
    }
}

impl Client {
    /// Reads `ca_bundle` and the system's root certificates; asks no registry.
    ///
    /// # Errors
    /// [`RegistryError::CaBundle`] where the bundle cannot be read or holds no certificate.
    pub fn new(options: RegistryOptions, credentials: Arc<dyn Credentials>) -> Result<Self, RegistryError> {
        Ok(Self { door: Arc::new(Door { transport: Transport::new(options)?, credentials }) })
    }

    pub(super) async fn place<'a>(&self, reference: &'a Reference) -> Result<Place<'a>, RegistryError> {
        let registry = reference.registry();
        let host = self.door.transport.host(server_of(registry))?;
        let subject = reference.to_string();
        let base = self.door.transport.base(&host, registry, &subject).await?;
        Ok(Place { host, base, registry, repository: reference.repository(), subject })
    }

    /// Sends a call that reads. `None` where what is asked for is certainly not there.
    pub(super) async fn read(&self, place: &Place<'_>, call: &Call) -> Result<Option<Answer>, RegistryError> {
        self.read_as(place, "pull", call).await
    }

    /// The same with a sign-in that allows other things, too.
    pub(super) async fn read_as(&self, place: &Place<'_>, actions: &'static str, call: &Call) -> Result<Option<Answer>, RegistryError> {
        let reply = self.door.ask(place.aim(actions), call).await?;
        match reply.answer.status.as_u16() {
            200 => Ok(Some(reply.answer)),
            401 | 403 if self.denied_is_absent(place, &reply).await? => Ok(None),
            401 | 403 => Err(self.denied(place, &reply)),
            404 => self.believe_absent(place, &reply).await.map(|()| None),
            _ => Err(place.unclear(answer::said(&reply.answer))),
        }
    }

    /// 404 is believed; but one that may come from something in between only where a registry answers at `/v2/`.
    pub(super) async fn believe_absent(&self, place: &Place<'_>, reply: &Reply) -> Result<(), RegistryError> {
        if !answer::is_foreign(&reply.answer) {
            return Ok(());
        }
        let ping = place.call(Method::GET, "", MANIFEST_LIMIT);
        let status = self.door.transport.send(&ping, None).await?.status;
        if status == StatusCode::OK || status == StatusCode::UNAUTHORIZED {
            return Ok(());
        }
        Err(place.unclear(format!("{}, and {status} for /v2/: this is not a registry", answer::said(&reply.answer))))
    }

    /// Whether 401 or 403 means that the reference is not there: the setting says so, or we were let in and
    /// the registry hides what we may not see.
    async fn denied_is_absent(&self, place: &Place<'_>, reply: &Reply) -> Result<bool, RegistryError> {
        // Something in between, such as a portal, speaks for no registry.
        if answer::is_foreign(&reply.answer) {
            return Ok(false);
        }
        let allowed = self.door.transport.options.denied_means_absent;
        Ok(match &reply.standing {
            // The token server let us in with our sign-in. A token that the registry cannot read proves nothing.
            Standing::Token { login: Some(_), .. } => allowed || !has_bad_token(&reply.answer),
            Standing::Basic { .. } => allowed || (reply.answer.status == StatusCode::FORBIDDEN && self.is_let_in(place).await?),
            Standing::Token { login: None, .. } | Standing::Anonymous => allowed,
            // 401 to a sign-in says it is wrong or has expired, whatever the setting is.
            Standing::Refused { login: Some(_), .. } => allowed && reply.answer.status == StatusCode::FORBIDDEN,
            Standing::Refused { login: None, .. } => allowed,
            Standing::Stale { .. } => false,
        })
    }

    /// Whether `/v2/` answers 200 to our sign-in: the proof that user and password are good.
    async fn is_let_in(&self, place: &Place<'_>) -> Result<bool, RegistryError> {
        let ping = place.call(Method::GET, "", MANIFEST_LIMIT);
        let reply = self.door.ask(place.aim("pull"), &ping).await?;
        Ok(reply.answer.status == StatusCode::OK && matches!(reply.standing, Standing::Basic { .. }))
    }

    pub(super) fn denied(&self, place: &Place<'_>, reply: &Reply) -> RegistryError {
        let reason = refusal::reason(&place.host, place.registry, reply, &self.door.credentials.searched());
        let (host, reference) = (place.registry.to_owned(), place.subject.clone());
        RegistryError::Denied { host, reference, status: reply.answer.status.as_u16(), reason }
    }

    async fn fetch_manifest(&self, place: &Place<'_>, reference: &Reference) -> Result<Option<Manifest>, RegistryError> {
        let call = place.manifest_call(Method::GET, reference.manifest_name());
        let Some(answer) = self.read(place, &call).await? else { return Ok(None) };
        let media_type =
            media_type(&answer).ok_or_else(|| place.unclear("200 OK, but what it sends is no manifest; a proxy may stand in between"))?;
        let expected = reference.digest().cloned().or_else(|| stated_digest(&answer));
        let digest = expected.as_ref().map_or_else(|| Digest::of(&answer.body), |expected| digest_like(expected, &answer.body));
        match expected {
            Some(expected) if expected != digest => Err(place.wrong_digest(expected, digest)),
            _ => Ok(Some(Manifest { media_type, bytes: answer.body, digest })),
        }
    }

    /// Whether a manifest that was sent is there now.
    async fn taken(&self, place: &Place<'_>, reference: &Reference, manifest: &Manifest, reply: &Reply) -> Result<(), RegistryError> {
        match reply.answer.status.as_u16() {
            200..=202 => {}
            401 | 403 => return Err(self.denied(place, reply)),
            400 | 404 if answer::has_code(&reply.answer, &INCOMPLETE) => {
                let (host, reference) = (place.registry.to_owned(), place.subject.clone());
                return Err(RegistryError::Incomplete { host, reference, reason: answer::said(&reply.answer) });
            }
            404 => return Err(place.not_found()),
            _ => return Err(place.unclear(format!("it does not take the manifest: {}", answer::said(&reply.answer)))),
        }
        let found = match stated_digest(&reply.answer) {
            Some(found) => found,
            None => {
                let call = place.manifest_call(Method::GET, name_of(reference));
                let held = self.read(place, &call).await?.ok_or_else(|| place.not_found())?;
                digest_like(&manifest.digest, &held.body)
            }
        };
        if found == manifest.digest { Ok(()) } else { Err(place.wrong_digest(manifest.digest.clone(), found)) }
    }

    /// Writes a manifest under a tag that holds `held`. What a registry did not take at once is sent again, and by then
    /// somebody else may have written: so it is looked at again before each further try.
    ///
    /// # Errors
    /// [`RegistryError::Moved`] where the tag holds something else by then.
    pub(super) async fn put_tag(&self, reference: &Reference, manifest: &Manifest, held: Option<&Digest>) -> Result<(), RegistryError> {
        let place = self.place(reference).await?;
        let transport = &self.door.transport;
        let mut patience = Patience::new(transport.options.retries, false);
        let call = Call { once: true, ..put_call(&place, reference, manifest) };
        loop {
            match self.door.ask(place.aim("pull,push"), &call).await {
                Ok(reply) if is_clear(reply.answer.status) => return self.taken(&place, reference, manifest, &reply).await,
                Ok(reply) => after_answer(&place.host, &call, &reply.answer, &mut patience).await?,
                Err(RegistryError::Unreachable { reason, .. }) => {
                    transport.after(&place.host, Trouble::Broken(reason), &mut patience, place.registry, &place.subject).await?;
                }
                Err(error) => return Err(error),
            }
            match self.head(reference).await? {
                Lookup::Found(found) if found == manifest.digest => return Ok(()),
                Lookup::Found(found) if Some(&found) != held => return Err(moved(place.registry, reference, Some(found))),
                Lookup::Absent if held.is_some() => return Err(moved(place.registry, reference, None)),
                _ => {}
            }
        }
    }
}

#[async_trait::async_trait]
impl Registry for Client {
    fn repository(&self, reference: &Reference) -> Result<Arc<dyn Repository>, RegistryError> {
        let host = self.door.transport.host(server_of(reference.registry()))?;
        Ok(Arc::new(Remote::new(self.clone(), reference, host.store.clone())))
    }

    async fn head(&self, reference: &Reference) -> Result<Lookup, RegistryError> {
        let place = self.place(reference).await?;
        let call = place.manifest_call(Method::HEAD, reference.manifest_name());
        let Some(answer) = self.read(&place, &call).await? else { return Ok(Lookup::Absent) };
        let stated = stated_digest(&answer).filter(|_| is_manifest(&answer::content_type(&answer)));
        match (stated, reference.digest()) {
            (Some(found), Some(expected)) if found != *expected => Err(place.wrong_digest(expected.clone(), found)),
            (Some(found), _) => Ok(Lookup::Found(found)),
            // No digest in the answer: the manifest itself has one, and shows whether this is a registry at all.
            (None, _) => {
                Ok(self.fetch_manifest(&place, reference).await?.map_or(Lookup::Absent, |manifest| Lookup::Found(manifest.digest)))
            }
        }
    }

    async fn manifest(&self, reference: &Reference) -> Result<Manifest, RegistryError> {
        let place = self.place(reference).await?;
        self.fetch_manifest(&place, reference).await?.ok_or_else(|| place.not_found())
    }

    async fn put_manifest(&self, reference: &Reference, manifest: &Manifest) -> Result<(), RegistryError> {
        let place = self.place(reference).await?;
        let call = put_call(&place, reference, manifest);
        let reply = self.door.ask(place.aim("pull,push"), &call).await?;
        self.taken(&place, reference, manifest, &reply).await
    }

    async fn blob(&self, reference: &Reference, digest: &Digest, limit: u64) -> Result<Bytes, RegistryError> {
        let mut place = self.place(reference).await?;
        place.subject = format!("the blob {digest} of {reference}");
        let mut call = place.call(Method::GET, &format!("{}/blobs/{digest}", place.repository), limit);
        call.bounded = false;
        let answer = self.read(&place, &call).await?.ok_or_else(|| place.not_found())?;
        let found = digest_like(digest, &answer.body);
        if found == *digest { Ok(answer.body) } else { Err(place.wrong_digest(digest.clone(), found)) }
    }

    async fn tags(&self, reference: &Reference) -> Result<Vec<String>, RegistryError> {
        let place = self.place(reference).await?;
        let found = self.pages(&place, &mut tag_list(&place)).await?;
        tags_in(&place, &found.unwrap_or_default())
    }

    async fn few_tags(&self, reference: &Reference, pages: usize) -> Result<Option<Vec<String>>, RegistryError> {
        let place = self.place(reference).await?;
        match self.first_pages(&place, &mut tag_list(&place), pages).await? {
            Some((_, Rest::More)) => Ok(None),
            Some((found, Rest::Nothing)) => tags_in(&place, &found).map(Some),
            None => Ok(Some(Vec::new())),
        }
    }
}

/// The server behind a registry's name.
pub(super) fn server_of(registry: &str) -> &str {
    if registry == "docker.io" { DOCKER_HUB_SERVER } else { registry }
}

/// What a manifest is written under.
fn name_of(reference: &Reference) -> &str {
    reference.tag().map_or_else(|| reference.manifest_name(), |tag| tag.as_str())
}

fn put_call(place: &Place<'_>, reference: &Reference, manifest: &Manifest) -> Call {
    let mut call = place.manifest_call(Method::PUT, name_of(reference));
    call.body = Some((manifest.media_type.clone(), manifest.bytes.clone()));
    call
}

fn moved(host: &str, reference: &Reference, found: Option<Digest>) -> RegistryError {
    RegistryError::Moved { host: host.to_owned(), reference: reference.to_string(), found }
}

/// The digest in the answer's header.
fn stated_digest(answer: &Answer) -> Option<Digest> {
    answer.headers.get("docker-content-digest").and_then(|value| value.to_str().ok()).and_then(Digest::parse)
}

fn has_bad_token(answer: &Answer) -> bool {
    use super::challenge::{Bearer, Challenge};
    matches!(Challenge::read(&answer.headers), Some(Challenge::Bearer(Bearer { error: Some(error), .. })) if error == "invalid_token")
}

/// The media type of a manifest: the header's, else what the document says of itself. `None`: no manifest.
fn media_type(answer: &Answer) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head {
        schema_version: u32,
        media_type: Option<String>,
    }
    let stated = answer::content_type(answer);
    if is_manifest(&stated) {
        return Some(stated);
    }
    let head: Head = serde_json::from_slice(&answer.body).ok()?;
    (head.schema_version == 2).then_some(head.media_type?)
}
