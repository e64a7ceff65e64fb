//! The record of a run (CLI.md, "The record of a run"): the file that later commands and other programs read.

mod builder;
mod document;

pub use builder::{ImageFacts, RecordBuilder, RunFacts};
pub use document::{ImageRecord, ReadError, RunRecord, StepRecord, read, write_atomically};
