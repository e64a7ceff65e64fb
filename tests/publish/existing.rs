//! What stands at a destination already, and calls that must send nothing.

use crate::support::catalogue::Outcome;
use crate::support::faults::Action;
use crate::support::registry::image::TinyImage;
use crate::{build, own, publish, publish_to, shared, stage};

#[test]
fn on_existing_says_what_the_same_version_means() {
    let (registry, faults, catalogue) = stage();
    let main = own("main", &faults.address, &catalogue.namespace);
    publish_to(&catalogue, std::slice::from_ref(&main), "");
    catalogue.plain("tool", "1.0", "tool");
    build(&catalogue, 0, &["--record", "run.json"]);
    let again = |code: i32, policy: &str| {
        publish_to(&catalogue, &[format!("{main}      on_existing: {policy}\n")], "");
        publish(&catalogue, code, &["--from-record", "run.json"])
    };
    assert_eq!(again(0, "skip").outcomes(), ["tool: skipped"]);
    faults.clear();
    assert_eq!(again(0, "verify").outcomes(), ["tool: skipped"]);
    assert!(faults.count("HEAD", "/tool/blobs/") >= 2, "the registry showed config and layer: {:?}", faults.requests());
    assert!(again(1, "fail").failure("tool", "publish").contains("on_existing"), "the version stands there");
    faults.on("HEAD", "/tool/blobs/", Action::error(404, "BLOB_UNKNOWN"));
    faults.on("GET", "/tool/blobs/", Action::error(404, "BLOB_UNKNOWN"));
    let broken = again(1, "verify");
    assert!(broken.failure("tool", "publish").contains("is not there"), "{}", broken.stdout);
    assert!(registry.digest(&catalogue.repository("tool"), "1.0").is_some());
}

#[test]
fn two_digests_for_one_version_start_nothing() {
    let (registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace), shared("ci", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool");
    let (one, other) = (TinyImage::new("one"), TinyImage::new("other"));
    one.put(&registry.address, None, &catalogue.repository("tool"), "1.0");
    other.put(&registry.address, None, &crate::all(&catalogue), &crate::joined(&catalogue, "tool", "1.0"));
    for verb in ["build", "publish"] {
        let told = catalogue.expect(3, &[verb]);
        for part in [one.digest.to_string(), other.digest.to_string()] {
            assert!(told.stderr.contains(&part), "{}", told.stderr);
        }
    }
}

#[test]
fn calls_that_publish_nothing_send_nothing() {
    let (registry, faults, catalogue) = stage();
    let main = own("main", &faults.address, &catalogue.namespace);
    publish_to(&catalogue, std::slice::from_ref(&main), "");
    catalogue.plain("tool", "1.0", "tool");
    assert_eq!(build(&catalogue, 0, &["--no-publish"]).outcomes(), ["tool: built"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
    build(&catalogue, 0, &["--latest", "never", "--record", "run.json"]);
    publish_to(&catalogue, &[main, shared("ci", &faults.address, &catalogue.namespace)], "");
    faults.clear();
    for more in [&[] as &[&str], &["--from-record", "run.json"]] {
        let rows = catalogue.expect(0, &[&["--format", "json", "publish", "--dry-run"], more].concat()).json();
        let shown: Vec<String> = rows["actions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| format!("{} {}", row["action"].as_str().unwrap(), row["kind"].as_str().unwrap()))
            .collect();
        assert_eq!(shown, ["keep version", "send version", "move floating", "move floating"], "{rows}");
        assert!(rows["actions"][1]["bytes"].as_u64().unwrap() > 100, "{rows}");
    }
    let table = catalogue.expect(0, &["publish", "--dry-run"]).stdout;
    assert!(table.contains("send") && table.contains("it follows"), "{table}");
    let sent: Vec<_> = faults.requests().into_iter().filter(|one| one.method != "HEAD" && one.method != "GET").collect();
    assert!(sent.is_empty(), "{sent:?}");
}

#[test]
fn two_runs_that_publish_the_same_version_at_once_both_end_well() {
    let (registry, faults, catalogue) = stage();
    let (one, two) = (own("main", &faults.address, &catalogue.namespace), shared("ci", &faults.address, &catalogue.namespace));
    publish_to(&catalogue, std::slice::from_ref(&one), "");
    catalogue.plain("tool", "1.0", "tool").plain("other", "1.0", "other");
    build(&catalogue, 0, &["--record", "run.json"]);
    publish_to(&catalogue, &[one, two], "");
    // Another folder is another catalogue to the locks, as another machine would be.
    let copy = catalogue.work().join("copy");
    let copied = std::process::Command::new("cp").args(["-a"]).arg(catalogue.root()).arg(&copy).status().unwrap();
    assert!(copied.success());
    let mut rival = catalogue.command(&["--format", "json", "publish"]);
    rival.arg(&copy).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let started = [catalogue.start(&["--format", "json", "publish"]), rival.spawn().unwrap()];
    for child in started {
        let ended = Outcome::of(child.wait_with_output().unwrap());
        assert_eq!(ended.code, 0, "{ended:?}");
    }
    for name in ["tool", "other"] {
        let digest = registry.digest(&catalogue.repository(name), "1.0");
        assert_eq!(registry.digest(&crate::all(&catalogue), &crate::joined(&catalogue, name, "latest")), digest);
    }
}
