//! What tests against real engines and registries share.

// Each test binary uses a part of it; the rest would be reported as dead there.
#![allow(dead_code)]

pub mod faults;
pub mod registry;
