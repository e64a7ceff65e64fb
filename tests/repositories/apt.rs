//! What apt's repositories offer: both forms of sources, all forms of lists, ranks, security, keys.

use super::debian::Suite;
use super::image::{Image, short};
use super::signer::Signer;
use super::support::site::Site;
use cooperage::scan::PackageKind::Deb;
use std::fs;

const MAIN: &str = "main/binary-amd64/Packages";

fn suite<'a>(site: &'a Site, folder: &'a str, fields: &'a str) -> Suite<'a> {
    Suite { site, folder, list: MAIN, fields }
}

#[test]
fn updates_come_from_enabled_suites_and_security_is_marked() {
    let (site, signer) = (Site::start(), Signer::usual());
    let main = suite(&site, "debian/dists/x", "Codename: x\nAcquire-By-Hash: yes\n");
    main.write(&[("a", "1.2-1", "amd64"), ("b", "1:0.5", "all"), ("c", "1.0", "amd64"), ("zz", "9", "amd64")], &["xz"]);
    main.sign(&signer);
    let security = suite(&site, "security/dists/x-security", "Label: Debian-Security\n");
    security.write(&[("a", "1.1-2", "amd64"), ("d", "2.0-1+deb12u1", "amd64")], &["gz"]);
    security.sign(&signer);
    let backports = suite(&site, "debian/dists/x-backports", "NotAutomatic: yes\nButAutomaticUpgrades: yes\n");
    backports.write(&[("c", "3.0~bpo2", "amd64"), ("e", "3.0~bpo2", "amd64")], &["zst"]);
    backports.sign(&signer);
    let experimental = suite(&site, "debian/dists/rc", "NotAutomatic: yes\n");
    experimental.write(&[("a", "7", "amd64")], &["gz"]);
    experimental.sign(&signer);
    let installed =
        [("a", "1.1-1", "amd64"), ("b", "2.0", "all"), ("c", "1.0", "amd64"), ("d", "2.0-1", "amd64"), ("e", "3.0~bpo1", "amd64")];
    let mut image = Image::with(Deb, &installed);
    image.file("/usr/share/keyrings/test.gpg", signer.public());
    image.file("/etc/apt/trusted.gpg.d/test.asc", signer.armored());
    image.file(
        "/etc/apt/sources.list.d/debian.sources",
        "Types: deb\nURIs: http://repo.example/debian/\nSuites: x x-backports rc\nComponents: main\nSigned-By: /usr/share/keyrings/test.gpg\n\n\
         Types: deb\nEnabled: no\nURIs: http://off.example/\nSuites: x\nComponents: main\n",
    );
    image.file(
        "/etc/apt/sources.list",
        format!("# deb http://off.example x main\ndeb [arch=amd64] {} x-security main\n", site.url("security")),
    );
    image.settings.mirrors.insert("http://repo.example/debian".to_owned(), site.url("debian"));
    let found = image.updates();
    assert_eq!(found.errors, [""; 0]);
    let expected = [
        "security-update a 1.1-1 1.2-1",
        "update-available b 2.0 1:0.5",
        "security-update d 2.0-1 2.0-1+deb12u1",
        "update-available e 3.0~bpo1 3.0~bpo2",
    ];
    assert_eq!(short(&found), expected);
    let message = &found.findings[0].message;
    assert!(message.contains("x/main of http://repo.example/debian") && message.contains("1.1-2 of x-security/main"), "{message}");
    assert!(!message.contains("127.0.0.1/debian"), "the image's own address is named, not the mirror's: {message}");
    assert!(site.faults.count("GET", "/by-hash/SHA256/") > 0, "lists are asked for by digest where that is offered");
}

#[test]
fn a_signature_beside_the_release_and_a_flat_repository_count_too() {
    for signer in [Signer::usual(), Signer::with_part()] {
        let site = Site::start();
        let flat = Suite { site: &site, folder: "flat", list: "Packages", fields: "" };
        flat.write(&[("a", "2", "amd64")], &["gz"]);
        let release = flat.path("Release");
        site.put("flat/Release.gpg", signer.detached(&release));
        let mut image = Image::with(Deb, &[("a", "1", "amd64")]);
        image.file("/etc/apt/keyrings/own.asc", signer.armored());
        image.file("/etc/apt/sources.list", format!("deb [signed-by=/etc/apt/keyrings/own.asc] {} ./\n", site.url("flat")));
        let found = image.updates();
        assert_eq!((short(&found), found.errors), (vec!["update-available a 1 2".to_owned()], Vec::new()));
        // Another byte, and the signature is not good any more.
        fs::write(&release, fs::read_to_string(&release).unwrap().replace("test", "tesu")).unwrap();
        let found = image.updates();
        assert!(found.findings.is_empty() && found.errors[0].contains("something else"), "{:?}", found.errors);
    }
}

#[test]
fn a_key_may_stand_in_the_source_or_in_the_configuration() {
    let (site, signer, other) = (Site::start(), Signer::usual(), Signer::usual());
    let main = suite(&site, "dists/x", "");
    main.write(&[("a", "2", "amd64")], &["xz"]);
    main.sign(&signer);
    let inline = |signer: &Signer| {
        let key = String::from_utf8(signer.armored()).unwrap();
        let key: String = key.lines().map(|line| if line.is_empty() { " .\n".to_owned() } else { format!(" {line}\n") }).collect();
        let mut image = Image::with(Deb, &[("a", "1", "amd64")]);
        image.file(
            "/etc/apt/sources.list.d/a.sources",
            format!("Types: deb\nURIs: {}\nSuites: x\nComponents: main\nSigned-By:\n{key}", site.url("")),
        );
        image
    };
    assert_eq!(short(&inline(&signer).updates()), ["update-available a 1 2"]);
    let mut image = inline(&other);
    let found = image.updates();
    assert!(found.findings.is_empty() && found.errors[0].contains("none of the image's keys"), "{:?}", found.errors);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.gpg"), signer.public()).unwrap();
    fs::write(folder.path().join("README"), "no key").unwrap();
    image.settings.keys = vec![folder.path().to_owned()];
    assert_eq!(short(&image.updates()), ["update-available a 1 2"]);
    image.settings.keys = vec![folder.path().join("README")];
    assert!(image.updates().errors.iter().any(|error| error.contains("README")));
}
