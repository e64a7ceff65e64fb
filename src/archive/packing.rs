//! What a layer is compressed with.

use super::tar::is_header;
use super::zstd::Zstd;
use flate2::bufread::MultiGzDecoder;
use std::io::{BufReader, Read};

/// How many bytes tell what a file is: a block of tar.
pub const HEAD: usize = 512;

/// How much is taken at once of what is compressed.
const PIECE: usize = 64 << 10;

/// How a layer is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// A tar as it is.
    Plain,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Packing {
    /// By the first [`HEAD`] bytes, or fewer of a file that has fewer; a name says nothing. None: it is no layer.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            // A tar without entries is nothing but zeros.
            _ if head.len() == HEAD && (is_header(head) || head.iter().all(|byte| *byte == 0)) => Some(Self::Plain),
            _ => None,
        }
    }

    /// The bytes of the tar in a layer.
    pub fn open<'a>(self, from: impl Read + 'a) -> Box<dyn Read + 'a> {
        match self {
            Self::Plain => Box::new(from),
            Self::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(PIECE, from))),
            Self::Zstd => Box::new(Zstd::new(BufReader::with_capacity(PIECE, from))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell() {
        assert_eq!(Packing::of(&[0x1f, 0x8b, 8]), Some(Packing::Gzip));
        assert_eq!(Packing::of(&[0x28, 0xb5, 0x2f, 0xfd, 0]), Some(Packing::Zstd));
        assert_eq!(Packing::of(&[0x50, 0x2a, 0x4d, 0x18]), Some(Packing::Zstd), "a frame that is passed over comes first");
        assert_eq!(Packing::of(&[0; HEAD]), Some(Packing::Plain));
        assert_eq!(Packing::of(&[0; HEAD - 1]), None);
        assert_eq!(Packing::of(&[b'x'; HEAD]), None);
        // A header from before ustar has no mark, but its checksum.
        let mut header = ::tar::Header::new_old();
        header.set_path("a").unwrap();
        header.set_cksum();
        assert_eq!(Packing::of(header.as_bytes()), Some(Packing::Plain));
    }
}
