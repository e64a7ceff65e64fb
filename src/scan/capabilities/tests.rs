use super::*;
use crate::config::ScannerSettings;
use crate::finding::Finding;
use crate::layers::{Kind, Stat};
use crate::name::Digest;
use crate::scan::config::Defaults;
use crate::scan::{Content, Contents, FileRecord, ImageConfig, Insides, Inventory, LayerRecord, Leak, Os};

fn file(path: &str, mode: u32) -> FileRecord {
    FileRecord { path: path.to_owned(), stat: Stat { mode, ..Stat::default() }, ..FileRecord::default() }
}

fn folder(path: &str, mode: u32) -> FileRecord {
    FileRecord { kind: Kind::Folder, ..file(path, mode) }
}

fn of(files: Vec<FileRecord>) -> LayerRecord {
    LayerRecord { files, ..LayerRecord::default() }
}

fn with(layers: Vec<LayerRecord>, config: Defaults, os: Os) -> Vec<Finding> {
    let (inventory, config) = (Inventory { os, ..Inventory::default() }, ImageConfig { config, ..ImageConfig::default() });
    let (inside, settings) = (Insides { contents: Contents::of(layers), inventory, config }, ScannerSettings::default());
    let subject = inside.subject("x", None, &settings, jiff::Timestamp::UNIX_EPOCH);
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(scan(&subject)).findings
}

/// Of an image whose user is not root.
fn found(layers: Vec<LayerRecord>) -> Vec<String> {
    let config = Defaults { user: Some("65532".into()), ..Defaults::default() };
    let told = |one: &Finding| format!("{} {} {}", one.id, one.severity.as_str(), one.path.as_deref().unwrap_or_default());
    with(layers, config, Os::default()).iter().map(told).collect()
}

#[test]
fn programs_with_rights_of_others_are_told_by_how_known_they_are() {
    let mut other = file("/opt/b", 0o4755);
    other.stat.uid = 1000;
    let list = found(vec![of(vec![
        file("/usr/bin/su", 0o4755),
        file("/opt/a", 0o4755),
        other,
        file("/opt/c", 0o2755),
        file("/opt/d", 0o4644),
        folder("/var/mail", 0o2775),
    ])]);
    assert_eq!(list, ["setuid-file high /opt/a", "setuid-file medium /opt/b", "setuid-file medium /opt/c", "setuid-file low /usr/bin/su"]);
}

#[test]
fn capabilities_are_decoded() {
    let capable = |path: &str, bit: u32| {
        let attribute: Vec<u8> = [0x0200_0001_u32, 1 << bit, 0, 0, 0].iter().flat_map(|word| word.to_le_bytes()).collect();
        FileRecord { capabilities: Some(attribute), ..file(path, 0o755) }
    };
    let odd = FileRecord { capabilities: Some(vec![1, 2, 3]), ..file("/opt/odd", 0o755) };
    let list = found(vec![of(vec![capable("/usr/bin/ping", 13), capable("/opt/a", 21), capable("/opt/b", 10), odd])]);
    let expected = ["high /opt/a", "medium /opt/b", "medium /opt/odd", "low /usr/bin/ping"].map(|rest| format!("file-capability {rest}"));
    assert_eq!(list, expected);
}

#[test]
fn what_everybody_may_write_is_told_by_folder() {
    let link = FileRecord { kind: Kind::Link("x".into()), ..file("/srv/link", 0o777) };
    let list = found(vec![of(vec![
        folder("/tmp", 0o777),
        folder("/srv/sticky", 0o1777),
        folder("/srv/open", 0o777),
        file("/srv/open/a", 0o666),
        file("/srv/open/b", 0o666),
        file("/srv/run.sh", 0o777),
        link,
    ])]);
    assert_eq!(list, ["world-writable high /srv/run.sh", "world-writable medium /srv/open"]);
}

#[test]
fn root_has_many_names() {
    let passwd = ("/etc/passwd".to_owned(), Content::Held("root:x:0:0::/:/x\ntoor:x:0:0::/:/x\nme:x:1000:0::/:/x\n".into()));
    let layer = LayerRecord { files: vec![file("/etc/passwd", 0o644)], contents: vec![passwd], ..LayerRecord::default() };
    let is_root = |user: Option<&str>| {
        let config = Defaults { user: user.map(str::to_owned), ..Defaults::default() };
        with(vec![layer.clone()], config, Os::default()).iter().any(|one| one.id == "root-user")
    };
    for user in [None, Some(""), Some("0"), Some("root"), Some("0:0"), Some("00"), Some("toor"), Some("root:1000"), Some(":5")] {
        assert!(is_root(user), "{user:?}");
    }
    for user in ["1000", "me", "me:0", "1000:0", "nobody"] {
        assert!(!is_root(Some(user)), "{user}");
    }
}

#[test]
fn secrets_of_the_environment_are_named_and_not_shown() {
    let env = Some(vec!["PATH=/bin".into(), "DB_PASSWORD=hunter2".into(), "DB_PASSWORD_FILE=/run/x".into(), "odd".into()]);
    let list = with(Vec::new(), Defaults { env, user: Some("1".into()), ..Defaults::default() }, Os::default());
    assert_eq!(list.len(), 1);
    assert!(list[0].message.contains("DB_PASSWORD") && !format!("{list:?}").contains("hunter2"));
}

#[test]
fn a_secret_that_a_higher_layer_removed_is_told_with_its_layer() {
    let leak = |path: &str| Leak { path: path.to_owned(), rule: "private-key".to_owned(), line: 1 };
    let id = |digit: &str| Digest::parse(&format!("sha256:{}", digit.repeat(64)));
    let files = vec![file("/home/app/key", 0o600), file("/srv/key", 0o600), file("/opt/tests/key", 0o600)];
    let lower = LayerRecord {
        diff_id: id("1"),
        leaks: vec![leak("/home/app/key"), leak("/srv/key"), leak("/opt/tests/key")],
        files,
        ..LayerRecord::default()
    };
    let upper = LayerRecord { diff_id: id("2"), files: vec![file("/home/app/.wh.key", 0)], ..LayerRecord::default() };
    let list = with(vec![lower, upper], Defaults { user: Some("1".into()), ..Defaults::default() }, Os::default());
    let told: Vec<_> =
        list.iter().map(|one| (one.path.as_deref().unwrap(), one.severity.as_str(), one.message.contains("hides it"))).collect();
    assert_eq!(told, [("/home/app/key", "high", true), ("/srv/key", "high", false), ("/opt/tests/key", "low", false)]);
    assert!(list.iter().all(|one| one.affected.as_ref().unwrap().layer.as_deref().unwrap().ends_with("1")));
}

#[test]
fn shells_are_told_where_none_should_be() {
    let shell = || of(vec![folder("/busybox", 0o755), file("/busybox/sh", 0o755)]);
    let distroless = Os { pretty: "Distroless".into(), ..Os::default() };
    let config = || Defaults { user: Some("1".into()), ..Defaults::default() };
    let list = with(vec![shell()], config(), distroless);
    assert_eq!((list[0].id.as_ref(), list[0].severity.as_str()), ("shell-in-distroless", "medium"));
    assert_eq!(found(vec![shell()]), ["shell-in-distroless low /busybox/sh"]);
    assert!(found(vec![of(vec![file("/bin/sh", 0o755), file("/usr/bin/dpkg", 0o755)])]).is_empty());
    assert!(found(vec![of(vec![file("/bin/sh", 0o644)])]).is_empty());
}
