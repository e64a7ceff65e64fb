//! All names that a catalogue's images have, or had: now, at revisions that count, and before they were removed.

use super::KeepError;
use crate::catalog::{Changelog, Definition};
use crate::config::Config;
use crate::git::{self, Repository};
use crate::name::Reference;
use crate::publish::Subject;
use crate::publish::retain::Owners;
use crate::run::Names;
use std::collections::HashSet;
use std::path::Path;

/// A changelog of some revision.
struct Past {
    path: String,
    changelog: Changelog,
}

/// Collects the names. Versions that `names`, HEAD and the revisions of `keep_from` have on top of their changelogs count as
/// current; all others, and those of definitions that were removed, as earlier ones.
///
/// # Errors
/// When a revision is none, or git fails.
pub fn owners(root: &Path, config: &Config, names: &Names, keep_from: &[String]) -> Result<Owners, KeepError> {
    let mut found = Owners::default();
    let mut book = Book { config, names, owners: &mut found };
    for (definition, _) in &names.definitions {
        book.add(&definition.path, &definition.changelog, true, true);
    }
    let Some(repository) = git::discover(root)? else {
        let Some(revision) = keep_from.first() else { return Ok(found) };
        return Err(KeepError::NotInGit { directory: root.display().to_string(), revision: revision.clone() });
    };
    for (revision, commit) in commits(&repository, keep_from)? {
        for past in changelogs_at(&repository, &revision, &commit)? {
            book.add(&past.path, &past.changelog, true, true);
        }
    }
    if repository.head()?.is_some() {
        let living: HashSet<&str> = names.definitions.iter().map(|(definition, _)| definition.name.as_str()).collect();
        for (path, bytes) in repository.removed_files_called(Definition::CHANGELOG)? {
            if let Ok(changelog) = Changelog::parse(&bytes) {
                let lives = living.contains(changelog.first().package.as_str());
                book.add(&path, &changelog, false, lives);
            }
        }
    }
    Ok(found)
}

/// HEAD, where the folder differs from it, and the revisions that were named.
fn commits(repository: &Repository, keep_from: &[String]) -> Result<Vec<(String, String)>, KeepError> {
    let mut found = Vec::new();
    if let Some(head) = repository.head()?.filter(|head| head.dirty) {
        found.push(("HEAD".to_owned(), head.commit));
    }
    for revision in keep_from {
        found.push((revision.clone(), repository.commit(revision)?));
    }
    Ok(found)
}

fn changelogs_at(repository: &Repository, revision: &str, commit: &str) -> Result<Vec<Past>, KeepError> {
    let files = repository.files_called(Definition::CHANGELOG, commit)?;
    let read = |(path, bytes): (String, Vec<u8>)| match Changelog::parse(&bytes) {
        Ok(changelog) => Ok(Past { path, changelog }),
        Err(error) => Err(KeepError::Changelog { revision: revision.to_owned(), path, reason: error.to_string() }),
    };
    files.into_iter().map(read).collect()
}

struct Book<'a> {
    config: &'a Config,
    names: &'a Names,
    owners: &'a mut Owners,
}

impl Book<'_> {
    /// Takes up all versions of a changelog; with `current`, the first one counts.
    fn add(&mut self, path: &str, changelog: &Changelog, current: bool, lives: bool) {
        let name = &changelog.first().package;
        for (at, entry) in changelog.entries.iter().enumerate() {
            let version = entry.version.as_str();
            // A version that makes no tag was never published.
            let Ok(reference) = Reference::compose(&self.config.registry, &self.config.namespace, name, version) else { continue };
            let subject = Subject { name, path, reference: &reference, version, tag: version, entry: None };
            if current && at == 0 {
                self.owners.add_current(&self.names.destinations, &subject);
            } else {
                self.owners.add_old(&self.names.destinations, &subject, lives);
            }
        }
    }
}
