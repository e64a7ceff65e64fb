//! One file against its record. Source of what is compared of which kind of file: rpm(8), "VERIFY OPTIONS".

use super::letters::Letters;
use super::owners::Names;
use super::recorded::{Recorded, Sum};
use crate::layers::{Device, Kind};
use crate::scan::FileRecord;
use crate::scan::file_capabilities::FileCapabilities;

/// What a file is, as its mode says it. Source: Linux, include/uapi/linux/stat.h.
pub mod kind {
    /// All bits that say it.
    pub const ANY: u32 = 0o170_000;
    pub const FILE: u32 = 0o100_000;
    pub const FOLDER: u32 = 0o040_000;
    pub const LINK: u32 = 0o120_000;
    pub const CHARACTERS: u32 = 0o020_000;
    pub const BLOCKS: u32 = 0o060_000;
    pub const PIPE: u32 = 0o010_000;
}

/// Compares files with their records.
pub struct Comparison {
    /// Of `/etc/passwd`.
    pub users: Names,
    /// Of `/etc/group`.
    pub groups: Names,
}

impl Comparison {
    /// How a file differs from its record.
    pub fn letters(&self, recorded: &Recorded, file: &FileRecord) -> Letters {
        let mut letters = Letters::default();
        let is_file = matches!(file.kind, Kind::File | Kind::HardLink(_));
        if is_file {
            content(recorded, file, &mut letters);
        } else if recorded.sum.is_some() && recorded.mode.is_none() {
            // Only files have digests.
            letters.note('M', true);
        }
        match &file.kind {
            Kind::Link(text) => letters.note('L', recorded.link.as_ref().is_some_and(|link| link != text)),
            _ => letters.note('M', recorded.mode.is_some_and(|mode| mode_differs(mode, file))),
        }
        letters.note('D', recorded.device.is_some_and(|device| file.device.map(short) != device));
        letters.note('U', recorded.user.as_ref().is_some_and(|user| !self.users.is(user, file.stat.uid)));
        letters.note('G', recorded.group.as_ref().is_some_and(|group| !self.groups.is(group, file.stat.gid)));
        letters
    }
}

fn content(recorded: &Recorded, file: &FileRecord, letters: &mut Letters) {
    letters.note('S', recorded.size.is_some_and(|size| size != file.stat.size));
    letters.note('T', recorded.mtime.is_some_and(|mtime| mtime != file.stat.mtime));
    // A file that was too large to go through has no digest here; its size tells.
    let differs = match recorded.sum {
        Some(Sum::Md5(sum)) => file.md5.is_some_and(|md5| md5 != sum),
        Some(Sum::Sha256(sum)) => file.sha256.is_some_and(|sha256| sha256 != sum),
        // What was no file has no digest.
        None => recorded.mode.is_some_and(|mode| !matches!(mode & kind::ANY, 0 | kind::FILE)),
    };
    letters.note('5', differs);
    let found = file.capabilities.as_deref().map_or(Some(FileCapabilities::default()), FileCapabilities::decode);
    letters.note('P', recorded.capabilities.is_some_and(|wanted| found != Some(wanted)));
}

fn mode_differs(recorded: u32, file: &FileRecord) -> bool {
    let found = match (&file.kind, file.device) {
        (Kind::File | Kind::HardLink(_), _) => kind::FILE,
        (Kind::Folder, _) => kind::FOLDER,
        (Kind::Link(_), _) => kind::LINK,
        (Kind::Other, Some(Device { block: true, .. })) => kind::BLOCKS,
        (Kind::Other, Some(_)) => kind::CHARACTERS,
        // Layers have no sockets.
        (Kind::Other, None) => kind::PIPE,
    };
    let typed = recorded & kind::ANY;
    (typed != 0 && typed != found) || (recorded & 0o7777) != file.stat.mode
}

/// With the bits of its numbers that packages record.
fn short(device: Device) -> Device {
    Device { major: device.major & 0xff, minor: device.minor & 0xff, ..device }
}
