//! What dpkg records: digests of files, lists of paths, configuration files, what was moved away and what was given another
//! owner or mode. Sources: dpkg(1), deb-md5sums(5), dpkg-divert(1), dpkg-statoverride(1).

use super::dpkg_options::Excluded;
use super::recorded::{Owner, Recorded, Records, Sum};
use crate::layers::clean;
use crate::scan::paragraphs::paragraphs;
use crate::scan::{Contents, Inventory, PackageKind};
use std::collections::{BTreeMap, HashMap, HashSet};

const FOLDER: &str = "/var/lib/dpkg";
const INFO: &str = "/var/lib/dpkg/info";
/// Where images without a package manager keep theirs.
const PARTS: &str = "/var/lib/dpkg/status.d";

/// Whether its bytes are needed.
pub fn wants(path: &str) -> bool {
    let info = path.strip_prefix("/var/lib/dpkg/").is_some_and(|rest| match rest.split_once('/') {
        Some(("info", name)) => [".md5sums", ".list", ".conffiles"].iter().any(|end| name.ends_with(end)),
        Some(("status.d", name)) => name.ends_with(".md5sums"),
        None => ["diversions", "statoverride", "status"].contains(&rest),
        Some(_) => false,
    });
    info || Excluded::wants(path)
}

/// Reads all there is.
pub fn read(contents: &Contents, inventory: &Inventory, records: &mut Records) {
    let mut reading = Reading { contents, records, files: BTreeMap::new() };
    let versions: HashMap<&str, &str> =
        inventory.of(PackageKind::Deb).map(|package| (package.name.as_str(), package.version.as_str())).collect();
    let config = reading.conffiles();
    let paths = |folder| contents.below(folder).filter(|(path, _)| wants(path)).map(|(path, _)| path.to_owned()).collect::<Vec<String>>();
    for path in paths(INFO).into_iter().chain(paths(PARTS)) {
        reading.package_file(&path, &versions);
    }
    let diverted = reading.diversions();
    let excluded = Excluded::of(contents);
    let mut files = reading.files;
    // A folder is recorded as its files are.
    let folders: HashSet<String> =
        files.keys().filter_map(|(path, _)| crate::layers::parent(path)).flat_map(crate::layers::upwards).map(str::to_owned).collect();
    files.retain(|(path, _), recorded| recorded.sum.is_some() || !folders.contains(path));
    for ((path, owner), mut recorded) in files {
        recorded.config |= config.contains(&path);
        recorded.optional |= excluded.leaves_out(&path);
        if let Some(to) = diverted.get(&path).filter(|to| to.by != records.owners[owner].name) {
            recorded.path.clone_from(&to.path);
        }
        records.files.push(recorded);
    }
    overrides(contents, records);
}

/// Another place of a file.
struct Diversion {
    path: String,
    /// The package whose own file stays; `:` is nobody.
    by: String,
}

struct Reading<'a> {
    contents: &'a Contents,
    records: &'a mut Records,
    /// By path and package.
    files: BTreeMap<(String, usize), Recorded>,
}

impl Reading<'_> {
    fn text(&mut self, path: &str) -> String {
        text(self.contents, path, &mut self.records.errors)
    }

    /// Paths in the status of all packages.
    fn conffiles(&mut self) -> HashSet<String> {
        let status = self.text(&format!("{FOLDER}/status"));
        let of = |line: &&str| line.split_whitespace().next().map(clean);
        paragraphs(&status).flat_map(|one| one.further("Conffiles").iter().filter_map(of).collect::<Vec<_>>()).collect()
    }

    /// Takes `NAME.md5sums`, `NAME:ARCH.list` and the like.
    fn package_file(&mut self, path: &str, versions: &HashMap<&str, &str>) {
        let Some((whole, kind)) = path.rsplit_once('/').and_then(|(_, name)| name.rsplit_once('.')) else { return };
        let name = whole.split_once(':').map_or(whole, |(name, _)| name);
        let owner = self.owner(name, versions);
        let text = self.text(path);
        for line in text.lines() {
            let (sum, file) = match (kind, line.split_once(char::is_whitespace)) {
                ("md5sums", Some((sum, file))) => (Sum::parse(sum.trim_start_matches('\\')), file.trim_start().trim_start_matches('*')),
                ("md5sums", None) => continue,
                _ => (None, line),
            };
            let file = clean(file);
            if file == "/" || (kind == "md5sums" && sum.is_none()) {
                continue;
            }
            let recorded = self.files.entry((file.clone(), owner)).or_insert_with(|| Recorded { path: file, owner, ..Recorded::default() });
            recorded.sum = sum.or(recorded.sum);
            recorded.config |= kind == "conffiles";
        }
    }

    fn owner(&mut self, name: &str, versions: &HashMap<&str, &str>) -> usize {
        let owners = &mut self.records.owners;
        owners.iter().rposition(|owner| owner.name == name).unwrap_or_else(|| {
            owners.push(Owner { name: name.to_owned(), version: versions.get(name).copied().unwrap_or_default().to_owned() });
            owners.len() - 1
        })
    }

    /// Three lines each: where it would stand, where it stands, and who moved it away.
    fn diversions(&mut self) -> HashMap<String, Diversion> {
        let text = self.text(&format!("{FOLDER}/diversions"));
        let lines: Vec<&str> = text.lines().collect();
        lines.as_chunks::<3>().0.iter().map(|[from, to, by]| (clean(from), Diversion { path: clean(to), by: (*by).to_owned() })).collect()
    }
}

/// `USER GROUP MODE PATH`, whoever brings the file.
fn overrides(contents: &Contents, records: &mut Records) {
    let text = text(contents, &format!("{FOLDER}/statoverride"), &mut records.errors);
    let of = |line: &str| {
        let mut words = line.splitn(4, ' ');
        let (user, group, mode) = (words.next()?.to_owned(), words.next()?.to_owned(), u32::from_str_radix(words.next()?, 8).ok()?);
        Some((clean(words.next()?), (user, group, mode & 0o7777)))
    };
    let told: HashMap<String, (String, String, u32)> = text.lines().filter_map(of).collect();
    for recorded in &mut records.files {
        if let Some((user, group, mode)) = told.get(&recorded.path) {
            (recorded.user, recorded.group, recorded.mode) = (Some(user.clone()), Some(group.clone()), Some(*mode));
        }
    }
}

/// A text that may be missing.
fn text(contents: &Contents, path: &str, errors: &mut Vec<String>) -> String {
    match contents.bytes(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned(),
        Err(error) => {
            errors.push(format!("{path}: {error}"));
            String::new()
        }
    }
}
