//! Inventories that are kept on disk by their digest, and which image had which: so that a later call can say what a new
//! advisory touches without reading any image.

use crate::name::Digest;
use crate::scan::Inventory;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// So many inventories, and so many images, are kept; those that were not written for longest go first.
const MOST: usize = 4096;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// A folder of inventories.
#[derive(Clone, Debug)]
pub struct Kept {
    folder: PathBuf,
}

/// An image that was scanned on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptImage {
    /// How people name it.
    pub reference: String,
    /// The definition, where it is one's.
    pub name: Option<String>,
    /// Of its inventory.
    pub inventory: String,
}

impl Kept {
    /// In a folder, which is made with the first inventory.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Keeps the inventory of an image and gives its digest.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, reference: &str, name: Option<&str>, inventory: &Inventory) -> io::Result<Digest> {
        let (digest, bytes) = written(inventory)?;
        write(&self.inventory_file(digest.as_str()), &bytes)?;
        let image = KeptImage { reference: reference.to_owned(), name: name.map(str::to_owned), inventory: digest.to_string() };
        let file = self.folder.join("images").join(format!("{}.json", hex(&Digest::of(reference.as_bytes()))));
        write(&file, &serde_json::to_vec(&image)?)?;
        bound(&self.folder.join("inventories"));
        bound(&self.folder.join("images"));
        Ok(digest)
    }

    /// The inventory with a digest; none where it is not kept, or is not what its digest says.
    pub fn inventory(&self, digest: &str) -> Option<Inventory> {
        let digest = Digest::parse(digest)?;
        let bytes = read(&self.inventory_file(digest.as_str())).ok()?;
        (Digest::of(&bytes) == digest).then_some(())?;
        serde_json::from_slice(&bytes).ok()
    }

    /// All images that were scanned on this machine, by reference.
    pub fn images(&self) -> Vec<KeptImage> {
        let entries = fs::read_dir(self.folder.join("images")).into_iter().flatten().flatten();
        let mut found: Vec<KeptImage> = entries.filter_map(|entry| serde_json::from_slice(&read(&entry.path()).ok()?).ok()).collect();
        found.sort_by(|a, b| a.reference.cmp(&b.reference));
        found
    }

    fn inventory_file(&self, digest: &str) -> PathBuf {
        self.folder.join("inventories").join(format!("{}.json", digest.rsplit(':').next().unwrap_or(digest)))
    }
}

/// The digest of an inventory. It says what is in an image, and not how reading it went.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn digest_of(inventory: &Inventory) -> io::Result<Digest> {
    Ok(written(inventory)?.0)
}

fn written(inventory: &Inventory) -> io::Result<(Digest, Vec<u8>)> {
    let bytes = serde_json::to_vec(&Inventory { troubles: Vec::new(), ..inventory.clone() })?;
    Ok((Digest::of(&bytes), bytes))
}

fn hex(digest: &Digest) -> &str {
    digest.as_str().rsplit(':').next().unwrap_or_default()
}

/// Others may write the same at the same time: what is there is whole at any moment.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > LARGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    fs::read(path)
}

/// Removes what is too much. That something cannot be removed is no reason to fail.
fn bound(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<(SystemTime, PathBuf)> =
        entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    files.sort();
    let excess = files.len().saturating_sub(MOST);
    files.into_iter().take(excess).for_each(|(_, path)| drop(fs::remove_file(path)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{Os, Package, PackageKind};

    fn inventory(version: &str) -> Inventory {
        let package = Package {
            kind: PackageKind::Deb,
            name: "zlib1g".into(),
            version: version.into(),
            arch: Some("amd64".into()),
            source: None,
            licenses: Vec::new(),
            location: "/var/lib/dpkg/status".into(),
            layer: 0,
        };
        Inventory { os: Os { id: "debian".into(), ..Os::default() }, packages: vec![package], troubles: vec!["x".into()] }
    }

    #[test]
    fn what_was_kept_comes_back_by_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::new(folder.path());
        let digest = kept.keep("r.example/app:1", Some("app"), &inventory("1")).unwrap();
        assert_eq!(digest, digest_of(&inventory("1")).unwrap());
        let found = kept.inventory(digest.as_str()).unwrap();
        assert_eq!((found.packages.len(), found.troubles.len()), (1, 0));
        kept.keep("r.example/app:1", Some("app"), &inventory("2")).unwrap();
        kept.keep("r.example/a:1", None, &inventory("2")).unwrap();
        let references: Vec<String> = kept.images().into_iter().map(|image| image.reference).collect();
        assert_eq!(references, ["r.example/a:1", "r.example/app:1"]);
        assert_ne!(kept.images()[1].inventory, digest.to_string());
    }

    #[test]
    fn what_is_damaged_or_no_digest_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::new(folder.path());
        assert!(kept.images().is_empty());
        let digest = kept.keep("a:1", None, &inventory("1")).unwrap();
        fs::write(kept.inventory_file(digest.as_str()), "{}").unwrap();
        assert_eq!(kept.inventory(digest.as_str()), None);
        assert_eq!(kept.inventory("../../etc/passwd"), None);
    }
}
