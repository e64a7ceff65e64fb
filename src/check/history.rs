//! Changelogs as they were at the base.

use super::base::Base;
use crate::catalog::{Changelog, Definition};
use crate::git::GitError;
use std::collections::HashMap;

/// What a definition's changelog was.
#[derive(Debug)]
pub enum Before<'a> {
    /// The same as now.
    Same,
    /// Another one.
    Other(&'a Old),
    /// There was no such definition.
    New,
}

/// A changelog at the base.
#[derive(Debug)]
pub struct Old {
    /// What it said.
    pub changelog: Changelog,
    /// The text of each entry.
    pub texts: Vec<String>,
}

/// The changelogs that differ from the base.
#[derive(Debug)]
pub struct History {
    by_path: HashMap<String, Option<Old>>,
}

impl History {
    /// Reads what the changed changelogs of DIRECTORY were. One that could not be used then counts as none.
    ///
    /// # Errors
    /// When git fails.
    pub fn read(base: &Base) -> Result<Self, GitError> {
        let is_changelog = |path: &&String| path.rsplit('/').next() == Some(Definition::CHANGELOG);
        let changed: Vec<&String> = base.changed.iter().filter(|path| path.starts_with(&base.prefix)).filter(is_changelog).collect();
        let paths: Vec<&str> = changed.iter().map(|path| path.as_str()).collect();
        let contents = base.repository.files_at(&base.commit, &paths)?;
        let read = |bytes: Vec<u8>| {
            let changelog = Changelog::parse(&bytes).ok()?;
            let texts = entries(&changelog, &String::from_utf8_lossy(&bytes));
            Some(Old { changelog, texts })
        };
        let by_path = changed.into_iter().zip(contents).map(|(path, bytes)| (path.clone(), bytes.and_then(read)));
        Ok(Self { by_path: by_path.collect() })
    }

    /// What the changelog of a definition was: that of its path or, where the folder was moved, of its name.
    pub fn before(&self, base: &Base, definition: &Definition) -> Before<'_> {
        let path = format!("{}{}", base.prefix, definition.file(Definition::CHANGELOG));
        let moved = || self.by_path.values().flatten().find(|old| old.changelog.first().package == definition.name);
        match self.by_path.get(&path) {
            None => Before::Same,
            Some(Some(old)) => Before::Other(old),
            Some(None) => moved().map_or(Before::New, Before::Other),
        }
    }
}

/// The text of each entry, without blanks at the ends of lines and blank lines at its own end.
pub fn entries(changelog: &Changelog, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let starts = changelog.entries.iter().map(|entry| entry.line - 1);
    let ends = changelog.entries.iter().skip(1).map(|entry| entry.line - 1).chain([lines.len()]);
    starts.zip(ends).map(|(start, end)| lines.get(start..end).unwrap_or_default().join("\n").trim_end().to_owned()).collect()
}
