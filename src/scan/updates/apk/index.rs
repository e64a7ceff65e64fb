//! `APKINDEX`, inside its archive.

use super::super::offer::{Offer, Origin};
use super::super::unpack::unpacked;
use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::sync::Arc;

/// The most bytes of a line.
const LINE: u64 = 4 << 20;

/// The packages of an archive that have one of these names.
///
/// # Errors
/// When it cannot be unpacked, or has no index in it.
pub(super) fn packages(archive: &[u8], names: &HashSet<String>, origin: &Arc<Origin>) -> io::Result<Vec<Offer>> {
    let mut archive = tar::Archive::new(unpacked("APKINDEX.tar.gz", Cursor::new(archive.to_vec()))?);
    for entry in archive.entries()? {
        let entry = entry?;
        if entry.path_bytes().as_ref() == b"APKINDEX" {
            return read(BufReader::new(entry), names, origin);
        }
    }
    Err(io::Error::other("there is no APKINDEX in it"))
}

/// Reads the index: a line for each field, an empty one behind each package.
fn read(mut input: impl BufRead, names: &HashSet<String>, origin: &Arc<Origin>) -> io::Result<Vec<Offer>> {
    let (mut found, mut line) = (Vec::new(), Vec::new());
    let (mut name, mut version, mut arch) = (String::new(), String::new(), String::new());
    loop {
        line.clear();
        let count = input.by_ref().take(LINE).read_until(b'\n', &mut line)?;
        let text = String::from_utf8_lossy(&line);
        match text.trim().split_once(':') {
            Some(("P", value)) => value.clone_into(&mut name),
            Some(("V", value)) => value.clone_into(&mut version),
            Some(("A", value)) => value.clone_into(&mut arch),
            _ if text.trim().is_empty() => {
                let [name, version, arch] = [&mut name, &mut version, &mut arch].map(std::mem::take);
                if names.contains(&name) && !version.is_empty() {
                    found.push(Offer { name, version, arch, origin: origin.clone(), advisory: None });
                }
            }
            _ => {}
        }
        if count == 0 {
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_package_needs_no_empty_line() {
        let text = "C:Q1\nP:a\nV:1-r0\nA:x86_64\nD:so:x\n\nP:b\nV:2-r0\nA:noarch\n\nP:a\nV:1-r1\nA:x86_64";
        let found = read(text.as_bytes(), &HashSet::from(["a".to_owned()]), &Arc::default()).unwrap();
        let versions: Vec<&str> = found.iter().map(|one| one.version.as_str()).collect();
        assert_eq!(versions, ["1-r0", "1-r1"]);
        assert!(packages(b"nonsense", &HashSet::new(), &Arc::default()).is_err());
    }
}
