//! Finds and reads what a template includes, imports or extends.
//!
//! Names are looked for in the folder of the definition, in `templates/` of DIRECTORY, and in `templates/` beside it.

use super::source::{LONGEST, Prepared, with_line_feeds};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The file of a definition that is rendered.
pub(super) const TEMPLATE: &str = "Dockerfile.template";

/// What went wrong in our own code below minijinja, with the place where it is known.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Told {
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// The file it is about, when that is not the template that asked.
    pub(super) path: Option<String>,
}

impl Told {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()), path: None }
    }
}

impl From<Told> for minijinja::Error {
    fn from(told: Told) -> Self {
        Self::new(minijinja::ErrorKind::InvalidOperation, told.message.clone()).with_source(told)
    }
}

/// The look-ups of one rendering.
#[derive(Debug)]
pub(super) struct Lookup {
    root: PathBuf,
    /// The folder of the definition relative to root, '/'-separated; empty for root itself.
    folder: String,
    sources: Mutex<Vec<PathBuf>>,
    asked: AtomicUsize,
}

/// How many includes, imports and extends one rendering may do; a circle of extends ends here.
const MOST: usize = 5_000;

/// Prefix of the keys of shared templates beside DIRECTORY.
const BESIDE: &str = "../templates/";
/// Prefix of the keys of shared templates in DIRECTORY.
const WITHIN: &str = "templates/";

impl Lookup {
    pub(super) fn new(root: &Path, folder: &str) -> Self {
        let folder: Vec<&str> = folder.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        Self { root: root.to_owned(), folder: folder.join("/"), sources: Mutex::default(), asked: AtomicUsize::new(0) }
    }

    /// The key of the definition's own template: its path relative to root.
    pub(super) fn main(&self) -> String {
        let key = self.own_key(TEMPLATE);
        self.note(&key);
        key
    }

    fn own_key(&self, name: &str) -> String {
        if self.folder.is_empty() { name.to_owned() } else { format!("{}/{name}", self.folder) }
    }

    /// Every file that was used, relative to root.
    pub(super) fn sources(&self) -> Vec<PathBuf> {
        std::mem::take(&mut self.sources.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, key: &str) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if !sources.iter().any(|known| known.as_os_str() == key) {
            sources.push(PathBuf::from(key));
        }
    }

    /// Whether a key was found in this rendering.
    pub(super) fn uses(&self, key: &str) -> bool {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|known| known.as_os_str() == key)
    }

    /// The key of what a template calls `name`: the path of the file relative to root.
    ///
    /// # Errors
    /// When the name would leave the folders that are searched.
    pub(super) fn resolve(&self, name: &str) -> Result<Option<String>, Told> {
        if name.starts_with('/') || name.split('/').any(|part| part == "..") {
            let message = format!("\"{name}\" leaves the folders where templates are looked for");
            let help = "name a file in the definition's folder, in templates/ of the catalogue, or in templates/ beside it";
            return Err(Told::new(message, help));
        }
        if self.asked.fetch_add(1, Ordering::Relaxed) >= MOST {
            let message = format!("more than {MOST} includes, imports and extends: templates use each other without end");
            return Err(Told::new(message, "check which file includes or extends itself"));
        }
        let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let name = parts.join("/");
        if name.is_empty() {
            return Ok(None);
        }
        let keys = [self.own_key(&name), format!("{WITHIN}{name}"), format!("{BESIDE}{name}")];
        let found = keys.into_iter().find(|key| self.path(key).is_file());
        if let Some(key) = &found {
            self.note(key);
        }
        Ok(found)
    }

    /// Whether the template of a key is the same for every definition.
    pub(super) fn is_shared(&self, key: &str) -> bool {
        key.starts_with(BESIDE) || key.starts_with(WITHIN)
    }

    fn path(&self, key: &str) -> PathBuf {
        match key.strip_prefix(BESIDE) {
            Some(name) => beside(&self.root).join(name),
            None => self.root.join(key),
        }
    }

    /// Reads the file of a key; CRLF becomes LF.
    ///
    /// # Errors
    /// When the file cannot be read, or is not UTF-8.
    pub(super) fn read(&self, key: &str) -> Result<String, Told> {
        let told = |message: String, help: &str| Told { path: Some(key.to_owned()), ..Told::new(message, help) };
        let bytes = std::fs::read(self.path(key)).map_err(|error| {
            let help = match error.kind() {
                ErrorKind::NotFound => "a definition needs this file",
                ErrorKind::PermissionDenied => "make the file readable for you",
                _ => "check the file and the disk",
            };
            told(format!("cannot read {key}: {error}"), help)
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            told(format!("{key} is not UTF-8: the byte at position {at} (line {line}) is wrong"), "save the file as UTF-8")
        })?;
        Ok(with_line_feeds(text))
    }

    /// Reads and prepares the file of a key.
    pub(super) fn prepare(&self, key: &str) -> Result<Prepared, Told> {
        let text = self.read(key)?;
        let prepared = Prepared::new(&text);
        match prepared.too_long() {
            None => Ok(prepared),
            Some(place) => {
                let line = text[..place].matches('\n').count() + 1;
                let message = format!(
                    "an expression in line {line} of {key} has more than {LONGEST} operators in a row (a pair of brackets counts 4)"
                );
                Err(Told { path: Some(key.to_owned()), ..Told::new(message, "split it with {% set … = … %}") })
            }
        }
    }
}

/// The folder `templates` beside a directory.
fn beside(root: &Path) -> PathBuf {
    match root.parent() {
        Some(parent) if root.file_name().is_some() => parent.join("templates"),
        _ => root.join("..").join("templates"),
    }
}
