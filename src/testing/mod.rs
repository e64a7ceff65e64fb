//! Tests of an image: what `verify_command` and `verify_args` say, as docker-pkg runs them, and the structure tests
//! beside a template, in the format of container-structure-test (`docs/structure-tests.md`).
//!
//! This room runs tests and says how they ended; whether a failure stops anything is for `run` to decide.

mod case;
mod command;
mod expand;
mod expectation;
mod files;
mod health;
mod metadata;
mod mode;
mod pattern;
mod script;
mod structure;
mod suite;

pub use case::{Case, CaseKind, CaseOutcome};
pub use script::{Verdict, Verify};
pub use structure::{Structure, StructureError, find as find_structure_tests};
pub use suite::{Caged, Suite, run as run_structure_tests};
