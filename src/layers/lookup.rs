//! Looks for paths in an image as an engine does: links lead on inside the image only.

use super::files::Files;
use super::stack::Held;
use super::{Entry, Kind, clean, join};
use std::sync::Arc;

/// Links lead to links at most so often. Source: Moby, `pkg/symlink`, `evalSymlinksInScope`.
const LINKS: usize = 255;

/// The bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// They were kept.
    Bytes(Arc<[u8]>),
    /// There are more than this many.
    TooLarge(u64),
}

/// Something that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What. Hard links are files here.
    pub entry: Entry,
    /// Its bytes, of a file where they were asked for.
    pub content: Option<Content>,
}

/// Why something is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// The image has nothing there.
    Absent,
    /// Links lead in a circle.
    Circle,
}

/// An answer about a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// It is there.
    Found(Box<Found>),
    /// It is not.
    Not(NotFound),
    /// This path was not kept; the archive must be read once more for it.
    Unknown {
        /// A clean path.
        path: String,
        /// Whether its bytes are needed.
        content: bool,
    },
}

/// A folder in which links have been followed, or why there is none.
type Place = Result<String, Lookup>;

impl Files {
    /// What is at a path. A link there is not followed, unless the path ends with a slash; one that leads in a
    /// circle is an error all the same.
    pub fn look(&self, path: &str) -> Lookup {
        let whole = clean(path);
        let follow = path.ends_with('/') || path.ends_with("/.");
        let real = match self.real(&whole, follow) {
            Ok(real) => real,
            Err(other) => return other,
        };
        let found = self.at(&real, 0);
        if let Lookup::Found(found) = &found
            && matches!(found.entry.kind, Kind::Link(_))
            && let Err(other) = self.real(&whole, true)
        {
            return other;
        }
        found
    }

    /// The same with the names of the folders in a folder; one level, links not among them.
    pub fn folders(&self, path: &str) -> Result<Vec<String>, Lookup> {
        let real = self.real(&clean(path), true)?;
        match self.at(&real, 0) {
            Lookup::Found(found) if found.entry.kind == Kind::Folder => {}
            Lookup::Found(_) => return Err(Lookup::Not(NotFound::Absent)),
            other => return Err(other),
        }
        if !self.stack.wanted.has_folders(&real) {
            return Err(Lookup::Unknown { path: real, content: false });
        }
        let is_folder = |name: &str| matches!(self.at(&join(&real, name), 0), Lookup::Found(found) if found.entry.kind == Kind::Folder);
        Ok(self.stack.names(&real).into_iter().filter(|name| is_folder(name)).map(str::to_owned).collect())
    }

    /// A path in which links have been followed; those of its last name only where `last` says so.
    fn real(&self, path: &str, last: bool) -> Place {
        let mut left: Vec<String> = path.split('/').rev().filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let mut real = "/".to_owned();
        let mut links = 0;
        while let Some(name) = left.pop() {
            if name == ".." {
                real = super::parent(&real).unwrap_or("/").to_owned();
                continue;
            }
            let next = join(&real, &name);
            if left.is_empty() && !last {
                return Ok(next);
            }
            let text = match self.stack.held(&next) {
                Held::Unknown => return Err(Lookup::Unknown { path: next, content: false }),
                Held::Entry(Entry { kind: Kind::Link(text), .. }, _) => text,
                _ => {
                    real = next;
                    continue;
                }
            };
            links += 1;
            if links > LINKS {
                return Err(Lookup::Not(NotFound::Circle));
            }
            if text.starts_with('/') {
                "/".clone_into(&mut real);
            }
            left.extend(text.split('/').rev().filter(|part| !matches!(*part, "" | ".")).map(str::to_owned));
        }
        Ok(real)
    }

    /// What is at a path whose folders are no links.
    fn at(&self, path: &str, hops: usize) -> Lookup {
        let (entry, content) = match self.stack.held(path) {
            Held::Unknown => return Lookup::Unknown { path: path.to_owned(), content: self.stack.wanted.has_content(path) },
            Held::Nothing => return Lookup::Not(NotFound::Absent),
            Held::Implied => return Lookup::Found(Box::new(Found { entry: Entry::folder(path), content: None })),
            Held::Entry(entry, content) => (entry, content),
        };
        let mut found = Found { entry: entry.clone(), content: content.cloned() };
        if let Kind::HardLink(target) = &entry.kind {
            found.entry.kind = Kind::File;
            if self.stack.wanted.has_content(path) {
                match self.linked(target, hops) {
                    Ok(content) => found.content = content,
                    Err(other) => return other,
                }
            }
        }
        Lookup::Found(Box::new(found))
    }

    /// The bytes behind a hard link.
    fn linked(&self, target: &str, hops: usize) -> Result<Option<Content>, Lookup> {
        if hops > LINKS {
            return Err(Lookup::Not(NotFound::Circle));
        }
        if !self.stack.wanted.has_content(target) {
            return Err(Lookup::Unknown { path: target.to_owned(), content: true });
        }
        match self.at(target, hops + 1) {
            Lookup::Found(found) => Ok(found.content),
            other => Err(other),
        }
    }
}
