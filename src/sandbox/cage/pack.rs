//! The clone as a tar, on its way into a cage.

use super::{CageError, MOST_FILES, mib};
use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use tar::{Builder, EntryType, Header};

/// What a file takes at least of a folder in memory.
const PAGE: u64 = 4096;

/// What is known of a clone that was packed.
#[derive(Debug, Default)]
pub(super) struct Packed {
    /// Its links, by path: where one leaves the clone, the very same may come back.
    pub(super) outward: HashMap<PathBuf, PathBuf>,
}

/// Writes the folder `tree` as a tar with everything owned by root and no set-id bits, when it fits into `disk` bytes.
///
/// # Errors
/// When it does not, or cannot be read, or nobody takes the tar.
pub(super) fn pack(tree: &Path, disk: u64, to: impl Write) -> Result<Packed, CageError> {
    let found = walk(tree)?;
    let bytes: u64 = found.iter().map(|(_, metadata)| metadata.len().next_multiple_of(PAGE)).sum();
    let too_large = |found: String, most: String| CageError::TooLarge { tree: tree.display().to_string(), found, most };
    if bytes > disk {
        return Err(too_large(mib(bytes), mib(disk)));
    }
    if found.len() as u64 >= MOST_FILES {
        return Err(too_large(format!("{} files", found.len()), format!("{MOST_FILES} files")));
    }
    let mut packed = Packed::default();
    let mut tar = Builder::new(to);
    for (path, metadata) in &found {
        add(&mut tar, tree, path, metadata, &mut packed).map_err(CageError::tree(tree.join(path).display()))?;
    }
    tar.into_inner().and_then(|mut to| to.flush()).map_err(CageError::tree(tree.display()))?;
    Ok(packed)
}

/// Everything below `tree`, folders before what is in them.
fn walk(tree: &Path) -> Result<Vec<(PathBuf, Metadata)>, CageError> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let at = tree.join(&folder);
        for entry in fs::read_dir(&at).map_err(CageError::tree(at.display()))? {
            let entry = entry.map_err(CageError::tree(at.display()))?;
            let path = folder.join(entry.file_name());
            let metadata = entry.metadata().map_err(CageError::tree(entry.path().display()))?;
            if metadata.is_dir() {
                folders.push(path.clone());
            }
            found.push((path, metadata));
        }
    }
    Ok(found)
}

fn add(tar: &mut Builder<impl Write>, tree: &Path, path: &Path, metadata: &Metadata, packed: &mut Packed) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_mode(metadata.permissions().mode() & 0o777);
    header.set_mtime(u64::try_from(metadata.mtime()).unwrap_or(0));
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    if metadata.is_dir() {
        header.set_entry_type(EntryType::Directory);
        tar.append_data(&mut header, path, io::empty())
    } else if metadata.is_symlink() {
        header.set_entry_type(EntryType::Symlink);
        let text = fs::read_link(tree.join(path))?;
        tar.append_link(&mut header, path, &text)?;
        packed.outward.insert(path.to_owned(), text);
        Ok(())
    } else if metadata.is_file() {
        header.set_size(metadata.len());
        // A file that shrinks meanwhile would shift everything behind it.
        let file = File::open(tree.join(path))?;
        tar.append_data(&mut header, path, file.take(metadata.len()).chain(Shrunk).take(metadata.len()))
    } else {
        Err(io::Error::new(io::ErrorKind::Unsupported, "neither file nor folder nor link"))
    }
}

/// What follows a file that has fewer bytes than it had.
struct Shrunk;

impl io::Read for Shrunk {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if to.is_empty() { Ok(0) } else { Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it shrank while it was read")) }
    }
}
