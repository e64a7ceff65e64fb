//! What a registry is known to hold, shared by all copies to it.

/// What a registry is known to hold, and how many blobs may be on their way to or from it.
#[derive(Debug, Default)]
pub struct Store {}
