//! Pulling what builds start from: each reference once in a run, however many images want it.

use super::sources::Source;
use crate::config::Login;
use crate::engine::{Engine, EngineError, LocalImage, ProgressSink, STANDSTILL, while_moving};
use crate::name::{Digest, Reference};
use crate::registry::{Credentials, FoundLogin, engine_advice};
use crate::run::work::failure::Failure;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};
use tokio_util::sync::CancellationToken;

/// Waits between the tries of a pull that broke.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

type Outcome = Result<LocalImage, EngineError>;

/// Pulls that were made in this run.
pub struct Pulls {
    engine: Arc<dyn Engine>,
    credentials: Arc<dyn Credentials>,
    cancel: CancellationToken,
    done: Mutex<HashMap<Reference, Arc<OnceCell<Outcome>>>>,
}

impl Pulls {
    /// None yet.
    pub fn new(engine: Arc<dyn Engine>, credentials: Arc<dyn Credentials>, cancel: CancellationToken) -> Self {
        Self { engine, credentials, cancel, done: Mutex::new(HashMap::new()) }
    }

    /// Makes sure that the engine holds `reference`; with `digest`, that it is this one. What is there is not pulled.
    pub async fn ensure(&self, reference: &Reference, digest: Option<&Digest>, progress: ProgressSink) -> Result<LocalImage, Failure> {
        let cell = self.done.lock().await.entry(reference.canonical()).or_default().clone();
        let outcome = cell.get_or_init(|| self.pull(reference, digest, progress)).await;
        outcome.clone().map_err(Failure::from)
    }

    /// Makes sure that the engine holds a published image under its name there.
    pub async fn ensure_source(&self, source: &Source, progress: ProgressSink) -> Result<LocalImage, Failure> {
        if source.pull.as_ref() == Some(&source.name) {
            return self.ensure(&source.name, Some(&source.digest), progress).await;
        }
        let held = self.engine.inspect(&source.name.to_string()).await?;
        if let Some(held) = held.filter(|held| has_digest(held, &source.digest)) {
            return Ok(held);
        }
        let pull = source.pull.as_ref().ok_or_else(|| Failure::from(only_on_disk(source)))?;
        let pulled = self.ensure(pull, Some(&source.digest), progress).await?;
        self.engine.tag(&pulled.id, &source.name).await?;
        Ok(pulled)
    }

    /// As [`Pulls::ensure`] for a call that wants one image, with the engine's own error.
    pub async fn pull(&self, reference: &Reference, digest: Option<&Digest>, progress: ProgressSink) -> Outcome {
        if let Some(digest) = digest
            && let Some(held) = self.engine.inspect(&reference.to_string()).await?
            && has_digest(&held, digest)
        {
            return Ok(held);
        }
        let found = self.credentials.login_for(reference.registry(), &reference.repository());
        let found = found.map_err(|error| EngineError::Denied { reference: reference.to_string(), message: error.to_string() })?;
        self.signed_in(reference, found, &progress).await.and_then(|pulled| is_expected(reference, digest, pulled))
    }

    /// Pulls with the stored sign-in, and without one that the registry refuses: what is public is there for all.
    async fn signed_in(&self, reference: &Reference, found: Option<FoundLogin>, progress: &ProgressSink) -> Outcome {
        let registry = reference.registry();
        let stale = |found: &FoundLogin| self.credentials.stale().is_some_and(|stale| stale.holds(registry, found));
        let login = found.as_ref().filter(|found| !stale(found)).map(|found| &found.login);
        let refused = match self.transfer(reference, login, progress).await {
            Err(error) if error.refuses_sign_in() => error,
            other => return other,
        };
        if let (Some(_), Some(found)) = (login, &found)
            && let Ok(pulled) = self.transfer(reference, None, progress).await
        {
            if let Some(stale) = self.credentials.stale() {
                stale.note(registry, found);
            }
            return Ok(pulled);
        }
        Err(refused.with_advice(&engine_advice(self.credentials.as_ref(), registry, found.as_ref())))
    }

    async fn transfer(&self, reference: &Reference, login: Option<&Login>, progress: &ProgressSink) -> Outcome {
        let mut waits = WAITS.iter();
        loop {
            let pull = |progress| self.engine.pull(reference, login, progress, &self.cancel);
            match while_moving(STANDSTILL, reference, progress.clone(), pull).await {
                Err(EngineError::Transfer { transient: true, reference, message }) => match waits.next() {
                    Some(&wait) => tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = self.cancel.cancelled() => return Err(EngineError::Cancelled),
                    },
                    None => return Err(EngineError::Transfer { reference, message, transient: false }),
                },
                other => return other,
            }
        }
    }
}

/// Why an engine cannot get it.
pub fn only_on_disk(source: &Source) -> EngineError {
    let message =
        "only OCI layouts on disk have it, and an engine does not pull from them; publish it to a registry, or load it into the engine";
    EngineError::Transfer { reference: source.name.to_string(), message: message.to_owned(), transient: false }
}

/// Whether the engine knows the image by this manifest.
pub fn has_digest(image: &LocalImage, digest: &Digest) -> bool {
    image.repo_digests.iter().any(|known| known.ends_with(&format!("@{digest}")))
}

/// Between our look at the registry and the pull, somebody may have moved the tag.
fn is_expected(reference: &Reference, digest: Option<&Digest>, pulled: LocalImage) -> Outcome {
    match digest.filter(|digest| !has_digest(&pulled, digest)) {
        None => Ok(pulled),
        Some(digest) => {
            let message = format!("it was {digest} when the run was planned and is another image now; run again");
            Err(EngineError::Transfer { reference: reference.to_string(), message, transient: false })
        }
    }
}
