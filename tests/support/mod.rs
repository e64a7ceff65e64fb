<<<<<<< HEAD
//! What the integration tests share: a real engine, daemons of their own, a registry.

#![allow(dead_code, reason = "every test binary compiles all of this and uses its part")]

pub mod daemon;
pub mod engine;
=======
//! What tests against real engines and registries share.

// Each test binary uses a part of it; the rest would be reported as dead there.
#![allow(dead_code)]

pub mod faults;
pub mod registry;
>>>>>>> registry
