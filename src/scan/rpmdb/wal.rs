//! The log beside an SQLite database: pages that were written and not yet brought home.
//!
//! Source: the SQLite project's "WAL-mode File Format".

use super::pages::{at, big};
use super::{Bytes, RpmError};
use std::collections::HashMap;

const HEAD: u64 = 32;
const FRAME: u64 = 24;

/// Pages of the log that count.
pub(super) struct Log<'a> {
    file: &'a mut dyn Bytes,
    page: usize,
    /// Where each page stands.
    places: HashMap<u32, u64>,
}

impl<'a> Log<'a> {
    /// Finds the pages of all that was committed. None: there is nothing of use in it.
    pub fn read(file: &'a mut dyn Bytes, page: usize) -> Result<Option<Self>, RpmError> {
        let length = file.seek(std::io::SeekFrom::End(0))?;
        if length < HEAD {
            return Ok(None);
        }
        let head = at(file, 0, HEAD as usize)?;
        if !matches!(big(&head, 0)?, 0x377f_0682 | 0x377f_0683) || big(&head, 8)? as usize != page {
            return Ok(None);
        }
        let step = FRAME + page as u64;
        let (mut places, mut open) = (HashMap::new(), Vec::new());
        for start in (0..(length - HEAD) / step).map(|number| HEAD + number * step) {
            let frame = at(file, start, FRAME as usize)?;
            // Frames of an earlier round have other salts.
            if frame[8..16] != head[16..24] {
                break;
            }
            open.push((big(&frame, 0)?, start + FRAME));
            if big(&frame, 4)? != 0 {
                places.extend(open.drain(..));
            }
        }
        Ok(Some(Self { file, page, places }))
    }

    /// How many pages it holds.
    pub fn pages(&self) -> u64 {
        self.places.len() as u64
    }

    /// A page, where the log has it.
    pub fn page(&mut self, number: u32) -> Result<Option<Vec<u8>>, RpmError> {
        self.places.get(&number).map(|place| at(self.file, *place, self.page)).transpose()
    }
}
