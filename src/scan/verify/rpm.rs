//! What RPM records in the header of each package. Source: rpm's manual, "RPM Tags", "File information tags"; rpm(8).

use super::compare::kind;
use super::recorded::{Owner, Recorded, Records, Sum};
use crate::layers::Device;
use crate::scan::file_capabilities::FileCapabilities;
use crate::scan::rpmdb::{self, Header, tag};
use crate::scan::{Content, Contents};
use std::fs::File;
use std::io::{self, Cursor};

/// Kinds of files, as bits of `FILEFLAGS`. Source: rpm, rpmfileAttrs.
mod flag {
    pub const CONFIG: u64 = 1;
    pub const DOC: u64 = 1 << 1;
    pub const MISSINGOK: u64 = 1 << 3;
    pub const GHOST: u64 = 1 << 6;
    pub const LICENSE: u64 = 1 << 7;
    pub const README: u64 = 1 << 8;
}

/// What is verified, as bits of `FILEVERIFYFLAGS`. Source: rpm, rpmVerifyAttrs.
mod verify {
    pub const DIGEST: u64 = 1;
    pub const SIZE: u64 = 1 << 1;
    pub const LINK: u64 = 1 << 2;
    pub const USER: u64 = 1 << 3;
    pub const GROUP: u64 = 1 << 4;
    pub const MTIME: u64 = 1 << 5;
    pub const MODE: u64 = 1 << 6;
    pub const DEVICE: u64 = 1 << 7;
    pub const CAPABILITIES: u64 = 1 << 8;
}

const MD5: u64 = 1;
const SHA256: u64 = 8;

/// Reads every database there is.
pub fn read(contents: &Contents, records: &mut Records) {
    let databases: Vec<&str> = contents.files().map(|(path, _)| path).filter(|path| rpmdb::is_database(path)).collect();
    for path in databases {
        if let Err(error) = database(contents, path, records) {
            records.errors.push(format!("{path}: {error}"));
        }
    }
    if let Some((first, others)) = records.not_summed.split_first() {
        let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        let compared = "of their files all but the content is compared";
        records.errors.push(format!("not verified: {first}{more} have digests that are neither MD5 nor SHA-256; {compared}"));
    }
}

fn database(contents: &Contents, path: &str, records: &mut Records) -> Result<(), rpmdb::RpmError> {
    let Some(content) = contents.content(path) else { return Ok(()) };
    let mut file = open(content)?;
    let mut log = contents.content(&format!("{path}-wal")).map(open).transpose()?;
    let log = log.as_mut().map(|log| &mut **log as &mut dyn rpmdb::Bytes);
    rpmdb::headers(&mut *file, log, &mut |header| package(&header, records))
}

fn open(content: &Content) -> io::Result<Box<dyn rpmdb::Bytes + '_>> {
    match content {
        Content::Held(bytes) => Ok(Box::new(Cursor::new(bytes.as_ref()))),
        Content::Spooled(copy) => Ok(Box::new(File::open(copy)?)),
        Content::TooLarge(size) => Err(io::Error::other(format!("it has {size} bytes, more than is read"))),
    }
}

/// The columns of the files of a package; one that is missing is empty.
struct Columns<'a> {
    modes: Vec<u64>,
    sizes: Vec<u64>,
    devices: Vec<u64>,
    mtimes: Vec<u64>,
    flags: Vec<u64>,
    verified: Vec<u64>,
    states: Vec<u64>,
    sums: Vec<&'a str>,
    links: Vec<&'a str>,
    users: Vec<&'a str>,
    groups: Vec<&'a str>,
    capabilities: Vec<&'a str>,
    known_sums: bool,
}

fn package(header: &Header, records: &mut Records) {
    let (Some(name), Some(version), Some(release)) = (header.text(tag::NAME), header.text(tag::VERSION), header.text(tag::RELEASE)) else {
        return;
    };
    let epoch = header.numbers(tag::EPOCH).first().map(|epoch| format!("{epoch}:")).unwrap_or_default();
    let version = format!("{epoch}{version}-{release}");
    let (names, folders, places) = (header.texts(tag::BASENAMES), header.texts(tag::DIRNAMES), header.numbers(tag::DIRINDEXES));
    if names.len() != places.len() {
        records.errors.push(format!("{name} {version}: its header does not say where each file stands"));
        return;
    }
    let owner = records.owners.len();
    let columns = Columns::of(header);
    if !names.is_empty() && !columns.known_sums {
        records.not_summed.push(format!("{name} {version}"));
    }
    records.owners.push(Owner { name: name.to_owned(), version });
    for (at, (base, place)) in names.iter().zip(places).enumerate() {
        let folder = usize::try_from(place).ok().and_then(|place| folders.get(place));
        let Some(folder) = folder else { continue };
        if let Some(recorded) = columns.file(at) {
            records.files.push(Recorded { path: crate::layers::clean(&format!("{folder}{base}")), owner, ..recorded });
        }
    }
}

