//! What tests against real engines and registries share: engines, daemons of their own, registries, faults.

#![allow(dead_code, reason = "every test binary compiles all of this and uses its part")]

pub mod catalogue;
pub mod daemon;
pub mod engine;
pub mod faults;
pub mod proxy;
pub mod front;
pub mod listing;
pub mod registry;
pub mod site;
pub mod terminal;
pub mod tokens;
