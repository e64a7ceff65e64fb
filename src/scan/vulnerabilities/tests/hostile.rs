//! Sets of advisories that are damaged, or made to do harm: a clear error, and the rest counts.

use super::super::osv::Advisory;
use super::super::{Advisories, matching};
use super::{Image, advisory, fetcher, package, told, zip};
use crate::scan::PackageKind::{Deb, Golang, Npm};

fn image() -> Image {
    Image::new("debian", "12", vec![package(Deb, "bash", "5.2-1")])
}

fn good() -> String {
    advisory("CVE-2026-1", "Debian:12", "bash", "9", "")
}

#[tokio::test]
async fn what_is_no_advisory_is_named_and_the_others_count() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_inside = advisory("X", "Debian:12", "bash", "9", &format!(r#""database_specific":{deep},"#));
    let deep_aside = advisory("CVE-2026-2", "Debian:12", "bash", "9", &format!(r#""references":{deep},"#));
    let rows = [
        "",
        "[]",
        "{}",
        "null",
        r#"{"id":7}"#,
        r#"{"id":"X","affected":{"a":1}}"#,
        r#"{"id":"X","affected":[{"ranges":"no"}]}"#,
        "\u{0}",
        &deep,
        &deep_inside,
    ];
    for bad in rows {
        let found = image().with(&[bad, &good()]).await;
        assert!(told(&found.findings).contains(&"CVE-2026-1 bash unknown 9".to_owned()), "{bad:.40}");
        assert!(found.errors[0].contains("was passed over") && found.errors[0].contains("0.json: "), "{bad:.40}: {:?}", found.errors);
    }
    let found = image().with(&[&deep_aside, &good()]).await;
    assert!(told(&found.findings).contains(&"CVE-2026-1 bash unknown 9".to_owned()));
}

#[tokio::test]
async fn fields_of_other_kinds_are_named_or_passed_over() {
    let with = |more: &str| advisory("CVE-2026-1", "Debian:12", "bash", "9", more);
    for bad in
        [r#""aliases":7,"#, r#""summary":[],"#, r#""severity":{},"#, r#""severity":[7],"#, r#""upstream":[null],"#, r#""withdrawn":{},"#]
    {
        let errors = image().with(&[&with(bad), &good()]).await.errors;
        assert!(errors[0].contains("was passed over") && errors[0].contains("0.json: invalid type"), "{bad}: {errors:?}");
    }
    for odd in [r#""aliases":null,"#, r#""database_specific":[1],"#, r#""database_specific":{"severity":{"a":1}},"#, r#""unknown":[[{}]],"#]
    {
        let found = image().with(&[&with(odd)]).await;
        assert_eq!((found.errors, found.findings.len()), (Vec::new(), 1), "{odd}");
    }
}

#[tokio::test]
async fn very_many_ranges_versions_and_packages_are_read() {
    let events = r#"{"introduced":"1"},{"fixed":"2"},"#.repeat(20_000);
    let ranges = r#"{"type":"ECOSYSTEM","events":[{"introduced":"1"},{"fixed":"2"}]},"#.repeat(100_000);
    let packages = r#"{"package":{"ecosystem":"Debian:12","name":"other"}},"#.repeat(10_000);
    let versions = r#""1","#.repeat(100_000);
    let text = format!(
        r#"{{"id":"CVE-2026-1","affected":[{packages}{{"package":{{"ecosystem":"Debian:12","name":"bash"}},"versions":[{versions}"2"],
        "ranges":[{ranges}{{"type":"ECOSYSTEM","events":[{events}{{"introduced":"5"}},{{"fixed":"9"}}]}}]}}]}}"#
    );
    let found = image().with(&[&text]).await;
    assert_eq!((told(&found.findings), found.errors), (vec!["CVE-2026-1 bash unknown 9".to_owned()], Vec::new()));
}

#[tokio::test]
async fn names_in_a_zip_file_lead_nowhere() {
    let work = tempfile::tempdir().unwrap();
    let (folder, cache) = (work.path().join("sets"), work.path().join("cache"));
    std::fs::create_dir(&folder).unwrap();
    let text = good();
    let climbing = [("../../climbed.json", text.as_bytes(), None), ("/absolute.json", b"{", None), ("a/..\\b.json", b"[]", None)];
    std::fs::write(folder.join("a.zip"), zip(&climbing)).unwrap();
    let advisories = Advisories::new(&[folder.join("a.zip").display().to_string()], Some(&cache), fetcher());
    let found = super::scan(&image().subject(), &advisories).await;
    assert_eq!(told(&found.findings), ["CVE-2026-1 bash unknown 9"]);
    assert!(found.errors[0].contains("/absolute.json: EOF") && found.errors[0].contains("b.json"), "{:?}", found.errors);
    let names = |folder: &std::path::Path| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(
        (names(&folder), names(work.path()).len(), std::path::Path::new("/absolute.json").exists()),
        (vec!["a.zip".into()], 2, false)
    );
}

