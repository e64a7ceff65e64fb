//! trivy and grype, played by scripts that write what these write.

use super::super::{Program, Target};
use super::{Image, told};
use crate::config::VulnerabilityScanner::{Grype, Trivy};
use crate::scan::Found;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const TRIVY: &str = r#"{"SchemaVersion":2,"Results":[{"Target":"x","Vulnerabilities":[
  {"VulnerabilityID":"CVE-2026-1","PkgName":"bash","InstalledVersion":"5.2","FixedVersion":"5.3, 6","Severity":"HIGH","Title":"Bad","Layer":{"DiffID":"sha256:aa"}},
  {"VulnerabilityID":"CVE-2026-2","PkgName":"curl","InstalledVersion":"8","Severity":"UNKNOWN"}]},{"Target":"y","Vulnerabilities":null},{"Target":"z"}]}"#;
const GRYPE: &str = r#"{"matches":[{"vulnerability":{"id":"GHSA-1","severity":"Negligible","description":"Bad","fix":{"versions":["2"],"state":"fixed"}},
  "relatedVulnerabilities":[{"id":"CVE-2026-3"}],"artifact":{"name":"p","version":"1","locations":[{"path":"/p","layerID":"sha256:aa"}]}}],
  "descriptor":{"name":"grype","version":"0.80.0"}}"#;

