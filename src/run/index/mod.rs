//! Entries of the container index as images of a run: fetched, given a version, linked with a catalogue.
//!
//! The rest of the run does not care whether an image has a folder in the catalogue or an entry in the index; what it has
//! to know of an entry stands in [`Making`].

mod bases;
mod book;
mod cause;
mod gather;
mod making;
mod survey;
mod versions;

pub use bases::base_digests;
pub use cause::{Causes, Why, causes};
pub use gather::{Source, Trust, gather};
pub use making::{Making, Ready};
pub use survey::IndexSurvey;
