//! apt's repositories that misbehave: each is named with its reason, and the others count.

use super::debian::Suite;
use super::image::{Image, short};
use super::signer::Signer;
use super::support::faults::Action;
use super::support::site::Site;
use cooperage::scan::PackageKind::Deb;
use std::time::Duration;

const LIST: &str = "main/binary-amd64/Packages";

/// A good suite `good` and another one `other`, both signed, in an image that knows the key.
struct Stage {
    site: Site,
    signer: Signer,
    image: Image,
}

impl Stage {
    fn new() -> Self {
        Self::signed_by(Signer::usual(), "")
    }

    fn signed_by(signer: Signer, fields: &str) -> Self {
        let site = Site::start();
        for (folder, package, fields) in [("dists/good", "g", ""), ("dists/other", "o", fields)] {
            let suite = Suite { site: &site, folder, list: LIST, fields };
            suite.write(&[(package, "2", "amd64")], &["gz"]);
            suite.sign(&signer);
        }
        let mut image = Image::with(Deb, &[("g", "1", "amd64"), ("o", "1", "amd64")]);
        image.file("/etc/apt/trusted.gpg.d/a.gpg", signer.public());
        image.file("/etc/apt/sources.list", format!("deb {0} good main\ndeb {0} other main\n", site.url("")));
        Self { site, signer, image }
    }

    /// The reason why the other suite does not count, while the good one does.
    fn reason(&self) -> String {
        self.reason_on("2026-01-02T00:00:00Z")
    }

    fn reason_on(&self, now: &str) -> String {
        let found = self.image.updates_on(now);
        assert_eq!(short(&found), ["update-available g 1 2"], "{:?}", found.errors);
        assert_eq!(found.errors.len(), 1, "{:?}", found.errors);
        assert!(found.errors[0].contains(" other"), "it names the suite: {:?}", found.errors);
        found.errors[0].clone()
    }
}

#[test]
fn lists_that_are_not_what_was_signed_do_not_count() {
    let stage = Stage::new();
    stage.site.put(&format!("dists/other/{LIST}.gz"), b"something else");
    let reason = stage.reason();
    assert!(reason.contains("digest is sha256:") && reason.contains("should be sha256:"), "{reason}");
    std::fs::remove_file(stage.site.folder.path().join(format!("dists/other/{LIST}.gz"))).unwrap();
    assert!(stage.reason().contains("404"));
}

#[test]
fn a_text_that_somebody_changed_does_not_count() {
    let stage = Stage::new();
    let path = stage.site.folder.path().join("dists/other/InRelease");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("Suite: test", "Suite: tesu")).unwrap();
    assert!(stage.reason().contains("signature is not good"));
    std::fs::write(&path, "<html>sign in to this network</html>").unwrap();
    assert!(stage.reason().contains("signature cannot be read"));
}

#[test]
fn sha1_and_keys_that_have_expired_prove_nothing() {
    let stage = Stage::new();
    let plain = stage.site.put("plain", "Suite: test\n");
    stage.site.put("dists/other/InRelease", stage.signer.weak(&plain));
    assert!(stage.reason().contains("proves nothing"));
    let stage = Stage::signed_by(Signer::new("rsa2048", "20240101T000000", "2030-01-01"), "");
    let found = stage.image.updates_on("2031-01-01T00:00:00Z");
    assert!(found.findings.is_empty() && found.errors.iter().all(|error| error.contains("expired")), "{:?}", found.errors);
}

#[test]
fn a_suite_that_is_too_old_does_not_count() {
    let stage = Stage::signed_by(Signer::usual(), "Valid-Until: Thu, 08 Jan 2026 00:00:00 UTC\n");
    assert_eq!(stage.image.updates_on("2026-01-07T00:00:00Z").errors, [""; 0]);
    assert!(stage.reason_on("2026-01-09T00:00:00Z").contains("good until"));
}

#[test]
fn a_server_that_cuts_or_is_busy_is_asked_again() {
    let stage = Stage::new();
    stage.site.faults.times(1, "GET", "other/InRelease", Action::CutResponse(300));
    stage.site.faults.times(1, "GET", "other/main", Action::reply(503, &[("Retry-After", "0")], ""));
    stage.site.faults.times(1, "GET", "good/InRelease", Action::Close);
    let found = stage.image.updates();
    assert_eq!((short(&found).len(), found.errors), (2, Vec::new()));
    stage.site.faults.on("GET", "other/main", Action::CutResponse(120));
    assert!(stage.reason().contains("cannot be read"));
}

#[test]
fn a_server_that_is_slow_does_not_take_the_others_along() {
    let mut stage = Stage::new();
    stage.image.settings.timeout = Duration::from_secs(4);
    stage.site.faults.on("GET", "other/InRelease", Action::Slow(1, Duration::from_millis(200)));
    assert!(stage.reason().contains("in time"));
}

#[test]
fn nonsense_in_an_index_is_an_error_and_no_end() {
    let stage = Stage::new();
    let suite = Suite { site: &stage.site, folder: "dists/other", list: LIST, fields: "" };
    let bomb = Suite { list: "main/binary-amd64/Nothing", ..suite };
    bomb.write(&[("o", "9", "amd64")], &["gz"]);
    // A list that says to be of xz and is none, with its right digest.
    let release = std::fs::read_to_string(bomb.path("Release")).unwrap().replace("Nothing.gz", "Packages.xz");
    stage.site.put("dists/other/Release", release);
    std::fs::rename(bomb.path("main/binary-amd64/Nothing.gz"), bomb.path("main/binary-amd64/Packages.xz")).unwrap();
    bomb.sign(&stage.signer);
    assert!(stage.reason().contains("cannot be read"));
}
