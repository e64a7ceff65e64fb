//! Options of `test`.

use super::Choice;
use clap::Args;
use std::path::PathBuf;

/// Examples of `test`.
pub const TEST_EXAMPLES: &str = "\
Examples:
  cooperage test images/                                  the current versions, pulled where the engine has none
  cooperage test --select '*/python3:*' --junit tests.xml images/
  cooperage test --image registry.example.org/python3:3.11.2 images/    another version, with its definition's tests
  cooperage test --image debian:12 --structure structure.yaml           any image, with a file of structure tests

Exit codes: 0 all good; 1 a test failed, or an image is neither built nor published; 2 the call is wrong;
3 the engine or the registry cannot be reached; 130 interrupted.";

/// `test`.
#[derive(Args, Debug)]
pub struct TestOptions {
    /// Which definitions.
    #[command(flatten)]
    pub choice: Choice,

    /// Tests this image; the definition it comes from is found by its name
    #[arg(long, value_name = "REF", conflicts_with_all = ["select", "exclude", "with_dependents", "with_dependencies", "changed_since"])]
    pub image: Option<String>,

    /// Only this file of structure tests, instead of a definition's; repeatable
    #[arg(long, value_name = "FILE", requires = "image")]
    pub structure: Vec<PathBuf>,

    /// Writes a JUnit report: one case a test
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// The catalogue
    #[arg(required_unless_present = "structure")]
    pub directory: Option<PathBuf>,
}
