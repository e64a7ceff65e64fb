//! The modules of a Go program: its build information. Source: the package `debug/buildinfo` of Go's library, its description of
//! the format.

use super::elf::Elf;
use super::package;
use crate::scan::{Package, PackageKind};
use std::io::{self, Read, Seek};

const MAGIC: &[u8] = b"\xff Go buildinf:";
/// It begins at a multiple of this.
const ALIGNMENT: usize = 16;
/// In a program without sections it is at the beginning of what may be written.
const SEARCHED: u64 = 64 << 10;
/// The list of modules has at most so many bytes.
const LONGEST: u64 = 4 << 20;
/// The list stands between marks of this length.
const MARK: usize = 16;
/// What the compiler writes where it knows no version.
const UNKNOWN: &str = "(devel)";

/// The modules of a program; none where it is not Go's.
pub(super) fn packages<F: Read + Seek>(path: &str, elf: &mut Elf<'_, F>) -> Result<Vec<Package>, String> {
    let told = information(elf).map_err(|error| format!("its build information cannot be read: {error}"))?;
    let Some((version, modules)) = told else { return Ok(Vec::new()) };
    let of = |name: &str, version: &str| package(PackageKind::Golang, name, version, path);
    let mut found: Vec<Package> = listed(&modules).iter().map(|module| of(module.name, &module.version)).collect();
    if let Some(version) = version.split_whitespace().next().and_then(|version| version.strip_prefix("go")) {
        found.push(of("stdlib", version));
    }
    Ok(found)
}

/// The compiler's version and the list of modules.
fn information<F: Read + Seek>(elf: &mut Elf<'_, F>) -> io::Result<Option<(String, String)>> {
    let section = elf.sections.iter().find(|part| part.name == ".go.buildinfo");
    let Some(part) = section.or_else(|| elf.segments.iter().find(|part| part.writable)) else { return Ok(None) };
    let start = part.offset;
    let bytes = elf.at(start, SEARCHED)?;
    let Some(at) = bytes.chunks(ALIGNMENT).position(|chunk| chunk.starts_with(MAGIC)) else { return Ok(None) };
    let head = &bytes[at * ALIGNMENT..];
    let flags = head.get(15).copied().unwrap_or_default();
    let (version, modules) = if flags & 2 != 0 {
        inline(&elf.at(start + (at * ALIGNMENT + 32) as u64, LONGEST)?)
    } else {
        let places = [0, elf.width()].map(|at| elf.word(head, 16 + at));
        (pointed(elf, places[0])?, pointed(elf, places[1])?)
    };
    let modules = if modules.len() > 2 * MARK { &modules[MARK..modules.len() - MARK] } else { &[] };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Some((text(&version), text(modules))))
}

/// Two texts, each behind its length.
fn inline(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut rest = bytes;
    let mut next = || {
        let (mut size, mut shift) = (0usize, 0);
        while let Some((byte, behind)) = rest.split_first() {
            rest = behind;
            size |= usize::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let (text, behind) = rest.split_at(size.min(rest.len()));
        rest = behind;
        text.to_vec()
    };
    (next(), next())
}

/// A text of a program of before Go 1.18: an address leads to its address and length.
fn pointed<F: Read + Seek>(elf: &mut Elf<'_, F>, place: u64) -> io::Result<Vec<u8>> {
    let width = elf.width();
    let head = elf.at_address(place, 2 * width as u64)?;
    let (address, size) = (elf.word(&head, 0), elf.word(&head, width));
    elf.at_address(address, size.min(LONGEST))
}

struct Module<'a> {
    name: &'a str,
    version: String,
}

/// The modules of the list: `mod` (the program's own), `dep`, and `=>` for what stands in place of the one before.
fn listed(text: &str) -> Vec<Module<'_>> {
    let mut found: Vec<Module<'_>> = Vec::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        let (kind, name, version) = (fields.next(), fields.next(), fields.next());
        let (Some(kind @ ("mod" | "dep" | "=>")), Some(name)) = (kind, name) else { continue };
        let own = kind == "mod";
        let version = version.filter(|version| !version.is_empty() && *version != UNKNOWN).map(str::to_owned);
        let version = version.or_else(|| own.then(|| committed(text)).flatten()).unwrap_or_else(|| UNKNOWN.to_owned());
        if kind == "=>" {
            found.pop();
        }
        found.push(Module { name, version });
    }
    found
}

/// The version of a commit as Go writes it: `v0.0.0-TIME-COMMIT`. Source: Go's reference of modules, "Pseudo-versions".
fn committed(text: &str) -> Option<String> {
    let said = |key: &str| text.lines().find_map(|line| line.strip_prefix("build\t")?.strip_prefix(key)?.strip_prefix('='));
    let (commit, time) = (said("vcs.revision")?, said("vcs.time")?);
    let time: String = time.chars().filter(char::is_ascii_digit).take(14).collect();
    Some(format!("v0.0.0-{time}-{}", commit.get(..12)?))
}
