//! Reads a tree of folders into [`Definition`]s. A broken folder becomes a [`Defect`], the others go on.
//!
//! This room reads files and nothing else: it knows no engine, no registry, no template.

mod defect;
pub use defect::{Defect, Severity};
