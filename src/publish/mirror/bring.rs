//! Bringing one image to its destination. The order is fixed: all of it by digest, then the old manifest gets a name of its own, then
//! the tag moves. What fails ends it there; what nobody can see yet does no harm, and the next call uses it.

use crate::name::{Digest, Tag};
use crate::publish::keep::{keep_alive, keep_name, not_kept};
use crate::publish::spot::Spot;
use crate::registry::{Copied, CopyError, CopyOptions, Manifest, Named, ProgressSink, RegistryError, Repository, copy};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

/// How images are brought.
pub struct Mirror {
    /// Whether the old manifest of a tag that moves is kept under another tag.
    pub keep_alive: bool,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// Blobs of one copy that move at once.
    pub parallel: usize,
    /// The moment that names of what is kept carry.
    pub at: Timestamp,
}

/// What became of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Doing {
    /// It was copied (in a dry run: would be).
    Copied,
    /// It was there.
    Same,
    /// The source has no such image.
    Missing,
}

/// The end of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// What.
    pub doing: Doing,
    /// What the source holds.
    pub digest: Option<Digest>,
    /// What the destination held before.
    pub before: Option<Digest>,
    /// The name under which that stays.
    pub kept_as: Option<Tag>,
    /// What went over the wire.
    pub copied: Copied,
}

/// Why an image is not at its destination.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// A side gave no clear answer, or did not take something.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The copy broke off.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// There is no name for what is to be kept.
    #[error("{destination} cannot be kept alive: {reason}; nothing was moved")]
    NoName {
        /// The tag that was to move.
        destination: String,
        /// What is wrong with the name.
        reason: String,
    },
    /// What the tag holds is not there any more, so it cannot be kept.
    #[error("{0}")]
    NotKept(String),
    /// Somebody else moved the tag.
    #[error("lost_race: {destination} holds {found} now; somebody else moved it at the same moment")]
    LostRace {
        /// The tag.
        destination: String,
        /// What it holds.
        found: String,
    },
}

impl MirrorError {
    /// Whether a side could not be reached, did not let us in, or gave no clear answer.
    pub fn is_unclear(&self) -> bool {
        let of = |error: &RegistryError| !matches!(error, RegistryError::NotFound { .. } | RegistryError::WrongDigest { .. });
        match self {
            Self::Registry(error) => of(error),
            Self::Copy(CopyError::Source { source, .. } | CopyError::Destination { source, .. }) => of(source),
            Self::Copy(_) | Self::NoName { .. } | Self::NotKept(_) | Self::LostRace { .. } => false,
        }
    }
}

impl Mirror {
    /// Brings `digest` (or what `from` holds) to a tag. May be called again after any failure.
    ///
    /// # Errors
    /// When a side fails. The tag still holds what it held, unless somebody else moved it.
    pub async fn bring(
        &self,
        from: &Spot,
        digest: Option<Digest>,
        to: &Spot,
        progress: &ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<Brought, MirrorError> {
        let before = to.head().await?;
        let copied = Copied::default();
        let Some(digest) = digest else {
            return Ok(Brought { doing: Doing::Missing, digest: None, before, kept_as: None, copied });
        };
        if before.as_ref() == Some(&digest) {
            return Ok(Brought { doing: Doing::Same, digest: Some(digest), before, kept_as: None, copied });
        }
        let kept_as = before.as_ref().filter(|_| self.keep_alive).map(|_| self.name_for(to)).transpose()?;
        if self.dry_run {
            return Ok(Brought { doing: Doing::Copied, digest: Some(digest), before, kept_as, copied });
        }
        // A tag that the source has, and a manifest that it has not any more: told before anything is written.
        let manifest = from.repository.manifest(Named::Digest(&digest)).await?;
        let copied = self.copy(from.repository.as_ref(), &digest, to.repository.as_ref(), progress, cancel).await?;
        let kept_as = match before.as_ref().zip(kept_as) {
            None => None,
            Some((old, name)) => Some(keep_alive(to, old, name).await?.ok_or_else(|| MirrorError::NotKept(not_kept(to, old)))?),
        };
        self.move_tag(to, &manifest, before.as_ref()).await?;
        Ok(Brought { doing: Doing::Copied, digest: Some(digest), before, kept_as, copied })
    }

    fn name_for(&self, to: &Spot) -> Result<Tag, MirrorError> {
        keep_name(&to.tag, self.at).map_err(|error| MirrorError::NoName { destination: to.to_string(), reason: error.to_string() })
    }

    async fn copy(
        &self,
        from: &dyn Repository,
        digest: &Digest,
        to: &dyn Repository,
        progress: &ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<Copied, MirrorError> {
        if from.name() == to.name() {
            return Ok(Copied::default());
        }
        let options = CopyOptions { parallel: self.parallel.max(1), ..CopyOptions::default() };
        Ok(copy(from, digest, to, &options, progress, cancel).await?)
    }

    /// Looks again right before, and reads back right after.
    async fn move_tag(&self, to: &Spot, manifest: &Manifest, before: Option<&Digest>) -> Result<(), MirrorError> {
        let lost = |found: Option<Digest>| MirrorError::LostRace {
            destination: to.to_string(),
            found: found.map_or_else(|| "nothing".to_owned(), |found| found.to_string()),
        };
        let now = to.head().await?;
        if now.as_ref() != before {
            return Err(lost(now));
        }
        match to.put(manifest, before).await {
            Err(RegistryError::Moved { found, .. }) => return Err(lost(found)),
            other => other?,
        }
        let found = to.read_back().await?;
        if found.as_ref() == Some(&manifest.digest) { Ok(()) } else { Err(lost(found)) }
    }
}
