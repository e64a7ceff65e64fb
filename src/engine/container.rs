//! One container that somebody watches: made, attached to, started, waited for.
//!
//! The two calls that stay open, `attach` and `wait`, go over connections of our own: bollard's decoder takes the
//! bytes of a terminal for frames, and its `wait` does not say when the engine has begun to wait.

use super::cage::Cage;
use super::docker::DockerEngine;
use super::stream::{Input, Output};
use super::{EngineError, EngineKind};
use crate::name::Digest;
use bollard::models::{ContainerCreateBody, HostConfig, Mount, MountType};
use bollard::query_parameters::{
    CreateContainerOptions, DownloadFromContainerOptions, ResizeContainerTTYOptions, StartContainerOptions, UploadToContainerOptions,
};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use hyper::Response;
use hyper::body::{Body as _, Incoming};
use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::Pin;
use tokio::io::AsyncRead;
use tokio_util::io::{ReaderStream, StreamReader};

/// The engine's detach keys, pressed by nobody: its own default would swallow Ctrl-P.
const DETACH_KEYS: &str = "ctrl-%5E,ctrl-%5E,ctrl-%5E,ctrl-%5E,ctrl-_";

/// How much of an archive is sent at once, in bytes.
const PIECE: usize = 64 << 10;

/// A size of a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalSize {
    /// Lines.
    pub rows: u16,
    /// Columns.
    pub columns: u16,
}

/// A folder of the engine's machine that a container sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The absolute path outside. The engine refuses one that is not there.
    pub outside: PathBuf,
    /// The path inside.
    pub inside: String,
    /// Whether the container may write there.
    pub writable: bool,
}

/// A container to make.
#[derive(Clone, Debug)]
pub struct ContainerRequest {
    /// The image.
    pub image: Digest,
    /// What replaces the image's entry point and its command; none leaves both.
    pub entrypoint: Option<Vec<String>>,
    /// What is given to the entry point instead of the image's command; none leaves that.
    pub command: Option<Vec<String>>,
    /// `KEY=VALUE`, beside the image's own.
    pub env: Vec<String>,
    /// Folders.
    pub folders: Vec<Folder>,
    /// Whether it gets a terminal.
    pub terminal: bool,
    /// Whether it is given input; without, it reads an end at once.
    pub input: bool,
    /// What it may take, and what it is given.
    pub cage: Cage,
}

/// A connection to what a container reads and writes.
pub struct Attached {
    /// Its input; closing it is the end the container reads.
    pub input: Input,
    /// What it writes.
    pub output: Output,
}

/// The end of a container, asked for before it starts so that it cannot be missed.
pub struct Waiting {
    answer: Response<Incoming>,
    engine: super::failure::Failures,
}

/// What we ask of an engine about one container. [`super::Engine::remove_container`] ends it.
#[async_trait::async_trait]
pub trait Containers: Send + Sync {
    /// Makes a container and returns its id. The engine removes it when it ends, unless its cage says keep.
    async fn create(&self, request: &ContainerRequest) -> Result<String, EngineError>;

    /// Attaches to a container that has not started, so that nothing it writes is lost.
    async fn attach(&self, container: &str, request: &ContainerRequest) -> Result<Attached, EngineError>;

    /// Begins to wait for the end of a container that has not started.
    async fn wait(&self, container: &str) -> Result<Waiting, EngineError>;

    /// The same for a container that is kept.
    async fn wait_kept(&self, container: &str) -> Result<Waiting, EngineError>;

    /// Starts it.
    async fn start(&self, container: &str) -> Result<(), EngineError>;

    /// Unpacks a tar into a folder of a container that runs. The folder must be one that the container may write to.
    async fn fill(&self, container: &str, folder: &str, tar: Box<dyn AsyncRead + Send + Unpin>) -> Result<(), EngineError>;

    /// A folder of a container that runs, as a tar, streamed. Errors on the way are errors of the reading.
    async fn take(&self, container: &str, folder: &str) -> Result<Box<dyn AsyncRead + Send + Unpin>, EngineError>;

    /// Tells its terminal a new size.
    async fn resize(&self, container: &str, size: TerminalSize) -> Result<(), EngineError>;
}

#[async_trait::async_trait]
impl Containers for DockerEngine {
    async fn create(&self, request: &ContainerRequest) -> Result<String, EngineError> {
        let body = body(request, self.info.kind);
        let created = self.docker.create_container(None::<CreateContainerOptions>, body).await;
        created.map(|made| made.id).map_err(|error| self.failures.of(&error))
    }

    async fn attach(&self, container: &str, request: &ContainerRequest) -> Result<Attached, EngineError> {
        let input = u8::from(request.input);
        let path = format!("/containers/{container}/attach?stream=1&stdin={input}&stdout=1&stderr=1&detachKeys={DETACH_KEYS}");
        let answer = self.post(&path, true).await?;
        let upgraded = hyper::upgrade::on(answer).await.map_err(|error| self.failures.unreachable(&error))?;
        let (output, input) = tokio::io::split(hyper_util::rt::TokioIo::new(upgraded));
        Ok(Attached { input: Box::new(input), output: Output::new(Box::new(output), request.terminal) })
    }

    async fn wait(&self, container: &str) -> Result<Waiting, EngineError> {
        // Podman's service forgets exit codes of containers that it removes itself.
        let until = if self.info.kind == EngineKind::Docker { "removed" } else { "next-exit" };
        self.wait_until(container, until).await
    }

    async fn wait_kept(&self, container: &str) -> Result<Waiting, EngineError> {
        self.wait_until(container, "next-exit").await
    }

