//! Archives of engines whose layers are known in part.

use super::engine::{Unpacked, unpack};
use super::*;

fn layer(letter: u8, size: usize) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(size as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "file", vec![letter; size].as_slice()).unwrap();
    tar.into_inner().unwrap()
}

fn archive(layers: &[&[u8]]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut add = |path: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, bytes).unwrap();
    };
    let names: Vec<String> = (0..layers.len()).map(|at| format!("{at}/layer.tar")).collect();
    names.iter().zip(layers).for_each(|(name, bytes)| add(name, bytes));
    add("config.json", b"{}");
    add("manifest.json", serde_json::json!([{"Config": "config.json", "Layers": names}]).to_string().as_bytes());
    tar.into_inner().unwrap()
}

fn shared() -> Shared {
    Shared { folder: None, store: OnceLock::new(), spool: OnceLock::new(), known: Mutex::default(), busy: TaskTracker::new() }
}

#[test]
fn a_layer_that_is_known_is_compared_and_not_read_again() {
    let (low, high, other) = (layer(b'l', 2 << 20), layer(b'h', 10), layer(b'o', 2 << 20));
    let diff_ids = [Digest::of(&low), Digest::of(&high)];
    let shared = shared();
    let known = unpack(&shared, archive(&[&low, &high]).as_slice(), &[], &diff_ids, &BTreeSet::new()).map_err(|_| "read").unwrap();
    let again = unpack(&shared, archive(&[&low, &high]).as_slice(), &known, &diff_ids, &BTreeSet::new()).map_err(|_| "read").unwrap();
    assert!(Arc::ptr_eq(&known[0], &again[0]), "the very record");
    assert!(Arc::ptr_eq(&known[1], &again[1]), "too small for a comparison, and held all the same");
    // One of the same size that is another.
    let diff_ids = [Digest::of(&other), Digest::of(&high)];
    let replaced = archive(&[&other, &high]);
    assert!(matches!(unpack(&shared, replaced.as_slice(), &known, &diff_ids, &BTreeSet::new()), Err(Unpacked::Other)));
    assert!(unpack(&shared, replaced.as_slice(), &[], &diff_ids, &BTreeSet::new()).is_ok());
    let wrong = unpack(&shared, replaced.as_slice(), &[], &[Digest::of(b"x")], &BTreeSet::new());
    assert!(matches!(wrong, Err(Unpacked::Wrong(reason)) if reason.contains("the image has other ones")));
}
