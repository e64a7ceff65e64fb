//! `mirror`: copies many images, several at once.

use crate::name::{Digest, Pattern, Tag};
use crate::publish::mirror::{Brought, Mirror, MirrorError, Pair};
use crate::publish::retain::is_stamp_tag;
use crate::publish::{Spot, Spots};
use crate::registry::{CopyError, ProgressSink, RegistryError};
use futures_util::StreamExt as _;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Images on their way at once; each sends several blobs.
const AT_ONCE: usize = 4;

/// One image that is to be copied.
pub struct Copy {
    /// Where from, as people write it.
    pub source: String,
    from: Spot,
    /// The digest that was asked for, if it was.
    digest: Option<Digest>,
    to: Spot,
}

/// What became of it.
#[derive(Debug)]
pub struct Mirrored {
    /// Where from.
    pub source: String,
    /// Where to.
    pub destination: String,
    /// How it ended.
    pub outcome: Result<Brought, MirrorError>,
}

/// What somebody watches: an image begins, moves bytes, ends.
pub trait MirrorWatch: Send + Sync {
    /// Where the bytes of an image are told.
    fn progress(&self, source: &str) -> ProgressSink;
    /// It ended.
    fn ended(&self, mirrored: &Mirrored);
}

/// Which images and tags are meant.
#[derive(Clone, Debug, Default)]
pub struct MirrorChoice {
    /// On whole references of source or destination.
    pub select: Vec<Pattern>,
    /// On the tags of whole repositories.
    pub tags: Vec<Pattern>,
}

impl MirrorChoice {
    fn takes(&self, source: &str, destination: &str) -> bool {
        self.select.is_empty() || self.select.iter().any(|pattern| pattern.matches(source) || pattern.matches(destination))
    }

    fn takes_tag(&self, tag: &str) -> bool {
        !is_stamp_tag(tag) && (self.tags.is_empty() || self.tags.iter().any(|pattern| pattern.matches(tag)))
    }
}

/// All images of the pairs: of a repository, those under its tags.
///
/// # Errors
/// When a list of tags cannot be read, or there is no client for a host.
pub async fn copies(spots: &Spots, pairs: &[Pair], choice: &MirrorChoice) -> Result<Vec<Copy>, RegistryError> {
    let mut found = Vec::new();
    for pair in pairs {
        let (from, to) = (pair.from.spot(spots)?, pair.to.spot(spots)?);
        if pair.from.is_one() {
            found.push(Copy { source: pair.from.to_string(), from, digest: pair.from.digest.clone(), to });
            continue;
        }
        for tag in from.repository.tags().await?.iter().filter(|tag| choice.takes_tag(tag)) {
            let Ok(tag) = Tag::parse(tag) else { continue };
            let (from, to) = (from.with_tag(tag.clone()), to.with_tag(tag));
            found.push(Copy { source: from.to_string(), from, digest: None, to });
        }
    }
    found.retain(|copy| choice.takes(&copy.source, &copy.to.to_string()));
    Ok(found)
}

/// Copies them; one that fails does not hold up the others. Ends early when `cancel` fires: what did not end is not in the result.
pub async fn mirror(mirror: &Mirror, copies: Vec<Copy>, watch: &Arc<dyn MirrorWatch>, cancel: &CancellationToken) -> Vec<Mirrored> {
    let work = copies.into_iter().map(|copy| async move {
        if cancel.is_cancelled() {
            return None;
        }
        let outcome = tokio::select! {
            outcome = bring(mirror, &copy, watch, cancel) => outcome,
            () = cancel.cancelled() => return None,
        };
        if matches!(outcome, Err(MirrorError::Copy(CopyError::Cancelled))) {
            return None;
        }
        let mirrored = Mirrored { source: copy.source, destination: copy.to.to_string(), outcome };
        watch.ended(&mirrored);
        Some(mirrored)
    });
    futures_util::stream::iter(work).buffered(AT_ONCE).filter_map(|mirrored| async { mirrored }).collect().await
}

async fn bring(mirror: &Mirror, copy: &Copy, watch: &Arc<dyn MirrorWatch>, cancel: &CancellationToken) -> Result<Brought, MirrorError> {
    let digest = match &copy.digest {
        // Whether it is there is seen when it is read; by name the error says which digest is gone.
        Some(digest) => Some(digest.clone()),
        None => copy.from.head().await?,
    };
    mirror.bring(&copy.from, digest, &copy.to, &watch.progress(&copy.source), cancel).await
}
