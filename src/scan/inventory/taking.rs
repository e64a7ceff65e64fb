//! From the contents of an image to its packages.

use super::{CATALOGUERS, Cataloguer, Evidence, Inventory, Reading, wants_through_links};
use crate::layers::Kind;
use crate::scan::{Content, Contents, LayerRecord, Os, Package, PackageKind};
use std::collections::{BTreeSet, HashMap};

/// What makes two packages of a database the same.
type Key = (PackageKind, String, String, Option<String>);

/// The packages of an image.
///
/// What cannot be read is told in [`Inventory::troubles`]; the rest is there.
pub fn take(contents: &Contents) -> Inventory {
    let kept: Vec<HashMap<&str, &Content>> = contents.layers().iter().map(|layer| kept(layer)).collect();
    let mut inventory = Inventory { os: os(contents), ..Inventory::default() };
    for (path, located) in contents.files() {
        for cataloguer in CATALOGUERS.iter().filter(|cataloguer| (cataloguer.wants)(path)) {
            let content = match &located.file.kind {
                Kind::File => kept[located.layer].get(path).copied(),
                Kind::HardLink(_) => contents.content(path),
                _ => None,
            };
            let Some(content) = content else { continue };
            let layer = &contents.layers()[located.layer];
            let reading = read_at(cataloguer, &Evidence { kind: cataloguer.kind, path, content, layer }, located.layer);
            let reading = if cataloguer.database { settle(cataloguer, reading, contents, path) } else { reading };
            inventory.add(reading);
        }
    }
    led(contents, &mut inventory);
    for (layer, found) in contents.embedded() {
        inventory.packages.extend(found.packages.iter().cloned().map(|package| Package { layer, ..package }));
        inventory.troubles.extend(found.trouble.iter().map(|trouble| format!("{}: {trouble}", found.path)));
    }
    inventory.packages.sort();
    inventory.packages.dedup();
    inventory.troubles.sort();
    inventory.troubles.dedup();
    inventory
}

/// Files that only links lead to; one that is read where it stands is not read again.
fn led(contents: &Contents, inventory: &mut Inventory) {
    let wanted = |path: &str| CATALOGUERS.iter().any(|cataloguer| (cataloguer.wants)(path));
    for (path, real) in contents.led(wanted, wants_through_links) {
        let Some((content, located)) = contents.content(&real).zip(contents.get(&real)) else { continue };
        let layer = &contents.layers()[located.layer];
        for cataloguer in CATALOGUERS.iter().filter(|cataloguer| (cataloguer.wants)(&path) && !(cataloguer.wants)(&real)) {
            let evidence = Evidence { kind: cataloguer.kind, path: &path, content, layer };
            inventory.add(read_at(cataloguer, &evidence, located.layer));
        }
    }
}

/// A path that comes twice counts the last time.
fn kept(layer: &LayerRecord) -> HashMap<&str, &Content> {
    layer.contents.iter().map(|(path, content)| (path.as_str(), content)).collect()
}

impl Inventory {
    fn add(&mut self, reading: Reading) {
        self.packages.extend(reading.packages);
        self.troubles.extend(reading.troubles);
    }
}

fn os(contents: &Contents) -> Os {
    let text = Os::PATHS.iter().find_map(|path| contents.bytes(path).ok().flatten());
    text.map(|bytes| Os::parse(&String::from_utf8_lossy(&bytes))).unwrap_or_default()
}

fn read_at(cataloguer: &Cataloguer, evidence: &Evidence<'_>, layer: usize) -> Reading {
    let mut reading = (cataloguer.read)(evidence);
    reading.packages.iter_mut().for_each(|package| package.layer = layer);
    reading
}

fn key(package: &Package) -> Key {
    (package.kind, package.name.clone(), package.version.clone(), package.arch.clone())
}

/// Finds the layer that brought each package of a database: the lowest from which on every layer's copy tells of it.
fn settle(cataloguer: &Cataloguer, mut reading: Reading, contents: &Contents, path: &str) -> Reading {
    let Some(top) = reading.packages.first().map(|package| package.layer) else { return reading };
    let mut open: BTreeSet<Key> = reading.packages.iter().map(key).collect();
    let mut origins: HashMap<Key, usize> = HashMap::new();
    for (number, layer) in contents.layers()[..top].iter().enumerate().rev() {
        let Some((_, content)) = layer.contents.iter().rev().find(|(at, _)| at == path) else { continue };
        let lower: BTreeSet<Key> =
            (cataloguer.read)(&Evidence { kind: cataloguer.kind, path, content, layer }).packages.iter().map(key).collect();
        open.retain(|key| lower.contains(key));
        origins.extend(open.iter().map(|key| (key.clone(), number)));
        if open.is_empty() {
            break;
        }
    }
    for package in &mut reading.packages {
        package.layer = origins.get(&key(package)).copied().unwrap_or(package.layer);
    }
    reading
}
