//! A work tree of a commit, for those who build it.

use super::cache::mark_broken;
use super::call::{Bounds, Surroundings, run};
use super::error::FetchError;
use super::fetched::Fetched;
use super::paths::Item;
use super::work::{of_stopped, succeeded};
use std::fs;
use std::io;
use std::path::Path;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Files are written as they were committed: no filters, no other line ends or encodings, no words filled in.
const ATTRIBUTES: &str = "* !filter !text !eol !crlf !ident !working-tree-encoding\n";

impl Fetched {
    /// Writes the files of the commit into a folder that is empty or not there, with a `.git` that holds this commit alone: no
    /// hooks, no filters, no submodules, `origin` for those who look. Links stay links, wherever they lead: whoever
    /// reads the folder must not follow them out of it. Where this fails, the folder is left as it was found.
    ///
    /// # Errors
    /// When the folder holds something or cannot be written, when the files are larger than allowed, when the time is
    /// over, and when `cancel` fires.
    pub async fn checkout(&self, into: &Path, cancel: &CancellationToken) -> Result<(), FetchError> {
        self.check_size()?;
        let failed = |source| FetchError::io(into, source);
        let was_there = is_empty_folder(into).map_err(failed)?;
        if was_there == Some(false) {
            return Err(FetchError::Occupied(into.to_owned()));
        }
        fs::create_dir_all(into).map_err(failed)?;
        let done = self.write(&std::path::absolute(into).map_err(failed)?, cancel).await;
        if done.is_err() {
            remove(into, was_there.is_some()).map_err(failed)?;
        }
        done
    }

    fn check_size(&self) -> Result<(), FetchError> {
        let sizes = self.listing.values().map(|item| match item {
            Item::File { size, .. } | Item::Link { size, .. } => *size,
            Item::Folder => 0,
        });
        let size = sizes.fold(0, u64::saturating_add);
        if size <= self.max_bytes {
            return Ok(());
        }
        Err(FetchError::TooLarge { url: self.url.clone(), what: "its work tree", most: self.max_bytes })
    }

    async fn write(&self, into: &Path, cancel: &CancellationToken) -> Result<(), FetchError> {
        let end = Instant::now() + self.time_limit;
        let git = into.join(".git");
        let format = if self.commit.len() == 64 { "--object-format=sha256" } else { "--object-format=sha1" };
        let folder = into.to_string_lossy();
        self.git(None, &["init", "--quiet", "--template=", "--initial-branch=main", format, "--", &folder], end, cancel).await?;
        let info = git.join("info");
        let attributes = fs::create_dir_all(&info).and_then(|()| fs::write(info.join("attributes"), ATTRIBUTES));
        attributes.map_err(|source| FetchError::io(&info, source))?;
        let source = self.repository.to_string_lossy();
        let have = format!("refs/cooperage/have/{}", self.commit);
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--update-shallow", "--depth=1", "--", &source, &have];
        self.git(Some(&git), &fetch, end, cancel).await?;
        self.git(Some(&git), &["config", "remote.origin.url", &self.url], end, cancel).await?;
        let tree = format!("--work-tree={folder}");
        self.git(Some(&git), &[&tree, "checkout", "--quiet", "--force", "--detach", &self.commit], end, cancel).await
    }

    async fn git(&self, git: Option<&Path>, arguments: &[&str], end: Instant, cancel: &CancellationToken) -> Result<(), FetchError> {
        // The only place it fetches from is the cache.
        let surroundings = Surroundings { allow_file: true, settings: None };
        let bounds = Bounds { end, cancel, grows: None };
        let output = run(surroundings.git(git, arguments), &bounds).await;
        let output = output.map_err(|stopped| of_stopped(&self.url, (self.time_limit, self.max_bytes), stopped))?;
        let name = arguments.iter().find(|argument| !argument.starts_with('-')).copied().unwrap_or_default();
        succeeded(&self.url, name, output).map(drop).inspect_err(|_| mark_broken(&self.repository))
    }
}

/// Whether the folder is empty; none where there is nothing.
fn is_empty_folder(folder: &Path) -> io::Result<Option<bool>> {
    match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        Ok(found) if !found.is_dir() => Ok(Some(false)),
        Ok(_) => Ok(Some(fs::read_dir(folder)?.next().is_none())),
    }
}

/// Takes away what was written; the folder itself stays where it was there before.
fn remove(folder: &Path, keep: bool) -> io::Result<()> {
    if !keep {
        return fs::remove_dir_all(folder);
    }
    for item in fs::read_dir(folder)? {
        let item = item?;
        if item.file_type()?.is_dir() { fs::remove_dir_all(item.path())? } else { fs::remove_file(item.path())? }
    }
    Ok(())
}
