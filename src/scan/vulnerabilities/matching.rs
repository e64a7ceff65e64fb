//! Which advisories concern which installed packages.

use super::advisories::Advisories;
use super::ecosystem::{Key, base, concerns, keys, normal};
use super::fold::{fold, names};
use super::osv::{Advisory, AffectedPackage};
use super::range::{Verdict, judge};
use super::severity::{self, Rated};
use crate::scan::versions::Order;
use crate::scan::{Inventory, Package};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How many ends of ranges that are no versions are named one by one.
const NAMED: usize = 3;

/// A vulnerability of an installed package.
#[derive(Clone, Debug)]
pub struct Match<'a> {
    /// Its id, and all other names.
    pub id: String,
    /// The other names it has.
    pub aliases: Vec<String>,
    /// One line about it.
    pub summary: String,
    /// How severe it is.
    pub rated: Rated,
    /// The package.
    pub package: &'a Package,
    /// The version that has it no more.
    pub fixed: Option<String>,
}

/// One advisory about one package, before those about the same vulnerability are put together.
#[derive(Clone, Debug)]
pub struct Hit<'a> {
    /// The advisory.
    pub advisory: &'a Advisory,
    /// How severe it is for the package.
    pub rated: Rated,
    /// The version that has it no more.
    pub fixed: Option<String>,
}

/// Matches the packages of an image, each vulnerability once for each package.
pub async fn matches<'a>(inventory: &'a Inventory, advisories: &Advisories, errors: &mut Vec<String>) -> Vec<Match<'a>> {
    let mut wanted: HashSet<(String, String)> = HashSet::new();
    for package in &inventory.packages {
        wanted.extend(keys(package, &inventory.os).into_iter().map(|key| (key.ecosystem.to_owned(), key.name.into_owned())));
    }
    if wanted.is_empty() || advisories.is_empty() {
        return Vec::new();
    }
    let known = advisories.of_packages(&wanted, errors).await;
    of(inventory, &known, errors)
}

/// Matches packages with advisories at hand.
pub fn of<'a>(inventory: &'a Inventory, advisories: &[Advisory], errors: &mut Vec<String>) -> Vec<Match<'a>> {
    let mut by_name: HashMap<(&str, String), BTreeSet<usize>> = HashMap::new();
    for (at, advisory) in advisories.iter().enumerate().filter(|(_, advisory)| advisory.withdrawn.is_none()) {
        for affected in &advisory.affected {
            let ecosystem = base(&affected.package.ecosystem);
            by_name.entry((ecosystem, normal(ecosystem, &affected.package.name).into_owned())).or_default().insert(at);
        }
    }
    let mut unclear = BTreeMap::new();
    let mut found = Vec::new();
    for package in &inventory.packages {
        let mut hits = Vec::new();
        for key in keys(package, &inventory.os) {
            let places = by_name.get(&(key.ecosystem, key.name.to_string())).into_iter().flatten();
            hits.extend(places.filter_map(|at| hit(&advisories[*at], &key, package, inventory, &mut unclear)));
        }
        found.extend(fold(&hits).into_iter().map(|group| merged(&group, package)));
    }
    errors.extend(told(&unclear));
    found
}

/// What an advisory says of a package; of several places in it the first that concerns it.
fn hit<'a>(
    advisory: &'a Advisory,
    key: &Key<'_>,
    package: &Package,
    inventory: &Inventory,
    unclear: &mut BTreeMap<String, String>,
) -> Option<Hit<'a>> {
    let order = Order::of(package.kind);
    // A version that is none, such as Go's `(devel)`, is in no range; that is no mistake of an advisory.
    order.compare(&key.version, &key.version)?;
    let about = |affected: &&AffectedPackage| {
        let ecosystem = base(&affected.package.ecosystem);
        let is_it = ecosystem == key.ecosystem && normal(ecosystem, &affected.package.name) == key.name;
        is_it && concerns(&affected.package.ecosystem, &inventory.os)
    };
    advisory.affected.iter().filter(about).find_map(|affected| match judge(affected, &key.version, order) {
        Verdict::Affected(fixed) => Some(Hit { advisory, rated: severity::of(advisory, affected), fixed }),
        Verdict::Unclear(bound) => {
            unclear.insert(advisory.id.clone(), bound);
            None
        }
        Verdict::Clear => None,
    })
}

/// Advisories about one vulnerability in one package, as one.
fn merged<'a>(group: &[&Hit<'_>], package: &'a Package) -> Match<'a> {
    let mut names = names(group).into_iter();
    let id = names.next().unwrap_or_default();
    let order = Order::of(package.kind);
    let rated = group.iter().fold(Rated::UNKNOWN, |worst, hit| worst.or_worse(hit.rated));
    // Whoever names the highest version says what is sure to help.
    let fixes = group.iter().filter_map(|hit| hit.fixed.as_deref());
    let fixed = fixes.reduce(|one, other| if order.newer(other, one) { other } else { one }).map(str::to_owned);
    let summary = group.iter().map(|hit| hit.advisory.summary.trim()).find(|summary| !summary.is_empty()).unwrap_or_default();
    Match { id, aliases: names.collect(), summary: summary.to_owned(), rated, package, fixed }
}

fn told(unclear: &BTreeMap<String, String>) -> Option<String> {
    let first: Vec<String> = unclear.iter().take(NAMED).map(|(id, bound)| format!("{id} (\"{bound}\")")).collect();
    let more = unclear.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!first.is_empty())
        .then(|| format!("advisories name what is no version of their ecosystem, so they do not count: {}{more}", first.join(", ")))
}
