//! The scheduler: from a call to a plan, the walk over the plan, and how what happens to an image is told.

pub(in crate::run) mod announce;
pub(in crate::run) mod environment;
pub(in crate::run) mod execute;
pub(in crate::run) mod failure;
pub(in crate::run) mod lock;
pub(in crate::run) mod prepare;
mod queue;
pub(in crate::run) mod shared;
pub(in crate::run) mod steps;
mod walk;
