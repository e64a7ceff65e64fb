//! The repositories of a catalogue, with their tags.

use super::KeepError;
use crate::publish::Spots;
use crate::publish::retain::{Home, Owners, is_stamp_tag};
use crate::registry::Repository;
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::collections::HashSet;
use std::sync::Arc;

/// One repository, or layout.
pub struct Estate {
    /// Its names, as far as they are the catalogue's.
    pub home: Home,
    /// Where it is asked.
    pub repository: Arc<dyn Repository>,
    /// All its tags but those that hold stamps, sorted.
    pub tags: Vec<String>,
    /// The tags that hold stamps.
    pub stamps: HashSet<String>,
}

/// Lists the tags of all repositories, several at once.
///
/// # Errors
/// When one cannot be listed whole.
pub async fn estate(owners: &Owners, spots: &Spots, parallel: usize) -> Result<Vec<Estate>, KeepError> {
    let lists = owners.homes().map(|home| async move {
        let repository = spots.at(&home.sample)?.repository;
        let (stamps, tags) = repository.tags().await?.into_iter().partition(|tag| is_stamp_tag(tag));
        let stamps: Vec<String> = stamps;
        Ok::<_, KeepError>(Estate { home: home.clone(), repository, tags, stamps: stamps.into_iter().collect() })
    });
    futures_util::stream::iter(lists).buffered(parallel.max(1)).try_collect().await
}
