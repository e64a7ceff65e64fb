//! Packages inside programs and archives. They are looked for while the layer is read, so that no program is kept.

use crate::scan::Embedded;
use std::io::{Read, Seek};

/// So many bytes of the beginning of a file tell whether to [`examine`] it.
pub const HEAD: usize = 16;

/// Whether a file may hold packages; `head` is its beginning, [`HEAD`] bytes where it has so many.
pub fn examines(path: &str, head: &[u8]) -> bool {
    let _ = path;
    head.starts_with(b"\x7fELF")
}

/// The packages that a file holds.
pub fn examine(path: &str, file: &mut (impl Read + Seek)) -> Embedded {
    let _ = file;
    Embedded { path: path.to_owned(), packages: Vec::new(), trouble: None }
}
