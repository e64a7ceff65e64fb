//! One repository: its `repomd.xml` with its signature, its packages, its advisories.

use super::super::address::below;
use super::super::keys;
use super::super::offer::{Offer, Origin};
use super::super::openpgp::{Keyring, Unproven};
use super::super::repository::{Answer, Asker, Trouble, reading};
use super::super::unpack::unpacked;
use super::modules::{self, Modules};
use super::places::{Places, places};
use super::primary;
use super::repomd::{Document, documents};
use super::repos::Repo;
use crate::name::{Digest, Pattern};
use crate::scan::versions::Order;
use bytes::Bytes;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;

type Names = Arc<HashSet<String>>;

/// What a repository offers of the packages with these names.
///
/// # Errors
/// When nothing of it can be used; the last place's reason.
pub(super) async fn ask(asker: Asker<'_>, configured: &Keyring, repo: &Repo, names: Names) -> Result<Answer, Trouble> {
    let places = places(asker, repo).await?;
    let names = without(&names, &repo.excluded);
    let mut last = Trouble::Wrong("it has no address".to_owned());
    for base in &places.bases {
        match at(asker, configured, repo, (base, &places), names.clone()).await {
            Ok(answer) => return Ok(answer),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The names that no glob excludes; what is no glob excludes nothing.
fn without(names: &Names, excluded: &[String]) -> Names {
    if excluded.is_empty() {
        return names.clone();
    }
    let patterns: Vec<Pattern> = excluded.iter().filter_map(|text| Pattern::parse(text).ok()).collect();
    Arc::new(names.iter().filter(|name| !patterns.iter().any(|pattern| pattern.matches(name))).cloned().collect())
}

async fn at(asker: Asker<'_>, configured: &Keyring, repo: &Repo, (base, places): (&str, &Places), names: Names) -> Result<Answer, Trouble> {
    let address = below(base, "repodata/repomd.xml");
    let bytes = asker.document(&address).await?;
    if !places.digests.is_empty() && !places.digests.iter().any(|digest| same(digest, &bytes)) {
        return Err(Trouble::Wrong(format!("{} is not what the metalink says it is", crate::fetch::shown(&address))));
    }
    check(asker, configured, repo, &address, &bytes).await?;
    let found = documents(&bytes).map_err(|source| Trouble::Index { address: crate::fetch::shown(&address), source })?;
    let origin = Arc::new(Origin { name: repo.id.clone(), ..Origin::default() });
    let list = found.iter().find(|one| one.kind == "primary").ok_or_else(|| Trouble::Wrong("it names no list of packages".to_owned()))?;
    let packages = {
        let (names, origin) = (names.clone(), origin.clone());
        move |input| primary::packages(input, &names, &origin)
    };
    let mut offers = document(asker, base, list, packages).await?;
    let mut errors = Vec::new();
    let mut failed = |what: &str, error: &Trouble| errors.push(format!("the repository {}: its {what}: {error}", repo.id));
    if let Some(list) = found.iter().find(|one| one.kind == "updateinfo") {
        match document(asker, base, list, move |input| primary::advisories(input, &names, &origin)).await {
            Ok(advisories) => add(&mut offers, advisories),
            Err(error) => failed("advisories", &error),
        }
    }
    if let Some(list) = found.iter().find(|one| one.kind == "modules") {
        let states = modules::states(asker.subject);
        match document(asker, base, list, move |input| Modules::read(input, &states)).await {
            Ok(modules) => offers.retain(|offer| modules.allow(offer)),
            Err(error) => failed("modules", &error),
        }
    }
    Ok(Answer { offers, errors })
}

/// Advisories name versions that are gone again; they count where that version or a newer one is there.
fn add(offers: &mut Vec<Offer>, advisories: Vec<Offer>) {
    let mut newest: HashMap<(String, String), String> = HashMap::new();
    for offer in offers.iter() {
        let held = newest.entry((offer.name.clone(), offer.arch.clone())).or_insert_with(|| offer.version.clone());
        if Order::Rpm.newer(&offer.version, held) {
            held.clone_from(&offer.version);
        }
    }
    let there = |offer: &Offer| {
        let newest = newest.get(&(offer.name.clone(), offer.arch.clone()));
        newest.is_some_and(|newest| Order::Rpm.compare(&offer.version, newest) != Some(Ordering::Greater))
    };
    offers.extend(advisories.into_iter().filter(there));
}

/// Reads a document whose digest is right.
async fn document<T: Send + 'static>(
    asker: Asker<'_>,
    base: &str,
    list: &Document,
    read: impl FnOnce(Box<dyn io::BufRead + Send>) -> io::Result<T> + Send + 'static,
) -> Result<T, Trouble> {
    let wrong = || Trouble::Wrong(format!("{} has no digest of SHA-256 or SHA-512, so that it cannot be checked", list.path));
    let address = below(base, &list.path);
    let file = asker.index(&address, list.digest.clone().ok_or_else(wrong)?).await?;
    let path = list.path.clone();
    reading(&address, move || read(unpacked(&path, file)?)).await
}

/// Checks the signature where the image has keys for it. dnf does so only with `repo_gpgcheck`: without it, a signature
/// that is not there or somebody else's says nothing, but a wrong one does.
async fn check(asker: Asker<'_>, configured: &Keyring, repo: &Repo, address: &str, bytes: &Bytes) -> Result<(), Trouble> {
    let mut keyring = Keyring::default();
    for file in repo.keys.iter().filter_map(|key| key.strip_prefix("file://")) {
        // Keys that are not in the image prove nothing.
        let _ = keys::add(&mut keyring, asker.subject, file);
    }
    let needed = repo.signed && !keyring.is_empty();
    keyring.join(configured);
    if keyring.is_empty() {
        return Ok(());
    }
    match asker.document(&format!("{address}.asc")).await {
        Ok(signature) => match keyring.check_detached(bytes, &signature, asker.subject.now) {
            Err(Unproven::UnknownKey(_) | Unproven::Unreadable(_)) if !needed => Ok(()),
            checked => checked.map_err(|error| Trouble::Wrong(format!("repomd.xml.asc: {error}"))),
        },
        Err(error) if error.is_absent() && needed => Err(Trouble::Wrong("it must be signed and has no repomd.xml.asc".to_owned())),
        Err(error) if error.is_absent() => Ok(()),
        Err(error) => Err(error),
    }
}

fn same(expected: &Digest, bytes: &[u8]) -> bool {
    crate::fetch::digest_like(expected, bytes) == *expected
}
