//! Writes the copy as a tar: fixed order, owners, modes and times.

use super::error::ContextError;
use super::ignore::Ignore;
use super::walk::{Entry, Kind, Links, Walk, read_error};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use tar::{Builder, EntryType, Header};

/// How much was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContextStats {
    /// Files, without folders and links.
    pub files: u64,
    /// Bytes in those files.
    pub bytes: u64,
}

/// Writes a staged folder, after `prebuild.sh`, as an uncompressed tar.
///
/// Entries come in the order of the bytes of their paths, belong to 0:0, have the modes 0755 (folders, executables) and 0644,
/// and the time `at`. Links stay links. `cancelled` is asked between reads.
///
/// # Errors
/// Names what cannot be read or sent: a relative link out of the context, an absolute link into the copy itself, a
/// socket, pipe or device, a file that changes while it is read.
pub fn write_tar(
    staged: &Path,
    ignore: &Ignore,
    at: jiff::Timestamp,
    out: &mut impl Write,
    cancelled: &dyn Fn() -> bool,
) -> Result<ContextStats, ContextError> {
    let entries = Walk { root: staged, links: Links::Keep, ignore, list_ignored: false, skip: &[] }.list()?;
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    let mut builder = Builder::new(out);
    let mut stats = ContextStats::default();
    for entry in &entries {
        if cancelled() {
            return Err(ContextError::Cancelled);
        }
        if let Some(bytes) = append(&mut builder, entry, seconds, cancelled)? {
            stats.files += 1;
            stats.bytes += bytes;
        }
    }
    let finished = builder.into_inner().and_then(|out| out.flush());
    finished.map(|()| stats).map_err(|source| ContextError::Output { source })
}

/// Adds one entry; for a file, returns its length.
fn append(
    builder: &mut Builder<&mut impl Write>,
    entry: &Entry,
    seconds: u64,
    cancelled: &dyn Fn() -> bool,
) -> Result<Option<u64>, ContextError> {
    let output = |source| ContextError::Output { source };
    match &entry.kind {
        Kind::Directory => {
            let mut header = header(EntryType::Directory, 0o755, 0, seconds);
            builder.append_data(&mut header, entry.path.join(""), io::empty()).map_err(output)?;
            Ok(None)
        }
        Kind::Link { target } => {
            let mut header = header(EntryType::Symlink, 0o777, 0, seconds);
            builder.append_link(&mut header, &entry.path, target).map_err(output)?;
            Ok(None)
        }
        Kind::File { executable } => {
            let file = File::open(&entry.source).map_err(|source| read_error(&entry.source, source))?;
            let length = file.metadata().map_err(|source| read_error(&entry.source, source))?.len();
            let mut header = header(EntryType::Regular, if *executable { 0o755 } else { 0o644 }, length, seconds);
            let mut exact = Exact { file, path: &entry.source, left: length, cancelled, problem: None };
            let written = builder.append_data(&mut header, &entry.path, &mut exact);
            match (exact.problem.take(), written) {
                (Some(problem), _) => Err(problem),
                (None, written) => written.map(|()| Some(length)).map_err(output),
            }
        }
    }
}

fn header(kind: EntryType, mode: u32, size: u64, seconds: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(seconds);
    header.set_size(size);
    header
}

/// Reads exactly as much as the header says, and remembers why it could not.
struct Exact<'a> {
    file: File,
    path: &'a Path,
    left: u64,
    cancelled: &'a dyn Fn() -> bool,
    problem: Option<ContextError>,
}

impl Exact<'_> {
    fn fail(&mut self, problem: ContextError) -> io::Error {
        self.problem = Some(problem);
        io::Error::other("the file cannot be sent")
    }
}

impl Read for Exact<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if (self.cancelled)() {
            return Err(self.fail(ContextError::Cancelled));
        }
        // One byte more than what is left shows a file that has grown.
        let wanted = usize::try_from(self.left.saturating_add(1)).unwrap_or(usize::MAX).min(buffer.len());
        let count = match self.file.read(&mut buffer[..wanted]) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                let problem = read_error(self.path, error);
                return Err(self.fail(problem));
            }
            other => other?,
        };
        match self.left.checked_sub(count as u64) {
            Some(left) if count > 0 || left == 0 => {
                self.left = left;
                Ok(count)
            }
            _ => Err(self.fail(ContextError::Changed { path: self.path.to_owned() })),
        }
    }
}
