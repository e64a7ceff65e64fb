//! Compressed indexes, read as they come.

use std::io::{self, BufRead, BufReader, Read};

/// The most KiB that the dictionary of an index may need; `xz -9` needs 65.
const XZ_MEMORY: u32 = 192 << 10;

/// The most bytes that one index has when it is unpacked. The largest that are known have a fifth of it.
const LARGEST: u64 = 2 << 30;

/// Reads an index by the ending of its name: `.xz`, `.gz`, `.zst`, or none.
///
/// # Errors
/// When it does not begin as its ending says.
pub(super) fn unpacked(name: &str, input: impl Read + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    let input = BufReader::with_capacity(64 << 10, input);
    let plain: Box<dyn Read + Send> = match name.rsplit('.').next() {
        Some("xz") => Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, XZ_MEMORY)),
        Some("gz") => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        Some("zst") => Box::new(ruzstd::decoding::StreamingDecoder::new(input).map_err(|error| io::Error::other(error.to_string()))?),
        _ => Box::new(input),
    };
    Ok(Box::new(BufReader::with_capacity(64 << 10, Bounded { inner: plain, left: LARGEST })))
}

/// Ends with an error where there is more than expected.
struct Bounded {
    inner: Box<dyn Read + Send>,
    left: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| io::Error::other("it is larger than an index ever is"))?;
        Ok(count)
    }
}
