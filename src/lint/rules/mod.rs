//! The checks behind the table of rules, by theme.

pub(super) mod apk;
pub(super) mod apt;
pub(super) mod copy;
pub(super) mod dnf;
pub(super) mod from;
pub(super) mod metadata;
pub(super) mod own;
pub(super) mod packages;
pub(super) mod pip;
pub(super) mod run;
pub(super) mod secrets;
pub(super) mod variables;
