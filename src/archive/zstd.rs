//! Zstandard: any number of frames, one after the other. Source: RFC 8878.

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, BufRead, Read};

/// The largest window that is kept, in bytes; `zstd --long` goes so far without being told more.
const WINDOW: u64 = 128 << 20;

/// How many bytes are unpacked at once.
const PIECE: usize = 128 << 10;

/// Unpacks.
pub struct Zstd<R> {
    from: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> Zstd<R> {
    pub fn new(from: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW);
        Self { from, decoder, in_frame: false }
    }

    /// Begins the next frame; false at the end.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.from.fill_buf()?.is_empty() {
            let mut magic = [0; 4];
            self.from.read_exact(&mut magic)?;
            if magic[0] & 0xf0 != 0x50 || magic[1..] != [0x2a, 0x4d, 0x18] {
                self.decoder.reset(magic.as_slice().chain(&mut self.from)).map_err(wrong)?;
                self.in_frame = true;
                return Ok(true);
            }
            let mut size = [0; 4];
            self.from.read_exact(&mut size)?;
            let size = u64::from(u32::from_le_bytes(size));
            if io::copy(&mut self.from.by_ref().take(size), &mut io::sink())? < size {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.in_frame && !self.begin()? {
                return Ok(0);
            }
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(to);
            }
            if self.decoder.is_finished() {
                self.in_frame = false;
                continue;
            }
            self.decoder.decode_blocks(&mut self.from, BlockDecodingStrategy::UptoBytes(PIECE)).map_err(wrong)?;
        }
    }
}

fn wrong(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut found = Vec::new();
        Zstd::new(bytes).read_to_end(&mut found).map(|_| found)
    }

    #[test]
    fn frames_follow_each_other() {
        let [one, two] = [vec![b'a'; 300_000], (0..70_000_u32).flat_map(u32::to_le_bytes).collect()];
        let [first, second] = [&one, &two].map(|bytes| compress_to_vec(bytes.as_slice(), CompressionLevel::Fastest));
        let skipped = [0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        let all = [skipped.as_slice(), &first, &skipped, &second, &skipped].concat();
        assert_eq!(unpacked(&all).unwrap(), [one, two].concat());
        assert_eq!(unpacked(b"").unwrap(), b"");
    }

    #[test]
    fn damage_is_an_error() {
        let packed = compress_to_vec([b'x'; 5000].as_slice(), CompressionLevel::Fastest);
        assert!(unpacked(&packed[..packed.len() - 3]).is_err());
        assert!(unpacked(&[&packed[..], b"rest"].concat()).is_err());
        assert!(unpacked(&[0x50, 0x2a, 0x4d, 0x18, 9, 0, 0, 0, 1]).is_err());
        // A window of terabytes.
        assert!(unpacked(&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0, 0, 0]).is_err());
    }
}
