//! What apk's repositories offer: an index written by hand, signed by openssl as abuild-sign does.

use super::debian::run;
use super::image::{Image, short};
use super::support::site::Site;
use cooperage::scan::PackageKind::Apk;
use std::fs;
use std::path::Path;
use std::process::Command;

const INDEX: &str = "C:Q1aaaa\nP:musl\nV:1.2.5-r1\nA:x86_64\nS:1\nI:1\nT:a test\n\nC:Q1bbbb\nP:busybox\nV:1.36.1-r29\nA:x86_64\n\nC:Q1\nP:other\nV:1-r0\nA:x86_64\n\n";

/// A key; its public part.
fn key(folder: &Path, name: &str) -> Vec<u8> {
    run(Command::new("openssl").args(["genrsa", "-out", name, "2048"]).current_dir(folder));
    run(Command::new("openssl").args(["rsa", "-in", name, "-pubout"]).current_dir(folder))
}

/// The archive of files, packed; `open`: without the end that an archive has, as what stands in front of another one.
fn pack(folder: &Path, files: &[&str], open: bool) -> Vec<u8> {
    let tar = run(Command::new("tar").args(["--format=ustar", "--owner=0", "--group=0", "-c"]).args(files).current_dir(folder));
    let plain = if open { &tar[..512 + fs::metadata(folder.join(files[0])).unwrap().len().div_ceil(512) as usize * 512] } else { &tar };
    fs::write(folder.join("part"), plain).unwrap();
    run(Command::new("gzip").args(["-c", "-n", "part"]).current_dir(folder))
}

/// An index, signed by a key with a digest.
fn signed(folder: &Path, key: &str, digest: &str) -> Vec<u8> {
    fs::write(folder.join("APKINDEX"), INDEX).unwrap();
    fs::write(folder.join("DESCRIPTION"), "test").unwrap();
    let index = pack(folder, &["DESCRIPTION", "APKINDEX"], false);
    fs::write(folder.join("index"), &index).unwrap();
    let kind = if digest == "-sha256" { "RSA256" } else { "RSA" };
    let name = format!(".SIGN.{kind}.{key}.rsa.pub");
    let signature = run(Command::new("openssl").args(["dgst", digest, "-sign", key, "index"]).current_dir(folder));
    fs::write(folder.join(&name), signature).unwrap();
    [pack(folder, &[&name], true), index].concat()
}

fn image(site: &Site, more: &str) -> Image {
    let mut image = Image::with(Apk, &[("musl", "1.2.5-r0", "x86_64"), ("busybox", "1.36.1-r29", "x86_64")]);
    image.file("/etc/apk/arch", "x86_64\n");
    image.file("/etc/apk/repositories", format!("{}\n{more}", site.url("v3/main")));
    image
}

#[test]
fn updates_come_from_an_index_that_is_signed() {
    let (site, work) = (Site::start(), tempfile::tempdir().unwrap());
    let public = key(work.path(), "own");
    for digest in ["-sha1", "-sha256"] {
        site.put("v3/main/x86_64/APKINDEX.tar.gz", signed(work.path(), "own", digest));
        let mut image = image(&site, "");
        image.file("/etc/apk/keys/own.rsa.pub", &public);
        let found = image.updates();
        assert_eq!((short(&found), found.errors), (vec!["update-available musl 1.2.5-r0 1.2.5-r1".to_owned()], Vec::new()), "{digest}");
        assert!(found.findings[0].message.contains("v3/main"));
    }
}

#[test]
fn an_index_that_nobody_known_signed_does_not_count() {
    let (site, work) = (Site::start(), tempfile::tempdir().unwrap());
    let (own, other) = (key(work.path(), "own"), key(work.path(), "other"));
    let scan = |name: &str, key: &[u8]| {
        let mut image = image(&site, "");
        image.file(&format!("/etc/apk/keys/{name}.rsa.pub"), key);
        let found = image.updates();
        assert_eq!(found.findings.len(), usize::from(found.errors.is_empty()));
        found.errors.into_iter().next().unwrap_or_default()
    };
    let good = signed(work.path(), "own", "-sha1");
    site.put("v3/main/x86_64/APKINDEX.tar.gz", &good);
    assert_eq!(scan("own", &own), "");
    assert!(scan("other", &other).contains("signed with own.rsa.pub"));
    assert!(scan("own", &other).contains("not that of the key"));
    site.put("v3/main/x86_64/APKINDEX.tar.gz", pack(work.path(), &["DESCRIPTION", "APKINDEX"], false));
    assert!(scan("own", &own).contains("not signed"));
    site.put("v3/main/x86_64/APKINDEX.tar.gz", &good[..good.len() / 2]);
    assert!(!scan("own", &own).is_empty());
    let mut broken = image(&site, "");
    broken.file("/etc/apk/keys/own.rsa.pub", "nonsense");
    assert!(broken.updates().errors[0].contains("no public key"));
}

#[test]
fn a_repository_that_is_not_there_is_named_and_the_others_count() {
    let (site, work) = (Site::start(), tempfile::tempdir().unwrap());
    key(work.path(), "own");
    site.put("v3/main/x86_64/APKINDEX.tar.gz", signed(work.path(), "own", "-sha1"));
    let found = image(&site, &format!("{}\n@edge {}\n", site.url("v3/community"), site.url("edge"))).updates();
    assert_eq!(short(&found).len(), 1);
    assert!(found.errors.len() == 1 && found.errors[0].contains("v3/community") && found.errors[0].contains("404"), "{:?}", found.errors);
}
