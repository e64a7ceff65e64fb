//! The decision, on tables of tags.

use super::*;
use crate::name::{Digest, Pattern};
use std::collections::{BTreeMap, HashMap};

const NOW: i64 = 1_000_000;
const AGE: i64 = 1000;
const GRACE: i64 = 100;

/// Repositories, tags and facts of one case.
#[derive(Default)]
struct Case {
    items: Vec<Item>,
    facts: BTreeMap<Digest, Facts>,
    used: HashMap<(usize, Digest), Usage>,
    keep: Vec<Pattern>,
}

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

impl Case {
    /// A tag of the repository `r/<home>` with an image, first seen long ago.
    fn tag(&mut self, home: usize, tag: &str, standing: Option<Standing>, image: &str) -> &mut Item {
        let claim = standing.map(|standing| Claim { name: "n".into(), version: tag.into(), standing });
        self.items.push(Item { home, tag: tag.into(), claim, digest: Some(digest(image)), first: NOW - AGE, marked: None });
        self.items.last_mut().unwrap()
    }

    fn old(&mut self, tag: &str, image: &str) -> &mut Item {
        self.tag(0, tag, Some(Standing::Old), image)
    }

    fn facts(&mut self, image: &str, change: impl FnOnce(&mut Facts)) {
        change(self.facts.entry(digest(image)).or_default());
    }

    /// `tag: action code` of each, in order.
    fn verdicts(&self) -> Vec<String> {
        let homes = ["r/0".to_owned(), "r/1".to_owned()];
        let shelf = Shelf { homes: &homes, items: &self.items, facts: &self.facts, used: &self.used, is_ours: &|name| name == "ours" };
        let policy = Policy { keep: self.keep.clone(), min_age: AGE, grace: GRACE, now: NOW };
        let verdicts = decide(&shelf, &policy);
        let told = |(item, verdict): (&Item, Verdict)| format!("{}: {} {}", item.tag, verdict.action.as_str(), verdict.reason.code());
        self.items.iter().zip(verdicts).map(told).collect()
    }
}

#[test]
fn names_and_age_decide_first() {
    let mut case = Case { keep: vec![Pattern::parse("release-*").unwrap(), Pattern::parse("r/0:0.[89]").unwrap()], ..Case::default() };
    case.tag(0, "2.0", Some(Standing::Named), "a");
    case.tag(0, "latest", Some(Standing::Floating), "a");
    case.old("1.0", "b");
    case.old("1.1", "c").first = NOW - AGE + 1;
    case.old("0.9", "d");
    case.tag(0, "release-x", None, "e");
    case.tag(0, "theirs", None, "f");
    case.tag(0, "new", None, "g").first = NOW;
    let expected = [
        "2.0: kept current",
        "latest: kept floating",
        "1.0: marked unneeded",
        "1.1: kept recent",
        "0.9: kept pattern",
        "release-x: kept pattern",
        "theirs: foreign foreign",
        "new: foreign foreign",
    ];
    assert_eq!(case.verdicts(), expected);
}

#[test]
fn a_label_makes_a_tag_ours() {
    let mut case = Case::default();
    case.tag(0, "ours", None, "a");
    case.tag(0, "theirs", None, "b");
    case.facts("a", |facts| {
        let _ = facts.repositories.insert("ours".into());
    });
    case.facts("b", |facts| {
        let _ = facts.repositories.insert("another".into());
    });
    assert_eq!(case.verdicts(), ["ours: marked unneeded", "theirs: foreign foreign"]);
}

#[test]
fn a_digest_goes_with_all_its_tags_or_not_at_all() {
    let mut case = Case::default();
    case.tag(0, "2.0", Some(Standing::Named), "a");
    case.old("1.9", "a").marked = Some(0);
    case.old("1.0", "b").marked = Some(NOW - GRACE);
    case.old("1.0-again", "b").marked = Some(NOW - GRACE + 1);
    case.old("0.9", "c").marked = Some(NOW - GRACE);
    // In another repository the same image is another matter.
    case.tag(1, "1.9", Some(Standing::Old), "a").marked = Some(0);
    let expected = [
        "2.0: kept current",
        "1.9: kept same_digest",
        "1.0: marked waits_for",
        "1.0-again: marked unneeded",
        "0.9: deleted due",
        "1.9: deleted due",
    ];
    assert_eq!(case.verdicts(), expected);
}

#[test]
fn strangers_tags_hold_a_digest_too() {
    let mut case = Case::default();
    case.tag(0, "theirs", None, "a");
    case.old("1.0", "a").marked = Some(0);
    assert_eq!(case.verdicts(), ["theirs: foreign foreign", "1.0: kept same_digest"]);
}

