//! The files of an image in a folder of ours, for scanners that look at files.
//!
//! Files of all layers are put aside as they come ([`Unpacking`] is a visitor of the archive), because layers may come in
//! any order; then those that the image shows are moved to their places. While files are written there is no link yet, so
//! nothing is written outside. Links are rewritten to lead to places in the folder; devices, pipes, owners, setuid bits and
//! permissions of others are left out.

use crate::layers::{Entry, Image, Kind, LayersError, Visitor, parent};
use crate::scan::Contents;
use crate::scan::read::Folders;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// The most files of an image that are unpacked.
const MOST_FILES: u64 = 2_000_000;
/// What is copied at once, in bytes.
const PIECE: usize = 64 << 10;

/// An image's files in a folder that is removed when this is dropped.
#[derive(Debug)]
pub struct Rootfs {
    folder: TempDir,
    /// What of the image is not there, and why.
    pub left_out: BTreeMap<&'static str, usize>,
}

impl Rootfs {
    /// The folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("rootfs")
    }
}

/// Unpacks an image.
pub struct Unpacking {
    folder: TempDir,
    /// Where the content of each file was put aside, by layer as the archive has them, and path.
    aside: HashMap<(usize, String), u64>,
    /// Links of each layer: what comes below them stands where they lead.
    folders: HashMap<usize, Folders>,
    room: Vec<u8>,
    files: u64,
    bytes: u64,
    most: u64,
    cancel: CancellationToken,
    /// Let go once the folder is gone.
    _held: TaskTrackerToken,
}

impl Unpacking {
    /// Into a new folder below `within`, with so many bytes of files at most; breaks off when `cancel` fires. `held` says to
    /// whoever waits that the folder is not gone yet.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(within: &Path, most: u64, cancel: &CancellationToken, held: TaskTrackerToken) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("cooperage-rootfs-").tempdir_in(within)?;
        private().create(folder.path().join("aside"))?;
        Ok(Self {
            folder,
            aside: HashMap::new(),
            folders: HashMap::new(),
            room: vec![0; PIECE],
            files: 0,
            bytes: 0,
            most,
            cancel: cancel.clone(),
            _held: held,
        })
    }

    fn go_on(&self) -> io::Result<()> {
        if self.cancel.is_cancelled() { Err(io::Error::other("interrupted")) } else { Ok(()) }
    }

    /// Writes a file; what is nothing but zeros takes no place.
    fn copy(&mut self, content: &mut dyn Read, file: &mut File) -> io::Result<()> {
        let mut written = 0;
        loop {
            self.go_on()?;
            let read = content.read(&mut self.room)?;
            if read == 0 {
                return file.set_len(written);
            }
            (written, self.bytes) = (written + read as u64, self.bytes + read as u64);
            if self.bytes > self.most {
                let text = format!(
                    "the image's files have more than {} MiB (cooperage.scanners.rootfs_mib), so they are not unpacked",
                    self.most >> 20
                );
                return Err(io::Error::other(text));
            }
            let piece = &self.room[..read];
            if piece.iter().all(|byte| *byte == 0) {
                file.seek(SeekFrom::Current(read as i64))?;
            } else {
                file.write_all(piece)?;
            }
        }
    }

    /// Puts every file of the image to its place; `image` tells which layers of the archive are those of `contents`.
    ///
    /// # Errors
    /// When the disk does not take them.
    pub fn finish(self, image: &Image, contents: &Contents) -> io::Result<Rootfs> {
        let mut placing =
            Placing { root: self.folder.path().join("rootfs"), aside: self.folder.path().join("aside"), left_out: BTreeMap::new() };
        private().create(&placing.root)?;
        for (path, found) in contents.files() {
            self.go_on()?;
            if !lies_in_folders(contents, path) {
                placing.leave("files in what is no folder");
                continue;
            }
            let number = image.layers.get(found.layer).and_then(|layer| self.aside.get(&(*layer, path.to_owned())));
            match &found.file.kind {
                Kind::Folder => placing.folder(path)?,
                Kind::File => placing.file(path, number.copied(), found.file.stat.mode)?,
                Kind::Link(_) | Kind::HardLink(_) => {}
                Kind::Other => placing.leave("devices, pipes and sockets"),
            }
        }
        for (path, found) in contents.files().filter(|(path, _)| lies_in_folders(contents, path)) {
            self.go_on()?;
            match &found.file.kind {
                Kind::HardLink(target) => {
                    let same = contents.get(target).is_some_and(|other| other.layer == found.layer && other.file.kind == Kind::File);
                    placing.hard_link(path, target, same)?;
                }
                Kind::Link(text) => placing.link(path, text)?,
                _ => {}
            }
        }
        fs::remove_dir_all(&placing.aside)?;
        Ok(Rootfs { folder: self.folder, left_out: placing.left_out })
    }
}

