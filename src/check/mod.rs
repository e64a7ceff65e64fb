//! Judges a catalogue, and what a change does to it, by one table of rules.
//!
//! This room stands after `run` because it judges what `run`'s survey found; it builds nothing, asks no engine and no
//! registry (`cli` asks through `run` and hands the answers in), and changes no file. How findings are printed is the
//! business of `report`.

mod base;
mod catalogue;
mod conflict;
mod finding;
mod history;
mod labels;
mod online;
mod places;
mod rule;
mod silence;
mod table;
mod timebomb;
mod title;

pub use base::{Base, BaseError, Compared};
pub use catalogue::catalogue;
pub use conflict::conflicts;
pub use finding::judge;
pub use labels::labels;
pub use online::{fresh, published};
pub use places::Places;
pub use rule::{levels, rule, unknown};
pub use table::RULES;
pub use timebomb::{date, timebombs};
pub use title::title;
