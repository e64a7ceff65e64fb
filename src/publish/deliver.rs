//! Bringing one image to its destinations: the engine pushes it once, every other destination gets a copy by digest.
//!
//! A version tag is never overwritten. Registries have no compare-and-swap: right before a tag is written we look
//! whether it is free, right after it whether it holds what was written.

use super::error::PublishError;
use super::location::Location;
use super::lock::NameLock;
use super::parts::first_missing;
use super::passed::Passed;
use super::push::{Push, unless};
use super::spot::{Spot, Spots};
use crate::config::OnExisting;
use crate::engine::{Engine, EngineError, ProgressSink};
use crate::name::{Digest, Reference, Tag};
use crate::registry::{CopyOptions, Credentials, Lookup, Manifest, Named, RegistryError, copy};
use futures_util::FutureExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The longest readable part of a tag in the staging repository.
const STAGED_NAME: usize = 80;

/// Brings images to their destinations.
pub struct Deliverer {
    /// What holds the images; none where all of them come from registries.
    pub engine: Option<Arc<dyn Engine>>,
    /// Where they go.
    pub spots: Arc<Spots>,
    /// What the engine signs in with.
    pub credentials: Arc<dyn Credentials>,
    /// Where the locks between runs live.
    pub locks: PathBuf,
    /// Blobs of one copy that move at once.
    pub parallel: usize,
    /// The repository that images go through, so that all names of a run appear together at its end.
    pub staging: Option<Reference>,
}

/// An image in the engine. The lock says that no other run of this machine gives its name to something else meanwhile.
#[derive(Clone, Copy)]
pub struct Held<'a> {
    /// The engine's id.
    pub id: &'a Digest,
    /// Its name there.
    pub reference: &'a Reference,
    /// The right to that name.
    pub lock: &'a NameLock,
}

/// One place where an image is to stand.
#[derive(Clone, Debug)]
pub struct Target {
    /// The destination's name in the configuration.
    pub destination: String,
    /// Its version tag there.
    pub spot: Spot,
    /// What happens where the same version stands there.
    pub on_existing: OnExisting,
}

/// What is to be delivered.
pub struct Order<'a> {
    /// The definition.
    pub name: &'a str,
    /// The proof that it may be.
    pub passed: &'a Passed,
    /// The engine's image, if the engine holds it.
    pub held: Option<Held<'a>>,
    /// Where it may stand besides the targets.
    pub sources: Vec<Spot>,
    /// Where it goes.
    pub targets: &'a [Target],
}

/// How an image came to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The version stood there.
    WasThere,
    /// It was sent, and stands under its version now.
    Sent,
    /// It is there by digest; its version appears at the end of the run.
    Waiting,
}

/// What a delivery came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The digest at all targets.
    pub digest: Digest,
    /// For every target, in order.
    pub arrivals: Vec<Arrival>,
}

/// Where copies are made from.
struct Origin {
    spot: Spot,
    digest: Digest,
    /// The target whose version tag the engine pushed.
    pushed: Option<usize>,
}

impl Deliverer {
    /// The engine.
    pub(super) fn engine(&self) -> Result<&dyn Engine, PublishError> {
        let missing = || EngineError::NotFound("this call has no engine, and the image".to_owned());
        Ok(self.engine.as_deref().ok_or_else(missing)?)
    }

    /// Delivers. A target that has the version already is left as it is. May be called again after any failure.
    ///
    /// # Errors
    /// When a version tag is taken, something cannot be sent, or something else stands there afterwards.
    pub async fn deliver(&self, order: &Order<'_>, progress: &ProgressSink, cancel: &CancellationToken) -> Result<Delivered, PublishError> {
        let standing = self.look(order, cancel).await?;
        let origin = match order.targets.iter().zip(&standing).find_map(|(target, there)| Some((target, there.clone()?))) {
            Some((target, digest)) => Origin { spot: target.spot.clone(), digest, pushed: None },
            None => self.origin(order, progress, cancel).await?,
        };
        let manifest = unless(cancel, origin.spot.manifest(&origin.digest)).await?;
        let mut arrivals = Vec::with_capacity(order.targets.len());
        for (at, (target, there)) in order.targets.iter().zip(&standing).enumerate() {
            arrivals.push(match there {
                Some(_) => Arrival::WasThere,
                None if origin.pushed == Some(at) => Arrival::Sent,
                None => self.bring(&origin, &manifest, target, progress, cancel).await?,
            });
        }
        Ok(Delivered { digest: origin.digest, arrivals })
    }

