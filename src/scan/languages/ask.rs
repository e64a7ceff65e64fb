//! Asks one index for everything that is installed of its kind.

use super::kinds::{Index, Offered};
use super::pypi;
use crate::fetch::{Fetcher, Request};
use crate::scan::versions::Order;
use crate::scan::{Package, PackageKind, Subject};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use tokio::time::Instant;

/// Packages asked for at once, of each kind.
const AT_ONCE: usize = 8;

/// After so many failures an index is not asked any more.
const FAILURES: usize = 3;

/// The most bytes that an index says of one package.
const ANSWER: u64 = 64 << 20;

/// What came of one kind.
#[derive(Debug, Default)]
pub(super) struct Asked<'a> {
    /// Packages with the newest version that is offered of each.
    pub updates: Vec<(&'a Package, String)>,
    /// What failed.
    pub errors: Vec<String>,
}

/// What is offered of a package, its name, and where it is installed.
type Answer<'a> = (Result<Vec<Offered>, String>, &'a str, Vec<&'a Package>);

/// Asks an index. What was found before it failed counts all the same.
pub(super) async fn ask<'a>(
    subject: &Subject<'a>,
    fetcher: &Fetcher,
    index: &'static Index,
    address: &str,
    deadline: Instant,
) -> Asked<'a> {
    let packages = packages(subject, index.kind);
    let count = packages.len();
    let mut asking: Vec<BoxFuture<'_, Answer<'a>>> = Vec::new();
    for (name, installed) in packages {
        asking.push(Box::pin(async move { (offered(subject, fetcher, index, address, name).await, name, installed) }));
    }
    let mut answers = futures_util::stream::iter(asking).buffer_unordered(AT_ONCE);
    let (mut asked, mut done, mut failures) = (Asked::default(), 0, 0);
    let kind = index.kind.as_str();
    while failures < FAILURES {
        let Ok(next) = tokio::time::timeout_at(deadline, answers.next()).await else {
            let left = count - done;
            asked.errors.push(format!("{kind}: {left} of {count} packages were not answered in time; `scanners.timeout` gives it more"));
            return asked;
        };
        let Some((answer, name, installed)) = next else { break };
        done += 1;
        match answer {
            Ok(offered) => asked.updates.extend(installed.into_iter().filter_map(|package| Some((package, newest(package, &offered)?)))),
            Err(error) => {
                failures += 1;
                asked.errors.push(format!("{kind}: {name}: {error}"));
            }
        }
    }
    if failures >= FAILURES && done < count {
        asked.errors.push(format!("{kind}: the other {} of {count} packages were not asked for", count - done));
    }
    asked.updates.sort();
    asked.errors.sort();
    asked
}

/// The installed packages by name. Of Node, what is inside another package is that package's own affair.
fn packages<'a>(subject: &Subject<'a>, kind: PackageKind) -> BTreeMap<&'a str, Vec<&'a Package>> {
    let mut by_name: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    let inner = |package: &&Package| kind == PackageKind::Npm && package.location.matches("/node_modules/").count() > 1;
    for package in subject.inventory.of(kind).filter(|package| !inner(package)) {
        by_name.entry(&package.name).or_default().push(package);
    }
    by_name
}

/// What an index offers of a package; nothing where it does not know it: packages of one's own are in no index.
async fn offered(subject: &Subject<'_>, fetcher: &Fetcher, index: &Index, address: &str, name: &str) -> Result<Vec<Offered>, String> {
    let Some(path) = (index.path)(name) else { return Ok(Vec::new()) };
    let address = address.strip_prefix("sparse+").unwrap_or(address);
    let place = format!("{}/{path}", address.trim_end_matches('/'));
    let request = Request::new(&place).at_most(ANSWER).accept(index.accept).within(subject.settings.timeout);
    match fetcher.bytes(&request).await {
        Ok(bytes) => (index.read)(name, &bytes).map_err(|error| format!("{} answers something else: {error}", crate::fetch::shown(&place))),
        Err(error) if error.is_absent() => Ok(Vec::new()),
        Err(error) => Err(error.to_string()),
    }
}

/// The newest version that is newer than the installed one and is for its Python.
fn newest(package: &Package, offered: &[Offered]) -> Option<String> {
    let order = Order::of(package.kind);
    let python = pypi::python(&package.location);
    let fits = |one: &&Offered| match (&one.python, python) {
        (Some(wanted), Some(python)) => pypi::fits(wanted, python),
        _ => true,
    };
    let newer = offered.iter().filter(|one| order.newer(&one.version, &package.version)).filter(fits);
    newer.max_by(|left, right| order.compare(&left.version, &right.version).unwrap_or(Ordering::Equal)).map(|one| one.version.clone())
}
