//! The engine behind a connection.

use super::failure::Failures;
use super::transport::Transport;
use super::{BuildRequest, Engine, EngineError, EngineInfo, EngineKind, Extent, LocalImage, LogSink, ProgressSink, build, transfer};
use crate::config::Login;
use crate::name::{Digest, Reference};
use bollard::Docker;
use bollard::errors::Error;
use bollard::models::{ContainerSummary, ImageInspect, ImageSummary};
use bollard::query_parameters::{ListContainersOptions, ListImagesOptions, RemoveContainerOptions, RemoveImageOptions, TagImageOptions};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Seconds until the answer of an ordinary call must begin. An engine under load takes its time to list thousands of images.
const PATIENCE: u64 = 300;
/// Seconds until the answer of a build, pull or push must begin: the whole context goes first.
const STREAM_PATIENCE: u64 = 24 * 3600;
/// How long an engine that may have died has for a ping.
const PING: Duration = Duration::from_secs(10);

/// Docker or Podman, reached with [`super::connect()`].
pub struct DockerEngine {
    pub(super) transport: Transport,
    pub(super) docker: Docker,
    pub(super) info: EngineInfo,
    pub(super) failures: Failures,
}

impl DockerEngine {
    pub(super) fn new(transport: Transport, docker: Docker, info: EngineInfo) -> Self {
        let docker = docker.with_timeout(Duration::from_secs(PATIENCE));
        let failures = Failures { address: info.address.clone() };
        Self { transport, docker, info, failures }
    }

    /// A client for calls that take as long as they take; they end by their token.
    pub(super) fn streaming_client(&self) -> Result<Docker, EngineError> {
        self.transport.client(STREAM_PATIENCE).map_err(|e| self.failures.of(&e))
    }

    /// Whether the engine is still there.
    pub(super) async fn answers(&self) -> bool {
        matches!(tokio::time::timeout(PING, self.docker.ping()).await, Ok(Ok(_)))
    }

    /// An image by name or id.
    pub(super) async fn find(&self, image: &str) -> Result<Option<LocalImage>, EngineError> {
        match self.docker.inspect_image(image).await {
            Ok(found) => self.local(found).map(Some),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(self.failures.of(&error)),
        }
    }

    fn local(&self, image: ImageInspect) -> Result<LocalImage, EngineError> {
        let id = self.id(image.id.as_deref().unwrap_or_default())?;
        let tags = self.tags(&image.repo_tags.unwrap_or_default());
        let labels = image.config.and_then(|c| c.labels).unwrap_or_default().into_iter().collect();
        Ok(LocalImage { id, tags, repo_digests: whole(image.repo_digests.unwrap_or_default()), labels })
    }

    fn listed(&self, image: ImageSummary, tags: Vec<String>) -> Result<LocalImage, EngineError> {
        let labels = image.labels.into_iter().collect();
        Ok(LocalImage { id: self.id(&image.id)?, tags, repo_digests: whole(image.repo_digests), labels })
    }

    fn id(&self, text: &str) -> Result<Digest, EngineError> {
        build::image_id(text).ok_or_else(|| self.failures.answered(&format!("\"{text}\" as the id of an image, which is no digest")))
    }

    fn tags(&self, shown: &[String]) -> Vec<String> {
        shown.iter().filter(|tag| !tag.contains("<none>")).map(|tag| as_written(tag, self.info.kind)).collect()
    }
}

/// Entries that name something: engines list `<none>@<none>` too.
fn whole(names: Vec<String>) -> Vec<String> {
    names.into_iter().filter(|name| !name.contains("<none>")).collect()
}

/// A name without what the engine put in front of it. Podman stores `x:1` as `localhost/x:1`.
fn as_written(tag: &str, kind: EngineKind) -> String {
    let tag = if kind == EngineKind::Podman { tag.strip_prefix("localhost/").unwrap_or(tag) } else { tag };
    let tag = tag.strip_prefix("docker.io/").map_or(tag, |rest| rest.strip_prefix("library/").unwrap_or(rest));
    tag.to_owned()
}

/// `repository:tag` as [`LocalImage::tags`] holds it.
pub(super) fn familiar(reference: &Reference) -> String {
    as_written(&format!("{}:{}", reference.name(), tag_of(reference)), EngineKind::Docker)
}

pub(super) fn tag_of(reference: &Reference) -> &str {
    reference.tag().map_or("latest", crate::name::Tag::as_str)
}

#[async_trait::async_trait]
impl Engine for DockerEngine {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    async fn images(&self) -> Result<Vec<LocalImage>, EngineError> {
        let listed = self.docker.list_images(None::<ListImagesOptions>).await.map_err(|e| self.failures.of(&e))?;
        let mut images = Vec::new();
        for image in listed {
            let tags = self.tags(&image.repo_tags);
            if !tags.is_empty() {
                images.push(self.listed(image, tags)?);
            }
        }
        Ok(images)
    }

    async fn inspect(&self, image: &str) -> Result<Option<LocalImage>, EngineError> {
        self.find(image).await
    }

    async fn build(&self, request: BuildRequest, log: LogSink, cancel: &CancellationToken) -> Result<Digest, EngineError> {
        build::build(self, request, log, cancel).await
    }

    async fn tag(&self, id: &Digest, reference: &Reference) -> Result<(), EngineError> {
        let options = TagImageOptions { repo: Some(reference.name()), tag: Some(tag_of(reference).to_owned()) };
        self.docker.tag_image(id.as_str(), Some(options)).await.map_err(|e| self.absent_or(&e, id.as_str()))
    }

