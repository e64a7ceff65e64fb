//! Where bytes go while they come.

use crate::name::Digest;
use crate::registry::Checker;
use bytes::BytesMut;
use std::fs::File;
use std::io::{self, Seek as _, Write as _};

/// Memory or a file.
pub(super) enum Place<'a> {
    Memory(&'a mut BytesMut),
    File(&'a mut File),
}

/// What comes, counted and digested.
pub(super) struct Sink<'a> {
    place: Place<'a>,
    count: u64,
    limit: u64,
    checker: Option<Checker>,
}

/// Why a piece is not taken.
pub(super) enum Full {
    TooLarge,
    Io(io::Error),
}

impl<'a> Sink<'a> {
    pub(super) fn new(place: Place<'a>, limit: u64) -> Self {
        Self { place, count: 0, limit, checker: None }
    }

    /// Forgets what came: another try begins. There will be a digest like this one.
    pub(super) fn restart(&mut self, like: Option<&Digest>) -> io::Result<()> {
        self.count = 0;
        self.checker = like.map(Checker::like);
        match &mut self.place {
            Place::Memory(bytes) => bytes.clear(),
            Place::File(file) => {
                file.set_len(0)?;
                file.rewind()?;
            }
        }
        Ok(())
    }

    /// Takes a piece.
    pub(super) fn take(&mut self, piece: &[u8]) -> Result<(), Full> {
        self.count += piece.len() as u64;
        if self.count > self.limit {
            return Err(Full::TooLarge);
        }
        if let Some(checker) = &mut self.checker {
            checker.update(piece);
        }
        match &mut self.place {
            Place::Memory(bytes) => bytes.extend_from_slice(piece),
            Place::File(file) => file.write_all(piece).map_err(Full::Io)?,
        }
        Ok(())
    }

    /// The digest of what came, where one was wanted.
    pub(super) fn found(&mut self) -> Option<Digest> {
        self.checker.take().map(Checker::finish)
    }
}