/// Runs a script as the program.
async fn run(chosen: crate::config::VulnerabilityScanner, script: &str, limit: Duration, unfixed: bool) -> Found {
    let folder = tempfile::tempdir().unwrap();
    for name in ["trivy", "grype"] {
        let file = folder.path().join(name);
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let env = BTreeMap::from([("PATH".to_owned(), path), ("DOCKER_PASSWORD".to_owned(), "hunter2".to_owned())]);
    let mut image = Image::new("debian", "12", Vec::new());
    image.settings.unfixed = unfixed;
    let program = Program::chosen(chosen, &env, limit).unwrap();
    program.scan(&image.subject(), Target::Sbom(Path::new("/tmp/sbom.json")), &CancellationToken::new()).await
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn what_they_write_becomes_findings() {
    let script = format!("test \"$1\" = sbom && test -z \"$DOCKER_PASSWORD\" || exit 9\ncat <<'X'\n{TRIVY}\nX");
    let found = run(Trivy, &script, LONG, true).await;
    assert_eq!(told(&found.findings), ["CVE-2026-1 bash high 5.3, 6", "CVE-2026-2 curl unknown -"], "{:?}", found.errors);
    assert_eq!(run(Trivy, &script, LONG, false).await.findings.len(), 1);
    let found = run(Grype, &format!("test \"$1\" = sbom:/tmp/sbom.json || exit 9\ncat <<'X'\n{GRYPE}\nX"), LONG, true).await;
    assert_eq!(told(&found.findings), ["CVE-2026-3 p low 2"], "{:?}", found.errors);
    assert_eq!(found.findings[0].message, "p 1: Bad (also GHSA-1)");
}

/// What trivy 0.50 and later write of an image with several targets: those without anything, programs, statuses, and what a
/// vendor's statement took away.
const TARGETS: &str = r#"{"SchemaVersion":2,"CreatedAt":"2026-01-02T03:04:05.6Z","ArtifactName":"app.tar","ArtifactType":"container_image",
  "Metadata":{"OS":{"Family":"debian","Name":"12.5"},"ImageID":"sha256:cc","DiffIDs":["sha256:aa"],"ImageConfig":{"architecture":"amd64"}},
  "Results":[{"Target":"app.tar (debian 12.5)","Class":"os-pkgs","Type":"debian","Vulnerabilities":[
    {"VulnerabilityID":"CVE-2026-10","PkgID":"bash@5.2-1","PkgName":"bash","PkgIdentifier":{"PURL":"pkg:deb/debian/bash@5.2-1","UID":"1"},"InstalledVersion":"5.2-1",
     "Status":"will_not_fix","Layer":{"Digest":"sha256:bb","DiffID":"sha256:aa"},"SeveritySource":"debian","Severity":"LOW","Description":"Told at length.\nMore.",
     "CweIDs":["CWE-1"],"VendorSeverity":{"debian":1},"CVSS":{"nvd":{"V3Score":7.5}},"References":["https://example.org"]},
    {"VulnerabilityID":"CVE-2026-11","PkgName":"bash","InstalledVersion":"5.2-1","Status":"not_affected","Severity":"HIGH"}]},
   {"Target":"Java","Class":"lang-pkgs","Type":"jar","Vulnerabilities":[
    {"VulnerabilityID":"GHSA-1","PkgName":"org.example:log","PkgPath":"opt/app.war/log.jar","InstalledVersion":"1","FixedVersion":"2","Status":"fixed","Layer":null,"Severity":"CRITICAL"}],
    "ExperimentalModifiedFindings":[{"Type":"vulnerability","Status":"not_affected","Statement":"vulnerable_code_not_in_execute_path","Source":"vex.json",
     "Finding":{"VulnerabilityID":"CVE-2026-12","PkgName":"x","InstalledVersion":"1"}}]},
   {"Target":"usr/bin/tool","Class":"lang-pkgs","Type":"gobinary","Vulnerabilities":[
    {"VulnerabilityID":"CVE-2026-13","PkgName":"stdlib","InstalledVersion":"v1.22.0","FixedVersion":"1.22.1","Status":"fixed","Layer":{},"Severity":"MEDIUM"}]},
   {"Target":"Python","Class":"lang-pkgs","Type":"python-pkg"},{"Target":"/app/key","Class":"secret","Secrets":[{"RuleID":"x"}]}]}"#;

#[tokio::test]
async fn every_target_of_trivy_counts_and_what_is_not_affected_does_not() {
    let found = run(Trivy, &format!("cat <<'X'\n{TARGETS}\nX"), LONG, true).await;
    let expected = ["GHSA-1 org.example:log critical 2", "CVE-2026-13 stdlib medium 1.22.1", "CVE-2026-10 bash low -"];
    assert_eq!(told(&found.findings), expected, "{:?}", found.errors);
    let paths: Vec<_> = found.findings.iter().map(|one| one.path.as_deref()).collect();
    assert_eq!(paths, [Some("opt/app.war/log.jar"), Some("usr/bin/tool"), None]);
    assert_eq!(found.findings[2].message, "bash 5.2-1: Told at length.");
    for nothing in [r#"{"SchemaVersion":2}"#, r#"{"SchemaVersion":2,"Results":null}"#, r#"{"SchemaVersion":2,"Results":[]}"#] {
        let found = run(Trivy, &format!("echo '{nothing}'"), LONG, true).await;
        assert!(found.findings.is_empty() && found.errors.is_empty(), "{:?}", found.errors);
    }
}

/// What grype 0.70 and later write: packages of a distribution, an advisory about several vulnerabilities, what is ignored.
const MATCHES: &str = r#"{"matches":[
  {"vulnerability":{"id":"CVE-2026-20","dataSource":"https://security-tracker.debian.org/tracker/CVE-2026-20","namespace":"debian:distro:debian:12","severity":"Unknown",
    "urls":[],"cvss":[],"fix":{"versions":[],"state":"wont-fix"},"advisories":[]},
   "relatedVulnerabilities":[{"id":"CVE-2026-20","namespace":"nvd:cpe","severity":"High","description":"Told by others.","cvss":[]}],
   "matchDetails":[{"type":"exact-indirect-match","matcher":"dpkg-matcher","found":{"vulnerabilityID":"CVE-2026-20","versionConstraint":"none (deb)"}}],
   "artifact":{"id":"1","name":"libc6","version":"2.36-9","type":"deb","locations":[{"path":"/var/lib/dpkg/status","layerID":"sha256:aa","accessPath":"/var/lib/dpkg/status","annotations":{"evidence":"primary"}}],
    "language":"","licenses":[],"cpes":[],"purl":"pkg:deb/debian/libc6@2.36-9","upstreams":[{"name":"glibc"}],"metadataType":"DpkgMetadata","metadata":null}},
  {"vulnerability":{"id":"ELSA-2026-1","severity":"Medium","fix":{"versions":["0:2-1.el9"],"state":"fixed","available":[{"version":"0:2-1.el9","date":"2026-01-01"}]}},
   "relatedVulnerabilities":[{"id":"CVE-2026-21"},{"id":"CVE-2026-22"}],"artifact":{"name":"curl","version":"0:1-1.el9","locations":null}},
  {"vulnerability":{"id":"GHSA-2","severity":"Critical","description":null,"fix":{"versions":null,"state":"unknown"}},"relatedVulnerabilities":null,
   "artifact":{"name":"p","version":"","locations":[]}}],
  "ignoredMatches":[{"vulnerability":{"id":"CVE-2026-23","severity":"High"},"artifact":{"name":"q","version":"1"},
   "appliedIgnoreRules":[{"namespace":"vex","vex-status":"not_affected"}]}],
  "source":{"type":"image","target":{"userInput":"app.tar"}},"distro":{"name":"debian","version":"12"},"descriptor":{"name":"grype","version":"0.80.0","db":{}}}"#;

