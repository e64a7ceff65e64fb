//! One block of a tar that describes what follows. Source: POSIX.1-2024, pax, "ustar Interchange Format"; GNU tar, `tar.h`;
//! where they leave room, Go's `archive/tar`, with which engines read.

use std::io;

/// A block.
pub(in crate::archive) const BLOCK: usize = 512;

/// A piece of a file with holes: where it stands in the file, and how many bytes it has.
pub(super) type Piece = (u64, u64);

/// A header.
pub(super) struct Header([u8; BLOCK]);

/// Who wrote it, as far as fields differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Old,
    Ustar,
    Star,
    Gnu,
}

/// Whether a block is the header of something.
pub(in crate::archive) fn is_header(block: &[u8]) -> bool {
    <&[u8; BLOCK]>::try_from(block).is_ok_and(checksum_fits)
}

fn checksum_fits(block: &[u8; BLOCK]) -> bool {
    let Ok(said) = number(&block[148..156]) else { return false };
    let bytes = || block[..148].iter().chain(&[b' '; 8]).chain(&block[156..]);
    let unsigned: i64 = bytes().map(|byte| i64::from(*byte)).sum();
    // Old programs added signed bytes.
    said == unsigned || said == bytes().map(|byte| i64::from(byte.cast_signed())).sum::<i64>()
}

impl Header {
    /// Reads a block that is not all zeros.
    pub(super) fn of(block: [u8; BLOCK]) -> io::Result<Self> {
        if checksum_fits(&block) { Ok(Self(block)) } else { Err(invalid("a header of the tar has another checksum")) }
    }

    pub(super) fn flag(&self) -> u8 {
        self.0[156]
    }

    pub(super) fn size(&self) -> io::Result<u64> {
        u64::try_from(number(&self.0[124..136])?).map_err(|_| invalid("a file of the tar has a negative size"))
    }

    /// Its path, with the folder that ustar keeps elsewhere.
    pub(super) fn path(&self) -> String {
        let name = text(&self.0[..100]);
        let prefix = match self.format() {
            Format::Ustar => text(&self.0[345..500]),
            Format::Star => text(&self.0[345..476]),
            _ => String::new(),
        };
        if prefix.is_empty() { name } else { format!("{prefix}/{name}") }
    }

    pub(super) fn link(&self) -> String {
        text(&self.0[157..257])
    }

    pub(super) fn mode(&self) -> io::Result<u32> {
        // The lowest twelve bits.
        Ok(u32::try_from(number(&self.0[100..108])? & 0o7777).unwrap_or(0))
    }

    pub(super) fn uid(&self) -> io::Result<u64> {
        number(&self.0[108..116]).map(|id| id.try_into().unwrap_or(0))
    }

    pub(super) fn gid(&self) -> io::Result<u64> {
        number(&self.0[116..124]).map(|id| id.try_into().unwrap_or(0))
    }

    pub(super) fn mtime(&self) -> io::Result<i64> {
        number(&self.0[136..148])
    }

    /// Major and minor number of a device.
    pub(super) fn device(&self) -> io::Result<(u32, u32)> {
        let part = |field: &[u8]| Ok::<u32, io::Error>(number(field)?.try_into().unwrap_or(0));
        if self.format() == Format::Old { Ok((0, 0)) } else { Ok((part(&self.0[329..337])?, part(&self.0[337..345])?)) }
    }

    /// Pieces of a sparse file, whether more follow, and its whole size. Source: GNU tar, "Old GNU Format".
    pub(super) fn sparse(&self) -> io::Result<(Vec<Piece>, bool, u64)> {
        let size = number(&self.0[483..495])?;
        let size = u64::try_from(size).map_err(|_| invalid("a sparse file of the tar has a negative size"))?;
        Ok((pieces(&self.0[386..482])?, self.0[482] != 0, size))
    }

    fn format(&self) -> Format {
        match &self.0[257..265] {
            b"ustar\x0000" if &self.0[508..] == b"tar\0" => Format::Star,
            b"ustar\x0000" => Format::Ustar,
            b"ustar  \0" => Format::Gnu,
            _ => Format::Old,
        }
    }
}

/// Pieces in fields of 24 bytes, as far as they are filled in.
pub(super) fn pieces(fields: &[u8]) -> io::Result<Vec<Piece>> {
    let filled = fields.chunks_exact(24).take_while(|field| field[0] != 0);
    filled
        .map(|field| match (u64::try_from(number(&field[..12])?), u64::try_from(number(&field[12..])?)) {
            (Ok(offset), Ok(length)) => Ok((offset, length)),
            _ => Err(invalid("a sparse file of the tar has a piece in front of its beginning")),
        })
        .collect()
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// A number: octal digits, or with the first bit set base 256. A field that nobody filled in is 0.
fn number(field: &[u8]) -> io::Result<i64> {
    if field[0] & 0x80 != 0 {
        return base_256(field);
    }
    let filling = |byte: &u8| matches!(byte, 0 | b' ');
    let start = field.iter().position(|byte| !filling(byte)).unwrap_or(field.len());
    let digits = field[start..].iter().take_while(|byte| !filling(byte));
    digits.clone().try_fold(0_i64, |number, byte| match byte {
        b'0'..=b'7' => {
            number.checked_mul(8).map(|number| number + i64::from(byte - b'0')).ok_or_else(|| invalid("a number of the tar is too large"))
        }
        _ => Err(invalid("a header of the tar has a number that is none")),
    })
}

fn base_256(field: &[u8]) -> io::Result<i64> {
    let negative = field[0] & 0x40 != 0;
    let first = if negative { field[0] } else { field[0] & 0x7f };
    let start = if negative { -1_i128 } else { 0 };
    let bytes = std::iter::once(&first).chain(&field[1..]);
    // At most twelve bytes: they fit.
    let number = bytes.fold(start, |number, byte| number << 8 | i128::from(*byte));
    i64::try_from(number).map_err(|_| invalid("a number of the tar is too large"))
}

pub(super) fn invalid(text: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_binary() {
        assert_eq!(number(b"0000644\0").unwrap(), 0o644);
        assert_eq!(number(b"   644 \0").unwrap(), 0o644);
        assert_eq!(number(&[0; 8]).unwrap(), 0);
        assert_eq!(number(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]).unwrap(), 65536);
        assert_eq!(number(&[0xff; 12]).unwrap(), -1);
        assert!(number(&[0x80, 0, 0, 0xff, 0, 0, 0, 0, 0, 1, 0, 0]).is_err(), "more than a file can have");
        assert!(number(b"00x0644\0").is_err());
    }
}
