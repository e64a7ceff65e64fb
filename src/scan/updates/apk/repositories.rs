//! `/etc/apk/repositories`, and what the image is.

use super::super::offer::{Origin, Rank};
use super::super::repository::MOST;
use crate::fetch::shown;
use crate::scan::{PackageKind, Subject};
use std::collections::HashSet;
use std::sync::Arc;

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repository {
    /// Its address.
    pub address: String,
    /// As findings name it.
    pub origin: Arc<Origin>,
    /// Of a repository with a tag: the packages that are wanted from it. None: it is for all.
    only: Option<HashSet<String>>,
}

impl Repository {
    /// Which of the installed packages it is asked for.
    pub(super) fn names(&self, installed: &Arc<HashSet<String>>) -> Arc<HashSet<String>> {
        match &self.only {
            None => installed.clone(),
            Some(only) => Arc::new(installed.intersection(only).cloned().collect()),
        }
    }
}

/// The repositories that count, and what is wrong with the others. One with a tag counts for the packages that
/// `/etc/apk/world` wants from it.
pub(super) fn read(subject: &Subject<'_>) -> (Vec<Repository>, Vec<String>) {
    let text = |path: &str| match subject.contents.bytes(path) {
        Ok(bytes) => Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()),
        Err(error) => Err(format!("{path}: {error}")),
    };
    let world = text("/etc/apk/world").unwrap_or_default();
    match text("/etc/apk/repositories") {
        Ok(text) => parse(&text, &world),
        Err(error) => (Vec::new(), vec![error]),
    }
}

fn parse(text: &str, world: &str) -> (Vec<Repository>, Vec<String>) {
    let (mut found, mut errors) = (Vec::<Repository>::new(), Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        // One more than is asked says that there are too many.
        if found.len() > MOST || errors.len() > MOST {
            break;
        }
        let (tag, address) = match line.strip_prefix('@').and_then(|rest| rest.split_once([' ', '\t'])) {
            Some((tag, address)) => (Some(tag), address.trim()),
            None => (None, line),
        };
        let only = tag.map(|tag| tagged(world, tag));
        if only.as_ref().is_some_and(HashSet::is_empty) || found.iter().any(|one| one.address == address && one.only == only) {
            continue;
        }
        if !["http://", "https://"].iter().any(|scheme| address.starts_with(scheme)) {
            errors.push(format!("/etc/apk/repositories: {} cannot be asked; only http and https can", shown(address)));
            continue;
        }
        let origin = Arc::new(Origin { name: shown(address), security: false, rank: Rank::Usual });
        found.push(Repository { address: address.to_owned(), origin, only });
    }
    (found, errors)
}

/// The packages of the world with a tag: `name@tag`, `name=1.2@tag`.
fn tagged(world: &str, tag: &str) -> HashSet<String> {
    let wanted = world.split_whitespace().filter_map(|word| word.rsplit_once('@')).filter(|(_, told)| *told == tag);
    wanted.map(|(name, _)| name.split(['=', '<', '>', '~']).next().unwrap_or(name).to_owned()).collect()
}

/// The architecture as apk names it: the image's own word, else that of its packages.
pub(super) fn architecture(subject: &Subject<'_>) -> String {
    if let Ok(Some(bytes)) = subject.contents.bytes("/etc/apk/arch") {
        let text = String::from_utf8_lossy(&bytes);
        if let Some(word) = text.split_whitespace().next() {
            return word.to_owned();
        }
    }
    let mut arches = subject.inventory.of(PackageKind::Apk).filter_map(|package| package.arch.as_deref());
    arches.find(|arch| *arch != "noarch").unwrap_or("x86_64").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_count_for_the_packages_that_want_them() {
        let text = "# c\nhttps://r.example/v3/main\nhttps://r.example/v3/main\n@edge https://r.example/edge/main\n@none https://r.example/x\n/media/cdrom\n";
        let (found, errors) = parse(text, "musl busybox@edge curl=8@edge");
        assert_eq!(found.len(), 2);
        let installed = Arc::new(["musl", "curl"].map(str::to_owned).into_iter().collect::<HashSet<_>>());
        assert_eq!((found[0].names(&installed).len(), found[1].names(&installed).len()), (2, 1));
        assert!(errors.len() == 1 && errors[0].contains("/media/cdrom"), "{errors:?}");
    }

    #[test]
    fn a_list_without_end_ends() {
        let text: String = (0..10_000).map(|at| format!("https://r.example/{at}\n")).collect();
        assert_eq!(parse(&text, "").0.len(), MOST + 1);
    }
}
