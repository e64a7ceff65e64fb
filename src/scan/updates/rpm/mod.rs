//! dnf and yum: repositories, their metadata, advisories. Sources: dnf.conf(5), createrepo_c's documents, Metalink 3.0.

mod metadata;
mod modules;
mod places;
mod primary;
mod repomd;
mod repos;
mod variables;
mod xml;

use super::super::{Found, PackageKind};
use super::offer::{self, Offer};
use super::openpgp::Keyring;
use super::repository::{Asked, Asker, gathered};

/// What the repositories of the image offer of its packages; what failed goes to `found`.
pub(super) async fn offers(asker: Asker<'_>, configured: &Keyring, found: &mut Found) -> Vec<Offer> {
    let names = offer::names(asker.subject.inventory, PackageKind::Rpm);
    if names.is_empty() {
        return Vec::new();
    }
    let (repos, errors) = repos::read(asker.subject);
    found.errors.extend(errors);
    let mut asked: Vec<Asked<'_>> = Vec::new();
    for repo in &repos {
        asked.push((format!("the repository {}", repo.id), Box::pin(metadata::ask(asker, configured, repo, names.clone()))));
    }
    gathered(asker, asked, found).await
}
