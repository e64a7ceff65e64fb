//! Files that a run leaves behind: written at its end, whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use thiserror::Error;

/// A report could not be written.
#[derive(Debug, Error)]
#[error("cannot write {what} to {path}: {source}; check that the folder exists, is writable and has room")]
pub struct WriteError {
    /// Which report.
    pub what: &'static str,
    /// Where it was to be.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// A reader of events that has something to write, or to say, when the run is over.
pub trait Finish {
    /// Writes what was collected, or tells the first write that failed. Called once, after the last event.
    ///
    /// # Errors
    /// When the report is not complete on disk.
    fn finish(&self) -> Result<(), WriteError>;
}

/// Puts these bytes under this name at once: a temporary file beside it is synced and renamed, so that a reader
/// sees the old content or the new one. A file that was there keeps its permissions. Links are followed; a pipe or a device is written to.
///
/// # Errors
/// When a step of that fails; `what` (such as "the run record") goes into the message.
pub fn replace(what: &'static str, path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    try_replace(path, bytes).map_err(|source| WriteError { what, path: path.to_owned(), source })
}

fn try_replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(there) if !there.is_file() => fs::OpenOptions::new().write(true).open(path)?.write_all(bytes),
        Ok(there) => rename_over(&fs::canonicalize(path)?, bytes, Some(there.permissions())),
        Err(_) => rename_over(path, bytes, None),
    }
}

/// Whether [`replace`] could write there: asked before a run, whose hours of work must not end in a wrong path.
/// Leaves nothing behind.
///
/// # Errors
/// When it could not; `what` goes into the message.
pub fn check_writable(what: &'static str, path: &Path) -> Result<(), WriteError> {
    let tried = match fs::metadata(path) {
        Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(there) if !there.is_file() => Ok(()),
        Ok(_) => fs::canonicalize(path).and_then(|path| beside(&path)).map(drop),
        Err(_) => beside(path).map(drop),
    };
    tried.map_err(|source| WriteError { what, path: path.to_owned(), source })
}

/// A temporary file in the same folder.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    builder().prefix(".cooperage-").tempfile_in(folder)
}

/// With the permissions of the file that was there.
fn rename_over(path: &Path, bytes: &[u8], permissions: Option<fs::Permissions>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = beside(path)?;
    temporary.write_all(bytes)?;
    if let Some(permissions) = permissions {
        temporary.as_file().set_permissions(permissions)?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    // The rename itself lasts only when the folder is synced; some file systems refuse that, which loses nothing.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// As any new file: what the umask allows, not the 0600 of temporary files; other programs read reports.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.json");
        replace("the run record", &path, b"old").unwrap();
        replace("the run record", &path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        replace("the run record", &link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
    }

    #[test]
    fn a_device_is_written_to_not_replaced() {
        replace("the summary", Path::new("/dev/null"), b"x").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn others_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (plain, ours) = (folder.path().join("plain"), folder.path().join("ours"));
        fs::write(&plain, "x").unwrap();
        replace("the summary", &ours, b"x").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&plain), mode(&ours));
    }

    #[test]
    fn errors_name_report_and_path() {
        let error = replace("the run record", Path::new("/nowhere/record.json"), b"x").unwrap_err().to_string();
        assert!(error.starts_with("cannot write the run record to /nowhere/record.json: "), "{error}");
    }
}
