//! Packages of images matched with advisories.

use super::super::{Advisories, affected};
use super::{Image, advisory, built_from, fetcher, package, told, zip};
use crate::scan::PackageKind::{Apk, Cargo, Deb, Gem, Golang, Maven, Npm, Pypi, Rpm};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn debian() -> Image {
    let ssl = built_from("openssl", "3.0.11-1", package(Deb, "libssl3", "3.0.11-1"));
    Image::new("debian", "12", vec![ssl, package(Deb, "bash", "5.2.15-2+b2")])
}

#[tokio::test]
async fn the_release_and_the_source_package_count() {
    let rows = [
        advisory("CVE-2026-1", "Debian:12", "openssl", "3.0.11-2", r#""summary":"Bad\u001b[31m","#),
        advisory("CVE-2026-2", "Debian:11", "openssl", "3.0.99-1", ""),
        advisory("CVE-2026-3", "Debian", "bash", "5.2.15-3", ""),
        advisory("CVE-2026-4", "Debian:12", "libssl3", "9", ""),
        advisory("CVE-2026-5", "Ubuntu:22.04", "openssl", "9", ""),
        advisory("CVE-2026-6", "Debian:12", "openssl", "3.0.11-1", ""),
        advisory("CVE-2026-7", "Debian:12", "openssl", "9", r#""withdrawn":"2026-01-02T00:00:00Z","#),
    ];
    let found = debian().with(&rows.each_ref().map(String::as_str)).await;
    assert_eq!(told(&found.findings), ["CVE-2026-1 libssl3 unknown 3.0.11-2", "CVE-2026-3 bash unknown 5.2.15-3"]);
    assert!(found.errors.is_empty(), "{:?}", found.errors);
    let first = &found.findings[0];
    assert_eq!((first.subject.as_deref(), first.path.as_deref()), (Some("app"), Some("/db")));
    assert_eq!(first.message, "libssl3 3.0.11-1: Bad [31m");
    assert_eq!(first.help.as_deref(), Some("install libssl3 3.0.11-2 or later"));
}

#[tokio::test]
async fn every_ecosystem_has_its_name_and_order() {
    let rows: &[(&str, &str, crate::scan::Package, &str, &str, &str)] = &[
        (
            "alpine",
            "3.20.1",
            built_from("openssl", "3.3.0-r2", package(Apk, "libcrypto3", "3.3.0-r2")),
            "Alpine:v3.20",
            "openssl",
            "3.3.0-r10",
        ),
        ("ubuntu", "22.04", package(Deb, "curl", "7.81.0-1"), "Ubuntu:22.04:LTS", "curl", "7.81.0-1ubuntu1.14"),
        ("rocky", "9.4", package(Rpm, "curl", "7.76.1-26.el9"), "Rocky Linux:9", "curl", "0:7.76.1-29.el9"),
        (
            "almalinux",
            "9.4",
            built_from("bind", "9.16.23-1.el9", package(Rpm, "bind-libs", "32:9.16.23-1.el9")),
            "AlmaLinux:9",
            "bind",
            "32:9.16.23-2.el9",
        ),
        (
            "rhel",
            "9.4",
            package(Rpm, "openssl-libs", "1:3.0.7-16.el9"),
            "Red Hat:enterprise_linux:9::baseos",
            "openssl-libs",
            "1:3.0.7-25.el9",
        ),
        ("opensuse-leap", "15.5", package(Rpm, "zlib", "1.2-1"), "openSUSE:Leap 15.5", "zlib", "1.2-2"),
        ("debian", "12", package(Pypi, "Zope.Interface_X", "1.0rc1"), "PyPI", "zope-interface-x", "1.0"),
        ("", "", package(Npm, "@scope/name", "1.9.0"), "npm", "@scope/name", "1.10.0"),
        ("", "", package(Gem, "rails", "7.0.8"), "RubyGems", "rails", "7.0.8.1"),
        (
            "",
            "",
            package(Golang, "example.org/m", "v0.0.0-20220101000000-abcdefabcdef"),
            "Go",
            "example.org/m",
            "0.0.0-20230101000000-abcdefabcdef",
        ),
        ("", "", package(Cargo, "time", "0.1.9"), "crates.io", "time", "0.1.10"),
        ("", "", package(Maven, "org.example:log", "2.14.1"), "Maven", "org.example:log", "2.15.0"),
    ];
    for (id, version, package, ecosystem, name, fixed) in rows {
        let found = Image::new(id, version, vec![package.clone()]).with(&[&advisory("X-1", ecosystem, name, fixed, "")]).await;
        assert_eq!(told(&found.findings), [format!("X-1 {} unknown {fixed}", package.name)], "{ecosystem}");
    }
}

#[tokio::test]
async fn other_releases_and_what_only_customers_get_do_not_count() {
    for (id, version, kind, ecosystem) in [
        ("ubuntu", "22.04", Deb, "Ubuntu:Pro:22.04:LTS"),
        ("ubuntu", "22.04", Deb, "Ubuntu:24.04"),
        ("alpine", "3.2.1", Apk, "Alpine:v3.20"),
        ("rhel", "9.4", Rpm, "Red Hat:enterprise_linux:8::baseos"),
        ("rhel", "9.4", Rpm, "Red Hat:openshift:4.12::el9"),
        ("rocky", "9.4", Rpm, "AlmaLinux:9"),
        ("debian", "12", Deb, "Debian:1"),
    ] {
        let found = Image::new(id, version, vec![package(kind, "p", "1-1")]).with(&[&advisory("X-1", ecosystem, "p", "9", "")]).await;
        assert!(found.findings.is_empty(), "{ecosystem}");
    }
}

#[tokio::test]
async fn aliases_make_one_finding_however_they_lead_to_each_other() {
    let image = Image::new("", "", vec![package(Pypi, "p", "1")]);
    let vector = r#""severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],"#;
    let found = image
        .with(&[
            &advisory("PYSEC-2026-9", "PyPI", "p", "2", r#""aliases":["GHSA-aaaa"],"#),
            &advisory(
                "GHSA-aaaa",
                "PyPI",
                "p",
                "3",
                &format!(r#""aliases":["CVE-2026-10","PYSEC-2026-9"],"summary":"Text","database_specific":{{"severity":"LOW"}},{vector}"#),
            ),
            &advisory("CVE-2026-10", "PyPI", "p", "2", r#""aliases":["CVE-2026-9"],"#),
            &advisory("OTHER-1", "PyPI", "p", "2", r#""upstream":["CVE-2026-11"],"#),
        ])
        .await;
    assert_eq!(told(&found.findings), ["CVE-2026-9 p high 3", "CVE-2026-11 p unknown 2"]);
    assert_eq!(found.findings[0].message, "p 1: Text (CVSS 7.5; also CVE-2026-10, GHSA-aaaa, PYSEC-2026-9)");
}

#[tokio::test]
async fn a_notice_about_several_vulnerabilities_keeps_its_name_unless_each_is_found() {
    let image = debian();
    let notice = advisory("DSA-1", "Debian:12", "bash", "9", r#""upstream":["CVE-2026-1","CVE-2026-2"],"#);
    let one = advisory("DEBIAN-CVE-2026-1", "Debian:12", "bash", "9", r#""upstream":["CVE-2026-1"],"#);
    let two = advisory("DEBIAN-CVE-2026-2", "Debian:12", "bash", "9", r#""upstream":["CVE-2026-2"],"#);
    assert_eq!(told(&image.with(&[&notice, &one]).await.findings), ["CVE-2026-1 bash unknown 9", "DSA-1 bash unknown 9"]);
    assert_eq!(told(&image.with(&[&notice, &one, &two]).await.findings), ["CVE-2026-1 bash unknown 9", "CVE-2026-2 bash unknown 9"]);
}

#[tokio::test]
async fn severity_is_that_of_vectors_then_that_of_words() {
    let image = debian();
    let v4 = r#"{"type":"CVSS_V4","score":"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"}"#;
    let v3 = r#"{"type":"CVSS_V3","score":"CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"}"#;
    for (more, expected) in [
        (format!(r#""severity":[{v3},{v4}],"#), "critical"),
        (format!(r#""severity":[{v3},{{"type":"CVSS_V4","score":"1e999"}}],"#), "medium"),
        (r#""database_specific":{"severity":"HIGH"},"#.into(), "high"),
        (r#""database_specific":{"urgency":"unimportant"},"#.into(), "low"),
        (r#""database_specific":"rubbish","#.into(), "unknown"),
        (r#""severity":[{"type":"Ubuntu","score":"negligible"}],"#.into(), "low"),
        (r#""summary":"Important: bash security update","#.into(), "high"),
        (r#""aliases":null,"severity":null,"#.into(), "unknown"),
    ] {
        let found = image.with(&[&advisory("CVE-2026-1", "Debian:12", "bash", "9", &more)]).await;
        assert_eq!(told(&found.findings), [format!("CVE-2026-1 bash {expected} 9")], "{more}");
    }
    let urgency = r#"{"id":"CVE-2026-1","affected":[{"package":{"ecosystem":"Debian:12","name":"bash"},"ranges":[{"type":"ECOSYSTEM",
        "events":[{"introduced":"0"}]}],"ecosystem_specific":{"urgency":"medium**"}}]}"#;
    assert_eq!(told(&image.with(&[urgency]).await.findings), ["CVE-2026-1 bash medium -"]);
}

#[tokio::test]
async fn those_without_a_fixed_version_are_left_out_where_the_configuration_says_so() {
    let text = r#"{"id":"CVE-2026-1","affected":[{"package":{"ecosystem":"Debian:12","name":"bash"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]}"#;
    let mut image = debian();
    assert_eq!(image.with(&[text]).await.findings.len(), 1);
    image.settings.unfixed = false;
    assert!(image.with(&[text]).await.findings.is_empty());
}

#[tokio::test]
async fn a_zip_file_is_kept_by_package_and_read_anew_when_it_changes() {
    let (work, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = work.path().join("all.zip");
    let (one, other) = (advisory("CVE-2026-1", "Debian:12", "bash", "9", ""), advisory("CVE-2026-2", "Debian:12", "bash", "9", ""));
    let image = debian();
    for (text, expected) in [(&one, "CVE-2026-1"), (&one, "CVE-2026-1"), (&other, "CVE-2026-2")] {
        std::fs::write(&file, zip(&[("a/b.json", text.as_bytes(), None), ("README", b"no advisory", None)])).unwrap();
        let advisories = Advisories::new(&[file.display().to_string()], Some(cache.path()), fetcher());
        let found = super::scan(&image.subject(), &advisories).await;
        assert_eq!(told(&found.findings), [format!("{expected} bash unknown 9")]);
    }
    let kept: Vec<_> = std::fs::read_dir(cache.path().join("advisories")).unwrap().collect();
    assert_eq!(kept.len(), 2);
    for entry in kept {
        std::fs::write(entry.unwrap().path(), "damaged").unwrap();
    }
    let advisories = Advisories::new(&[file.display().to_string()], Some(cache.path()), fetcher());
    assert_eq!(super::scan(&image.subject(), &advisories).await.findings.len(), 1);
}

#[tokio::test]
async fn a_mirror_is_asked_for_the_ecosystems_of_the_image() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/osv/", listener.local_addr().unwrap());
    let body = zip(&[("a.json", advisory("CVE-2026-1", "Rocky Linux:9", "p", "2", "").as_bytes(), None)]);
    let server = tokio::spawn(async move {
        let mut asked = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = vec![0; 4096];
            let count = stream.read(&mut buffer).await.unwrap();
            let path = String::from_utf8_lossy(&buffer[..count]).split(' ').nth(1).unwrap().to_owned();
            let good = path.contains("Rocky");
            let (status, body) = if good { ("200 OK", body.as_slice()) } else { ("404 Not Found", [].as_slice()) };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(body).await.unwrap();
            asked.push(path);
        }
        asked
    });
    let image = Image::new("rocky", "9.4", vec![package(Rpm, "p", "1"), package(Pypi, "q", "1")]);
    let found = super::scan(&image.subject(), &Advisories::new(&[address], None, fetcher())).await;
    assert_eq!(told(&found.findings), ["CVE-2026-1 p unknown 2"]);
    assert_eq!(found.errors.len(), 1, "what is not there is told, and the rest counts: {:?}", found.errors);
    let mut asked = server.await.unwrap();
    asked.sort();
    assert_eq!(asked, ["/osv/PyPI/all.zip", "/osv/Rocky%20Linux/all.zip"]);
}

#[tokio::test]
async fn what_an_id_or_a_package_touches() {
    let folder = tempfile::tempdir().unwrap();
    let text = advisory("GHSA-1", "Debian:12", "openssl", "9", r#""aliases":["CVE-2026-1"],"#);
    std::fs::write(folder.path().join("a.json"), text).unwrap();
    let advisories = Advisories::new(&[folder.path().display().to_string()], None, fetcher());
    let image = debian();
    for (what, expected) in [
        ("CVE-2026-1", vec!["CVE-2026-1 libssl3 unknown 9"]),
        ("ghsa-1", vec!["CVE-2026-1 libssl3 unknown 9"]),
        ("openssl", vec!["CVE-2026-1 libssl3 unknown 9"]),
        ("bash", vec!["package-installed bash unknown -"]),
        ("CVE-2026-2", vec![]),
        ("zlib", vec![]),
    ] {
        let found = affected(&advisories, what, &image.subject()).await;
        assert_eq!(told(&found.findings), expected, "{what}");
    }
}
