//! Puts together what all images of a call share.

use super::choice::ScanChoice;
use super::image::Scanning;
use super::kept::Kept;
use super::read::Reader;
use crate::config::Config;
use crate::fetch::{Cache, Fetcher};
use crate::run::session::registry_options;
use crate::run::work::prepare::RunError;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Of each MiB that the cache may hold, in bytes: what is kept of what was fetched.
const FETCHED: u64 = 1 << 18;

/// Gets ready to scan.
///
/// # Errors
/// When a name of a scanner is wrong, or certificates cannot be read.
pub fn scanning(
    config: &Config,
    env: &BTreeMap<String, String>,
    choice: ScanChoice,
    now: Timestamp,
    cancel: &CancellationToken,
) -> Result<Scanning, RunError> {
    let settings = Arc::new(config.cooperage.scanners.clone());
    choice.check(&settings).map_err(|error| RunError::Refused(vec![error]))?;
    let folder = settings.cache.clone().or_else(|| cache_folder(env));
    let cache = folder.as_ref().map(|folder| Cache::new(folder.join("fetched"), settings.cache_mib as u64 * FETCHED));
    let fetcher = Fetcher::new(registry_options(config, env), cache).map_err(|error| RunError::Refused(vec![error.to_string()]))?;
    let kept = folder.as_deref().map(Kept::new);
    Ok(Scanning { settings, choice, reader: Reader, fetcher: Arc::new(fetcher), kept, now, cancel: cancel.clone() })
}

/// The user's cache folder. Source: XDG Base Directory Specification; a path that is not absolute does not count.
fn cache_folder(env: &BTreeMap<String, String>) -> Option<PathBuf> {
    let absolute = |name: &str| env.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache"))).map(|folder| folder.join("cooperage"))
}
