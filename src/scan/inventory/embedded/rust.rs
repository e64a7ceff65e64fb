//! The crates of a Rust program that was built with audit data: JSON, packed with zlib, in the section `.dep-v0`.
//!
//! Source: the format's description in the project cargo-auditable.

use super::elf::Elf;
use super::package;
use crate::scan::{Package, PackageKind};
use serde::Deserialize;
use std::io::{Read, Seek};

/// The list has at most so many bytes, packed or not.
const LONGEST: u64 = 8 << 20;

#[derive(Deserialize)]
struct List {
    packages: Vec<Crate>,
}

#[derive(Deserialize)]
struct Crate {
    name: String,
    version: String,
    #[serde(default)]
    kind: Option<String>,
}

/// The crates in a program; none where it holds no list.
pub(super) fn packages<F: Read + Seek>(path: &str, elf: &mut Elf<'_, F>) -> Result<Vec<Package>, String> {
    let Some(part) = elf.sections.iter().find(|part| part.name == ".dep-v0").cloned() else { return Ok(Vec::new()) };
    let wrong = |error: &dyn std::fmt::Display| format!("its list of crates cannot be read: {error}");
    let packed = elf.at(part.offset, part.size.min(LONGEST)).map_err(|error| wrong(&error))?;
    let mut plain = Vec::new();
    let size = flate2::read::ZlibDecoder::new(&packed[..]).take(LONGEST + 1).read_to_end(&mut plain).map_err(|error| wrong(&error))?;
    if size as u64 > LONGEST {
        return Err(wrong(&format_args!("it has more than {LONGEST} bytes")));
    }
    let list: List = serde_json::from_slice(&plain).map_err(|error| wrong(&error))?;
    // What only built the program is not in it.
    let inside = list.packages.into_iter().filter(|one| one.kind.as_deref().is_none_or(|kind| kind == "runtime"));
    Ok(inside.map(|one| package(PackageKind::Cargo, &one.name, &one.version, path)).collect())
}