    /// What stands at the targets; all of it must be this image.
    async fn look(&self, order: &Order<'_>, cancel: &CancellationToken) -> Result<Vec<Option<Digest>>, PublishError> {
        let asked = order.targets.iter().map(|target| unless(cancel, target.spot.head()));
        let standing = futures_util::future::try_join_all(asked).await?;
        let mut first: Option<(&Target, &Digest)> = None;
        for (target, digest) in order.targets.iter().zip(&standing).filter_map(|(target, there)| Some((target, there.as_ref()?))) {
            self.accept(order, target, digest, cancel).await?;
            match first {
                Some((other, known)) if known != digest => {
                    return Err(PublishError::TwoDigests {
                        one: other.spot.to_string(),
                        first: known.clone(),
                        other: target.spot.to_string(),
                        second: digest.clone(),
                    });
                }
                _ => first = first.or(Some((target, digest))),
            }
        }
        Ok(standing)
    }

    /// Whether what stands at a target may stay there.
    async fn accept(&self, order: &Order<'_>, target: &Target, digest: &Digest, cancel: &CancellationToken) -> Result<(), PublishError> {
        let location = target.spot.to_string();
        let is_ours =
            order.passed.manifest() == Some(digest) || order.passed.holds_for(&unless(cancel, target.spot.manifest(digest)).await?);
        if !is_ours {
            return Err(PublishError::Taken { location, found: digest.clone() });
        }
        match target.on_existing {
            OnExisting::Skip => Ok(()),
            OnExisting::Fail => Err(PublishError::Exists { location, found: digest.clone(), destination: target.destination.clone() }),
            OnExisting::Verify => verify(&target.spot, digest, cancel).await,
        }
    }

    /// Where the image is, or is brought first.
    async fn origin(&self, order: &Order<'_>, progress: &ProgressSink, cancel: &CancellationToken) -> Result<Origin, PublishError> {
        if let Some(found) = self.find(order, cancel).await? {
            return Ok(found);
        }
        let Some(held) = &order.held else { return Err(gone(order)) };
        if let Some(found) = self.export_to_layout(order, held, progress, cancel).await? {
            return Ok(found);
        }
        if let Some(staging) = &self.staging {
            let reference = staging.with_tag(staged_tag(held.reference));
            let spot = self.spots.at(&Location::Registry(reference.clone()))?;
            let push = Push { passed: order.passed, held, spot: &spot, reference: &reference, is_version: false };
            let digest = self.push(&push, progress.clone(), cancel).await?;
            return Ok(Origin { spot, digest, pushed: None });
        }
        let in_registry = order.targets.iter().enumerate().find_map(|(at, target)| Some((at, target, target.spot.location.reference()?)));
        let Some((at, target, reference)) = in_registry else { return Err(gone(order)) };
        let push = Push { passed: order.passed, held, spot: &target.spot, reference, is_version: true };
        let digest = self.push(&push, progress.clone(), cancel).await?;
        Ok(Origin { spot: target.spot.clone(), digest, pushed: Some(at) })
    }

