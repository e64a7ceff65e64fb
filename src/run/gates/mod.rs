//! What lets an image go on or stops it: lint before anything is built, tests after; and the commands `lint` and `test`.

pub(in crate::run) mod findings;
pub(in crate::run) mod image_tests;
pub(in crate::run) mod lint_gate;
pub(in crate::run) mod linting;
pub(in crate::run) mod test;
pub(in crate::run) mod test_policy;
