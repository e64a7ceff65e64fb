//! How long it takes to read a catalogue: `cargo bench --bench scan`.

use cooperage::catalog::{Changelog, Control, discover};
use std::fmt::Write as _;
use std::fs;
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// A changelog as a weekly rebuild makes them; 170 entries are what real catalogues have.
fn changelog(name: &str, entries: usize) -> String {
    let mut text = String::new();
    for entry in (0..entries).rev() {
        let _ = write!(
            text,
            "{name} (1.11.3-1-s{entry}) wikimedia; urgency=medium\n\n  * Weekly rebuild.\n\n -- Image Bot <root@example.org>  Sun, 24 Aug 2025 06:00:34 +0000\n\n"
        );
    }
    text
}

/// A tree of `count` definitions in groups of a hundred, each with up to three parents.
fn tree(count: usize, entries: usize) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for at in 0..count {
        let folder = dir.path().join(format!("group{}", at / 100)).join(format!("image{at}"));
        fs::create_dir_all(&folder).expect("a folder");
        let parents: Vec<String> = (1..=at % 3 + 1).filter(|back| *back <= at).map(|back| format!("image{}", at - back)).collect();
        let control = format!("Package: image{at}\nMaintainer: A <a@example.org>\nBuild-Depends: {}\n", parents.join(", "));
        for (file, text) in [
            ("Dockerfile.template", "FROM scratch\n".to_owned()),
            ("changelog", changelog(&format!("image{at}"), entries)),
            ("control", control),
            ("run.sh", "#!/bin/sh\n".to_owned()),
        ] {
            fs::write(folder.join(file), text).expect("a file");
        }
    }
    dir
}

/// 125 definitions of real size, 2,000 and 10,000 synthetic ones, with one and two threads.
#[divan::bench(args = [(125, 170, 1), (125, 170, 2), (2_000, 3, 2), (10_000, 3, 1), (10_000, 3, 2)], sample_count = 20)]
fn scan(bencher: divan::Bencher, (count, entries, workers): (usize, usize, usize)) {
    let dir = tree(count, entries);
    bencher.bench_local(|| discover(dir.path(), workers).expect("a sound catalogue"));
}

/// 20 MB of changelog.
#[divan::bench(sample_count = 10)]
fn read_a_large_changelog(bencher: divan::Bencher) {
    let text = changelog("large", 155_000);
    bencher.counter(divan::counter::BytesCount::of_str(&text)).bench_local(|| Changelog::parse(text.as_bytes()).expect("a changelog"));
}

/// A control file of usual length.
#[divan::bench]
fn read_a_control_file(bencher: divan::Bencher) {
    let text = "Package: image\nMaintainer: A <a@example.org>\nDescription: an image\n of two lines\nBuild-Depends: golang (>= 1.21),\n node,\nDepends: common\n";
    bencher.bench_local(|| Control::parse(text.as_bytes()).expect("a control file"));
}
