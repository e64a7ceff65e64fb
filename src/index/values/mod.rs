//! What the repositories of an index have to show: fetched once each, then judged, in the strict way here and in the
//! original's in `compatible`.

mod check;
mod gather;
mod table;

pub use check::check;
pub use gather::{Clones, gather};
pub use table::RULES;
