//! The engine: Docker or a compatible daemon that builds images and holds them.
//!
//! `bollard` is named in this folder only, and none of its types leaves it.

mod address;
mod build;
mod cage;
mod connect;
mod container;
mod context_dir;
mod docker;
mod failure;
mod idle;
mod log;
mod mask;
mod refusal;
mod save;
mod session;
mod stream;
mod trace;
mod transfer;
mod transport;

pub use address::{Address, Candidate, TlsFiles, candidates};
pub use cage::{Cage, ContainerState, Health, ImageConfig, Labelled, Probe, Scratch};
pub use connect::connect;
pub use container::{Attached, ContainerRequest, Containers, Folder, TerminalSize, Waiting};
pub use docker::DockerEngine;
pub use idle::{STANDSTILL, while_moving};
pub use stream::{Channel, Input, Output};
pub use transport::{Connection, Stream};

use crate::config::{Login, Secret};
use crate::name::{Digest, Reference};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::AsyncRead;
use tokio_util::sync::CancellationToken;

/// Receives the lines of a log, without line ends, as they come.
pub type LogSink = Arc<dyn Fn(&str) + Send + Sync>;

/// Receives bytes done and, where known, bytes in all.
pub type ProgressSink = Arc<dyn Fn(u64, Option<u64>) + Send + Sync>;

/// What kind of daemon answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// Docker or Moby.
    Docker,
    /// Podman's Docker-compatible service.
    Podman,
}

/// What an engine says of itself.
#[derive(Clone, Debug)]
pub struct EngineInfo {
    /// Docker or Podman.
    pub kind: EngineKind,
    /// Its version as it says it, such as `20.10.24+dfsg1`.
    pub version: String,
    /// The operating system and architecture it builds for, such as `linux/amd64`.
    pub platform: String,
    /// Whether builds can go through BuildKit.
    pub buildkit: bool,
    /// Where it was reached, such as `unix:///var/run/docker.sock`.
    pub address: String,
}

/// An image the engine holds.
#[derive(Clone, Debug)]
pub struct LocalImage {
    /// The digest of its config.
    pub id: Digest,
    /// `repository:tag` as people write them: without the `docker.io/`, `docker.io/library/` and, on Podman, `localhost/`
    /// that engines put in front. Compare with [`LocalImage::is_tagged`].
    pub tags: Vec<String>,
    /// `repository@digest` of the registries it was pulled from or pushed to.
    pub repo_digests: Vec<String>,
    /// Labels of its config.
    pub labels: BTreeMap<String, String>,
}

impl LocalImage {
    /// Whether the image has this name. `docker.io/library/x:1` and `x:1` are the same name; no tag means `latest`.
    pub fn is_tagged(&self, reference: &Reference) -> bool {
        let wanted = docker::familiar(reference);
        self.tags.contains(&wanted)
    }
}

/// What an image takes of an engine's disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// All its layers together, in bytes.
    pub bytes: u64,
    /// The digests of its layers, from the bottom.
    pub layers: Vec<String>,
}

/// Which of the engine's two builders to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builder {
    /// BuildKit.
    BuildKit,
    /// The classic builder; on Podman, buildah.
    Classic,
}

impl Builder {
    /// The word of the configuration and of records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BuildKit => "buildkit",
            Self::Classic => "classic",
        }
    }
}

/// Limits on the containers of a classic build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory.
    pub memory: Option<i64>,
    /// Bytes of memory and swap together, -1 for no limit on swap.
    pub memswap: Option<i64>,
    /// Relative CPU weight.
    pub cpushares: Option<i64>,
    /// CPUs to run on, such as `0-3` or `0,1`.
    pub cpusetcpus: Option<String>,
}

/// A secret for `RUN --mount=type=secret`.
#[derive(Clone, Debug)]
pub struct BuildSecret {
    /// The id that the Dockerfile names.
    pub id: String,
    /// What it holds.
    pub value: Secret<Arc<[u8]>>,
}

/// One build. The image comes out untagged: names are given with [`Engine::tag`] when the build is good.
#[derive(Clone, Debug)]
pub struct BuildRequest {
    /// An uncompressed tar with a `Dockerfile` at its root.
    pub context: PathBuf,
    /// Labels to set.
    pub labels: BTreeMap<String, String>,
    /// Build arguments; proxies may hold passwords, so they are never logged.
    pub build_args: BTreeMap<String, String>,
    /// Whether earlier layers may be reused.
    pub use_cache: bool,
    /// Which builder.
    pub builder: Builder,
    /// Limits; only the classic builder obeys them.
    pub limits: Limits,
    /// Secrets; only BuildKit serves them.
    pub secrets: Vec<BuildSecret>,
    /// The platform to build for; none for the engine's own.
    pub platform: Option<String>,
}

