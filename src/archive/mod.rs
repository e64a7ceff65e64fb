//! Archives: tars read in one pass, what they are compressed with, and archives of images as engines and other tools
//! write them.
//!
//! [`Tar`] reads as engines do, so that what they unpack is what we see, and a hostile archive gives an error, not a full
//! memory. [`read`] takes an archive of images in whatever order its parts come. This room knows no engine, registry or
//! scanner, and writes nothing.

mod bundle;
mod packing;
mod path;
mod tar;
mod zstd;

pub use bundle::{Bundle, Image, read};
pub use packing::{HEAD, Packing};
pub use path::{clean, join, parent, upwards};
pub use tar::{Device, Member, MemberKind, Stat, Tar};
