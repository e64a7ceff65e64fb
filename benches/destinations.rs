//! How long placing images at two destinations takes, checks and all: `cargo bench --bench destinations`.

use cooperage::config::{Config, ConfigFile, Sources, load};
use cooperage::name::Reference;
use cooperage::publish::{Destinations, Placements, Subject};
use divan::counter::ItemsCount;
use std::collections::BTreeMap;

const TWO: &str = "
namespace: releng
cooperage:
  publish:
    - {name: main, to: 'docker.example.org/releng/{{ name }}'}
    - {name: ci, to: quay.example.org/ci, tags: ['{{ namespace }}_{{ name }}_{{ tag }}'], pull_as: proxy.example.org/ci, exclude: ['*-dev:*']}
";

fn main() {
    divan::main();
}

fn config() -> Config {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config.yaml");
    std::fs::write(&file, TWO).expect("a file");
    load(&Sources { configfile: ConfigFile::Named(file), env: BTreeMap::new(), flags: Vec::new() }).expect("a configuration")
}

#[divan::bench(args = [125, 10_000])]
fn place(bencher: divan::Bencher, count: usize) {
    let destinations = Destinations::of(&config()).expect("destinations");
    let names: Vec<String> = (0..count).map(|at| format!("image{at}")).collect();
    let references: Vec<Reference> =
        names.iter().map(|name| Reference::compose("", "releng", name, "1.4.2-1-s3").expect("a reference")).collect();
    let version = "1.4.2-1-s3";
    let subject =
        |(name, reference): (&'static str, &'static Reference)| Subject { name, path: name, reference, version, tag: version, entry: None };
    let subjects: Vec<Subject<'static>> =
        names.leak().iter().map(String::as_str).zip(references.leak()).map(|(n, r)| subject((n, r))).collect();
    bencher.counter(ItemsCount::new(count)).bench(|| {
        let placements = Placements::of(&destinations, subjects.iter().copied());
        assert!(placements.problems().is_empty());
        placements
    });
}
