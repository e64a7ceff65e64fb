//! The plain tar of a layer on its way: counted, and hashed for its diff id.

use crate::name::Digest;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};

/// Reads through.
pub struct Plain<R> {
    from: R,
    hasher: Sha256,
    left: u64,
    most: u64,
}

impl<R: Read> Plain<R> {
    /// At most `most` bytes.
    pub fn new(from: R, most: u64) -> Self {
        Self { from, hasher: Sha256::new(), left: most, most }
    }

    /// The digest of what was read, and how many bytes that were.
    pub fn finish(self) -> (Digest, u64) {
        (Digest::from_hasher(self.hasher), self.most - self.left)
    }
}

impl<R: Read> Read for Plain<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(to)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            let text = format!("the layer has more than {} MiB, which is more than is read", self.most >> 20);
            io::Error::new(io::ErrorKind::InvalidData, text)
        })?;
        self.hasher.update(&to[..read]);
        Ok(read)
    }
}
