//! MD5 and SHA-256 of one file.

use md5::{Digest as _, Md5};
use sha2::Sha256;

/// Digests of bytes that come piece by piece.
#[derive(Default)]
pub struct Digests {
    md5: Md5,
    sha256: Sha256,
}

impl Digests {
    pub fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.sha256.update(bytes);
    }

    pub fn finish(self) -> ([u8; 16], [u8; 32]) {
        (self.md5.finalize().into(), self.sha256.finalize().into())
    }
}
