use super::*;
use crate::scan::{Os, PackageKind, Source};

fn os(text: &str) -> Os {
    let (id, version) = text.split_once(' ').unwrap_or((text, ""));
    Os { id: id.into(), version: version.into(), ..Os::default() }
}

fn package(kind: PackageKind, name: &str, version: &str) -> Package {
    let (name, version, location) = (name.into(), version.into(), "/somewhere".into());
    Package { kind, name, version, arch: None, source: None, licenses: Vec::new(), location, layer: 0 }
}

#[test]
fn package_urls_are_as_their_types_want_them() {
    use PackageKind as K;
    let rows = [
        (
            K::Deb,
            "debian 12",
            "login",
            "1:4.13+dfsg1-1",
            "amd64",
            "shadow 1:4.13+dfsg1-1",
            "pkg:deb/debian/login@1:4.13%2Bdfsg1-1?arch=amd64&distro=debian-12&upstream=shadow",
        ),
        (K::Deb, "", "a", "1-1+b2", "", "a 1-1", "pkg:deb/debian/a@1-1%2Bb2?upstream=a%401-1"),
        (
            K::Rpm,
            "rhel 9.4",
            "bind",
            "32:9.16-1",
            "x86_64",
            "bind 9.16-1",
            "pkg:rpm/redhat/bind@9.16-1?arch=x86_64&distro=rhel-9.4&epoch=32&upstream=bind-9.16-1.src.rpm",
        ),
        (
            K::Apk,
            "alpine 3.20.1",
            "musl",
            "1.2.5-r0",
            "x86_64",
            "musl 1.2.5-r0",
            "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20.1",
        ),
        (K::Pypi, "debian 12", "Flask_Login", "0.6", "", "", "pkg:pypi/flask-login@0.6"),
        (K::Npm, "", "@babel/core", "7.1.0", "", "", "pkg:npm/%40babel/core@7.1.0"),
        (
            K::Golang,
            "",
            "github.com/Masterminds/semver/v3",
            "v3.2.1+incompatible",
            "",
            "",
            "pkg:golang/github.com/masterminds/semver/v3@v3.2.1%2Bincompatible",
        ),
        (K::Golang, "", "example.org/a", "(devel)", "", "", "pkg:golang/example.org/a"),
        (K::Maven, "", "org.apache:commons-x", "1", "", "", "pkg:maven/org.apache/commons-x@1"),
        (K::Maven, "", "bare", "1", "", "", "pkg:maven/bare@1"),
        (K::Gem, "", "rake", "13.0.6", "", "", "pkg:gem/rake@13.0.6"),
        (K::Cargo, "", "serde_json", "1.0.0", "", "", "pkg:cargo/serde_json@1.0.0"),
    ];
    for (kind, system, name, version, arch, source, expected) in rows {
        let arch = Some(arch).filter(|arch| !arch.is_empty()).map(str::to_owned);
        let source = source.split_once(' ').map(|(name, version)| Source { name: name.into(), version: version.into() });
        assert_eq!(purl(&Package { arch, source, ..package(kind, name, version) }, &os(system)), expected);
    }
}

/// A document of an image with one package for each way to say a license.
fn written(form: Form) -> Value {
    let licenses = [vec![], vec!["MIT"], vec!["MIT OR Apache-2.0"], vec!["mit", "Do what you like"], vec!["MIT OR Apache-2.0", "ISC"]];
    let one = |(at, licenses): (usize, Vec<&str>)| Package {
        licenses: licenses.into_iter().map(str::to_owned).collect(),
        layer: at,
        ..package(PackageKind::Npm, &format!("@s/p{at}"), "1")
    };
    let packages = licenses.into_iter().enumerate().map(one).collect();
    let inventory = Inventory { os: os("debian 12"), packages, troubles: Vec::new() };
    let (id, manifest) = (Digest::of(b"config"), Digest::of(b"manifest"));
    let described = Described {
        reference: "r.example/team/app:1",
        id: &id,
        manifest: Some(&manifest),
        layers: &[Digest::of(b"layer")],
        inventory: &inventory,
        created: Timestamp::UNIX_EPOCH,
    };
    let text = document(form, &described);
    assert_eq!(text, document(form, &described), "the same bytes");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn spdx_declares_licenses_of_its_list_and_its_own() {
    let document = written(Form::Spdx);
    let declared: Vec<_> = document["packages"].as_array().unwrap().iter().map(|one| one["licenseDeclared"].as_str().unwrap()).collect();
    let own = document["hasExtractedLicensingInfos"][0]["licenseId"].as_str().unwrap();
    let both = format!("MIT AND {own}");
    assert_eq!(declared, ["NOASSERTION", "NOASSERTION", "MIT", "MIT OR Apache-2.0", &both, "(MIT OR Apache-2.0) AND ISC"]);
    assert_eq!(document["hasExtractedLicensingInfos"][0]["extractedText"], "Do what you like");
    assert_eq!(document["creationInfo"]["created"], "1970-01-01T00:00:00Z");
    let purl = "pkg:oci/app@sha256:";
    assert!(document["packages"][0]["externalRefs"][0]["referenceLocator"].as_str().unwrap().starts_with(purl));
}

#[test]
fn cyclonedx_has_a_serial_number_of_the_image() {
    let document = written(Form::CycloneDx);
    let serial = document["serialNumber"].as_str().unwrap();
    assert_eq!((serial.len(), &serial[..9], &serial[23..24]), (45, "urn:uuid:", "8"));
    let components = document["components"].as_array().unwrap();
    assert_eq!(
        (&components[0]["type"], &components[1]["group"], &components[1]["name"]),
        (&"operating-system".into(), &"@s".into(), &"p0".into())
    );
    assert_eq!(components[3]["licenses"], json!([{"expression": "MIT OR Apache-2.0"}]));
    assert_eq!(components[4]["licenses"], json!([{"license": {"id": "MIT"}}, {"license": {"name": "Do what you like"}}]));
}

#[test]
fn the_list_names_the_layer() {
    let list = written(Form::Packages);
    let layer = Digest::of(b"layer");
    assert_eq!(list[0], json!({"type": "npm", "name": "@s/p0", "version": "1", "arch": null, "purl": "pkg:npm/%40s/p0@1", "layer": layer}));
    assert_eq!(list[1]["layer"], Value::Null);
}
