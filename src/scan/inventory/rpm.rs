//! RPM's packages, from its database.

use super::cataloguer::{Cataloguer, Evidence, Reading};
use crate::scan::rpmdb::{self, Header, tag};
use crate::scan::{Package, PackageKind, Source};

pub(super) const CATALOGUER: Cataloguer =
    Cataloguer { kind: PackageKind::Rpm, wants: rpmdb::is_database, beside: rpmdb::is_log, database: true, read };

fn read(evidence: &Evidence<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut nameless = false;
    let done = evidence.open().map_err(Into::into).and_then(|mut file| {
        let mut log = evidence.with_suffix(rpmdb::WAL).map(|log| log.open()).transpose()?;
        let log = log.as_mut().map(|log| &mut **log as &mut dyn rpmdb::Bytes);
        rpmdb::headers(&mut *file, log, &mut |header| match package(evidence, &header) {
            Some(package) => reading.packages.push(package),
            None => nameless = true,
        })
    });
    if let Err(error) = done {
        reading.trouble(evidence, error);
    }
    if nameless {
        reading.trouble(evidence, "a package has no name, version or release");
    }
    // Keys that rpm trusts stand among its packages.
    reading.packages.retain(|package| package.name != "gpg-pubkey");
    reading
}

fn package(evidence: &Evidence<'_>, header: &Header) -> Option<Package> {
    let name = header.text(tag::NAME)?;
    let release = format!("{}-{}", header.text(tag::VERSION)?, header.text(tag::RELEASE)?);
    let version = match header.numbers(tag::EPOCH).first() {
        Some(epoch) => format!("{epoch}:{release}"),
        None => release,
    };
    Some(Package {
        arch: header.text(tag::ARCH).map(str::to_owned),
        source: header.text(tag::SOURCERPM).and_then(source),
        licenses: header.text(tag::LICENSE).map(str::to_owned).into_iter().collect(),
        ..evidence.package(name, &version)
    })
}

/// `NAME-VERSION-RELEASE.src.rpm`.
fn source(file: &str) -> Option<Source> {
    let whole = file.strip_suffix(".src.rpm").or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let (rest, release) = whole.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    Some(Source { name: name.to_owned(), version: format!("{version}-{release}") })
}
