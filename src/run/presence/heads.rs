//! What stands at references of any registry: one HEAD each, several at once.

use crate::name::{Digest, Reference};
use crate::registry::{Lookup, Registry, RegistryError};
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::collections::{BTreeMap, BTreeSet};

/// Asks for each reference once, with `workers` questions at a time. `None` where nothing stands.
///
/// # Errors
/// With the first registry that gives no clear answer: half of the answers would decide wrongly.
pub async fn standing(
    registry: &dyn Registry,
    references: BTreeSet<Reference>,
    workers: usize,
) -> Result<BTreeMap<Reference, Option<Digest>>, RegistryError> {
    let answers = futures_util::stream::iter(references).map(|reference| async move {
        let found = match registry.head(&reference).await? {
            Lookup::Found(digest) => Some(digest),
            Lookup::Absent => None,
        };
        Ok((reference, found))
    });
    answers.buffer_unordered(workers.max(1)).try_collect().await
}