/// Why the engine did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// Nobody answers there, or the connection broke.
    #[error("the engine at {address} cannot be reached: {reason}")]
    Unreachable {
        /// Where it was looked for.
        address: String,
        /// What the system said.
        reason: String,
    },
    /// What names the engine is no address that can be used, so nobody was asked.
    #[error("{origin} names no engine that can be used: {reason}")]
    Address {
        /// Who names it, such as `--engine`.
        origin: String,
        /// What is wrong with it and what to write instead.
        reason: String,
    },
    /// The container cannot start: the image has no such program.
    #[error("the image has no program \"{program}\": {message}")]
    NoProgram {
        /// What was to run.
        program: String,
        /// The engine's text.
        message: String,
    },
    /// The build came to an end without an image. `message` is the engine's text.
    #[error("the build failed: {message}")]
    Build {
        /// The engine's text.
        message: String,
        /// The exit code of the command that failed, where one did.
        exit_code: Option<i64>,
    },
    /// The engine's disk is full.
    #[error("the engine at {address} has no space left: {message}; free some (`docker system df`, `docker system prune`) and run again")]
    DiskFull {
        /// The engine.
        address: String,
        /// The engine's text.
        message: String,
    },
    /// The engine, or the builder that was chosen, cannot do what was asked.
    #[error("the engine (version {version}) cannot do {instruction}")]
    Unsupported {
        /// What was asked, such as `COPY --link (line 3 of the Dockerfile)`.
        instruction: String,
        /// The engine's version, and the builder where it matters.
        version: String,
    },
    /// No such image.
    #[error("the image {0} was not found")]
    NotFound(String),
    /// The registry, asked by the engine, refuses.
    #[error("the registry refuses {reference}: {message}")]
    Denied {
        /// What was asked for.
        reference: String,
        /// The engine's text.
        message: String,
    },
    /// Pull or push went wrong in another way; worth another try when `transient`.
    #[error("{reference}: {message}")]
    Transfer {
        /// What was moved.
        reference: String,
        /// The engine's text.
        message: String,
        /// Whether another try may help.
        transient: bool,
    },
    /// Any other answer.
    #[error("the engine at {address} answered: {message}")]
    Other {
        /// The engine.
        address: String,
        /// Its text.
        message: String,
    },
    /// The call was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// What we ask of an engine. Every call ends early with [`EngineError::Cancelled`] where it takes a token.
#[async_trait::async_trait]
pub trait Engine: Containers + Probe {
    /// What the engine is. Asked once at the connection; no I/O.
    fn info(&self) -> &EngineInfo;

    /// All images without a name that nothing is built upon, in one call.
    async fn untagged(&self) -> Result<Vec<LocalImage>, EngineError>;

    /// All tagged images, in one call.
    async fn images(&self) -> Result<Vec<LocalImage>, EngineError>;

    /// One image by reference or id; `None` when the engine has none.
    async fn inspect(&self, image: &str) -> Result<Option<LocalImage>, EngineError>;

    /// Builds an image and leaves it untagged. Returns the digest of its config.
    async fn build(&self, request: BuildRequest, log: LogSink, cancel: &CancellationToken) -> Result<Digest, EngineError>;

    /// Gives an image another name, taking it from any other image that had it.
    async fn tag(&self, id: &Digest, reference: &Reference) -> Result<(), EngineError>;

    /// Removes a name, and the image with it when it was its last; or, by its id, an image without names. Returns the
    /// images and layers that went, by image id and ChainID; Podman tells no layers.
    async fn untag(&self, reference: &str) -> Result<Vec<String>, EngineError>;

    /// The bytes of those layers of an image that hold something, from the top; nothing when the engine has no such image.
    async fn layer_sizes(&self, image: &Digest) -> Result<Vec<u64>, EngineError>;

    /// What an image takes of the engine's disk; `None` when the engine has no such image.
    async fn extent(&self, image: &Digest) -> Result<Option<Extent>, EngineError>;

    /// The names of all containers, running or not, by the image they were made from; in one call.
    async fn containers(&self) -> Result<BTreeMap<Digest, Vec<String>>, EngineError>;

    /// The ids of all containers of this very image, running or not.
    async fn containers_of(&self, image: &Digest) -> Result<Vec<String>, EngineError>;

    /// Ends and removes a container, with its anonymous volumes. One that is gone already is no error.
    async fn remove_container(&self, container: &str) -> Result<(), EngineError>;

    /// Pulls a reference.
    async fn pull(
        &self,
        reference: &Reference,
        login: Option<&Login>,
        progress: ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<LocalImage, EngineError>;

    /// Pushes a tagged reference. Errors inside the reply stream are errors here.
    async fn push(
        &self,
        reference: &Reference,
        login: Option<&Login>,
        progress: ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<(), EngineError>;

    /// An image as an archive of `docker save`, streamed. Errors on the way are errors of the reading.
    async fn save(&self, image: &Digest) -> Result<Box<dyn AsyncRead + Send + Unpin>, EngineError>;
}
