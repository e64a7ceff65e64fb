//! External scanners, played by scripts; the engine's part is in `tests/external.rs`.

use super::{External, Needs, Unpacking, scan};
use crate::config::ExternalAnswer::{Exit, Json, Sarif};
use crate::config::{ExternalAnswer, ExternalScanner, ScannerSettings};
use crate::layers::{Kind, Stat, samples, walk};
use crate::scan::{Contents, FileRecord, Found, Insides, LayerRecord};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

fn scanner(answers: ExternalAnswer, command: &[&str]) -> ExternalScanner {
    ExternalScanner { name: "own".into(), command: command.iter().map(|word| (*word).to_owned()).collect(), image: None, answers }
}

async fn run_in(scanner: &ExternalScanner, rootfs: Option<&Path>, limit: Duration) -> Found {
    let (inside, settings) = (Insides::default(), ScannerSettings { timeout: limit, ..ScannerSettings::default() });
    let subject = inside.subject("r.example.org/app:1", Some("app"), &settings, jiff::Timestamp::UNIX_EPOCH);
    let env = BTreeMap::from([("COOPERAGE_TOKEN".to_owned(), "hunter2".to_owned()), ("LANG".to_owned(), "C".to_owned())]);
    let cancel = CancellationToken::new();
    let given = External { env: &env, engine: None, rootfs, sbom: None, limit, cancel: &cancel };
    scan(&subject, scanner, &given).await
}

async fn run(answers: ExternalAnswer, script: &str) -> Found {
    run_in(&scanner(answers, &["sh", "-c", script]), None, Duration::from_secs(60)).await
}

fn told(found: &Found) -> Vec<String> {
    found.findings.iter().map(|one| format!("{} {} {}", one.id, one.severity.as_str(), one.message)).collect()
}

#[tokio::test]
async fn findings_as_json() {
    let list = r#"[{"id":"x-1","severity":"HIGH","message":"Bad\u001b[2J\nthing","path":"/a","line":3,"package":"p","version":"1","fixed":"2","help":"do"},
        {"message":"m","severity":"rubbish"}]"#;
    let list = &format!("cat <<'X'\n{list}\nX\nexit 1");
    let found = run(Json, list).await;
    assert_eq!(told(&found), ["x-1 high Bad [2J thing", "own unknown m"], "{:?}", found.errors);
    let first = &found.findings[0];
    assert_eq!((first.path.as_deref(), first.line, first.subject.as_deref()), (Some("/a"), Some(3), Some("app")));
    assert_eq!(first.affected.as_ref().unwrap().fixed.as_deref(), Some("2"));
    assert_eq!(told(&run(Json, r#"echo '{"findings":[{"id":"a","severity":"warning","message":"m"}]}'"#).await), ["a medium m"]);
    assert!(run(Json, "echo '[]'").await.errors.is_empty());
}

#[tokio::test]
async fn findings_as_sarif() {
    let log = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t","rules":[{"id":"R1","helpUri":"https://example.org/R1","properties":{"security-severity":"9.1"}},{"id":"R2"}]}},
      "results":[{"ruleId":"R1","message":{"text":"one"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"etc/x"},"region":{"startLine":7}}}]},
      {"ruleIndex":1,"level":"error","message":{"text":"two"}},{"ruleId":"R9","level":"note","message":{"text":"three"}},
      {"ruleId":"R2","kind":"pass","message":{"text":"good"}},{"ruleId":"R2","message":{"text":"four"},"properties":{"security-severity":1e3}}]},{"results":null}]}"#;
    let found = run(Sarif, &format!("cat <<'X'\n{log}\nX")).await;
    assert_eq!(told(&found), ["R1 critical one", "R2 high two", "R9 low three", "R2 medium four"], "{:?}", found.errors);
    let first = &found.findings[0];
    assert_eq!((first.path.as_deref(), first.line, first.help.as_deref()), (Some("etc/x"), Some(7), Some("https://example.org/R1")));
}

#[tokio::test]
async fn an_exit_code_is_an_answer() {
    assert!(run(Exit, "echo good").await.findings.is_empty());
    let found = run(Exit, "echo shown; echo no banner >&2; exit 3").await;
    assert_eq!(told(&found), ["external-failed high own ended with exit code 3: no banner"]);
    let found = run(Exit, "no-such-program-here").await;
    assert!(found.findings.is_empty() && found.errors[0].starts_with("it could not be run (exit code 127)"), "{:?}", found.errors);
}

