//! Brings the repositories of entries here, each at the commit that is built.

use super::making::Ready;
use crate::config::Config;
use crate::git::{Fetched, Kind, Remotes, confined};
use crate::index::{Entry, ImageName, Project};
use crate::name::Pattern;
use futures_util::StreamExt as _;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// The longest Dockerfile, in bytes.
const LONGEST: u64 = 4 << 20;

/// What the code of an entry may do, as the operator says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// Its scripts may use the network.
    pub network: bool,
    /// Its scripts run on the host, without a cage.
    pub host: bool,
    /// The build secrets it gets, by id.
    pub secrets: Vec<String>,
}

/// What a call trusts the code of entries with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Build secrets, as far as the configuration gives them.
    pub secrets: bool,
    /// The host: their scripts run without a cage.
    pub host: bool,
}

/// An entry and its repository, or why there is none.
#[derive(Debug)]
pub struct Source {
    /// The entry.
    pub entry: Entry,
    /// Its image.
    pub image: ImageName,
    /// The repository.
    pub ready: Result<Ready, String>,
    /// What its code may do.
    pub grant: Grant,
}

/// Fetches the repositories of entries, as many at once as [`Remotes`] lets through.
pub async fn gather(entries: Vec<Entry>, remotes: &Remotes, config: &Config, trust: Trust, cancel: &CancellationToken) -> Vec<Source> {
    let each = entries.into_iter().map(|entry| async move {
        let ready = fetch(&entry, remotes, cancel).await;
        let image = entry.image();
        let grant = grant(&image, config, trust);
        Source { entry, image, ready, grant }
    });
    futures_util::stream::iter(each).buffered(config.cooperage.index.clone_parallel.max(1)).collect().await
}

fn grant(image: &ImageName, config: &Config, trust: Trust) -> Grant {
    let name = format!("{}/{}", image.app, image.job);
    let index = &config.cooperage.index;
    let is_meant = |globs: &[String]| globs.iter().filter_map(|glob| Pattern::parse(glob).ok()).any(|glob| glob.matches(&name));
    let given = index.secrets.iter().filter(|(_, who)| trust.secrets && is_meant(who)).map(|(id, _)| id.clone());
    Grant { network: is_meant(&index.allow_network), host: trust.host, secrets: given.collect() }
}

async fn fetch(entry: &Entry, remotes: &Remotes, cancel: &CancellationToken) -> Result<Ready, String> {
    let fetched = remotes.fetch(&entry.git_url, &entry.git_branch, cancel).await.map_err(|error| error.to_string())?;
    let entry = entry.clone();
    let look = tokio::task::spawn_blocking(move || look(&entry, fetched));
    look.await.unwrap_or_else(|error| Err(format!("looking at the repository broke off: {error}")))
}

/// Finds everything that the entry names at the commit.
fn look(entry: &Entry, fetched: Fetched) -> Result<Ready, String> {
    let inside = |key: &str, base: &str, path: &str| {
        confined(base, path).ok_or_else(|| format!("{key} {path} leads out of the repository; name a folder inside of it"))
    };
    let folder = inside("git-path", "/", &entry.git_path)?;
    let target = inside("target-file", &folder, &entry.target_file)?;
    let context = inside("build-context", &folder, &entry.build_context)?;
    let prebuild = match &entry.prebuild {
        None => None,
        Some(prebuild) => {
            let workdir = inside("prebuild-context", "/", &prebuild.context)?;
            let script = inside("prebuild-script", &workdir, &prebuild.script)?;
            expect(&fetched, &script, Kind::File, "prebuild-script")?;
            Some((workdir, prebuild.script.clone()))
        }
    };
    let read = |path: &str| fetched.read(path, LONGEST).map_err(|error| error.to_string());
    let dockerfile = match read(&target)? {
        None if prebuild.is_none() => return Err(missing(&fetched, "target-file", &target)),
        None => None,
        Some(bytes) => Some(String::from_utf8(bytes).map_err(|_| format!("target-file {target} is not UTF-8 text"))?),
    };
    if prebuild.is_none() {
        expect(&fetched, &context, Kind::Folder, "build-context")?;
    }
    let project = Project::find(&folder, &mut |path| fetched.read(path, LONGEST)).map_err(|error| error.to_string())?;
    Ok(Ready { folder, target, context, prebuild, dockerfile, project, fetched })
}

fn expect(fetched: &Fetched, path: &str, kind: Kind, key: &str) -> Result<(), String> {
    let is_root = Path::new(path).components().next().is_none() || path == ".";
    match fetched.kind(path).map_err(|error| error.to_string())? {
        _ if is_root && kind == Kind::Folder => Ok(()),
        Some(found) if found == kind || found == Kind::Link => Ok(()),
        Some(_) => Err(format!("{key} {path} is something else in {} at {}", fetched.url, fetched.commit)),
        None => Err(missing(fetched, key, path)),
    }
}

fn missing(fetched: &Fetched, key: &str, path: &str) -> String {
    format!("{key} {path} is not in {} at {} (commit {})", fetched.url, fetched.revision, fetched.commit)
}
