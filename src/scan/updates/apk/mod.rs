//! apk: repositories and their indexes. Sources: apk-repositories(5), apk-world(5), Alpine wiki "Apk spec".

mod index;
mod repositories;
mod signature;

use super::super::{Found, PackageKind};
use super::offer::{self, Offer};
use super::repository::{Answer, Asked, Asker, Trouble, gathered};
use repositories::Repository;
use signature::Keys;
use std::collections::HashSet;
use std::sync::Arc;

/// What the repositories of the image offer of its packages; what failed goes to `found`.
pub(super) async fn offers(asker: Asker<'_>, found: &mut Found) -> Vec<Offer> {
    let names = offer::names(asker.subject.inventory, PackageKind::Apk);
    if names.is_empty() {
        return Vec::new();
    }
    let (repositories, errors) = repositories::read(asker.subject);
    found.errors.extend(errors);
    let (keys, errors) = signature::keys(asker.subject);
    found.errors.extend(errors);
    let (arch, keys) = (repositories::architecture(asker.subject), Arc::new(keys));
    let mut asked: Vec<Asked<'_>> = Vec::new();
    for repository in &repositories {
        let ask = ask(asker, repository, &arch, keys.clone(), repository.names(&names));
        asked.push((repository.origin.name.clone(), Box::pin(ask)));
    }
    gathered(asker, asked, found).await
}

async fn ask(
    asker: Asker<'_>,
    repository: &Repository,
    arch: &str,
    keys: Arc<Keys>,
    names: Arc<HashSet<String>>,
) -> Result<Answer, Trouble> {
    let address = super::address::below(&repository.address, &format!("{arch}/APKINDEX.tar.gz"));
    let bytes = asker.document(&address).await?;
    let origin = repository.origin.clone();
    super::repository::reading(&address, move || {
        let rest = signature::check(&bytes, &keys).map_err(std::io::Error::other)?;
        let offers = index::packages(&bytes[rest..], &names, &origin)?;
        Ok(Answer { offers, errors: Vec::new() })
    })
    .await
}
