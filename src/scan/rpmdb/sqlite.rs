//! All values of the table `Packages` of an SQLite database.
//!
//! Source: the SQLite project's "Database File Format". Only tables are walked; indexes are not needed.

use super::pages::{CIRCLE, SHARED, SHORT, at, big, two};
use super::wal::Log;
use super::{Bytes, LARGEST, RpmError};

pub(super) const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Trees of tables are not deeper, however large.
const DEEPEST: usize = 20;
const INNER: u8 = 5;
const LEAF: u8 = 13;

struct Database<'a> {
    file: &'a mut dyn Bytes,
    log: Option<Log<'a>>,
    page: usize,
    usable: usize,
    /// Pages that may still be read: a tree that leads back to itself ends here.
    left: u64,
    /// Bytes that rows may still have: rows do not share any.
    room: u64,
}

/// Shows the value of each package.
pub(super) fn blobs(
    file: &mut dyn Bytes,
    log: Option<&mut dyn Bytes>,
    each: &mut dyn FnMut(Vec<u8>) -> Result<(), RpmError>,
) -> Result<(), RpmError> {
    let head = at(file, 0, 100)?;
    let page = match u16::from_be_bytes(two(&head, 16)?) {
        1 => 65536,
        size if size.is_power_of_two() && size >= 512 => usize::from(size),
        _ => return Err(RpmError::Damaged("its pages have a size that cannot be")),
    };
    let usable = page - usize::from(head[20]);
    if usable < 480 {
        return Err(RpmError::Damaged("its pages have no room"));
    }
    let log = log.map(|log| Log::read(log, page)).transpose()?.flatten();
    let length = file.seek(std::io::SeekFrom::End(0))? / page as u64;
    let pages = length.saturating_add(log.as_ref().map_or(0, Log::pages));
    let mut database = Database { file, log, page, usable, left: 2 * pages + 16, room: pages.saturating_mul(page as u64) };
    let mut root = None;
    database.walk(1, DEEPEST, &mut |row| {
        let row = columns(&row)?;
        if let [Value::Text(b"table"), Value::Text(b"Packages"), _, Value::Number(page), ..] = row[..] {
            root = u32::try_from(page).ok();
        }
        Ok(())
    })?;
    let root = root.ok_or(RpmError::Damaged("it has no table Packages"))?;
    database.walk(root, DEEPEST, &mut |row| match columns(&row)?[..] {
        [_, Value::Blob(bytes), ..] => each(bytes.to_vec()),
        _ => Err(RpmError::Damaged("a row of Packages holds no header")),
    })
}

impl Database<'_> {
    fn read(&mut self, number: u32) -> Result<Vec<u8>, RpmError> {
        self.left = self.left.checked_sub(1).ok_or(CIRCLE)?;
        let before = number.checked_sub(1).ok_or(SHORT)?;
        match self.log.as_mut().map(|log| log.page(number)).transpose()?.flatten() {
            Some(page) => Ok(page),
            None => at(self.file, u64::from(before) * self.page as u64, self.page),
        }
    }

    fn walk(&mut self, number: u32, depth: usize, row: &mut dyn FnMut(Vec<u8>) -> Result<(), RpmError>) -> Result<(), RpmError> {
        let depth = depth.checked_sub(1).ok_or(RpmError::Damaged("its tree is too deep"))?;
        let page = self.read(number)?;
        let start = if number == 1 { 100 } else { 0 };
        let kind = page[start];
        let (cells, width) = (usize::from(u16::from_be_bytes(two(&page, start + 3)?)), if kind == INNER { 12 } else { 8 });
        for cell in 0..cells {
            let offset = usize::from(u16::from_be_bytes(two(&page, start + width + 2 * cell)?));
            match kind {
                INNER => self.walk(big(&page, offset)?, depth, row)?,
                LEAF => row(self.payload(&page, offset)?)?,
                _ => return Err(RpmError::Damaged("a page of a table is of another kind")),
            }
        }
        if kind == INNER { self.walk(big(&page, start + 8)?, depth, row) } else { Ok(()) }
    }

    /// The bytes of a row, from its page and those that it runs over to.
    fn payload(&mut self, page: &[u8], offset: usize) -> Result<Vec<u8>, RpmError> {
        let mut rest = page.get(offset..self.usable).ok_or(SHORT)?;
        let size = usize::try_from(variable(&mut rest)?).ok().filter(|size| *size <= LARGEST).ok_or(SHORT)?;
        variable(&mut rest)?;
        self.room = self.room.checked_sub(size as u64 + 1).ok_or(SHARED)?;
        let most = self.usable - 35;
        let least = (self.usable - 12) * 32 / 255 - 23;
        let local = match least + (size.saturating_sub(least)) % (self.usable - 4) {
            _ if size <= most => size,
            fitting if fitting <= most => fitting,
            _ => least,
        };
        let mut bytes = rest.get(..local).ok_or(SHORT)?.to_vec();
        let mut next = if local < size { big(rest, local)? } else { 0 };
        while bytes.len() < size {
            let page = self.read(next)?;
            next = big(&page, 0)?;
            let some = (self.usable - 4).min(size - bytes.len());
            bytes.extend_from_slice(&page[4..4 + some]);
        }
        Ok(bytes)
    }
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Number(i64),
    Text(&'a [u8]),
    Blob(&'a [u8]),
    Other,
}

/// The values of a row.
fn columns(row: &[u8]) -> Result<Vec<Value<'_>>, RpmError> {
    let mut head = row;
    let length = usize::try_from(variable(&mut head)?).map_err(|_| SHORT)?;
    let mut kinds = row.get(row.len() - head.len()..length).ok_or(SHORT)?;
    let mut body = &row[length..];
    let mut found = Vec::new();
    while !kinds.is_empty() {
        let kind = variable(&mut kinds)?;
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return Err(RpmError::Damaged("a row has a value of no kind")),
            kind => (kind - 12) / 2,
        };
        let (value, rest) = usize::try_from(size).ok().and_then(|size| body.split_at_checked(size)).ok_or(SHORT)?;
        body = rest;
        found.push(match kind {
            1..=6 => Value::Number(value.iter().fold(0, |sum: i64, byte| (sum << 8) | i64::from(*byte))),
            8 | 9 => Value::Number(i64::from(kind == 9)),
            kind if kind >= 12 && kind % 2 == 0 => Value::Blob(value),
            kind if kind >= 13 => Value::Text(value),
            _ => Value::Other,
        });
    }
    Ok(found)
}

/// A number of one to nine bytes.
fn variable(bytes: &mut &[u8]) -> Result<u64, RpmError> {
    let mut number = 0;
    for at in 0..9 {
        let (byte, rest) = bytes.split_first().ok_or(SHORT)?;
        *bytes = rest;
        if at == 8 {
            return Ok((number << 8) | u64::from(*byte));
        }
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok(number)
}
