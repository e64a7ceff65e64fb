//! Reads a tar in one pass, as engines do: with Go's `archive/tar`, where programs differ.

mod header;
mod pax;
mod sparse;

pub(super) use header::is_header;

use header::{BLOCK, Header, invalid};
use pax::Told;
use serde::{Deserialize, Serialize};
use sparse::Pieces;
use std::io::{self, Read};

/// The most bytes of an extended header or a long name. Source: Go, `archive/tar`, `maxSpecialFileSize`.
const EXTENDED: u64 = 1 << 20;

/// How much is passed over at once.
const PIECE: usize = 32 << 10;

/// What a member of a tar is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link with its text.
    Link(String),
    /// Another name of a file; its path as it stands there.
    HardLink(String),
    /// A device.
    Device(Device),
    /// A pipe.
    Pipe,
    /// Something of this tar alone, such as the name of a volume.
    Foreign,
}

/// A device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Whether it is one of blocks, not of characters.
    pub block: bool,
    /// Its driver.
    pub major: u32,
    /// Its number with that driver.
    pub minor: u32,
}

/// What a file system keeps beside the content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stat {
    /// Permissions with setuid, setgid and sticky bit: the lowest twelve bits.
    pub mode: u32,
    /// The owner.
    pub uid: u64,
    /// The group.
    pub gid: u64,
    /// Bytes of a file, holes included.
    pub size: u64,
    /// Seconds since 1970.
    pub mtime: i64,
}

/// A member of a tar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its path as it stands there. Names that are no UTF-8 hold replacement characters.
    pub path: String,
    /// What it is.
    pub kind: MemberKind,
    /// Its permissions, owner, size and time.
    pub stat: Stat,
    /// Bytes of a file that stand in the tar.
    pub stored: u64,
    /// The attribute `security.capability`, as the kernel stores it.
    pub capabilities: Option<Vec<u8>>,
}

/// A tar. The content of the member that came last is read from it.
pub struct Tar<R> {
    from: R,
    /// Bytes of the current member that still stand in the tar, and what fills its last block.
    stored: u64,
    filling: u64,
    pieces: Option<Pieces>,
    ended: bool,
}

impl<R: Read> Tar<R> {
    /// Reads from the beginning.
    pub fn new(from: R) -> Self {
        Self { from, stored: 0, filling: 0, pieces: None, ended: false }
    }

    /// The next member; none at the end.
    ///
    /// # Errors
    /// When the tar breaks off or is none.
    pub fn next_member(&mut self) -> io::Result<Option<Member>> {
        let mut told = Told::default();
        loop {
            self.skip()?;
            let Some(header) = self.header()? else { return Ok(None) };
            self.hold(header.size()?)?;
            match header.flag() {
                b'x' => {
                    let text = self.text()?;
                    told.pax(&text)?;
                }
                b'g' => {}
                b'L' => told.long_path = Some(self.name()?),
                b'K' => told.long_link = Some(self.name()?),
                _ => return self.member(&header, told).map(Some),
            }
        }
    }

    /// Reads what stands behind the end, which belongs to the bytes of the tar, too.
    ///
    /// # Errors
    /// Those of reading.
    pub fn finish(mut self) -> io::Result<()> {
        io::copy(&mut self.from, &mut io::sink()).map(drop)
    }

