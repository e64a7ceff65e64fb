//! The keys of the image and of the configuration.

use super::super::Subject;
use super::openpgp::Keyring;
use std::path::{Path, PathBuf};

/// The keys that the configuration names. What is no key in a folder is passed over; a file that is named must be one.
///
/// # Errors
/// The files that cannot be used; the others are there all the same.
pub(super) fn configured(files: &[PathBuf]) -> (Keyring, Vec<String>) {
    let (mut keyring, mut errors) = (Keyring::default(), Vec::new());
    for path in files {
        let folder = path.is_dir();
        for file in if folder { inside(path) } else { vec![path.clone()] } {
            let added = std::fs::read(&file).map_err(|error| error.to_string()).and_then(|bytes| keyring.add(&bytes));
            if let Err(error) = added.or_else(|error| if folder { Ok(()) } else { Err(error) }) {
                errors.push(format!("{}: no keys can be read here: {error}", file.display()));
            }
        }
    }
    (keyring, errors)
}

/// The files of a folder, sorted; none where it cannot be read.
fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Adds the keys of a file of the image.
///
/// # Errors
/// When it is not there or holds no key.
pub(super) fn add(keyring: &mut Keyring, subject: &Subject<'_>, path: &str) -> Result<(), String> {
    let bytes = match subject.contents.bytes(path) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(format!("{path} is not in the image")),
        Err(error) => return Err(format!("{path}: {error}")),
    };
    keyring.add(&bytes).map_err(|error| format!("{path}: {error}"))
}

/// Adds the keys of all files of a folder of the image, where there are such; what is none is passed over.
pub(super) fn add_below(keyring: &mut Keyring, subject: &Subject<'_>, folder: &str, endings: &[&str]) {
    for (path, _) in subject.contents.below(folder).filter(|(path, _)| endings.iter().any(|ending| path.ends_with(ending))) {
        // apt passes over files of keys that it cannot read, too.
        let _ = add(keyring, subject, path);
    }
}
