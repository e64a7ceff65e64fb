//! Archives: Java's, with archives in them, and Python's eggs. How much is unpacked of one file has limits.

use super::java;
use crate::scan::Package;
use crate::scan::inventory::python;
use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;
use tempfile::SpooledTempFile;
use zip::ZipArchive;

/// The ends of the names of Java's archives; Jenkins, Liferay, NiFi and Karaf have their own.
const JAVA: [&str; 10] = [".jar", ".war", ".ear", ".par", ".sar", ".nar", ".jpi", ".hpi", ".kar", ".lpkg"];
const EGG: &str = ".egg";

/// Archives in archives are followed so deep.
const DEEPEST: usize = 5;
/// One file is unpacked to so many bytes at most, all archives in it together.
const MOST: u64 = 1 << 30;
/// A text in an archive has at most so many bytes.
const TEXT: u64 = 1 << 20;
/// An archive names at most so many entries.
const ENTRIES: usize = 200_000;
/// The list of entries of an archive has at most so many bytes; it is in memory as a whole, several times as large.
const LIST: u64 = 24 << 20;
/// An archive in an archive is held in memory up to this size, else in a temporary file.
const HELD: usize = 1 << 20;

/// Whether this is the name of an archive.
pub(super) fn is_archive(path: &str) -> bool {
    is_java(path) || ends(path, EGG)
}

fn is_java(path: &str) -> bool {
    JAVA.iter().any(|end| ends(path, end))
}

fn ends(path: &str, end: &str) -> bool {
    path.len().checked_sub(end.len()).and_then(|at| path.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// The packages of an archive and of those in it. What was found before something went wrong is kept.
pub(super) fn read(path: &str, file: &mut (impl Read + Seek), packages: &mut Vec<Package>) -> Result<(), String> {
    let mut reader = Reader { path, left: MOST, packages };
    reader.archive(path, file, DEEPEST)
}

/// An archive of which only so many bytes are read: a megabyte that unpacks to a list of millions of entries would fill the
/// memory before anybody can count them.
struct Metered<'a, F> {
    file: &'a mut F,
    left: Rc<Cell<u64>>,
}

impl<F: Read> Read for Metered<'_, F> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(to)?;
        let left = self.left.get().checked_sub(read as u64);
        self.left.set(left.ok_or_else(|| io::Error::other(format!("its list of entries has more than {LIST} bytes")))?);
        Ok(read)
    }
}

impl<F: Seek> Seek for Metered<'_, F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

struct Reader<'a> {
    /// The file that all of it stands in.
    path: &'a str,
    left: u64,
    packages: &'a mut Vec<Package>,
}

impl Reader<'_> {
    fn archive(&mut self, name: &str, file: &mut (impl Read + Seek), depth: usize) -> Result<(), String> {
        let wrong = |error: &dyn std::fmt::Display| format!("the archive {name} cannot be read: {error}");
        let left = Rc::new(Cell::new(LIST));
        let mut archive = ZipArchive::new(Metered { file, left: left.clone() }).map_err(|error| wrong(&error))?;
        // What is unpacked later is counted by itself.
        left.set(u64::MAX);
        if archive.len() > ENTRIES {
            return Err(wrong(&format_args!("it has {} entries, more than {ENTRIES}", archive.len())));
        }
        let names: Vec<String> = archive.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned).collect();
        if ends(name, EGG) {
            let text = self.text(&mut archive, "EGG-INFO/PKG-INFO").map_err(|error| wrong(&error))?;
            self.packages.extend(text.and_then(|text| python::described(&text, self.path).ok()));
            return Ok(());
        }
        let mut poms = Vec::new();
        for entry in names.iter().filter(|entry| java::is_pom(entry)) {
            let text = self.text(&mut archive, entry).map_err(|error| wrong(&error))?;
            poms.extend(text.and_then(|text| java::pom(&text)));
        }
        let manifest = self.text(&mut archive, java::MANIFEST).map_err(|error| wrong(&error))?.unwrap_or_default();
        self.packages.extend(java::packages(self.path, name, &poms, &manifest));
        for entry in names.iter().filter(|entry| is_java(entry)) {
            let depth = depth.checked_sub(1).ok_or_else(|| wrong(&format_args!("archives stand in it more than {DEEPEST} deep")))?;
            let mut inner = self.unpacked(&mut archive, entry).map_err(|error| wrong(&error))?;
            self.archive(entry, &mut inner, depth)?;
        }
        Ok(())
    }

    fn text(&mut self, archive: &mut ZipArchive<impl Read + Seek>, entry: &str) -> Result<Option<String>, String> {
        let Some(index) = archive.index_for_name(entry) else { return Ok(None) };
        let mut bytes = Vec::new();
        let opened = archive.by_index(index).map_err(|error| format!("{entry}: {error}"))?;
        let limit = TEXT.min(self.left);
        let size = opened.take(limit + 1).read_to_end(&mut bytes).map_err(|error| format!("{entry}: {error}"))? as u64;
        if size > limit {
            return Err(format!("{entry} has more than {limit} bytes"));
        }
        self.left -= size;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn unpacked(&mut self, archive: &mut ZipArchive<impl Read + Seek>, entry: &str) -> Result<SpooledTempFile, String> {
        let opened = archive.by_name(entry).map_err(|error| format!("{entry}: {error}"))?;
        let mut copy = SpooledTempFile::new(HELD);
        let size = std::io::copy(&mut opened.take(self.left + 1), &mut copy).map_err(|error| format!("{entry}: {error}"))?;
        self.left = self.left.checked_sub(size).ok_or_else(|| format!("it unpacks to more than {MOST} bytes"))?;
        copy.seek(SeekFrom::Start(0)).map_err(|error| format!("{entry}: {error}"))?;
        Ok(copy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write as _};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    #[test]
    fn a_list_of_entries_that_is_a_bomb_is_not_read() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for at in 0..500 {
            writer.start_file(format!("{at:0>60000}"), SimpleFileOptions::default()).unwrap();
        }
        let inner = writer.finish().unwrap().into_inner();
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("inner.jar", SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated)).unwrap();
        writer.write_all(&inner).unwrap();
        let outer = writer.finish().unwrap().into_inner();
        assert!(outer.len() < inner.len() / 50);
        let error = read("/app/a-1.jar", &mut Cursor::new(outer), &mut Vec::new()).unwrap_err();
        assert!(error.contains("inner.jar") && error.contains("list of entries has more than"), "{error}");
    }
}
