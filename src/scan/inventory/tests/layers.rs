//! Layers on top of each other.

use super::*;

const STATUS: &str = "/var/lib/dpkg/status";

fn status(packages: &[(&str, &str)]) -> Vec<u8> {
    let one = |(name, version): &(&str, &str)| format!("Package: {name}\nStatus: install ok installed\nVersion: {version}\n\n");
    packages.iter().map(one).collect::<String>().into_bytes()
}

#[test]
fn a_package_of_a_database_is_of_the_layer_that_told_of_it_first() {
    let lower = status(&[("kept", "1"), ("upgraded", "1"), ("removed", "1"), ("back", "1")]);
    let middle = status(&[("kept", "1"), ("upgraded", "2")]);
    let upper = status(&[("kept", "1"), ("upgraded", "2"), ("new", "1"), ("back", "1")]);
    let layers = [&lower, &middle, &upper].map(|bytes| layer(&[(STATUS, bytes)]));
    let other = layer(&[("/etc/motd", b"")]);
    let [lower, middle, upper] = layers;
    let inventory = take(&Contents::of(vec![lower, other, middle, upper]));
    let found: Vec<_> = inventory.packages.iter().map(|package| (package.name.as_str(), package.layer)).collect();
    assert_eq!(found, [("back", 3), ("kept", 0), ("new", 3), ("upgraded", 2)]);
}

#[test]
fn what_a_layer_takes_away_is_not_there() {
    let lower = layer(&[("/app/node_modules/a/package.json", br#"{"name":"a","version":"1"}"#), ("/etc/os-release", b"ID=x")]);
    let upper = layer(&[("/app/.wh.node_modules", b""), ("/opt/package.json", br#"{"name":"b","version":"1"}"#)]);
    let inventory = take(&Contents::of(vec![lower, upper]));
    assert_eq!((lines(&inventory), inventory.os.id.as_str()), (vec!["npm b 1 - - - 1".to_owned()], "x"));
}

#[test]
fn a_hard_link_tells_what_its_target_tells_and_a_symbolic_one_nothing() {
    let mut one = layer(&[("/a/package.json", br#"{"name":"a","version":"1"}"#)]);
    one.files.push(file("/b/package.json", Kind::HardLink("/a/package.json".into()), 0));
    one.files.push(file("/c/package.json", Kind::Link("/a/package.json".into()), 0));
    let found: Vec<String> = take(&Contents::of(vec![one])).packages.into_iter().map(|package| package.location).collect();
    assert_eq!(found, ["/a/package.json", "/b/package.json"]);
}

#[test]
fn a_file_that_was_too_large_is_a_trouble() {
    let mut one = layer(&[(STATUS, b"")]);
    one.contents = vec![(STATUS.to_owned(), Content::TooLarge(1 << 40))];
    assert_eq!(take(&Contents::of(vec![one])).troubles, ["/var/lib/dpkg/status: it has 1099511627776 bytes, more than is read"]);
}
