//! Debian's packages: `/var/lib/dpkg/status`, and the files of `status.d` that images without dpkg have.
//!
//! Source: dpkg's deb-control(5) and the fields of its status file.

use super::cataloguer::{Cataloguer, Evidence, Reading, alone};
use crate::scan::paragraphs::{Paragraph, paragraphs};
use crate::scan::{Package, PackageKind, Source};

pub(super) const CATALOGUER: Cataloguer =
    Cataloguer { kind: PackageKind::Deb, wants: |path| path.ends_with("/var/lib/dpkg/status"), beside: alone, database: true, read };

/// One file for each package.
pub(super) const DISTROLESS: Cataloguer = Cataloguer { wants: wants_piece, database: false, ..CATALOGUER };

fn wants_piece(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(folder, name)| folder.ends_with("/var/lib/dpkg/status.d") && !name.ends_with(".md5sums"))
}

fn read(evidence: &Evidence<'_>) -> Reading {
    Reading::of_text(evidence, |text, reading| {
        for paragraph in paragraphs(text).filter(is_there) {
            match package(evidence, &paragraph) {
                Some(package) => reading.packages.push(package),
                None => reading.trouble(evidence, "a paragraph names no Package or no Version"),
            }
        }
    })
}

/// Whether a package's files are there. Source: dpkg(1), "Package states"; a piece of `status.d` says no state.
fn is_there(paragraph: &Paragraph<'_>) -> bool {
    let state = paragraph.get("Status").and_then(|status| status.split_whitespace().nth(2));
    !matches!(state, Some("not-installed" | "config-files"))
}

fn package(evidence: &Evidence<'_>, paragraph: &Paragraph<'_>) -> Option<Package> {
    let filled = |name| paragraph.get(name).filter(|value: &&str| !value.is_empty());
    let (name, version) = (filled("Package")?, filled("Version")?);
    Some(Package {
        arch: filled("Architecture").map(str::to_owned),
        source: Some(source(filled("Source"), name, version)),
        ..evidence.package(name, version)
    })
}

/// `NAME` or `NAME (VERSION)`; what is not said is as the package's.
fn source(field: Option<&str>, name: &str, version: &str) -> Source {
    let field = field.unwrap_or(name);
    let (name, rest) = field.split_once('(').unwrap_or((field, version));
    Source { name: name.trim().to_owned(), version: rest.trim().trim_end_matches(')').trim().to_owned() }
}
