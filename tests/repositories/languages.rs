//! What the indexes of languages offer: documents in the forms of the real ones.

use super::image::{Image, short};
use super::support::faults::Action;
use super::support::site::Site;
use cooperage::scan::PackageKind::{Cargo, Gem, Npm, Pypi};
use std::time::Duration;

fn stage() -> (Site, Image) {
    let site = Site::start();
    site.put(
        "simple/foo-bar/index",
        r#"{"meta":{"api-version":"1.1"},"name":"foo-bar","versions":["1.0","1.2","2.0","3.0rc1"],"files":[
        {"filename":"foo_bar-1.0.tar.gz"},{"filename":"foo_bar-1.2-py3-none-any.whl","requires-python":">=3.8"},
        {"filename":"foo_bar-2.0-py3-none-any.whl","requires-python":">=3.12"},{"filename":"foo_bar-1.3.tar.gz","yanked":true},{"filename":"foo_bar-3.0rc1.tar.gz"}]}"#,
    );
    site.put("npm/left", r#"{"name":"left","dist-tags":{"latest":"1.3.0","next":"2.0.0"},"versions":{"1.3.0":{},"2.0.0":{}}}"#);
    site.put("npm/@s%2fpad", r#"{"dist-tags":{"latest":"2.0.0"},"versions":{"2.0.0":{}}}"#);
    site.put("gem/api/v1/versions/rake.json", r#"[{"number":"14.0.0.rc1","prerelease":true},{"number":"13.2.1","prerelease":false}]"#);
    site.put("cargo/se/rd/serde", "{\"vers\":\"1.0.1\",\"yanked\":false}\n{\"vers\":\"1.0.2\",\"yanked\":true}\n");
    let mut image = Image::default();
    image.located(Pypi, "Foo_Bar", "1.0", "", "/usr/lib/python3.11/site-packages/Foo_Bar-1.0.dist-info/METADATA");
    image.located(Npm, "left", "1.0.0", "", "/app/node_modules/left/package.json");
    image.located(Npm, "left", "0.1.0", "", "/app/node_modules/a/node_modules/left/package.json");
    image.located(Npm, "@s/pad", "1.0.0", "", "/app/node_modules/@s/pad/package.json");
    image.package(Gem, "rake", "13.0.6", "");
    image.package(Cargo, "serde", "1.0.0", "");
    image.package(Cargo, "of-our-own", "0.1.0", "");
    for (kind, path) in [("pypi", "simple/"), ("npm", "npm"), ("gem", "gem"), ("cargo", "cargo")] {
        image.settings.indexes.insert(kind.to_owned(), site.url(path));
    }
    (site, image)
}

/// Findings without their layers, which these images do not have.
fn versions(found: &cooperage::scan::Found) -> Vec<(String, String)> {
    let affected = found.findings.iter().filter_map(|finding| finding.affected.clone());
    affected.map(|one| (one.package, one.fixed.unwrap())).collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())).collect()
}

#[test]
fn every_kind_is_asked_at_its_own_index() {
    let (site, image) = stage();
    let found = image.languages();
    assert_eq!(found.errors, [""; 0]);
    let expected = [("Foo_Bar", "1.2"), ("@s/pad", "2.0.0"), ("left", "1.3.0"), ("rake", "13.2.1"), ("serde", "1.0.1")];
    assert_eq!(versions(&found), pairs(&expected));
    assert!(found.findings.iter().all(|finding| finding.id == "language-update"));
    let asked = site.faults.requests();
    assert!(asked.iter().any(|one| one.path == "/npm/@s%2fpad" && one.accept.contains("vnd.npm.install-v1+json")), "{asked:?}");
}

#[test]
fn one_kind_that_fails_does_not_take_the_others_along() {
    let (site, mut image) = stage();
    site.faults.on("GET", "/gem/", Action::status(500));
    site.faults.on("GET", "/npm/left", Action::reply(200, &[], "<html>"));
    site.faults.on("GET", "/simple/", Action::Close);
    let found = image.languages();
    assert_eq!(versions(&found), pairs(&[("@s/pad", "2.0.0"), ("serde", "1.0.1")]));
    let errors: Vec<&str> = found.errors.iter().map(|error| error.split(": ").next().unwrap()).collect();
    assert_eq!(errors, ["pypi", "npm", "gem"], "{:?}", found.errors);
    site.faults.clear();
    site.faults.on("GET", "/cargo/", Action::Delay(Duration::from_secs(60)));
    image.settings.timeout = Duration::from_secs(3);
    let found = image.languages();
    assert_eq!(versions(&found).len(), 4);
    assert!(found.errors.len() == 1 && found.errors[0].contains("cargo: 2 of 2"), "{:?}", found.errors);
    site.faults.clear();
}

#[test]
fn an_index_that_fails_is_left_alone_and_a_kind_without_address_is_not_asked() {
    let (site, mut image) = stage();
    (0..40).for_each(|number| image.package(Gem, &format!("g{number}"), "1", ""));
    image.settings.indexes.remove("npm");
    image.settings.indexes.remove("pypi");
    site.faults.on("GET", "/gem/", Action::status(403));
    let found = image.languages();
    assert!(found.errors.iter().any(|error| error.contains("the other")), "{:?}", found.errors);
    assert!(site.faults.count("GET", "/gem/") < 30 && site.faults.count("GET", "/npm") + site.faults.count("GET", "/simple") == 0);
}

#[test]
fn the_layer_is_told_with_the_finding() {
    let (site, _) = stage();
    let mut image = Image::with(Gem, &[("rake", "13.0.6", "")]);
    image.settings.indexes.insert("gem".to_owned(), site.url("gem"));
    assert_eq!(short(&image.languages()), ["language-update rake 13.0.6 13.2.1"]);
}
