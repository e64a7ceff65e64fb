//! `promote`: images that passed get their release names, by digest, through the same journal as publishing.

mod execute;
mod names;
mod promotable;
mod sources;
mod tell;

pub use execute::{Promoted, Promoter};
pub use names::looked;
pub(in crate::run) use promotable::Promotable;
pub use sources::{Answer, Sources};
