//! Getting images into the engine: what builds start from, what `pull` asks for, what `test` and `debug` need.

pub(in crate::run) mod bases;
pub(in crate::run) mod obtain;
pub(in crate::run) mod once;
pub(in crate::run) mod pull;
pub(in crate::run) mod sources;
