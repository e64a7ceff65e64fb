//! What is to be done and why: facts in, a [`Plan`] out.
//!
//! This room is pure. It does no I/O, reads no clock and prints nothing; a dry run prints its result.

mod action;
mod decide;
mod facts;
mod graph;
mod jobs;
mod occupied;
mod prune;
mod prune_reason;
mod reason;
mod select;
mod shape;
#[cfg(test)]
mod prune_tests;
#[cfg(test)]
mod shape_tests;
mod update;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod yanked_tests;

pub use action::{Action, Doubt, Note, Plan, Planned, Unclear};
pub use decide::{PlanOptions, decide};
pub use facts::{EngineSide, Facts, Held, InputsLabel, RegistrySide, Standing};
pub use graph::{BaseUse, Edge, Graph, Links, Node, OtherNames, Source, link, link_with_names};
pub use jobs::{Job, Per, jobs};
pub use occupied::{Occupied, freed};
pub use prune::{PruneAction, PruneOptions, Publication, Shelves, Stored, in_question, prune};
pub use prune_reason::PruneReason;
pub use reason::{Reason, Withheld};
pub use select::{SelectError, Selection, select};
pub use update::{
    Cause, Change, UpdateError, UpdatePlan, UpdateRequest, Versioning, causes, check_one_version, is_pattern, requested, update,
};
