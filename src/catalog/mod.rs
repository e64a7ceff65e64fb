//! Reads a tree of folders into [`Definition`]s. A broken folder becomes a [`Defect`], the others go on.
//!
//! This room reads files and nothing else: it knows no engine, no registry, no template. What it accepts is
//! written down for people in `docs/catalogue.md`.

mod changelog;
mod control;
mod defect;
mod definition;
mod discover;
mod enclosing;
mod entry;
mod relation;
mod text;
mod walk;
mod yanked;

#[cfg(test)]
mod tests;

pub use changelog::{Changelog, ChangelogError, Entry};
pub use control::{Control, ControlError};
pub use defect::{Defect, Severity};
pub use definition::{Broken, Definition};
pub use discover::{Catalogue, CatalogueError, INCOMPLETE, discover};
pub use enclosing::enclosing_catalogue;
pub use entry::{NewEntry, conflict_mark, unfit_character};
pub use relation::{Field, Operator, Relation};
pub(crate) use text::{ReadError, read as read_file};
pub use yanked::{YankedVersion, YankedVersions};