impl<'a> Columns<'a> {
    fn of(header: &'a Header) -> Self {
        let sizes = Some(header.numbers(tag::LONGFILESIZES)).filter(|sizes| !sizes.is_empty());
        let sums = header.texts(tag::FILEDIGESTS);
        let kind = header.numbers(tag::FILEDIGESTALGO).first().copied().unwrap_or(MD5);
        Self {
            modes: header.numbers(tag::FILEMODES),
            sizes: sizes.unwrap_or_else(|| header.numbers(tag::FILESIZES)),
            devices: header.numbers(tag::FILERDEVS),
            mtimes: header.numbers(tag::FILEMTIMES),
            flags: header.numbers(tag::FILEFLAGS),
            verified: header.numbers(tag::FILEVERIFYFLAGS),
            states: header.numbers(tag::FILESTATES),
            known_sums: [MD5, SHA256].contains(&kind) || sums.iter().all(|sum| sum.is_empty()),
            sums,
            links: header.texts(tag::FILELINKTOS),
            users: header.texts(tag::FILEUSERNAME),
            groups: header.texts(tag::FILEGROUPNAME),
            capabilities: header.texts(tag::FILECAPS),
        }
    }

    /// None: it was not installed, or another package's stands in its place.
    fn file(&self, at: usize) -> Option<Recorded> {
        if self.states.get(at).is_some_and(|state| *state != 0) {
            return None;
        }
        let flags = self.flags.get(at).copied().unwrap_or_default();
        let ghost = flags & flag::GHOST != 0;
        let asked = self.verified.get(at).copied().unwrap_or(u64::MAX);
        let content = |bit: u64| !ghost && asked & bit != 0;
        let mode = self.modes.get(at).and_then(|mode| u32::try_from(*mode).ok());
        let text = |column: &[&str], bit: u64| column.get(at).filter(|_| asked & bit != 0).map(|text| (*text).to_owned());
        Some(Recorded {
            sum: self.sums.get(at).filter(|_| content(verify::DIGEST)).and_then(|sum| Sum::parse(sum)),
            size: self.sizes.get(at).copied().filter(|_| content(verify::SIZE)),
            // What a ghost is was not recorded.
            mode: mode.filter(|_| asked & verify::MODE != 0).map(|mode| if ghost { mode & 0o7777 } else { mode }),
            user: text(&self.users, verify::USER),
            group: text(&self.groups, verify::GROUP),
            link: text(&self.links, verify::LINK).filter(|_| !ghost),
            mtime: self.mtimes.get(at).filter(|_| content(verify::MTIME)).and_then(|time| i64::try_from(*time).ok()),
            device: mode
                .filter(|_| asked & verify::DEVICE != 0)
                .map(|mode| device(mode, self.devices.get(at).copied().unwrap_or_default())),
            capabilities: self.capability(at).filter(|_| asked & verify::CAPABILITIES != 0),
            config: flags & flag::CONFIG != 0,
            optional: flags & (flag::MISSINGOK | flag::GHOST) != 0,
            documentation: flags & (flag::DOC | flag::LICENSE | flag::README) != 0,
            ..Recorded::default()
        })
    }

    /// A package without a column of capabilities has none; a text that cannot be read says nothing.
    fn capability(&self, at: usize) -> Option<FileCapabilities> {
        FileCapabilities::parse(self.capabilities.get(at).copied().unwrap_or_default())
    }
}

/// From what a file is and the sixteen bits that RPM records of a device's numbers.
fn device(mode: u32, numbers: u64) -> Option<Device> {
    let part = |shift: u32| u32::try_from((numbers >> shift) & 0xff).unwrap_or_default();
    let block = match mode & kind::ANY {
        kind::CHARACTERS => false,
        kind::BLOCKS => true,
        _ => return None,
    };
    Some(Device { block, major: part(8), minor: part(0) })
}
