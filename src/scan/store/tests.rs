//! Records that come back, and those that do not.

use super::*;
use crate::layers::Kind;
use crate::scan::{Content, FileRecord, Leak};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

/// A record with a content of each sort.
fn record(name: &str) -> LayerRecord {
    let spool = tempfile::tempdir().unwrap();
    let copy = spool.path().join("0");
    fs::write(&copy, format!("large {name}")).unwrap();
    LayerRecord {
        diff_id: Some(digest(name)),
        files: vec![FileRecord { path: "/a".to_owned(), kind: Kind::Link(name.to_owned()), md5: Some([7; 16]), ..FileRecord::default() }],
        contents: vec![
            ("/held".to_owned(), Content::Held(Bytes::from_static(b"small"))),
            ("/spooled".to_owned(), Content::Spooled(copy)),
            ("/huge".to_owned(), Content::TooLarge(1 << 40)),
            ("/other".to_owned(), Content::Held(Bytes::from_static(b"also small"))),
        ],
        leaks: vec![Leak { path: "/key".to_owned(), rule: "r".to_owned(), line: 3 }],
        spool: Some(Arc::new(spool)),
        ..LayerRecord::default()
    }
}

fn open(folder: &Path) -> Store {
    Store::open(folder, 1 << 20).unwrap()
}

fn files_of(store: &Store, name: &str) -> PathBuf {
    store.place(&digest(name))
}

#[test]
fn a_secret_in_a_file_that_is_kept_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let leaks = vec![Leak { path: "/held".to_owned(), rule: "r".to_owned(), line: 1 }];
    let store = open(folder.path());
    store.put(&LayerRecord { leaks, ..record("one") }).unwrap();
    assert!(store.get(&digest("one")).is_none() && !files_of(&store, "one").exists());
}

#[test]
fn a_record_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).put(&record("one")).unwrap();
    let store = open(folder.path());
    let (found, put) = (store.get(&digest("one")).unwrap(), record("one"));
    assert_eq!((&found.diff_id, &found.files, &found.leaks), (&put.diff_id, &put.files, &put.leaks));
    let texts: Vec<String> = found
        .contents
        .iter()
        .map(|(path, content)| match content {
            Content::Held(bytes) => format!("{path} {}", String::from_utf8_lossy(bytes)),
            Content::Spooled(copy) => format!("{path} {}", fs::read_to_string(copy).unwrap()),
            Content::TooLarge(size) => format!("{path} {size}"),
        })
        .collect();
    assert_eq!(texts, ["/held small", "/spooled large one", "/huge 1099511627776", "/other also small"]);
    assert!(store.get(&digest("two")).is_none());
}

#[test]
fn what_is_damaged_is_not_believed_and_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for (file, at) in [("record", 5), ("record", 30), ("record", 60), ("record", usize::MAX), ("1", 0)] {
        store.put(&record("one")).unwrap();
        let path = files_of(&store, "one").join(file);
        let mut bytes = fs::read(&path).unwrap();
        let at = at.min(bytes.len() - 1);
        bytes[at] ^= 1;
        fs::remove_file(&path).unwrap();
        fs::write(&path, &bytes).unwrap();
        assert!(store.get(&digest("one")).is_none(), "{file} {at}");
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(store.get(&digest("one")).is_none(), "half of {file}");
        store.put(&record("one")).unwrap();
        assert!(store.get(&digest("one")).is_some(), "{file} {at} again");
    }
    // A record in the place of another.
    store.put(&record("two")).unwrap();
    fs::remove_dir_all(files_of(&store, "one")).unwrap();
    fs::rename(files_of(&store, "two"), files_of(&store, "one")).unwrap();
    assert!(store.get(&digest("one")).is_none());
}

#[test]
fn what_was_not_used_for_longest_goes_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    ["one", "two", "three"].iter().for_each(|name| store.put(&record(name)).unwrap());
    let size = room::extents(&folder.path().join(RULES))[0].bytes;
    for (name, age) in [("one", 300), ("two", 200), ("three", 100)] {
        for file in fs::read_dir(files_of(&store, name)).unwrap().flatten() {
            let then = SystemTime::now() - Duration::from_secs(age);
            File::options().write(true).open(file.path()).unwrap().set_modified(then).unwrap();
        }
    }
    assert!(store.get(&digest("one")).is_some(), "it is used");
    drop(store);
    // Room for two.
    let store = Store::open(folder.path(), size * 5 / 2).unwrap();
    assert!(store.get(&digest("two")).is_none());
    assert!(store.get(&digest("one")).is_some() && store.get(&digest("three")).is_some());
}

#[test]
fn contents_stay_while_they_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.put(&record("one")).unwrap();
    let found = store.get(&digest("one")).unwrap();
    store.remove(&files_of(&store, "one")).unwrap();
    let Content::Spooled(copy) = &found.contents[1].1 else { panic!("it is large") };
    assert_eq!(fs::read(copy).unwrap(), b"large one");
    let copy = copy.clone();
    drop(found);
    assert!(!copy.exists(), "nobody uses it any more");
}

#[test]
fn records_of_other_rules_go_and_what_is_not_ours_stays() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["rules-0123456789abcdef", "rules-of-mine", "notes"] {
        fs::create_dir_all(folder.path().join(name).join("x")).unwrap();
    }
    let left = folder.path().join(WORK).join("work-killed");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("lock"), "").unwrap();
    let other = open(folder.path());
    let store = open(folder.path());
    assert!(other.spool().exists() && store.spool().exists(), "two processes at once");
    assert!(!left.exists(), "a process was killed");
    let names: Vec<bool> =
        ["rules-0123456789abcdef", "rules-of-mine", "notes"].iter().map(|name| folder.path().join(name).exists()).collect();
    assert_eq!(names, [false, true, true]);
}

#[test]
fn many_write_and_read_the_same_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let each = |_| {
        let path = folder.path().to_owned();
        std::thread::spawn(move || {
            let store = open(&path);
            for round in 0..30 {
                let name = format!("layer{}", round % 3);
                store.put(&record(&name)).unwrap();
                if let Some(found) = store.get(&digest(&name)) {
                    assert_eq!(found.files, record(&name).files);
                }
            }
        })
    };
    let threads: Vec<_> = (0..4).map(each).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(open(folder.path()).get(&digest("layer1")).is_some());
}
