//! Puts together what all images of a call share.

use super::choice::ScanChoice;
use super::examined::Tools;
use super::image::Scanning;
use super::kept::Kept;
use super::read::Reader;
use crate::config::{Config, cache_folder};
use crate::fetch::{Cache, Fetcher};
use crate::run::session::registry_options;
use crate::run::work::prepare::RunError;
use crate::scan::ImageReader;
use crate::scan::vulnerabilities::Advisories;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::Path;
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
    let settings = config.cooperage.scanners.clone();
    choice.check(&settings).map_err(|error| RunError::Refused(vec![error]))?;
    let folder = settings.cache.clone().or_else(|| cache_folder(env));
    let cache = folder.as_ref().map(|folder| Cache::new(folder.join("fetched"), settings.cache_mib as u64 * FETCHED));
    let fetcher = Fetcher::new(registry_options(config, env), cache).map_err(|error| RunError::Refused(vec![error.to_string()]))?;
    let fetcher = Arc::new(fetcher);
    let advisories = Advisories::new(&settings.advisories, folder.as_deref(), fetcher.clone());
    let kept = folder.as_deref().map(Kept::new);
    let reader = Reader { images: images(folder.as_deref(), settings.cache_mib), platform: platform(config) };
    let tools = Tools { settings, fetcher, advisories, env: env.clone(), now, cancel: cancel.clone() };
    Ok(Scanning { tools: Arc::new(tools), engine: None, choice, reader, kept })
}

/// With the records of layers, where there is a folder that can be written: without one, images are read anew.
fn images(folder: Option<&Path>, mib: usize) -> ImageReader {
    let stored = folder.and_then(|folder| ImageReader::with_store(&folder.join("layers"), mib).ok());
    stored.unwrap_or_else(ImageReader::without_store)
}

/// The platform that images are built for, else this machine's, in the words of OCI.
fn platform(config: &Config) -> String {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    };
    config.cooperage.platform.clone().unwrap_or_else(|| format!("linux/{arch}"))
}
