//! Advisories in a zip file, as the mirrors of OSV have them.
//!
//! The list of files at its end is read as it comes, so that hundreds of thousands of them take no memory. Source:
//! PKWARE, "APPNOTE.TXT - .ZIP File Format Specification".

use super::folder::too_large;
use super::{LARGEST, MOST, MOST_BYTES, Taker, is_document};
use flate2::read::DeflateDecoder;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;

const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LISTED: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// How far before the end of the file its last record may begin: a comment may follow.
const TAIL: u64 = 22 + 65535;

/// Shows every document.
pub fn each(file: &File, take: &mut Taker<'_>) -> Result<(), String> {
    let broken = |error: io::Error| format!("the zip file of advisories is damaged: {error}");
    let list = List::find(file).map_err(broken)?;
    let mut reader = BufReader::with_capacity(1 << 18, At { file, at: list.start });
    let (mut bytes, mut total) = (Vec::new(), 0_u64);
    for _ in 0..list.count {
        let entry = Entry::read(&mut reader).map_err(broken)?;
        if !is_document(&entry.name) {
            continue;
        }
        let content = entry.content(file, &mut bytes);
        total = total.saturating_add(bytes.len() as u64);
        if total > MOST_BYTES {
            return Err(format!("the zip file of advisories unpacks to more than {MOST_BYTES} bytes"));
        }
        take(&entry.name, content.map(|()| bytes.as_slice()))?;
    }
    Ok(())
}

/// The digest of the whole file.
pub fn stamp(file: &File) -> Result<String, String> {
    let mut hash = Sha256::new();
    let mut reader = At { file, at: 0 };
    let mut buffer = vec![0; 1 << 18];
    loop {
        let count = reader.read(&mut buffer).map_err(|error| format!("the zip file of advisories cannot be read: {error}"))?;
        if count == 0 {
            return Ok(crate::name::Digest::from_hasher(hash).as_str().to_owned());
        }
        hash.update(&buffer[..count]);
    }
}

/// Reads a file from a place on, whatever others read of it.
struct At<'a> {
    file: &'a File,
    at: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Where the list of files is.
struct List {
    start: u64,
    count: u64,
}

impl List {
    fn find(file: &File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        let start = size.saturating_sub(TAIL);
        let mut tail = Vec::new();
        At { file, at: start }.take(TAIL).read_to_end(&mut tail)?;
        let end = tail.windows(22).rposition(|window| window.starts_with(&END)).ok_or_else(|| bad("it is no zip file"))?;
        let record = &tail[end..];
        let mut list = Self { start: u64::from(u32_at(record, 16)), count: u64::from(u16_at(record, 10)) };
        if list.start == u64::from(u32::MAX) || list.count == u64::from(u16::MAX) {
            list = Self::find_64(file, &tail[..end])?.unwrap_or(list);
        }
        if list.count > MOST as u64 || list.start > size {
            return Err(bad("its list of files cannot be right"));
        }
        Ok(list)
    }

    /// The larger form, to which a locator right before the end points.
    fn find_64(file: &File, before: &[u8]) -> io::Result<Option<Self>> {
        let Some(locator) = before.len().checked_sub(20).map(|at| &before[at..]).filter(|text| text.starts_with(b"PK\x06\x07")) else {
            return Ok(None);
        };
        let mut record = [0; 56];
        file.read_exact_at(&mut record, u64_at(locator, 8))?;
        if !record.starts_with(&END_64) {
            return Err(bad("its end is not where it says"));
        }
        Ok(Some(Self { start: u64_at(&record, 48), count: u64_at(&record, 32) }))
    }
}

/// A file of the list.
struct Entry {
    name: String,
    method: u16,
    encrypted: bool,
    checksum: u32,
    packed: u64,
    size: u64,
    at: u64,
}

impl Entry {
    fn read(list: &mut impl Read) -> io::Result<Self> {
        let mut head = [0; 46];
        list.read_exact(&mut head)?;
        if !head.starts_with(&LISTED) {
            return Err(bad("its list of files ends too early"));
        }
        let name = part(list, u16_at(&head, 28))?;
        let extra = part(list, u16_at(&head, 30))?;
        part(list, u16_at(&head, 32))?;
        let mut entry = Self {
            name: String::from_utf8_lossy(&name).into_owned(),
            method: u16_at(&head, 10),
            encrypted: u16_at(&head, 8) & 1 != 0,
            checksum: u32_at(&head, 16),
            packed: u64::from(u32_at(&head, 20)),
            size: u64::from(u32_at(&head, 24)),
            at: u64::from(u32_at(&head, 42)),
        };
        entry.widen(&extra);
        Ok(entry)
    }

    /// Numbers that did not fit stand in the field with the id 1, in this order.
    fn widen(&mut self, mut extra: &[u8]) {
        while extra.len() >= 4 {
            let (id, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
            let Some(mut field) = extra.get(4..4 + length) else { return };
            if id == 1 {
                for number in [&mut self.size, &mut self.packed, &mut self.at] {
                    if *number == u64::from(u32::MAX) && field.len() >= 8 {
                        *number = u64_at(field, 0);
                        field = &field[8..];
                    }
                }
            }
            extra = &extra[4 + length..];
        }
    }

    /// Unpacks it into `bytes`.
    fn content(&self, file: &File, bytes: &mut Vec<u8>) -> Result<(), String> {
        bytes.clear();
        if self.encrypted || !matches!(self.method, 0 | 8) {
            return Err("it is packed in a way that is not read here".to_owned());
        }
        let failed = |error: io::Error| format!("it cannot be unpacked: {error}");
        let mut head = [0; 30];
        file.read_exact_at(&mut head, self.at).map_err(failed)?;
        if !head.starts_with(&LOCAL) {
            return Err("it is not where the list says".to_owned());
        }
        let start = self.at + 30 + u64::from(u16_at(&head, 26)) + u64::from(u16_at(&head, 28));
        let packed = At { file, at: start }.take(self.packed);
        // What it says of its size is not believed.
        let read = match self.method {
            0 => packed.take(LARGEST + 1).read_to_end(bytes),
            _ => DeflateDecoder::new(packed).take(LARGEST + 1).read_to_end(bytes),
        };
        read.map_err(failed)?;
        match bytes.len() as u64 {
            length if length > LARGEST => Err(too_large(self.size.max(length))),
            length if length != self.size => Err(format!("it is cut: it should have {} bytes, and has {length}", self.size)),
            _ if checksum(bytes) != self.checksum => Err("it is damaged: its checksum is another one".to_owned()),
            _ => Ok(()),
        }
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn part(list: &mut impl Read, length: u16) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::from(length)];
    list.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn bad(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Numbers of a record whose length was checked; what is missing is 0.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|two| two.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map_or(0, u64::from_le_bytes)
}
