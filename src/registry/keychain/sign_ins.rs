//! Storing and removing sign-ins where Docker and podman look for them.

use super::document::{Document, Gone};
use super::file::AuthFile;
use super::site::{Site, server_of_key};
use super::{KeychainSources, dockers_place, helper, named, places, replace, usual_places};
use crate::config::Login;
use crate::registry::credentials::CredentialsError;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Where a sign-in stands, or stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spot {
    /// The file.
    pub path: String,
    /// The entry, as it is written there.
    pub key: String,
    /// The credential helper that has it, where the file names one: `docker-credential-pass`.
    pub helper: Option<String>,
}

/// What removing came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// What is gone.
    pub removed: Vec<Spot>,
    /// What still signs in to the registry or a part of it.
    pub standing: Vec<Spot>,
}

/// The files of sign-ins, to be changed.
pub struct SignIns {
    sources: KeychainSources,
}

impl SignIns {
    /// Those that a [`super::Keychain`] of the same sources reads.
    pub fn new(sources: KeychainSources) -> Self {
        Self { sources }
    }

    /// The files that are looked into, and changed by [`Self::remove`].
    pub fn places(&self) -> Vec<String> {
        places(&self.sources).iter().map(|path| path.display().to_string()).collect()
    }

    /// Stores a sign-in where it will be found first: in the named file; else in the file that knows the registry, that
    /// names a helper for all, or that is there; else in Docker's. A helper that is configured there gets it.
    ///
    /// # Errors
    /// When a file cannot be read or written, or the helper fails.
    pub fn store(&self, site: &Site, login: &Login) -> Result<Spot, CredentialsError> {
        let path = self.place_for(site)?;
        let file = self.load(&path)?;
        let helper = file.as_ref().and_then(|file| helper_of(file, site));
        if let Some((program, server)) = &helper {
            let stored = helper::store(program, server, login, &self.sources.environment);
            stored.map_err(|reason| failed(program, &path, site, "does not keep the sign-in", reason))?;
        }
        let mut key = String::new();
        let is_dockers = path.file_name().is_some_and(|name| name == "config.json");
        let plain = helper.is_none().then_some(login);
        change(&path, |document| {
            key = document.set(site, plain, is_dockers)?;
            Ok(true)
        })?;
        Ok(Spot { path: path.display().to_string(), key, helper: helper.map(|(program, _)| program_name(&program)) })
    }

    /// Removes every sign-in for exactly this from the named file, else from all usual ones.
    ///
    /// # Errors
    /// As for [`Self::store`].
    pub fn remove(&self, site: &Site) -> Result<Removed, CredentialsError> {
        let mut all = Removed::default();
        let own = places(&self.sources);
        for path in &own {
            if let Some(file) = self.load(path)? {
                self.remove_from(path, &file, site, &mut all.removed)?;
            }
        }
        let others = usual_places(&self.sources).into_iter().filter(|path| !own.contains(path));
        for path in own.iter().cloned().chain(others) {
            if let Some(file) = self.load(&path)? {
                self.standing_in(&file, site, &mut all.standing)?;
            }
        }
        Ok(all)
    }

    fn place_for(&self, site: &Site) -> Result<PathBuf, CredentialsError> {
        if let Some(path) = named(&self.sources) {
            return Ok(path);
        }
        let mut files = Vec::new();
        for path in usual_places(&self.sources) {
            files.extend(self.load(&path)?.map(|file| (path, file)));
        }
        let knows = files.iter().find(|(_, file)| file.knows(site));
        let found = knows.or_else(|| files.iter().find(|(_, file)| file.store.is_some())).or(files.first());
        let found = found.map(|(path, _)| path.clone()).or_else(|| dockers_place(&self.sources));
        found.or_else(|| usual_places(&self.sources).into_iter().next()).ok_or(CredentialsError::Nowhere)
    }

    fn load(&self, path: &Path) -> Result<Option<AuthFile>, CredentialsError> {
        AuthFile::load(path, false)
    }

    fn remove_from(&self, path: &Path, file: &AuthFile, site: &Site, removed: &mut Vec<Spot>) -> Result<(), CredentialsError> {
        if let Some(spot) = self.held_by_helper(file, site)?
            && let Some((program, server)) = helper_of(file, site)
        {
            let erased = helper::erase(&program, &server, &self.sources.environment);
            erased.map_err(|reason| failed(&program, path, site, "does not forget the sign-in", reason))?;
            removed.push(spot);
        }
        let mut gone = Gone::default();
        change(path, |document| {
            gone = document.remove(site)?;
            Ok(gone.any)
        })?;
        removed.extend(gone.with_secret.into_iter().map(|key| Spot { path: file.path.clone(), key, helper: None }));
        Ok(())
    }

    fn standing_in(&self, file: &AuthFile, site: &Site, standing: &mut Vec<Spot>) -> Result<(), CredentialsError> {
        standing.extend(self.held_by_helper(file, site)?);
        let keys = file.keys_at_or_below(site)?;
        standing.extend(keys.into_iter().map(|key| Spot { path: file.path.clone(), key: key.to_owned(), helper: None }));
        Ok(())
    }

    /// The sign-in that a helper of this file has.
    fn held_by_helper(&self, file: &AuthFile, site: &Site) -> Result<Option<Spot>, CredentialsError> {
        let Some((program, server)) = helper_of(file, site) else { return Ok(None) };
        let held = helper::get(&program, &server, &self.sources.environment);
        let held = held.map_err(|reason| failed(&program, Path::new(&file.path), site, "gives no sign-in", reason))?;
        Ok(held.map(|_| Spot { path: file.path.clone(), key: server, helper: Some(program_name(&program)) }))
    }
}

/// The helper for exactly this, and the name it has it under. A helper for all has whole registries only.
fn helper_of(file: &AuthFile, site: &Site) -> Option<(String, String)> {
    if let Some((key, program)) = file.helper_for(site.registry(), site.path()).filter(|(key, _)| Site::of_key(key) == *site) {
        return Some((program.to_owned(), server_of_key(key).to_owned()));
    }
    let store = file.store.as_ref().filter(|_| site.path().is_empty());
    store.map(|program| (program.clone(), site.server()))
}

fn program_name(program: &str) -> String {
    format!("docker-credential-{program}")
}

fn failed(program: &str, path: &Path, site: &Site, failed: &'static str, reason: String) -> CredentialsError {
    let (program, path) = (program_name(program), path.display().to_string());
    CredentialsError::Helper { program, path, registry: site.to_string(), failed, reason }
}

/// Changes the document of a file; `edit` says whether anything was changed.
fn change(path: &Path, edit: impl FnOnce(&mut Document) -> Result<bool, String>) -> Result<(), CredentialsError> {
    let changed = replace::change(path, |text| {
        let mut document = Document::parse(text)?;
        Ok(edit(&mut document)?.then(|| document.text()))
    });
    changed.map_err(|reason| CredentialsError::Write { path: path.display().to_string(), reason })
}
