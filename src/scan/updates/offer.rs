//! What is offered, and what of it is an update. Pure.

use super::super::versions::Order;
use super::super::{Inventory, Package, PackageKind};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// When a repository's packages are installed by themselves. Source: apt_preferences(5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rank {
    /// Always.
    #[default]
    Usual,
    /// Only where what is installed is newer than all usual ones: `NotAutomatic` with `ButAutomaticUpgrades`.
    Upgrades,
}

/// A repository, as far as findings name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// As people know it.
    pub name: String,
    /// Whether it is one of security updates.
    pub security: bool,
    /// When its packages are installed by themselves.
    pub rank: Rank,
}

/// A version that a repository has of a package that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// The package.
    pub name: String,
    /// Its architecture.
    pub arch: String,
    /// The version.
    pub version: String,
    /// Who offers it.
    pub origin: Arc<Origin>,
    /// The advisory of the repository that calls it a security update, where there is one.
    pub advisory: Option<String>,
}

/// A package that has an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Update<'a> {
    /// What is installed.
    pub package: &'a Package,
    /// What would be installed.
    pub to: Offer,
    /// The newer version that is a security update; it may be an older one than that which would be installed.
    pub security: Option<Offer>,
}

/// The names of what is installed, so that only these are kept of an index.
pub(super) fn names(inventory: &Inventory, kind: PackageKind) -> Arc<HashSet<String>> {
    Arc::new(inventory.of(kind).map(|package| package.name.clone()).collect())
}

/// The updates of all packages of a kind. Of packages that are installed in several versions at once, as kernels are,
/// the newest one counts.
pub(super) fn updates<'a>(inventory: &'a Inventory, kind: PackageKind, offers: &[Offer]) -> Vec<Update<'a>> {
    let order = Order::of(kind);
    let mut by_name: HashMap<&str, Vec<&Offer>> = HashMap::new();
    offers.iter().for_each(|offer| by_name.entry(&offer.name).or_default().push(offer));
    let mut newest: BTreeMap<(&str, Option<&str>), &Package> = BTreeMap::new();
    for package in inventory.of(kind) {
        let held = newest.entry((&package.name, package.arch.as_deref())).or_insert(package);
        if order.newer(&package.version, &held.version) {
            *held = package;
        }
    }
    newest.into_values().filter_map(|package| update(order, package, by_name.get(package.name.as_str())?)).collect()
}

fn update<'a>(order: Order, package: &'a Package, offers: &[&Offer]) -> Option<Update<'a>> {
    let compare = |offer: &Offer| order.compare(&offer.version, &package.version);
    let fits: Vec<&Offer> = offers.iter().copied().filter(|offer| same_architecture(&offer.arch, package.arch.as_deref())).collect();
    let best = |rank: Rank| {
        let of_rank = fits.iter().copied().filter(|offer| offer.origin.rank == rank && compare(offer).is_some());
        of_rank.max_by(|left, right| order.compare(&left.version, &right.version).unwrap_or(Ordering::Equal))
    };
    // What is installed is kept by apt where a usual repository has just that; it is never made older.
    let usual = best(Rank::Usual).filter(|offer| compare(offer) != Some(Ordering::Less));
    let to = usual.or_else(|| best(Rank::Upgrades)).filter(|offer| compare(offer) == Some(Ordering::Greater))?;
    let is_security = |offer: &&Offer| offer.origin.security || offer.advisory.is_some();
    let due = |offer: &&Offer| compare(offer) == Some(Ordering::Greater) && !order.newer(&offer.version, &to.version);
    let security = fits.iter().copied().filter(|offer| offer.origin.rank == to.origin.rank).filter(due).filter(is_security);
    let security = security.max_by(|left, right| order.compare(&left.version, &right.version).unwrap_or(Ordering::Equal));
    Some(Update { package, to: to.clone(), security: security.cloned() })
}

/// Whether a package of one architecture replaces one of the other. `all` and `noarch` may become any and the other
/// way round.
fn same_architecture(offered: &str, installed: Option<&str>) -> bool {
    let any = |arch: &str| matches!(arch, "all" | "noarch");
    installed.is_none_or(|installed| offered == installed || any(offered) || any(installed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, arch: &str) -> Package {
        Package {
            kind: PackageKind::Deb,
            name: name.to_owned(),
            version: version.to_owned(),
            arch: Some(arch.to_owned()),
            source: None,
            licenses: Vec::new(),
            location: String::new(),
            layer: 0,
        }
    }

    fn offer(version: &str, arch: &str, security: bool, rank: Rank) -> Offer {
        let origin = Arc::new(Origin { name: "r".to_owned(), security, rank });
        Offer { name: "a".to_owned(), arch: arch.to_owned(), version: version.to_owned(), origin, advisory: None }
    }

    /// The version that it would become, and that of the security update.
    fn result(installed: &[(&str, &str)], offers: &[Offer]) -> Vec<(String, Option<String>)> {
        let packages = installed.iter().map(|(version, arch)| package("a", version, arch)).collect();
        let inventory = Inventory { packages, ..Inventory::default() };
        let found = updates(&inventory, PackageKind::Deb, offers);
        found.into_iter().map(|update| (update.to.version, update.security.map(|offer| offer.version))).collect()
    }

    #[test]
    fn the_newest_counts_and_security_is_seen_below_it() {
        let offers =
            [offer("1.2", "amd64", true, Rank::Usual), offer("1.3", "amd64", false, Rank::Usual), offer("9", "arm64", false, Rank::Usual)];
        assert_eq!(result(&[("1.1", "amd64")], &offers), [("1.3".to_owned(), Some("1.2".to_owned()))]);
        assert_eq!(result(&[("1.2", "amd64")], &offers), [("1.3".to_owned(), None)]);
        assert_eq!(result(&[("1.3", "amd64")], &offers), []);
        assert_eq!(result(&[("1.4", "amd64")], &offers), [], "nothing is made older");
        assert_eq!(result(&[("1.1", "all")], &offers), [("9".to_owned(), Some("1.2".to_owned()))]);
    }

    #[test]
    fn of_several_installed_versions_the_newest_counts() {
        let offers = [offer("1.3", "amd64", false, Rank::Usual)];
        assert_eq!(result(&[("1.1", "amd64"), ("1.3", "amd64"), ("1.2", "amd64")], &offers), []);
        assert_eq!(result(&[("1.1", "amd64"), ("1.2", "amd64")], &offers).len(), 1);
        assert_eq!(result(&[("1.1", "amd64"), ("1.3", "i386")], &offers).len(), 1, "architectures count apart");
    }

    #[test]
    fn backports_are_followed_only_where_the_package_is_from_there() {
        let offers = [offer("1.0", "amd64", false, Rank::Usual), offer("2.0~bpo2", "amd64", false, Rank::Upgrades)];
        assert_eq!(result(&[("1.0", "amd64")], &offers), []);
        assert_eq!(result(&[("0.9", "amd64")], &offers), [("1.0".to_owned(), None)]);
        assert_eq!(result(&[("2.0~bpo1", "amd64")], &offers), [("2.0~bpo2".to_owned(), None)]);
    }
}
