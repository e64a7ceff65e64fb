//! Scanners that are images: caged, on a real engine.

mod support;

use cooperage::config::{ExternalAnswer, ExternalScanner, ScannerSettings};
use cooperage::engine::Builder;
use cooperage::scan::external::{External, scan};
use cooperage::scan::{Found, Insides};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use support::engine::{TestEngine, context, request};
use tokio_util::sync::CancellationToken;

/// Runs a script in a scanner's image with the folder as the image's files.
async fn run(engine: &TestEngine, script: &str, rootfs: &Path, limit: Duration) -> Found {
    let file = context("");
    let (id, _) = engine.must_build(request(&file, Builder::Classic)).await;
    let scanner = ExternalScanner {
        name: "caged".into(),
        command: ["sh", "-c", script, "x", "{image}", "{rootfs}"].map(str::to_owned).to_vec(),
        image: Some(id.to_string()),
        answers: ExternalAnswer::Json,
    };
    let (inside, settings) = (Insides::default(), ScannerSettings { timeout: limit, ..ScannerSettings::default() });
    let subject = inside.subject("r.example.org/app:1", Some("app"), &settings, jiff::Timestamp::UNIX_EPOCH);
    let (env, cancel) = (BTreeMap::new(), CancellationToken::new());
    let given = External { env: &env, engine: Some(&engine.engine), rootfs: Some(rootfs), sbom: None, limit, cancel: &cancel };
    scan(&subject, &scanner, &given).await
}

#[tokio::test]
async fn a_scanner_s_image_sees_the_files_and_no_network() {
    let engine = TestEngine::shared().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("banner"), "hello").unwrap();
    let script = r#"touch "$2/new" 2>/dev/null && exit 3
        printf '[{"id":"seen","severity":"low","message":"%s %s %s"}]' "$1" "$(cat "$2/banner")" "$(ls /sys/class/net | tr '\n' ' ')""#;
    let found = run(&engine, script, folder.path(), Duration::from_secs(120)).await;
    assert!(found.errors.is_empty(), "{:?}", found.errors);
    assert_eq!(found.findings[0].message, "r.example.org/app:1 hello lo");
    assert!(!folder.path().join("new").exists());
}

#[tokio::test]
async fn a_scanner_s_image_that_takes_too_long_is_ended() {
    let engine = TestEngine::shared().await;
    let folder = tempfile::tempdir().unwrap();
    let found = run(&engine, "sleep 600", folder.path(), Duration::from_secs(1)).await;
    assert_eq!(found.errors, ["it was stopped after its time limit of 1 s (cooperage.scanners.timeout)"]);
}
