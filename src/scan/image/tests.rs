//! Archives of engines whose layers are known in part.

use super::engine::{Unpacked, unpack};
use super::*;
use crate::layers::samples::{archive, files};

fn layer(letter: u8, size: usize) -> Vec<u8> {
    files([("file".to_owned(), vec![letter; size].as_slice())])
}

fn shared() -> Shared {
    Shared { folder: None, store: OnceLock::new(), spool: OnceLock::new(), known: Mutex::default(), busy: TaskTracker::new() }
}

#[test]
fn a_layer_that_is_known_is_compared_and_not_read_again() {
    let (low, high, other) = (layer(b'l', 2 << 20), layer(b'h', 10), layer(b'o', 2 << 20));
    let diff_ids = [Digest::of(&low), Digest::of(&high)];
    let shared = shared();
    let known = unpack(&shared, archive(&[&low, &high], &[0, 1]).as_slice(), &[], &diff_ids, &BTreeSet::new()).map_err(|_| "read").unwrap();
    let again =
        unpack(&shared, archive(&[&low, &high], &[0, 1]).as_slice(), &known, &diff_ids, &BTreeSet::new()).map_err(|_| "read").unwrap();
    assert!(Arc::ptr_eq(&known[0], &again[0]), "the very record");
    assert!(Arc::ptr_eq(&known[1], &again[1]), "too small for a comparison, and held all the same");
    // One of the same size that is another.
    let diff_ids = [Digest::of(&other), Digest::of(&high)];
    let replaced = archive(&[&other, &high], &[0, 1]);
    assert!(matches!(unpack(&shared, replaced.as_slice(), &known, &diff_ids, &BTreeSet::new()), Err(Unpacked::Other)));
    assert!(unpack(&shared, replaced.as_slice(), &[], &diff_ids, &BTreeSet::new()).is_ok());
    let wrong = unpack(&shared, replaced.as_slice(), &[], &[Digest::of(b"x")], &BTreeSet::new());
    assert!(matches!(wrong, Err(Unpacked::Wrong(reason)) if reason.contains("the image has other ones")));
}
