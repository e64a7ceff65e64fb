//! What was fetched and has a digest, kept in a folder for the next time.

use crate::name::Digest;
use crate::registry::Checker;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::NamedTempFile;

/// A folder of files named after their digests, with a most size in all.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    limit: u64,
}

impl Cache {
    /// A folder that is made when it is needed, and the most bytes in it: what was not used for longest goes first.
    pub fn new(folder: PathBuf, limit: u64) -> Self {
        Self { folder, limit }
    }

    /// The file with this digest, if it is here and still is what its name says.
    pub(super) fn get(&self, digest: &Digest) -> Option<File> {
        let path = self.path(digest);
        let mut file = File::open(&path).ok()?;
        if digest_of(&mut file, digest).ok()? != *digest {
            // Somebody changed it; the next one writes it anew.
            let _ = fs::remove_file(path);
            return None;
        }
        // When it was last used decides only what goes first.
        let _ = file.set_modified(SystemTime::now());
        file.rewind().ok()?;
        Some(file)
    }

    /// A file that can be kept.
    pub(super) fn draft(&self) -> io::Result<NamedTempFile> {
        fs::create_dir_all(&self.folder)?;
        NamedTempFile::new_in(&self.folder)
    }

    /// Keeps a file whose digest is right.
    pub(super) fn keep(&self, draft: NamedTempFile, digest: &Digest) -> io::Result<File> {
        let file = draft.persist(self.path(digest))?;
        self.tidy();
        Ok(file)
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(digest.as_str().replace(':', "-"))
    }

    /// Removes what was not used for longest, until the rest is small enough. What cannot be removed stays.
    fn tidy(&self) {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = entries(&self.folder);
        let mut size: u64 = files.iter().map(|(_, size, _)| size).sum();
        files.sort();
        for (_, bytes, path) in files {
            if size <= self.limit {
                return;
            }
            if fs::remove_file(path).is_ok() {
                size -= bytes;
            }
        }
    }
}

/// What is kept in a folder: last use, size, path. Drafts of others are left alone.
fn entries(folder: &Path) -> Vec<(SystemTime, u64, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let kept = |name: &str| name.starts_with("sha256-") || name.starts_with("sha512-");
    let known = entries.filter_map(Result::ok).filter(|entry| entry.file_name().to_str().is_some_and(kept));
    known.filter_map(|entry| entry.metadata().ok().and_then(|data| Some((data.modified().ok()?, data.len(), entry.path())))).collect()
}

fn digest_of(file: &mut File, like: &Digest) -> io::Result<Digest> {
    let mut checker = Checker::like(like);
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(checker.finish());
        }
        checker.update(&buffer[..count]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn kept(cache: &Cache, text: &str) -> Digest {
        let mut draft = cache.draft().unwrap();
        draft.write_all(text.as_bytes()).unwrap();
        let digest = Digest::of(text.as_bytes());
        cache.keep(draft, &digest).unwrap();
        digest
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("made"), 9);
        let (first, second) = (kept(&cache, "1111"), kept(&cache, "2222"));
        let old = SystemTime::UNIX_EPOCH;
        File::open(cache.path(&second)).unwrap().set_modified(old).unwrap();
        let third = kept(&cache, "3333");
        assert!(cache.get(&first).is_some() && cache.get(&second).is_none() && cache.get(&third).is_some());
    }

    #[test]
    fn what_somebody_changed_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned(), 100);
        let digest = kept(&cache, "right");
        fs::write(cache.path(&digest), "wrong").unwrap();
        assert!(cache.get(&digest).is_none());
        let digest = kept(&cache, "right");
        assert!(cache.get(&digest).is_some());
    }
}