    async fn untagged(&self) -> Result<Vec<LocalImage>, EngineError> {
        let filters = [("dangling".to_owned(), vec!["true".to_owned()])].into();
        let options = ListImagesOptions { filters: Some(filters), ..ListImagesOptions::default() };
        let listed = self.docker.list_images(Some(options)).await.map_err(|e| self.failures.of(&e))?;
        let unnamed = listed.into_iter().filter(|image| self.tags(&image.repo_tags).is_empty());
        unnamed.map(|image| self.listed(image, Vec::new())).collect()
    }

    async fn untag(&self, reference: &str) -> Result<Vec<String>, EngineError> {
        let options = None::<RemoveImageOptions>;
        let gone = self.docker.remove_image(reference, options, None).await.map_err(|e| self.absent_or(&e, reference))?;
        Ok(gone.into_iter().filter_map(|item| item.deleted).collect())
    }

    async fn layer_sizes(&self, image: &Digest) -> Result<Vec<u64>, EngineError> {
        match self.docker.image_history(image.as_str()).await {
            Ok(steps) => Ok(steps.into_iter().filter_map(|step| u64::try_from(step.size).ok().filter(|size| *size > 0)).collect()),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(Vec::new()),
            Err(error) => Err(self.failures.of(&error)),
        }
    }

    async fn extent(&self, image: &Digest) -> Result<Option<Extent>, EngineError> {
        match self.docker.inspect_image(image.as_str()).await {
            Ok(found) => {
                let bytes = found.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
                let layers = found.root_fs.and_then(|root| root.layers).unwrap_or_default();
                Ok(Some(Extent { bytes, layers }))
            }
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(self.failures.of(&error)),
        }
    }

    async fn containers(&self) -> Result<BTreeMap<Digest, Vec<String>>, EngineError> {
        let options = ListContainersOptions { all: true, ..ListContainersOptions::default() };
        let listed = self.docker.list_containers(Some(options)).await.map_err(|e| self.failures.of(&e))?;
        let mut found: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
        for container in listed {
            let name = container.names.and_then(|names| names.first().map(|name| name.trim_start_matches('/').to_owned()));
            let name = name.or(container.id).unwrap_or_default();
            if let Some(image) = container.image_id.as_deref().and_then(build::image_id) {
                found.entry(image).or_default().push(name);
            }
        }
        Ok(found)
    }

    async fn containers_of(&self, image: &Digest) -> Result<Vec<String>, EngineError> {
        let filters = [("ancestor".to_owned(), vec![image.to_string()])].into();
        let options = ListContainersOptions { all: true, filters: Some(filters), ..ListContainersOptions::default() };
        let listed = self.docker.list_containers(Some(options)).await.map_err(|e| self.failures.of(&e))?;
        // The filter also finds those of images built on it.
        let same = |container: &ContainerSummary| container.image_id.as_deref().and_then(build::image_id).as_ref() == Some(image);
        Ok(listed.into_iter().filter(same).filter_map(|container| container.id).collect())
    }

    async fn remove_container(&self, container: &str) -> Result<(), EngineError> {
        let options = RemoveContainerOptions { force: true, v: true, ..RemoveContainerOptions::default() };
        match self.docker.remove_container(container, Some(options)).await {
            // 409: it is being removed.
            Ok(()) | Err(Error::DockerResponseServerError { status_code: 404 | 409, .. }) => Ok(()),
            Err(error) => Err(self.failures.of(&error)),
        }
    }

    async fn pull(
        &self,
        reference: &Reference,
        login: Option<&Login>,
        progress: ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<LocalImage, EngineError> {
        transfer::pull(self, reference, login, &progress, cancel).await
    }

    async fn push(
        &self,
        reference: &Reference,
        login: Option<&Login>,
        progress: ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<(), EngineError> {
        transfer::push(self, reference, login, &progress, cancel).await
    }

    async fn save(&self, image: &Digest) -> Result<Box<dyn tokio::io::AsyncRead + Send + Unpin>, EngineError> {
        super::save::save(self, image).await
    }
}

impl DockerEngine {
    /// 404 is about the image, anything else about the engine.
    fn absent_or(&self, error: &Error, image: &str) -> EngineError {
        match error {
            Error::DockerResponseServerError { status_code: 404, .. } => EngineError::NotFound(image.to_owned()),
            other => self.failures.of(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_people_write_them() {
        let podman = |tag| as_written(tag, EngineKind::Podman);
        assert_eq!(podman("localhost/x:1"), "x:1");
        assert_eq!(podman("localhost:5000/x:1"), "localhost:5000/x:1");
        assert_eq!(podman("docker.io/library/debian:12"), "debian:12");
        assert_eq!(podman("docker.io/releng/x:1"), "releng/x:1");
        assert_eq!(as_written("localhost/x:1", EngineKind::Docker), "localhost/x:1");
    }

    #[test]
    fn an_image_is_found_by_any_spelling_of_its_name() {
        let tags = vec!["debian:12".to_owned(), "releng/x:latest".to_owned()];
        let image = LocalImage { id: Digest::of(b""), tags, repo_digests: Vec::new(), labels: Default::default() };
        for name in ["debian:12", "docker.io/library/debian:12", "docker.io/debian:12", "releng/x", "docker.io/releng/x:latest"] {
            assert!(image.is_tagged(&Reference::parse(name).unwrap()), "{name}");
        }
        for name in ["debian:11", "localhost/debian:12", "library/x"] {
            assert!(!image.is_tagged(&Reference::parse(name).unwrap()), "{name}");
        }
    }
}
