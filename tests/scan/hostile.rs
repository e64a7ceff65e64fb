//! What others wrote into an image, and secrets in it, in everything that a scan leaves behind.

use crate::support::catalogue::{Catalogue, Outcome};
use crate::support::layout::{of_files, with_config};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Everything at once that a terminal, a shell, GitHub, Markdown, HTML or a reader of text would obey.
const EVIL: &str = "ev\u{1b}[31mil|`<script>alert(1)</script>](javascript:x)\u{202e}\u{200f}::error::x @you";

fn installed(name: &str, version: &str) -> String {
    format!("Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n")
}

/// An advisory about a package of Debian 12 with these texts.
fn advisory(id: &str, package: &str, text: &str) -> String {
    let range = json!({"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": format!("9{text}")}]});
    let affected = json!([{"package": {"ecosystem": "Debian:12", "name": package}, "ranges": [range]}]);
    json!({"id": id, "summary": format!("{text}\n::error::second"), "aliases": [text], "affected": affected}).to_string()
}

/// The reports of a scan of one image: what stands on stdout, and in the files.
struct Reports {
    outcome: Outcome,
    page: String,
    markdown: String,
    sarif: Value,
    json: Value,
}

fn scan(catalogue: &Catalogue, code: i32, image: &str) -> Reports {
    let run = |more: &[&str]| {
        let args = [&["--configfile", "config.yaml", "scan", "--offline", "--image", image], more].concat();
        let outcome = Outcome::of(catalogue.command(&args).output().unwrap());
        assert_eq!(outcome.code, code, "{}{}", outcome.stdout, outcome.stderr);
        outcome
    };
    let read = |name: &str| std::fs::read_to_string(catalogue.work().join(name)).unwrap();
    let outcome = run(&["--html", "page.html", "--markdown", "summary.md"]);
    let (sarif, json) = (run(&["--format", "sarif"]).json(), run(&["--format", "json"]).json());
    Reports { outcome, page: read("page.html"), markdown: read("summary.md"), sarif, json }
}

#[test]
fn text_of_an_image_and_of_advisories_is_text_in_every_report() {
    let catalogue = Catalogue::new("");
    let long = "L".repeat(1_000_000);
    let status = [installed(EVIL, "1.0"), installed("fixme", "1.0"), installed(&long, "1.0"), installed("::error::x", "1.0")].concat();
    let path = |text: &str| format!("usr/bin/{text}").into_bytes();
    let files: &[(&[u8], u32, &[u8])] = &[
        (b"etc/os-release", 0o644, b"ID=debian\nVERSION_ID=12\n"),
        (b"var/lib/dpkg/status", 0o644, status.as_bytes()),
        (&path("a\u{1b}[31m|`<b>](javascript:x)"), 0o4755, b"x"),
        (&path("a\n::error::x\u{202e}"), 0o4755, b"x"),
        (b"usr/bin/\xff\xfe", 0o4755, b"x"),
        (b"srv/a %41#?\\", 0o666, b"x"),
        (b"srv/a\n::error::.jar", 0o644, b"PK\x03\x04 broken"),
    ];
    let label = format!("docker run --cap-add='{EVIL}' --cap-add='a\n::error::b' --device='{long}' IMAGE");
    let config = json!({"Labels": {"RUN": label}, "Env": ["A_TOKEN=0f1e2d3c4b5a", "B`|<b>_TOKEN=0f1e2d3c4b5a"]});
    let (_, image) = with_config(&catalogue.work(), &[of_files(files)], &config);
    let advisories = catalogue.work().join("advisories");
    std::fs::create_dir(&advisories).unwrap();
    for (file, id, package) in [("a", "CVE-2026-1", "fixme"), ("b", EVIL, "fixme"), ("c", "CVE-2026-2", &long), ("d", "CVE-2026-3", EVIL)] {
        let text = if file == "c" { long.as_str() } else { EVIL };
        std::fs::write(advisories.join(format!("{file}.json")), advisory(id, package, text)).unwrap();
    }
    std::fs::write(advisories.join("\u{1b}[31m|<b>.json"), "{").unwrap();
    std::fs::write(catalogue.work().join("config.yaml"), "cooperage: {scanners: {advisories: [advisories]}}\n").unwrap();
    let reports = scan(&catalogue, 1, &image);
    for text in [&reports.outcome.stdout, &reports.page, &reports.markdown] {
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{200f}', '\r']), "{text}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
        assert!(text.lines().all(|line| line.len() < 20_000) && text.len() < 200_000, "{} bytes", text.len());
    }
    assert!(reports.outcome.stdout.lines().all(|line| line.chars().count() < 2100));
    for tag in ["<script", "<b>.", "](javascript:x)\"", "src=", "url(", "@import", "http://", "https://"] {
        assert!(!reports.page.contains(tag), "{tag}");
    }
    assert!(reports.page.contains("&lt;script&gt;alert(1)"));
    assert!(!reports.markdown.contains("<script") && !reports.markdown.contains(" @you"), "{}", reports.markdown);
    let rows = reports.markdown.lines().filter(|line| line.starts_with("| ") && !line.contains("setuid-file"));
    assert!(reports.markdown.contains("](javascript:x)") == reports.markdown.contains("`ev [31mil"), "only in code: {}", reports.markdown);
    assert!(rows.clone().count() > 5);
    two_variables_are_two(&reports);
    uris_are_uris(&reports.sarif);
}

