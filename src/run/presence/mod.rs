//! What engine and destinations hold of a catalogue. Nothing here decides what to do about it.

pub(in crate::run) mod asked;
pub(in crate::run) mod heads;
pub(in crate::run) mod stale;
mod versions;
