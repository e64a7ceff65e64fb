//! What was fetched and has a digest, kept in a folder for the next time.

use super::known::Known;
use crate::name::Digest;
use crate::registry::Checker;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::NamedTempFile;

/// What files begin with that are being written, and how old they are when whoever wrote them is gone.
const DRAFT: &str = "draft-";
const OLD: Duration = Duration::from_secs(24 * 3600);
/// What files begin with that say what came from an address.
const KNOWN: &str = "known-";
/// What a file takes of a disk at least.
const BLOCK: u64 = 4096;

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
        tempfile::Builder::new().prefix(DRAFT).tempfile_in(&self.folder)
    }

    /// What came from an address the last time, if that is still here. The address itself, which may hold a secret, is in no file.
    pub(super) fn known(&self, address: &str) -> Option<(Known, File)> {
        let mut text = Vec::new();
        File::open(self.place(address)).ok()?.take(BLOCK).read_to_end(&mut text).ok()?;
        let known: Known = serde_json::from_slice(&text).ok()?;
        let file = self.get(&known.digest)?;
        Some((known, file))
    }

    /// Notes what came from an address.
    pub(super) fn note(&self, address: &str, known: &Known) -> io::Result<()> {
        let mut draft = self.draft()?;
        draft.write_all(&serde_json::to_vec(known)?)?;
        draft.persist(self.place(address))?;
        Ok(())
    }

    fn place(&self, address: &str) -> PathBuf {
        self.folder.join(format!("{KNOWN}{}", Digest::of(address.as_bytes()).as_str().replace(':', "-")))
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

/// What is kept in a folder: last use, size, path. Drafts of others are left alone, unless they are old.
fn entries(folder: &Path) -> Vec<(SystemTime, u64, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let kept = |name: &str| ["sha256-", "sha512-", KNOWN].iter().any(|begin| name.starts_with(begin));
    let old = |used: SystemTime| used.elapsed().is_ok_and(|age| age > OLD);
    let known = entries.filter_map(Result::ok).filter_map(|entry| {
        let (data, name) = (entry.metadata().ok()?, entry.file_name().into_string().ok()?);
        let used = data.modified().ok()?;
        let counts = kept(&name) || (name.starts_with(DRAFT) && old(used));
        let least = if name.starts_with(KNOWN) { BLOCK } else { 0 };
        counts.then(|| (used, data.len().max(least), entry.path()))
    });
    known.collect()
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
    use super::super::known::Marks;
    use super::*;

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
    fn what_a_server_said_counts_as_well_and_old_drafts_do() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned(), 3 * BLOCK);
        let (known, left) = (Known { digest: kept(&cache, "1"), marks: Marks::default() }, folder.path().join("draft-left"));
        let drafts = ["draft-left", "draft-used"].map(|name| folder.path().join(name));
        for draft in &drafts {
            fs::write(draft, vec![0; 3 * 4096]).unwrap();
        }
        File::options().write(true).open(left).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        (0..9).for_each(|at| cache.note(&format!("http://r.example/{at}?token=hunter2"), &known).unwrap());
        cache.tidy();
        let names: Vec<String> = fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(names.iter().filter(|name| name.starts_with(KNOWN)).count(), 3, "{names:?}");
        assert!(!drafts[0].exists() && drafts[1].exists());
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
