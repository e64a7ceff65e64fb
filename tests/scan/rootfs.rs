//! The files of an image in a folder, for scanners that look at files: from everywhere, whole, and gone afterwards.

use crate::support::catalogue::{Catalogue, Outcome};
use crate::support::daemon::wait_for;
use crate::support::engine::{runs, unique};
use crate::support::faults::{Action, Faults};
use crate::support::layout::{self, Entry};
use crate::support::registry::image::TinyImage;
use crate::support::registry::{Registry, RegistryKind};
use crate::{found, packaged, scan_json};
use serde_json::{Value, json};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A catalogue whose temporary files can be counted, with a scanner that is this script; `$1` is the folder.
fn with_script(registry: &str, more: &str, script: &str) -> Catalogue {
    let mut catalogue = Catalogue::new(registry);
    for (name, variable) in [("tmp", "TMPDIR"), ("locks", "XDG_RUNTIME_DIR")] {
        let folder = catalogue.work().join(name);
        fs::create_dir(&folder).unwrap();
        catalogue.set(variable, folder.to_str().unwrap());
    }
    let own = json!({"name": "own", "command": ["sh", "-c", script, "own", "{rootfs}"], "answers": "exit"});
    catalogue.configure(&format!("cooperage: {{scan: warn, scanners: {{{more}off: [updates, languages], external: [{own}]}}}}\n"));
    catalogue
}

