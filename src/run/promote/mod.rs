//! `promote`: images that passed get their release names, by digest, through the same journal as publishing.

mod execute;
mod names;
mod sources;
mod tell;

pub use execute::{Promoted, Promoter};
pub use names::looked;
pub use sources::{Answer, Sources};
