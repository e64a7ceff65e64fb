//! Pages and numbers of a file.

use super::{Bytes, LARGEST, RpmError};
use std::io::SeekFrom;

/// So many bytes from a place.
pub(super) fn at(file: &mut dyn Bytes, offset: u64, count: usize) -> Result<Vec<u8>, RpmError> {
    if count > LARGEST {
        return Err(RpmError::Damaged("a package has a header of more than 64 MiB"));
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    // Not all at once: the length is what the file claims.
    let read = std::io::Read::take(&mut *file, count as u64);
    std::io::Read::read_to_end(&mut { read }, &mut bytes)?;
    if bytes.len() < count { Err(RpmError::Damaged("it ends too early")) } else { Ok(bytes) }
}

/// Four bytes, the highest first.
pub(super) fn big(bytes: &[u8], offset: usize) -> Result<u32, RpmError> {
    four(bytes, offset).map(u32::from_be_bytes)
}

/// Four bytes, the lowest first.
pub(super) fn little(bytes: &[u8], offset: usize) -> Result<u32, RpmError> {
    four(bytes, offset).map(u32::from_le_bytes)
}

fn four(bytes: &[u8], offset: usize) -> Result<[u8; 4], RpmError> {
    bytes.get(offset..).and_then(|rest| rest.first_chunk()).copied().ok_or(SHORT)
}

/// Two bytes in the order of the file.
pub(super) fn two(bytes: &[u8], offset: usize) -> Result<[u8; 2], RpmError> {
    bytes.get(offset..).and_then(|rest| rest.first_chunk()).copied().ok_or(SHORT)
}

pub(super) const SHORT: RpmError = RpmError::Damaged("a number points outside");
pub(super) const CIRCLE: RpmError = RpmError::Damaged("its pages lead in a circle");
pub(super) const SHARED: RpmError = RpmError::Damaged("several packages stand in one place");
