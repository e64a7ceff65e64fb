//! The command.

use crate::support::catalogue::{Outcome, docker};
use crate::support::registry::free_port;
use crate::{advise, configuration, found, packaged, scan, scan_json as json, stage};
use serde_json::Value;

#[test]
fn the_engine_a_registry_and_a_layout_hold_the_same() {
    let (_registry, catalogue) = stage();
    packaged(&catalogue, "app", "1.0", ("zlib1g", "1.2-1"));
    catalogue.expect(0, &["build", "--publish"]);
    let reference = catalogue.reference("app", "1.0");
    let layout = format!("oci:{}:1.0", catalogue.work().join("layout").display());
    let copied = catalogue.command(&["mirror", &reference, &layout]).output().unwrap();
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    let of_engine = json(&catalogue, 0, &["--image", &reference]);
    catalogue.forget("app", "1.0");
    let of_registry = json(&catalogue, 0, &["--image", &reference]);
    let of_layout = json(&catalogue, 0, &["--image", &layout]);
    for document in [&of_engine, &of_registry, &of_layout] {
        let image = &document["images"][0];
        assert_eq!(found(image), ["vulnerabilities: CVE-2026-0001 zlib1g"]);
        assert_eq!(image["os"], serde_json::json!({"id": "debian", "version": "12"}));
        assert_eq!(image["packages"], serde_json::json!({"deb": 1}));
        assert_eq!(image["image_id"], of_engine["images"][0]["image_id"]);
        assert_eq!(image["inventory"], of_engine["images"][0]["inventory"]);
    }
    assert_eq!(of_engine["images"][0]["digest"], Value::Null);
    assert_eq!(of_registry["images"][0]["digest"], of_layout["images"][0]["digest"]);
}

#[test]
fn a_catalogue_is_compared_with_the_version_that_was_published_before() {
    let (_registry, catalogue) = stage();
    advise(&catalogue, "CVE-2026-0002", "openssl", "4.0-1");
    packaged(&catalogue, "app", "1.0", ("zlib1g", "1.2-1"));
    catalogue.expect(0, &["build", "--publish"]);
    packaged(&catalogue, "app", "1.1", ("openssl", "3.0-1"));
    catalogue.expect(0, &["build", "--no-publish"]);
    let run = catalogue.expect(0, &["--format", "json", "scan"]).json();
    let image = &run["images"][0];
    let ids = |list: &Value| list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(image["diff"]["reference"], catalogue.reference("app", "1.0"));
    assert_eq!((ids(&image["diff"]["added"]), ids(&image["diff"]["fixed"])), (vec!["CVE-2026-0002".into()], vec!["CVE-2026-0001".into()]));
    let told = catalogue.expect(0, &["scan"]).stdout;
    let since = format!("  since {}: 1 new (CVE-2026-0002 critical), 1 gone (CVE-2026-0001)\n", catalogue.reference("app", "1.0"));
    assert!(told.contains(&since) && told.contains("  1 critical\n"), "{told}");
    assert_eq!(catalogue.expect(0, &["--format", "json", "scan", "--no-diff"]).json()["images"][0]["diff"], Value::Null);
    catalogue.configure(&configuration("gate"));
    assert!(catalogue.expect(1, &["scan", "--no-diff"]).stdout.starts_with("stopped "));
    catalogue.configure(&configuration("off"));
    assert!(catalogue.expect(0, &["scan"]).stdout.ends_with("the scan is off for 1\n"));
}

