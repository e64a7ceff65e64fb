//! Layered settings: every value keeps its origin, secrets never print.

mod secret;

pub use secret::{Login, Secret};
