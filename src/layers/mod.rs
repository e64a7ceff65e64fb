//! The layers of an image, read from the archive an engine streams, in one pass: nothing is unpacked, and what
//! nobody asked for is passed over.
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

pub use archive::{Image, Visitor, walk};
pub use entry::{Entry, Kind};
pub use error::LayersError;
pub use files::{Files, Wanted};
pub use lookup::{Content, Found, Lookup, NotFound};

/// A path as this room compares them: absolute, without `.`, `..`, double slashes or one at the end.
///
/// `..` takes away what stands before it without looking at links, and never leaves the root.
pub fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The folder a clean path lies in; none of the root.
pub(crate) fn parent(path: &str) -> Option<&str> {
    match path.rsplit_once('/') {
        Some(("", "")) | None => None,
        Some(("", _)) => Some("/"),
        Some((parent, _)) => Some(parent),
    }
}

/// A clean path and everything it lies in, from below.
pub(crate) fn upwards(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| parent(path))
}

/// A name in a clean folder.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder == "/" { format!("/{name}") } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests;
