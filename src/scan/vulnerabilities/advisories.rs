//! The advisories of a call: each set opened once, when the first image needs it.

use super::osv::Advisory;
use super::source::Source;
use super::store::Store;
use crate::fetch::{Fetcher, Request, shown};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// The most bytes of a mirror's file, and the longest it may take.
const LARGEST: u64 = 1 << 30;
const LONGEST: Duration = Duration::from_secs(600);

/// A set that is opened, or why it cannot be.
type Opening = Arc<OnceCell<Result<Arc<Store>, String>>>;

/// The advisories of a call.
pub struct Advisories {
    places: Vec<String>,
    folder: Option<PathBuf>,
    fetcher: Arc<Fetcher>,
    open: Mutex<BTreeMap<String, Opening>>,
}

impl Advisories {
    /// From what the configuration says: folders, zip files, addresses of zip files, or addresses under which each ecosystem
    /// has its `ECOSYSTEM/all.zip`. What was read is kept in `cache`.
    pub fn new(places: &[String], cache: Option<&Path>, fetcher: Arc<Fetcher>) -> Self {
        let folder = cache.map(|cache| cache.join("advisories"));
        Self { places: places.to_vec(), folder, fetcher, open: Mutex::default() }
    }

    /// Whether the configuration names none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// What is wrong with the folders and files that the configuration names, before anything of them is read.
    pub fn missing(&self) -> Vec<String> {
        let here = self.places.iter().filter(|place| !is_address(place));
        here.filter_map(|place| Source::open(Path::new(place)).err()).collect()
    }

    /// The addresses that are asked.
    pub fn addresses(&self) -> Vec<String> {
        self.places.iter().filter(|place| is_address(place)).map(|place| shown(place)).collect()
    }

    /// The advisories of packages, named by ecosystem and name; what cannot be read is told, and the others count.
    pub(super) async fn of_packages(&self, wanted: &HashSet<(String, String)>, errors: &mut Vec<String>) -> Vec<Advisory> {
        let ecosystems: HashSet<&str> = wanted.iter().map(|(ecosystem, _)| ecosystem.as_str()).collect();
        self.of(&ecosystems, errors, |store| store.of_packages(wanted)).await
    }

    /// The advisories with an id in these ecosystems.
    pub(super) async fn of_id(&self, id: &str, ecosystems: &[&str], errors: &mut Vec<String>) -> Vec<Advisory> {
        self.of(&ecosystems.iter().copied().collect(), errors, |store| store.of_id(id)).await
    }

    async fn of(
        &self,
        ecosystems: &HashSet<&str>,
        errors: &mut Vec<String>,
        read: impl Fn(&Store) -> Result<Vec<Advisory>, String>,
    ) -> Vec<Advisory> {
        let mut found = Vec::new();
        for place in self.sets(ecosystems) {
            match self.store(&place).await {
                Ok(store) => {
                    errors.extend(store.trouble.clone());
                    read(&store).map_or_else(|error| errors.push(error), |more| found.extend(more));
                }
                Err(error) => errors.push(error),
            }
        }
        found
    }

    /// The sets that hold advisories of some ecosystems.
    fn sets(&self, ecosystems: &HashSet<&str>) -> Vec<String> {
        let mut names: Vec<&str> = ecosystems.iter().copied().collect();
        names.sort_unstable();
        let one = |place: &String| match is_address(place) && !path_of(place).ends_with(".zip") {
            true => names.iter().map(|name| format!("{}/{}/all.zip", place.trim_end_matches('/'), name.replace(' ', "%20"))).collect(),
            false => vec![place.clone()],
        };
        self.places.iter().flat_map(one).collect()
    }

    async fn store(&self, place: &str) -> Result<Arc<Store>, String> {
        let opening = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.entry(place.to_owned()).or_default().clone()
        };
        opening.get_or_init(|| self.open(place)).await.clone()
    }

    async fn open(&self, place: &str) -> Result<Arc<Store>, String> {
        let shown = if is_address(place) { shown(place) } else { place.to_owned() };
        let source = match is_address(place) {
            true => {
                let request = Request::new(place).at_most(LARGEST).within(LONGEST).kept();
                Source::Zip(self.fetcher.file(&request).await.map_err(|error| format!("advisories cannot be fetched: {error}"))?)
            }
            false => Source::open(Path::new(place))?,
        };
        let folder = self.folder.clone();
        let reading = tokio::task::spawn_blocking(move || {
            Store::open(&source, &shown, folder.as_deref())
                .map_err(|error| if error.contains(&shown) { error } else { format!("{shown}: {error}") })
        });
        reading.await.unwrap_or_else(|error| Err(format!("reading advisories broke off: {error}"))).map(Arc::new)
    }
}

fn is_address(place: &str) -> bool {
    place.starts_with("https://") || place.starts_with("http://")
}

fn path_of(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or(address)
}
