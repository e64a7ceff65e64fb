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

/// Every page of a kind, by where its kind stands in it.
fn pages(bytes: &mut [u8], size: usize, at: usize, kind: u8) -> Vec<(usize, &mut [u8])> {
    bytes.chunks_exact_mut(size).enumerate().filter(|(_, page)| page[at] == kind).collect()
}

#[test]
fn pages_that_lead_back_and_rows_in_one_place_end() {
    let mut circle = fixture!("hash-little");
    let size = u32::from_le_bytes(circle[20..24].try_into().unwrap()) as usize;
    for (number, page) in pages(&mut circle, size, 25, 7) {
        page[16..20].copy_from_slice(&u32::try_from(number).unwrap().to_le_bytes());
        page[22..24].copy_from_slice(&1_u16.to_le_bytes());
    }
    assert_eq!(read(&circle, None).1.unwrap_err().to_string(), "it is damaged: its pages lead in a circle");
    let mut shared = fixture!("sqlite");
    let size = usize::from(u16::from_be_bytes([shared[16], shared[17]]));
    for (_, page) in pages(&mut shared, size, 0, 13) {
        let first: [u8; 2] = page[8..10].try_into().unwrap();
        page[3..5].copy_from_slice(&100_u16.to_be_bytes());
        page[8..208].chunks_exact_mut(2).for_each(|pointer| pointer.copy_from_slice(&first));
    }
    assert!(read(&shared, None).1.is_err());
}

#[test]
fn counts_of_values_are_not_believed() {
    let mut header = [0, 0, 0, 1, 0, 0, 0, 1].to_vec();
    for number in [tag::BASENAMES, 8, 0, u32::MAX] {
        header.extend(number.to_be_bytes());
    }
    header.push(0);
    assert!(Header::parse(header.clone()).unwrap_err().to_string().contains("more than a million"));
    header[20..24].copy_from_slice(&3_u32.to_be_bytes());
    assert_eq!(Header::parse(header).unwrap().texts(tag::BASENAMES), ["", ""]);
}

/// One to four changes: bytes, numbers that matter to parsers, pieces of the file elsewhere, cuts.
fn mutate(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
    for _ in 0..random.usize(1..=4) {
        let (at, length) = (random.usize(..bytes.len()), bytes.len());
        let interesting = [0, 1, 4, 0xff, 0x7fff_ffff, 0x8000_0000, u32::MAX, length as u32, (length / 512) as u32, random.u32(..)];
        let number = interesting[random.usize(..interesting.len())];
        match random.u8(..8) {
            0 => bytes[at] = random.u8(..),
            1 => bytes[at] ^= 1 << random.u8(..8),
            2 => bytes.truncate(at.max(16)),
            3 => bytes.copy_within(random.usize(..=at)..at, random.usize(..=length - at)),
            kind => {
                // Most numbers that matter stand at the beginning of a page.
                let at = if kind < 6 { at / 512 * 512 + at % 32 } else { at };
                let written = if kind % 2 == 0 { number.to_be_bytes() } else { number.to_le_bytes() };
                bytes[at.min(length - 1)..].iter_mut().zip(written).for_each(|(byte, new)| *byte = new);
            }
        }
    }
}

#[test]
fn whatever_a_file_says_reading_it_ends_and_takes_no_more_than_the_file() {
    let mut random = fastrand::Rng::with_seed(7);
    for (form, whole) in all() {
        for round in 0..1000 {
            let mut bytes = whole.clone();
            mutate(&mut bytes, &mut random);
            let (found, _) = read(&bytes, None);
            let taken: usize = found.iter().map(Header::len).sum();
            assert!(taken <= 2 * bytes.len(), "{form} {round}: {taken} bytes of {}", bytes.len());
            for header in &found {
                let numbers: usize = [1028, 1030, 1037].iter().map(|tag| header.numbers(*tag).len()).sum();
                assert!(header.texts(tag::BASENAMES).len() + numbers <= 4 << 20, "{form} {round}");
                drop((header.text(tag::NAME), header.binary(63), header.numbers(tag::NAME)));
            }
        }
    }
}

#[test]
fn a_log_may_say_anything_too() {
    let (whole, log) = (fixture!("logged"), fixture!("logged-wal"));
    let mut random = fastrand::Rng::with_seed(8);
    for _ in 0..1000 {
        let mut turned = log.clone();
        mutate(&mut turned, &mut random);
        assert!(read(&whole, Some(&turned)).0.len() <= 1000);
    }
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
