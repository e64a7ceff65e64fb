//! What packages record of their files, in one form for all kinds.

use crate::layers::Device;
use crate::scan::file_capabilities::FileCapabilities;

/// A package whose files are verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its name.
    pub name: String,
    /// Its version; empty where nobody says it.
    pub version: String,
}

/// A digest of a file's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    /// MD5.
    Md5([u8; 16]),
    /// SHA-256.
    Sha256([u8; 32]),
}

/// What is recorded of one file; what is not recorded is not compared.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Where it stands, as the package says it: folders may be links.
    pub path: String,
    /// The place of its package.
    pub owner: usize,
    /// Of its bytes.
    pub sum: Option<Sum>,
    /// In bytes.
    pub size: Option<u64>,
    /// What it is and its permissions, as `st_mode`; without what it is, that is not compared.
    pub mode: Option<u32>,
    /// The name or number of its user.
    pub user: Option<String>,
    /// The name or number of its group.
    pub group: Option<String>,
    /// The text of the link.
    pub link: Option<String>,
    /// Seconds since 1970.
    pub mtime: Option<i64>,
    /// Which device it is, with the lowest eight bits of each number; the inner one is none for what is none.
    pub device: Option<Option<Device>>,
    /// What it may do.
    pub capabilities: Option<FileCapabilities>,
    /// Whether it may be changed or removed by whoever runs the machine.
    pub config: bool,
    /// Whether it may be missing.
    pub optional: bool,
    /// Whether it is documentation.
    pub documentation: bool,
}

/// All that is recorded.
#[derive(Debug, Default)]
pub struct Records {
    /// The packages.
    pub owners: Vec<Owner>,
    /// Their files.
    pub files: Vec<Recorded>,
    /// Packages whose digests are of kinds that layers are not read with.
    pub not_summed: Vec<String>,
    /// What could not be read.
    pub errors: Vec<String>,
}

impl Sum {
    /// From hexadecimal digits; none of other lengths.
    pub fn parse(text: &str) -> Option<Self> {
        match text.len() {
            32 => bytes(text).map(Self::Md5),
            64 => bytes(text).map(Self::Sha256),
            _ => None,
        }
    }
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_told_by_their_length() {
        assert_eq!(Sum::parse("000102030405060708090a0b0c0d0e0F"), Some(Sum::Md5([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])));
        assert_eq!(Sum::parse(&"ff".repeat(32)), Some(Sum::Sha256([255; 32])));
        assert_eq!((Sum::parse("00"), Sum::parse(&"é".repeat(16)), Sum::parse(&"zz".repeat(16))), (None, None, None));
    }
}
