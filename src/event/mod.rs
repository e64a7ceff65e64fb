//! Everything that happens in a run, as owned, serialisable, versioned facts (CLI.md, "Events").
//!
//! Nothing here formats text for people, and nothing borrows.

mod emitter;
mod image;
mod kind;
mod outcome;
mod tag;

pub use emitter::{Clock, Emitter, Fanout, Sink, SystemClock};
pub use image::{BaseImage, Delivery, ImageDetails, ReasonText};
pub use kind::{Event, EventKind};
pub use outcome::{Counts, ImageOutcome, Step, StepOutcome};
pub use tag::{SettledTag, TagOutcome};
