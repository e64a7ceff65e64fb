//! The one shape of what reads files that tell of packages.

use crate::scan::rpmdb::Bytes;
use crate::scan::{Content, LayerRecord, Package, PackageKind};
use std::fs::File;
use std::io::{self, Cursor, Read};

/// A text that tells of packages has at most so many bytes; a Debian status file of 10,000 packages has 12 MiB.
const LONGEST: u64 = 64 << 20;

/// What reads one form of file.
#[derive(Clone, Copy)]
pub(super) struct Cataloguer {
    /// What it finds.
    pub kind: PackageKind,
    /// Whether it reads the file at this clean path.
    pub wants: fn(&str) -> bool,
    /// Whether it needs this file beside one that it reads.
    pub beside: fn(&str) -> bool,
    /// Whether one file tells of many packages: then the layer of a package is the one whose file told of it first.
    pub database: bool,
    /// Reads a file.
    pub read: fn(&Evidence<'_>) -> Reading,
}

/// What a file tells.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The packages; their layers are not known here and 0.
    pub packages: Vec<Package>,
    /// What could not be read of it.
    pub troubles: Vec<String>,
}

/// No file beside is needed.
pub(super) fn alone(_: &str) -> bool {
    false
}

/// A file that tells of packages.
pub(super) struct Evidence<'a> {
    /// What it tells of.
    pub kind: PackageKind,
    /// Where it stands: a clean path.
    pub path: &'a str,
    /// Its bytes.
    pub content: &'a Content,
    /// The layer that brought it.
    pub layer: &'a LayerRecord,
}

impl<'a> Evidence<'a> {
    /// The file, to be read.
    pub fn open(&self) -> io::Result<Box<dyn Bytes + 'a>> {
        match self.content {
            Content::Held(bytes) => Ok(Box::new(Cursor::new(bytes.as_ref()))),
            Content::Spooled(copy) => Ok(Box::new(File::open(copy)?)),
            Content::TooLarge(size) => Err(io::Error::other(format!("it has {size} bytes, more than is read"))),
        }
    }

    /// All of it as text; what is no UTF-8 becomes replacement characters.
    pub fn text(&self) -> io::Result<String> {
        let mut bytes = Vec::new();
        if self.open()?.take(LONGEST + 1).read_to_end(&mut bytes)? as u64 > LONGEST {
            return Err(io::Error::other(format!("it has more than {LONGEST} bytes")));
        }
        Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// A package that this file tells of.
    pub fn package(&self, name: &str, version: &str) -> Package {
        package(self.kind, name, version, self.path)
    }

    /// The file of the same folder whose name ends in another way.
    pub fn with_suffix(&self, suffix: &str) -> Option<Evidence<'a>> {
        let path = self.layer.contents.iter().rev().find(|(path, _)| path.strip_prefix(self.path) == Some(suffix));
        path.map(|(path, content)| Evidence { path, content, ..*self })
    }
}

/// A package without anything that its kind may not have.
pub(super) fn package(kind: PackageKind, name: &str, version: &str, location: &str) -> Package {
    Package {
        kind,
        name: name.to_owned(),
        version: version.to_owned(),
        arch: None,
        source: None,
        licenses: Vec::new(),
        location: location.to_owned(),
        layer: 0,
    }
}

impl Reading {
    /// From a file that is text.
    pub fn of_text(evidence: &Evidence<'_>, read: impl FnOnce(&str, &mut Self)) -> Self {
        let mut reading = Self::default();
        match evidence.text() {
            Ok(text) => read(&text, &mut reading),
            Err(error) => reading.troubles.push(format!("{}: {error}", evidence.path)),
        }
        reading
    }

    /// Notes what is wrong with the file.
    pub fn trouble(&mut self, evidence: &Evidence<'_>, what: impl std::fmt::Display) {
        self.troubles.push(format!("{}: {what}", evidence.path));
    }
}