#[test]
fn what_a_new_advisory_touches_is_said_without_reading_an_image() {
    let (mut registry, catalogue) = stage();
    packaged(&catalogue, "app", "1.0", ("zlib1g", "1.2-1"));
    packaged(&catalogue, "other", "1.0", ("openssl", "3.0-1"));
    catalogue.expect(0, &["build", "--publish", "--record", "record.json"]);
    catalogue.forget("app", "1.0");
    catalogue.forget("other", "1.0");
    registry.stop();
    let references = |document: &Value| {
        document["images"].as_array().unwrap().iter().map(|image| image["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    advise(&catalogue, "CVE-2026-0003", "openssl", "4.0-1");
    for (wanted, touched) in [("CVE-2026-0003", "other"), ("CVE-2026-0001", "app"), ("zlib1g", "app")] {
        for from in [&["--from-record", "record.json"][..], &[]] {
            assert_eq!(references(&json(&catalogue, 0, &[&["--affected-by", wanted], from].concat())), [touched], "{wanted}");
        }
    }
    assert!(references(&json(&catalogue, 0, &["--affected-by", "nothing"])).is_empty());
    std::fs::remove_dir_all(catalogue.home().join(".cache")).unwrap();
    let lost = json(&catalogue, 1, &["--affected-by", "zlib1g", "--from-record", "record.json"]);
    assert_eq!(lost["unknown"].as_array().unwrap().len(), 2);
}

#[test]
fn reports_hold_what_was_found_and_nothing_that_a_terminal_obeys() {
    let (_registry, catalogue) = stage();
    advise(&catalogue, "CVE-2026-0004", "ev\u{1b}[31mil<script>", "9");
    packaged(&catalogue, "app", "1.0", ("ev\u{1b}[31mil<script>", "1-1"));
    catalogue.expect(0, &["build", "--no-publish"]);
    let reference = catalogue.reference("app", "1.0");
    let told = scan(&catalogue, 0, &["--image", &reference, "--html", "page.html", "--markdown", "summary.md"]);
    let read = |name: &str| std::fs::read_to_string(catalogue.work().join(name)).unwrap();
    for text in [&told.stdout, &read("page.html"), &read("summary.md")] {
        assert!(text.contains("CVE-2026-0004") && !text.contains('\u{1b}'), "{text}");
    }
    assert!(!read("page.html").contains("<script") && read("page.html").contains("&lt;script&gt;"));
    let sarif = scan(&catalogue, 0, &["--image", &reference, "--format", "sarif"]).json();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "CVE-2026-0004");
    assert!(sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].is_string());
}

#[test]
fn exit_codes_say_what_is_wrong() {
    let (_registry, catalogue) = stage();
    packaged(&catalogue, "app", "1.0", ("zlib1g", "1.3-1"));
    catalogue.expect(0, &["build", "--no-publish"]);
    let reference = catalogue.reference("app", "1.0");
    assert!(scan(&catalogue, 2, &["--image", &reference, "--only", "verfy"]).stderr.contains("did you mean verify?"));
    assert!(scan(&catalogue, 2, &["--affected-by", "x", "--from-record", "none.json"]).stderr.contains("--record"));
    assert!(scan(&catalogue, 2, &["--image", &reference, "--image", ":::"]).stderr.contains("--image: in the reference"));
    assert!(scan(&catalogue, 2, &["--affected-by", "x", "--format", "sarif"]).stderr.contains("human or json"));
    for (wrong, said) in [
        (&["--image", "oci:nowhere:1.0"][..], "oci:nowhere has no such tag, or is no OCI layout"),
        (&["--image", &reference, "--html", "-"], "stdout is for the result itself"),
        (&["--image", &reference, "--html", "x", "--markdown", "x"], "name the same file"),
        (&["--image", &reference, "--only", "updates", "--offline"], "leaves no scanner"),
        (&["--image", &reference, "--html", "nosuch/x"], "cannot write --html to nosuch/x: No such file or directory (os error 2);"),
        (&["--affected-by", "x", "--select", "*"], "name the DIRECTORY"),
        (&["--affected-by", " "], "neither a vulnerability nor a package"),
        (&["--from-record", "/"], "cannot read the run record /"),
    ] {
        let outcome = scan(&catalogue, 2, wrong);
        assert!(outcome.stderr.contains(said) && outcome.stdout.is_empty(), "{wrong:?}: {}{}", outcome.stdout, outcome.stderr);
    }
    let missing = catalogue.reference("none", "1.0");
    let both = json(&catalogue, 1, &["--image", &missing, "--image", &reference]);
    assert!(both["images"][0]["error"].as_str().unwrap().contains("there is no"), "{both}");
    assert_eq!((both["ok"].clone(), both["images"][1]["error"].clone()), (false.into(), Value::Null));
    let unreachable = format!("127.0.0.1:{}/app:1.0", free_port());
    assert_eq!(json(&catalogue, 3, &["--image", &unreachable, "--image", &reference])["images"][1]["error"], Value::Null);
    assert!(!docker(&["images", "--quiet", &reference]).is_empty());
}

#[test]
fn advisories_that_are_not_there_end_the_call_before_anything_runs() {
    let (_registry, catalogue) = stage();
    packaged(&catalogue, "app", "1.0", ("zlib1g", "1.2-1"));
    std::fs::remove_dir_all(catalogue.work().join("advisories")).unwrap();
    let outcome = catalogue.expect(2, &["build", "--no-publish"]);
    assert!(outcome.stderr.contains("cooperage.scanners.advisories: the advisories of advisories cannot be read"), "{}", outcome.stderr);
    assert_eq!(catalogue.image_id("app", "1.0"), None);
    catalogue.expect(2, &["scan"]);
    catalogue.configure(&configuration("off"));
    catalogue.expect(0, &["build", "--no-publish"]);
    let reference = catalogue.reference("app", "1.0");
    scan(&catalogue, 2, &["--image", &reference]);
    scan(&catalogue, 2, &["--affected-by", "zlib1g"]);
    scan(&catalogue, 0, &["--image", &reference, "--only", "verify"]);
    let bill = catalogue.command(&["sbom", "--as", "packages", &reference]).output().unwrap();
    assert!(bill.status.success());
    catalogue.configure("cooperage: {scanners: {advisories: []}}\n");
    assert!(scan(&catalogue, 2, &["--image", &reference, "--only", "vulnerabilities"]).stderr.contains("there are no advisories"));
}

#[test]
fn a_damaged_layer_is_an_error_of_that_image_alone() {
    let (_registry, catalogue) = stage();
    packaged(&catalogue, "app", "1.0", ("zlib1g", "1.3-1"));
    catalogue.expect(0, &["build", "--publish"]);
    let (reference, folder) = (catalogue.reference("app", "1.0"), catalogue.work().join("layout"));
    let layout = format!("oci:{}:1.0", folder.display());
    assert!(catalogue.command(&["mirror", &reference, &layout]).output().unwrap().status.success());
    let blobs = std::fs::read_dir(folder.join("blobs/sha256")).unwrap().map(|entry| entry.unwrap().path());
    let packed = |path: &std::path::PathBuf| std::fs::read(path).unwrap().starts_with(&[0x1f, 0x8b]);
    for path in blobs.filter(packed) {
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    }
    std::fs::remove_dir_all(catalogue.home().join(".cache")).unwrap();
    let bill = Outcome::of(catalogue.command(&["sbom", "--as", "packages", &layout]).output().unwrap());
    assert!(bill.code == 1 && bill.stderr.contains("cannot be read: the OCI layout is damaged"), "{} {}", bill.code, bill.stderr);
    let document = scan(&catalogue, 1, &["--image", &layout, "--image", &reference, "--format", "json"]).json();
    assert!(document["images"][0]["error"].is_string() && document["images"][1]["error"].is_null(), "{document}");
}
