//! Puts together what all images of a call share.

use super::choice::ScanChoice;
use super::examined::Tools;
use super::image::Scanning;
use super::kept::Kept;
use super::read::Reader;
use crate::config::{Config, VulnerabilityScanner, cache_folder};
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

/// What a call for our own scanner of vulnerabilities lacks.
pub(super) const NO_ADVISORIES: &str =
    "there are no advisories: name a folder of them in cooperage.scanners.advisories, or choose trivy or grype";

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
    let reader = Arc::new(reader(config, env));
    let tools = Tools { settings, fetcher, advisories, env: env.clone(), now, cancel: cancel.clone() };
    Ok(Scanning { tools: Arc::new(tools), engine: None, choice, reader, kept })
}

/// Checks what a call cannot do without, before it starts anything: the advisories that its scanner looks into.
///
/// # Errors
/// When some are not there, or none are named.
pub fn check_advisories(scanning: &Scanning) -> Result<(), RunError> {
    let (settings, advisories) = (&scanning.tools.settings, &scanning.tools.advisories);
    let looks = scanning.choice.candidates(settings).iter().any(|one| one.runs && one.name == "vulnerabilities");
    if !looks || settings.vulnerabilities != VulnerabilityScanner::Builtin {
        return Ok(());
    }
    if advisories.is_empty() {
        return Err(RunError::Refused(vec![NO_ADVISORIES.to_owned()]));
    }
    let missing: Vec<String> = advisories.missing().iter().map(|error| format!("cooperage.scanners.advisories: {error}")).collect();
    if missing.is_empty() { Ok(()) } else { Err(RunError::Refused(missing)) }
}

/// Reads images as the configuration says.
pub fn reader(config: &Config, env: &BTreeMap<String, String>) -> Reader {
    let settings = &config.cooperage.scanners;
    let folder = settings.cache.clone().or_else(|| cache_folder(env));
    Reader { images: images(folder.as_deref(), settings.cache_mib), platform: platform(config) }
}

/// With the records of layers, where there is a folder for them: without one, images are read anew.
fn images(folder: Option<&Path>, mib: usize) -> ImageReader {
    folder.map_or_else(ImageReader::without_store, |folder| ImageReader::with_store(&folder.join("layers"), mib))
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