    /// Where a layout is among the targets, the image starts from there: engines push manifests of Docker's own type,
    /// which readers of layouts (skopeo 1.9 among them) pass over, and one digest must serve all destinations.
    async fn export_to_layout(
        &self,
        order: &Order<'_>,
        held: &Held<'_>,
        progress: &ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<Option<Origin>, PublishError> {
        for target in order.targets {
            if let Location::Layout { folder, .. } = &target.spot.location {
                let digest = self.export(held, &self.spots.layout(folder)?, progress.clone(), cancel).await?;
                return Ok(Some(Origin { spot: target.spot.clone(), digest, pushed: None }));
            }
        }
        Ok(None)
    }

    /// A place that has it by digest already, the targets' own repositories included.
    async fn find(&self, order: &Order<'_>, cancel: &CancellationToken) -> Result<Option<Origin>, PublishError> {
        let Some(digest) = order.passed.manifest() else { return Ok(None) };
        let mut silent = None;
        for spot in order.sources.iter().chain(order.targets.iter().map(|target| &target.spot)) {
            match unless(cancel, spot.repository.head(Named::Digest(digest))).await {
                Ok(Lookup::Found(digest)) => return Ok(Some(Origin { spot: spot.clone(), digest, pushed: None })),
                Ok(Lookup::Absent) => {}
                Err(PublishError::Cancelled) => return Err(PublishError::Cancelled),
                Err(error) => silent = silent.or(Some(error)),
            }
        }
        // One that does not answer matters only where nobody else has it.
        silent.filter(|_| order.held.is_none()).map_or(Ok(None), Err)
    }

    /// Copies to one target and, without a staging repository, gives it its version tag.
    async fn bring(
        &self,
        origin: &Origin,
        manifest: &Manifest,
        target: &Target,
        progress: &ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<Arrival, PublishError> {
        let options = CopyOptions { parallel: self.parallel.max(1), ..CopyOptions::default() };
        let (from, to) = (origin.spot.repository.as_ref(), target.spot.repository.as_ref());
        if from.name() != to.name() {
            copy(from, &origin.digest, to, &options, progress, cancel).boxed().await?;
        }
        if self.staging.is_some() {
            return Ok(Arrival::Waiting);
        }
        match unless(cancel, target.spot.head()).await? {
            Some(found) if found == origin.digest => return Ok(Arrival::WasThere),
            Some(found) => return Err(PublishError::Taken { location: target.spot.to_string(), found }),
            None => {}
        }
        match unless(cancel, target.spot.put(manifest, None)).await {
            Err(PublishError::Registry(RegistryError::Moved { found: Some(found), .. })) => {
                return Err(PublishError::Taken { location: target.spot.to_string(), found });
            }
            other => other?,
        }
        let found = unless(cancel, target.spot.read_back()).await?;
        if found.as_ref() == Some(&origin.digest) {
            return Ok(Arrival::Sent);
        }
        let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
        Err(PublishError::LostRace { location: target.spot.to_string(), expected: origin.digest.clone(), found })
    }
}

/// `on_existing: verify`: the registry has to show the manifest and every part of it.
async fn verify(spot: &Spot, digest: &Digest, cancel: &CancellationToken) -> Result<(), PublishError> {
    match unless(cancel, first_missing(spot.repository.as_ref(), digest)).await? {
        None => Ok(()),
        Some(missing) => Err(PublishError::Broken { location: spot.to_string(), digest: digest.clone(), missing: missing.to_string() }),
    }
}

fn gone(order: &Order<'_>) -> PublishError {
    let places = order.sources.iter().chain(order.targets.iter().map(|target| &target.spot)).map(|spot| spot.repository.name());
    let mut searched: Vec<String> = places.collect();
    searched.dedup();
    PublishError::Gone { name: order.name.to_owned(), wanted: order.passed.wanted().to_string(), searched: searched.join(", ") }
}

/// The tag of an image in the staging repository: the same in every run, so that they do not pile up; and another for
/// every image, whatever names have in common.
fn staged_tag(reference: &Reference) -> Tag {
    let full = reference.canonical().to_string();
    let readable: String = full
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .chars()
        .map(|char| if char.is_ascii_alphanumeric() || matches!(char, '.' | '-') { char } else { '_' })
        .take(STAGED_NAME)
        .collect();
    let text = format!("{readable}_{}_incoming", Digest::of(full.as_bytes()).short());
    Tag::parse(&text).unwrap_or_else(|_| Tag::latest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_has_a_tag_of_its_own_in_the_staging_repository() {
        let of = |text: &str| staged_tag(&Reference::parse(text).unwrap()).to_string();
        assert!(of("h.example/ci/tool:1.0").starts_with("tool_1.0_") && of("h.example/ci/tool:1.0").ends_with("_incoming"));
        assert_ne!(of("h.example/a/b:1"), of("h.example/c/b:1"));
        assert_eq!(of("h.example/a/b:1"), of("h.example/a/b:1"));
        let long = format!("h.example/{}:{}", "n".repeat(100), "v".repeat(128));
        assert!(of(&long).len() <= 128 && of(&long) != "latest");
    }
}
