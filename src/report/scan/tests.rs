use super::{scan_html, scan_markdown, scan_sarif, scan_summary};
use crate::finding::{Affected, Finding, Severity};
use crate::report::columns::width;
use crate::report::screen::Screen;
use crate::scan::{Difference, Report, Scanned, Status, System};

fn finding(id: &'static str, severity: Severity, package: &str, fixed: Option<&str>) -> Finding {
    let affected = Affected { package: package.to_owned(), version: "1.0".to_owned(), fixed: fixed.map(str::to_owned), layer: None };
    Finding { affected: Some(affected), ..Finding::new(id, severity, "no fixed version yet".to_owned()) }
}

fn report(name: &str, status: Status, error: Option<&str>, findings: Vec<Finding>) -> Report {
    Report { name: name.to_owned(), status, seconds: 0.25, error: error.map(str::to_owned), findings }
}

fn image() -> Scanned {
    let findings = vec![
        finding("CVE-1", Severity::Low, "zlib1g", None),
        finding("CVE-2", Severity::Critical, "openssl", None),
        finding("CVE-3", Severity::Critical, "<bash>\u{1b}[31m", Some("2.0")),
        finding("CVE-4", Severity::High, "a", None),
        finding("CVE-5", Severity::High, "b", None),
        finding("CVE-6", Severity::High, "c", None),
    ];
    let diff = Difference {
        reference: "r.example/app:1.0".to_owned(),
        added: vec![finding("CVE-2", Severity::Critical, "openssl", None)],
        fixed: Vec::new(),
        error: None,
    };
    Scanned {
        os: Some(System { id: "debian".to_owned(), version: "12".to_owned() }),
        packages: [("deb", 3)].into(),
        scanners: vec![
            report("updates", Status::Error, Some("no answer\u{1b}[2J\nfrom two"), Vec::new()),
            report("languages", Status::Off, None, Vec::new()),
            report("vulnerabilities", Status::Findings, None, findings),
        ],
        diff: Some(diff),
        ..Scanned::new("r.example/app:1.1", Some("app"))
    }
}

#[test]
fn the_summary_has_the_worst_five_and_what_can_be_repaired_first() {
    let expected = "\
incomplete r.example/app:1.1 (debian 12, 3 packages)
  2 critical, 3 high, 1 low
    critical  CVE-3  <bash> 1.0   → 2.0
    critical  CVE-2  openssl 1.0  no fixed version yet
    high      CVE-4  a 1.0        no fixed version yet
    high      CVE-5  b 1.0        no fixed version yet
    high      CVE-6  c 1.0        no fixed version yet
    and 1 more: --html FILE or --format json shows them
  since r.example/app:1.0: 1 new (CVE-2 critical), 0 gone
  error: updates: no answer
    from two
  off: languages
1 image: 2 critical, 3 high, 1 low; 1 not completely scanned
";
    assert_eq!(scan_summary(&[image()], 0, &Screen::plain()), expected);
    let narrow = scan_summary(&[image()], 0, &Screen { width: 60, ..Screen::plain() });
    assert!(narrow.lines().filter(|line| line.contains("CVE-") && !line.contains("since")).all(|line| width(line) <= 60), "{narrow}");
}

/// What README.md and docs/scan.md show is what is written.
#[test]
fn the_example_of_the_documentation_is_what_is_written() {
    let of = |id: &'static str, severity, message: &str, affected: Option<(&str, &str, Option<&str>)>| {
        let affected = affected.map(|(package, version, fixed)| {
            let fixed = fixed.map(str::to_owned);
            Affected { package: package.to_owned(), version: version.to_owned(), fixed, layer: None }
        });
        Finding { affected, ..Finding::new(id, severity, message.to_owned()) }
    };
    let openssl = Some(("openssl", "3.0.11-1", Some("3.0.15-1")));
    let setuid = of("setuid-file", Severity::Low, "/usr/bin/su (mode 4755) runs with the rights of its owner (user 0)", None);
    let findings = vec![
        of("CVE-2026-0001", Severity::Critical, "", openssl),
        of("CVE-2026-0007", Severity::High, "zlib1g 1:1.2.13-1: an overflow in deflate (CVSS 7.5)", Some(("zlib1g", "1:1.2.13-1", None))),
        of("security-update", Severity::High, "", openssl),
        setuid.at(Some("/usr/bin/su".to_owned()), None, None),
    ];
    let gone = |id| finding(id, Severity::Low, "a", None);
    let diff = Difference {
        reference: "registry.example.org/team/app:1.2".to_owned(),
        added: findings[..1].to_vec(),
        fixed: vec![gone("CVE-2025-1"), gone("CVE-2025-2")],
        error: None,
    };
    let image = Scanned {
        os: Some(System { id: "debian".to_owned(), version: "12".to_owned() }),
        packages: [("deb", 104)].into(),
        scanners: vec![report("vulnerabilities", Status::Findings, None, findings)],
        diff: Some(diff),
        ..Scanned::new("registry.example.org/team/app:1.3", None)
    };
    let text = scan_summary(&[image], 0, &Screen::plain());
    for page in [include_str!("../../../README.md"), include_str!("../../scan/reference.md")] {
        assert!(page.contains(&text), "{text}");
    }
}

#[test]
fn what_stands_beside_a_finding_is_not_said_twice() {
    let of = |message: &str| super::remedy(&Finding { message: message.to_owned(), ..finding("CVE-1", Severity::Low, "su", None) });
    assert_eq!(of("su 1.0: an overflow"), "an overflow");
    assert_eq!(of("su 1.0"), "no fixed version is known");
    assert_eq!(of("su 1.0.2 is older"), "su 1.0.2 is older");
    let of = |message: &str| {
        let finding = Finding::new("x", Severity::Low, message.to_owned()).at(Some("/a".to_owned()), Some(3), None);
        super::remedy(&finding).clone()
    };
    assert_eq!((of("/a, line 3: a token").as_str(), of("/a, lines 3, 5: a token").as_str()), ("a token", "lines 3, 5: a token"));
}

#[test]
fn an_image_that_could_not_be_read_says_so_and_nothing_else() {
    let broken = Scanned { error: Some("the layer is cut".to_owned()), ..Scanned::new("a:1", None) };
    let text = scan_summary(&[broken], 2, &Screen::plain());
    assert_eq!(
        text,
        "unread a:1\n  error: image: the layer is cut\n1 image: nothing found; 1 not completely scanned; the scan is off for 2\n"
    );
}

#[test]
fn pages_and_summaries_hold_text_of_images_as_text() {
    let (page, summary) = (scan_html(&[image()], "2026-11-21T00:00:00Z"), scan_markdown(&[image()]));
    assert!(page.contains("<code>&lt;bash&gt; 1.0</code>") && !page.contains("<bash>"), "{page}");
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
    assert!(summary.contains("| `CVE-3` | critical | &lt;bash&gt; 1.0 | 2.0 |"), "{summary}");
    assert!(summary.contains(" | r.example/app:1.0: 1 new, 0 gone |"), "{summary}");
    assert!(!page.contains('\u{1b}') && !summary.contains('\u{1b}'));
}

#[test]
fn sarif_names_the_image_as_the_place() {
    let document = scan_sarif(&[image()]);
    let result = &document["runs"][0]["results"][0];
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "r.example/app%3A1.1");
    assert_eq!((result["ruleId"].as_str(), result["level"].as_str()), (Some("CVE-1"), Some("note")));
}
