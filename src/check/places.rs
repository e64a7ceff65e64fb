//! Where DIRECTORY stands: its links, its files, the work tree it is in.

use crate::git::Repository;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// What a walk through DIRECTORY found.
#[derive(Debug)]
pub struct Places {
    /// DIRECTORY, in its real path.
    pub root: PathBuf,
    /// The work tree, or DIRECTORY where there is none, in its real path.
    pub top: PathBuf,
    /// DIRECTORY relative to the work tree, with a `/` behind it unless it is empty.
    pub prefix: String,
    /// The symbolic links.
    pub links: Vec<Link>,
    /// All other files, relative to DIRECTORY.
    pub files: Vec<String>,
}

/// A symbolic link below DIRECTORY.
#[derive(Debug)]
pub struct Link {
    /// Relative to DIRECTORY.
    pub path: String,
    /// Where it leads: the real path or, where that does not exist, the path that it names.
    pub target: PathBuf,
}

impl Places {
    /// Walks DIRECTORY. Links are not followed; what cannot be read is left out, reading definitions tells it.
    ///
    /// # Errors
    /// When DIRECTORY or the work tree has no real path.
    pub fn of(directory: &Path, repository: Option<&Repository>) -> std::io::Result<Self> {
        let root = fs::canonicalize(directory)?;
        let top = repository.map_or_else(|| Ok(root.clone()), |repository| fs::canonicalize(&repository.top))?;
        let below = root.strip_prefix(&top).unwrap_or(Path::new("")).to_string_lossy().into_owned();
        let prefix = if below.is_empty() { below } else { format!("{below}/") };
        let mut places = Self { root: root.clone(), top, prefix, links: Vec::new(), files: Vec::new() };
        places.walk(&root);
        places.links.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(places)
    }

    fn walk(&mut self, start: &Path) {
        let mut folders = vec![start.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && entry.file_name() != ".git" => folders.push(path),
                    Ok(kind) if kind.is_symlink() => self.link(&path),
                    Ok(kind) if kind.is_file() => self.files.push(self.relative(&path)),
                    _ => {}
                }
            }
        }
    }

    fn link(&mut self, path: &Path) {
        let named = || Some(normal(&path.parent()?.join(fs::read_link(path).ok()?)));
        if let Some(target) = fs::canonicalize(path).ok().or_else(named) {
            self.links.push(Link { path: self.relative(path), target });
        }
    }

    fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned()
    }
}

/// A path without `.` and `..`, by its text alone.
pub fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                parts.pop();
            }
            Component::CurDir => {}
            other => parts.push(other),
        }
    }
    parts
}
