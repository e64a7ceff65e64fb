//! What dnf's repositories offer, made by rpmbuild and createrepo_c.

use super::debian::run;
use super::image::{Image, short};
use super::signer::Signer;
use super::support::faults::Action;
use super::support::site::Site;
use cooperage::name::Digest;
use cooperage::scan::Os;
use cooperage::scan::PackageKind::Rpm;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Builds packages into a folder: name, epoch, version, release.
fn build(folder: &Path, packages: &[(&str, &str, &str, &str)]) {
    let work = tempfile::tempdir().unwrap();
    for (name, epoch, version, release) in packages {
        let spec = work.path().join("a.spec");
        let text = format!(
            "Name: {name}\nEpoch: {epoch}\nVersion: {version}\nRelease: {release}\nSummary: a test\nLicense: MIT\n%description\na test\n%files\n"
        );
        fs::write(&spec, text).unwrap();
        let top = format!("_topdir {}", work.path().display());
        let out = format!("_rpmdir {}", folder.display());
        run(Command::new("rpmbuild").args(["-bb", "--target", "x86_64-linux", "--define", &top, "--define", &out]).arg(&spec));
    }
}

fn index(folder: &Path, more: &[&str]) {
    run(Command::new("createrepo_c").arg("--quiet").args(more).arg(folder));
}

fn image(packages: &[(&str, &str, &str)]) -> Image {
    let mut image = Image::with(Rpm, packages);
    image.os = Os { id: "rocky".to_owned(), like: vec!["rhel".to_owned()], version: "9.4".to_owned(), ..Os::default() };
    image
}

const ADVISORIES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<updates><update from="t" status="final" type="security" version="1"><id>TEST-2026:1</id><title>t</title><severity>Important</severity>
<pkglist><collection short="t"><name>t</name><package name="libssl" epoch="1" version="3.0" release="2" arch="x86_64"><filename>f</filename></package>
</collection></pkglist></update></updates>"#;

#[test]
fn updates_come_with_their_advisories_and_kernels_count_once() {
    let site = Site::start();
    let folder = site.folder.path().join("9/x86_64");
    fs::create_dir_all(&folder).unwrap();
    build(
        &folder,
        &[
            ("libssl", "1", "3.0", "2"),
            ("libssl", "1", "3.0", "3"),
            ("kernel", "0", "6.2", "1"),
            ("tool", "0", "1.10", "1"),
            ("same", "0", "1", "1"),
        ],
    );
    index(&folder, &["--general-compress-type=xz"]);
    let advisories = site.put("updateinfo.xml", ADVISORIES);
    run(Command::new("modifyrepo_c").arg(advisories).arg(folder.join("repodata")));
    let installed = [
        ("libssl", "1:3.0-1", "x86_64"),
        ("kernel", "6.0-1", "x86_64"),
        ("kernel", "6.2-1", "x86_64"),
        ("tool", "1.9-1", "x86_64"),
        ("same", "1-1", "x86_64"),
    ];
    let mut image = image(&installed);
    let other = "\n[off]\nbaseurl=http://off.example/\nenabled=0\n[main]\ngpgcheck=1\n";
    image.file(
        "/etc/yum.repos.d/a.repo",
        format!("[base-$releasever]\nname=x\nbaseurl=https://repo.example/$releasever/$basearch/\n{other}"),
    );
    image.settings.mirrors.insert("https://repo.example".to_owned(), site.url(""));
    let found = image.updates();
    assert_eq!(found.errors, [""; 0]);
    assert_eq!(short(&found), ["security-update libssl 1:3.0-1 1:3.0-3", "update-available tool 1.9-1 1.10-1"]);
    let message = &found.findings[0].message;
    assert!(message.contains("from base-9") && message.contains("TEST-2026:1 (Important)"), "{message}");
}

#[test]
fn of_modules_only_the_stream_of_the_image_counts() {
    let site = Site::start();
    let folder = site.folder.path().join("r");
    fs::create_dir_all(&folder).unwrap();
    build(&folder, &[("js", "0", "18.2", "1.module"), ("js", "0", "20.1", "1.module")]);
    index(&folder, &[]);
    let stream = |name: &str, version: &str| {
        let artifacts = format!("artifacts:\n    rpms:\n    - js-0:{version}-1.module.x86_64");
        format!("---\ndocument: modulemd\nversion: 2\ndata:\n  name: js\n  stream: \"{name}\"\n  {artifacts}\n...\n")
    };
    let modules = site.put("modules.yaml", stream("18", "18.2") + &stream("20", "20.1"));
    run(Command::new("modifyrepo_c").args(["--mdtype=modules"]).arg(modules).arg(folder.join("repodata")));
    let mut image = image(&[("js", "18.1-1.module", "x86_64")]);
    image.file("/etc/yum.repos.d/a.repo", format!("[r]\nbaseurl={}\n", site.url("r")));
    image.file("/etc/dnf/modules.d/js.module", "[js]\nname=js\nstream=18\nprofiles=\nstate=enabled\n");
    let found = image.updates();
    assert_eq!((short(&found), found.errors), (vec!["update-available js 18.1-1.module 18.2-1.module".to_owned()], Vec::new()));
}

