//! Packages inside programs and archives. They are looked for while the layer is read, so that no program is kept.
//!
//! [`examine`] takes what a file claims as a claim: every length has a limit, and what goes wrong is a trouble.

mod elf;
mod go;
mod java;
mod rust;
mod zip;

use super::cataloguer::package;
use crate::scan::{Embedded, Package};
use elf::Elf;
use std::io::{Read, Seek};

/// So many bytes of the beginning of a file tell whether to [`examine`] it.
pub const HEAD: usize = 20;

/// Whether a file may hold packages; `head` is its beginning, [`HEAD`] bytes where it has so many.
pub fn examines(path: &str, head: &[u8]) -> bool {
    elf::is_program(head) || (zip::is_archive(path) && !head.is_empty())
}

/// The packages that a file holds.
pub fn examine(path: &str, file: &mut (impl Read + Seek)) -> Embedded {
    let mut found = Embedded { path: path.to_owned(), packages: Vec::new(), trouble: None };
    let done = if zip::is_archive(path) { zip::read(path, file, &mut found.packages) } else { programs(path, file, &mut found.packages) };
    found.trouble = done.err();
    found.packages.sort();
    found.packages.dedup();
    found
}

/// What a program of Go or Rust says of itself. One that cannot be read as such is no trouble: it is none of ours.
fn programs(path: &str, file: &mut (impl Read + Seek), packages: &mut Vec<Package>) -> Result<(), String> {
    let Some(mut elf) = Elf::read(file).ok().flatten() else { return Ok(()) };
    packages.extend(go::packages(path, &mut elf)?);
    packages.extend(rust::packages(path, &mut elf)?);
    Ok(())
}