    async fn start(&self, container: &str) -> Result<(), EngineError> {
        let started = self.docker.start_container(container, None::<StartContainerOptions>).await;
        started.map_err(|error| self.failures.start(&error))
    }

    async fn fill(&self, container: &str, folder: &str, tar: Box<dyn AsyncRead + Send + Unpin>) -> Result<(), EngineError> {
        let options = UploadToContainerOptions { path: folder.to_owned(), ..UploadToContainerOptions::default() };
        let body = bollard::body_try_stream(ReaderStream::with_capacity(tar, PIECE));
        let filled = self.streaming_client()?.upload_to_container(container, Some(options), body).await;
        filled.map_err(|error| self.failures.of(&error))
    }

    async fn take(&self, container: &str, folder: &str) -> Result<Box<dyn AsyncRead + Send + Unpin>, EngineError> {
        let options = DownloadFromContainerOptions { path: folder.to_owned() };
        let bytes = self.streaming_client()?.download_from_container(container, Some(options));
        let failures = self.failures.clone();
        let bytes = bytes.map_err(move |error| std::io::Error::other(failures.of(&error)));
        Ok(Box::new(StreamReader::new(bytes.boxed())))
    }

    async fn resize(&self, container: &str, size: TerminalSize) -> Result<(), EngineError> {
        let options = ResizeContainerTTYOptions { h: i32::from(size.rows), w: i32::from(size.columns) };
        self.docker.resize_container_tty(container, options).await.map_err(|error| self.failures.of(&error))
    }
}

impl DockerEngine {
    async fn wait_until(&self, container: &str, condition: &str) -> Result<Waiting, EngineError> {
        let answer = self.post(&format!("/containers/{container}/wait?condition={condition}"), false).await?;
        Ok(Waiting { answer, engine: self.failures.clone() })
    }

    /// A call on a connection of its own, answered as soon as the answer begins.
    async fn post(&self, path: &str, upgrade: bool) -> Result<Response<Incoming>, EngineError> {
        let mut request = hyper::Request::post(format!("http://localhost{path}"));
        if upgrade {
            request = request.header("Connection", "Upgrade").header("Upgrade", "tcp");
        }
        let request = request.body(bollard::body_full(Bytes::new())).map_err(|error| self.failures.answered(&error.to_string()))?;
        let answer = self.transport.send(request).await.map_err(|error| self.failures.of(&error))?;
        match answer.status().as_u16() {
            101 if upgrade => Ok(answer),
            200 if !upgrade => Ok(answer),
            status => {
                let body = whole(answer).await.unwrap_or_default();
                let message = serde_json::from_slice::<Refusal>(&body).map(|refusal| refusal.message);
                Err(self.failures.not_started(&message.unwrap_or_else(|_| format!("status {status} to {path}"))))
            }
        }
    }
}

#[derive(serde::Deserialize)]
struct Refusal {
    message: String,
}

/// Source: Docker's API, `ContainerWaitResponse`.
#[derive(serde::Deserialize)]
struct End {
    #[serde(rename = "StatusCode")]
    code: i64,
    #[serde(rename = "Error")]
    error: Option<EndError>,
}

#[derive(serde::Deserialize)]
struct EndError {
    #[serde(rename = "Message")]
    message: Option<String>,
}

impl Waiting {
    /// The exit code: 128 and the signal's number where a signal ended it.
    ///
    /// # Errors
    /// When the engine goes away or cannot tell.
    pub async fn exit_code(self) -> Result<i64, EngineError> {
        let body = whole(self.answer).await.map_err(|error| self.engine.unreachable(&error))?;
        let end: End = serde_json::from_slice(&body).map_err(|error| self.engine.answered(&format!("no exit code: {error}")))?;
        match end.error.and_then(|error| error.message).filter(|message| !message.is_empty()) {
            Some(message) => Err(self.engine.answered(&message)),
            None => Ok(end.code),
        }
    }
}

/// The whole of an answer; those asked for here are short.
async fn whole(answer: Response<Incoming>) -> Result<Vec<u8>, hyper::Error> {
    let (mut body, mut read) = (answer.into_body(), Vec::new());
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        read.extend(frame?.into_data().unwrap_or_default());
    }
    Ok(read)
}

fn body(request: &ContainerRequest, kind: EngineKind) -> ContainerCreateBody {
    let mounts = request.folders.iter().map(|folder| Mount {
        typ: Some(MountType::BIND),
        source: Some(folder.outside.display().to_string()),
        target: Some(folder.inside.clone()),
        read_only: Some(!folder.writable),
        ..Mount::default()
    });
    let mut host_config = HostConfig {
        mounts: Some(mounts.collect()),
        // Even when this program is killed, nothing stays behind once the container has ended.
        auto_remove: Some(kind == EngineKind::Docker && !request.cage.keep),
        ..HostConfig::default()
    };
    request.cage.apply(&mut host_config);
    ContainerCreateBody {
        image: Some(request.image.to_string()),
        entrypoint: request.entrypoint.clone(),
        cmd: request.command.clone(),
        env: Some(request.env.clone()),
        user: request.cage.user.clone(),
        working_dir: request.cage.workdir.clone(),
        labels: Some(request.cage.labels.clone().into_iter().collect()),
        tty: Some(request.terminal),
        open_stdin: Some(request.input),
        stdin_once: Some(request.input),
        attach_stdin: Some(request.input),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        host_config: Some(host_config),
        ..ContainerCreateBody::default()
    }
}
