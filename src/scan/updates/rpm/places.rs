//! Where a repository stands: its own addresses, then those of its lists of mirrors.

use super::super::repository::{Asker, Trouble};
use super::repomd;
use super::repos::Repo;
use crate::fetch::shown;
use crate::name::Digest;

/// The most addresses of one list that are tried.
const MOST: usize = 3;

/// Where a repository may stand.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The addresses, best first.
    pub bases: Vec<String>,
    /// The digests that its `repomd.xml` may have; any where there is none.
    pub digests: Vec<Digest>,
}

/// The places of a repository. Lists of mirrors are asked only where it has no addresses of its own.
pub(super) async fn places(asker: Asker<'_>, repo: &Repo) -> Result<Places, Trouble> {
    if !repo.bases.is_empty() {
        return Ok(Places { bases: repo.bases.iter().take(MOST).cloned().collect(), digests: Vec::new() });
    }
    let mut places = Places::default();
    if let Some(address) = &repo.metalink {
        let bytes = asker.document(address).await?;
        let (bases, digests) = repomd::metalink(&bytes).map_err(|source| Trouble::Index { address: shown(address), source })?;
        places = Places { bases, digests };
    } else if let Some(address) = &repo.mirrorlist {
        let bytes = asker.document(address).await?;
        // Some answer with a metalink here.
        if bytes.starts_with(b"<?xml") || bytes.starts_with(b"<metalink") {
            let (bases, digests) = repomd::metalink(&bytes).map_err(|source| Trouble::Index { address: shown(address), source })?;
            places = Places { bases, digests };
        } else {
            places.bases = repomd::mirrorlist(&bytes);
        }
    }
    places.bases.truncate(MOST);
    if places.bases.is_empty() {
        return Err(Trouble::Wrong("its list of mirrors is empty".to_owned()));
    }
    Ok(places)
}
