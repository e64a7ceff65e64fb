//! Digests of bytes that came from outside.

use crate::name::Digest;
use sha2::{Digest as _, Sha256, Sha512};
use std::fmt::Write as _;

/// The digest of bytes that come piece by piece.
pub(crate) enum Checker {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Checker {
    /// One for the algorithm that `like` uses.
    pub(crate) fn like(like: &Digest) -> Self {
        if like.as_str().starts_with("sha512:") { Self::Sha512(Sha512::new()) } else { Self::Sha256(Sha256::new()) }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Digest {
        let hasher = match self {
            Self::Sha256(hasher) => return Digest::from_hasher(hasher),
            Self::Sha512(hasher) => hasher,
        };
        let mut text = String::from("sha512:");
        for byte in hasher.finalize() {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        // 128 hex digits behind "sha512:" always parse.
        Digest::parse(&text).unwrap_or_else(|| Digest::of(b""))
    }
}

/// The digest of `bytes` in the algorithm that `like` uses.
pub(crate) fn digest_like(like: &Digest, bytes: &[u8]) -> Digest {
    let mut checker = Checker::like(like);
    checker.update(bytes);
    checker.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algorithm_is_the_one_asked_for() {
        let long = Digest::parse(&format!("sha512:{}", "0".repeat(128))).unwrap();
        // Source: FIPS 180-4 examples, "abc".
        assert!(digest_like(&long, b"abc").as_str().starts_with("sha512:ddaf35a193617abacc417349ae204131"));
        assert_eq!(digest_like(&Digest::of(b""), b"abc"), Digest::of(b"abc"));
    }
}
