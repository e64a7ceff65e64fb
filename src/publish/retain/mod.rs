//! What of a registry stays and what goes: whose each tag is, what keeps it, when it was first seen, and when it was used.
//!
//! The decision itself is pure ([`decide()`]); the rest reads what it needs. Nothing here removes anything but usage stamps.

mod decide;
mod facts;
mod owners;
mod reason;
mod record;
mod referrer;
mod stamp;

#[cfg(test)]
mod tests;

pub use decide::{Item, Policy, Shelf, Verdict, by_name, decide};
pub use facts::{Facts, facts};
pub use owners::{Claim, Home, Owners, Standing};
pub use reason::{Action, Reason};
pub use record::{Record, RecordError, RecordFile, Seen};
pub use referrer::{Attached, Referrer, attach, forget, is_stamp_tag, stamp_tag};
pub use stamp::{Stamp, StampError, Usage, touch, usage};
