//! The layers of an image, read from an archive as engines stream it, or one by one, in one pass: nothing is unpacked, and
//! what nobody asked for is passed over.
//!
//! [`walk`] shows every entry of every layer to a [`Visitor`]; [`Files`] is the visitor that keeps chosen paths and
//! says what an image holds there. Layers may come in any order, `manifest.json` last. This room knows no engine,
//! registry or test.

mod archive;
mod entry;
mod error;
mod files;
mod lookup;
mod record;
mod stack;

pub use crate::archive::{Device, Stat, clean};
pub use archive::{Image, Visitor, layer, walk};
pub use entry::{Entry, Kind, is_too_long};
pub use error::LayersError;
pub use files::{Files, Wanted};
pub use lookup::{Content, Found, Lookup, NotFound};

pub(crate) use crate::archive::{join, parent, upwards};

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
