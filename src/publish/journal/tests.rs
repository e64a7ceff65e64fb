use super::*;
use std::collections::BTreeMap;

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn entry(location: &str, from: Option<&str>, to: &str) -> Entry {
    Entry {
        v: 1,
        run: "r".into(),
        at: "2026-11-20T10:00:00Z".into(),
        name: "tool".into(),
        destination: "main".into(),
        kind: Kind::Floating,
        location: location.into(),
        from: from.map(digest),
        to: digest(to),
        version: "h/tool:1.0".into(),
        keep: None,
    }
}

fn home(folder: &Path) -> BTreeMap<String, String> {
    BTreeMap::from([("HOME".to_owned(), folder.display().to_string())])
}

#[test]
fn every_state_of_a_tag_has_its_answer() {
    for (from, to, held, expected) in [
        (Some("old"), "new", Some("old"), Settle::Move),
        (Some("old"), "new", Some("new"), Settle::Done),
        (Some("old"), "new", Some("other"), Settle::Left),
        (Some("old"), "new", None, Settle::Left),
        (None, "new", None, Settle::Move),
        (None, "new", Some("new"), Settle::Done),
        (None, "new", Some("other"), Settle::Left),
        (Some("new"), "new", Some("new"), Settle::Done),
        (Some("new"), "new", Some("old"), Settle::Left),
        (Some("new"), "new", None, Settle::Left),
    ] {
        let held = held.map(digest);
        assert_eq!(settle(&entry("h/tool:latest", from, to), held.as_ref()), expected, "{from:?} -> {to}, now {held:?}");
    }
}

#[test]
fn what_is_not_done_is_left_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::of(folder.path(), &home(folder.path()), None).unwrap();
    assert!(unfinished(place.own()).unwrap().is_none());
    let entries = [entry("h/a:latest", None, "a"), entry("h/b:latest", Some("x"), "b"), entry("h/c:latest", None, "c")];
    let mut journal = Journal::begin(&place, &entries).unwrap();
    assert_eq!(unfinished(place.own()).unwrap().unwrap(), entries);
    journal.done("h/b:latest").unwrap();
    assert_eq!(unfinished(place.own()).unwrap().unwrap(), [entries[0].clone(), entries[2].clone()]);
    journal.done("h/a:latest").unwrap();
    journal.done("h/c:latest").unwrap();
    assert_eq!(unfinished(place.own()).unwrap().unwrap(), []);
    forget(&place).unwrap();
    assert!(unfinished(place.own()).unwrap().is_none());
    forget(&place).unwrap();
}

#[test]
fn a_line_cut_short_at_the_end_was_never_acted_upon() {
    let whole: Vec<u8> = [entry("h/a:latest", None, "a"), entry("h/b:latest", None, "b")].map(|one| Line::Move(one).bytes()).concat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    for end in 0..=whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        let lines = whole[..end].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(unfinished(&path).unwrap().unwrap().len(), lines, "cut at byte {end}");
    }
}

#[test]
fn what_a_kill_cut_off_does_not_spoil_what_is_written_next() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::of(folder.path(), &home(folder.path()), None).unwrap();
    let entries = [entry("h/a:latest", None, "a"), entry("h/b:latest", None, "b")];
    drop(Journal::begin(&place, &entries).unwrap());
    let mut bytes = fs::read(place.own()).unwrap();
    bytes.extend(b"{\"v\":1,\"do");
    fs::write(place.own(), bytes).unwrap();
    Journal::resume(&place).unwrap().done("h/a:latest").unwrap();
    assert_eq!(unfinished(place.own()).unwrap().unwrap(), entries[1..]);
}

#[test]
fn what_no_run_wrote_is_damage_and_names_its_line() {
    let good = String::from_utf8(Line::Move(entry("h/a:latest", None, "a")).bytes()).unwrap();
    let strange = good.replace("\"v\":1", "\"v\":2");
    let more = good.replace("\"v\":1", "\"v\":1,\"x\":1");
    let never = "{\"v\":1,\"done\":\"h/never:latest\"}\n";
    for bad in ["\n", "x\n", "{}\n", "[]\n", "{\"v\":1}\n", strange.as_str(), more.as_str(), never, good.as_str(), "\0\0\0\n"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        fs::write(&path, format!("{good}{bad}")).unwrap();
        let error = unfinished(&path).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { line: 2, .. }), "{bad}: {error}");
        assert!(error.to_string().contains("cooperage publish"), "{error}");
    }
}

#[test]
fn beside_the_record_it_is_found_by_a_call_that_names_none() {
    let folder = tempfile::tempdir().unwrap();
    let (env, record) = (home(folder.path()), folder.path().join("out.json"));
    let place = Place::of(folder.path(), &env, Some(&record)).unwrap();
    assert_eq!(place.own(), folder.path().join("out.json.journal"));
    Journal::begin(&place, &[entry("h/a:latest", None, "a")]).unwrap();
    for record in [None, Some(record.as_path())] {
        let candidates = Place::of(folder.path(), &env, record).unwrap().candidates();
        let found: Vec<_> = candidates.iter().filter(|one| unfinished(one.own()).unwrap().is_some()).collect();
        assert_eq!(found.len(), 1, "{candidates:?}");
        assert_eq!(found[0].own(), place.own());
    }
    let found = Place::of(folder.path(), &env, None).unwrap().candidates();
    forget(&found[0]).unwrap();
    assert!(!place.own().exists());
    let state = folder.path().join(".local/state/cooperage");
    assert_eq!(fs::read_dir(state).unwrap().count(), 0, "the pointer is gone, too");
}

#[test]
fn two_catalogues_have_two_journals_and_a_relative_home_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let one = Place::of(Path::new("/one"), &home(folder.path()), None).unwrap();
    let other = Place::of(Path::new("/other"), &home(folder.path()), None).unwrap();
    assert_ne!(one, other);
    let relative = BTreeMap::from([("HOME".to_owned(), "home".to_owned()), ("XDG_STATE_HOME".to_owned(), "state".to_owned())]);
    assert_eq!(Place::of(folder.path(), &relative, None), None);
}

#[test]
fn a_link_that_somebody_put_there_is_replaced_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("r");
    let place = Place::of(folder.path(), &BTreeMap::new(), Some(&record)).unwrap();
    let victim = folder.path().join("victim");
    fs::write(&victim, "kept").unwrap();
    std::os::unix::fs::symlink(&victim, place.own()).unwrap();
    Journal::begin(&place, &[entry("h/a:latest", None, "a")]).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "kept");
    assert_eq!(place.set_aside().unwrap(), folder.path().join("r.journal.damaged"));
}