impl Visitor for Unpacking {
    fn entry(&mut self, layer: usize, entry: &Entry, content: &mut dyn Read) -> Result<(), LayersError> {
        self.go_on()?;
        let folders = self.folders.entry(layer).or_default();
        let path = folders.real(&entry.path);
        folders.note(&path, &entry.kind);
        if entry.kind != Kind::File {
            return Ok(());
        }
        self.files += 1;
        if self.files > MOST_FILES {
            return Err(io::Error::other(format!("the image has more than {MOST_FILES} files, so it is not unpacked")).into());
        }
        let number = self.files;
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(aside(&self.folder.path().join("aside"), number)?)?;
        self.copy(content, &mut file)?;
        // A path that comes twice in a layer counts the last time.
        if let Some(before) = self.aside.insert((layer, path), number) {
            fs::remove_file(aside(&self.folder.path().join("aside"), before)?)?;
        }
        Ok(())
    }
}

/// Where a file is put aside; a folder holds a thousand.
fn aside(folder: &Path, number: u64) -> io::Result<PathBuf> {
    let folder = folder.join((number / 1000).to_string());
    private().recursive(true).create(&folder)?;
    Ok(folder.join(number.to_string()))
}

fn private() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// Whether everything above a path is a folder of the image, or not named in it. A file behind a link stands where the
/// link leads, too, and is not written through it.
fn lies_in_folders(contents: &Contents, path: &str) -> bool {
    let above = std::iter::successors(parent(path), |path| parent(path));
    above.filter(|path| *path != "/").all(|path| contents.get(path).is_none_or(|found| found.file.kind == Kind::Folder))
}

struct Placing {
    root: PathBuf,
    aside: PathBuf,
    left_out: BTreeMap<&'static str, usize>,
}

impl Placing {
    fn leave(&mut self, why: &'static str) {
        *self.left_out.entry(why).or_default() += 1;
    }

    /// The place of a clean path in the folder; its own folder is made.
    fn place(&self, path: &str) -> io::Result<PathBuf> {
        let place = self.root.join(path.trim_start_matches('/'));
        if let Some(above) = place.parent() {
            private().recursive(true).create(above)?;
        }
        Ok(place)
    }

    fn folder(&mut self, path: &str) -> io::Result<()> {
        match self.place(path) {
            Ok(place) => private().recursive(true).create(place),
            Err(error) => self.unless_name(error),
        }
    }

    fn file(&mut self, path: &str, number: Option<u64>, mode: u32) -> io::Result<()> {
        let Some(number) = number else {
            self.leave("files without content");
            return Ok(());
        };
        let placed = self.place(path).and_then(|place| {
            fs::rename(aside(&self.aside, number)?, &place)?;
            fs::set_permissions(&place, Permissions::from_mode((mode & 0o700) | 0o400))
        });
        placed.or_else(|error| self.unless_name(error))
    }

    fn hard_link(&mut self, path: &str, target: &str, same: bool) -> io::Result<()> {
        let from = self.root.join(target.trim_start_matches('/'));
        // Links are made last, so what stands there is a file of ours.
        if !same || !fs::symlink_metadata(&from).is_ok_and(|data| data.is_file()) {
            self.leave("further names of files that a higher layer changed");
            return Ok(());
        }
        let placed = self.place(path).and_then(|place| fs::hard_link(from, place));
        placed.or_else(|error| self.unless_name(error))
    }

    fn link(&mut self, path: &str, text: &str) -> io::Result<()> {
        let placed = self.place(path).and_then(|place| symlink(inner(path, text), place));
        placed.or_else(|error| self.unless_name(error))
    }

    /// A name that this machine does not take is left out; a disk that is full is an error.
    fn unless_name(&mut self, error: io::Error) -> io::Result<()> {
        use io::ErrorKind::{AlreadyExists, InvalidFilename, InvalidInput, IsADirectory, NotADirectory};
        if !matches!(error.kind(), AlreadyExists | InvalidFilename | InvalidInput | IsADirectory | NotADirectory) {
            return Err(error);
        }
        self.leave("names that this machine does not take");
        Ok(())
    }
}

/// The text of a link in the folder: relative, and never above the image's root, whatever the link says.
fn inner(path: &str, text: &str) -> String {
    let folder = parent(path).unwrap_or("/");
    let target = crate::layers::clean(&if text.starts_with('/') { text.to_owned() } else { format!("{folder}/{text}") });
    let up = folder.split('/').filter(|part| !part.is_empty()).count();
    let target = target.trim_start_matches('/');
    let climbed = "../".repeat(up);
    match (climbed.is_empty(), target.is_empty()) {
        (_, false) => format!("{climbed}{target}"),
        (true, true) => ".".to_owned(),
        (false, true) => climbed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_inside() {
        let cases = [
            ("/etc/a", "/etc/passwd", "../etc/passwd"),
            ("/a", "../../../../etc/passwd", "etc/passwd"),
            ("/usr/lib/x/l", "../../../../../../srv/.ssh", "../../../srv/.ssh"),
            ("/usr/bin/sh", "bash", "../../usr/bin/bash"),
            ("/l", "/", "."),
            ("/a/l", "/..", "../"),
        ];
        for (path, text, inside) in cases {
            assert_eq!(inner(path, text), inside, "{path} -> {text}");
        }
    }
}
