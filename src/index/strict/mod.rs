//! The strict checks: what the original let through, and what makes an index trustworthy, by one table of rules.
//!
//! Pure: files are read elsewhere, and nothing is fetched. Source of most rules: what the original's two readers do with the same
//! file (`docs/index.md`).

mod address;
mod document;
mod entry;
mod fields;
mod names;
mod notes;
mod parents;
mod table;
mod typed;
mod unique;

#[cfg(test)]
mod tests;

pub use table::RULES;

pub(super) use document::is_misspelt;
pub(super) use entry::KEYS;
pub(super) use typed::retyped;

use super::folder::IndexFile;
use super::load::Loaded;
use crate::config::yaml::Place;
use crate::finding::{Finding, UnknownRule};
use notes::{Notes, finding};
use std::collections::BTreeSet;

/// What is checked, and what is known beside it.
#[derive(Clone, Copy, Debug)]
pub struct StrictInput<'a> {
    /// The files with their text, in the order in which findings are told.
    pub files: &'a [(IndexFile, String)],
    /// Names of the catalogue that `depends-on` may name: with namespace or without, with tag or without.
    pub known: &'a BTreeSet<String>,
    /// Base images (`base_images`), as patterns of `--select`.
    pub bases: &'a [String],
    /// Whether `git-url` may be a folder of this machine (`cooperage.index.allow_file_urls`).
    pub allow_file: bool,
}

/// Checks an index. Findings come by file, line and column. Entries that break a rule of severity error by themselves, repeat
/// another one or stand in a circle are in [`Loaded::unusable`]; an unknown parent and a self-reference leave an entry usable.
pub fn check(input: &StrictInput<'_>) -> (Vec<Finding>, Loaded) {
    let mut found = Vec::new();
    let mut drafts = Vec::new();
    let mut loaded = Loaded::default();
    for (file, text) in input.files {
        let mut notes = Notes::of(&file.path);
        let document = document::read(file, text, input.allow_file, &mut notes);
        loaded.unusable.extend(document.unusable.map(|(line, why)| (file.path.clone(), line, why)));
        drafts.extend(document.drafts);
        found.extend(notes.into_found());
    }
    found.extend(unique::check(&mut drafts));
    found.extend(parents::check(&mut drafts, input));
    for draft in drafts {
        match (draft.entry, draft.trouble) {
            (Some(entry), None) => loaded.entries.push(entry),
            (_, trouble) => {
                let why = trouble.unwrap_or_else(|| "the entry lacks what it needs".to_owned());
                loaded.unusable.push((draft.file, draft.place.line, why));
            }
        }
    }
    found.sort_by(|a, b| (&a.path, a.line, a.column, &a.id).cmp(&(&b.path, b.line, b.column, &b.id)));
    (found, loaded)
}

/// What is told of a file that cannot be read as text; `why` says what the system said.
pub fn unreadable(path: &str, why: &str) -> Finding {
    finding("unreadable", path, Place::default(), format!("this file cannot be read: {why}"))
}

/// An id that no rule has.
pub fn unknown(id: &str) -> UnknownRule {
    UnknownRule::new(id, RULES, "index validate")
}
