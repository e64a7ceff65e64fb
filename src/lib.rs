//! Cooperage keeps a catalogue of container images healthy: it scans a tree of definitions, renders their
//! templates, builds in dependency order what is missing, tests it and publishes it.
//!
//! The modules below are rooms. A room uses only rooms listed before it, or its own files;
//! `tests/architecture.rs` holds that. `docs/walk.md` follows one image through all of them.

#![deny(missing_docs, clippy::print_stdout, clippy::print_stderr)]

pub mod name;
pub mod finding;
pub mod catalog;
pub mod dockerfile;
pub mod git;
pub mod config;
pub mod index;
pub mod template;
pub mod lint;
pub mod context;
pub mod plan;
pub mod engine;
pub mod archive;
pub mod registry;
pub mod fetch;
pub mod layers;
pub mod sandbox;
pub mod testing;
pub mod scan;
pub mod publish;
pub mod event;
pub mod update;
pub mod run;
pub mod check;
pub mod report;
pub mod cli;
