//! Getting an image out of the engine: a push that is tried again, or an export into a layout.

use super::deliver::{Deliverer, Held};
use super::error::PublishError;
use super::lock::NameLock;
use super::passed::{Passed, found};
use super::spot::Spot;
use crate::engine::{Engine, EngineError, ProgressSink, STANDSTILL, while_moving};
use crate::name::{Digest, Reference};
use crate::registry::{Layout, engine_advice};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_util::io::InspectReader;
use tokio_util::sync::CancellationToken;

/// Waits between the tries of a push that broke.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// What the engine is to push, and where.
pub(super) struct Push<'a> {
    /// The proof that it may be.
    pub passed: &'a Passed,
    /// The engine's image.
    pub held: &'a Held<'a>,
    /// The tag it gets.
    pub spot: &'a Spot,
    /// The same, as the engine calls it.
    pub reference: &'a Reference,
    /// Whether that is a version tag, which is never overwritten.
    pub is_version: bool,
}

impl Push<'_> {
    /// Whether it stands there already. A version that is another image's must not be pushed over.
    async fn is_there(&self, cancel: &CancellationToken) -> Result<bool, PublishError> {
        if !self.is_version {
            return Ok(false);
        }
        let Some(found) = unless(cancel, self.spot.head()).await? else { return Ok(false) };
        if self.passed.holds_for(&unless(cancel, self.spot.manifest(&found)).await?) {
            return Ok(true);
        }
        Err(PublishError::Taken { location: self.spot.to_string(), found })
    }
}

impl Deliverer {
    /// Pushes under a reference and reads back what stands there then.
    pub(super) async fn push(&self, push: &Push<'_>, progress: ProgressSink, cancel: &CancellationToken) -> Result<Digest, PublishError> {
        let engine = self.engine()?;
        let Push { passed, held, spot, reference, .. } = push;
        check_name(engine, held).await?;
        if reference.canonical() == held.reference.canonical() {
            self.send(engine, push, progress, cancel).await?;
        } else {
            self.push_as(engine, push, progress, cancel).await?;
        }
        let manifest = unless(cancel, spot.repository.manifest((&spot.tag).into())).await?;
        if passed.holds_for(&manifest) {
            return Ok(manifest.digest);
        }
        Err(PublishError::LostRace { location: spot.to_string(), expected: passed.wanted(), found: found(&manifest) })
    }

    /// Pushes under a name that is not the image's own in the engine: it has it only as long as the push lasts.
    async fn push_as(
        &self,
        engine: &dyn Engine,
        push: &Push<'_>,
        progress: ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<(), PublishError> {
        let Push { held, reference, .. } = push;
        let _lock = NameLock::acquire(&self.locks, reference, cancel, || {}).await?;
        let name = reference.to_string();
        let before = engine.inspect(&name).await?;
        engine.tag(held.id, reference).await?;
        let sent = self.send(engine, push, progress, cancel).await;
        match before {
            Some(before) if before.id == *held.id => {}
            Some(before) => engine.tag(&before.id, reference).await?,
            // A name that stays behind harms nobody; a failed push matters more.
            None => drop(engine.untag(&name).await),
        }
        sent
    }

    /// Tries until it is taken. Whoever waited, for a lock or between two tries, looks again whether the name is free.
    async fn send(
        &self,
        engine: &dyn Engine,
        push: &Push<'_>,
        progress: ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<(), PublishError> {
        let reference = push.reference;
        let found = self.credentials.login_for(reference.registry(), &reference.repository())?;
        let login = found.as_ref().map(|found| &found.login);
        let mut waits = WAITS.iter();
        loop {
            if push.is_there(cancel).await? {
                return Ok(());
            }
            let send = |progress| engine.push(reference, login, progress, cancel);
            match while_moving(STANDSTILL, reference, progress.clone(), send).await {
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

    /// Puts the image into a layout, without a tag.
    pub(super) async fn export(
        &self,
        held: &Held<'_>,
        layout: &Arc<Layout>,
        progress: ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<Digest, PublishError> {
        let engine = self.engine()?;
        check_name(engine, held).await?;
        let moved = AtomicU64::new(0);
        let archive = InspectReader::new(engine.save(held.id).await?, move |bytes: &[u8]| {
            let before = moved.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            progress(before + bytes.len() as u64, None);
        });
        unless(cancel, layout.import(archive, held.id)).await.map(|manifest| manifest.digest)
    }
}

/// The name in the engine may have been given to another image since the test.
async fn check_name(engine: &dyn Engine, held: &Held<'_>) -> Result<(), PublishError> {
    match engine.inspect(&held.reference.to_string()).await? {
        Some(image) if image.id == *held.id => Ok(()),
        other => Err(PublishError::LostRace {
            location: held.reference.to_string(),
            expected: held.id.clone(),
            found: other.map_or_else(|| "nothing".to_owned(), |image| image.id.to_string()),
        }),
    }
}

/// The answer, unless the run is interrupted first: a silent registry may take minutes.
pub(super) async fn unless<T, E: Into<PublishError>>(
    cancel: &CancellationToken,
    answer: impl Future<Output = Result<T, E>>,
) -> Result<T, PublishError> {
    tokio::select! {
        () = cancel.cancelled() => Err(PublishError::Cancelled),
        result = answer => result.map_err(Into::into),
    }
}
