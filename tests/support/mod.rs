//! What the integration tests share: a real engine, daemons of their own, a registry.

#![allow(dead_code, reason = "every test binary compiles all of this and uses its part")]

pub mod daemon;
pub mod engine;