#[test]
fn whatever_an_advisory_says_it_is_judged() {
    let whole =
        advisory("CVE-2026-1", "Debian:12", "bash", "9:2~rc1-1+b2", r#""severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L"}],"#);
    let (image, mut random) = (image(), fastrand::Rng::with_seed(7));
    let mut judged = 0;
    for _ in 0..10_000 {
        let mut bytes = whole.clone().into_bytes();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..bytes.len());
            match random.u8(..4) {
                0 => bytes[at] = b"0~:-+.[]{}\",\\"[random.usize(..13)],
                1 => bytes[at] = random.u8(..),
                2 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, b"09~\xff"[random.usize(..4)]),
            }
        }
        if let Ok(advisory) = Advisory::parse(&bytes) {
            matching::of(&image.inside.inventory, &[advisory], &mut Vec::new());
            judged += 1;
        }
    }
    assert!(judged > 1000, "{judged}");
}

#[tokio::test]
async fn odd_values_do_no_harm() {
    let cyclic = [
        advisory("A", "Debian:12", "bash", "9", r#""aliases":["B"],"#),
        advisory("B", "Debian:12", "bash", "9", r#""aliases":["C","B"],"#),
        advisory("C", "Debian:12", "bash", "9", r#""aliases":["A"],"#),
        advisory("D", "Debian:12", "bash", "9", r#""severity":[{"type":"CVSS_V3","score":"1e999"}],"references":[1e999],"#),
        advisory("E\\nF", "Debian:12", "bash", "9", ""),
        advisory("G", "Debian:12\\n", "bash", "9", ""),
        advisory("", "Debian:12", "bash", "9", ""),
    ];
    let found = image().with(&cyclic.each_ref().map(String::as_str)).await;
    let all = told(&found.findings);
    assert!(all.contains(&"A bash unknown 9".to_owned()) && all.contains(&"D bash unknown 9".to_owned()), "{all:?}");
    assert!(!all.iter().any(|line| line.starts_with("B ") || line.starts_with("C ") || line.contains('\n')), "{all:?}");
}

#[tokio::test]
async fn versions_that_are_none_are_told_of_advisories_and_passed_over_in_images() {
    let image = Image::new("", "", vec![package(Npm, "p", "1.0.0"), package(Golang, "m", "(devel)")]);
    let found = image.with(&[&advisory("X-1", "npm", "p", "one", ""), &advisory("X-2", "Go", "m", "2.0.0", "")]).await;
    assert!(found.findings.is_empty());
    assert_eq!(found.errors, ["advisories name what is no version of their ecosystem, so they do not count: X-1 (\"one\")"]);
}

#[tokio::test]
async fn zip_files_that_lie() {
    let bomb = vec![b' '; 64 << 20];
    let text = good();
    let whole = zip(&[("good.json", text.as_bytes(), None)]);
    let work = tempfile::tempdir().unwrap();
    let file = work.path().join("a.zip");
    for (bytes, counts, said) in [
        (zip(&[("bomb.json", &bomb, None), ("good.json", text.as_bytes(), None)]), 1, "bomb.json: it has 67108864 bytes"),
        (zip(&[("bomb.json", &bomb, Some(10)), ("good.json", text.as_bytes(), None)]), 1, "bomb.json: it has"),
        (zip(&[("lie.json", b"{}", Some(10)), ("good.json", text.as_bytes(), None)]), 1, "lie.json: it is cut"),
        (whole[..whole.len() - 30].to_vec(), 0, "no zip file"),
        (whole[40..].to_vec(), 0, "damaged"),
        (Vec::new(), 0, "no zip file"),
        (zip(&[]), 0, "there are no advisories"),
        (vec![0; 100_000], 0, "no zip file"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let found = image().scan(&[&file]).await;
        assert_eq!(found.findings.len(), counts, "{said}");
        assert!(found.errors.iter().any(|error| error.contains(said)), "{said}: {:?}", found.errors);
    }
}

#[tokio::test]
async fn every_cut_and_every_turned_byte_of_a_zip_file_is_survived() {
    let whole = zip(&[("good.json", good().as_bytes(), None)]);
    let work = tempfile::tempdir().unwrap();
    let file = work.path().join("a.zip");
    for at in (0..whole.len()).step_by(3) {
        let mut turned = whole.clone();
        turned[at] ^= 0xff;
        for bytes in [&whole[..at], &turned] {
            std::fs::write(&file, bytes).unwrap();
            let found = image().scan(&[&file]).await;
            assert!(!found.findings.is_empty() || !found.errors.is_empty(), "byte {at}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_told() {
    let found = super::scan(&image().subject(), &Advisories::new(&["/no/such/set".into()], None, fetcher())).await;
    assert!(found.errors[0].contains("/no/such/set"), "{:?}", found.errors);
    let pipe = tempfile::tempdir().unwrap().path().join("pipe");
    let places = ["/no/such/set".into(), "https://ann:hunter2@r.example/osv".into(), "/dev/null".into(), pipe.display().to_string()];
    let advisories = Advisories::new(&places, None, fetcher());
    assert_eq!((advisories.missing().len(), advisories.addresses()), (3, vec!["https://r.example/osv".to_owned()]));
    assert!(advisories.missing()[1].contains("neither a folder nor a file"), "{:?}", advisories.missing());
    let empty = tempfile::tempdir().unwrap();
    assert!(image().scan(&[empty.path()]).await.errors[0].contains("there are no advisories in"));
}
