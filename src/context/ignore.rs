//! `.dockerignore`: what is not sent.

use super::error::ContextError;
use super::pattern::Pattern;
use std::io::ErrorKind;
use std::path::Path;

/// Where the patterns stand; the first that exists counts, as in BuildKit.
const FILES: [&str; 2] = ["Dockerfile.dockerignore", ".dockerignore"];

/// Sent whatever the patterns say: the engine reads them.
const ALWAYS: [&str; 3] = ["Dockerfile", ".dockerignore", "Dockerfile.dockerignore"];

/// The patterns of a `.dockerignore`.
#[derive(Clone, Debug, Default)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

/// Which patterns matched a folder: what matches a folder matches all in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Matched(Vec<bool>);

impl Ignore {
    /// Reads `Dockerfile.dockerignore` or, where there is none, `.dockerignore` of a folder. Neither: nothing is left out.
    ///
    /// # Errors
    /// When the file cannot be read, or holds a pattern that Docker refuses.
    pub fn load(folder: &Path) -> Result<Self, ContextError> {
        for name in FILES {
            let path = folder.join(name);
            match std::fs::read(&path) {
                Ok(bytes) => return Self::parse(&String::from_utf8_lossy(&bytes), &path),
                Err(source) if source.kind() == ErrorKind::NotFound => {}
                Err(source) => return Err(ContextError::Read { path, source }),
            }
        }
        Ok(Self::default())
    }

    /// Reads patterns, one a line; lines that start with `#` are comments. `path` is for messages.
    ///
    /// # Errors
    /// On a pattern that Docker refuses.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ContextError> {
        let mut patterns = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            patterns.extend(Pattern::new(line).map_err(|reason| {
                let pattern = line.to_owned();
                ContextError::Pattern { path: path.to_owned(), line: at + 1, pattern, reason }
            })?);
        }
        Ok(Self { patterns })
    }

    /// Whether a path, written with `/` and relative to the context, is left out.
    pub fn excludes(&self, path: &str) -> bool {
        let mut matched = Matched::default();
        let mut excluded = false;
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            (excluded, matched) = self.enter(&path[..end], &matched);
        }
        excluded
    }

    /// Whether some patterns take back what others left out, so that an excluded folder may hold something to send.
    pub(super) fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.exception)
    }

    /// Whether `path` is left out, and what matched it, given what matched the folder it is in. The last match wins.
    pub(super) fn enter(&self, path: &str, parent: &Matched) -> (bool, Matched) {
        let mut excluded = false;
        let mut matched = Vec::with_capacity(self.patterns.len());
        for (at, pattern) in self.patterns.iter().enumerate() {
            let here = parent.0.get(at).copied().unwrap_or(false) || pattern.matches(path);
            if here {
                excluded = !pattern.exception;
            }
            matched.push(here);
        }
        (excluded && !ALWAYS.contains(&path), Matched(matched))
    }
}
