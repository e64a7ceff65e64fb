//! `prune`: other versions of the catalogue's images go out of the engine.

pub(in crate::run) mod engine;
mod publications;