/// What is about no file and no package is told apart by its words.
fn two_variables_are_two(reports: &Reports) {
    for text in [&reports.page, &reports.markdown] {
        assert_eq!(text.matches("secret-in-environment").count(), 2, "{text}");
        assert_eq!(text.matches("cap-add</td>").count() + text.matches("`cap-add`").count(), 2, "{text}");
    }
    let scanners = reports.json["images"][0]["scanners"].as_array().unwrap();
    let all = scanners.iter().flat_map(|scanner| scanner["findings"].as_array().unwrap());
    assert!(all.clone().count() > 8 && all.clone().all(|finding| finding["message"].as_str().unwrap().len() < 5000));
}

fn uris_are_uris(sarif: &Value) {
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let uris: Vec<&str> =
        results.iter().filter_map(|result| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str()).collect();
    assert_eq!(uris.len(), results.len());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte);
    assert!(uris.iter().all(|uri| uri.bytes().all(plain)), "{uris:?}");
    for end in ["/usr/bin/a%0A%3A%3Aerror%3A%3Ax%E2%80%AE", "/srv/a%20%2541%23%3F%5C"] {
        assert!(uris.iter().any(|uri| uri.ends_with(end)), "{end}: {uris:?}");
    }
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_secret_is_found_and_written_nowhere() {
    let catalogue = Catalogue::new("");
    // Made here, so that what looks for secrets finds none in this file.
    let token = |head: &str| format!("{head}{}", "Zq8Rt3Yv9Pa6Lm2Nn5Vc7Xd0Se1Gh4Kj3Wf2Tz");
    let (github, gitlab) = (&token("ghp_")[..40], &token("glpat-")[..26]);
    let secrets = [github, gitlab, "correct-horse-1", "correct-horse-2", "correct-horse-3", "correct-horse-4"];
    let sources = format!("deb https://me:correct-horse-1@deb.example.org/debian bookworm main\n# {github}\n");
    let env = format!("A={github}\nB={gitlab}\n");
    let package = json!({"name": "app", "version": "1.0.0", "description": gitlab});
    let (status, package) = (installed("bash", "1"), package.to_string());
    let files_of_image: &[(&[u8], u32, &[u8])] = &[
        (b"etc/os-release", 0o644, b"ID=debian\nVERSION_ID=12\n"),
        (b"var/lib/dpkg/status", 0o644, status.as_bytes()),
        (b"etc/apt/sources.list", 0o644, sources.as_bytes()),
        (b"srv/.env", 0o644, env.as_bytes()),
        (b"app/package.json", 0o644, package.as_bytes()),
        (b"home/app/.netrc", 0o600, b"machine example.org login me password correct-horse-2\n"),
    ];
    let config = json!({
        "Env": ["DB_PASSWORD=correct-horse-3", format!("PLAIN={gitlab}")],
        "Labels": {"RUN": "docker run --privileged -e PASSWORD=correct-horse-4 IMAGE"},
    });
    let (_, image) = with_config(&catalogue.work(), &[of_files(files_of_image)], &config);
    std::fs::write(catalogue.work().join("config.yaml"), "{}\n").unwrap();
    let reports = scan(&catalogue, 0, &image);
    let found = reports.json.to_string();
    for (id, path) in [
        ("github-token", "/srv/.env"),
        ("gitlab-token", "/app/package.json"),
        ("repository-login", "/etc/apt/sources.list"),
        ("netrc-password", "/home/app/.netrc"),
        ("secret-in-environment", "PLAIN"),
        ("secret-in-environment", "DB_PASSWORD"),
    ] {
        assert!(found.contains(id) && found.contains(path), "{id} {path}: {found}");
    }
    for form in ["spdx", "cyclonedx", "packages"] {
        let bill = catalogue.command(&["sbom", "--as", form, "--output", form, &image]).output().unwrap();
        assert!(bill.status.success());
    }
    let touched = catalogue.command(&["--debug", "scan", "--affected-by", "bash"]).output().unwrap();
    let said = [&reports.outcome.stdout, &reports.outcome.stderr, &reports.sarif.to_string(), &found, &Outcome::of(touched).all()]
        .map(String::clone);
    for secret in secrets {
        assert!(!said.iter().any(|text| text.contains(secret)), "{secret}");
        let layout = catalogue.work().join("layout");
        for path in files(&catalogue.work()).into_iter().chain(files(&catalogue.home())).filter(|path| !path.starts_with(&layout)) {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} in {}", path.display());
        }
    }
    assert!(files(&catalogue.home()).len() >= 2, "inventories are kept");
}