fn left(catalogue: &Catalogue) -> Vec<String> {
    let entries = fs::read_dir(catalogue.work().join("tmp")).unwrap().flatten();
    entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

/// What the own scanner says of an image, and that nothing is left.
fn own(catalogue: &Catalogue, code: i32, image: &str) -> Value {
    let document = scan_json(catalogue, code, &["--image", image, "--only", "own", "--only", "capabilities"]);
    assert_eq!(left(catalogue), [""; 0]);
    let image = &document["images"][0];
    assert!(found(image).iter().any(|one| one.starts_with("capabilities: root-user")), "the others' results are kept: {image}");
    image["scanners"].as_array().unwrap().iter().find(|one| one["name"] == "own").unwrap().clone()
}

fn said(own: &Value) -> &str {
    own["findings"][0]["message"].as_str().unwrap_or_else(|| panic!("{own}"))
}

#[test]
fn files_are_there_from_everywhere() {
    let registry = Registry::start(RegistryKind::Plain);
    let script = "cd \"$1\" && echo $(find . | sort) $(cat etc/os-release | head -n 1) >&2; exit 1";
    let catalogue = with_script(&registry.address, "", script);
    packaged(&catalogue, "app", "1.0", ("zlib1g", "1.2-1"));
    let template = fs::read_to_string(catalogue.root().join("app/Dockerfile.template")).unwrap().replace("USER 1000\n", "");
    catalogue.write("app/Dockerfile.template", template);
    catalogue.expect(0, &["build", "--publish"]);
    let reference = catalogue.reference("app", "1.0");
    let layout = format!("oci:{}:1.0", catalogue.work().join("layout").display());
    assert!(catalogue.command(&["mirror", &reference, &layout]).output().unwrap().status.success());
    let expected = "own ended with exit code 1: . ./etc ./etc/os-release ./var ./var/lib ./var/lib/dpkg ./var/lib/dpkg/status ID=debian";
    assert_eq!(said(&own(&catalogue, 0, &reference)), expected);
    catalogue.forget("app", "1.0");
    assert_eq!(said(&own(&catalogue, 0, &reference)), expected);
    assert_eq!(said(&own(&catalogue, 0, &layout)), expected);
}

/// Writes a layout with layers of these entries.
fn hostile(catalogue: &Catalogue, layers: &[&[Entry<'_>]]) -> String {
    let folder = catalogue.work().join("layout");
    layout::of_entries(&folder, layers);
    format!("oci:{}:1", folder.display())
}

#[test]
fn a_hostile_image_reaches_nothing_outside() {
    let script = "cd \"$1\" && echo $(find . ! -type d -printf '%P=%y:%l ' | tr ' ' '\\n' | sort) >&2; exit 1";
    let catalogue = with_script("", "", script);
    let image = hostile(
        &catalogue,
        &[
            &[
                ("../../../tmp/climbed", '-', "x"),
                ("/absolute", '-', "x"),
                ("dev/sda", 'b', ""),
                ("pipe", 'p', ""),
                ("gone", '-', "x"),
                ("data/old", '-', "x"),
                ("lib", 'l', "usr/lib"),
                ("lib/a", '-', "a"),
                ("out", 'l', "../../../../etc"),
                ("out/passwd", '-', "written through a link"),
                ("hard", 'h', "/etc/shadow"),
            ],
            &[(".wh.gone", '-', ""), ("data/.wh..wh..opq", '-', ""), ("data/new", '-', "x"), ("abs", 'l', "/absolute")],
        ],
    );
    let own = own(&catalogue, 0, &image);
    let expected = "abs=l:absolute absolute=f: data/new=f: etc/passwd=f: lib=l:usr/lib out=l:etc tmp/climbed=f: usr/lib/a=f:";
    assert_eq!(said(&own), format!("own ended with exit code 1: {expected}"));
}

#[test]
fn what_is_too_large_or_takes_too_long_is_an_error_of_that_scanner_alone() {
    let marker = format!("marker-{}", unique());
    let large = with_script("", "rootfs_mib: 1, ", "exit 0");
    let image = hostile(&large, &[&[("zeros", '0', "2000000")]]);
    let error = own(&large, 1, &image)["error"].as_str().unwrap().to_owned();
    assert!(error.contains("files have more than 1 MiB (cooperage.scanners.rootfs_mib)"), "{error}");
    let slow = with_script("", "timeout: 2s, ", &format!("sleep 3600; : {marker}"));
    let error = own(&slow, 1, &hostile(&slow, &[&[("a", '-', "a")]]))["error"].as_str().unwrap().to_owned();
    assert_eq!(error, "it was stopped after its time limit of 2 s (cooperage.scanners.timeout)");
    wait_for("the scanner's end", || !runs(&marker));
    let broken = with_script("", "", "kill -9 $$");
    assert_eq!(own(&broken, 1, &hostile(&broken, &[&[("a", '-', "a")]]))["status"], "error");
}

/// Stops a scan with a signal and expects that nothing is left of it.
fn interrupted(catalogue: &Catalogue, mut child: Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    wait_for("the end of the scan", || child.try_wait().unwrap().is_some());
    let outcome = Outcome::of(child.wait_with_output().unwrap());
    assert_eq!(outcome.code, 130, "{outcome:?}");
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    assert_eq!(left(catalogue), [""; 0]);
    let work = catalogue.home().join(".cache/cooperage/layers/work");
    assert_eq!(fs::read_dir(work).unwrap().count(), 0);
}

fn start(catalogue: &Catalogue, args: &[&str]) -> Child {
    catalogue.command(&[&["scan"], args].concat()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_scanner_that_is_interrupted_leaves_nothing() {
    for signal in ["-INT", "-TERM"] {
        let marker = format!("marker-{}", unique());
        let catalogue = with_script("", "", &format!("sleep 3600; : {marker}"));
        let image = hostile(&catalogue, &[&[("a", '-', "a")]]);
        let child = start(&catalogue, &["--image", &image, "--only", "own"]);
        wait_for("the scanner", || runs(&marker));
        interrupted(&catalogue, child, signal);
        wait_for("the scanner's end", || !runs(&marker));
    }
}

#[test]
fn a_slow_registry_keeps_no_interrupted_call() {
    let registry = Registry::start(RegistryKind::Plain);
    let faults = Faults::in_front_of(&registry);
    let catalogue = with_script(&faults.address, "", "exit 0");
    let image = TinyImage::of_size(7, 3 << 20);
    image.put(&registry.address, None, &catalogue.repository("app"), "1.0");
    let reference = catalogue.reference("app", "1.0");
    let layer = cooperage::name::Digest::of(&image.layer);
    let slow = || faults.on("GET", layer.as_str(), Action::Slow(1000, Duration::from_millis(50)));
    slow();
    let child = start(&catalogue, &["--image", &reference]);
    wait_for("the layer", || faults.count("GET", layer.as_str()) > 0);
    interrupted(&catalogue, child, "-INT");
    // While the layer is unpacked: it is known already.
    faults.clear();
    scan_json(&catalogue, 0, &["--image", &reference]);
    slow();
    let child = start(&catalogue, &["--image", &reference, "--only", "own"]);
    wait_for("the folder", || left(&catalogue).iter().any(|name| name.starts_with("cooperage-rootfs-")));
    interrupted(&catalogue, child, "-TERM");
    faults.clear();
}
