//! Alpine's packages: `lib/apk/db/installed`. Source: Alpine's page "Apk spec", "Installed database V2".

use super::cataloguer::{Cataloguer, Evidence, Reading, alone};
use crate::scan::{Package, PackageKind, Source};

pub(super) const CATALOGUER: Cataloguer =
    Cataloguer { kind: PackageKind::Apk, wants: |path| path.ends_with("/lib/apk/db/installed"), beside: alone, database: true, read };

fn read(evidence: &Evidence<'_>) -> Reading {
    Reading::of_text(evidence, |text, reading| {
        let mut block = Block::default();
        // The empty line behind the last package may be missing.
        for line in text.lines().chain([""]) {
            if line.is_empty() {
                let whole = std::mem::take(&mut block);
                if whole.seen {
                    match whole.package(evidence) {
                        Some(package) => reading.packages.push(package),
                        None => reading.trouble(evidence, "a package has no P: (name) or no V: (version)"),
                    }
                }
            } else {
                block.take(line);
            }
        }
    })
}

/// The fields of a package; files of it follow in others.
#[derive(Default)]
struct Block<'a> {
    seen: bool,
    name: Option<&'a str>,
    version: Option<&'a str>,
    arch: Option<&'a str>,
    origin: Option<&'a str>,
    license: Option<&'a str>,
}

impl<'a> Block<'a> {
    fn take(&mut self, line: &'a str) {
        self.seen = true;
        let Some((field, value)) = line.split_once(':') else { return };
        let place = match field {
            "P" => &mut self.name,
            "V" => &mut self.version,
            "A" => &mut self.arch,
            "o" => &mut self.origin,
            "L" => &mut self.license,
            _ => return,
        };
        *place = Some(value.trim()).filter(|value| !value.is_empty());
    }

    fn package(&self, evidence: &Evidence<'_>) -> Option<Package> {
        let (name, version) = (self.name?, self.version?);
        Some(Package {
            arch: self.arch.map(str::to_owned),
            source: Some(Source { name: self.origin.unwrap_or(name).to_owned(), version: version.to_owned() }),
            licenses: self.license.map(str::to_owned).into_iter().collect(),
            ..evidence.package(name, version)
        })
    }
}
