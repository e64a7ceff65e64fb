//! The engine goes away in the middle of a test, or of the archive that tests of files read.

use crate::support::catalogue::{Catalogue, Outcome};
use crate::support::daemon::{Dockerd, wait_for};
use crate::support::engine::{runs, unique};
use crate::support::front::{Front, Trick};

#[test]
fn an_engine_that_goes_away_ends_the_call_with_3() {
    let mut engine = Dockerd::start();
    let mut catalogue = Catalogue::new("");
    let url = engine.url();
    catalogue.set("COOPERAGE_ENGINE", &url);
    let marker = format!("66{}", unique().replace('-', ""));
    catalogue.busybox("tool", "1.0", "");
    catalogue.expect(0, &["build"]);
    let yaml = format!("schemaVersion: 2.0.0\ncommandTests: [{{name: long, command: sleep, args: ['{marker}']}}]\n");
    catalogue.write("tool/structure.yaml", yaml);
    let mut child = catalogue.start(&["--format", "json", "test"]);
    wait_for("the command to run", || runs(&marker));
    engine.kill();
    wait_for("the end of the call", || child.try_wait().unwrap().is_some());
    let outcome = Outcome::of(child.wait_with_output().unwrap());
    assert_eq!(outcome.code, 3, "{}", outcome.all());
    assert!(outcome.stdout.contains("cannot be reached"), "{}", outcome.all());
}

/// An image whose archive is some megabytes long, and tests that need it whole.
fn large(catalogue: &Catalogue) {
    let content: Vec<u8> = (0..4_u32 << 20).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    catalogue.write("tool/first", content.clone()).write("tool/last", "here\n");
    catalogue.define("tool", "1.0", "FROM scratch\nCOPY first /first\nCOPY last /last\nCMD [\"/last\"]\n");
    catalogue
        .write("tool/structure.yaml", "schemaVersion: 2.0.0\nfileContentTests: [{name: held, path: /last, expectedContents: [here]}]\n");
}

#[test]
fn an_engine_that_goes_away_while_its_archive_is_read_ends_the_call_with_3() {
    for after in [0, 100, 1 << 20] {
        let mut catalogue = Catalogue::new("");
        large(&catalogue);
        catalogue.expect(0, &["build"]);
        let front = Front::at(&catalogue.work().join("e.sock"));
        catalogue.set("COOPERAGE_ENGINE", &front.url);
        front.on("GET", "/get", Trick::Break(after, true));
        let outcome = catalogue.expect(3, &["--format", "json", "test"]);
        assert!(front.count("GET", "/get") > 0, "{}", outcome.all());
        assert!(outcome.stdout.contains("cannot be reached") && !outcome.stdout.contains("\"passed\""), "{}", outcome.all());
    }
}

#[test]
fn an_archive_that_breaks_off_fails_the_tests_of_files_and_passes_none() {
    let mut catalogue = Catalogue::new("");
    large(&catalogue);
    catalogue.expect(0, &["build"]);
    let front = Front::at(&catalogue.work().join("e.sock"));
    catalogue.set("COOPERAGE_ENGINE", &front.url);
    front.on("GET", "/get", Trick::Break(1 << 20, false));
    let outcome = catalogue.expect(1, &["test"]);
    assert!(outcome.stdout.contains("FAILED fileContent held") && !outcome.stdout.contains("  ok "), "{}", outcome.all());
}
