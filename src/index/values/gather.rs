//! Fetches what entries name: each repository once, several at a time.

use crate::git::{FetchError, Fetched, Remotes};
use crate::index::compatible::{Source, Tree};
use futures_util::StreamExt as _;
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

/// The most bytes of a project file.
const LARGEST: u64 = 1 << 20;

/// So many wait at once; how many are fetched is the business of [`Remotes`].
const WAITING: usize = 256;

/// What came of each repository and revision.
#[derive(Debug, Default)]
pub struct Clones(BTreeMap<Source, Result<Fetched, (FetchError, String)>>);

/// Fetches all of them; `told` hears how many are done after each.
///
/// # Errors
/// When the call was interrupted. What else goes wrong is kept for each.
pub async fn gather(
    remotes: &Remotes,
    wanted: impl IntoIterator<Item = Source>,
    cancel: &CancellationToken,
    told: &(dyn Fn(usize) + Sync),
) -> Result<Clones, FetchError> {
    let asked = wanted.into_iter().map(|source| async move {
        let fetched = remotes.fetch(&source.url, &source.branch, cancel).await;
        (source, fetched)
    });
    let mut answers = futures_util::stream::iter(asked).buffer_unordered(WAITING);
    let mut clones = Clones::default();
    while let Some((source, answer)) = answers.next().await {
        if let Err(FetchError::Cancelled) = answer {
            return Err(FetchError::Cancelled);
        }
        clones.0.insert(source, answer.map_err(|error| (error.clone(), error.to_string())));
        told(clones.0.len());
    }
    Ok(clones)
}

impl Clones {
    /// What was fetched, or why it was not; none for what nobody asked for.
    pub fn get(&self, source: &Source) -> Option<Result<&Fetched, &FetchError>> {
        self.0.get(source).map(|answer| answer.as_ref().map_err(|(error, _)| error))
    }

    /// The same, as the original's checks look at it.
    pub fn tree(&self, source: &Source) -> Result<&dyn Tree, &str> {
        match self.0.get(source) {
            Some(Ok(fetched)) => Ok(fetched),
            Some(Err((_, why))) => Err(why),
            None => Err("the repository was not asked for"),
        }
    }

    /// Whether a server gave no clear answer, so that nothing is known of some entries.
    pub fn is_unclear(&self) -> bool {
        self.0.values().any(|answer| matches!(answer, Err((error, _)) if is_unclear(error)))
    }
}

/// Whether trying again may give another answer.
pub(super) fn is_unclear(error: &FetchError) -> bool {
    matches!(
        error,
        FetchError::Unreachable { .. }
            | FetchError::Timeout { .. }
            | FetchError::Io { .. }
            | FetchError::Start { .. }
            | FetchError::Git { .. }
    )
}

impl Tree for Fetched {
    fn exists(&self, path: &str) -> bool {
        // A link that leads nowhere is nothing, as for `os.path.exists`.
        matches!(self.kind(path), Ok(Some(crate::git::Kind::File | crate::git::Kind::Folder)))
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        Fetched::read(self, path, LARGEST).ok().flatten()
    }
}
