//! Databases that rpm itself and Berkeley DB's tools wrote; `fixtures/make` tells how.

use super::*;
use std::io::Cursor;

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    bytes
}

macro_rules! fixture {
    ($name:literal) => {
        unpacked(include_bytes!(concat!("fixtures/", $name, ".gz")))
    };
}

fn all() -> [(&'static str, Vec<u8>); 4] {
    [("sqlite", fixture!("sqlite")), ("ndb", fixture!("ndb")), ("little", fixture!("hash-little")), ("big", fixture!("hash-big"))]
}

/// What came before the end or the trouble.
fn read(bytes: &[u8], log: Option<&[u8]>) -> (Vec<Header>, Result<(), RpmError>) {
    let mut found = Vec::new();
    let mut log = log.map(Cursor::new);
    let log = log.as_mut().map(|log| log as &mut dyn Bytes);
    let done = headers(&mut Cursor::new(bytes), log, &mut |header| found.push(header));
    (found, done)
}

fn names(headers: &[Header]) -> Vec<String> {
    let mut names: Vec<String> =
        headers.iter().map(|header| format!("{} {:?}", header.text(tag::NAME).unwrap(), header.numbers(tag::EPOCH))).collect();
    names.sort();
    names
}

#[test]
fn all_forms_hold_the_same_packages() {
    for (form, bytes) in all() {
        let (found, done) = read(&bytes, None);
        done.unwrap();
        assert_eq!(names(&found), ["keg [2]", "keg-hoops [2]", "stave [0]"], "{form}");
        let hoops = found.iter().find(|header| header.text(tag::NAME) == Some("keg-hoops")).unwrap();
        assert_eq!((hoops.text(tag::LICENSE), hoops.text(tag::SOURCERPM)), (Some("Apache-2.0 AND MIT"), Some("keg-1.2-3.src.rpm")));
        // BASENAMES, DIRNAMES and FILEMODES of all 41: they run over many pages.
        let files = (hoops.texts(1117), hoops.texts(1118), hoops.numbers(1030));
        assert_eq!((files.0.len(), files.1, files.2[1]), (41, vec!["/usr/share/", "/usr/share/hoops/"], 0o100_644));
        assert_eq!((hoops.numbers(tag::NAME), hoops.text(4_000_000)), (Vec::new(), None));
    }
}

#[test]
fn the_log_beside_sqlite_counts() {
    let (bytes, log) = (fixture!("logged"), fixture!("logged-wal"));
    assert_eq!(read(&bytes, None).0.len(), 2);
    let (found, done) = read(&bytes, Some(&log));
    done.unwrap();
    assert_eq!(names(&found).len(), 3);
    // A log that was cut in its last page tells of nothing that was not committed.
    assert_eq!(read(&bytes, Some(&log[..log.len() - 1])).0.len(), 2);
    assert_eq!(read(&bytes, Some(b"short")).0.len(), 2);
}

#[test]
fn damaged_databases_are_errors() {
    for (form, bytes) in all() {
        for cut in [3, 20, 100, 600, 4096, bytes.len() / 2] {
            assert!(read(&bytes[..cut], None).1.is_err(), "{form} {cut}");
        }
        for at in (0..bytes.len().min(40_000)).step_by(61) {
            for value in [0, 0xff] {
                let mut turned = bytes.clone();
                turned[at] = value;
                drop(read(&turned, None));
            }
        }
    }
    assert!(matches!(read(&[0; 4096], None).1, Err(RpmError::Unknown)));
}

#[test]
fn databases_stand_in_known_folders() {
    for path in ["/var/lib/rpm/Packages", "/usr/lib/sysimage/rpm/rpmdb.sqlite", "/x/usr/share/rpm/Packages.db"] {
        assert!(is_database(path) && !is_log(path), "{path}");
    }
    assert!(is_log("/var/lib/rpm/rpmdb.sqlite-wal"));
    for path in ["/var/lib/rpm/Name", "/var/lib/xrpm/Packages", "/Packages", "/var/lib/rpm/Packages-wal"] {
        assert!(!is_database(path) && !is_log(path), "{path}");
    }
}
