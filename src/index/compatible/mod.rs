//! The original validator's verdicts, exactly: what passes there passes here, and the same checks fail.
//!
//! Facts: the original, run by Python 2.7 with PyYAML 3.13 (`docs/index-validate.md`). Pure: files are read and
//! repositories fetched elsewhere. The strict checks stand beside this, and share nothing with it but the reader of YAML.

mod findings;
mod lexer;
mod number;
mod plain;
mod python;
mod read;
mod record;
mod run;
mod schema;
mod subject;
mod table;
mod unique;
mod values;

#[cfg(test)]
mod tests;

pub(super) use python::Python;
pub use record::{About, FileVerdict, Note, Record, Report};
pub use run::{Source, Validation, is_passed_over, is_worth_a_run};
pub use table::{CHECKS, NOT_READ};
pub use values::Tree;
