//! Files with holes.

use super::header::{BLOCK, Header, Piece, invalid, pieces};
use super::pax::{Sparse, number};
use super::{EXTENDED, Tar};
use std::io::{self, Read};

/// The most pieces of a file: more than a megabyte of their list is not read.
const PIECES: usize = (EXTENDED / 24) as usize;

/// Where the bytes of a file stand, and where it has holes.
pub(super) struct Pieces {
    /// Offset and length, in order.
    list: Vec<Piece>,
    at: usize,
    position: u64,
    pub size: u64,
}

impl Pieces {
    /// Checks that they follow each other, lie in the file, and are all in the tar.
    fn new(list: Vec<Piece>, size: u64, stored: u64) -> io::Result<Self> {
        let mut end = 0_u64;
        let mut sum = 0_u64;
        for (offset, length) in &list {
            let next = offset.checked_add(*length).filter(|next| *offset >= end && *next <= size);
            end = next.ok_or_else(|| invalid("the pieces of a sparse file of the tar do not fit"))?;
            sum += length;
        }
        if sum > stored {
            return Err(invalid("a sparse file of the tar has more bytes than stand there"));
        }
        Ok(Self { list, at: 0, position: 0, size })
    }

    /// The next bytes; `stored` reads those that stand in the tar.
    pub(super) fn read(&mut self, to: &mut [u8], stored: impl FnOnce(&mut [u8]) -> io::Result<usize>) -> io::Result<usize> {
        while self.list.get(self.at).is_some_and(|(offset, length)| self.position >= offset + length) {
            self.at += 1;
        }
        let (hole, until) = match self.list.get(self.at) {
            Some((offset, _)) if self.position < *offset => (true, *offset),
            Some((offset, length)) => (false, offset + length),
            None => (true, self.size),
        };
        let most = usize::try_from(until - self.position).map_or(to.len(), |left| left.min(to.len()));
        let read = if hole {
            to[..most].fill(0);
            most
        } else {
            stored(&mut to[..most])?
        };
        self.position += read as u64;
        Ok(read)
    }
}

impl<R: Read> Tar<R> {
    /// The pieces of GNU's own format, the list of which may go on in further blocks.
    pub(super) fn old_pieces(&mut self, header: &Header) -> io::Result<Pieces> {
        let (mut list, mut more, size) = header.sparse()?;
        while more {
            let block = self.block()?.ok_or(io::ErrorKind::UnexpectedEof)?;
            list.extend(pieces(&block[..504])?);
            more = block[504] != 0;
            if list.len() > PIECES {
                return Err(invalid("a sparse file of the tar has too many pieces"));
            }
        }
        Pieces::new(list, size, self.stored)
    }

    /// The pieces that extended headers tell, or that stand in front of the content.
    pub(super) fn pax_pieces(&mut self, sparse: Sparse) -> io::Result<Pieces> {
        let list = if sparse.inside { self.inside()? } else { sparse.pieces };
        Pieces::new(list, sparse.size.unwrap_or(self.stored), self.stored)
    }

    /// Numbers, each in a line: how many pieces there are, then offset and length of each; filled up to a block.
    fn inside(&mut self) -> io::Result<Vec<Piece>> {
        let wrong = || invalid("the list of pieces of a sparse file of the tar is damaged");
        let mut numbers: Vec<u64> = Vec::new();
        let mut digits = Vec::new();
        loop {
            let mut block = [0; BLOCK];
            let mut filled = 0;
            while filled < BLOCK {
                match self.read_stored(&mut block[filled..])? {
                    0 => return Err(wrong()),
                    read => filled += read,
                }
            }
            for byte in block {
                match byte {
                    b'\n' => numbers.push(number(&std::mem::take(&mut digits))?.ok_or_else(wrong)?),
                    byte => digits.push(byte),
                }
                let all = numbers.first().map(|count| count.saturating_mul(2).saturating_add(1));
                if all == Some(numbers.len() as u64) {
                    return Ok(numbers[1..].chunks_exact(2).map(|pair| (pair[0], pair[1])).collect());
                }
            }
            if numbers.first().is_some_and(|count| *count > PIECES as u64) || digits.len() > BLOCK {
                return Err(wrong());
            }
        }
    }
}