    fn member(&mut self, header: &Header, told: Told) -> io::Result<Member> {
        let path = told.long_path.or(told.path).unwrap_or_else(|| header.path());
        let link = told.long_link.or(told.link).unwrap_or_else(|| header.link());
        let kind = match header.flag() {
            b'\0' if path.ends_with('/') => MemberKind::Folder,
            b'0' | b'\0' | b'7' | b'S' => MemberKind::File,
            b'5' => MemberKind::Folder,
            b'2' => MemberKind::Link(link),
            b'1' => MemberKind::HardLink(link),
            flag @ (b'3' | b'4') => {
                let (major, minor) = header.device()?;
                MemberKind::Device(Device { block: flag == b'4', major, minor })
            }
            b'6' => MemberKind::Pipe,
            _ => MemberKind::Foreign,
        };
        // Only files have content, whatever the header says; engines read it so.
        let stored = match kind {
            MemberKind::File | MemberKind::Foreign => told.size.map_or_else(|| header.size(), Ok)?,
            _ => 0,
        };
        self.hold(stored)?;
        self.pieces = match kind {
            MemberKind::File if header.flag() == b'S' => Some(self.old_pieces(header)?),
            MemberKind::File if told.sparse.told => Some(self.pax_pieces(told.sparse)?),
            _ => None,
        };
        let stored = self.stored;
        let stat = Stat {
            mode: header.mode()?,
            uid: told.uid.map_or_else(|| header.uid(), Ok)?,
            gid: told.gid.map_or_else(|| header.gid(), Ok)?,
            size: match (&kind, &self.pieces) {
                (MemberKind::File, Some(pieces)) => pieces.size,
                (MemberKind::File, None) => stored,
                _ => 0,
            },
            mtime: told.mtime.map_or_else(|| header.mtime(), Ok)?,
        };
        Ok(Member { path, kind, stat, stored, capabilities: told.capabilities })
    }

    /// What follows has so many bytes.
    fn hold(&mut self, bytes: u64) -> io::Result<()> {
        self.stored = bytes;
        self.pieces = None;
        self.filling = bytes.checked_next_multiple_of(BLOCK as u64).ok_or_else(|| invalid("a file of the tar is too large"))? - bytes;
        Ok(())
    }

    /// The next header; none at the end, which is a block of zeros or the end of the bytes.
    fn header(&mut self) -> io::Result<Option<Header>> {
        if self.ended {
            return Ok(None);
        }
        match self.block()? {
            Some(block) if block.iter().any(|byte| *byte != 0) => Header::of(block).map(Some),
            Some(_) => {
                self.ended = true;
                match self.block()? {
                    Some(next) if next.iter().any(|byte| *byte != 0) => Err(invalid("there is an empty block within the tar")),
                    _ => Ok(None),
                }
            }
            None => {
                self.ended = true;
                Ok(None)
            }
        }
    }

    fn block(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            match self.from.read(&mut block[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(cut()),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(block))
    }

    /// The whole of an extended header.
    fn text(&mut self) -> io::Result<Vec<u8>> {
        if self.stored > EXTENDED {
            return Err(invalid(format!("an extended header of the tar has {} bytes, more than is read", self.stored)));
        }
        let mut text = Vec::new();
        self.read_to_end(&mut text)?;
        Ok(text)
    }

    fn name(&mut self) -> io::Result<String> {
        let text = self.text()?;
        let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
        Ok(String::from_utf8_lossy(&text[..end]).into_owned())
    }

    /// Passes over what is left of the current member.
    fn skip(&mut self) -> io::Result<()> {
        self.pieces = None;
        let left = self.stored.saturating_add(self.filling);
        (self.stored, self.filling) = (0, 0);
        if left == 0 {
            return Ok(());
        }
        let mut room = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
        let mut passed = 0;
        while passed < left {
            let most = usize::try_from(left - passed).map_or(room.len(), |left| left.min(room.len()));
            match self.from.read(&mut room[..most]) {
                Ok(0) => return Err(cut()),
                Ok(read) => passed += read as u64,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Bytes of the current member as they stand in the tar.
    fn read_stored(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.stored).map_or(to.len(), |left| left.min(to.len()));
        if most == 0 {
            return Ok(0);
        }
        match self.from.read(&mut to[..most])? {
            0 => Err(cut()),
            read => {
                self.stored -= read as u64;
                Ok(read)
            }
        }
    }
}

impl<R: Read> Read for Tar<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let Some(mut pieces) = self.pieces.take() else { return self.read_stored(to) };
        let read = pieces.read(to, |part| self.read_stored(part));
        self.pieces = Some(pieces);
        read
    }
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the tar ends within a file")
}

#[cfg(test)]
mod tests;