#[tokio::test]
async fn each_trouble_is_a_clear_error() {
    let deep = "head -c 200000 /dev/zero | tr '\\0' '['";
    for (answers, script, said) in [
        (Json, "true", "no list of findings in JSON"),
        (Json, "echo out of memory >&2; exit 2", "it gives no answer (exit code 2): out of memory"),
        (Json, "echo '{'; exit 2", "no list of findings in JSON"),
        (Json, r#"echo '[{"id":7,"message":"m"}]'"#, "no list of findings in JSON"),
        (Json, r#"echo '[{"message":"m","line":-1}]'"#, "no list of findings in JSON"),
        (Json, deep, "no list of findings in JSON"),
        (Json, "kill -KILL $$", "killed by signal 9"),
        (Json, "cat /dev/zero", "it wrote more than"),
        (Sarif, r#"echo '{"runs":[{"results":[{"message":"no object"}]}]}'"#, "is no SARIF"),
        (Sarif, r#"echo '{"runs":[{"results":[{"message":{"text":"m"},"properties":{"security-severity":1e999}}]}]}'"#, "is no SARIF"),
        (Exit, "kill -TERM $$", "killed by signal 15"),
    ] {
        let found = run(answers, script).await;
        assert!(found.findings.is_empty(), "{script}");
        assert!(found.errors.len() == 1 && found.errors[0].contains(said), "{script}: {:?}", found.errors);
    }
    let found = run_in(&scanner(Exit, &["sh", "-c", "sleep 600 & wait"]), None, Duration::from_millis(100)).await;
    assert!(found.errors[0].contains("time limit"), "{:?}", found.errors);
    for command in [&[][..], &[""][..], &["/no/such/program"][..]] {
        assert_eq!(run_in(&scanner(Exit, command), None, Duration::from_secs(60)).await.errors.len(), 1, "{command:?}");
    }
}

#[tokio::test]
async fn many_findings_are_cut() {
    let found = run(Json, r#"printf '[{"message":"0"}'; seq 1 12000 | sed 's/.*/,{"message":"&"}/'; printf ']'"#).await;
    assert_eq!((found.findings.len(), found.errors.len()), (10_000, 1));
}

#[tokio::test]
async fn words_stand_for_the_image_and_nothing_secret_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let own =
        scanner(Exit, &["sh", "-c", r#"echo "$1 $2 $(env | grep -c -e hunter2) $LANG {image}"; exit 1"#, "x", "{image}", "{a}{rootfs}/x"]);
    assert_eq!(Needs::of(&own), Needs { rootfs: true, sbom: false });
    let found = run_in(&own, Some(folder.path()), Duration::from_secs(60)).await;
    let expected = "own ended with exit code 1: r.example.org/app:1 {a}/x 0 C r.example.org/app:1";
    assert_eq!(found.findings[0].message, expected);
    let without = run_in(&own, None, Duration::from_secs(60)).await;
    assert!(without.errors[0].contains("it needs {rootfs}"), "{:?}", without.errors);
}

#[tokio::test]
async fn folders_of_ours_are_named_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let ours = std::env::temp_dir().display().to_string();
    let list = r#"printf '[{"message":"bad: %s","path":"%s/etc/x"}]' "$PWD/a" "$1""#;
    let found = run_in(&scanner(Json, &["sh", "-c", list, "x", "{rootfs}"]), Some(folder.path()), Duration::from_secs(60)).await;
    assert_eq!((found.findings[0].path.as_deref(), found.findings[0].message.as_str()), (Some("/etc/x"), "bad: a"));
    let failing = scanner(Json, &["sh", "-c", r#"echo "no such file: $1/etc/x in $PWD" >&2; exit 2"#, "x", "{rootfs}"]);
    for failing in [failing, scanner(Json, &["/no/such/program"])] {
        let found = run_in(&failing, Some(folder.path()), Duration::from_secs(60)).await;
        assert!(found.errors.len() == 1 && !found.errors[0].contains(&ours), "{:?}", found.errors);
    }
}

#[tokio::test]
async fn a_scanner_that_is_an_image_needs_an_engine() {
    let own = ExternalScanner { image: Some("r.example.org/scanner:1".into()), ..scanner(Exit, &["true"]) };
    let found = run_in(&own, None, Duration::from_secs(60)).await;
    assert_eq!(found.errors, ["its image r.example.org/scanner:1 needs an engine, and none answers"]);
}

/// An entry of a layer: path, what it is with its link's text, and content.
type Row = (&'static str, Kind, &'static [u8]);

fn row(path: &'static str, kind: Kind, content: &'static [u8]) -> Row {
    (path, kind, content)
}

fn file(path: &'static str, content: &'static [u8]) -> Row {
    row(path, Kind::File, content)
}

fn link(path: &'static str, text: &str) -> Row {
    row(path, Kind::Link(text.to_owned()), b"")
}

fn layer(rows: &[Row]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, kind, content) in rows {
        let mut header = tar::Header::new_gnu();
        let (entry, text) = match kind {
            Kind::File => (tar::EntryType::Regular, ""),
            Kind::Folder => (tar::EntryType::Directory, ""),
            Kind::Link(text) => (tar::EntryType::Symlink, text.as_str()),
            Kind::HardLink(text) => (tar::EntryType::Link, text.as_str()),
            Kind::Other => (tar::EntryType::Char, ""),
        };
        header.set_entry_type(entry);
        // Written as it stands: the builder would refuse what is hostile.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.as_old_mut().linkname[..text.len()].copy_from_slice(text.as_bytes());
        header.set_mode(0o4755);
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

/// Layers as `docker save` writes them, and what a reader of layers knows of them.
fn archive(layers: &[Vec<Row>]) -> (Vec<u8>, Contents) {
    // The highest layer comes first, as may happen.
    let written: Vec<Vec<u8>> = layers.iter().rev().map(|rows| layer(rows)).collect();
    let image: Vec<usize> = (0..layers.len()).rev().collect();
    let records: Vec<LayerRecord> =
        layers.iter().map(|rows| LayerRecord { files: rows.iter().map(record).collect(), ..LayerRecord::default() }).collect();
    (samples::archive(&written, &image), Contents::of(records))
}

fn record((path, kind, content): &Row) -> FileRecord {
    FileRecord {
        path: crate::layers::clean(path),
        kind: kind.clone(),
        stat: Stat { mode: 0o4755, size: content.len() as u64, ..Stat::default() },
        ..FileRecord::default()
    }
}

fn unpacking(within: &Path, most: u64) -> Unpacking {
    Unpacking::new(within, most, &CancellationToken::new(), TaskTracker::new().token()).unwrap()
}

#[test]
fn the_files_that_the_image_shows_are_unpacked() {
    let (archive, contents) = archive(&[
        vec![
            row("etc", Kind::Folder, b""),
            file("etc/a", b"low"),
            file("etc/gone", b"x"),
            file("etc/b", b"b"),
            row("dev/x", Kind::Other, b""),
        ],
        vec![
            file("etc/a", b"high"),
            file("etc/.wh.gone", b""),
            row("etc/c", Kind::HardLink("/etc/a".into()), b""),
            link("etc/l", "/etc/b"),
        ],
    ]);
    let within = tempfile::tempdir().unwrap();
    let mut unpacking = unpacking(within.path(), 1 << 30);
    let image = walk(archive.as_slice(), &mut unpacking).unwrap();
    let rootfs = unpacking.finish(&image, &contents).unwrap();
    let read = |path: &str| std::fs::read_to_string(rootfs.path().join(path)).ok();
    assert_eq!((read("etc/a").as_deref(), read("etc/b").as_deref(), read("etc/gone")), (Some("high"), Some("b"), None));
    assert_eq!((read("etc/c").as_deref(), read("etc/l").as_deref()), (Some("high"), Some("b")));
    assert!(!rootfs.path().join("dev/x").exists() && rootfs.left_out["devices, pipes and sockets"] == 1);
    assert_eq!(std::fs::metadata(rootfs.path().join("etc/a")).unwrap().permissions().mode() & 0o7777, 0o700, "no setuid, nobody else");
    drop(rootfs);
    assert_eq!(std::fs::read_dir(within.path()).unwrap().count(), 0, "nothing stays");
}

#[test]
fn nothing_is_written_or_reached_outside() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    let target: &'static str = Box::leak(secret.display().to_string().into_boxed_str());
    let folder: &'static str = Box::leak(outside.path().display().to_string().into_boxed_str());
    let through: &'static str = Box::leak(format!("../../../../../../..{folder}/climbed").into_boxed_str());
    let (archive, contents) = archive(&[
        vec![
            link("a", folder),
            link("out", folder),
            link("up", "../../../../../../../../etc"),
            file(through, b"x"),
            file("/abs", b"x"),
            link("self", "self"),
        ],
        vec![file("a/written", b"x"), row("hard", Kind::HardLink(target.into()), b""), file("self/x", b"x"), file("abs/below", b"x")],
    ]);
    let within = tempfile::tempdir().unwrap();
    let mut unpacking = unpacking(within.path(), 1 << 30);
    let image = walk(archive.as_slice(), &mut unpacking).unwrap();
    let rootfs = unpacking.finish(&image, &contents).unwrap();
    let names: Vec<_> = std::fs::read_dir(outside.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["secret"]);
    let root = rootfs.path().canonicalize().unwrap();
    for name in ["out", "up"] {
        let link = rootfs.path().join(name);
        let leads = link.parent().unwrap().join(std::fs::read_link(&link).unwrap());
        assert!(leads.canonicalize().map_or(true, |real| real.starts_with(&root)), "{name} leads out");
    }
    assert!(!rootfs.path().join("hard").exists());
}

#[test]
fn an_image_that_is_too_large_is_not_unpacked() {
    let (archive, _) = archive(&[vec![file("a", &[0; 600 << 10]), file("b", &[0; 600 << 10])]]);
    let within = tempfile::tempdir().unwrap();
    let mut unpacking = unpacking(within.path(), 1 << 20);
    let error = walk(archive.as_slice(), &mut unpacking).unwrap_err().to_string();
    assert!(error.contains("more than 1 MiB (cooperage.scanners.rootfs_mib)"), "{error}");
}
