//! All values of a hash of Berkeley DB, the database of RPM until 4.16.
//!
//! Source: the structures of its pages as Berkeley DB's header `db_page` describes them; checked against files that
//! `db_load` wrote.

use super::pages::{CIRCLE, SHORT, at, two};
use super::{Bytes, LARGEST, RpmError};

const MAGIC: u32 = 0x0006_1561;
/// Bytes before a page's own.
const HEAD: usize = 26;
const UNSORTED: u8 = 2;
const OVERFLOW: u8 = 7;
const HASH: u8 = 13;
/// An item that stands in its page.
const HERE: u8 = 1;
/// An item on pages of its own.
const ELSEWHERE: u8 = 3;

/// Whether a file of this beginning is one.
pub(super) fn is_hash(head: &[u8; 16]) -> bool {
    let magic = [head[12], head[13], head[14], head[15]];
    u32::from_le_bytes(magic) == MAGIC || u32::from_be_bytes(magic) == MAGIC
}

struct Hash<'a> {
    file: &'a mut dyn Bytes,
    swapped: bool,
    page: usize,
    last: u32,
    /// Pages of long items that may still be read: each belongs to one item, so a chain that leads back to itself ends here.
    left: u32,
}

/// Shows the value of each package.
pub(super) fn blobs(file: &mut dyn Bytes, each: &mut dyn FnMut(Vec<u8>) -> Result<(), RpmError>) -> Result<(), RpmError> {
    let head = at(file, 0, 72)?;
    let mut hash = Hash { file, swapped: head[12..16] == MAGIC.to_be_bytes(), page: 0, last: 0, left: 0 };
    hash.page = hash.number(&head, 20)? as usize;
    hash.last = hash.number(&head, 32)?;
    if !hash.page.is_power_of_two() || !(512..=65536).contains(&hash.page) {
        return Err(RpmError::Damaged("its pages have a size that cannot be"));
    }
    let length = hash.file.seek(std::io::SeekFrom::End(0))?;
    if u64::from(hash.last) >= length / hash.page as u64 {
        return Err(RpmError::Damaged("it has fewer pages than it says"));
    }
    hash.left = hash.last;
    for number in 1..=hash.last {
        let page = hash.read(number)?;
        if matches!(page[25], UNSORTED | HASH) {
            hash.items(&page, each)?;
        }
    }
    Ok(())
}

impl Hash<'_> {
    fn number(&self, bytes: &[u8], offset: usize) -> Result<u32, RpmError> {
        if self.swapped { super::pages::big(bytes, offset) } else { super::pages::little(bytes, offset) }
    }

    fn short(&self, bytes: &[u8], offset: usize) -> Result<usize, RpmError> {
        let two = two(bytes, offset)?;
        Ok(usize::from(if self.swapped { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) }))
    }

    fn read(&mut self, number: u32) -> Result<Vec<u8>, RpmError> {
        at(self.file, u64::from(number) * self.page as u64, self.page)
    }

    /// Keys and values take turns; an item ends where the one before it begins.
    fn items(&mut self, page: &[u8], each: &mut dyn FnMut(Vec<u8>) -> Result<(), RpmError>) -> Result<(), RpmError> {
        let mut end = page.len();
        let mut key = Vec::new();
        for index in 0..self.short(page, 20)? {
            let start = self.short(page, HEAD + 2 * index)?;
            let item = page.get(start..end).filter(|item| !item.is_empty()).ok_or(SHORT)?;
            end = start;
            if index % 2 == 0 {
                key = item[1..].to_vec();
            // The number 0 stands for no package: how many there were is kept there.
            } else if key.iter().any(|byte| *byte != 0) {
                match item[0] {
                    HERE => each(item[1..].to_vec())?,
                    ELSEWHERE => each(self.elsewhere(item)?)?,
                    _ => return Err(RpmError::Damaged("a package is there more than once")),
                }
            }
        }
        Ok(())
    }

    fn elsewhere(&mut self, item: &[u8]) -> Result<Vec<u8>, RpmError> {
        let (mut next, size) = (self.number(item, 4)?, self.number(item, 8)? as usize);
        if size > LARGEST {
            return Err(RpmError::Damaged("a package has a header of more than 64 MiB"));
        }
        let mut bytes = Vec::new();
        while bytes.len() < size {
            self.left = self.left.checked_sub(1).ok_or(CIRCLE)?;
            let page = self.read(next)?;
            let some = self.short(&page, 22)?;
            if page[25] != OVERFLOW || some == 0 {
                return Err(RpmError::Damaged("a package's pages are of another kind"));
            }
            bytes.extend_from_slice(page.get(HEAD..HEAD + some).ok_or(SHORT)?);
            next = self.number(&page, 16)?;
        }
        bytes.truncate(size);
        Ok(bytes)
    }
}
