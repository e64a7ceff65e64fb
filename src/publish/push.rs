//! Pushing a version tag: look, push, look again.

use super::lock::NameLock;
use crate::engine::{Engine, EngineError, ProgressSink, STANDSTILL, while_moving};
use crate::name::{Digest, Reference};
use crate::registry::{Credentials, CredentialsError, Lookup, Manifest, Registry, RegistryError, engine_advice};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Waits between the tries of a push that broke.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// Why an image was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Somebody published another image under this tag; it is left alone.
    #[error(
        "{reference} is published already with another image ({found}), which is never overwritten; give the definition a new changelog entry"
    )]
    Taken {
        /// The version tag.
        reference: Reference,
        /// What stands there.
        found: Digest,
    },
    /// What stands in the registry after the push is not what was tested.
    #[error("lost_race: {reference} now holds {found}, not the tested image {expected}; somebody else pushed at the same moment")]
    LostRace {
        /// The version tag.
        reference: Reference,
        /// The config digest of the tested image.
        expected: Digest,
        /// The config digest that was found.
        found: String,
    },
    /// The engine did not push.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The registry did not answer clearly.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The sign-in cannot be read.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The lock that keeps two runs apart could not be taken.
    #[error("the lock of the reference cannot be taken in {folder}: {source}")]
    Lock {
        /// The folder of the locks.
        folder: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Interrupted.
    #[error("cancelled")]
    Cancelled,
}

/// What a push came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It was sent.
    Sent(Digest),
    /// The same image stood there already.
    WasThere(Digest),
}

impl Pushed {
    /// The digest that stands there now.
    pub fn digest(&self) -> &Digest {
        match self {
            Self::Sent(digest) | Self::WasThere(digest) => digest,
        }
    }
}

/// Pushes version tags.
pub struct Publisher {
    /// What holds the images.
    pub engine: Arc<dyn Engine>,
    /// What they are pushed to.
    pub registry: Arc<dyn Registry>,
    /// What the engine signs in with.
    pub credentials: Arc<dyn Credentials>,
}

impl Publisher {
    /// Publishes the image `id`, which the engine holds as `reference`. The lock says that no other run of this machine
    /// gives that name to something else meanwhile.
    ///
    /// Registries have no compare-and-swap: right before the push we look whether the tag is free, right
    /// after it whether it holds the image that was tested.
    ///
    /// # Errors
    /// When the tag is taken, the push breaks three times, or something else stands there afterwards.
    pub async fn push(
        &self,
        reference: &Reference,
        id: &Digest,
        _lock: &NameLock,
        progress: ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<Pushed, PublishError> {
        if let Lookup::Found(found) = unless(cancel, self.registry.head(reference)).await? {
            let manifest = unless(cancel, self.registry.manifest(&reference.with_digest(found.clone()))).await?;
            return if is_image(&manifest, id) {
                Ok(Pushed::WasThere(found))
            } else {
                Err(PublishError::Taken { reference: reference.clone(), found })
            };
        }
        self.check_name(reference, id).await?;
        self.send(reference, progress, cancel).await?;
        self.read_back(reference, id, cancel).await.map(Pushed::Sent)
    }

    /// The name in the engine may have been given to another image since the test.
    async fn check_name(&self, reference: &Reference, id: &Digest) -> Result<(), PublishError> {
        let held = self.engine.inspect(&reference.to_string()).await?;
        match held {
            Some(image) if image.id == *id => Ok(()),
            other => Err(PublishError::LostRace {
                reference: reference.clone(),
                expected: id.clone(),
                found: other.map_or_else(|| "nothing".to_owned(), |image| image.id.to_string()),
            }),
        }
    }

    async fn send(&self, reference: &Reference, progress: ProgressSink, cancel: &CancellationToken) -> Result<(), PublishError> {
        let found = self.credentials.login_for(reference.registry(), &reference.repository())?;
        let login = found.as_ref().map(|found| &found.login);
        let mut waits = WAITS.iter();
        loop {
            let push = |progress| self.engine.push(reference, login, progress, cancel);
            match while_moving(STANDSTILL, reference, progress.clone(), push).await {
                Err(EngineError::Transfer { transient: true, reference, message }) => {
                    let Some(&wait) = waits.next() else {
                        let message = format!("{message} (tried {} times)", WAITS.len() + 1);
                        return Err(EngineError::Transfer { reference, message, transient: false }.into());
                    };
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = cancel.cancelled() => return Err(PublishError::Cancelled),
                    }
                }
                Err(EngineError::Cancelled) => return Err(PublishError::Cancelled),
                // Never again without the sign-in: what is pushed is pushed in somebody's name.
                Err(error) if error.refuses_sign_in() => {
                    let advice = engine_advice(self.credentials.as_ref(), reference.registry(), found.as_ref());
                    return Err(error.with_advice(&advice).into());
                }
                other => return Ok(other?),
            }
        }
    }

    /// The digest under the tag, if it is the tested image.
    async fn read_back(&self, reference: &Reference, id: &Digest, cancel: &CancellationToken) -> Result<Digest, PublishError> {
        let manifest = unless(cancel, self.registry.manifest(reference)).await?;
        if is_image(&manifest, id) {
            return Ok(manifest.digest);
        }
        let found = config_digest(&manifest).unwrap_or(manifest.digest).to_string();
        Err(PublishError::LostRace { reference: reference.clone(), expected: id.clone(), found })
    }
}

/// Whether a manifest is that of the engine's image `id`: the digest of its config or, for an engine that keeps
/// images in containerd, of the manifest or image index itself.
fn is_image(manifest: &Manifest, id: &Digest) -> bool {
    manifest.digest == *id || config_digest(manifest).as_ref() == Some(id)
}

/// The registry's answer, unless the run is interrupted first: a silent one may take minutes.
async fn unless<T>(cancel: &CancellationToken, answer: impl Future<Output = Result<T, RegistryError>>) -> Result<T, PublishError> {
    tokio::select! {
        () = cancel.cancelled() => Err(PublishError::Cancelled),
        result = answer => Ok(result?),
    }
}

#[derive(Deserialize)]
struct WithConfig {
    config: Option<WithDigest>,
}

#[derive(Deserialize)]
struct WithDigest {
    digest: Digest,
}

/// The digest of an image manifest's config; `None` for an image index and for what is no manifest.
pub(super) fn config_digest(manifest: &Manifest) -> Option<Digest> {
    let document: WithConfig = serde_json::from_slice(&manifest.bytes).ok()?;
    document.config.map(|config| config.digest)
}
