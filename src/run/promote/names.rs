//! What stands at the names of a promotion: a repository that gets many is asked for its list of tags first.

use crate::name::{Digest, Reference, Tag};
use crate::registry::{Registry, RegistryError};
use crate::run::presence::heads::standing;
use std::collections::{BTreeMap, BTreeSet};

/// From so many names in one repository on, its list of tags is cheaper than a question for each.
const WORTH_A_LIST: usize = 4;
/// So many names are worth one page of the list: a repository with a hundred thousand tags is asked for each name instead.
const NAMES_A_PAGE: usize = 20;
/// As many pages are read to find out whether a name that was not listed is listed now.
pub(super) const PAGES_TO_DOUBT: usize = 100;

/// What stands at names before they are moved. A name that is not in the list of its repository counts as free: each is
/// looked at again right before it is written, so a list that leaves something out loses nothing.
///
/// # Errors
/// With the first registry that gives no clear answer. A registry that gives no list, or a long one, is asked for each name.
pub async fn looked(
    registry: &dyn Registry,
    names: BTreeSet<Reference>,
    workers: usize,
) -> Result<BTreeMap<Reference, Option<Digest>>, RegistryError> {
    let mut by_repository: BTreeMap<String, Vec<Reference>> = BTreeMap::new();
    for name in names {
        by_repository.entry(name.canonical().name()).or_default().push(name);
    }
    let (mut found, mut unclear) = (BTreeMap::new(), BTreeSet::new());
    for names in by_repository.into_values() {
        let listed = match names.first().filter(|_| names.len() >= WORTH_A_LIST) {
            Some(first) => registry.few_tags(first, names.len() / NAMES_A_PAGE + 1).await.ok().flatten(),
            None => None,
        };
        let is_free = |name: &Reference| listed.as_ref().is_some_and(|tags| !is_in(tags, name));
        let (free, taken): (Vec<Reference>, Vec<Reference>) = names.into_iter().partition(is_free);
        found.extend(free.into_iter().map(|name| (name, None)));
        unclear.extend(taken);
    }
    found.extend(standing(registry, unclear, workers).await?);
    Ok(found)
}

/// Whether a list of tags, sorted, has the tag of a name.
pub(super) fn is_in(tags: &[String], name: &Reference) -> bool {
    let tag = name.tag().map_or("latest", Tag::as_str);
    tags.binary_search_by(|known| known.as_str().cmp(tag)).is_ok()
}
