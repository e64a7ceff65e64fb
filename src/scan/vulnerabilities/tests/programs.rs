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
