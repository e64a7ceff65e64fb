use super::*;
use crate::name::{Digest, Pattern};
use std::collections::{BTreeMap, HashMap};

#[test]
fn nothing_yet() {
    let _ = (Pattern::parse("x"), Digest::of(b""), BTreeMap::<u8, u8>::new(), HashMap::<u8, u8>::new(), is_stamp_tag("x"));
}
