//! Everything that happens in a run, as owned, serialisable, versioned facts (CLI.md, "Events").
//!
//! Nothing here formats text for people, and nothing borrows.

mod emitter;
mod kind;

pub use emitter::{Clock, Emitter, Fanout, Sink, SystemClock};
pub use kind::{
    BaseImage, Counts, Delivery, Event, EventKind, ImageDetails, ImageOutcome, ReasonText, SettledTag, Step, StepOutcome, TagOutcome,
};
