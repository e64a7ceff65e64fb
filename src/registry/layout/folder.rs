//! The files of a layout: where they stand, how they are written, and who may write when.
//!
//! Source: OCI image specification, `image-layout.md`. Everything here blocks.

use super::LayoutError;
use crate::name::Digest;
use rustix::fs::{FlockOperation, OFlags, flock};
use serde::Deserialize;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What our own files in a layout begin with: the lock, and what is being written. Others pass over them.
const OURS: &str = ".cooperage";

/// The file that makes a folder a layout, and what it says.
const MARK: &str = "oci-layout";
const VERSION: &str = "1.0.0";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mark {
    image_layout_version: String,
}

/// The folder of a layout.
pub(super) struct Folder {
    pub path: PathBuf,
}

impl Folder {
    /// Looks at what is there.
    pub(super) fn open(path: &Path) -> Result<Self, LayoutError> {
        let folder = Self { path: path.to_owned() };
        let foreign = |reason: &str| LayoutError::NotALayout { path: path.display().to_string(), reason: reason.to_owned() };
        if let Some(text) = folder.read(&path.join(MARK), 64 << 10)? {
            let mark: Mark = serde_json::from_slice(&text).map_err(|e| LayoutError::damaged(&path.join(MARK), e.to_string()))?;
            if mark.image_layout_version != VERSION {
                return Err(foreign(&format!("it has the version \"{}\", and only {VERSION} is known", mark.image_layout_version)));
            }
            return Ok(folder);
        }
        match fs::read_dir(path) {
            Ok(entries) => {
                let others = entries.flatten().any(|entry| !entry.file_name().to_string_lossy().starts_with(OURS));
                if others { Err(foreign("it holds other files, and no `oci-layout`")) } else { Ok(folder) }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(folder),
            Err(error) if error.kind() == ErrorKind::NotADirectory => Err(foreign("it is a file")),
            Err(error) => Err(LayoutError::io(path, &error)),
        }
    }

    /// Makes the folder a layout, where it is not one yet, and removes what killed runs have left.
    pub(super) fn prepare(&self) -> Result<(), LayoutError> {
        fs::create_dir_all(&self.path).map_err(|e| LayoutError::io(&self.path, &e))?;
        let _lock = self.lock(FlockOperation::LockExclusive)?;
        if !self.path.join(MARK).exists() {
            // Another run may have put something else here since we looked.
            Self::open(&self.path)?;
            self.write(&self.path.join(MARK), format!("{{\"imageLayoutVersion\":\"{VERSION}\"}}").as_bytes())?;
        }
        if !self.index().exists() && !self.path.join("blobs").exists() {
            self.write(&self.index(), br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#)?;
        }
        for algorithm in ["sha256", "sha512"] {
            let blobs = self.path.join("blobs").join(algorithm);
            fs::create_dir_all(&blobs).map_err(|e| LayoutError::io(&blobs, &e))?;
        }
        self.remove_left_over();
        Ok(())
    }

    /// Files that nobody holds a lock on any more belong to runs that were killed.
    fn remove_left_over(&self) {
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let ours = name.to_string_lossy().starts_with(&format!("{OURS}-"));
            if ours && File::open(entry.path()).is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()) {
                // What cannot be removed now is in nobody's way.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    pub(super) fn index(&self) -> PathBuf {
        self.path.join("index.json")
    }

    pub(super) fn blob(&self, digest: &Digest) -> PathBuf {
        let (algorithm, hex) = digest.as_str().split_once(':').unwrap_or(("sha256", digest.as_str()));
        self.path.join("blobs").join(algorithm).join(hex)
    }

    /// The lock of the layout, as long as the file is open. Others may be other processes.
    pub(super) fn lock(&self, kind: FlockOperation) -> Result<File, LayoutError> {
        let path = self.path.join(format!("{OURS}.lock"));
        // A link that somebody put there is not followed.
        let no_link = OFlags::NOFOLLOW.bits().cast_signed();
        let open = File::options().create(true).truncate(false).write(true).custom_flags(no_link).open(&path);
        let file = open.map_err(|e| LayoutError::io(&path, &e))?;
        flock(&file, kind).map_err(|e| LayoutError::io(&path, &e.into()))?;
        Ok(file)
    }

    /// A file to write to. It is locked while we live, so that others know it is not left over.
    pub(super) fn temporary(&self) -> Result<NamedTempFile, LayoutError> {
        let lock = self.lock(FlockOperation::LockShared)?;
        let file = self.unlocked_temporary()?;
        drop(lock);
        Ok(file)
    }

    fn unlocked_temporary(&self) -> Result<NamedTempFile, LayoutError> {
        let io = |e: std::io::Error| LayoutError::io(&self.path, &e);
        let file = tempfile::Builder::new().prefix(&format!("{OURS}-")).tempfile_in(&self.path).map_err(io)?;
        flock(file.as_file(), FlockOperation::NonBlockingLockExclusive).map_err(|e| io(e.into()))?;
        Ok(file)
    }

    /// Gives a file that is written its place, once its bytes are on the disk.
    pub(super) fn place(&self, file: NamedTempFile, at: &Path) -> Result<(), LayoutError> {
        use std::os::unix::fs::PermissionsExt as _;
        let io = |e: std::io::Error| LayoutError::io(at, &e);
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644)).map_err(io)?;
        file.as_file().sync_all().map_err(io)?;
        file.persist(at).map_err(|e| io(e.error))?;
        let parent = at.parent().unwrap_or(&self.path);
        File::open(parent).and_then(|folder| folder.sync_all()).map_err(|e| LayoutError::io(parent, &e))
    }

    /// Writes a small file whole or not at all. Who calls it holds the lock.
    pub(super) fn write(&self, at: &Path, bytes: &[u8]) -> Result<(), LayoutError> {
        let mut file = self.unlocked_temporary()?;
        file.write_all(bytes).map_err(|e| LayoutError::io(at, &e))?;
        self.place(file, at)
    }

    /// A file of at most `limit` bytes; `None` where there is none.
    pub(super) fn read(&self, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, LayoutError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => return Err(LayoutError::io(path, &error)),
        };
        let mut bytes = Vec::new();
        file.take(limit + 1).read_to_end(&mut bytes).map_err(|e| LayoutError::io(path, &e))?;
        if bytes.len() as u64 > limit {
            return Err(LayoutError::damaged(path, format!("it has more than {limit} bytes")));
        }
        Ok(Some(bytes))
    }
}
