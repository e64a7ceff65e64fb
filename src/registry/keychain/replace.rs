//! Changing a file of sign-ins: whole or not at all, for its owner's eyes only, links followed.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

/// As many links as Linux follows.
const LINKS: usize = 40;

/// Changes a file: `change` gets its text (none for one that is not there) and gives the new one, or `None` to leave it.
/// Two of these at once come one after the other.
///
/// # Errors
/// In words. The file is as it was then.
pub(super) fn change(path: &Path, change: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>, String>) -> Result<(), String> {
    let target = follow(path).map_err(|e| e.to_string())?;
    let folder = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let old = read(&target).map_err(|e| e.to_string())?;
    if old.is_none() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|e| e.to_string())?;
    }
    let lock = File::open(folder).map_err(|e| e.to_string())?;
    // Some network file systems have no locks; the change is atomic even there.
    let _ = lock.lock();
    let old = read(&target).map_err(|e| e.to_string())?;
    match change(old.as_deref().unwrap_or_default())? {
        Some(new) => write(&target, folder, &new).map_err(|e| e.to_string()),
        None => Ok(()),
    }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Where a path leads, also when nothing is there yet.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        match fs::read_link(&path) {
            Ok(to) => path = path.parent().unwrap_or(Path::new("")).join(to),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "its links lead in circles"))
}

fn write(target: &Path, folder: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".cooperage-").tempfile_in(folder)?;
    file.as_file().set_permissions(Permissions::from_mode(0o600))?;
    if let Ok(old) = fs::metadata(target) {
        let new = file.as_file().metadata()?;
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            // Root must not take the file away from its owner.
            chown(file.path(), Some(old.uid()), Some(old.gid()))?;
        }
    }
    file.write_all(text)?;
    file.as_file().sync_all()?;
    file.persist(target)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn append(path: &Path, text: &str) -> Result<(), String> {
        change(path, |old| Ok(Some([old, text.as_bytes()].concat())))
    }

    #[test]
    fn new_files_and_folders_are_private_and_old_files_become_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/config.json");
        append(&path, "one").unwrap();
        assert_eq!((mode(&path), mode(&folder.path().join("a"))), (0o600, 0o700));
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        append(&path, " two").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("one two", 0o600));
        assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn links_stay_links_even_to_what_is_not_there_yet() {
        let folder = tempfile::tempdir().unwrap();
        let (link, real) = (folder.path().join("config.json"), folder.path().join("real/there.json"));
        symlink("real/there.json", &link).unwrap();
        append(&link, "x").unwrap();
        append(&link, "y").unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "xy");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let circle = folder.path().join("circle");
        symlink("circle", &circle).unwrap();
        assert!(append(&circle, "x").unwrap_err().contains("circles"));
    }

    #[test]
    fn a_change_that_fails_or_changes_nothing_leaves_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        fs::write(&path, "as it was").unwrap();
        assert_eq!(change(&path, |_| Err("no".to_owned())).unwrap_err(), "no");
        change(&path, |_| Ok(None)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "as it was");
        assert_ne!(mode(&path), 0o600, "untouched");
    }

    #[test]
    fn nothing_is_lost_when_many_write_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| append(&path, "x").unwrap());
            }
        });
        assert_eq!(fs::read_to_string(&path).unwrap(), "xxxxxxxx");
    }
}