#[test]
fn lists_of_mirrors_are_followed_and_their_digests_held() {
    let site = Site::start();
    let folder = site.folder.path().join("r");
    fs::create_dir_all(&folder).unwrap();
    build(&folder, &[("tool", "0", "2", "1")]);
    index(&folder, &[]);
    site.put("mirrors", format!("# some\n{}\n{}\n", site.url("gone/"), site.url("r/")));
    let repomd = fs::read(folder.join("repodata/repomd.xml")).unwrap();
    let metalink = |digest: &Digest| {
        let hex = &digest.as_str()[7..];
        let url = site.url("r/repodata/repomd.xml");
        format!(
            "<?xml version=\"1.0\"?><metalink><files><file name=\"repomd.xml\"><hash type=\"sha256\">{hex}</hash><url>{url}</url></file></files></metalink>"
        )
    };
    site.put("metalink", metalink(&Digest::of(&repomd)));
    for key in ["mirrorlist", "metalink"] {
        let mut image = image(&[("tool", "1-1", "x86_64")]);
        image.file("/etc/yum.repos.d/a.repo", format!("[r]\n{key}={}\n", site.url(if key == "metalink" { "metalink" } else { "mirrors" })));
        let found = image.updates();
        assert_eq!((short(&found).len(), found.errors), (1, Vec::new()), "{key}");
        site.put("metalink", metalink(&Digest::of(b"other")));
        if key == "metalink" {
            let found = image.updates();
            assert!(found.findings.is_empty() && found.errors[0].contains("metalink says"), "{:?}", found.errors);
        }
        site.put("metalink", metalink(&Digest::of(&repomd)));
    }
}

#[test]
fn signatures_are_checked_where_the_image_has_the_key() {
    let (site, signer, other) = (Site::start(), Signer::usual(), Signer::usual());
    let folder = site.folder.path().join("r");
    fs::create_dir_all(&folder).unwrap();
    build(&folder, &[("tool", "0", "2", "1")]);
    index(&folder, &[]);
    let scan = |key: Option<&Signer>, needed: bool| {
        let mut image = image(&[("tool", "1-1", "x86_64")]);
        let check = u8::from(needed);
        image.file(
            "/etc/yum.repos.d/a.repo",
            format!("[r]\nbaseurl={}\nrepo_gpgcheck={check}\ngpgkey=file:///etc/pki/rpm-gpg/KEY\n", site.url("r")),
        );
        if let Some(key) = key {
            image.file("/etc/pki/rpm-gpg/KEY", key.armored());
        }
        let found = image.updates();
        assert_eq!(found.findings.len() + found.errors.len(), 1, "{:?}", found.errors);
        found.errors.into_iter().next()
    };
    assert_eq!(scan(Some(&signer), false), None, "unsigned, and it need not be");
    assert!(scan(Some(&signer), true).unwrap().contains("must be signed"));
    let repomd = folder.join("repodata/repomd.xml");
    fs::write(folder.join("repodata/repomd.xml.asc"), signer.detached(&repomd)).unwrap();
    assert_eq!(scan(Some(&signer), true), None);
    assert_eq!(scan(None, true), None);
    assert!(scan(Some(&other), true).unwrap().contains("none of the image's keys"));
    assert_eq!(scan(Some(&other), false), None);
    fs::write(&repomd, fs::read_to_string(&repomd).unwrap() + "<!-- -->").unwrap();
    assert!(scan(Some(&signer), false).unwrap().contains("something else"));
}

#[test]
fn a_repository_that_misbehaves_is_named_and_the_others_count() {
    let site = Site::start();
    for (name, package) in [("good", "g"), ("bad", "b")] {
        let folder = site.folder.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        build(&folder, &[(package, "0", "2", "1")]);
        index(&folder, &[]);
    }
    let mut image = image(&[("g", "1-1", "x86_64"), ("b", "1-1", "x86_64")]);
    image.file("/etc/yum.repos.d/a.repo", format!("[bad]\nbaseurl={}\n[good]\nbaseurl={}\n", site.url("bad"), site.url("good")));
    let reason = |path: &str, action: Action| {
        site.faults.clear();
        site.faults.on("GET", path, action);
        let found = image.updates();
        assert_eq!((short(&found), found.errors.len()), (vec!["update-available g 1-1 2-1".to_owned()], 1), "{:?}", found.errors);
        assert!(found.errors[0].contains("the repository bad"), "{:?}", found.errors);
        found.errors[0].clone()
    };
    assert!(reason("bad/", Action::status(404)).contains("404"));
    assert!(reason("bad/", Action::Close).contains("cannot be read"));
    assert!(reason("bad/repodata/repomd", Action::reply(200, &[], "<html></html>")).contains("no repomd.xml"));
    assert!(reason("bad/repodata/repomd", Action::reply(200, &[], "<repomd><data")).contains("not the XML"));
}
