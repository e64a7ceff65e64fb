//! One entry of a layer.

use crate::archive::{Device, Member, MemberKind, Stat, clean};
use serde::{Deserialize, Serialize};
use std::io;

/// The most bytes of a path. Source: Linux, `PATH_MAX`.
const PATH: usize = 4096;
/// The most folders of a path.
const DEEP: usize = 512;

/// Whether a path is longer or deeper than a layer may have any.
pub fn is_too_long(path: &str) -> bool {
    path.len() > PATH || path.bytes().filter(|byte| *byte == b'/').count() > DEEP
}

/// What an entry is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A file.
    #[default]
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// A clean path. Names that are no UTF-8 hold replacement characters.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Its permissions, owner, size and time.
    pub stat: Stat,
    /// Bytes of a file that stand in the layer; fewer where it has holes.
    pub stored: u64,
    /// Which device it is.
    pub device: Option<Device>,
    /// The attribute `security.capability`, as the kernel stores it.
    pub capabilities: Option<Vec<u8>>,
}

/// How an entry of this name hides what lower layers hold. Source: OCI image specification, "Layer", "Whiteouts".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whiteout<'a> {
    /// Everything in its folder.
    Opaque,
    /// One name in its folder.
    Of(&'a str),
}

impl Entry {
    /// Of a member of a tar; none where it is no entry of a file system.
    pub(super) fn of(member: Member) -> Option<Self> {
        let mut device = None;
        let kind = match member.kind {
            MemberKind::File => Kind::File,
            MemberKind::Folder => Kind::Folder,
            MemberKind::Link(text) => Kind::Link(text),
            MemberKind::HardLink(target) => Kind::HardLink(clean(&target)),
            MemberKind::Device(one) => {
                device = Some(one);
                Kind::Other
            }
            MemberKind::Pipe => Kind::Other,
            MemberKind::Foreign => return None,
        };
        Some(Self { path: clean(&member.path), kind, stat: member.stat, stored: member.stored, device, capabilities: member.capabilities })
    }

    /// Refuses names that no engine could unpack; going through all folders of one of a megabyte takes minutes.
    ///
    /// # Errors
    /// When its path or that of its link is too long or too deep.
    pub(super) fn check(&self) -> io::Result<()> {
        let link = match &self.kind {
            Kind::Link(text) | Kind::HardLink(text) => text.as_str(),
            _ => "",
        };
        match [self.path.as_str(), link].into_iter().find(|path| is_too_long(path)) {
            None => Ok(()),
            Some(path) => {
                let begin: String = path.chars().filter(|one| !one.is_control()).take(40).collect();
                let text = format!("the path {begin}… of a layer is longer than {PATH} bytes or deeper than {DEEP} folders");
                Err(io::Error::new(io::ErrorKind::InvalidData, text))
            }
        }
    }

    /// A folder that no layer names, as engines make it.
    pub fn folder(path: &str) -> Self {
        Self { path: path.to_owned(), kind: Kind::Folder, stat: Stat { mode: 0o755, ..Stat::default() }, ..Self::default() }
    }

    /// How it hides other entries, if it does.
    pub(super) fn whiteout(&self) -> Option<Whiteout<'_>> {
        let name = self.path.rsplit('/').next()?.strip_prefix(".wh.")?;
        Some(if name == ".wh..opq" { Whiteout::Opaque } else { Whiteout::Of(name) })
    }
}
