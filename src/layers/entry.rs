//! One entry of a layer.

use super::clean;
use std::io::Read;
use tar::EntryType;

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link with its text.
    Link(String),
    /// Another name of a file of the image; a clean path.
    HardLink(String),
    /// A device, pipe or socket.
    Other,
}

/// One entry of a layer, whiteouts included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// A clean path. Names that are no UTF-8 hold replacement characters.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Permissions with setuid, setgid and sticky bit: the lowest twelve bits.
    pub mode: u32,
    /// The owner.
    pub uid: u64,
    /// The group.
    pub gid: u64,
    /// Bytes of a file.
    pub size: u64,
}

/// How an entry of this name hides what lower layers hold. Source: OCI image specification, "Layer", "Whiteouts".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whiteout<'a> {
    /// Everything in its folder.
    Opaque,
    /// One name in its folder.
    Of(&'a str),
}

/// A number of a header. A field that nobody filled in is 0, as for Go.
fn number<T: Default>(read: std::io::Result<T>, field: &[u8]) -> std::io::Result<T> {
    if field.iter().all(|byte| matches!(byte, 0 | b' ')) { Ok(T::default()) } else { read }
}

impl Entry {
    /// From a header; none where it is no entry of a file system.
    pub(super) fn of(entry: &tar::Entry<'_, impl Read>) -> std::io::Result<Option<Self>> {
        let header = entry.header();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let target = || entry.link_name_bytes().map(|bytes| text(&bytes)).unwrap_or_default();
        let kind = match header.entry_type() {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => Kind::File,
            EntryType::Directory => Kind::Folder,
            EntryType::Symlink => Kind::Link(target()),
            EntryType::Link => Kind::HardLink(clean(&target())),
            EntryType::Char | EntryType::Block | EntryType::Fifo => Kind::Other,
            _ => return Ok(None),
        };
        let old = header.as_old();
        let path = clean(&text(&entry.path_bytes()));
        Ok(Some(Self {
            path,
            kind,
            mode: number(header.mode(), &old.mode)? & 0o7777,
            uid: number(header.uid(), &old.uid)?,
            gid: number(header.gid(), &old.gid)?,
            size: entry.size(),
        }))
    }

    /// How it hides other entries, if it does.
    pub(super) fn whiteout(&self) -> Option<Whiteout<'_>> {
        let name = self.path.rsplit('/').next()?.strip_prefix(".wh.")?;
        Some(if name == ".wh..opq" { Whiteout::Opaque } else { Whiteout::Of(name) })
    }
}
