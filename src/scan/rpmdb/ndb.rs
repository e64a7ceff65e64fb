//! RPM's own database, ndb. Source: the description at the head of rpm's `rpmpkg` and the files that it writes.

use super::pages::{SHARED, at, little};
use super::{Bytes, RpmError};

pub(super) const MAGIC: &[u8] = b"RpmP";
const SLOT: &[u8] = b"Slot";
const BLOB: &[u8] = b"BlbS";
const PAGE: u64 = 4096;
/// Slots are so many bytes, and so are blocks.
const BLOCK: u64 = 16;
/// The first slots' room holds the head of the file.
const FIRST: u64 = 32;

/// Shows the value of each package.
pub(super) fn blobs(file: &mut dyn Bytes, each: &mut dyn FnMut(Vec<u8>) -> Result<(), RpmError>) -> Result<(), RpmError> {
    let pages = u64::from(little(&at(file, 0, FIRST as usize)?, 12)?);
    let length = file.seek(std::io::SeekFrom::End(0))?;
    if pages.saturating_mul(PAGE) > length {
        return Err(RpmError::Damaged("it has fewer pages of slots than it says"));
    }
    // Packages do not share bytes, so all of them together have no more than the file.
    let mut left = length;
    for page in 0..pages {
        let bytes = at(file, page * PAGE, PAGE as usize)?;
        let skip = if page == 0 { FIRST as usize } else { 0 };
        for slot in bytes[skip..].chunks_exact(BLOCK as usize) {
            let (number, block) = (little(slot, 4)?, little(slot, 8)?);
            if number != 0 && block != 0 {
                if !slot.starts_with(SLOT) {
                    return Err(RpmError::Damaged("a slot is none"));
                }
                let bytes = blob(file, number, u64::from(block) * BLOCK)?;
                left = left.checked_sub(bytes.len() as u64 + BLOCK).ok_or(SHARED)?;
                each(bytes)?;
            }
        }
    }
    Ok(())
}

fn blob(file: &mut dyn Bytes, number: u32, offset: u64) -> Result<Vec<u8>, RpmError> {
    let head = at(file, offset, BLOCK as usize)?;
    if !head.starts_with(BLOB) || little(&head, 4)? != number {
        return Err(RpmError::Damaged("a slot leads to something else than its package"));
    }
    at(file, offset + BLOCK, little(&head, 12)? as usize)
}
