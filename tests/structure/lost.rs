//! The engine goes away in the middle of a test.

use crate::support::catalogue::{Catalogue, Outcome};
use crate::support::daemon::{Dockerd, wait_for};
use crate::support::engine::{runs, unique};

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
