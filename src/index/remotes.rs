//! How the configuration says that repositories of entries are fetched.

use crate::config::{Config, cache_folder};
use crate::git::{RemoteOptions, Remotes};
use std::collections::BTreeMap;

/// There is no folder for what is fetched.
#[derive(Debug, thiserror::Error)]
#[error("there is no home folder to keep fetched repositories in; name a folder with cooperage.index.cache")]
pub struct NoCache;

/// The repositories of an index. Without a folder of its own (`cooperage.index.cache`) the cache is in the user's.
///
/// # Errors
/// When there is neither.
pub fn remotes(config: &Config, env: &BTreeMap<String, String>) -> Result<Remotes, NoCache> {
    let settings = &config.cooperage.index;
    let cache = settings.cache.clone().or_else(|| Some(cache_folder(env)?.join("index"))).ok_or(NoCache)?;
    Ok(Remotes::new(RemoteOptions {
        cache,
        time_limit: settings.clone_timeout,
        max_bytes: settings.max_clone_bytes,
        allow_file: settings.allow_file_urls,
        parallel: settings.clone_parallel,
    }))
}
