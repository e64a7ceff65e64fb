//! Certificates and sign-ins that are not good.

use crate::says;
use crate::support::catalogue::Catalogue;
use crate::support::registry::certificates::Ca;
use crate::support::registry::{Registry, RegistryKind};
use base64::Engine as _;

const PASSWORD: &str = "open-sesame-1";
const WRONG: &str = "not-the-password-2";

#[test]
fn a_certificate_that_is_not_trusted() {
    let (ca, other) = (Ca::new(), Ca::named("another authority"));
    let registry = Registry::start(RegistryKind::Tls(ca.local()));
    let catalogue = Catalogue::new(&registry.address);
    catalogue.plain("tool", "1.0", "tool");
    let run = catalogue.expect(3, &["build", "--publish"]);
    says(&run, &[&registry.address, "not trusted", "system's roots", "ca_bundle", "not set"]);
    assert_eq!(catalogue.image_id("tool", "1.0"), None);
    other.write_to(&catalogue.work().join("other.pem"));
    ca.write_to(&catalogue.work().join("ca.pem"));
    std::fs::write(catalogue.work().join("none.pem"), "hello\n").unwrap();
    for (file, code, parts) in [
        ("other.pem", 3, ["not trusted", "system's roots", "other.pem"].as_slice()),
        ("none.pem", 2, &["ca_bundle", "none.pem", "PEM"]),
        ("missing.pem", 2, &["ca_bundle", "missing.pem"]),
    ] {
        std::fs::write(catalogue.work().join("c.yaml"), format!("ca_bundle: {file}\n")).unwrap();
        says(&catalogue.expect(code, &["-c", "c.yaml", "build", "--publish"]), parts);
    }
    std::fs::write(catalogue.work().join("c.yaml"), "ca_bundle: ca.pem\n").unwrap();
    let listed = catalogue.expect(0, &["-c", "c.yaml", "--format", "json", "list"]).json();
    assert_eq!(listed["images"][0]["presence"], "missing");
}

#[test]
fn an_expired_certificate_is_said_to_be_expired() {
    let ca = Ca::new();
    let registry = Registry::start(RegistryKind::Tls(ca.expired()));
    let catalogue = Catalogue::new(&registry.address);
    catalogue.plain("tool", "1.0", "tool");
    ca.write_to(&catalogue.work().join("ca.pem"));
    std::fs::write(catalogue.work().join("c.yaml"), "ca_bundle: ca.pem\n").unwrap();
    says(&catalogue.expect(3, &["-c", "c.yaml", "build", "--publish"]), &["expired"]);
}

#[test]
fn sign_ins_that_are_missing_or_wrong_say_where_they_came_from() {
    let registry = Registry::start(RegistryKind::htpasswd("ci", PASSWORD));
    let mut catalogue = Catalogue::new(&registry.address);
    catalogue.plain("tool", "1.0", "tool");
    let none = catalogue.expect(3, &["build", "--publish"]);
    says(&none, &["401", &format!("no sign-in for {}", registry.address), "nothing was started"]);
    let auth = base64::engine::general_purpose::STANDARD.encode(format!("ci:{WRONG}"));
    let stored = catalogue.work().join("stored.json");
    std::fs::write(&stored, format!(r#"{{"auths":{{"{}":{{"auth":"{auth}"}}}}}}"#, registry.address)).unwrap();
    let wrong = catalogue.expect(3, &["--authfile", "stored.json", "build", "--publish"]);
    says(&wrong, &["ci", "stored.json", "wrong or has expired"]);
    assert!(!wrong.all().contains(WRONG) && !wrong.all().contains(&auth), "{wrong:?}");
    std::fs::write(&stored, "{not json").unwrap();
    let broken = catalogue.expect(2, &["--authfile", "stored.json", "build", "--publish"]);
    says(&broken, &["stored.json"]);
    says(&catalogue.expect(2, &["--authfile", "nowhere.json", "build", "--publish"]), &["nowhere.json"]);
    catalogue.set("COOPERAGE_USERNAME", "ci").set("COOPERAGE_PASSWORD", WRONG);
    for options in [["build"].as_slice(), &["--debug", "build"], &["--format", "json", "--info", "build", "--record", "record.json"]] {
        let wrong = catalogue.expect(3, options);
        says(&wrong, &["sign-in of ci", "username and password of the configuration", "wrong or has expired"]);
        assert!(!wrong.all().contains(WRONG), "{wrong:?}");
    }
    assert!(!std::fs::read_to_string(catalogue.work().join("record.json")).unwrap().contains(WRONG));
    assert_eq!(catalogue.image_id("tool", "1.0"), None);
    catalogue.set("COOPERAGE_PASSWORD", PASSWORD);
    let good = catalogue.expect(0, &["--format", "json", "build"]);
    assert_eq!(good.outcomes(), ["tool: published"]);
    assert!(!good.all().contains(PASSWORD));
}