#[tokio::test]
async fn every_form_of_a_match_of_grype_counts_and_what_it_ignores_does_not() {
    let found = run(Grype, &format!("cat <<'X'\n{MATCHES}\nX"), LONG, true).await;
    let expected = ["GHSA-2 p critical -", "ELSA-2026-1 curl medium 0:2-1.el9", "CVE-2026-20 libc6 unknown -"];
    assert_eq!(told(&found.findings), expected, "{:?}", found.errors);
    let messages: Vec<_> = found.findings.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(messages[1..], ["curl 0:1-1.el9 (also CVE-2026-21, CVE-2026-22)", "libc6 2.36-9: Told by others."]);
    let layer = found.findings[2].affected.as_ref().unwrap().layer.as_deref();
    assert_eq!((layer, found.findings[2].path.as_deref()), (Some("sha256:aa"), Some("/var/lib/dpkg/status")));
    for nothing in ["[]", "null"] {
        let found = run(Grype, &format!("echo '{{\"matches\":{nothing},\"descriptor\":{{}}}}'"), LONG, true).await;
        assert!(found.findings.is_empty() && found.errors.is_empty(), "{:?}", found.errors);
    }
}

#[tokio::test]
async fn each_trouble_is_a_clear_error() {
    let old_trivy = r#"echo '[{"Target":"x","Vulnerabilities":[]}]'"#;
    let old_grype = r#"echo '{"matches":[]}'"#;
    for (chosen, script, said) in [
        (Trivy, "echo database is missing >&2; exit 1", "exit code 1): database is missing"),
        (Trivy, "kill -SEGV $$", "killed by signal 11"),
        (Trivy, "echo rubbish", "is not the JSON that its current versions write"),
        (Trivy, "true", "is not the JSON"),
        (Trivy, old_trivy, "is not the JSON"),
        (Trivy, r#"echo '{"SchemaVersion":1}'"#, "schema version 1"),
        (Trivy, r#"echo '{"SchemaVersion":1e999}'"#, "is not the JSON"),
        (Grype, old_grype, "is not the JSON"),
        (Grype, "yes '[' | head -c 1000000", "is not the JSON"),
    ] {
        let found = run(chosen, script, LONG, true).await;
        assert!(found.findings.is_empty());
        assert!(found.errors[0].contains(said) && found.errors[0].contains("vulnerabilities: builtin"), "{script}: {:?}", found.errors);
    }
    let found = run(Trivy, "sleep 600 & wait", Duration::from_millis(100), true).await;
    assert!(found.errors[0].contains("time limit"), "{:?}", found.errors);
}

#[tokio::test]
async fn a_program_that_is_missing_is_named() {
    let env = BTreeMap::from([("PATH".to_owned(), "/no/such/folder".to_owned())]);
    let image = Image::new("debian", "12", Vec::new());
    let program = Program::chosen(Grype, &env, LONG).unwrap();
    let found = program.scan(&image.subject(), Target::Archive(Path::new("/x")), &CancellationToken::new()).await;
    assert!(found.errors[0].contains("grype cannot be run") && found.errors[0].contains("is it installed?"), "{:?}", found.errors);
}
