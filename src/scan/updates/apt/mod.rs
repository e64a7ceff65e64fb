//! apt: sources, releases, packages. Sources: sources.list(5), apt_preferences(5), Debian wiki "DebianRepository/Format".

mod packages;
mod release;
mod signed;
mod sources;

use super::super::{Found, PackageKind};
use super::offer::Offer;
use super::offer::{self};
use super::openpgp::Keyring;
use super::repository::{Asked, Asker, gathered};
use std::collections::BTreeSet;

/// What the repositories of the image offer of its packages; what failed goes to `found`.
pub(super) async fn offers(asker: Asker<'_>, configured: &Keyring, found: &mut Found) -> Vec<Offer> {
    let inventory = asker.subject.inventory;
    let names = offer::names(inventory, PackageKind::Deb);
    if names.is_empty() {
        return Vec::new();
    }
    let arches: BTreeSet<String> = inventory.of(PackageKind::Deb).filter_map(|package| package.arch.clone()).collect();
    let arches: Vec<String> = arches.into_iter().filter(|arch| arch != "all").collect();
    let (sources, errors) = sources::read(asker.subject.contents, arches.first().map_or("amd64", String::as_str));
    found.errors.extend(errors);
    let mut asked: Vec<Asked<'_>> = Vec::new();
    for source in &sources {
        asked.push((source.name(), Box::pin(packages::ask(asker, configured, source, &arches, names.clone()))));
    }
    gathered(asker, asked, found).await
}