#[test]
fn what_stays_keeps_its_parts_and_its_bases_and_theirs() {
    let mut case = Case::default();
    case.tag(0, "2.0", Some(Standing::Named), "index");
    case.old("amd64", "child").marked = Some(0);
    case.tag(1, "base", Some(Standing::Old), "base").marked = Some(0);
    case.tag(1, "root", Some(Standing::Old), "root").marked = Some(0);
    case.tag(1, "loose", Some(Standing::Old), "loose").marked = Some(0);
    case.facts("index", |facts| facts.children.push(digest("child")));
    case.facts("child", |facts| {
        let _ = facts.bases.insert(digest("base"));
    });
    case.facts("base", |facts| {
        let _ = facts.base_names.insert("r/1:root".into());
    });
    // What goes keeps nothing.
    case.facts("loose", |facts| {
        let _ = facts.bases.insert(digest("loose"));
    });
    let expected = ["2.0: kept current", "amd64: kept part_of", "base: kept base_of", "root: kept base_of", "loose: deleted due"];
    assert_eq!(case.verdicts(), expected);
}

#[test]
fn an_index_of_strangers_keeps_its_parts_and_their_images_keep_no_base() {
    let mut case = Case::default();
    case.tag(0, "theirs", None, "index");
    case.old("1.0", "child");
    case.old("1.1", "base");
    case.facts("index", |facts| {
        facts.children.push(digest("child"));
        facts.bases.insert(digest("base"));
    });
    assert_eq!(case.verdicts(), ["theirs: foreign foreign", "1.0: kept part_of", "1.1: marked unneeded"]);
}

#[test]
fn permanent_and_used_images_stay() {
    let mut case = Case::default();
    for (tag, image) in [("1", "a"), ("2", "b"), ("3", "c"), ("4", "d")] {
        case.old(tag, image).marked = Some(0);
    }
    case.facts("a", |facts| facts.permanent = true);
    case.used.insert((0, digest("b")), Usage { last_used: 0, permanent: true });
    case.used.insert((0, digest("c")), Usage { last_used: NOW - AGE + 1, permanent: false });
    case.used.insert((0, digest("d")), Usage { last_used: NOW - AGE, permanent: false });
    assert_eq!(case.verdicts(), ["1: kept permanent", "2: kept permanent", "3: kept used", "4: deleted due"]);
}

#[test]
fn what_was_not_looked_at_never_goes() {
    let mut case = Case::default();
    let item = case.old("1.0", "a");
    (item.digest, item.marked) = (None, Some(0));
    assert_eq!(case.verdicts(), ["1.0: kept moved"]);
}

#[test]
fn a_record_is_written_whole_and_a_damaged_one_is_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/gc.json");
    let file = RecordFile::try_lock(&path).unwrap().unwrap();
    assert!(RecordFile::try_lock(&path).unwrap().is_none(), "one at a time");
    let (mut record, aside) = file.read().unwrap();
    assert_eq!((record.v, aside), (1, None));
    let seen = Seen { first: 5, digest: Some(digest("a")), marked: Some(7) };
    record.tags.entry("r/0".into()).or_default().insert("1.0".into(), seen);
    record.facts.insert(digest("a"), Facts { permanent: true, ..Facts::default() });
    file.write(&record).unwrap();
    assert_eq!(file.read().unwrap(), (record, None));
    for damaged in ["{\"v\":1,\"tags\":{", "{\"v\":2,\"tags\":{},\"facts\":{}}", ""] {
        std::fs::write(&path, damaged).unwrap();
        let (fresh, aside) = file.read().unwrap();
        assert!(fresh.tags.is_empty());
        assert_eq!(std::fs::read_to_string(aside.unwrap()).unwrap(), damaged);
    }
    drop(file);
    assert!(RecordFile::try_lock(&path).unwrap().is_some());
}

#[test]
fn tags_of_stamps_are_no_images() {
    let tag = stamp_tag(&digest("a")).unwrap();
    assert!(is_stamp_tag(tag.as_str()) && tag.as_str().len() == 71);
    for tag in ["latest", "sha256-abc", "sha256-2.0", &format!("{tag}.sig"), &tag.as_str().to_uppercase()] {
        assert!(!is_stamp_tag(tag), "{tag}");
    }
    for (build, repository) in [("", "a"), ("1", " "), ("__unknown__", "a"), ("1", "__unknown__")] {
        assert!(Stamp::new(1, build, repository, false).is_err());
    }
}

#[test]
fn times_that_cannot_be_are_only_old_or_young() {
    let mut case = Case::default();
    case.old("1.0", "a").first = i64::MIN;
    case.old("1.1", "b").marked = Some(i64::MIN);
    case.old("1.2", "c").marked = Some(i64::MAX);
    case.old("1.3", "d");
    case.used.insert((0, digest("d")), Usage { last_used: i64::MIN, permanent: false });
    assert_eq!(case.verdicts(), ["1.0: marked unneeded", "1.1: deleted due", "1.2: marked unneeded", "1.3: marked unneeded"]);
}

#[test]
fn what_stands_at_a_release_name_stays() {
    let mut case = Case::default();
    case.tag(0, "stable", Some(Standing::Released), "a");
    case.old("1.0", "a");
    case.old("1.1", "b");
    assert_eq!(case.verdicts(), ["stable: kept release", "1.0: kept same_digest", "1.1: marked unneeded"]);
}
